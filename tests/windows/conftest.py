"""Programs that run under the simulation of Windows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def environment():
    """Return the variables of a process that is simulated to be on Windows."""
    if sys.platform != "linux":
        pytest.skip("what it takes away, it takes from Linux")
    before = os.environ.get("PYTHONPATH")
    folders = [str(HERE / "simulation"), str(HERE.parents[1]), *([before] if before else [])]
    words = {"PYTHONPATH": os.pathsep.join(folders), "PYTHONIOENCODING": "cp1252", "PYTHONWARNDEFAULTENCODING": "1"}
    return os.environ | words


@pytest.fixture
def run_code(environment):
    """Return a function that runs Python code, and returns what it prints."""

    def run(code, *words):
        command = [sys.executable, "-c", code, *map(str, words)]
        done = subprocess.run(command, env=environment, capture_output=True, check=False, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
