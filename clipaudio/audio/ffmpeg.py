"""Decode what libsndfile cannot (m4a, aac, webm, wma) through an installed ffmpeg.

The bytes come from strangers: ffmpeg may open the one file it is given and nothing else, with the demuxer that the
first bytes name, and for a limited time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import tempfile
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.audio.ffmpeg_probe import last_words, probe
from clipaudio.audio.wav import Issue
from clipaudio.errors import AudioError
from clipaudio.waits import wait_for_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from clipaudio.audio.demuxers import Demuxer
    from clipaudio.audio.wav import Sliceable

__all__ = ["ClosedFile", "FfmpegReader", "missing_ffmpeg"]

_log = logging.getLogger(__name__)

_LOSSLESS: Final = frozenset({"alac", "ape", "flac", "tta", "wavpack"})
_RAW: Final = {"s16le": "<i2", "s32le": "<i4", "f32le": "<f4"}
_PACKET: Final = 2048  # frames, of HE-AAC
_SILENT_SECONDS: Final = 60.0  # without a sample
_COPY_BYTES: Final = 1 << 22
_LONGEST_SILENCE: Final = 3600.0  # seconds: a few bytes may ask for years


class FfmpegReader:
    """Blocks of a file that ffmpeg decodes: the integers of a lossless codec, float32 of others.

    Silence stands where players wait: before sound that begins later than its picture, and in gaps between packets.

    Raises
    ------
    AudioError
        There is no ffmpeg on this machine (`kind` "needs_ffmpeg"), it finds no audio ("not_audio"), or the audio has
        no rate or no channels ("invalid_format").
    """

    def __init__(
        self,
        data: Sliceable,
        path: str | None,
        *,
        demuxer: Demuxer,
        find: Callable[[str], str | None] = shutil.which,
    ) -> None:
        self._program, prober = find("ffmpeg"), find("ffprobe")
        if self._program is None or prober is None:
            raise AudioError(missing_ffmpeg(f"reading {demuxer.format}", "wav"), kind="needs_ffmpeg")
        self._data, self._path = data, path
        _log.debug("%s decodes %s by ffmpeg", path or "bytes", demuxer.format)
        self._input = ("-protocol_whitelist", "file", "-f", demuxer.name, "-i")
        with self._at_hand() as name:
            stream, late, (gaps, missing, steps_back), seconds = probe(prober, *self._input, name)
        self.sample_rate, self.channels = _whole(stream, "sample_rate"), _whole(stream, "channels")
        if not self.sample_rate or not self.channels:
            text = f"ffmpeg finds {self.channels} channels at {self.sample_rate} Hz; both must be above 0"
            raise AudioError(text, kind="invalid_format")
        self.subtype, self._raw = _storage(stream, demuxer)
        self.format = demuxer.format
        self._decoded = round(seconds * self.sample_rate)
        self.issues: tuple[Issue, ...] = ()
        late = self._note("late_sound", f"the sound begins {late:.3f} s after the picture", late)
        what = "a gap" if gaps == 1 else f"{gaps} gaps, in all"
        text = f"the sound has {what} of {missing:.3f} s"
        if steps_back and gaps:  # ffmpeg would cut sound to follow the clock
            missing, self.issues = 0.0, (*self.issues, Issue("gaps", f"{text}, and its clock steps back: all is kept"))
        missing = self._note("gaps", text, missing)
        self._silence = round(late * self.sample_rate)
        self._filter = ("-af", "aresample=async=1") if missing else ()
        self.frames = self._silence + self._decoded
        self._is_promise = demuxer.tells_length
        self._open = contextlib.ExitStack()

    def _note(self, kind: str, text: str, seconds: float) -> float:
        """Note a silence that the decoder leaves out; return the seconds of it that are put in."""
        if not seconds:
            return 0.0
        is_short = seconds <= _LONGEST_SILENCE
        done = "silence was put there" if is_short else "it was left out, for it is longer than an hour"
        self.issues += (Issue(kind, f"{text}: {done}"),)
        return seconds if is_short else 0.0

    def blocks(self, frames: int) -> Iterator[NDArray[Any]]:
        """Yield the samples, up to *frames* at a time."""
        kind = np.dtype(_RAW[self._raw])
        width = kind.itemsize * self.channels
        count, found, errors = 0, False, b""
        with self._open:
            name = self._open.enter_context(self._at_hand())
            told = self._open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
            command = [str(self._program), "-v", "error", "-nostdin", *self._input, name, "-map", "a:0", *self._filter]
            process = subprocess.Popen([*command, "-f", self._raw, "-"], stdout=subprocess.PIPE, stderr=told)  # noqa: S603 - a program found by name
            self._open.enter_context(process)
            self._open.callback(process.kill)
            assert process.stdout is not None
            for first in range(0, self._silence, frames):
                yield np.zeros((min(frames, self._silence - first), self.channels), kind.newbyteorder("="))
            while True:
                with _killed_after(process, _SILENT_SECONDS):
                    raw = process.stdout.read(frames * width)
                if not raw and found:
                    break
                found = True
                whole = raw[: len(raw) - len(raw) % width]
                count += len(whole) // width
                if count:
                    yield (
                        np.frombuffer(whole, kind).reshape(-1, self.channels).astype(kind.newbyteorder("="), copy=False)
                    )
            status = wait_for_process(process)
            told.seek(0)
            errors = told.read(2000)
        self._judge(count, status, errors)

    def close(self) -> None:
        """Stop ffmpeg and delete the temporary copy."""
        self._open.close()

    def _judge(self, found: int, status: int, errors: bytes) -> None:
        """Record the issues of the number of frames; containers are accurate to two packets."""
        said = last_words(errors) or f"exit code {status}"
        if not found:
            raise AudioError(f"ffmpeg decodes no sound from this {self.format}: {said}", kind="not_audio")
        spare = 2 * _PACKET + (self.sample_rate // 10 if self._filter else 0)
        if self._is_promise and found + spare < self._decoded:
            self.issues += (Issue("truncated", f"{self._decoded} frames promised, {found} found"),)
        elif status != 0:
            self.issues += (Issue("damaged", f"ffmpeg ended with an error after {found} frames: {said}"),)

    def _at_hand(self) -> Any:  # noqa: ANN401 - a context manager of a name
        return _NamedFile(self._data, self._path)


def missing_ffmpeg(need: str, instead: str) -> str:
    """Return the message that *need* is done by ffmpeg, which is not installed.

    >>> missing_ffmpeg("reading M4A", "wav")
    'reading M4A needs the program ffmpeg; install it, or ask for wav'
    """
    return f"{need} needs the program ffmpeg; install it, or ask for {instead}"


def _storage(stream: dict[str, Any], demuxer: Demuxer) -> tuple[str, str]:
    """Return the kind of the stored samples, and the raw format of ffmpeg that keeps them."""
    codec, form = str(stream.get("codec_name", demuxer.name)), str(stream.get("sample_fmt", ""))[:3]
    if not (codec in _LOSSLESS or codec.startswith("pcm_")) or form not in {"s16", "s32"}:
        return codec.upper(), "f32le"
    bits = _whole(stream, "bits_per_raw_sample") or _whole(stream, "bits_per_sample") or int(form[1:])
    return ("PCM_16" if bits <= 16 else "PCM_24" if bits <= 24 else "PCM_32"), f"{form}le"


def _whole(stream: dict[str, Any], name: str) -> int:
    """Return a whole number of *stream*, 0 if it is none."""
    text = str(stream.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@contextlib.contextmanager
def _killed_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Kill *process* if the block takes longer than *seconds*."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _NamedFile:
    """The path of the data: its own, or that of a copy for as long as it is needed (mp4 must be seekable)."""

    def __init__(self, data: Sliceable, path: str | None) -> None:
        self._data, self._path = data, path
        self._copy: ClosedFile | None = None

    def __enter__(self) -> str:
        if self._path is not None:
            return f"file:{self._path}"
        self._copy = ClosedFile(".audio")
        with open(self._copy.path, "wb") as file:
            file.writelines(self._data[first : first + _COPY_BYTES] for first in range(0, len(self._data), _COPY_BYTES))
        return f"file:{self._copy.path}"

    def __exit__(self, *_: object) -> None:
        if self._copy is not None:
            self._copy.remove()


class ClosedFile:
    """A temporary file that is closed: on Windows no program opens one that is open here.

    It is removed by `remove`, or when nothing refers to it any more.
    """

    def __init__(self, suffix: str) -> None:
        file, self.path = tempfile.mkstemp(suffix=suffix)
        os.close(file)
        self.remove = weakref.finalize(self, _remove, self.path)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
