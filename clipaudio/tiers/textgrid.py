"""Timelines into a TextGrid: as praatio's object, or as the text of a file in Praat's short or long format.

The text is what praatio itself would save, byte for byte, wherever praatio can read its own file again;
beyond that it is what Praat reads. Numbers are never in exponent notation.

Format: Praat manual, "TextGrid file formats".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.tiers.tier import Interval, check_duration, clean_label, fill, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps", "to_praatio"]


def to_praatio(tiers: Mapping[str, Timeline], duration: float) -> Any:  # noqa: ANN401 - praatio has no types
    """Give *tiers* as a praatio Textgrid from 0 to *duration* seconds.

    Raises
    ------
    ExportError
        There is no tier, a name has a line end, the duration is not above 0, or a timeline is not tidy.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> grid = to_praatio({"words": Timeline(("Hi",), [[0.1, 0.4]])}, 0.5)
    >>> grid.tierNames, grid.getTier("words").entries
    (('words',), (Interval(start=0.1, end=0.4, label='Hi'),))
    """
    from praatio import textgrid  # noqa: PLC0415 - the text of a file needs no praatio: load it on use

    seconds = check_duration(duration)
    grid = textgrid.Textgrid(0.0, seconds)
    for name, timeline in _named(tiers).items():
        entries = [tuple(interval) for interval in labelled(timeline, seconds, name=name)]
        grid.addTier(textgrid.IntervalTier(name, entries, 0.0, seconds), reportingMode="error")
    return grid


def dumps(
    tiers: Mapping[str, Timeline],
    duration: float,
    *,
    format: Literal["short", "long"] = "short",  # noqa: A002 - praatio's own word
) -> str:
    r"""Give *tiers* as the text of a TextGrid file.

    Parameters
    ----------
    tiers
        Name -> tidy Timeline; an empty one gives one blank interval.
    duration
        Seconds; the end of every tier.
    format
        "short" or "long".

    Raises
    ------
    ExportError
        There is no tier, a name has a line end, the duration is not above 0, the format is unknown, or a
        timeline is not tidy.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> print(dumps({"words": Timeline(("Hi",), [[0.1, 0.5]])}, 0.5))
    File type = "ooTextFile"
    Object class = "TextGrid"
    <BLANKLINE>
    0
    0.5
    <exists>
    1
    "IntervalTier"
    "words"
    0
    0.5
    2
    0
    0.1
    ""
    0.1
    0.5
    "Hi"
    <BLANKLINE>
    """
    if format not in {"short", "long"}:
        raise ExportError(f"unknown TextGrid format {format!r}; expected 'short' or 'long'")
    seconds = check_duration(duration)
    filled = {name: fill(timeline, seconds, name=name) for name, timeline in _named(tiers).items()}
    write = _short if format == "short" else _long
    return "".join(('File type = "ooTextFile"\nObject class = "TextGrid"\n\n', *write(filled, _number(seconds))))


def _named(tiers: Mapping[str, Timeline]) -> dict[str, Timeline]:
    """Check the names: one line each, at least one, no two alike."""
    named: dict[str, Timeline] = {}
    for name, timeline in tiers.items():
        clean = clean_label(name)
        if clean != name:
            raise ExportError(f"tier name {name!r} has control characters or white space at its ends; try {clean!r}")
        if "\n" in name:
            raise ExportError(f"tier name {name!r} has a line end, which readers of TextGrids take for its end")
        named[name] = timeline
    if not named:
        raise ExportError("a TextGrid needs at least one tier; none was given")
    return named


def _short(tiers: Mapping[str, list[Interval]], end: str) -> Iterator[str]:
    yield f"0\n{end}\n<exists>\n{len(tiers)}\n"
    for name, intervals in tiers.items():
        yield f'"IntervalTier"\n{_quote(name)}\n0\n{end}\n{len(intervals)}\n'
        for start, stop, label in intervals:
            yield f"{_number(start)}\n{_number(stop)}\n{_quote(label)}\n"


def _long(tiers: Mapping[str, list[Interval]], end: str) -> Iterator[str]:
    yield f"xmin = 0 \nxmax = {end} \ntiers? <exists> \nsize = {len(tiers)} \nitem []: \n"
    for number, (name, intervals) in enumerate(tiers.items(), 1):
        yield f'    item [{number}]:\n        class = "IntervalTier" \n        name = {_quote(name)} \n'
        yield f"        xmin = 0 \n        xmax = {end} \n        intervals: size = {len(intervals)} \n"
        for count, (start, stop, label) in enumerate(intervals, 1):
            yield (
                f"        intervals [{count}]:\n            xmin = {_number(start)} \n"
                f"            xmax = {_number(stop)} \n            text = {_quote(label)} \n"
            )


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _number(seconds: float) -> str:
    """Write whole numbers without a point, others with the fewest digits that read back."""
    whole = int(seconds)
    if math.isclose(seconds, whole, rel_tol=1e-14):
        return str(whole)
    text = repr(seconds)
    return np.format_float_positional(seconds, trim="-") if "e" in text else text
