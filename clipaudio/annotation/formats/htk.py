r"""Write labels of HTK: label files (.lab), and master label files (.mlf) of phones with their words.

Format: The HTK Book, sections 6.2 to 6.4: start and end in whole units of 100 ns, then the label. A label that HTK
would misread (white space, a quote at its start, a backslash, a full stop alone) stands between quotes; a backslash is
written before quotes and backslashes in it. Text is UTF-8.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from clipaudio.annotation.tier import clean_label, iterate_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clipaudio.timing.timeline import Timeline

__all__ = ["SILENCE", "dumps_lab", "dumps_mlf"]

SILENCE = "sil"
"""Label of a silence, by the custom of HTK."""
_UNITS = 10_000_000
_SAFE = re.compile(r"(?!\.\Z)[^\s\"'\\][^\s\\]*")
_ESCAPED = re.compile(r"[\"\\]")


class _Row(NamedTuple):
    start: int
    end: int
    label: str


def dumps_lab(timeline: Timeline, *, duration: float) -> str:
    r"""Return *timeline* as an HTK label file that covers the clip without gaps; "" without labels.

    Silences are labelled "sil".

    Parameters
    ----------
    timeline
        Words or phones, tidy.
    duration
        Seconds of the clip.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> print(dumps_lab(Timeline(("HH", "AY1"), [[0.1, 0.2], [0.2, 0.35]]), duration=0.5), end="")
    0 1000000 sil
    1000000 2000000 HH
    2000000 3500000 AY1
    3500000 5000000 sil
    """
    return "".join([f"{row.start} {row.end} {row.label}\n" for row, _ in _numbered(timeline, duration)])


def dumps_mlf(phones: Timeline, words: Timeline, word_of: Sequence[int], *, duration: float, name: str = "clip") -> str:
    r"""Return phones as a master label file, the first of each word with its word; or words, if there are no phones.

    Parameters
    ----------
    phones, words
        Levels of the clip, tidy.
    word_of
        Row of the word of each phone, -1 for none.
    duration
        Seconds of the clip.
    name
        Name of the recording.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> phones = Timeline(("HH", "AY1"), [[0.0, 0.2], [0.2, 0.35]])
    >>> print(dumps_mlf(phones, Timeline(("Hi",), [[0.0, 0.35]]), [0, 0], duration=0.35, name="a"), end="")
    #!MLF!#
    "*/a.lab"
    0 2000000 HH Hi
    2000000 3500000 AY1
    .
    """
    title = _ESCAPED.sub(r"\\\g<0>", clean_label(name)).replace("/", "_") or "clip"
    if not len(phones):
        body = dumps_lab(words, duration=duration)
    else:
        kept = [row for row, label in enumerate(phones.labels) if clean_label(label)]
        said = _first_phones(words, [word_of[row] for row in kept])
        rows = _numbered(phones[kept], duration)
        body = "".join([f"{row.start} {row.end} {row.label}{said.get(place, '')}\n" for row, place in rows])
    return f'#!MLF!#\n"*/{title}.lab"\n{body}.\n'


def _first_phones(words: Timeline, word_of: Sequence[int]) -> dict[int, str]:
    """Return the field of the word beside the first phone of each."""
    said: dict[int, str] = {}
    last = -1
    for row, word in enumerate(word_of):
        if word not in {last, -1}:
            said[row] = f" {_quote(clean_label(words.labels[word]))}"
            last = word
    return said


def _numbered(timeline: Timeline, duration: float) -> Iterator[tuple[_Row, int]]:
    """Yield labels and the silences between them, with the row of each label; -1 for silences."""
    now = 0
    for row, (label, start, end) in enumerate(iterate_labels(timeline)):
        first = max(int(start * _UNITS + 0.5), now)
        if first > now:
            yield _Row(now, first, SILENCE), -1
        now = max(int(end * _UNITS + 0.5), first + 1)
        yield _Row(first, now, _quote(label)), row
    last = int(duration * _UNITS + 0.5)
    if last > now > 0:  # of a level without labels nothing is known
        yield _Row(now, last, SILENCE), -1


def _quote(label: str) -> str:
    """Return *label* as HTK reads it back, on one line."""
    label = " ".join(label.split())
    if _SAFE.fullmatch(label):
        return label
    return '"' + _ESCAPED.sub(r"\\\g<0>", label) + '"'
