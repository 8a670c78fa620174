"""Write JSON of segments and words (.words.json) in the form of Whisper, which other tools read.

Conventions
-----------
Seconds, whole milliseconds. A word includes the space before it: the words of a segment join to its text, and the
segments to the whole text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from clipaudio.captions.cue import add_space
from clipaudio.captions.sanitize import prepare
from clipaudio.captions.timestamp import round_to_units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]


def dumps(cues: Iterable[Cue], *, language: str | None = None, is_bilingual: bool = False) -> str:
    """Return *cues* as JSON text: `{"text", "segments": [{"id", "start", "end", "text", "words"}], "language"}`.

    Parameters
    ----------
    language
        Language code, such as "en"; null if unknown.
    is_bilingual
        Lines above the first word are another language: the `translation` of a segment, and no part of its `text`.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> import json
    >>> from clipaudio.captions.cue import Cue, CueWord
    >>> cue = Cue(0.5, 2.0, ("Oh,", "no"), (CueWord(0, 0, 2, 0.6, 0.9), CueWord(1, 0, 2, 1.1, 1.9)), "Ann")
    >>> found = json.loads(dumps([cue], language="en"))
    >>> found["text"], found["segments"][0]["words"][1], found["segments"][0]["speaker"]
    (' Oh, no', {'word': ' no', 'start': 1.1, 'end': 1.9}, 'Ann')
    """
    kept = prepare(cues).cues
    segments = []
    for number, (cue, (start, end)) in enumerate(zip(kept, round_to_units(kept, 1000), strict=True)):
        count = cue.words[0].line if is_bilingual and cue.words else 0
        above = " ".join(cue.lines[:count])
        if count:
            spoken = tuple(word._replace(line=word.line - count) for word in cue.words)
            cue = replace(cue, lines=cue.lines[count:], words=spoken)  # noqa: PLW2901 - what is spoken of it
        pieces = cue.spaced_words()
        words = [
            {"word": piece.text, "start": _milliseconds(piece.start), "end": _milliseconds(piece.end)}
            for piece in pieces
        ]
        text = "".join([piece.text for piece in pieces]) if pieces else add_space(" ".join(cue.lines))
        segment: dict[str, Any] = {
            "id": number,
            "start": start / 1000,
            "end": end / 1000,
            "text": text,
            "words": words,
        }
        if above:
            segment["translation"] = above
        if cue.speaker is not None:
            segment["speaker"] = cue.speaker
        segments.append(segment)
    whole = {"text": "".join([segment["text"] for segment in segments]), "segments": segments, "language": language}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1).decode() + "\n"


def _milliseconds(seconds: float) -> float:
    """Return *seconds* in whole milliseconds."""
    return int(seconds * 1000 + 0.5) / 1000
