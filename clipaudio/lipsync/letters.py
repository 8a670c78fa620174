"""Guess timed sounds from graphemes, for clips without phones.

Spelling rules say roughly which letters close, round or open the mouth (`clipaudio.phonetics.letter_rules`). Loudness,
if known, corrects the guess: relative to the loud parts of the clip, a vowel below a tenth is rest, and one below a
third is less open. A consonant rests only if no loud letter is near, because stops are quiet.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.phonetics.articulation import Articulation, SoundKind
from clipaudio.phonetics.ipa import split_shares
from clipaudio.phonetics.letter_rules import is_unknown, read_word
from clipaudio.text import is_spoken, primary_language

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Timeline, Times

__all__ = ["Letters", "read_letters"]

_SILENT_LEVEL: Final = 0.1
_WEAK_LEVEL: Final = 0.35
_LOUD_SHARE: Final = 95.0
_REACH: Final = 0.15  # seconds from a consonant within which a loud letter counts


class Letters(NamedTuple):
    """Sounds guessed from graphemes.

    Attributes
    ----------
    times
        float64, shape (n, 2), seconds.
    sounds
        One per row.
    sources
        intp, shape (n,): row of the grapheme behind each sound.
    unknown
        Characters of scripts without a rule, each once.
    """

    times: Times
    sounds: list[Articulation]
    sources: NDArray[np.intp]
    unknown: tuple[str, ...]


def read_letters(
    graphemes: Timeline,
    *,
    language: str = "en",
    loudness: tuple[NDArray[np.float64], float] | None = None,
) -> Letters:
    """Guess the sounds of graphemes.

    Parameters
    ----------
    graphemes
        Tidy graphemes with their times.
    language
        Language tag; its region is ignored.
    loudness
        Levels (float64) and the seconds between two of them.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> found = read_letters(Timeline(tuple("ship"), np.arange(4)[:, None] / 10 + [0, 0.1]))
    >>> found.sources.tolist(), found.times.round(2).tolist(), found.sounds[2].closes_lips
    ([0, 2, 3], [[0.0, 0.2], [0.2, 0.3], [0.3, 0.4]], True)
    """
    text, rows, times = _characters(graphemes)
    found_times: list[tuple[float, float]] = []
    sounds: list[Articulation] = []
    sources: list[int] = []
    edges = times.tolist()
    for first, stop in _words(text):
        for unit in read_word(text[first:stop], primary_language(language)):
            start, end = edges[first + unit.first][0], edges[first + unit.stop - 1][1]
            for sound, share in zip(unit.sounds, split_shares(unit.sounds), strict=True):
                last = end if sound is unit.sounds[-1] else start + share * (end - start)
                found_times.append((start, last))
                sounds.append(sound)
                sources.append(rows[first + unit.first])
                start = last
    unknown = tuple(sorted(set(filter(is_unknown, text))))
    found = Letters(np.array(found_times).reshape(-1, 2), sounds, np.array(sources, np.intp), unknown)
    return found if loudness is None else _listen(found, *loudness)


def _characters(graphemes: Timeline) -> tuple[str, list[int], Times]:
    """Return the lower-case characters of all labels with their rows and times; those of a label share its time."""
    plain = [unicodedata.normalize("NFC", label.lower()) or " " for label in graphemes.labels]
    sizes = np.array([len(label) for label in plain], np.intp)
    rows = np.repeat(np.arange(len(plain)), sizes)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    step = (graphemes.durations / np.maximum(sizes, 1))[rows]
    starts = graphemes.starts[rows] + within * step
    last = within + 1 == sizes[rows]
    ends = np.where(last, graphemes.ends[rows], starts + step)
    return "".join(plain), rows.tolist(), np.column_stack((starts, ends))


def _words(text: str) -> list[tuple[int, int]]:
    """Return the runs of letters, including their marks."""
    part = np.array([is_spoken(c) for c in text], np.int8)
    edges = np.diff(part, prepend=0, append=0)
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def _listen(letters: Letters, levels: NDArray[np.float64], step: float) -> Letters:
    """Drop inaudible sounds, and open the mouth less for faint vowels."""
    if not len(levels) or not letters.sounds:
        return letters
    loud = float(np.percentile(levels, _LOUD_SHARE))
    if loud <= 0:
        return letters
    total = np.concatenate(([0.0], np.cumsum(levels)))
    first = np.clip((letters.times[:, 0] / step).astype(np.intp), 0, len(levels) - 1)
    stop = np.clip(np.ceil(letters.times[:, 1] / step - 1e-9).astype(np.intp), first + 1, len(levels))
    level = (total[stop] - total[first]) / (stop - first) / loud
    is_vowel = np.array([sound.kind == SoundKind.VOWEL for sound in letters.sounds])
    is_heard = level >= _SILENT_LEVEL
    heard = letters.times[is_heard]
    if len(heard):
        after = np.searchsorted(heard[:, 0], letters.times[:, 0])
        to_next = np.append(heard[:, 0], np.inf)[after] - letters.times[:, 1]
        to_last = letters.times[:, 0] - np.insert(heard[:, 1], 0, -np.inf)[after]
        is_heard |= ~is_vowel & (np.minimum(to_next, to_last) <= _REACH)
    faint = is_vowel & (level < _WEAK_LEVEL)
    sounds = [_closer(s) if f else s for s, f in zip(letters.sounds, faint.tolist(), strict=True)]
    kept = np.flatnonzero(is_heard)
    return Letters(letters.times[kept], [sounds[i] for i in kept.tolist()], letters.sources[kept], letters.unknown)


def _closer(sound: Articulation) -> Articulation:
    """Return the sound with the mouth a third less open."""
    return sound._replace(height=sound.height * 2 / 3)
