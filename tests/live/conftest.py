"""The writers of shapes, of the tests of sources."""

from __future__ import annotations

import importlib.util
from pathlib import Path

# the tests are in no package; the file there imports the writers, each once
spec = importlib.util.spec_from_file_location(
    "sources_conftest", Path(__file__).parent.parent / "sources" / "conftest.py"
)
spec.loader.exec_module(importlib.util.module_from_spec(spec))
