"""Write the captions of Remotion (.remotion.json): a JSON list of words, times in milliseconds.

Form: https://www.remotion.dev/docs/captions/caption. White space counts there: each word has the space before it, by
which `createTikTokStyleCaptions()` finds the words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from clipaudio.captions.cue import Piece, add_space
from clipaudio.captions.sanitize import prepare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]


def dumps(cues: Iterable[Cue]) -> str:
    """Return *cues* as JSON text: a list of `{"text", "startMs", "endMs", "timestampMs", "confidence"}`, one per word.

    A cue without words is one entry. `timestampMs` is the middle of the word; `confidence` is null, since none is known
    of times. Without cues, the list is empty.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> import json
    >>> from clipaudio.captions.cue import Cue, CueWord
    >>> cue = Cue(0.5, 2.0, ("Oh,", "no"), (CueWord(0, 0, 2, 0.6, 0.9), CueWord(1, 0, 2, 1.1, 1.9)))
    >>> json.loads(dumps([cue]))[1]
    {'text': ' no', 'startMs': 1100, 'endMs': 1900, 'timestampMs': 1500, 'confidence': None}
    """
    words = []
    for cue in prepare(cues).cues:
        whole = Piece(add_space(" ".join(cue.lines)), cue.start, cue.end)
        for piece in cue.spaced_words() or (whole,):
            start = int(piece.start * 1000 + 0.5)
            end = max(int(piece.end * 1000 + 0.5), start)
            middle = (start + end) // 2
            words.append(
                {"text": piece.text, "startMs": start, "endMs": end, "timestampMs": middle, "confidence": None}
            )
    return msgspec.json.format(msgspec.json.encode(words), indent=1).decode() + "\n"
