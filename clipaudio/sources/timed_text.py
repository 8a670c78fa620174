"""Captions of TTML and its kin (IMSC, EBU-TT-D, DFXP, lyrics of Apple Music), and the times of words in them.

Times count from the start of the parent, or in a sequence from the end of the element before. Words are timed where
each stands in a span that has a time, or a colour that is set for a time; parts of one word are joined. Lyrics give all
the time of the whole file: elements have it that would end after their parent else, and within it with such times.

References
----------
W3C, Timed Text Markup Language 2 (TTML2), sections 12.2 and 12.3.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.captions.cue import Cue, CueWord

__all__ = ["TimedTextFile", "read_timed_text"]

_CLOCK: Final = re.compile(r"(?:(\d{1,6}):)?(\d{1,3}):(\d\d?)(?:\.(\d{1,9})|:(\d{1,4})(?:\.\d+)?)?")
_OFFSET: Final = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)(h|ms|m|s|f|t)?")
_UNITS: Final = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_MOST_NESTED: Final = 100
_CLOSE: Final = 0.0015  # seconds, to which times are rounded
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"


class TimedTextFile(NamedTuple):
    """The cues of a file, in order, and its language tag, "" if it names none."""

    cues: list[Cue]
    language: str


def read_timed_text(raw: bytes) -> TimedTextFile:
    """Read TTML in UTF-8, whatever encoding it declares.

    Raises
    ------
    SourceError
        The bytes are no XML, declare entities, are no TTML, or a time cannot be read.

    Examples
    --------
    >>> file = read_timed_text(b'''<tt xmlns="http://www.w3.org/ns/ttml"><body begin="1s"><div>
    ... <p begin="00:00:01.5" end="3s">Hello<br/>you</p></div></body></tt>''')
    >>> [(cue.start, cue.end, cue.lines) for cue in file.cues]
    [(2.5, 4.0, ('Hello', 'you'))]
    """
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise SourceError("the XML declares entities, which no TTML needs; it is not read", path="$")
    try:
        root = ET.fromstring(raw.decode("utf-8"))  # noqa: S314 - no entities, checked above
    except (ET.ParseError, ValueError) as error:
        raise SourceError(f"not valid XML: {error}", path="$") from None
    if _name(root) != "tt":
        raise SourceError(f"the XML is <{_name(root)[:40]}>; expected <tt>", path="$")
    reader = _Reader(_Rates.of(root), {_id(one): _agent_name(one) for one in root.iter() if _name(one) == "agent"})
    body = next((child for child in root if _name(child) == "body"), None)
    cues = [] if body is None else sorted(reader.cues(body, 0.0, math.inf), key=lambda cue: cue.start)
    return TimedTextFile(cues, root.get(f"{_XML}lang", ""))


def _name(element: ET.Element) -> str:
    """Return the name without its namespace; "" for a comment."""
    tag: object = element.tag  # that of a comment is a function
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _attribute(element: ET.Element, name: str) -> str | None:
    """Return an attribute of any namespace."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def _id(element: ET.Element) -> str:
    return element.get(f"{_XML}id", "")


def _agent_name(agent: ET.Element) -> str:
    return " ".join("".join(agent.itertext()).split())


@dataclass(frozen=True)
class _Rates:
    """Frames and ticks a second."""

    frames: Fraction
    ticks: Fraction

    @classmethod
    def of(cls, root: ET.Element) -> _Rates:
        try:
            given = _attribute(root, "frameRate")
            over, under = (_attribute(root, "frameRateMultiplier") or "1 1").replace(":", " ").split()
            frames = Fraction(given or 30) * Fraction(over) / Fraction(under)
            parts = Fraction(_attribute(root, "subFrameRate") or 1)
            ticks = Fraction(_attribute(root, "tickRate") or (frames * parts if given else 1))
        except (ValueError, ZeroDivisionError) as error:
            raise SourceError(f"a rate of the TTML cannot be read: {error}", path="$") from None
        if frames <= 0 or ticks <= 0:
            raise SourceError("a rate of the TTML is not above 0", path="$")
        return cls(frames, ticks)

    def seconds(self, text: str) -> float:
        """Return the seconds of a time expression."""
        plain = text.strip()
        if found := _CLOCK.fullmatch(plain):
            hours, minutes, seconds, part, frames = found.groups(default="")
            whole = Fraction(int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds))
            return float(whole + Fraction(f"0.{part or 0}") + Fraction(int(frames or 0)) / self.frames)
        if found := _OFFSET.fullmatch(plain):
            unit = _UNITS.get(found[2] or "s") or 1 / (self.frames if found[2] == "f" else self.ticks)
            return float(Fraction(found[1]) * unit)
        raise SourceError(f"{text[:40]!r} is no time of TTML", path="$")


class _Reader:
    """Reads the cues of elements."""

    def __init__(self, rates: _Rates, agents: dict[str, str]) -> None:
        self._rates = rates
        self._agents = agents

    def cues(self, element: ET.Element, base: float, limit: float, depth: int = 0) -> Iterator[Cue]:
        """Return the cues of a body, a division or a paragraph that lies in *base* to *limit*, seconds."""
        if depth > _MOST_NESTED:
            raise SourceError("the TTML is nested too deeply", path="$")
        start, end = self._interval(element, base, limit)
        if _name(element) == "p":
            yield from self._paragraph(element, start, end)
            return
        children = [child for child in element if _name(child) in {"div", "p"}]
        now = self._base(children, start, end)
        is_sequence = element.get("timeContainer") == "seq"
        for child in children:
            yield from self.cues(child, now, end, depth + 1)
            if is_sequence:
                now = self._interval(child, now, end)[1]

    def _base(self, children: list[ET.Element], start: float, end: float) -> float:
        """Return from where times of *children* count: the start of their parent, or 0 for those of the file."""
        given = [child for child in children if child.get("begin") is not None and child.get("end") is not None]
        if not start or not given:
            return start
        begins, ends = ([self._rates.seconds(child.get(name, "")) for child in given] for name in ("begin", "end"))
        fits = min(begins) >= start - _CLOSE and max(ends) <= end + _CLOSE
        return 0.0 if fits and start + max(ends) > end + _CLOSE else start

    def _interval(self, element: ET.Element, base: float, limit: float) -> tuple[float, float]:
        """Return the start and end of an element."""
        begin, end, length = (element.get(name) for name in ("begin", "end", "dur"))
        offset = 0.0 if begin is None else self._rates.seconds(begin)
        start, stop = base + offset, limit
        if end is not None:
            stop = min(stop, base + self._rates.seconds(end))
        if length is not None:
            stop = min(stop, start + self._rates.seconds(length))
        return round(start, 6), round(stop, 6) if math.isfinite(stop) else stop

    def _paragraph(self, element: ET.Element, start: float, end: float) -> Iterator[Cue]:
        from clipaudio.captions.cue import Cue  # noqa: PLC0415 - a format loads its room on use

        text = _Text()
        spans = [child for child in element.iter() if child is not element and _name(child) == "span"]
        self._collect(element, self._base(spans, start, end), end, text, None, 0)
        rows = text.lines()
        if not any(rows):
            return
        if element.get("begin") is None and text.spans:  # the spans alone are timed
            start = max(start, min(span.start for span in text.spans))
            end = min(end, max(span.end for span in text.spans))
        agent = _attribute(element, "agent")
        speaker = None if agent is None else self._agents.get(agent) or agent
        lines = tuple(line for line in rows if line)
        yield Cue(start, end if math.isfinite(end) else math.nan, lines, text.words(rows), speaker=speaker)

    def _collect(
        self, element: ET.Element, start: float, end: float, text: _Text, time: _Time | None, depth: int
    ) -> None:
        """Add the text of *element*, which is spoken at *time* if that is known."""
        if depth > _MOST_NESTED:
            raise SourceError("the TTML is nested too deeply", path="$")
        text.add(element.text or "", time)
        for child in element:
            name = _name(child)
            if name == "br":
                text.new_line()
            elif name == "span":
                own = self._time_of(child, start, end) or time
                inner = (start, end) if child.get("begin") is None else self._interval(child, start, end)
                self._collect(child, *inner, text, own, depth + 1)
            text.add(child.tail or "", time)

    def _time_of(self, span: ET.Element, start: float, end: float) -> _Time | None:
        """Return the time of a span, or that in which an animation inside it is set."""
        if span.get("begin") is not None:
            return _Time(*self._interval(span, start, end))
        animation = next((child for child in span if _name(child) == "set" and child.get("begin") is not None), None)
        return None if animation is None else _Time(*self._interval(animation, start, end))


class _Time(NamedTuple):
    """The seconds of a span."""

    start: float
    end: float


@dataclass
class _Span:
    """Characters *first* to *stop* of a line, and when they are spoken."""

    line: int
    first: int
    stop: int
    start: float
    end: float


class _Text:
    """Lines with white space as XML has it by default, and their timed spans."""

    def __init__(self) -> None:
        self.spans: list[_Span] = []
        self._pieces: list[list[str]] = [[]]
        self._length = 0
        self._has_space = False

    def add(self, text: str, time: _Time | None) -> None:
        """Append *text* to the last line."""
        for word in re.findall(r"\s+|\S+", text):
            if word.isspace():
                self._has_space = self._length > 0
                continue
            row, space = len(self._pieces) - 1, " " * self._has_space
            self._has_space = False
            self._pieces[-1].append(space + word)
            first, self._length = self._length + len(space), self._length + len(space) + len(word)
            if time is None:
                continue
            last = self.spans[-1] if self.spans else None
            if last is not None and (last.line, last.stop) == (row, first):  # parts of one word
                last.stop, last.end = self._length, max(last.end, time.end)
            else:
                self.spans.append(_Span(row, first, self._length, *time))

    def new_line(self) -> None:
        """Begin the next line."""
        self._pieces.append([])
        self._length = 0
        self._has_space = False

    def lines(self) -> list[str]:
        """Return the lines, empty ones too."""
        return ["".join(pieces) for pieces in self._pieces]

    def words(self, lines: list[str]) -> tuple[CueWord, ...]:
        """Return the words, on the lines that are not empty; none unless each has a time and they are in order."""
        from clipaudio.captions.cue import CueWord  # noqa: PLC0415 - as above

        covered = sum(span.stop - span.first for span in self.spans)
        letters = sum(not character.isspace() for line in lines for character in line)
        if covered != letters or any(a.start > b.start for a, b in zip(self.spans, self.spans[1:], strict=False)):
            return ()
        place = {row: number for number, row in enumerate(row for row, line in enumerate(lines) if line)}
        return tuple(CueWord(place[one.line], one.first, one.stop, one.start, one.end) for one in self.spans)
