"""Convert a tidy Timeline to the gapless intervals of a tier, and points to ascending times.

Conventions
-----------
Seconds, as Python floats where they go to a file. Intervals are ascending and share their boundaries exactly;
boundaries that differ only by rounding become one. Labels are stripped. A label of white space is silence and leaves a
blank interval, because in an annotation the space between words is no sound; `spaces` writes a token instead.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.text import LABEL_RULES, clean_text, close_directions
from clipaudio.timing.intervals import SHORTEST, TOUCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from clipaudio.annotation.points import AnyTier, Points
    from clipaudio.timing.timeline import Index, Timeline

__all__ = [
    "Filled",
    "FilledTiers",
    "Interval",
    "NamedLine",
    "TierSet",
    "check_duration",
    "check_points",
    "check_spaces",
    "clean_label",
    "clean_labels",
    "fill_edges",
    "fill_gaps",
    "fill_lines",
    "find_labelled",
    "iterate_labels",
]


class TierSet(NamedTuple):
    """Tiers of one file, as `clipaudio.annotation.sanitize.prepare` takes them."""

    tiers: Mapping[str, AnyTier]
    duration: float
    spaces: str | None = None


class NamedLine(NamedTuple):
    """A tier of intervals: its name, its entries, and the second at which it ends."""

    name: str
    line: Timeline
    duration: float


class Interval(NamedTuple):
    """One interval of a tier, seconds, half-open."""

    start: float
    end: float
    label: str


class Filled(NamedTuple):
    """A gapless tier: interval i lies between `edges[i]` and `edges[i + 1]`.

    `edges` is float64, shape (n + 1,), seconds; `labels` are n clean strings, "" for a blank.
    """

    edges: NDArray[np.float64]
    labels: list[str]


def find_labelled(timeline: Timeline, duration: float, *, name: str = "", spaces: str | None = None) -> list[Interval]:
    """Return the intervals of *timeline* that have a label, with boundaries snapped.

    Parameters
    ----------
    timeline
        A tidy one.
    duration
        Seconds; the end of the tier.
    name
        Name of the tier, for error messages.
    spaces
        Label to write for white space; None drops it.

    Raises
    ------
    ExportError
        A label is no string, or a time is not finite, outside [0, *duration*], empty, or overlaps the one before;
        `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> line = Timeline(("a", " ", "b"), [[0, 0.1 + 0.2], [0.3, 0.4], [0.4, 1]])
    >>> find_labelled(line, 1.0)
    [Interval(start=0.0, end=0.30000000000000004, label='a'), Interval(start=0.4, end=1.0, label='b')]
    >>> find_labelled(line, 1.0, spaces="_")[1]
    Interval(start=0.30000000000000004, end=0.4, label='_')
    """
    starts, ends, labels, _ = _columns([NamedLine(name, timeline, duration)], spaces)
    return list(map(Interval, starts.tolist(), ends.tolist(), labels))


def fill_gaps(timeline: Timeline, duration: float, *, name: str = "", spaces: str | None = None) -> list[Interval]:
    """Return the intervals of *timeline* and the blanks between them, from 0 to *duration* without a gap.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> [tuple(interval) for interval in fill_gaps(Timeline(("a",), [[0.5, 1.0]]), 2.0)]
    [(0.0, 0.5, ''), (0.5, 1.0, 'a'), (1.0, 2.0, '')]
    """
    edges, labels = fill_edges(timeline, duration, name=name, spaces=spaces)
    plain = edges.tolist()
    return list(map(Interval, plain, plain[1:], labels))


def fill_edges(timeline: Timeline, duration: float, *, name: str = "", spaces: str | None = None) -> Filled:
    """Return the same as `fill_gaps`, with every boundary once.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> edges, labels = fill_edges(Timeline(("a",), [[0.5, 1.0]]), 2.0)
    >>> edges.tolist(), labels
    ([0.0, 0.5, 1.0, 2.0], ['', 'a', ''])
    """
    return fill_lines([NamedLine(name, timeline, duration)], spaces=spaces).tiers()[0]


class FilledTiers(NamedTuple):
    """Gapless tiers laid end to end: tier k has the edges from `bounds[k]` to `bounds[k + 1]`.

    `edges` is float64, shape (n,), seconds; `labels` are n strings, of which the last of each tier has no meaning.
    """

    edges: NDArray[np.float64]
    labels: list[str]
    bounds: list[int]

    def tiers(self) -> list[Filled]:
        """Return each tier by itself."""
        return [Filled(self.edges[a:b], self.labels[a : b - 1]) for a, b in pairwise(self.bounds)]


def fill_lines(lines: Sequence[NamedLine], *, spaces: str | None = None) -> FilledTiers:
    """Do for each of *lines* what `fill_edges` does, on one set of arrays; they may be those of several files.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> a, b = Timeline(("a",), [[0.5, 1.0]]), Timeline(("b",), [[0.0, 3.0]])
    >>> filled = fill_lines([NamedLine("a", a, 2.0), NamedLine("b", b, 3.0)])
    >>> filled.edges.tolist(), filled.bounds
    ([0.0, 0.5, 1.0, 2.0, 0.0, 3.0], [0, 4, 6])
    """
    starts, ends, labels, bounds = _columns(lines, spaces)
    duration = np.array([each.duration for each in lines])
    first, stop = bounds[:-1], bounds[1:]
    blanks = np.concatenate(([0], (starts > _ends_before(ends, first)).cumsum()))  # before each
    last = np.where(stop > first, np.append(ends, 0.0)[stop - 1], 0.0)
    sizes = stop - first + blanks[stop] - blanks[first] + (duration > last) + 1  # edges of each tier
    end = sizes.cumsum()
    shift = (end - sizes - first - blanks[first]).repeat(stop - first)
    place = np.arange(len(starts)) + blanks[1:] + shift
    edges = np.empty(int(end[-1]) if len(end) else 0)
    edges[end - sizes], edges[end - 1] = 0.0, duration
    edges[place], edges[place + 1] = starts, ends
    filled = [""] * len(edges)
    for row, label in zip(place.tolist(), labels, strict=True):
        filled[row] = label
    return FilledTiers(edges, filled, [0, *end.tolist()])


def _ends_before(ends: NDArray[np.float64], first: Index) -> NDArray[np.float64]:
    """Return the end of the entry before each; 0 for the *first* of a tier."""
    before = np.concatenate(([0.0], ends))
    before[first] = 0.0
    return before[:-1]


def check_points(points: Points, duration: float, *, name: str = "") -> tuple[list[float], list[str]]:
    """Return the times and clean labels of *points*.

    Raises
    ------
    ExportError
        A label is no string, or a time is not finite, outside [0, *duration*], or not after the one before; `index`
        names it.

    Examples
    --------
    >>> from clipaudio.annotation.points import Points
    >>> check_points(Points(("a", " "), [0.25, 0.5]), 1.0)
    ([0.25, 0.5], ['a', ''])
    """
    labels = clean_labels(points.labels, name=name)
    times = np.where(np.abs(points.times) <= TOUCH, 0.0, points.times)  # Praat reads 1e-150, written out, as text
    times[(times > duration) & (times <= duration + TOUCH)] = duration
    before = np.concatenate(([-math.inf], times))[:-1]
    wrong = ~((times >= 0) & (times <= duration) & (times > before))
    if wrong.any():
        row = int(wrong.argmax())
        raise ExportError(
            f"tier {name!r}, point {row} ({labels[row]!r}) at {float(points.times[row])} s is not finite, outside the"
            f" audio (0-{duration} s) or not after the one before; see clipaudio.annotation.sanitize.prepare",
            index=row,
            tier=name,
        )
    return times.tolist(), labels


def check_duration(duration: float) -> float:
    """Return *duration* as a float; raise ExportError if no tier can have it."""
    try:
        seconds = float(duration)
    except (TypeError, ValueError) as error:
        raise ExportError(f"the duration is {duration!r}; expected seconds: {error}") from error
    if not (math.isfinite(seconds) and seconds > 0):
        raise ExportError(f"the duration is {duration} s; expected a finite number above 0")
    return seconds


def check_spaces(spaces: str | None) -> str | None:
    """Return the token for white space; raise ExportError if readers would not return it unchanged."""
    if spaces is not None and (not spaces or clean_label(spaces) != spaces):
        raise ExportError(f"spaces={spaces!r} is not visible; pass None, or a token such as '␣' or '<space>'")
    return spaces


def iterate_labels(timeline: Timeline) -> Iterator[tuple[str, float, float]]:
    """Yield label, start and end of each entry that has a label, in seconds; white space inside a label stays.

    Raises
    ------
    ExportError
        A time is not finite or negative, or an entry ends before it starts; `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> list(iterate_labels(Timeline(("Hi", " "), [[0.1, 0.3], [0.3, 0.4]])))
    [('Hi', 0.1, 0.3)]
    """
    for index, (label, (start, end)) in enumerate(zip(timeline.labels, timeline.times.tolist(), strict=True)):
        text = clean_label(label)
        if not text:
            continue
        if not 0 <= start <= end < math.inf:
            raise ExportError(
                f"label {index} ({label!r}) is at {start}-{end} s; expected finite times from 0 on: repair the timeline"
                " first",
                index=index,
            )
        yield text, start + 0.0, end + 0.0  # no -0.0


def clean_label(label: str) -> str:
    r"""Return *label* as every reader returns it: line feeds, no controls, no lone surrogates, stripped.

    Marks of direction end with the label, see `clipaudio.text.close_directions`.

    >>> clean_label(" a\r\nb\x00 "), clean_label("a\u202eb")
    ('a\nb', 'a\u202eb\u202c')
    """
    return close_directions(clean_text(label, LABEL_RULES).text).strip()


def clean_labels(labels: Sequence[str], *, name: str = "", spaces: str | None = None) -> list[str]:
    """Clean many labels, each distinct one once; *spaces* replaces a label of white space.

    Raises
    ------
    ExportError
        A label is no string; `index` names it.

    Examples
    --------
    >>> clean_labels((" a", " ", ""), spaces="_")
    ['a', '_', '']
    """
    if not all(issubclass(kind, str) for kind in set(map(type, labels))):
        row = next(row for row, kind in enumerate(map(type, labels)) if not issubclass(kind, str))
        raise ExportError(f"tier {name!r}, label {row} is {labels[row]!r}; expected a string", index=row, tier=name)
    if spaces is None and "".join(labels).isprintable():
        return [label.strip() for label in labels]
    clean = {label: clean_label(label) for label in set(labels)}
    if spaces is not None:
        clean.update((label, spaces) for label in clean if label and not label.strip())
    return [clean[label] for label in labels]


def _clean_labels_of(lines: Sequence[NamedLine], spaces: str | None) -> list[str]:
    """Clean the labels of many tiers, laid end to end, as `clean_labels` does."""
    labels = [label for each in lines for label in each.line.labels]
    if all(issubclass(kind, str) for kind in set(map(type, labels))):
        return clean_labels(labels, spaces=spaces)
    for each in lines:  # to name the tier of the wrong one
        clean_labels(each.line.labels, name=each.name)
    raise AssertionError


def _columns(
    lines: Sequence[NamedLine], spaces: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str], Index]:
    """Return starts, ends and clean labels of entries with a label, checked and snapped, and where each tier begins."""
    labels = _clean_labels_of(lines, spaces)
    times = np.concatenate([np.empty((0, 2)), *(each.line.times for each in lines)])
    bounds = np.array([0, *accumulate([len(each.line) for each in lines])], np.intp)
    rows: Sequence[int] = range(len(labels))
    if "" in labels:
        rows = [row for row, label in enumerate(labels) if label]
        labels, times = [labels[row] for row in rows], times[rows]
        bounds = np.array(rows, np.intp).searchsorted(bounds)
    first, stop = bounds[:-1], bounds[1:]
    duration = np.array([each.duration for each in lines]).repeat(stop - first)
    starts, ends = times[:, 0], times[:, 1].copy()
    last = stop[stop > first] - 1
    last = last[np.abs(ends[last] - duration[last]) <= TOUCH]
    ends[last] = duration[last]
    before = _ends_before(times[:, 1], first)
    with np.errstate(invalid="ignore"):
        sound = (times[:, 1] - starts >= SHORTEST) & (starts >= np.maximum(before, 0.0) - TOUCH)
        sound &= times[:, 1] <= duration + TOUCH
        starts = np.where(np.abs(starts - before) <= TOUCH, before, starts)
    sound &= starts < ends
    if not sound.all():
        row = int(sound.argmin())
        start, end = times[row].tolist()
        number = int(bounds.searchsorted(row, side="right")) - 1
        name, index = lines[number].name, rows[row] - sum(len(each.line) for each in lines[:number])
        raise ExportError(
            f"tier {name!r}, label {index} ({labels[row]!r}) at {start}-{end} s"
            f" {_problem(start, end, float(before[row]), lines[number].duration)}; repair the timeline first",
            index=index,
            tier=name,
        )
    return starts, ends, labels, bounds


def _problem(start: float, end: float, last: float, duration: float) -> str:
    """Return what is wrong with an interval."""
    if not (math.isfinite(start) and math.isfinite(end)):
        return "has a time that is not finite"
    if start < -TOUCH or end > duration + TOUCH:
        return f"lies outside the audio (0-{duration} s)"
    if start < last - TOUCH:
        return f"starts before the one before it ends ({last} s)"
    return "lasts no time, which no tier can show"
