"""Keep processes of espeak-ng ready, one for each thread that asks at once.

A process is started when all others are busy, and ends with ours, or when nothing is asked of it for a minute. Systems
that cannot fork start one for each order.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import clipaudio
from clipaudio.errors import SynthesisError
from clipaudio.waits import wait_for_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

__all__ = ["TIMEOUT", "EspeakAnswer", "ask"]

TIMEOUT: Final = 120.0
"""Seconds after which a process is ended."""
_BLOCK: Final = 1 << 16
_LONGEST_HEAD: Final = 1 << 10
_idle: list[_EspeakProcess] = []
_lock = threading.Lock()


class EspeakAnswer(NamedTuple):
    """The exit code of the process that answered, what it wrote, and what it wrote about an error."""

    code: int
    content: bytes
    trouble: bytes


def ask(order: dict[str, Any], *, timeout: float = TIMEOUT) -> EspeakAnswer:
    """Return the answer to *order*, from a process that has not spoken before.

    Raises
    ------
    SynthesisError
        It takes more than *timeout* seconds.
    """
    if not hasattr(os, "fork"):
        return _ask_once(order, timeout=timeout)
    line = json.dumps(order).encode() + b"\n"
    while True:
        with _taken_process() as server:
            found = server.ask(line, timeout)
            if found is not None:
                return found
            if server.is_new:
                return EspeakAnswer(server.close(), b"", b"it did not start")


class _EspeakProcess:
    """A process that answers one order after the other."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.is_new = True
        self.process = subprocess.Popen(
            [sys.executable, "-m", "clipaudio.synthesis.espeak_process", "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is ours to handle, and its forks end with it
        )

    def ask(self, line: bytes, timeout: float) -> EspeakAnswer | None:
        """Return the answer to *line*, None if the process is gone."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
        except OSError:  # it was idle for too long
            return None
        reader = _AnswerReader(self.process.stdout, timeout)
        head = reader.read_line()
        if head is None:
            return None
        told = json.loads(head)
        content = reader.read(told["size"])
        if content is None:
            return None
        self.is_new = False
        return EspeakAnswer(told["code"], b"", content) if told["code"] else EspeakAnswer(0, content, b"")

    def close(self) -> int:
        """End the process and its fork, and return its exit code."""
        if self.owner != os.getpid():  # a fork of ours has no part in it
            self.process.returncode = 0
            return 0
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        is_running = self.process.poll() is None  # else its number may be that of another process
        if is_running and hasattr(os, "killpg") and hasattr(signal, "SIGKILL"):
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return wait_for_process(self.process)


class _AnswerReader:
    """Reads an answer from a pipe within the time limit."""

    def __init__(self, pipe: IO[bytes], timeout: float) -> None:
        self._file = pipe.fileno()
        self._kept = bytearray()
        self._timeout = timeout
        self._latest = time.monotonic() + timeout

    def read_line(self) -> bytes | None:
        """Return the next line, None at the end."""
        while (end := self._kept.find(b"\n")) < 0:
            if len(self._kept) > _LONGEST_HEAD or not self._fill():
                return None
        line = bytes(self._kept[:end])
        del self._kept[: end + 1]
        return line

    def read(self, size: int) -> bytes | None:
        """Return *size* bytes, None if the pipe ends before."""
        while len(self._kept) < size:
            if not self._fill():
                return None
        return bytes(self._kept)

    def _fill(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._file, selectors.EVENT_READ)
            if not selector.select(max(self._latest - time.monotonic(), 0)):
                raise _too_slow(self._timeout)
        block = os.read(self._file, _BLOCK)
        self._kept += block
        return bool(block)


@contextlib.contextmanager
def _taken_process() -> Iterator[_EspeakProcess]:
    """Yield a server for the time of one order; it is kept afterwards, or ended if it failed."""
    with _lock:
        while _idle and (_idle[-1].owner != os.getpid() or _idle[-1].process.poll() is not None):
            _idle.pop().close()
        server = _idle.pop() if _idle else None
    server = server or _EspeakProcess()
    try:
        yield server
    except BaseException:  # whatever it was, the process is in an unknown state
        server.close()
        raise
    if server.process.poll() is not None or server.is_new:
        server.close()
        return
    with _lock:
        _idle.append(server)


@atexit.register
def _close_all() -> None:
    """End the idle processes, with the interpreter."""
    with _lock:
        while _idle:
            _idle.pop().close()


def _ask_once(order: dict[str, Any], *, timeout: float = TIMEOUT) -> EspeakAnswer:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "clipaudio.synthesis.espeak_process"],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
            env=_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow(timeout) from error
    return EspeakAnswer(done.returncode, done.stdout, done.stderr)


def _environment() -> dict[str, str]:
    package = str(Path(clipaudio.__file__).parents[1])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path}


def _too_slow(timeout: float) -> SynthesisError:
    return SynthesisError(f"espeak-ng did not finish within {timeout:g} s; use a shorter text")
