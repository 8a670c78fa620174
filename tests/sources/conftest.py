"""The writers of shapes, which the tests here import by name."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

for name in (
    "source_writing",
    "source_recognisers",
    "source_transcripts",
    "source_toolkits",
    "source_shapes",
):  # the tests are in no package
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
