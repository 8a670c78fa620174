"""Report lines of a caption file that cannot be read, or mean another time than they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from clipaudio.errors import CaptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["LineProblem", "load_with_losses", "report_problems"]


class _Loads(Protocol):
    """The `loads` of a format."""

    def __call__(self, text: str, *, problems: list[CaptionError] | None = None) -> tuple[Cue, ...]: ...


class LineProblem(NamedTuple):
    """A message about the line of a file that begins at *start*.

    `is_fatal` if its times are unknown; `is_lost` if text of it is left out, or may be another cue's.
    """

    start: int
    message: str
    is_fatal: bool
    is_lost: bool = False


def report_problems(text: str, found: Iterable[LineProblem], problems: list[CaptionError] | None) -> None:
    """Add an error to *problems* for each problem found in *text*; raise the first fatal one if *problems* is None."""
    number, counted = 1, 0
    for start, message, is_fatal, is_lost in sorted(found):
        if problems is None and not is_fatal:
            continue
        number, counted = number + text.count("\n", counted, start), start
        stop = text.find("\n", start)
        line = text[start : stop if stop >= 0 else len(text)].strip()
        effect = "refused" if is_fatal else "lost" if is_lost else "kept"
        error = CaptionError(f"line {number}: {message}, found {line[:60]!r}", line=number, effect=effect)
        if problems is None:
            raise error
        problems.append(error)


def load_with_losses(loads: _Loads, text: str) -> tuple[tuple[Cue, ...], list[CaptionError]]:
    """Return the cues of *text*, and an error for each line whose text is left out or may be another cue's.

    Raises
    ------
    CaptionError
        As *loads* without problems.
    """
    problems: list[CaptionError] = []
    cues = loads(text, problems=problems)
    refused = next((problem for problem in problems if problem.effect == "refused"), None)
    if refused is not None:
        raise refused
    return cues, [problem for problem in problems if problem.effect == "lost"]
