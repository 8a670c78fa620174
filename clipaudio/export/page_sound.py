"""Make what a page plays and draws of the sound: a small compressed copy inside it, and its waveform."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

import numpy as np

from clipaudio.audio.convert import convert
from clipaudio.audio.reader import open_audio
from clipaudio.audio.waveform import read_waveform
from clipaudio.errors import ConvertError
from clipaudio.page import PageSound, PageWaveform

if TYPE_CHECKING:
    from clipaudio.audio.reader import Recording

    Source = str | os.PathLike[str] | Recording

__all__ = ["LONGEST_INSIDE", "EmbeddedSound", "draw_waveform", "embed_sound"]

LONGEST_INSIDE: Final = 600.0
"""Seconds of sound that a page holds; longer sound stays in its file beside the page."""

_FINEST_STEP: Final = 0.001  # seconds
_MOST_STEPS: Final = 720_000
_HIGHEST_RATE: Final = 24_000  # keeps speech up to 12 kHz
_QUALITY: Final = 0.65  # of MP3 at a constant bit rate: 64 kbit/s at 24 kHz
_MEDIA_TYPES: Final = {"mp3": "audio/mpeg", "wav": "audio/wav"}


class EmbeddedSound(NamedTuple):
    """The sound of a page, None if it has none, and notes on what was changed or is missing."""

    sound: PageSound | None
    notes: tuple[str, ...] = ()


def draw_waveform(source: Source, duration: float) -> PageWaveform:
    """Return the waveform of *source*, one step a millisecond, or less often if it lasts more than twelve minutes."""
    with open_audio(source) as audio:
        extremes, step = read_waveform(audio, step=max(_FINEST_STEP, duration / _MOST_STEPS))
    return PageWaveform(extremes=np.clip(np.round(extremes * 127), -127, 127).astype(np.int8), step=step)


def embed_sound(source: Source, *, duration: float, sound_file: str, folder: str | None) -> EmbeddedSound:
    """Return the sound of a page.

    Parameters
    ----------
    source
        A file or a recording.
    duration
        Its length in seconds. Longer than `LONGEST_INSIDE`, it stays in its file.
    sound_file
        The path of its file, "" if it is made of several.
    folder
        The folder of the page; None if that is unknown, and the file lies beside the page.
    """
    if duration > LONGEST_INSIDE:
        return _beside(sound_file, folder)
    with open_audio(source) as audio:
        rate = min(audio.sample_rate, _HIGHEST_RATE)
    try:
        return EmbeddedSound(_encode(source, "mp3", rate))
    except ConvertError as error:  # no encoder, or a rate or number of channels that MP3 cannot hold
        note = f"the sound is stored without compression, because it cannot be written as MP3: {error}"
        return EmbeddedSound(_encode(source, "wav", rate), (note,))


def _encode(source: Source, kind: str, rate: int) -> PageSound:
    """Encode at a constant bit rate: browsers find times in it exactly."""
    with tempfile.TemporaryDirectory(prefix="clipaudio-") as folder:
        path = Path(folder, f"sound.{kind}")
        if kind == "mp3":
            convert(source, path, sample_rate=rate, quality=_QUALITY, is_constant=True)
        else:
            convert(source, path, sample_rate=rate, subtype="PCM_16")
        return PageSound(media_type=_MEDIA_TYPES[kind], data=path.read_bytes())


def _beside(sound_file: str, folder: str | None) -> EmbeddedSound:
    minutes = f"{LONGEST_INSIDE / 60:.0f} minutes"
    if not sound_file:
        note = f"the page has no sound: it lasts more than {minutes} and is in no file; convert it, and open that file"
        return EmbeddedSound(None, (note,))
    path = PurePath(sound_file)
    url = quote(path.name if folder is None else _relative(path, folder))
    notes = [f"the sound lasts more than {minutes}: the page plays the file {url}"]
    if path.suffix.lower() == ".mp3":
        notes.append(
            "browsers find times in an MP3 of variable bit rate by guess: WAV, FLAC or a constant rate is exact"
        )
    return EmbeddedSound(PageSound(url=url), tuple(notes))


def _relative(path: PurePath, folder: str) -> str:
    """Return *path* as seen from *folder*; its name if they lie on different drives."""
    try:
        return PurePath(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.name
