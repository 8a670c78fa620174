"""Put the words of several channels of a recording in one order: each side of a call has its own channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["merge_channels", "order_by_recording"]

_FEWEST: Final = 3
"""Words that two people do not say at the same times by chance."""
_NEAR: Final = 0.3
"""Seconds between the times of one word in two channels that hold the same sound."""


def merge_channels(channels: Sequence[tuple[str, SpeechTimes]]) -> SpeechTimes:
    """Return the words of all *channels* by their times; the speakers are the channels, and who speaks in them.

    A channel that says the words of another at the same times is the same sound: it is left out, which is told.

    Examples
    --------
    >>> sides = [("0", ["Hello", "yes"], [0.5, 4.0]), ("1", ["Hi"], [1.5])]
    >>> calls = [(name, SpeechTimes(source="x", words=TimedText.of(said, at, at))) for name, said, at in sides]
    >>> merged = merge_channels(calls)
    >>> merged.words.labels, merged.speakers
    (('Hello', 'Hi', 'yes'), ('0', '1', '0'))
    """
    channels = [channel for channel in channels if _words(channel[1]).labels] or channels[:1]
    rows: list[int] = []
    for row in sorted(range(len(channels)), key=lambda row: -len(_words(channels[row][1]).labels)):
        if not any(_is_copy(channels[row][1], channels[other][1]) for other in rows):  # a faint copy has fewer words
            rows.append(row)
    kept = [channels[row] for row in sorted(rows)]
    copies = len(channels) - len(kept)
    left = [Finding("other_channels", np.arange(copies), "they say the same at the same times")] if copies else []
    if len(kept) < 2:
        return kept[0][1].with_findings(*left)
    names: list[tuple[str, str]] = []
    labels: list[str] = []
    for channel, speech in kept:
        said = _words(speech)
        labels += said.labels
        several = len({*speech.speakers} - {None}) > 1
        own = speech.speakers if several else (None,) * len(said.labels)
        names += [("", channel if name is None else f"{channel} {name}") for name in own]
    times = np.concatenate([_words(speech).times for _, speech in kept])
    order, speakers = order_by_recording(names, times[:, 0])
    words = TimedText(tuple(labels[row] for row in order), times[order])
    return replace(kept[0][1], words=words, speakers=speakers, text=None).with_findings(*left)


def order_by_recording(
    names: Sequence[tuple[str, str]], starts: NDArray[np.float64]
) -> tuple[list[int], tuple[str, ...]]:
    """Return the order of words by recording, within it by time over its channels, and the speaker of each.

    A word stands never before one of its own channel that precedes it.
    """
    pairs = dict.fromkeys(names)
    recordings = {recording: place for place, recording in enumerate(dict.fromkeys(pair[0] for pair in pairs))}
    held = np.array(starts, np.float64)
    rows_of: dict[tuple[str, str], list[int]] = {}
    for row, name in enumerate(names):
        rows_of.setdefault(name, []).append(row)
    for rows in rows_of.values() if len(pairs) > len(recordings) else ():
        held[rows] = np.maximum.accumulate(np.nan_to_num(held[rows]))
    places = np.array([recordings[recording] for recording, _ in names])
    several = len(pairs) > len(recordings)
    order = (np.lexsort((held, places)) if several else np.argsort(places, kind="stable")).tolist()
    if not several:
        return order, tuple(names[row][0] for row in order)
    lead = len(recordings) > 1
    return order, tuple(f"{names[row][0]} {names[row][1]}" if lead else names[row][1] for row in order)


def _words(speech: SpeechTimes) -> TimedText:
    return speech.words if speech.words is not None else TimedText.of((), (), ())


def _is_copy(speech: SpeechTimes, other: SpeechTimes) -> bool:
    """Return True if nearly all of the words, and not only a few, are said at the same time in *other*."""
    mine, theirs = _words(speech), _words(other)
    places: dict[str, list[float]] = {}
    for label, start in zip(theirs.labels, theirs.times[:, 0].tolist(), strict=True):
        places.setdefault(label.casefold(), []).append(start)
    sorted_places = {label: np.sort(found) for label, found in places.items()}
    same = 0
    for label, start in zip(mine.labels, mine.times[:, 0].tolist(), strict=True):
        found = sorted_places.get(label.casefold())
        if found is not None:
            at = int(np.searchsorted(found, start))
            same += bool(np.abs(found[max(at - 1, 0) : at + 1] - start).min(initial=np.inf) <= _NEAR)
    return same >= _FEWEST and 10 * same >= 9 * len(mine.labels)
