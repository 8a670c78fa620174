"""Set up a virtual environment and run the checks: style, types, import contract, tests.

Run as ``python tests/run.py``, in any shell. CLIPAUDIO_SLOW=1 adds the slow tests, branch coverage and the types on
Windows and macOS; CLIPAUDIO_EXTRA=dev installs every optional program that tests compare with; CLIPAUDIO_FULL=1 lets a
test fail where one is missing. Words after the command go to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = os.name == "nt"


def main(words: list[str]) -> None:
    """Run each check; the first that fails ends the program with its exit code."""
    os.chdir(ROOT)
    folder = Path(os.environ.get("CLIPAUDIO_VENV") or ".venv")
    programs = folder / ("Scripts" if WINDOWS else "bin")
    python = str(programs / ("python.exe" if WINDOWS else "python"))
    if not Path(python).exists():
        run(sys.executable, "-m", "venv", str(folder))
    extra = os.environ.get("CLIPAUDIO_EXTRA") or "test"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", f".[{extra}]")
    run(python, "-m", "ruff", "check", ".")
    run(python, "-m", "ruff", "format", "--check", ".")
    is_slow = os.environ.get("CLIPAUDIO_SLOW") == "1"
    for platform in ("linux", "win32", "darwin") if is_slow else ("linux",):
        run(python, "-m", "mypy", "--platform", platform)
    run(str(programs / "lint-imports"), "--no-cache")
    jobs = ("--numprocesses", os.environ.get("CLIPAUDIO_JOBS") or "2")
    if words:
        run(python, "-m", "pytest", *words)
    elif is_slow:
        run(python, "-m", "coverage", "erase")
        run(python, "-m", "coverage", "run", "-m", "pytest", *jobs)
        run(python, "-m", "coverage", "combine", "--quiet")
        run(python, "-m", "coverage", "report")
    else:
        run(python, "-m", "pytest", *jobs)


def run(*command: str) -> None:
    """Run *command*; end this program with its exit code if that is not 0."""
    code = subprocess.run(command, check=False).returncode
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
