"""Captions of TTML and its kin (IMSC, EBU-TT-D, DFXP, lyrics of Apple Music), and the times of words in them.

Times count from the start of the parent, or in a sequence from the end of the element before. Words are timed where
each stands in a span that has a time, or a colour that is set for a time; parts of one word are joined. Lyrics give all
the time of the whole file: elements have it that would begin or end after their parent else, and within it with such
times. Text that is not shown or not spoken is left out: see `timed_text_visibility`.

References
----------
W3C, Timed Text Markup Language 2 (TTML2), sections 12.2 and 12.3.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import SourceError
from clipaudio.sources.timed_text_clock import TimedTextClock
from clipaudio.sources.timed_text_lines import SpanTime, TimedTextLines
from clipaudio.sources.timed_text_visibility import TextVisibility, VisibilityRules, has_role
from clipaudio.sources.xml_elements import XML, attribute_of, id_of, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.captions.cue import Cue

__all__ = ["TimedTextFile", "read_timed_text"]

_MOST_NESTED: Final = 100
_CLOSE: Final = 0.0015  # seconds, to which times are rounded
_BACKGROUND: Final = frozenset({"x-bg"})


class TimedTextFile(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    cues
        In order of their starts.
    language
        The tag, "" if the file names none.
    has_file_times
        Whether times inside others were taken as counted from the start of the file, against the standard.
    unseen
        Number of texts that begin after the end of what they stand in, and are left out.
    """

    cues: list[Cue]
    language: str
    has_file_times: bool
    unseen: int


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
    if name_of(root) != "tt":
        raise SourceError(f"the XML is <{name_of(root)[:40]}>; expected <tt>", path="$")
    agents = {id_of(one): _agent_name(one) for one in root.iter() if name_of(one) == "agent"}
    reader = _Reader(TimedTextClock.of(root), VisibilityRules(root), agents)
    body = next((child for child in root if name_of(child) == "body"), None)
    cues = [] if body is None else sorted(reader.cues(body), key=lambda cue: cue.start)
    return TimedTextFile(cues, root.get(f"{XML}lang", ""), reader.has_file_times, reader.unseen)


def _agent_name(agent: ET.Element) -> str:
    return " ".join("".join(agent.itertext()).split())


class _Inherited(NamedTuple):
    """What an element has from those around it.

    Its number of parents, what becomes of its text, and whether times in a paragraph count from the start of the file.
    """

    depth: int
    visibility: TextVisibility
    has_file_times: bool = False

    def below(self, visibility: TextVisibility) -> _Inherited:
        """Return what its children have."""
        if self.depth >= _MOST_NESTED:
            raise SourceError("the TTML is nested too deeply", path="$")
        return self._replace(depth=self.depth + 1, visibility=visibility)


class _Reader:
    """Reads the cues of elements, and counts what it had to guess."""

    def __init__(self, clock: TimedTextClock, rules: VisibilityRules, agents: dict[str, str]) -> None:
        self._clock = clock
        self._rules = rules
        self._agents = agents
        self.has_file_times = False
        self.unseen = 0

    def cues(self, body: ET.Element) -> Iterator[Cue]:
        """Return the cues of a body."""
        yield from self._cues(body, *self._interval(body, 0.0, math.inf), _Inherited(0, TextVisibility.SHOWN))

    def _cues(self, element: ET.Element, start: float, end: float, inherited: _Inherited) -> Iterator[Cue]:
        """Return the cues of a body, a division or a paragraph from *start* to *end*, seconds."""
        visibility = self._rules.find(element, inherited.visibility)
        if visibility is TextVisibility.LEFT_OUT:
            return
        below = inherited.below(visibility)
        if name_of(element) == "p":
            yield from self._paragraph(element, start, end, below)
            return
        children = [child for child in element if name_of(child) in {"div", "p"}]
        is_sequence = element.get("timeContainer") == "seq"
        now = start if is_sequence else self._base(children, start, end)
        for child in children:
            times = self._child_interval(child, now, end, below, is_sequence=is_sequence)
            if times is None:
                continue
            yield from self._cues(child, *times, below)
            if is_sequence:
                now = times[1]

    def _child_interval(
        self, child: ET.Element, base: float, limit: float, inherited: _Inherited, *, is_sequence: bool
    ) -> tuple[float, float] | None:
        """Return the start and end of an element in its parent; None if it is never shown."""
        if self._rules.find(child, inherited.visibility) is TextVisibility.LEFT_OUT:
            return None
        start, stop = self._interval(child, base, limit)
        if start >= limit and (is_sequence or child.get("begin") is not None):
            self.unseen += _has_text(child)
            return None
        if is_sequence and child.get("end") is None and child.get("dur") is None:
            stop = min(stop, self._last_end(child, start, inherited))
            if stop <= start and _has_text(child):
                text = " ".join("".join(child.itertext()).split())[:40]
                raise SourceError(
                    f"{text!r} stands in a sequence and has no dur or end, so that it has no length; add one", path="$"
                )
        return start, stop

    def _last_end(self, element: ET.Element, start: float, inherited: _Inherited) -> float:
        """Return the end of the last child that has one; *start* if none has."""
        below = inherited.below(inherited.visibility)
        ends, now = [start], start
        for child in element:
            if name_of(child) in {"div", "p", "span"}:
                first, stop = self._interval(child, now, math.inf)
                ends.append(stop if math.isfinite(stop) else self._last_end(child, first, below))
                now = ends[-1] if element.get("timeContainer") == "seq" else start
        return max(ends)

    def _base(self, children: list[ET.Element], start: float, end: float) -> float:
        """Return from where times of *children* count: the start of their parent, or 0 for those of the file."""
        given = [child for child in children if child.get("begin") is not None and child.get("end") is not None]
        if not start or not given:
            return start
        begins, ends = ([self._clock.seconds(child.get(name, "")) for child in given] for name in ("begin", "end"))
        if min(begins) < start - _CLOSE or max(begins) >= end:
            return start
        ends_late = start + max(ends) > end + _CLOSE and max(ends) <= end + _CLOSE
        if not ends_late and start + max(begins) < end:
            return start
        self.has_file_times = True
        return 0.0

    def _interval(self, element: ET.Element, base: float, limit: float) -> tuple[float, float]:
        """Return the start and end of an element."""
        begin, end, length = (element.get(name) for name in ("begin", "end", "dur"))
        offset = 0.0 if begin is None else self._clock.seconds(begin)
        start, stop = base + offset, limit
        if end is not None:
            stop = min(stop, base + self._clock.seconds(end))
        if length is not None:
            stop = min(stop, start + self._clock.seconds(length))
        return round(start, 6), round(stop, 6) if math.isfinite(stop) else stop

    def _paragraph(self, element: ET.Element, start: float, end: float, inherited: _Inherited) -> Iterator[Cue]:
        from clipaudio.captions.cue import Cue  # noqa: PLC0415 - a format loads its room on use

        text = TimedTextLines()
        spans = [child for child in element.iter() if child is not element and name_of(child) == "span"]
        base = start if element.get("timeContainer") == "seq" else self._base(spans, start, end)
        inherited = inherited._replace(has_file_times=base < start)
        self._collect(element, SpanTime(base, end), text, None, inherited)
        rows = text.lines()
        if not any(rows):
            return
        if element.get("begin") is None and text.spans:  # the spans alone are timed
            start = max(start, min(span.start for span in text.spans))
            ends = [span.end for span in text.spans]
            end = end if any(map(math.isnan, ends)) else min(end, max(ends))
        agent = attribute_of(element, "agent")
        speaker = None if agent is None else self._agents.get(agent) or agent
        lines = tuple(line for line in rows if line)
        yield Cue(start, end if math.isfinite(end) else math.nan, lines, text.words(rows), speaker=speaker)

    def _collect(
        self, element: ET.Element, room: SpanTime, text: TimedTextLines, time: SpanTime | None, inherited: _Inherited
    ) -> None:
        """Add the text of *element*, whose children have their times in *room*, spoken at *time* if that is known."""
        is_shown = inherited.visibility is TextVisibility.SHOWN
        is_sequence = element.get("timeContainer") == "seq"
        text.add(element.text if is_shown else None, time)
        now = room.start
        for child in element:
            name = name_of(child)
            if name == "br":
                text.new_line()
            elif name == "span":
                times = self._child_interval(child, now, room.end, inherited, is_sequence=is_sequence)
                if times is not None:
                    own = self._spoken_time(child, times, now, is_sequence=is_sequence) or time
                    base = now if inherited.has_file_times else times[0]
                    self._span(child, (base, times[1]), text, own, inherited)
                    now = times[1] if is_sequence else now
            text.add(child.tail if is_shown else None, time)

    def _spoken_time(
        self, span: ET.Element, times: tuple[float, float], base: float, *, is_sequence: bool
    ) -> SpanTime | None:
        """Return the time of a span, or that in which an animation inside it is set."""
        if is_sequence:
            return SpanTime(*times)
        if any(span.get(name) is not None for name in ("begin", "end", "dur")):
            return _time_of(span, times)
        animation = next((child for child in span if name_of(child) == "set" and child.get("begin") is not None), None)
        return None if animation is None else _time_of(animation, self._interval(animation, base, times[1]))

    def _span(
        self,
        span: ET.Element,
        times: tuple[float, float],
        text: TimedTextLines,
        time: SpanTime | None,
        inherited: _Inherited,
    ) -> None:
        """Add the text of a span from *times*, the base of its children and its end."""
        is_background = has_role(span, _BACKGROUND)
        if is_background:
            text.end_word()
        visibility = self._rules.find(span, inherited.visibility)
        self._collect(span, SpanTime(*times), text, time, inherited.below(visibility))
        if is_background:
            text.end_word()


def _time_of(element: ET.Element, times: tuple[float, float]) -> SpanTime:
    """Return *times* of an element, without the end if that is only its parent's."""
    has_end = element.get("end") is not None or element.get("dur") is not None
    return SpanTime(times[0], times[1] if has_end else math.nan)


def _has_text(element: ET.Element) -> bool:
    return any(text and not text.isspace() for text in element.itertext())
