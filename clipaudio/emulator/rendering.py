"""Encode speech as the requested audio file, and cache the speech of each script."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Literal

from clipaudio.emulator import tone
from clipaudio.errors import MissingExtraError, SynthesisError
from clipaudio.synthesis import espeak

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.emulator.script import Script
    from clipaudio.synthesis.speech import Speech

__all__ = ["CONTENT_TYPES", "PRECISIONS", "SAMPLE_RATES", "EngineName", "Speaker", "choose", "render"]

EngineName = Literal["auto", "espeak", "tone"]

SAMPLE_RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
PRECISIONS = {"PCM_16": "PCM_16", "PCM_24": "PCM_24", "PCM_32": "PCM_32", "MULAW": "ULAW", "ULAW": "ULAW"}
"""Precision on the wire -> subtype; the service's pages spell the companded one in two ways."""
CONTENT_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg", "flac": "audio/flac"}

_logger = logging.getLogger("clipaudio.emulator")


def render(speech: Speech, *, sample_rate: int, precision: str, output_format: str) -> bytes:
    """Return the bytes of an audio file.

    MP3 and Ogg have no sample type of their own; FLAC holds 24 bits at most and gets 24 for 32, 16 for MULAW.

    Raises
    ------
    ConvertError
        The codec cannot write this.

    Examples
    --------
    >>> from clipaudio.emulator.script import Script
    >>> speech = tone.speak(Script("Oh."))
    >>> len(render(speech, sample_rate=8000, precision="MULAW", output_format="wav")) > 8000 * speech.duration
    True
    """
    from clipaudio.audio.encode import encode  # noqa: PLC0415 - codecs are loaded when something is spoken
    from clipaudio.audio.resample import resample  # noqa: PLC0415

    subtype = PRECISIONS[precision]
    if output_format == "flac":
        subtype = {"PCM_32": "PCM_24", "ULAW": "PCM_16"}.get(subtype, subtype)
    fine = subtype in ("PCM_24", "PCM_32")
    samples = resample(speech.samples, speech.sample_rate, sample_rate, quality="VHQ" if fine else "HQ")
    return encode(samples, sample_rate, format=output_format, subtype=subtype)


class Speaker:
    """Speak scripts with one engine, each script and voice once.

    Parameters
    ----------
    engine
        "espeak", "tone", or "auto": espeak-ng where it is installed and starts, else tones, with a warning in
        the log.

    Raises
    ------
    MissingExtraError, SynthesisError
        espeak-ng is asked for by name and cannot be had.
    """

    def __init__(self, engine: EngineName) -> None:
        self.engine = choose(engine)
        self._lock = threading.Lock()
        self._spoken: dict[tuple[Script, str], Speech] = {}
        self._busy: dict[tuple[Script, str], threading.Lock] = {}

    def speak(self, script: Script, *, voice_uuid: str) -> Speech:
        """Return the speech of *script*; safe to call from several threads."""
        key = (script, espeak.voice_of(voice_uuid) if self.engine == "espeak" else "")
        with self._lock:
            busy = self._busy.setdefault(key, threading.Lock())
        with busy:
            if key not in self._spoken:
                self._spoken[key] = (
                    espeak.speak(script, voice=key[1]) if self.engine == "espeak" else tone.speak(script)
                )
            return self._spoken[key]


def choose(engine: EngineName, *, check: Callable[[], str] = espeak.check) -> Literal["espeak", "tone"]:
    """Decide which engine speaks; *check* raises when espeak-ng cannot.

    >>> choose("tone")
    'tone'
    """
    if engine == "tone":
        return "tone"
    try:
        check()
    except (MissingExtraError, SynthesisError) as error:
        if engine == "espeak":
            raise
        _logger.warning("the emulator speaks in tones instead of words: %s", error)
        return "tone"
    return "espeak"
