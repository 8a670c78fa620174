"""Encode clips as JSON for the script of a page.

Conventions
-----------
Times are float64, little-endian, as base64: the script compares the very numbers that Python has. Text is JSON in
which "<" is escaped, so that nothing in it can end a script element or begin markup.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

from clipaudio.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from clipaudio.page.page_clip import PageClip, PageCue
    from clipaudio.timing.timeline import Timeline

__all__ = ["encode_base64", "encode_clips", "encode_json"]


def encode_base64(data: bytes) -> str:
    """Return *data* as base64.

    >>> encode_base64(b"abc")
    'YWJj'
    """
    return b64encode(data).decode("ascii")


def encode_json(value: object) -> str:
    r"""Return *value* as JSON that can stand in a script element.

    >>> encode_json("</script>\ud800")
    '"\\u003c/script>\ufffd"'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return replace_surrogates(text).replace("<", "\\u003c")


def encode_clips(clips: Sequence[PageClip]) -> str:
    """Return the JSON of *clips*, without their sound."""
    return encode_json([_clip(clip) for clip in clips])


def _clip(clip: PageClip) -> dict[str, Any]:
    runs = [] if clip.sentence_words is None else clip.sentence_words.ravel().tolist()
    made: dict[str, Any] = {
        "title": clip.title,
        "duration": clip.duration,
        "language": clip.language,
        "facts": clip.facts,
        "levels": {
            "words": _level(clip.words),
            "phones": _level(clip.phones),
            "sentences": _level(clip.sentences),
            "speakers": _level(clip.speakers),
            "visemes": _level(clip.mouth),
        },
        "sentenceWords": runs,
        "cues": {name: _cues(cues) for name, cues in clip.cues.items()},
        "findings": [
            {
                "level": finding.level,
                "kind": finding.kind,
                "message": finding.message,
                "count": finding.count,
                "isGuess": finding.is_guess,
                "places": finding.places,
                "placesLeftOut": finding.places_left_out,
            }
            for finding in clip.findings
        ],
        "issues": clip.issues,
        "notes": clip.notes,
        "hasSound": clip.sound is not None,
    }
    if clip.waveform is not None:
        made["waveform"] = {"step": clip.waveform.step, "extremes": encode_base64(clip.waveform.extremes.tobytes())}
    if clip.moves is not None:
        weights = encode_base64(clip.moves.weights.tobytes())
        made["moves"] = {"names": clip.moves.names, "fps": clip.moves.fps, "weights": weights}
    return made


def _level(line: Timeline) -> dict[str, Any]:
    return {"times": _times(line.times), "labels": line.labels}


def _cues(cues: Sequence[PageCue]) -> dict[str, Any]:
    return {"times": _times([(cue.start, cue.end) for cue in cues]), "labels": ["\n".join(cue.lines) for cue in cues]}


def _times(times: ArrayLike) -> str:
    return encode_base64(np.asarray(times, "<f8").tobytes())
