"""Calls of the system, as the branches for Windows make them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clipaudio.batch.lock import Lock
from clipaudio.files import part_name

PRINT = "import os, sys; from clipaudio import system; "


@pytest.fixture
def ended():
    """Return the number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(60)
        return process.pid


def test_simulation_takes_away_what_windows_lacks(run_code):
    code = (
        "import asyncio, os, signal, time\n"
        "from clipaudio import system\n"
        "assert not hasattr(os, 'pwrite') and not hasattr(signal, 'pthread_sigmask')\n"
        "try: asyncio.new_event_loop().add_reader(0, print)\n"
        "except NotImplementedError: print(system.MOST_PROCESSES, time.monotonic() % (1/64))\n"
    )
    assert run_code(code).split() == ["61", "0.0"]


def test_process_is_known_to_run_without_a_signal(run_code, ended):
    code = PRINT + "os.kill = None; print([system.is_running(int(word)) for word in sys.argv[1:]])"
    assert run_code(code, os.getpid(), ended) == "[True, False]\n"


def test_lock_of_another_process_is_held_and_then_free(run_code, tmp_path):
    code = (
        "import sys; from clipaudio.batch.lock import Lock\n"
        "try: Lock(sys.argv[1]).release(); print('free')\n"
        "except Exception as error: print(error)\n"
    )
    lock = Lock(tmp_path / "ledger")
    assert f"is being written by process {os.getpid()}" in run_code(code, tmp_path / "ledger")
    lock.release()
    assert run_code(code, tmp_path / "ledger") == "free\n"


def test_unfinished_files_of_an_ended_process_are_removed(run_code, tmp_path, ended):
    code = "import sys; from clipaudio.files import remove_stale; print(len(remove_stale(sys.argv[1])))"
    for process in (ended, os.getpid()):
        (tmp_path / part_name("a", process, 0)).touch()
    assert run_code(code, tmp_path) == "1\n"


def test_no_more_than_61_processes_are_started(run_code):
    code = (
        "from clipaudio.batch.engines import open_engine\n"
        "with open_engine('processes', jobs=100) as engine: print(engine.workers)\n"
    )
    assert run_code(code) == "61\n"


def test_two_emulators_never_share_a_port(run_code):
    code = (
        "from clipaudio.emulator import running\n"
        "with running(engine='tone') as one:\n"
        "    port = int(one.base_url.split(':')[2].split('/')[0])\n"
        "    try:\n"
        "        with running(port, engine='tone'): print('shared')\n"
        "    except OSError: print('refused')\n"
    )
    assert run_code(code) == "refused\n"


def test_old_console_gets_no_escape_sequences(run_code):
    """The stand-in for the console knows no modes."""
    assert run_code(PRINT + "print(system.takes_escapes(sys.stderr))") == "False\n"


def test_text_without_an_encoding_is_an_error_in_this_library(environment):
    """The name of the code says whose it is."""
    for name, is_ours in (("clipaudio.a", True), ("other.a", False)):
        code = f"exec('import pathlib, sys; pathlib.Path(sys.executable).open().close()', {{'__name__': {name!r}}})"
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
        assert (b"EncodingWarning" in done.stderr) == is_ours


def test_reader_of_stdout_that_has_left_ends_the_command_without_a_word(environment):
    """Windows reports such a pipe as an invalid argument."""
    code = (
        "import errno, io, sys\n"
        "from clipaudio.cli.main import main\n"
        "class Left(io.RawIOBase):\n"
        "    def writable(self): return True\n"
        "    def fileno(self): return 1\n"
        "    def write(self, data): raise OSError(errno.EINVAL, 'Invalid argument')\n"
        "sys.stdout = io.TextIOWrapper(Left(), encoding='utf-8')\n"
        "code = main(['sources'])\n"
        "sys.stdout = None\n"
        "sys.exit(code + 6)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (7, b"")
    assert b"clipaudio sources" not in done.stderr
