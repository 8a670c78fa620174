"""Read fields of JSON by their path, with errors that name it.

A path is keys joined by dots; `[]` behind a key means each item of a list: `results[].alternatives[0].words[]`.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Items", "as_numbers", "as_texts", "collect", "find", "has", "number", "numbers", "texts", "wrong"]

_STEP: Final = re.compile(r"([^.\[\]=]+)?((?:\[\d*\])*)")
_SEEN: Final = 20
"""Items of a list that are looked at to recognize a source."""
_NAMES: Final = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}


class Items:
    """JSON values of one kind, in order, each with its path for errors.

    Parameters
    ----------
    values
        The values.
    path
        Returns the path of the value at a row; it is called only for an error.
    """

    __slots__ = ("path", "values")

    def __init__(self, values: list[Any], path: Callable[[int], str] = lambda _: "$") -> None:
        self.values = values
        self.path = path

    def take(self, rows: Sequence[int]) -> Items:
        """Return the values at *rows*."""
        return Items([self.values[row] for row in rows], lambda k: self.path(rows[k]))

    def where(self, keep: Callable[[Any], bool]) -> Items:
        """Return the values that *keep* accepts."""
        return self.take([row for row, value in enumerate(self.values) if keep(value)])

    def map(self, change: Callable[[Any], Any]) -> Items:
        """Return what *change* makes of each value."""
        return Items([change(value) for value in self.values], self.path)

    def split(self) -> list[Items]:
        """Return each value by itself."""
        return [self.take([row]) for row in range(len(self.values))]

    @staticmethod
    def chain(parts: Sequence[Items]) -> Items:
        """Return the values of all *parts*, one after another."""
        values = [value for part in parts for value in part.values]
        firsts = list(accumulate((len(part.values) for part in parts), initial=0))

        def path(row: int) -> str:
            part = bisect_right(firsts, row) - 1
            return parts[part].path(row - firsts[part])

        return Items(values, path)


@lru_cache(maxsize=512)
def _steps(path: str) -> tuple[str | int | None, ...]:
    """Split a path: a key, an index, or None for each item of a list."""
    steps: list[str | int | None] = []
    for part in path.split("."):
        found = _STEP.fullmatch(part)
        assert found is not None, path
        if found[1]:
            steps.append(found[1])
        steps += [int(number) if number else None for number in re.findall(r"\[(\d*)\]", found[2])]
    return tuple(steps)


def has(message: object, pattern: str) -> bool:
    """Return True if *message* has the field of *pattern*, and one of its values where it names some.

    Examples
    --------
    >>> has({"a": {"b": [{"c": 1}]}}, "a.b[].c"), has({"type": "word"}, "type=word|mark"), has({}, "a")
    (True, True, False)
    """
    path, equals, values = pattern.partition("=")
    found = _seek(message, _steps(path))
    if not equals:
        return next(found, None) is not None
    return any(str(value) in values.split("|") for value in found)


def _seek(value: object, steps: Sequence[str | int | None]) -> Iterator[object]:
    """Yield what lies at *steps*; of long lists only the first items."""
    if not steps:
        if value is not None:
            yield value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            yield from _seek(value[step], rest)
    elif isinstance(value, list):
        for item in value[:_SEEN] if step is None else value[step : step + 1]:
            yield from _seek(item, rest)


def find(message: object, path: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the first value at *path*, None if there is none."""
    return next(_seek(message, _steps(path)), None)


def collect(items: Items, path: str) -> Items:
    """Return all values at *path* of all *items*; null counts as missing.

    Raises
    ------
    SourceError
        A list is no list, or a value no object.

    Examples
    --------
    >>> words = collect(Items([{"words": [{"w": "a"}, {"w": "b"}]}]), "words[]")
    >>> words.values, words.path(1)
    ([{'w': 'a'}, {'w': 'b'}], '$.words[1]')
    """
    for step in _steps(path):
        if isinstance(step, str):
            items = _inner(items, step)
        elif step is None:
            items = _each(items)
        else:
            items = _at(items, step)
    if set(map(type, items.values)) <= {dict}:
        return items
    return _only(items, dict, "an object")


def _inner(items: Items, key: str) -> Items:
    """Return the values under *key*."""
    if not set(map(type, items.values)) <= {dict}:
        items = _only(items, dict, "an object")
    rows = [row for row, value in enumerate(items.values) if key in value]
    values = items.values
    return Items([values[row][key] for row in rows], lambda k: f"{items.path(rows[k])}.{key}")


def _each(items: Items) -> Items:
    """Return the entries of all lists."""
    lists = _only(items, list, "a list")
    firsts = list(accumulate((len(value) for value in lists.values), initial=0))

    def path(row: int) -> str:
        place = bisect_right(firsts, row) - 1
        return f"{lists.path(place)}[{row - firsts[place]}]"

    return Items([entry for value in lists.values for entry in value], path)


def _at(items: Items, place: int) -> Items:
    """Return the entry at *place* of each list that has one."""
    lists = _only(items, list, "a list").where(lambda value: len(value) > place)
    return Items([value[place] for value in lists.values], lambda row: f"{lists.path(row)}[{place}]")


def _only(items: Items, kind: type, expected: str) -> Items:
    """Return the values that are not null; another type than *kind* is an error."""
    kinds = set(map(type, items.values))
    if kinds <= {kind}:
        return items
    for row, value in enumerate(items.values):
        if value is not None and type(value) is not kind:
            raise wrong(items.path(row), value, expected)
    return items.where(lambda value: value is not None)


def texts(items: Items, keys: tuple[str, ...]) -> list[str]:
    """Return the text of each item under the first of *keys* that it has; "" where it has none.

    Raises
    ------
    SourceError
        A value is no text.
    """
    return as_texts(_column(items, keys), lambda row: f"{items.path(row)}.{keys[0]}")


def numbers(items: Items, keys: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the number of each item under the first of *keys* that it has, NaN where it has none.

    Numbers written as text (`"0.05"`, `"0.050s"`) are read.

    Returns
    -------
    numpy.ndarray
        float64, shape (n,).

    Raises
    ------
    SourceError
        A value is no number.

    Examples
    --------
    >>> numbers(Items([{"t": 1}, {"t": "0.05"}, {"t": "1.5s"}, {}]), ("t",)).tolist()
    [1.0, 0.05, 1.5, nan]
    """
    return as_numbers(_column(items, keys), lambda row: f"{items.path(row)}.{keys[0]}")


def _column(items: Items, keys: tuple[str, ...]) -> list[Any]:
    """Return the value of each item under the first of *keys* that it has, None where it has none."""
    values = [item.get(keys[0]) for item in items.values]
    for key in keys[1:]:
        if None not in values:
            break
        values = [item.get(key) if value is None else value for item, value in zip(items.values, values, strict=True)]
    return values


def as_texts(values: list[Any], path: Callable[[int], str]) -> list[str]:
    """Return *values* as texts, "" for null; *path* returns the path of a row for errors."""
    if set(map(type, values)) <= {str}:
        return values
    found = list(values)
    for row, value in enumerate(values):
        if value is None:
            found[row] = ""
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[row] = str(value)
        elif not isinstance(value, str):
            raise wrong(path(row), value, "a string")
    return found


def as_numbers(values: list[Any], path: Callable[[int], str]) -> NDArray[np.float64]:
    """Return *values* as numbers, NaN for null; *path* returns the path of a row for errors."""
    if set(map(type, values)) <= {float, int, type(None)}:
        try:
            return np.array(values, np.float64).reshape(-1)
        except OverflowError:
            pass
    try:  # numbers as text, most of them as they should be
        return np.array([math.nan if value is None else float(value.removesuffix("s")) for value in values], np.float64)
    except (AttributeError, ValueError):
        return np.array([_number_at(value, row, path) for row, value in enumerate(values)], np.float64)


def _number_at(value: object, row: int, path: Callable[[int], str]) -> float:
    """Return a number; the path is made only for an error."""
    try:
        return number(value, "$")
    except SourceError:
        return number(value, path(row))


def number(value: object, path: str) -> float:
    """Return a number that may be text or null."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        try:
            return float(value.strip().removesuffix("s"))
        except ValueError:
            raise wrong(path, value, "a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(path, value, "a number")
    try:
        return float(value)
    except OverflowError:
        raise wrong(path, "a number of hundreds of digits", "a time") from None


def wrong(path: str, value: object, expected: str) -> SourceError:
    """Return the error for a value of the wrong type."""
    kind = _NAMES.get(type(value), "a number")
    shown = repr(value)
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    return SourceError(f"{path} is {kind} ({shown}); expected {expected}", path=path)
