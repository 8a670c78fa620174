"""Write tab-separated values (.tsv) like Whisper: start and end in milliseconds, and the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.timestamp import round_to_units
from clipaudio.text import escape_formula

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]


def dumps(cues: Iterable[Cue], *, speakers: bool = False, spreadsheet_safe: bool = True) -> str:
    r"""Return *cues* as tab-separated values; the lines of a cue are joined. Without cues, only the header.

    Parameters
    ----------
    speakers
        Prefix `NAME: ` to the text wherever the speaker changes.
    spreadsheet_safe
        Put an apostrophe before text that a spreadsheet would read as a formula, such as `=1+1`.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> dumps([Cue(0.5, 2.0, ("Hello there,", "General."))])
    'start\tend\ttext\n500\t2000\tHello there, General.\n'
    >>> dumps([Cue(0.5, 2.0, ("-5 degrees",))]).splitlines()[1]
    "500\t2000\t'-5 degrees"
    """
    kept = prepare(cues, words=False).cues
    if speakers:
        kept = label_speakers(kept)
    texts = [" ".join(cue.lines) for cue in kept]
    if spreadsheet_safe:
        texts = [escape_formula(text) for text in texts]
    rows = zip(round_to_units(kept, 1000), texts, strict=True)
    return "start\tend\ttext\n" + "".join([f"{start}\t{end}\t{text}\n" for (start, end), text in rows])
