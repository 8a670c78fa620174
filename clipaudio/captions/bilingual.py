"""Add a second language to cues: the lines of the translation stand above those of the cue.

Rules
-----
The cues are cut for the language that is spoken, with half of the lines each. A cue has the words of the translation
that are dealt out over its time; where the translation is so short that none begins there, the lines before it stay.
Times of words are those of the spoken language.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.captions.profiles import find_profile
from clipaudio.captions.segmentation import cut_cues
from clipaudio.captions.widths import measure_width
from clipaudio.timing.timeline import Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.captions.captioning import Passage
    from clipaudio.captions.cue import Cue
    from clipaudio.captions.profiles import Profile

__all__ = ["add_translation", "halve_lines"]


def halve_lines(profile: str | Profile) -> Profile:
    """Return a profile with half of the lines, one at least.

    >>> halve_lines("netflix").max_lines
    1
    """
    found = find_profile(profile)
    languages = {
        code: {**fields, **({"max_lines": max(fields["max_lines"] // 2, 1)} if "max_lines" in fields else {})}
        for code, fields in found.languages.items()
    }
    return replace(found, max_lines=max(found.max_lines // 2, 1), languages=languages)


def add_translation(cues: Sequence[Cue], translation: Passage, *, profile: Profile) -> tuple[Cue, ...]:
    """Return *cues* of one passage with the lines of its *translation* above their own.

    Parameters
    ----------
    cues
        In order, with the times of their speech.
    translation
        The same speech in another language; its times are those of the cues.
    profile
        Limits of the lines of the translation.
    """
    if not cues or not len(translation.words):
        return tuple(cues)
    times = translation.words.times + translation.offset
    middles = times.mean(axis=1)
    edges = [(before.end + cue.start) / 2 for before, cue in pairwise(cues)]
    bounds = [0, *np.searchsorted(middles, edges).tolist(), len(middles)]
    lines: tuple[str, ...] = ()
    result = []
    for cue, (first, stop) in zip(cues, pairwise(bounds), strict=True):
        if first < stop:
            lines = _break_lines(translation, first, stop, profile)
        elif not first or times[first - 1, 1] <= cue.start:
            lines = ()
        words = tuple(word._replace(line=word.line + len(lines)) for word in cue.words)
        result.append(replace(cue, lines=(*lines, *cue.lines), words=words))
    return tuple(result)


def _break_lines(passage: Passage, first: int, stop: int, profile: Profile) -> tuple[str, ...]:
    """Return the words from row *first* to *stop* with the marks around them, as lines."""
    ranges = passage.words.child_ranges
    a = int(ranges[first - 1, 1]) if first else 0
    b = int(ranges[stop - 1, 1]) if stop < len(ranges) else len(passage.graphemes)
    labels = passage.graphemes.labels
    while first and a < ranges[first, 0] and not labels[a].isspace():
        a += 1  # marks that close the word before belong to it
    while stop < len(ranges) and b < ranges[stop, 0] and not labels[b].isspace():
        b += 1
    limits = profile.for_language(passage.language)
    text = " ".join("".join(labels[a:b]).split())
    columns = limits.line_columns
    if columns is None or measure_width(text, wide=limits.wide_columns) <= columns:
        return (text,) if text else ()
    words = Spans(passage.words.labels[first:stop], passage.words.times[first:stop], ranges[first:stop] - a)
    limits = replace(limits, max_duration=inf, max_words=None, pause=inf)
    sentences = Spans((), np.empty((0, 2)), np.empty((0, 2), np.intp))
    made = cut_cues(passage.graphemes[a:b], words, sentences, profile=limits, language=passage.language)
    return tuple(line for cue in made for line in cue.lines)
