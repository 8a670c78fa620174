"""Captions of SubStation Alpha and Advanced SubStation Alpha, and the words of karaoke.

Comments and drawings are left out, and cues are sorted by their start. A cue that is repeated without a pause, so that
another word of it lights up, is one cue; so is one that lies in several layers at the same time. The times of karaoke
are those of its syllables; parts of one word are joined.

Effects of karaoke are many cues, one a syllable, made from lines that stay in the file as comments: where both are, the
lines are read and what was made of them is not.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import SourceError
from clipaudio.timing.pieces import are_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clipaudio.captions.cue import Cue

__all__ = ["read_dialogues"]

_COLUMNS: Final = "layer start end style name marginl marginr marginv effect text".split()
_TIME: Final = re.compile(r"\s*(\d{1,5}):(\d\d?):(\d\d?)(?:[.:](\d{1,3}))?\s*")
_DRAWING: Final = re.compile(r"\\p(\d{1,6})")
_SYLLABLE: Final = re.compile(r"\\(kt|k[fo]?|K)[ \t]*(\d{1,6}(?:\.\d{1,3})?)")
_BLOCK: Final = re.compile(r"(?<!\\)\{([^{}]*)\}")
_COLOUR: Final = re.compile(r"(?<=&H)[0-9A-Fa-f]{1,8}")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_CLOSE: Final = 0.02
"""Seconds: times are hundredths, so that two that touch may be one apart."""


def read_dialogues(text: str) -> list[Cue]:
    r"""Return the cues of a file, words timed where it is karaoke.

    Raises
    ------
    SourceError
        There is no section of events, or a line of it is damaged; the message names the line.

    Examples
    --------
    >>> head = "[Script Info]\n\n[Events]\nFormat: Start, End, Name, Text\n"
    >>> [cue] = read_dialogues(head + r"Dialogue: 0:00:01.00,0:00:02.00,Ann,{\k30}Go {\k20}a{\k40}way")
    >>> cue.lines, cue.speaker, [(word.start, word.end) for word in cue.words]
    (('Go away',), 'Ann', [(1.0, 1.3), (1.3, 1.9)])
    """
    cues: list[tuple[Cue, str]] = []
    for cue, raw in _without_layers(sorted(_dialogues(text), key=lambda found: found[0].start)):
        if cues and _goes_on(cues[-1][0], cue) and _lights_up(cues[-1][1], raw):
            cues[-1] = (replace(cues[-1][0], end=cue.end), raw)
        else:
            cues.append((cue, raw))
    return [cue for cue, _ in cues]


def _without_layers(dialogues: Iterable[tuple[Cue, str]]) -> Iterable[tuple[Cue, str]]:
    """Return cues with their words, once each: the same text at the same time lies in several layers to look good."""
    kept: dict[Cue, tuple[Cue, str]] = {}
    for cue, raw in dialogues:
        timed = _with_words(cue, raw)
        before = kept.get(cue)
        if before is None or (bool(timed.words), _is_lit(raw)) > (bool(before[0].words), _is_lit(before[1])):
            kept[cue] = (timed, raw)
    return kept.values()


def _dialogues(text: str) -> Iterator[tuple[Cue, str]]:
    """Return the cue and the raw text of each line of dialogue, in the order of the file."""
    from clipaudio.captions.cue import Cue  # noqa: PLC0415 - a format loads its room on use
    from clipaudio.captions.formats.pysubs2_bridge import read_dialogue  # noqa: PLC0415 - as above

    events = list(_events(text))
    effects = {(event.kind, event.effect) for event in events}
    is_made = {("dialogue", "fx"), ("comment", "karaoke")} <= effects
    kept = ("comment", "karaoke") if is_made else None
    for event in events:
        if (event.kind, event.effect) != kept and (event.kind == "comment" or (is_made and event.effect == "fx")):
            continue
        raw = _without_drawings(event.values["text"])
        if lines := read_dialogue(raw):
            speaker = event.values.get("name", event.values.get("actor", "")).strip()
            yield Cue(event.start, event.end, lines, speaker=speaker or None), raw


class _Event(NamedTuple):
    """A line of events: "dialogue" or "comment", its effect in lower case, seconds, and its values by column."""

    kind: str
    effect: str
    start: float
    end: float
    values: dict[str, str]


def _events(text: str) -> Iterator[_Event]:
    """Return the dialogues, and the comments that can be read, in the order of the file."""
    section, columns, is_found = "", _COLUMNS, False
    for number, line in enumerate(_LINE_END.split(text), 1):
        kind, colon, rest = line.partition(":")
        kind = kind.strip().lower()
        if line.startswith("["):
            section = line.strip().lower()
            is_found |= section == "[events]"
        elif section != "[events]" or not colon:
            continue
        elif kind == "format":
            columns = [name.strip().lower() for name in rest.split(",")]
            if not {"start", "end", "text"} <= {*columns} or columns[-1] != "text":
                raise SourceError(f"line {number}: expected Start, End and, last, Text", path="$")
        elif kind in {"dialogue", "comment"}:
            values = dict(zip(columns, rest.split(",", len(columns) - 1), strict=False))
            times = [_TIME.fullmatch(values.get(name, "")) for name in ("start", "end")]
            if None not in times and "text" in values:
                start, end = (_seconds(found) for found in times if found is not None)
                yield _Event(kind, values.get("effect", "").strip().lower(), start, end, values)
            elif kind == "dialogue":
                raise SourceError(f"line {number}: no times and text of a dialogue: {line[:60]!r}", path="$")
    if not is_found:
        raise SourceError("the ASS file has no [Events]", path="$")


def _seconds(found: re.Match[str]) -> float:
    hours, minutes, seconds, part = found.groups(default="")
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int(part.ljust(3, "0"))) / 1000


def _without_drawings(text: str) -> str:
    """Return *text* without the shapes between an override with p1 or more and one with p0."""
    pieces = _BLOCK.split(text)
    kept, is_drawing = [pieces[0]], False
    for block, plain in zip(pieces[1::2], pieces[2::2], strict=True):
        if scales := _DRAWING.findall(block):
            is_drawing = int(scales[-1]) > 0
        kept.append(f"{{{block}}}{'' if is_drawing else plain}")
    return "".join(kept)


def _goes_on(cue: Cue, after: Cue) -> bool:
    """Return True if *after* shows the same text where *cue* ends."""
    return (cue.lines, cue.speaker) == (after.lines, after.speaker) and abs(after.start - cue.end) <= _CLOSE


def _is_lit(raw: str) -> bool:
    """Return True if an override stands inside the text, not only around all of it."""
    return any(piece and not piece.isspace() for piece in _inside(raw)[1:])


def _inside(raw: str) -> list[str]:
    """Return the stretches of text between overrides, without those before the first letter."""
    stretches = _BLOCK.split(raw)[::2]
    first = next((row for row, piece in enumerate(stretches) if piece and not piece.isspace()), 0)
    return stretches[first:]


def _lights_up(before: str, after: str) -> bool:
    """Return True if two raw texts of the same cue differ in which word is lit; a text said again does not.

    Inside the text, or, while the first or no word is lit, in colours alone. Karaoke lights up by itself.
    """
    if before == after or _SYLLABLE.search(before) or not (_BLOCK.search(before) and _BLOCK.search(after)):
        return False
    if _is_lit(before) and _is_lit(after):
        return True
    colours = [{*_COLOUR.findall(raw)} for raw in (before, after)]
    return all(colours) and (_is_lit(before) or _is_lit(after) or _COLOUR.sub("", before) == _COLOUR.sub("", after))


def _with_words(cue: Cue, raw: str) -> Cue:
    """Return *cue* with the words of its karaoke; unchanged if it has none, or if text and syllables differ."""
    from clipaudio.captions.cue import CueWord  # noqa: PLC0415 - a format loads on use

    if _SYLLABLE.search(raw) is None:
        return cue
    spans = list(_syllables(raw, cue.start))
    times = [time for text, *time in spans for _ in text if not _.isspace()]
    if len(times) != sum(not character.isspace() for line in cue.lines for character in line):
        return cue
    words, place = [], 0
    for row, line in enumerate(cue.lines):
        for found in re.finditer(r"\S+", line):
            own = times[place : place + len(found[0])]
            place += len(found[0])
            edges = [
                at for at in range(1, len(own)) if own[at] != own[at - 1] and are_apart(*found[0][at - 1 : at + 1])
            ]
            for first, stop in pairwise([0, *edges, len(own)]):
                start, end = min(own[first][0], cue.end), min(own[stop - 1][1], cue.end)
                head = found.start()
                words.append(CueWord(row, head + first, head + stop, start, max(start, end)))
    return replace(cue, words=tuple(words))


def _syllables(text: str, now: float) -> Iterator[tuple[str, float, float]]:
    """Return the plain text of each syllable with its start and end; text before the first has no length."""
    pieces = _BLOCK.split(text)
    begin = end = now
    for block, plain in zip(["", *pieces[1::2]], pieces[::2], strict=True):
        for kind, hundredths in _SYLLABLE.findall(block):
            if kind == "kt":  # from the start of the cue
                now = end = round(begin + float(hundredths) / 100, 6)
            else:
                now, end = end, round(end + float(hundredths) / 100, 6)
        yield re.sub(r"\\[Nnh]", " ", plain), now, end
