"""Parse the text of a TextGrid by the rule of Praat.

Numbers, texts in double quotes and flags in angle brackets count if white space surrounds them. Every other word is a
comment, also one with quotes inside, and so is the rest of a line after a free exclamation mark. Long and short format
are therefore the same, and a label may hold anything: line ends, doubled quotes, text like a field. A word that begins
with a digit or a sign is a number, and what follows its digits is no part of it: `2.5ms` is 2.5, `5/2` and `250%` too.
Beyond Praat, a number or text may also follow an equals sign without a space. Nothing is dropped: an unknown flag, text
that touches a closing quote, and a number of which Praat would read only a part (`2,5`) or none (`.5`), are errors.

Format: Praat manual, "TextGrid file formats".
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clipaudio.annotation.formats.textgrid_blocks import read_block
from clipaudio.annotation.points import AnyTier, Points
from clipaudio.errors import TextGridError
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.timeline import Times

__all__ = ["Grid", "decode", "read_grid"]

_TOKEN = re.compile(
    r"""(?:[\s=]+|[^\s"=!<+\-.0-9][^\s=]*+|(?<![^\s=])\+(?!\S))*+  # space, words that begin like nothing else, a plus
    (?:("[^"]*+(?:""[^"]*+)*+")(?=(\S)?)  # a text, quotes doubled; what touches it
    |((?<![^\s=])(?:[-+0-9]|\.[0-9])\S*+)  # a number that stands free
    |((?<![^\s=>])<[^<>"\s]*+>)  # a flag
    |(?<!\S)![^\n]*|(")|[^\s"=][^\s=]*+|\Z)  # a remark, a text without end, any other word""",
    re.VERBOSE,
)
_PLAIN = r"[-+]?+[0-9]++(?:\.[0-9]*+)?+(?:[eE][-+]?+[0-9]++)?+"
_VALUE = re.compile(rf'({_PLAIN}%?+)(?:/({_PLAIN}%?+))?+(?![.,][0-9]|[eE]|[xX][.0-9a-fA-F]|[^"/]*+["/])')
"""A number, or two of a fraction; what follows is no further part of it, and holds no text."""
_COUNT = re.compile(r'\+?[0-9]{1,15}+(?![.,]?[0-9]|[eE][-+]?[0-9]|[xX%/]|[^"]*+")')
_NUMBER = rf"(?:[A-Za-z]++\s*+=\s*+)?+({_PLAIN})(?!\S)\s++"
_LABEL = r'(?:[A-Za-z]++\s*+=\s*+)?+"([^"]*+(?:""[^"]*+)*+)"(?!\S)'
_ENTRIES = {
    numbers: re.compile(rf"\s*+(?:[a-z]++ ?\[[0-9]*+\]:?+\s++)?+{_NUMBER * numbers}{_LABEL}") for numbers in (1, 2)
}
"""Entries of one or two numbers as programs write them: the same tokens as `_TOKEN` finds, in one step."""
_NUMERIC = "+-.0123456789"
_CHRONOLOGICAL = "Praat chronological TextGrid text file"


@dataclass(frozen=True, eq=False)
class Grid:
    """The content of a TextGrid.

    Attributes
    ----------
    tiers
        Name -> Timeline or Points, in the order of the file.
    start, end
        Seconds, of the whole grid.
    renamed
        Names that occur twice; the second tier is called "name_2".
    """

    tiers: dict[str, AnyTier]
    start: float
    end: float
    renamed: tuple[str, ...] = ()


def read_grid(data: str | bytes, *, blanks: bool = False, duplicate_names: str = "error") -> Grid:
    """Read a TextGrid; arguments and errors as in `textgrid.loads`.

    Examples
    --------
    >>> grid = read_grid('"ooTextFile" "TextGrid" 0 1 <exists> 1 "TextTier" "clicks" 0 1 1  0.5 "click"')
    >>> grid.tiers["clicks"].times.tolist(), grid.end
    ([0.5], 1.0)
    """
    tokens = _Tokens(decode(data))
    kind = tokens.text("the file type")
    if kind == _CHRONOLOGICAL:
        start, end, found = _read_chronological(tokens)
    else:
        start, end, found = _read_grid(tokens, kind)
    tokens.finish()
    tiers: dict[str, AnyTier] = {}
    renamed = []
    for name, is_points, times, labels, place in found:
        if name in tiers:
            if duplicate_names != "rename":
                raise tokens.error(
                    f'a second tier is called {name!r}; pass duplicate_names="rename" to read both', at=place
                )
            renamed.append(name)
        tiers[_fresh(name, tiers)] = _make(is_points, times, labels, blanks=blanks)
    return Grid(tiers, start, end, tuple(renamed))


def decode(data: str | bytes) -> str:
    r"""Return the text of a file: UTF-8, or UTF-16 with a byte order mark; line ends become line feeds.

    Raises
    ------
    TextGridError
        The bytes are neither, or are Praat's binary format.

    Examples
    --------
    >>> decode(b"\xff\xfea\x00\r\x00\n\x00")
    'a\n'
    """
    if isinstance(data, bytes | bytearray | memoryview):
        raw = bytes(data)
        if raw.startswith(b"ooBinaryFile"):
            raise TextGridError("the file is in Praat's binary format; save it from Praat as a text file", line=1)
        wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        try:
            data = raw.decode("utf-16" if wide else "utf-8")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise TextGridError(
                f"line {line}: byte {error.start} is not {'UTF-16' if wide else 'UTF-8'}; decode the file first and"
                " give its text",
                line=line,
            ) from error
    return data.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


_Found = tuple[str, bool, "Times | Sequence[tuple[float, float]]", "Sequence[str]", int]
"""Name, whether points, times, labels, and the character at which the name of one tier begins."""


def _read_grid(tokens: _Tokens, kind: str) -> tuple[float, float, list[_Found]]:
    thing = tokens.text("the class of the object")
    if not kind.startswith("ooTextFile") or not thing.startswith("TextGrid"):
        raise tokens.error(f"this is a {kind!r} of class {thing!r}; expected the text file of a TextGrid")
    start, end = tokens.number("xmin"), tokens.number("xmax")
    exists = tokens.exists("whether there are tiers")
    found: list[_Found] = []
    for _ in range(tokens.count("the number of tiers") if exists else 0):
        is_points = tokens.is_points()
        name = tokens.text("the name of the tier")
        place = tokens.last
        tokens.skip_number("xmin of the tier")
        tokens.skip_number("xmax of the tier")
        count = tokens.count("the number of entries")
        times, labels = tokens.entries(count, 1 if is_points else 2)
        found.append((name, is_points, times, labels, place))
    return start, end, found


def _read_chronological(tokens: _Tokens) -> tuple[float, float, list[_Found]]:
    """Read the chronological format: entries of all tiers by time, each with the number of its tier."""
    start, end = tokens.number("the start"), tokens.number("the end")
    found: list[tuple[str, bool, list[tuple[float, float]], list[str], int]] = []
    for _ in range(tokens.count("the number of tiers")):
        is_points = tokens.is_points()
        found.append((tokens.text("the name of the tier"), is_points, [], [], tokens.last))
        tokens.skip_number("the start of the tier")
        tokens.skip_number("the end of the tier")
    while tokens.more():
        number = tokens.count("the number of the tier")
        if not 1 <= number <= len(found):
            raise tokens.error(f"there is no tier {number}; expected 1 to {len(found)}")
        _, is_points, times, labels, _ = found[number - 1]
        begin = tokens.number("the start of the entry")
        times.append((begin, begin if is_points else tokens.number("the end of the entry")))
        labels.append(tokens.text("the label of the entry"))
    return start, end, list(found)


def _fresh(name: str, taken: dict[str, AnyTier]) -> str:
    """Return *name*, with a number from 2 on if it is taken."""
    new, number = name, 2
    while new in taken:
        new, number = f"{name}_{number}", number + 1
    return new


def _make(
    is_points: bool,  # noqa: FBT001 - of a private record
    times: Times | Sequence[tuple[float, float]],
    labels: Sequence[str],
    *,
    blanks: bool,
) -> AnyTier:
    pairs = np.array(times, np.float64).reshape(-1, 2)
    if is_points:
        return Points(tuple(labels), pairs[:, 0])
    if blanks:
        return Timeline(tuple(labels), pairs)
    shown = [row for row, label in enumerate(labels) if label and not label.isspace()]
    if len(shown) == len(labels):
        return Timeline(tuple(labels), pairs)
    return Timeline(tuple(labels[row] for row in shown), pairs[shown])


class _Tokens:
    """Texts, numbers and flags of a file, one after the other; errors name the line.

    A text that never ends, or that something touches, is an error before any other, wherever it stands.
    """

    def __init__(self, text: str) -> None:
        self._source = text
        self._go_to(0)
        self._following: str | None = None  # the next token, if it was looked at
        self._begin = self._last = 0  # of that token, and of the last one taken

    def _go_to(self, stop: int) -> None:
        """Read on from the character *stop*."""
        self._stop = stop
        self._matches = _TOKEN.finditer(self._source, stop)

    def more(self) -> bool:
        """Return True if a token is left."""
        if self._following is None:
            self._following = self._scan()
        return self._following != ""

    def text(self, what: str) -> str:
        """Read a text."""
        token = self._take(what, '"', "a text in quotes")
        return _unquote(token)

    def number(self, what: str) -> float:
        """Read a number."""
        return self._value(self._take(what, _NUMERIC, "a number"))

    def count(self, what: str) -> int:
        """Read a count."""
        token = self._take(what, _NUMERIC, "a number")
        found = _COUNT.match(token)
        if found is None:
            raise self.error(f"{what} is {_shorten(token)}; expected a whole number")
        return int(found[0])

    def skip_number(self, what: str) -> None:
        """Read a number that nothing depends on."""
        self._take(what, _NUMERIC, "a number")

    def exists(self, what: str) -> bool:
        """Read a flag; return True for <exists>, and False for <absent> if nothing follows."""
        flag = self._take(what, "<", "a flag such as <exists>").lower()
        if flag == "<exists>":
            return True
        at = self._last
        if flag == "<absent>" and not self.more():
            return False
        raise self.error(f"{_shorten(flag)} stands where {what} should: expected <exists>", at=at)

    def is_points(self) -> bool:
        """Read the class of a tier; return True if it holds points."""
        kind = self.text("the class of the tier")
        if kind not in {"IntervalTier", "TextTier"}:
            raise self.error(f'a tier is of class {kind!r}; expected "IntervalTier" or "TextTier"')
        return kind == "TextTier"

    def entries(self, count: int, numbers: int) -> tuple[Times, list[str]]:
        """Read *count* entries of one or two *numbers* and a text each."""
        blocks = [np.empty((0, numbers))]
        labels: list[str] = []
        while len(labels) < count:
            block = read_block(self._source, self._stop, count=count - len(labels), numbers=numbers)
            if isinstance(block, int):
                times, own = self._entries_one_by_one(block, numbers)
            else:
                times, own = block.times, block.labels
                self._go_to(block.stop)
            blocks.append(times)
            labels += own
        pairs = np.empty((count, 2))
        pairs[:] = np.concatenate(blocks)  # of points both are the time
        return pairs, labels

    def _entries_one_by_one(self, count: int, numbers: int) -> tuple[Times, list[str]]:
        match, source, stop = _ENTRIES[numbers].match, self._source, self._stop
        size = numbers + 1
        taken: list[str | Any] = []
        while len(taken) < count * size:
            if found := match(source, stop):
                taken += found.groups()
                stop = found.end()
                continue
            self._go_to(stop)  # one that is written in another way
            taken += [self.number("the time of an entry") for _ in range(numbers)]
            taken.append(self._take("the label of an entry", '"', "a text in quotes")[1:-1])
            stop = self._stop
        self._go_to(stop)
        times = np.array([list(map(float, taken[column::size])) for column in range(numbers)])
        labels = taken[numbers::size]
        return times.T, [label.replace('""', '"') for label in labels] if '"' in "".join(labels) else labels

    def finish(self) -> None:
        """Read what is left, for errors in it."""
        while self.more():
            self._following = None

    @property
    def last(self) -> int:
        """The character at which the last token that was read begins."""
        return self._last

    def error(self, message: str, *, at: int | None = None) -> TextGridError:
        """Return an error with the line of the last token read, or of the character *at*."""
        begin = self._last if at is None else at
        self.finish()
        return self._error(message, begin)

    def _error(self, message: str, begin: int) -> TextGridError:
        line = self._source.count("\n", 0, begin) + 1
        return TextGridError(f"line {line}: {message}", line=line)

    def _value(self, token: str) -> float:
        """Return the number that a word begins with; a fraction is divided, and a percentage by 100."""
        found = _VALUE.match(token)
        if found is not None:
            parts = [float(part.rstrip("%")) / (100 if part[-1] == "%" else 1) for part in found.groups() if part]
            if len(parts) == 1 or parts[1]:
                return parts[0] / (parts[1] if len(parts) > 1 else 1.0)
        raise self.error(f"{_shorten(token)} is no number that Praat reads whole; write it as 0.5 or 12")

    def _take(self, what: str, begins: str, expected: str) -> str:
        if not self.more():
            raise self.error(f"the text ends before {what}", at=len(self._source.rstrip()))
        token, self._following = self._following or "", None
        self._last = self._begin
        if token[0] not in begins:
            raise self.error(f"{_shorten(token)} stands where {what} should: expected {expected}")
        return token

    def _scan(self) -> str:
        """Return the next token, "" at the end."""
        for found in self._matches:
            self._stop = found.end()
            kind = found.lastindex
            if kind is None:
                continue
            if kind == 5:
                raise self._error("a text that begins here never ends", found.start(5))
            if kind == 2:
                raise self._error(
                    f"{found[2]!r} touches the closing quote of a text; double the quotes inside a text", found.start(2)
                )
            self._begin = found.start(kind)
            return found[kind]
        return ""


def _shorten(token: str) -> str:
    return token if len(token) <= 40 else token[:39] + "…"


def _unquote(token: str) -> str:
    return token[1:-1].replace('""', '"')
