"""What tests of many clips share."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

_TELL = "\nprint([line for line in open('/proc/self/status') if line.startswith('VmHWM')][0].split()[1])"


@pytest.fixture
def peak():
    """Return a function that runs code in a new process and gives the most memory it took, in KiB."""
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells the peak of a process without that of the one it came from")

    def run(code, *arguments):
        command = [sys.executable, "-c", code + _TELL, *map(str, arguments)]
        return int(subprocess.run(command, check=True, capture_output=True).stdout)

    return run


@pytest.fixture(scope="session")
def deeds():
    """Yield the module of what workers may be told, where they can import it: they search where this process does."""
    folder = str(Path(__file__).parent / "deeds")
    sys.path.append(folder)
    yield importlib.import_module("batch_deeds")
    sys.path.remove(folder)
