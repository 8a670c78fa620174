"""Encode AAC (.m4a, .aac), which libsndfile cannot write, through an installed ffmpeg."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from clipaudio.audio.ffmpeg import ClosedFile, missing_ffmpeg
from clipaudio.audio.ffmpeg_probe import last_words
from clipaudio.errors import ConvertError
from clipaudio.waits import wait_for_process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["CONTAINERS", "FfmpegWriter", "require_ffmpeg"]

CONTAINERS: Final = {"m4a": "ipod", "aac": "adts"}
"""Format -> ffmpeg's name of the container."""

_RATES: Final = (7350, 8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000)
_MOST_CHANNELS: Final = 8
_BITS_A_CHANNEL: Final = (32_000, 96_000, 160_000)  # a second: smallest, unless asked, best
_SILENT_SECONDS: Final = 600.0  # a long m4a is rewritten at its end


def require_ffmpeg(kind: str) -> str:
    """Return the path of ffmpeg.

    Raises
    ------
    ConvertError
        It is not installed.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise ConvertError(missing_ffmpeg(f"writing {kind}", "mp3"))
    return program


class FfmpegWriter:
    """An AAC file that is written block by block; full-scale int16 or int32, (frames, channels).

    Raises
    ------
    ConvertError
        ffmpeg is not installed, or AAC has no such rate or number of channels.
    """

    def __init__(
        self,
        file: BinaryIO,
        sample_rate: int,
        channels: int,
        *,
        kind: str,
        texts: Mapping[str, str],
        quality: float | None = None,
    ) -> None:
        self._open = contextlib.ExitStack()
        program = require_ffmpeg(kind)
        if sample_rate not in _RATES:
            known = ", ".join(map(str, _RATES))
            raise ConvertError(f"{kind} cannot hold {sample_rate} Hz; give a sample rate of {known}")
        if channels > _MOST_CHANNELS:
            raise ConvertError(f"{kind} holds {_MOST_CHANNELS} channels at most, not {channels}; write wav or flac")
        least, usual, most = _BITS_A_CHANNEL
        bits = usual if quality is None else round(most - (most - least) * quality)
        self._before = (program, "-v", "error", "-nostdin", "-y")
        self._sound = ("-ar", str(sample_rate), "-ac", str(channels), "-i", "pipe:0")
        tags = tuple(part for name, text in texts.items() for part in ("-metadata", f"{name}={text}"))
        plain = ("-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1")
        self._after = ("-c:a", "aac", "-b:a", str(bits * channels), *plain, *tags, "-f", CONTAINERS[kind])
        self._file, self._kind = file, kind
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, samples: NDArray[Any]) -> None:
        """Write the next frames."""
        if not len(samples):
            return
        if self._process is None:
            self._process = self._start("s16le" if samples.dtype == np.int16 else "s32le")
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # `close` raises what ffmpeg wrote
            self._process.stdin.write(samples.astype(samples.dtype.newbyteorder("<"), copy=False).tobytes())

    def close(self) -> None:
        """Write what is left, and copy the file; mp4 must be seekable while it is made."""
        if self._process is None:
            raise ConvertError(f"there are no samples, which {self._kind} cannot hold; write wav")
        with self._open:
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            status = wait_for_process(self._process, _SILENT_SECONDS)
            self._errors.seek(0)
            said = last_words(self._errors.read(2000))
            if status:
                raise ConvertError(f"ffmpeg cannot write this as {self._kind}: {said or f'exit code {status}'}")
            with open(self._made.path, "rb") as made:
                shutil.copyfileobj(made, self._file, 1 << 20)

    def _start(self, raw: str) -> subprocess.Popen[bytes]:
        self._errors = self._open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        self._made = ClosedFile(f".{self._kind}")
        self._open.callback(self._made.remove)
        command = [*self._before, "-f", raw, *self._sound, *self._after, f"file:{self._made.path}"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors)  # noqa: S603 - a program found by name
        self._open.enter_context(process)
        self._open.callback(process.kill)
        return process

    def __del__(self) -> None:
        """Stop ffmpeg if an error kept the file from being closed."""
        self._open.close()
