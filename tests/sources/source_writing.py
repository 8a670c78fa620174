"""What the writers of shapes share: an utterance, and its letters.

An utterance is words with starts and ends on a grid of milliseconds, in order and disjoint.
"""

from __future__ import annotations

import itertools
import json
from typing import NamedTuple

AUDIO = "UklGRg=="


class Word(NamedTuple):
    label: str
    start: int  # milliseconds
    end: int


def dump(value):
    return json.dumps(value, ensure_ascii=False).encode()


def lines(*values):
    return b"".join(dump(value) + b"\n" for value in values)


def seconds(milliseconds):
    return milliseconds / 1000


def text_of(words):
    return " ".join(word.label for word in words)


def letters_of(words):
    """Spread each word evenly over its letters; a blank fills the gap before the next word."""
    labels, times = [], []
    for row, word in enumerate(words):
        if row:
            labels.append(" ")
            times.append((words[row - 1].end, word.start))
        size = len(word.label)
        edges = [word.start + (word.end - word.start) * k / size for k in range(size)] + [word.end]
        labels += word.label
        times += itertools.pairwise(edges)
    return labels, times
