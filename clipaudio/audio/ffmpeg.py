"""What libsndfile cannot decode (m4a, aac) into samples, through an installed ffmpeg."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

from clipaudio.audio.wav import Issue
from clipaudio.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from clipaudio.audio.wav import Sliceable

__all__ = ["FfmpegReader"]

_PACKET = 2048  # frames, of HE-AAC


class FfmpegReader:
    """Blocks of a file that ffmpeg decodes, float32.

    Raises
    ------
    AudioError
        There is no ffmpeg on this machine (`kind` "needs_ffmpeg"), or it finds no audio either ("not_audio").
    """

    def __init__(self, data: Sliceable, path: str | None, *, find: Callable[[str], str | None] = shutil.which) -> None:
        self._program, probe = find("ffmpeg"), find("ffprobe")
        if self._program is None or probe is None:
            raise AudioError(
                "this is m4a or aac, which needs the program ffmpeg; install it, or ask for wav", kind="needs_ffmpeg"
            )
        self._data, self._path = data, path
        with self._at_hand() as name:
            told = self._run(probe, "-show_streams", "-select_streams", "a:0", "-of", "json", name)
        streams = json.loads(told or b"{}").get("streams")
        if not streams:
            raise AudioError("ffmpeg finds no audio in this file", kind="not_audio")
        self.sample_rate = int(streams[0]["sample_rate"])
        self.channels = int(streams[0]["channels"])
        self.subtype = str(streams[0].get("codec_name", "aac")).upper()
        self.format = "M4A" if data[4:8] == b"ftyp" else "AAC"
        self.frames = round(float(streams[0].get("duration", 0)) * self.sample_rate)
        self.issues: tuple[Issue, ...] = ()
        self._is_promise = self.format == "M4A"  # of aac ffprobe guesses the duration
        self._open = contextlib.ExitStack()

    def blocks(self, frames: int) -> Iterator[NDArray[Any]]:
        """Yield the samples, up to *frames* at a time."""
        size, found = frames * self.channels * 4, False
        count = 0
        with self._open:
            name = self._open.enter_context(self._at_hand())
            command = [str(self._program), "-v", "error", "-nostdin", "-i", name, "-map", "a:0", "-f", "f32le", "-"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - a program found by name
            self._open.enter_context(process)
            assert process.stdout is not None
            while (raw := process.stdout.read(size)) or not found:  # no frames are one empty block
                found = True
                whole = raw[: len(raw) - len(raw) % (4 * self.channels)]
                count += len(whole) // (4 * self.channels)
                yield np.frombuffer(whole, "<f4").reshape(-1, self.channels).astype(np.float32, copy=False)
        self.issues += self._compare(count)

    def close(self) -> None:
        """Stop ffmpeg and delete the temporary copy."""
        self._open.close()

    def _compare(self, found: int) -> tuple[Issue, ...]:
        """Return the issues of the number of frames; containers are accurate to two packets."""
        if not found:
            return (Issue("empty", "the file holds no audio at all"),)
        if self._is_promise and found + 2 * _PACKET < self.frames:
            return (Issue("truncated", f"{self.frames} frames promised, {found} found"),)
        return ()

    def _at_hand(self) -> Any:  # noqa: ANN401 - a context manager of a name
        return _NamedFile(self._data, self._path)

    @staticmethod
    def _run(*command: str) -> bytes:
        return subprocess.run([*command, "-v", "error"], capture_output=True, check=False).stdout  # noqa: S603 - as above


class _NamedFile:
    """The path of the data: its own, or that of a copy for as long as it is needed (mp4 must be seekable)."""

    def __init__(self, data: Sliceable, path: str | None) -> None:
        self._data, self._path = data, path
        self._copy: Any = None

    def __enter__(self) -> str:
        if self._path is not None:
            return f"file:{self._path}"
        self._copy = tempfile.NamedTemporaryFile(suffix=".m4a")
        self._copy.write(self._data[:])
        self._copy.flush()
        return f"file:{self._copy.name}"

    def __exit__(self, *_: object) -> None:
        if self._copy is not None:
            self._copy.close()
