"""Move the times of a caption file in its text: all else stays as it is, to the byte.

A time t becomes offset + (1 + drift) * t, at least 0; a cue keeps at least one unit of its format. Of SubRip and WebVTT
the lines of times are moved, of WebVTT the times inside a text, too, of (Advanced) SubStation Alpha the lines of
dialogues and comments. The lengths of karaoke syllables count from the start of their line and stay.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Restamper", "restamp"]

_STAMP: Final = r"(?:\d{1,9}[ \t]*:[ \t]*)?\d{1,2}[ \t]*:[ \t]*\d{1,2}(?:[ \t]*[,.:][ \t]*\d+)?"
_PARTS: Final = re.compile(r"(?:(\d+)\s*:\s*)?(\d+)(\s*:\s*)(\d+)(?:(\s*[,.:]\s*)(\d+))?", re.ASCII)
_WHOLE: Final = r"(?:\d{1,9}[ \t]*:[ \t]*)?\d{1,2}[ \t]*:[ \t]*\d{1,2}[ \t]*[,.:][ \t]*\d+"
_END: Final = r"(?![\w:]|[.,][\d:])"
_TIMES: Final = re.compile(rf"([^\w\r\n]*?)({_STAMP})([ \t]*-->[ \t]*)({_STAMP}){_END}", re.ASCII)
_RELAXED: Final = re.compile(
    rf"([^\w\r\n]*?)({_WHOLE})([ \t]*(?=[^\s\w]*[^\x00-\x3d\x3f-\x7f])[^\s\w:,.]{{1,12}}[ \t]*)({_WHOLE}){_END}",
    re.ASCII,
)
"""Times with another arrow, which are no text because they have fractions."""
_INNER: Final = re.compile(r"(?<=<)(?:\d{1,9}:)?\d\d:\d\d\.\d{3}(?=>)", re.ASCII)
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_COLUMNS: Final = "layer start end style name marginl marginr marginv effect text".split()
_EVENT: Final = re.compile(r"\s*(?:dialogue|comment)\s*:", re.IGNORECASE)
_FORMAT: Final = re.compile(r"\s*format\s*:(.*)", re.IGNORECASE | re.DOTALL)
_DIGITS: Final = {"srt": 3, "webvtt": 3, "ass": 2}
_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Restamper(NamedTuple):
    """How times move: t becomes offset + (1 + drift) * t, seconds; fractions have *digits* at least."""

    offset: float
    drift: float
    digits: int

    def move(self, stamp: str) -> str:
        """Return a stamp moved, spelled as it was.

        Examples
        --------
        >>> Restamper(0.5, 0.0, 3).move("00:59,7"), Restamper(-2.0, 0.0, 2).move("0:00:01.00")
        ('01:00,200', '0:00:00.00')
        """
        given = _Stamp.of(stamp, self.digits)
        return given.spell(self._units(given))

    def move_pair(self, start: str, end: str) -> tuple[str, str]:
        """Return the stamps of a cue moved; one that lasted does not end with its start."""
        first, last = _Stamp.of(start, self.digits), _Stamp.of(end, self.digits)
        begins, ends = self._units(first), self._units(last)
        if last.seconds > first.seconds and ends * first.scale <= begins * last.scale:
            ends = begins * last.scale // first.scale + 1
        return first.spell(begins), last.spell(ends)

    def _units(self, given: _Stamp) -> int:
        """Return the moved time in units of its last digit."""
        return int(max(self.offset + (1 + self.drift) * given.seconds, 0.0) * given.scale + 0.5)


class _Stamp(NamedTuple):
    """A time as it is written: hours or None, and the marks between its numbers."""

    hours: str | None
    minutes: str
    colon: str
    point: str
    digits: int
    seconds: float

    @classmethod
    def of(cls, text: str, digits: int) -> _Stamp:
        found = _PARTS.fullmatch(text)
        assert found is not None
        hours, minutes, colon, seconds, point, part = found.groups()
        part = (part or "")[:9]
        whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        is_rounded_up = part == "1000"  # milliseconds, as the reader of SubRip takes them
        fraction = 1.0 if is_rounded_up else int(part or 0) / 10 ** len(part)
        kept = digits if is_rounded_up else max(digits, len(part))
        return cls(hours, minutes, colon, point or ("." if digits < _DIGITS["srt"] else ","), kept, whole + fraction)

    @property
    def scale(self) -> int:
        """Units a second."""
        return int(10**self.digits)

    def spell(self, units: int) -> str:
        """Return the time of so many units, written alike."""
        whole, rest = divmod(units, self.scale)
        minute, second = divmod(whole, 60)
        hour, minute = divmod(minute, 60)
        head = "" if self.hours is None and not hour else f"{hour:0{len(self.hours or '00')}d}{self.colon}"
        return f"{head}{minute:0{len(self.minutes)}d}{self.colon}{second:02d}{self.point}{rest:0{self.digits}d}"


def restamp(raw: bytes, kind: Literal["srt", "webvtt", "ass"], *, offset: float, drift: float = 0.0) -> bytes:
    r"""Return the bytes of a caption file with its times moved.

    Parameters
    ----------
    raw
        The file, in UTF-8, UTF-16 with a byte order mark, or any encoding that holds ASCII.
    kind
        Its format.
    offset, drift
        A time t becomes offset + (1 + drift) * t, seconds, at least 0.

    Examples
    --------
    >>> restamp(b"7\r\n0:00:01,0 --> 00:00:02,500 X1:5\r\n<i>Caf\xe9</i>\r\n", "srt", offset=0.25)
    b'7\r\n0:00:01,250 --> 00:00:02,750 X1:5\r\n<i>Caf\xe9</i>\r\n'
    """
    mark = raw[:2] if raw[:2] in _WIDE else b""
    encoding = _WIDE.get(mark, "latin-1")  # which keeps each byte of what holds ASCII
    text = raw[len(mark) :].decode(encoding, "surrogatepass" if mark else "strict")
    lines = _KINDS[kind]([line[0] for line in _LINE.finditer(text)], Restamper(offset, drift, _DIGITS[kind]))
    return mark + "".join(lines).encode(encoding, "surrogatepass" if mark else "strict")


def _move_srt(lines: list[str], times: Restamper) -> Iterator[str]:
    for line in lines:
        yield _move_times(line, times) or line


def _move_webvtt(lines: list[str], times: Restamper) -> Iterator[str]:
    in_cue = False
    for line in lines:
        moved = _move_times(line, times) if "-->" in line else None
        in_cue = moved is not None or (in_cue and bool(line.strip("\r\n")))
        yield moved or (_INNER.sub(lambda found: times.move(found[0]), line) if in_cue else line)


def _move_times(line: str, times: Restamper) -> str | None:
    """Return a line of times moved, None if it is another line."""
    found = _TIMES.match(line) or _RELAXED.match(line)
    if found is None:
        return None
    start, end = times.move_pair(found[2], found[4])
    return f"{found[1]}{start}{found[3]}{end}{line[found.end() :]}"


def _move_ass(lines: list[str], times: Restamper) -> Iterator[str]:
    columns = _COLUMNS
    is_event = False
    for line in lines:
        if line.lstrip("\xef\xbb\xbf\ufeff").startswith("["):
            is_event = line.strip("\xef\xbb\xbf\ufeff \t\r\n").lower() == "[events]"
        elif is_event and (found := _FORMAT.match(line)):
            columns = [name.strip().lower() for name in found[1].split(",")]
        elif is_event and (head := _EVENT.match(line)) and {"start", "end"} <= {*columns}:
            yield head[0] + _move_event(line[head.end() :], columns, times)
            continue
        yield line


def _move_event(line: str, columns: list[str], times: Restamper) -> str:
    values = line.split(",", len(columns) - 1)
    first, last = columns.index("start"), columns.index("end")
    if max(first, last) >= len(values):
        return line
    pair = [re.fullmatch(r"(\s*)(\d+:\d+:\d+(?:[.:]\d{1,3})?)(\s*)", values[at], re.ASCII) for at in (first, last)]
    if pair[0] is None or pair[1] is None:
        return line
    for at, found, stamp in zip((first, last), pair, times.move_pair(pair[0][2], pair[1][2]), strict=True):
        assert found is not None
        values[at] = f"{found[1]}{stamp}{found[3]}"
    return ",".join(values)


_KINDS: Final[dict[str, Callable[[list[str], Restamper], Iterator[str]]]] = {
    "srt": _move_srt,
    "webvtt": _move_webvtt,
    "ass": _move_ass,
}
