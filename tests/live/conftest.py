"""The writers of shapes, of the tests of sources, and streams made with them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def load(name: str, path: Path) -> None:
    """Import the file at *path* as *name*; the tests are in no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)


HERE = Path(__file__).parent
load("sources_conftest", HERE.parent / "sources" / "conftest.py")
load("live_streams", HERE / "live_streams.py")
