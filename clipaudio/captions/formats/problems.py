"""Report lines of a caption file that cannot be read, or mean another time than they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clipaudio.errors import CaptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LineProblem", "report_problems"]


class LineProblem(NamedTuple):
    """A message about the line of a file that begins at *start*; `is_fatal` if its times are unknown."""

    start: int
    message: str
    is_fatal: bool


def report_problems(text: str, found: Iterable[LineProblem], problems: list[CaptionError] | None) -> None:
    """Add an error to *problems* for each problem found in *text*; raise the first fatal one if *problems* is None."""
    number, counted = 1, 0
    for start, message, is_fatal in sorted(found):
        if problems is None and not is_fatal:
            continue
        number, counted = number + text.count("\n", counted, start), start
        stop = text.find("\n", start)
        line = text[start : stop if stop >= 0 else len(text)].strip()
        error = CaptionError(f"line {number}: {message}, found {line[:60]!r}", line=number)
        if problems is None:
            raise error
        problems.append(error)
