"""A download that meets a fault, and all that must hold afterwards."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import subprocess
import sys
import traceback
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clipaudio.audio.encode import encode
from clipaudio.download.task import download
from clipaudio.errors import ClipAudioError
from clipaudio.http.retry import Retry

if TYPE_CHECKING:
    from pathlib import Path

ADVICE = re.compile(
    r"try again|ask for the clip again|refused|check |pass |allow |raise max_bytes|expected |use https|remove it"
    r"|only public addresses"
)
OLD = b"the file of an earlier update"


class Trial:
    """Download into a folder where an old file stands; the secret is in the url, and nowhere else."""

    def __init__(self, folder: Path, secret: str, log: pytest.LogCaptureFixture):
        self.folder, self.secret, self._log = folder, secret, log
        self.target = folder / "clip.wav"
        folder.mkdir()
        self.target.write_bytes(OLD)

    def path(self, name: str = "/clip.wav") -> str:
        """Return a path that carries the secret in its query."""
        return f"{name}?X-Amz-Signature={self.secret}"

    def get(self, url, **options):
        """Download *url*."""
        return download(
            url, self.target, **{"allow_private": True, "deadline": 10.0, "retry": Retry(attempts=1), **options}
        )

    def fails(self, url, kind, match, **options):
        """Download *url*, which fails as *kind* and says *match*; give the error."""
        with pytest.raises(kind, match=match) as caught:
            self.get(url, **options)
        self.is_untouched()
        self.is_clean(caught.value)
        return caught.value

    def is_untouched(self):
        """Check that the old file stands and nothing lies beside it."""
        assert [one.name for one in self.folder.iterdir()] == [self.target.name]
        assert self.target.read_bytes() == OLD

    def is_clean(self, error):
        """Check that *error* says what to do, and that the secret stands nowhere."""
        assert isinstance(error, ClipAudioError)
        assert ADVICE.search(str(error)), str(error)
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + self._log.text
        assert self.secret not in shown


@pytest.fixture
def secret():
    """Return a signature that stands in no source line."""
    return secrets.token_hex(32)


@pytest.fixture
def trial(tmp_path, secret, caplog):
    """Return a trial in a folder of its own, with every log record kept."""
    caplog.set_level(logging.DEBUG)
    return Trial(tmp_path / "clips", secret, caplog)


@pytest.fixture
def wav():
    """Return the maker of small WAV files."""

    def make(frames=20_000, *, value=0.0, sample_rate=22_050):
        return encode(np.full(frames, value), sample_rate)

    return make


@pytest.fixture
def in_little_memory():
    """Yield a block in which no more than some megabytes are held at once."""

    @contextlib.contextmanager
    def watch(most=8_000_000):
        tracemalloc.start()
        try:
            yield
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < most

    return watch


@pytest.fixture
def echo(peer):
    """Yield a peer that sends back whatever it is sent."""

    class Echo(type(peer)):
        def _serve(self, connection):
            with contextlib.suppress(OSError), connection:
                connection.settimeout(5)
                while block := connection.recv(4096):
                    connection.sendall(block)

    one = Echo()
    yield one
    one.close()


@pytest.fixture
def child():
    """Yield what runs a program in a Python of its own, which is gone at the end of the test."""
    started = []

    def start(program, *arguments, wrapper=(), **options):
        # what is killed, or may write no more than some bytes, would leave broken figures of its coverage
        environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        environ["PYTHONPATH"] = os.pathsep.join(sys.path)
        command = [*wrapper, sys.executable, "-c", program, *map(str, arguments)]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, env=environ, **streams, **options))
        return started[-1]

    yield start
    for process in started:
        with process:
            process.kill()


@pytest.fixture(scope="session")
def is_long():
    """Tell whether the long forms are asked for."""
    return os.environ.get("CLIPAUDIO_LONG") == "1"
