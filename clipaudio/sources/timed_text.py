"""Captions of TTML and its kin (IMSC, EBU-TT-D, DFXP, lyrics of Apple Music), and the times of words in them.

Times count from the start of the parent, or in a sequence from the end of the element before. Words are timed where
each stands in a span that has a time, or a colour that is set for a time; parts of one word are joined. Lyrics give all
the time of the whole file: times of spans, or of paragraphs and divisions, are read so if more of them stand inside
their parents then. Text that is not shown or not spoken is left out: see `timed_text_visibility`.

References
----------
W3C, Timed Text Markup Language 2 (TTML2), sections 12.2 and 12.3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import SourceError
from clipaudio.sources.timed_text_clock import TimedTextClock
from clipaudio.sources.timed_text_lines import SpanTime, TimedTextLines
from clipaudio.sources.timed_text_visibility import TextVisibility, VisibilityRules, has_role
from clipaudio.sources.xml_elements import XML, attribute_of, drop_foreign, id_of, name_of, parse_xml

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Iterator

    from clipaudio.captions.cue import Cue

__all__ = ["TimedTextFile", "read_timed_text"]

_MOST_NESTED: Final = 100
_CLOSE: Final = 0.0015  # seconds, to which times are rounded
_BACKGROUND: Final = frozenset({"x-bg"})
_FILE_LEVELS: Final = (frozenset[str](), frozenset({"span"}), frozenset({"block"}), frozenset({"block", "span"}))
"""Elements whose times may count from the start of the file, the most usual case first."""


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
        Texts that begin after the end of what they stand in, or of their region, or that stand between the spans of a
        sequence, and are left out.
    """

    cues: list[Cue]
    language: str
    has_file_times: bool
    unseen: tuple[str, ...]


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
    root = parse_xml(raw, "TTML")
    if name_of(root) != "tt":
        raise SourceError(f"the XML is <{name_of(root)[:40]}>; expected <tt>", path="$")
    drop_foreign(root)
    agents = {id_of(one): _text_of(one) for one in root.iter() if name_of(one) == "agent"}
    clock, rules = TimedTextClock.of(root), VisibilityRules(root)
    body = next((child for child in root if name_of(child) == "body"), None)
    best: tuple[int, _Reader, list[Cue]] | None = None
    for levels in _FILE_LEVELS:
        reader = _Reader(clock, rules, agents, levels)
        cues = [] if body is None else sorted(reader.cues(body), key=lambda cue: cue.start)
        if best is None or reader.misfits < best[0]:
            best = reader.misfits, reader, cues
        if not best[0]:  # the usual case
            break
    assert best is not None
    _, reader, cues = best
    return TimedTextFile(cues, root.get(f"{XML}lang", ""), reader.has_file_times, tuple(reader.unseen))


def _text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


class _Inherited(NamedTuple):
    """What an element has from those around it.

    Its number of parents, what becomes of its text, whether it is background, and when its region is shown, seconds.
    """

    depth: int
    visibility: TextVisibility
    is_background: bool = False
    region: SpanTime = SpanTime(0.0, math.inf)

    def below(self, visibility: TextVisibility) -> _Inherited:
        """Return what its children have."""
        if self.depth >= _MOST_NESTED:
            raise SourceError("the TTML is nested too deeply", path="$")
        return self._replace(depth=self.depth + 1, visibility=visibility)


class _Reader:
    """Reads the cues of elements, and counts what it had to guess.

    Elements of *file_levels*, "block" or "span", have times that count from the start of the file.
    """

    def __init__(
        self, clock: TimedTextClock, rules: VisibilityRules, agents: dict[str, str], file_levels: frozenset[str]
    ) -> None:
        self._clock = clock
        self._rules = rules
        self._agents = agents
        self._file_levels = file_levels
        self.misfits = 0
        self.has_file_times = False
        self.unseen: list[str] = []

    def cues(self, body: ET.Element) -> Iterator[Cue]:
        """Return the cues of a body."""
        yield from self._cues(body, *self._interval(body, 0.0, math.inf), _Inherited(0, TextVisibility.SHOWN))

    def _cues(self, element: ET.Element, start: float, end: float, inherited: _Inherited) -> Iterator[Cue]:
        """Return the cues of a body, a division or a paragraph from *start* to *end*, seconds."""
        visibility = self._rules.find(element, inherited.visibility)
        if visibility is TextVisibility.LEFT_OUT:
            return
        below = inherited.below(visibility)._replace(region=self._region_time(element, inherited.region))
        if name_of(element) == "p":
            yield from self._paragraph(element, start, end, below)
            return
        children = [child for child in element if name_of(child) in {"div", "p"}]
        is_sequence = element.get("timeContainer") == "seq"
        is_file = not is_sequence and self._has_file_times("block", children, start, end)
        now = start
        for child in children:
            is_followed = is_sequence and child is not children[-1]
            times = self._child_interval(child, now, end, below, is_followed=is_followed, is_file=is_file)
            if times is None:
                continue
            yield from self._cues(child, *times, below)
            if is_sequence:
                now = times[1]

    def _child_interval(
        self,
        child: ET.Element,
        base: float,
        limit: float,
        inherited: _Inherited,
        *,
        is_followed: bool,
        is_file: bool,
    ) -> tuple[float, float] | None:
        """Return the start and end of an element in its parent; None if it is never shown.

        *is_followed* says whether another one begins where it ends.
        """
        if self._rules.find(child, inherited.visibility) is TextVisibility.LEFT_OUT:
            return None
        start, stop = self._interval(child, base, limit, is_file=is_file)
        if not is_file and start >= limit and (is_followed or start > base or child.get("begin") is not None):
            if _has_text(child):
                self.unseen.append(_text_of(child))
            return None
        if is_followed and child.get("end") is None and child.get("dur") is None:
            stop = max(start, min(stop, self._last_end(child, start, inherited)))
            if (
                stop == start and child.get("timeContainer") != "seq" and _has_text(child)
            ):  # text of a sequence has none
                raise SourceError(
                    f"{_text_of(child)[:40]!r} stands in a sequence and has no dur or end, so that it has no length;"
                    " add one",
                    path="$",
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

    def _has_file_times(self, level: str, children: list[ET.Element], start: float, end: float) -> bool:
        """Return whether times of *children* count from the start of the file; count those outside their parent."""
        given = [child for child in children if child.get("begin") and child.get("end")]
        if not start or not given:
            return False
        is_file = level in self._file_levels
        base = 0.0 if is_file else start
        for child in given:
            begin, stop = (base + self._clock.seconds(child.get(name, "")) for name in ("begin", "end"))
            if begin >= end:
                self.misfits += sum(each.get("begin") is not None for each in child.iter())
            self.misfits += begin < start - _CLOSE or stop > end + _CLOSE
        self.has_file_times |= is_file
        return is_file

    def _region_time(self, element: ET.Element, inherited: SpanTime) -> SpanTime:
        """Return when the region of an element is shown."""
        region = self._rules.region_of(element)
        return inherited if region is None else SpanTime(*self._interval(region, 0.0, math.inf))

    def _interval(
        self, element: ET.Element, base: float, limit: float, *, is_file: bool = False
    ) -> tuple[float, float]:
        """Return the start and end of an element; those of the file do not end with their parent."""
        begin, end, length = (element.get(name) or None for name in ("begin", "end", "dur"))  # some write begin=""
        if is_file and begin is not None:
            base = 0.0
        if is_file and not (end is None and length is None):
            limit = math.inf
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
        is_sequence = element.get("timeContainer") == "seq"
        is_file = not is_sequence and self._has_file_times("span", spans, start, end)
        self._collect(element, SpanTime(start, end), text, None, inherited, is_file=is_file)
        rows = text.lines()
        if not any(rows):
            return
        start, end = self._shown_time(element, start, end, inherited)
        ends = [span.end for span in text.spans]
        if element.get("begin") is None and text.spans:  # the spans alone are timed
            start = max(start, min(span.start for span in text.spans))
            end = end if any(map(math.isnan, ends)) else min(end, max(ends))
        elif is_file:
            start = min([start, *(span.start for span in text.spans)])
            end = max([end, *(stop for stop in ends if not math.isnan(stop))])
        if start >= end:
            self.unseen.append(" ".join(filter(None, rows)))
            return
        agent = attribute_of(element, "agent")
        speaker = None if agent is None else self._agents.get(agent) or agent
        lines = tuple(line for line in rows if line)
        yield Cue(start, end if math.isfinite(end) else math.nan, lines, text.words(rows), speaker=speaker)

    def _shown_time(
        self, paragraph: ET.Element, start: float, end: float, inherited: _Inherited
    ) -> tuple[float, float]:
        """Return when a paragraph from *start* to *end* is seen: in its region, and as an animation shows it."""
        first, stop = inherited.region
        animation = self._rules.animation_of(paragraph)
        if animation is not None:
            begin, done = self._interval(animation, start, end)
            first, stop = max(first, begin), min(stop, done)
        return max(start, first), min(end, stop)

    def _collect(
        self,
        element: ET.Element,
        room: SpanTime,
        text: TimedTextLines,
        time: SpanTime | None,
        inherited: _Inherited,
        *,
        is_file: bool,
    ) -> None:
        """Add the text of *element*, whose children have their times in *room*, spoken at *time* if that is known."""
        is_sequence = element.get("timeContainer") == "seq"
        self._add(element.text, text, time, inherited, is_sequence=is_sequence)
        now = room.start
        last = next((child for child in reversed(element) if name_of(child) == "span"), None)
        for child in element:
            name = name_of(child)
            if name == "br":
                text.new_line()
            elif name == "span":
                is_followed = is_sequence and child is not last
                times = self._child_interval(child, now, room.end, inherited, is_followed=is_followed, is_file=is_file)
                if times is not None:
                    own = self._spoken_time(child, times, now, is_sequence=is_sequence) or time
                    self._span(child, SpanTime(*times), text, own, inherited, is_file=is_file)
                    now = times[1] if is_sequence else now
            self._add(child.tail, text, time, inherited, is_sequence=is_sequence)

    def _add(
        self,
        piece: str | None,
        text: TimedTextLines,
        time: SpanTime | None,
        inherited: _Inherited,
        *,
        is_sequence: bool,
    ) -> None:
        """Add text that stands in no span of its own; in a sequence it has no length, so that it is never seen."""
        is_shown = inherited.visibility is TextVisibility.SHOWN
        if is_sequence and is_shown and piece:
            if not piece.isspace():
                self.unseen.append(" ".join(piece.split()))
            piece = " "
        text.add(piece if is_shown else None, time, is_background=inherited.is_background)

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
        room: SpanTime,
        text: TimedTextLines,
        time: SpanTime | None,
        inherited: _Inherited,
        *,
        is_file: bool,
    ) -> None:
        """Add the text of a span, whose children have their times in *room*."""
        is_background = has_role(span, _BACKGROUND)
        if is_background:
            text.end_word()
        below = inherited.below(self._rules.find(span, inherited.visibility))
        below = below._replace(is_background=inherited.is_background or is_background)
        self._collect(span, room, text, time, below, is_file=is_file)
        if is_background:
            text.end_word()


def _time_of(element: ET.Element, times: tuple[float, float]) -> SpanTime:
    """Return *times* of an element, without the end if that is only its parent's."""
    has_end = element.get("end") is not None or element.get("dur") is not None
    return SpanTime(times[0], times[1] if has_end else math.nan)


def _has_text(element: ET.Element) -> bool:
    return any(text and not text.isspace() for text in element.itertext())
