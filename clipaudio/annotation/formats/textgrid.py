"""Write and read TextGrids: as praatio's object, or as the text of a file, short or long.

The text equals that of praatio, byte for byte, wherever praatio can read its own file again; otherwise it is what Praat
reads. Numbers never have an exponent.

Format: Praat manual, "TextGrid file formats".
"""

from __future__ import annotations

import codecs
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from clipaudio.annotation.formats.textgrid_reader import read_grid
from clipaudio.annotation.points import AnyTier, Points
from clipaudio.annotation.tier import (
    NamedLine,
    TierSet,
    check_duration,
    check_points,
    check_spaces,
    clean_label,
    fill_lines,
    find_labelled,
)
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["dumps", "dumps_together", "encode", "from_praatio", "loads", "to_praatio"]


def to_praatio(tiers: Mapping[str, AnyTier], duration: float, *, spaces: str | None = None) -> Any:  # noqa: ANN401 - praatio has no types
    """Return *tiers* as a praatio Textgrid from 0 to *duration* seconds.

    A Timeline becomes an IntervalTier, `Points` a PointTier; *spaces* as in `dumps`.

    Raises
    ------
    ExportError
        There is no tier, a name has a line end, the duration is not above 0, or a tier is not tidy.

    Examples
    --------
    >>> grid = to_praatio({"words": Timeline(("Hi",), [[0.1, 0.4]])}, 0.5)
    >>> grid.tierNames, grid.getTier("words").entries
    (('words',), (Interval(start=0.1, end=0.4, label='Hi'),))
    """
    from praatio import textgrid  # noqa: PLC0415 - the text of a file needs no praatio: load it on use

    seconds = check_duration(duration)
    token = check_spaces(spaces)
    grid = textgrid.Textgrid(0.0, seconds)
    for name, tier in _named(tiers).items():
        if isinstance(tier, Points):
            entries = list(zip(*check_points(tier, seconds, name=name), strict=True))
            made = textgrid.PointTier(name, entries, 0.0, seconds)
        else:
            intervals = [tuple(interval) for interval in find_labelled(tier, seconds, name=name, spaces=token)]
            made = textgrid.IntervalTier(name, intervals, 0.0, seconds)
        grid.addTier(made, reportingMode="error")
    return grid


def from_praatio(grid: Any, *, blanks: bool = False) -> dict[str, AnyTier]:  # noqa: ANN401 - praatio has no types
    """Return the tiers of a praatio Textgrid by name; *blanks* as in `loads`.

    Examples
    --------
    >>> line = Timeline(("Hi",), [[0.1, 0.4]])
    >>> from_praatio(to_praatio({"words": line}, 0.5)) == {"words": line}
    True
    """
    tiers: dict[str, AnyTier] = {}
    for tier in grid.tiers:
        labels = tuple(entry[-1] for entry in tier.entries)
        if tier.tierType == "TextTier":
            tiers[tier.name] = Points(labels, np.array([time for time, _ in tier.entries], np.float64))
        else:
            line = Timeline(labels, np.array([(start, end) for start, end, _ in tier.entries]).reshape(-1, 2))
            tiers[tier.name] = line if blanks else line[np.array([bool(label.strip()) for label in labels], bool)]
    return tiers


def dumps(
    tiers: Mapping[str, AnyTier],
    duration: float,
    *,
    format: Literal["short", "long"] = "short",  # noqa: A002 - praatio's own word
    spaces: str | None = None,
) -> str:
    r"""Return *tiers* as the text of a TextGrid file.

    Labels are written without control characters and white space at their ends. `sanitize.prepare` reports these
    changes and repairs times.

    Parameters
    ----------
    tiers
        Name -> tidy Timeline, or Points; an empty Timeline becomes one blank interval.
    duration
        Seconds; the end of every tier.
    format
        "short" or "long".
    spaces
        Label to write for white space, such as "␣" or "<space>"; None leaves a blank interval.

    Raises
    ------
    ExportError
        There is no tier, a name has a line end, the duration is not above 0, the format is unknown, or a
        tier is not tidy.

    Examples
    --------
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
    return dumps_together([TierSet(tiers, duration, spaces)], format=format)[0]


def dumps_together(
    files: Sequence[TierSet],
    *,
    format: Literal["short", "long"] = "short",  # noqa: A002 - as above
) -> list[str]:
    """Do for each of *files* what `dumps` does; many short ones take less time together than one by one."""
    if format not in {"short", "long"}:
        raise ExportError(f"unknown TextGrid format {format!r}; expected 'short' or 'long'")
    tokens = [check_spaces(each.spaces) for each in files]
    files = [TierSet(_named(each.tiers), check_duration(each.duration)) for each in files]
    ends = _numbers(np.array([each.duration for each in files]))
    texts = []
    for token, rows in _group(tokens):
        own = [files[row] for row in rows]
        filled = fill_lines(
            [
                NamedLine(name, tier, each.duration)
                for each in own
                for name, tier in each.tiers.items()
                if isinstance(tier, Timeline)
            ],
            spaces=token,
        )
        edges, labels = _numbers(filled.edges), _quoted(filled.labels)
        entries = ((edges[a:b], labels[a : b - 1]) for a, b in pairwise(filled.bounds))
        texts += [(row, _dumps(format, files[row], ends[row], entries)) for row in rows]
    return [text for _, text in sorted(texts)]


def _group(tokens: Sequence[str | None]) -> Iterator[tuple[str | None, list[int]]]:
    """Yield each of *tokens* with its rows."""
    for token in dict.fromkeys(tokens):
        yield token, [row for row, each in enumerate(tokens) if each == token]


def _dumps(form: str, file: TierSet, end: str, entries: Iterator[tuple[list[str], list[str]]]) -> str:
    """Return the text of one file; *entries* yields edges and labels of its interval tiers."""
    parts = ['File type = "ooTextFile"\nObject class = "TextGrid"\n\n', _grid_head(form, end, len(file.tiers))]
    for number, (name, tier) in enumerate(file.tiers.items(), 1):
        if isinstance(tier, Points):
            moments, marks = check_points(tier, file.duration, name=name)
            parts.append(_tier_head(form, number, "TextTier", name, end, len(marks)))
            parts += _point_lines(form, _numbers(np.array(moments)), _quoted(marks))
        else:
            edges, labels = next(entries)
            parts.append(_tier_head(form, number, "IntervalTier", name, end, len(labels)))
            parts += _interval_lines(form, edges, labels)
    return "".join(parts)


def encode(text: str, encoding: Literal["utf-8", "utf-16"] = "utf-8") -> bytes:
    r"""Return the bytes of a file: UTF-8, or big-endian UTF-16 with a byte order mark, as Praat saves it.

    Raises
    ------
    ExportError
        The encoding is another one, or the text has half of a surrogate pair.

    Examples
    --------
    >>> encode("ə", "utf-16")
    b'\xfe\xff\x02Y'
    """
    if encoding not in {"utf-8", "utf-16"}:
        raise ExportError(f"unknown encoding {encoding!r}; expected 'utf-8' or 'utf-16', which Praat and praatio read")
    try:
        return text.encode("utf-8") if encoding == "utf-8" else codecs.BOM_UTF16_BE + text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise ExportError(f"character {error.start} is half of a surrogate pair, which no file can hold") from error


def loads(
    data: str | bytes, *, blanks: bool = False, duplicate_names: Literal["error", "rename"] = "error"
) -> dict[str, AnyTier]:
    """Return the tiers of a TextGrid by name: interval tiers as Timelines, point tiers as `Points`.

    Reads the long, the short and the chronological text format, in UTF-8 or in UTF-16 with a byte order mark. Times
    and labels are returned as in the file; `clipaudio.repair` resolves overlaps and negative times.

    Parameters
    ----------
    data
        Content of the file.
    blanks
        Keep intervals without a label, too; the last one ends with the tier.
    duplicate_names
        Praat allows two tiers of one name: "rename" names the second "name_2", as praatio does.

    Raises
    ------
    TextGridError
        The data are no TextGrid, end early, or have two tiers of one name; `line` is the line.

    Examples
    --------
    >>> loads(dumps({"words": Timeline(("Hi",), [[0.1, 0.5]])}, 1.0))
    {'words': <Timeline: 1 labels 'Hi', ends at 0.500 s>}
    """
    return read_grid(data, blanks=blanks, duplicate_names=duplicate_names).tiers


def _named(tiers: Mapping[str, AnyTier]) -> dict[str, AnyTier]:
    """Check the names: at least one, each on one line, all different."""
    named: dict[str, AnyTier] = {}
    for name, tier in tiers.items():
        if not isinstance(name, str):
            raise ExportError(f"a tier is called {name!r}; expected a string")
        clean = clean_label(name)
        if clean != name:
            raise ExportError(f"tier name {name!r} has control characters or white space at its ends; try {clean!r}")
        if "\n" in name:
            raise ExportError(f"tier name {name!r} has a line end, which ends the name for readers of TextGrids")
        if not isinstance(tier, Timeline | Points):
            raise ExportError(f"tier {name!r} is of type {type(tier).__name__}; expected a Timeline or Points")
        named[name] = tier
    if not named:
        raise ExportError("a TextGrid needs at least one tier; none was given")
    return named


def _grid_head(form: str, end: str, count: int) -> str:
    if form == "short":
        return f"0\n{end}\n<exists>\n{count}\n"
    return f"xmin = 0 \nxmax = {end} \ntiers? <exists> \nsize = {count} \nitem []: \n"


def _tier_head(form: str, number: int, kind: str, name: str, end: str, count: int) -> str:
    if form == "short":
        return f'"{kind}"\n{_quote(name)}\n0\n{end}\n{count}\n'
    entries = "intervals" if kind == "IntervalTier" else "points"
    return (
        f'    item [{number}]:\n        class = "{kind}" \n        name = {_quote(name)} \n'
        f"        xmin = 0 \n        xmax = {end} \n        {entries}: size = {count} \n"
    )


def _interval_lines(form: str, edges: list[str], labels: list[str]) -> list[str]:
    pairs = zip(edges, edges[1:], labels, strict=False)
    if form == "short":
        return [f"{start}\n{stop}\n{label}\n" for start, stop, label in pairs]
    return [
        f"        intervals [{count}]:\n            xmin = {start} \n            xmax = {stop} \n"
        f"            text = {label} \n"
        for count, (start, stop, label) in enumerate(pairs, 1)
    ]


def _point_lines(form: str, times: list[str], labels: list[str]) -> list[str]:
    pairs = zip(times, labels, strict=True)
    if form == "short":
        return [f"{time}\n{label}\n" for time, label in pairs]
    return [
        f"        points [{count}]:\n            number = {time} \n            mark = {label} \n"
        for count, (time, label) in enumerate(pairs, 1)
    ]


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted(labels: list[str]) -> list[str]:
    """Quote many labels, each distinct one once."""
    quoted = {label: _quote(label) for label in set(labels)}
    return [quoted[label] for label in labels]


def _numbers(times: NDArray[np.float64]) -> list[str]:
    """Format whole numbers without a point, others with the fewest digits that read back.

    These are the digits of `repr`, which msgspec finds in a seventh of the time.
    """
    seconds = times.tolist()
    texts = msgspec.json.encode(seconds).decode("ascii")[1:-1].split(",") if seconds else []
    whole = np.abs(times - np.trunc(times)) <= 1e-14 * np.abs(times)  # praatio's rule
    for row in whole.nonzero()[0].tolist():
        texts[row] = str(int(seconds[row]))
    for row in (times < 1e-3).nonzero()[0].tolist():  # it may have an exponent
        if "e" in texts[row]:
            texts[row] = np.format_float_positional(seconds[row], trim="-")
    return texts
