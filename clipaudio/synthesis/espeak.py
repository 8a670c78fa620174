"""Synthesize a script with espeak-ng, in a process that is new for each clip.

A fresh process gives identical bytes for the same text; a second synthesis in one process never does. It
also keeps the GPL-3 engine, its global state and its crashes out of ours.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from typing import Any, Protocol

import numpy as np

from clipaudio.errors import MissingExtraError, SynthesisError
from clipaudio.extras import install_command
from clipaudio.synthesis.espeak_pool import TIMEOUT, ask
from clipaudio.synthesis.speech import Speech, WordEvent, from_events

__all__ = ["LANGUAGES", "SpokenScript", "check", "run_engine", "speak", "voice_of"]

LANGUAGES = (
    "en-us", "en-gb", "en", "de", "es", "es-419", "fr-fr", "fr", "it", "pt", "pt-br", "nl", "sv", "nb",
    "da", "fi", "pl", "cs", "sk", "hu", "ro", "bg", "ru", "uk", "el", "tr", "ar", "fa", "he", "hi", "bn",
    "ta", "te", "ur", "vi", "th", "id", "ms", "ko", "ja", "cmn", "ca", "hr", "sr", "sl", "lt", "lv", "et",
    "sw", "eo", "is", "ga", "cy",
)  # fmt: skip
"""Voices by language; any other `voice_uuid` speaks the first."""


class SpokenScript(Protocol):
    """A text and its pauses, such as `clipaudio.emulator.script.Script`."""

    @property
    def text(self) -> str:
        """The text of all pieces."""
        ...

    def pieces(self) -> list[tuple[int, str] | float]:
        """Return runs of text with their position, and seconds of silence, in spoken order."""
        ...


def voice_of(voice_uuid: str) -> str:
    """Return the espeak-ng voice of a `voice_uuid`.

    >>> voice_of("de"), voice_of("55592656")
    ('de', 'en-us')
    """
    return voice_uuid if voice_uuid in LANGUAGES else LANGUAGES[0]


@functools.cache
def check(*, extra: str = "emulator") -> str:
    """Start the engine once and return its version; *extra* is the extra that the message names.

    Raises
    ------
    MissingExtraError
        espeakng-loader is not installed.
    SynthesisError
        It is, but its engine does not start on this machine.
    """
    if importlib.util.find_spec("espeakng_loader") is None:
        other = ', or use engine="tone"' if extra == "emulator" else ""
        raise MissingExtraError(
            f"espeak-ng is not installed; {install_command(extra)} (its engine is GPL-3 and "
            f"runs in a process of its own){other}"
        )
    header, _ = run_engine({"voice": LANGUAGES[0], "pieces": []})
    return str(header["version"])


def speak(script: SpokenScript, *, voice: str) -> Speech:
    """Speak *script*; the same script and voice give the same bytes.

    Raises
    ------
    MissingExtraError, SynthesisError
        As in `check`, or the voice is not among the engine's.
    """
    check()
    pieces = [
        {"pause": piece} if isinstance(piece, float) else {"offset": piece[0], "text": piece[1]}
        for piece in script.pieces()
    ]
    header, pcm = run_engine({"voice": voice, "pieces": pieces})
    events = [tuple(event) for event in header["events"]]
    words, phones = from_events(script.text, events, header["frames"])
    return Speech(
        engine="espeak",
        version=header["version"],
        text=script.text,
        sample_rate=header["sample_rate"],
        samples=np.frombuffer(pcm, "<i2").astype(np.int16).reshape(-1, 1),
        words=words,
        phones=phones,
        word_events=tuple(WordEvent(*event[1:4]) for event in events if event[0] == "word"),
    ).framed()


def run_engine(order: dict[str, Any], *, timeout: float = TIMEOUT) -> tuple[dict[str, Any], bytes]:
    """Send *order* to an engine process that has not spoken before; return the header and the PCM it answers.

    Raises
    ------
    SynthesisError
        It cannot speak, ends with an error, or takes more than *timeout* seconds.
    """
    answer = ask(order, timeout=timeout)
    line, _, pcm = answer.content.partition(b"\n")
    if answer.code or not line:
        tail = answer.trouble.decode("utf-8", "replace").strip()[-500:]
        raise SynthesisError(f"the espeak-ng process ended with {answer.code}: {tail or 'no message'}")
    header: dict[str, Any] = json.loads(line)
    if "error" in header:
        raise SynthesisError(f"espeak-ng cannot speak: {header['error']}; choose a voice that it has")
    return header, pcm
