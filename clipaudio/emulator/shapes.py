"""Render the timestamps of speech in each shape that the service has been seen to send.

Conventions
-----------
`cells` puts letters and phones of the whole clip into one row: a cell is a run of letters and the run of
phones they stand for. Spaces and punctuation are entries of both rows, one each, and share the gap they
stand in. Where the speaker makes no gap, a space takes a little of the end of the word before, so that
every entry has a length and each word still starts where the engine says. Times inside are samples of the
speech; a shape makes seconds of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from clipaudio.synthesis.spelling import VOWELS, blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.synthesis.speech import Speech

__all__ = ["SHAPES", "ShapeName", "StampedText", "cells", "shaped"]

ShapeName = Literal["contiguous", "overlap", "nophon", "milliseconds", "v1"]

_SPACE = 275  # samples a space takes from the word before, at most
_LEGACY_GRID = 275 / 22050
_V1_GRID = 256 / 22050
_SECOND_HALVES = frozenset("ɪʊɐəiuɹ")

Payload = dict[str, list[Any]]
Edges = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StampedText:
    """Letters and phones of a clip, and which stand for which.

    Parameters
    ----------
    letters
        One entry a code point.
    phones
        Labels; spaces and punctuation are their own.
    edges
        float64, shape (phones + 1,), samples: phone i lasts from edge i to edge i + 1.
    cells
        Runs of letters and phones (first letter, stop, first phone, stop), in order, without holes.
    """

    letters: str
    phones: tuple[str, ...]
    edges: Edges
    cells: tuple[tuple[int, int, int, int], ...]

    def letter_edges(self) -> Edges:
        """Cut each cell evenly over its letters: float64, shape (letters + 1,), samples."""
        edges = [
            np.linspace(self.edges[first], self.edges[stop], b - a, endpoint=False) for a, b, first, stop in self.cells
        ]
        return np.concatenate([*edges, self.edges[-1:]])


def cells(speech: Speech, *, is_split: bool = False) -> StampedText:
    """Align the letters and phones of *speech*; an empty text gives an empty result.

    With *is_split* a phone of two sounds ("eɪ", "ɛɹ") is two phones of half its length.
    """
    labels: list[str] = []
    starts: list[float] = []
    row: list[tuple[int, int, int, int]] = []
    letter = 0
    silence = float(speech.words[0].start if speech.words else _lead(speech))

    def add_gap(stop: int, start: float, end: float) -> None:
        for i in range(letter, stop):
            row.append((i, i + 1, len(labels), len(labels) + 1))
            labels.append(speech.text[i])
            starts.append(start + (end - start) * (i - letter) / (stop - letter))

    for word in speech.words:
        gap_start = max(starts[-1] + 1, silence) if starts else word.start / 2
        if word.first > letter:
            if starts:
                room = min(_SPACE, (word.start - starts[-1]) / 3)
                gap_start = min(gap_start, word.start - room)
            add_gap(word.first, gap_start, word.start)
        at, first = word.first, len(labels)
        for phone in speech.phones[slice(*word.run)]:
            parts = _halves(phone.label) if is_split else [phone.label]
            labels += parts
            starts += np.linspace(phone.start, phone.end, len(parts), endpoint=False).tolist()
        for letters, phones in blocks(word.text, labels[first:], spelled=word.is_spelled):
            row.append((at, at + letters, first, first + phones))
            at, first = at + letters, first + phones
        letter, silence = word.stop, float(word.end)
    end = silence
    if letter < len(speech.text):
        end = float(speech.frames)
        add_gap(len(speech.text), min(silence, end - 1), end)
    return StampedText(speech.text, tuple(labels), np.array([*starts, end] if starts else [0.0]), tuple(row))


def _lead(speech: Speech) -> int:
    """Return a start for a clip without words, before its end."""
    return speech.frames // 4


def shaped(speech: Speech, shape: ShapeName) -> Payload:
    """Return the four arrays of `audio_timestamps` in *shape*, one of `SHAPES`.

    Examples
    --------
    >>> from clipaudio.emulator.script import Script
    >>> from clipaudio.emulator.tone import speak
    >>> speech = speak(Script("Oh."))
    >>> shaped(speech, "contiguous")["graph_times"]
    [[0.05, 0.14], [0.14, 0.2], [0.2, 0.52]]
    >>> shaped(speech, "milliseconds")["phon_times"]
    [[50, 140], [140, 200], [200, 520]]
    """
    if not speech.text:
        return {"graph_chars": [], "graph_times": [], "phon_chars": [], "phon_times": []}
    return SHAPES[shape](speech)


def _contiguous(speech: Speech) -> Payload:
    """Return seconds, 4 decimals; intervals touch."""
    row = cells(speech)
    letters, phones = (edges / speech.sample_rate for edges in (row.letter_edges(), row.edges))
    return _payload(row, _pairs(letters), row.phones, _pairs(phones))


def _milliseconds(speech: Speech) -> Payload:
    """Return whole milliseconds, as in the examples of the documentation."""
    row = cells(speech)
    letters, phones = (_pairs(edges * 1000 / speech.sample_rate, 0) for edges in (row.letter_edges(), row.edges))
    whole = [[[int(t) for t in pair] for pair in pairs] for pairs in (letters, phones)]
    return _payload(row, whole[0], row.phones, whole[1])


def _nophon(speech: Speech) -> Payload:
    """Return the newest models' shape: no phones, a grid of 0.02 or 0.01 s, the last end is the duration."""
    row = cells(speech)
    edges = row.letter_edges() / speech.sample_rate
    edges[-1] = speech.duration
    grid = 0.02 if len(row.letters) * 0.02 < 0.8 * (edges[-1] - edges[0]) else 0.01
    frames = _spread(edges / grid, 1, round(speech.duration / grid))
    return _payload(row, _pairs(np.array(frames) * grid, 2), (), [])


def _v1(speech: Speech) -> Payload:
    """Return API v1's shape: a grid of 256/22050 s, touching intervals, letters of one sound share one, ˈ alone."""
    row = cells(speech)
    labels: list[str] = []
    edges: list[float] = []
    firsts: list[int] = []
    for label, start, end in zip(row.phones, row.edges[:-1], row.edges[1:], strict=True):
        firsts.append(len(labels))
        stress = label[:1] in ("ˈ", "ˌ") and len(label) > 1
        if stress:
            labels.append(label[0])
            edges.append(start)
        labels.append(label[1:] if stress else label)
        edges.append(start + (end - start) / 4 if stress else start)
    scale = 1 / (_V1_GRID * speech.sample_rate)
    frames = _spread(np.array([*edges, row.edges[-1]]) * scale, 1, int(speech.duration / _V1_GRID))
    times = np.array(frames) * _V1_GRID
    return _shared(row, labels, list(pairwise(times.tolist())), [*firsts, len(labels)])


def _overlap(speech: Speech) -> Payload:
    """Return legacy v2's shape: frames of 275/22050 s, each interval 2 to 4 into the next, split diphthongs."""
    row = cells(speech, is_split=True)
    frames = row.edges / (_LEGACY_GRID * speech.sample_rate)
    last = int(speech.duration / _LEGACY_GRID)
    wanted = frames.copy()
    wanted[1:] -= 1.5  # an overlap of three frames, cut in the middle, gives the edge back
    for i, label in enumerate(row.phones):
        if label == " ":  # three frames from the word before, and four into the word after, which starts in time
            wanted[i + 1] -= 0.5
            wanted[i] = min(wanted[i], wanted[i + 1] - 3)
    starts = _spread(np.maximum(wanted, 0.0), 3, last - 3)
    ends = [b + (4 if b - a <= 3 else 3 if b - a <= 8 else 2) for a, b in pairwise(starts)]
    times = [(a * _LEGACY_GRID, min(b, last) * _LEGACY_GRID) for a, b in zip(starts, ends, strict=False)]
    return _shared(row, list(row.phones), times, list(range(len(row.phones) + 1)))


def _halves(label: str) -> list[str]:
    """Split a diphthong and a vowel with its r: "ˈeɪ" is heard as "ˈe" and "ɪ"."""
    plain = label.lstrip("ˈˌ").replace("ː", "")
    is_double = len(plain) == 2 and plain[0] in VOWELS and plain[1] in _SECOND_HALVES
    return [label[:-1], label[-1]] if is_double and label[-1] == plain[1] else [label]


def _spread(edges: Edges, least: int, last: int) -> list[int]:
    """Round *edges* to whole frames up to *last*, neighbours *least* apart where there is room."""
    count = len(edges) - 1
    wanted = np.clip(np.rint(edges), 0, last)
    room = last - wanted[0]
    least = min(least, int(room // count)) if count else 0
    steps = least * np.arange(count + 1)
    free = wanted - steps  # ascending where neighbours are far enough apart
    late, early = np.maximum.accumulate(free), np.minimum.accumulate(free[::-1])[::-1]
    nearest = np.floor((late + early) / 2)  # of all ascending rows the one that strays least
    return [int(frame) for frame in np.clip(nearest, 0, last - steps[-1]) + steps]


def _pairs(edges: Edges, decimals: int = 4) -> list[list[float]]:
    """Make rounded [start, end] pairs of n + 1 edges."""
    return [[start, end] for start, end in pairwise(np.round(edges, decimals).tolist())]


def _shared(row: StampedText, labels: list[str], times: list[tuple[float, float]], firsts: list[int]) -> Payload:
    """Set the interval of each letter to that of the phones of its cell; `firsts` maps old to split phones."""
    rounded = [[round(start, 4), round(end, 4)] for start, end in times]
    letters: list[list[float]] = []
    for a, b, first, stop in row.cells:
        span = [rounded[firsts[first]][0], rounded[firsts[stop] - 1][1]]
        letters += [list(span) for _ in range(a, b)]
    return _payload(row, letters, labels, rounded)


def _payload(row: StampedText, letters: list[Any], labels: Any, phones: list[Any]) -> Payload:  # noqa: ANN401 - any sequence of labels
    return {
        "graph_chars": list(row.letters),
        "graph_times": letters,
        "phon_chars": list(labels),
        "phon_times": phones,
    }


SHAPES: dict[ShapeName, Callable[[Any], Payload]] = {
    "contiguous": _contiguous,
    "overlap": _overlap,
    "nophon": _nophon,
    "milliseconds": _milliseconds,
    "v1": _v1,
}
"""Name of a shape -> what makes it."""
