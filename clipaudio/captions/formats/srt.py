"""Write and read SubRip (.srt).

SubRip has neither a specification nor escapes. Text that a reader would take for times, tags or numbers gets a word
joiner (see `escaping`): it looks the same, and `loads` returns it unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from clipaudio.captions.cue import Cue
from clipaudio.captions.escaping import escape, is_harmless, unescape
from clipaudio.captions.formats.line_ends import unify_line_ends
from clipaudio.captions.formats.problems import LineProblem, report_problems
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.timestamp import format_milliseconds, round_to_units
from clipaudio.errors import CaptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["dumps", "loads"]

_REST = r"(?:(?<=[,.:]\d\d\d)\.\d+)?"  # of a number that was written as a float: 200.0000000000582 ms
_TIMES = re.compile(
    rf"^[ \t]*(?:(\d{{1,9}}):)?(\d{{1,2}}):(\d{{1,2}})(?:[,.:](\d+){_REST})?[ \t]*-->"
    rf"[ \t]*(?:(\d{{1,9}}):)?(\d{{1,2}}):(\d{{1,2}})(?:[,.:](\d+){_REST})?(?![\w:]|[.,][\d:])([^\n]*)$",
    re.MULTILINE | re.ASCII,
)
_UNSEEN = r"\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_ARROW = (
    rf"(?:(?:[-=\u2010-\u2015\u2212\uff0d](?:[^\S\n]|[{_UNSEEN}]){{0,3}}){{1,5}}(?:&gt;|[>\u203a\uff1e])"
    r"|[\u2192\u21d2\u27f6\u2794\u279c])"
)
_TIME = r"(?:(\d{1,9})\s*:\s*)?(\d{1,2})\s*:\s*(\d{1,2})(?:\s*[,.:]\s*(\d+))?"
_RELAXED = re.compile(rf"\s*{_TIME}\s*{_ARROW}\s*{_TIME}(?![\w:]|[.,][\d:])([^\n]*)", re.ASCII)
"""Times with another arrow and with blanks, after `_plain`."""
_SUSPECT = re.compile(
    rf"^(?=[^\n\d]*\d)[^\n]*{_ARROW}[^\n]*$|^[^\n]*-->[^\n]*$|^[^\w\n]{{0,9}}\d+:\d\d:\d\d[,.]\d[^\n]*$",
    re.MULTILINE,
)
_ALMOST_TIME = re.compile(
    r"\W{0,9}(?=[^:;]{0,40}[:;])(?=[^\d]{0,40}\d)[\dOoIlSBZ|]{1,9}(?:\s*[:;.,]\s*[\dOoIlSBZ|]{0,9}){2,4}\s*", re.ASCII
)
_ALONE = re.compile(r"\W*\d+:\d\d:\d\d[,.]\d+\W*(?:\d+:\d\d:\d\d[,.]\d+.*)?", re.ASCII)
_TWICE = re.compile(r"\d:\d{1,2}[.,]\d.*\d:\d{1,2}[.,]\d")  # `escape` leaves no such text, and no "-->"
_POSITION = re.compile(r"(?:\s+(?:[XY][12]|[a-z]+):[-\w.,%+]+)*\s*")
_FRAMES = re.compile(r"\d\s*:\s*\d{1,2}\s*:\s*\d{1,2}\s*:\s*\d{1,2}(?!\d)", re.ASCII)
_FLOAT = re.compile(r"[,.:]\d{3}\.\d", re.ASCII)
_EXPECTED = "expected times such as 00:00:01,000 --> 00:00:02,000"
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_WIDE = str.maketrans("：，．；－＞", ":,.;->")
_TAG = re.compile(r"</?(?:b|i|u|s|font)(?: [^<>\n]*)?>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{\\[^{}\n]*\}")


def dumps(cues: Iterable[Cue], *, speakers: bool = False) -> str:
    r"""Return *cues* as SubRip text, without cues that have no text; "" if there are none.

    Parameters
    ----------
    speakers
        Prefix `NAME: ` to the text wherever the speaker changes.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> dumps([Cue(0.5, 2.0, ("Hello there,", "General."))])
    '1\n00:00:00,500 --> 00:00:02,000\nHello there,\nGeneral.\n\n'
    """
    kept = prepare(cues, words=False).cues
    if speakers:
        kept = label_speakers(kept)
    texts = ["\n".join(cue.lines) for cue in kept]
    if not is_harmless("\n".join(texts), "srt"):
        texts = [escape(text, "srt") for text in texts]
    rows = zip(round_to_units(kept, 1000), texts, strict=True)
    return "".join(
        [
            f"{number}\n{format_milliseconds(start, ',')} --> {format_milliseconds(end, ',')}\n{text}\n\n"
            for number, ((start, end), text) in enumerate(rows, 1)
        ]
    )


def loads(text: str, *, problems: list[CaptionError] | None = None) -> tuple[Cue, ...]:
    r"""Return the cues of SubRip *text*, in the order of the file.

    Accepts a byte order mark, any line end, missing numbers, missing hours, a point for the comma, blank lines within a
    cue, and positions after the times; other arrows (`->`, `–>`, `→`), blanks and invisible marks in times, and digits
    of other scripts. The tags b, i, u, s and font and overrides such as `{\an8}` are dropped; other tags are text. A
    cue without text is dropped.

    Parameters
    ----------
    problems
        Receives an error for each timing line that cannot be read, and the other cues are returned; its text belongs to
        no other cue. Also for a name where the number of a cue should be: players show it with the cue before. None
        raises the first that cannot be read.

    Raises
    ------
    CaptionError
        A timing line cannot be read, or there is text, but no timing line; `line` is its number, or that of the first
        text.

    Examples
    --------
    >>> loads("1\n00:00:00,500 --> 00:00:02,000\n<i>Hello</i> there,\nGeneral.\n")
    (Cue(start=0.5, end=2.0, lines=('Hello there,', 'General.'), words=(), speaker=None),)
    """
    text, _ = unify_line_ends(text)
    found = _find_times(text, problems)
    if not found and text.strip():
        line = len(text[: len(text) - len(text.lstrip())].split("\n"))
        raise CaptionError(
            f"line {line}: no line such as 00:00:01,000 --> 00:00:02,000 follows; this is not SubRip text", line=line
        )
    cues = []
    following = [start for start, _, _ in found[1:]]
    for (_, begin, times), end in zip(found, [*following, None][: len(found)], strict=True):
        body = text[begin:end]
        if end is not None:
            rest, _, last = body[:-1].rpartition("\n")  # the line right above the times is the number of the cue
            if last.strip().isdecimal():
                body = rest
        if times is not None and (lines := _lines(times[2] + body)):
            cues.append(Cue(times[0], times[1], lines))
    return tuple(cues)


def _find_times(
    text: str, problems: list[CaptionError] | None
) -> list[tuple[int, int, tuple[float, float, str] | None]]:
    """Find the timing lines: where each begins and ends, and its times and the text behind them, None if unreadable."""
    found: list[tuple[int, int, tuple[float, float, str] | None]] = []
    bad = []
    for line in _SUSPECT.finditer(text):
        times = _TIMES.match(line[0]) or _find_relaxed(text, line)
        start = end = None
        has_frames = times is not None and _FRAMES.search(times.string, 0, times.start(9)) is not None
        if times is not None and not has_frames:
            start, end = _seconds(*times.groups()[:4]), _seconds(*times.groups()[4:8])
        if times is not None and start is not None and end is not None:
            found.append((line.start(), line.end(), (start, end, "" if _POSITION.fullmatch(times[9]) else times[9])))
            if times[4] == "1000" or times[8] == "1000":
                bad.append(LineProblem(line.start(), "1000 milliseconds were read as a second", is_fatal=False))
            if _FLOAT.search(times.string, 0, times.start(9)):
                bad.append(LineProblem(line.start(), "digits after the milliseconds were left out", is_fatal=False))
        elif times is not None or _is_damaged(text, line):
            message = f"{_EXPECTED}; frames need their rate" if has_frames else _EXPECTED
            bad.append(LineProblem(line.start(), message, is_fatal=True))
            found.append((line.start(), line.end(), None))
    if problems is not None:
        bad += _find_names(text, found)
    report_problems(text, bad, problems)
    return found


def _find_names(text: str, found: list[tuple[int, int, tuple[float, float, str] | None]]) -> Iterator[LineProblem]:
    """Find the lines above times that stand where a number should, and so are text of the cue before."""
    for (_, begin, _), (end, _, _) in pairwise(found):
        above = text.rfind("\n", begin, max(end - 1, begin)) + 1
        line = text[above:end].strip()
        if (
            above > begin + 1
            and line
            and not line.isdecimal()
            and text[above - 2] == "\n"
            and text[begin:above].strip()
        ):
            message = "a line above times that is no number is text of the cue before"
            yield LineProblem(above, message, is_fatal=False, is_lost=True)


def _plain(line: str) -> str:
    """Return *line* with ASCII digits and marks, and without invisible marks."""
    if line.isascii():
        return line
    line = _INVISIBLE.sub("", line).translate(_WIDE)
    return "".join(
        [str(unicodedata.decimal(mark)) if mark.isdecimal() else " " if mark.isspace() else mark for mark in line]
    )


def _begins_block(text: str, start: int) -> bool:
    """Return whether the line at *start* is the first of its block, or the one after a number."""
    before = text[max(start - 100, 0) : start].split("\n")[-3:-1]
    if before and before[-1].strip().isdecimal():
        before.pop()
    return not before or not before[-1].strip()


def _find_relaxed(text: str, line: re.Match[str]) -> re.Match[str] | None:
    """Find times that mean only one thing, though they are not written as usual."""
    times = _RELAXED.fullmatch(_plain(line[0]))
    if times is not None and not _begins_block(text, line.start()) and not (times[4] and times[8]):
        return None  # "10:30 -> 11:30" inside a text
    return times


def _is_damaged(text: str, line: re.Match[str]) -> bool:
    """Return whether a line that is no timing line was one."""
    plain = _plain(line[0])
    begins = _begins_block(text, line.start())
    if not begins and "-->" not in line[0] and not _TWICE.search(line[0]):
        return False
    sides = re.split(_ARROW, plain, maxsplit=1)
    if len(sides) == 1:
        return _ALONE.fullmatch(plain) is not None
    if begins and "-->" in plain:
        return True
    return _ALMOST_TIME.fullmatch(sides[0]) is not None or _ALMOST_TIME.match(sides[1]) is not None


def _lines(text: str) -> tuple[str, ...]:
    if "<" in text:
        text = _TAG.sub("", text)
    if "{" in text:
        text = _OVERRIDE.sub("", text)
    text = text.strip(" \t\n")
    lines = [line for line in [line.strip(" \t") for line in text.split("\n")] if line and not line.isspace()]
    return tuple(unescape("\n".join(lines), "srt").split("\n")) if lines else ()


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float | None:
    """Return the time in seconds; None if the fraction may be of milliseconds or of seconds.

    `1,1000` is a rounded 1.9996 s: it means the next second.
    """
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    fraction = fraction or "0"
    if len(fraction) > 3:
        if fraction == "1000":
            return float(whole + 1)
        if len(fraction) not in {6, 9} and fraction.strip("0"):
            return None
    return (whole * 1000 + int(fraction[:3].ljust(3, "0"))) / 1000
