"""Read tables of clips as CSV or TSV, whose first line names the columns.

Columns are named like the keys of JSON Lines. In CSV (https://www.rfc-editor.org/rfc/rfc4180), by commas or semicolons,
a field in quotes may hold the delimiter, doubled quotes and line ends. In TSV, and between "|", a line is a row and
quotes are text, as data sets of speech write them, unless the names of the columns are in quotes as well.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.manifest_rows import AUDIO_KEYS, line_row
from clipaudio.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

__all__ = ["DELIMITED", "delimited_rows", "is_delimited"]

DELIMITED: Final = (".csv", ".tsv")
"""Suffixes of such tables; a .tsv may be speech times instead."""

_KEYS: Final = ("id", "uuid", "callback", *AUDIO_KEYS)
_MEASURES: Final = frozenset({"duration", "offset", "sample_rate"})  # numbers in JSON
_NO_TEXT: Final = re.compile("[\udc80-\udcff]")
_LONGEST: Final = 1 << 20
"""Characters of a line; a longer one is no row."""


def is_delimited(path: str) -> bool:
    """Return True if the first line of a CSV or TSV file names a column by which clips are found."""
    try:
        with _open(path) as file:
            return _header(file) is not None
    except (OSError, UnicodeError):
        return False


def delimited_rows(path: str) -> Iterator[ClipSpec | Unreadable]:
    """Yield the rows of a CSV or TSV file.

    Raises
    ------
    ManifestError
        The first line names no column by which clips are found.
    OSError
        The file cannot be read.
    """
    try:
        with _open(path) as file:
            found = _header(file)
    except UnicodeError:
        found = None
    if found is None:
        keys = ", ".join(_KEYS)
        raise ManifestError(
            f"the first line of {path} names no column of clips; write a first line of names, with one of {keys}",
            source=path,
        )
    delimiter, names, has_quotes = found
    again = next((name for name in names if name and names.count(name) > 1), None)
    if again is not None:
        raise ManifestError(f"the first line of {path} has the name {again!r} twice; rename one", source=path)
    return _rows(path, delimiter, names, has_quotes=has_quotes)


def _rows(path: str, delimiter: str, names: Sequence[str], *, has_quotes: bool) -> Iterator[ClipSpec | Unreadable]:
    """Yield the rows behind the first line."""
    number = 1
    try:
        with _open(path) as file:
            is_spaced = f"{delimiter} " in file.readline(_LONGEST)
            records = _records(file, delimiter, is_spaced=is_spaced) if has_quotes else _lines(file, delimiter)
            for number, fields in records:
                where = f"{path}:{number}"
                if isinstance(fields, str):
                    yield Unreadable(where, fields)
                elif any(fields):
                    yield _row(fields, names, where, os.path.dirname(path))  # noqa: PTH120 - cheaper, for millions
    except (OSError, UnicodeError) as error:
        yield Unreadable(f"{path}:{number + 1}", f"the rest cannot be read: {error}; save the table as UTF-8")


def _row(fields: Sequence[str], names: Sequence[str], where: str, folder: str) -> ClipSpec | Unreadable:
    if any(_NO_TEXT.search(field) for field in fields if not field.isascii()):
        return Unreadable(where, "the row is no UTF-8; save the table as UTF-8")
    if len(fields) != len(names):
        return Unreadable(where, f"the row has {len(fields)} fields, the first line {len(names)}")
    values: dict[str, object] = {name: _value(name, field) for name, field in zip(names, fields, strict=True) if field}
    return line_row(msgspec.json.encode(values), where, folder)


def _value(name: str, field: str) -> object:
    """Return a field as JSON has it."""
    if name in _MEASURES:
        try:
            return float(field)
        except ValueError:
            pass
    return field


def _open(path: str) -> TextIO:
    with Path(path).open("rb") as file:
        is_wide = file.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    return Path(path).open(encoding="utf-16" if is_wide else "utf-8-sig", errors="surrogateescape", newline="")


def _header(file: TextIO) -> tuple[str, list[str], bool] | None:
    """Return the delimiter, the names of the columns in lower case, and whether fields may be in quotes.

    None if no clip is found by the names.
    """
    line = file.readline(_LONGEST).rstrip("\r\n")
    for delimiter in ("\t", ",", ";", "|"):
        names = [name.strip().strip('"').lower() for name in line.split(delimiter)]
        if not set(_KEYS).isdisjoint(names):
            return delimiter, names, delimiter in ",;" or line.startswith('"')
    return None


def _records(file: TextIO, delimiter: str, *, is_spaced: bool) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the first line and the fields of each record of CSV, or what is wrong with it."""
    reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=is_spaced)
    while True:
        begin = reader.line_num + 2
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines = "" if reader.line_num < begin else f" (to line {reader.line_num + 1})"
            yield begin, f"no CSV{lines}: {error}; put the field in quotes, and double those inside it"
        else:
            yield begin, fields


def _lines(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the number and the fields of each line."""
    for number, line in enumerate(iter(lambda: file.readline(_LONGEST), ""), 2):
        yield number, [_unquote(field) for field in line.rstrip("\r\n").split(delimiter)]


def _unquote(field: str) -> str:
    """Return a field without the quotes that a spreadsheet sets around one that holds quotes, which it doubles.

    Examples
    --------
    >>> _unquote('"He said ""no""."'), _unquote('"No."'), _unquote('"No," he said.')
    ('He said "no".', '"No."', '"No," he said.')
    """
    inner = field[1:-1]
    is_quoted = len(field) > 1 and field[0] == field[-1] == '"' and '""' in inner and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if is_quoted else field
