r"""Write Advanced SubStation Alpha (.ass): plain, as karaoke, or with the spoken word highlighted.

Times are whole centiseconds, rounded once, so that words, cues and highlights meet exactly. Braces of the text are
written in full width: libass alone reads `\{` as a brace, and ffmpeg runs `\{\b1\}` as an override
(https://github.com/libass/libass/wiki/Libass'-ASS-Extensions). A backslash has no escape, so a word joiner follows it
if it would be read with the next character.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from clipaudio.captions.escaping import escape, widen_braces
from clipaudio.captions.formats.ass_style import FIELDS, Style, format_colour, format_style
from clipaudio.captions.sanitize import prepare
from clipaudio.captions.timestamp import round_to_units
from clipaudio.errors import ExportError
from clipaudio.text import close_directions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clipaudio.captions.cue import Cue

__all__ = ["dumps", "format_centiseconds"]

_DEFAULT = Style()
_TWO = tuple(f"{number:02d}" for number in range(100))


def dumps(
    cues: Iterable[Cue],
    *,
    words: Literal["plain", "k", "kf", "highlight"] = "plain",
    style: Style = _DEFAULT,
    resolution: tuple[int, int] = (1920, 1080),
    position: tuple[float, float] | None = None,
    title: str = "",
) -> str:
    r"""Return *cues* as ASS text, without cues that have no text.

    Parameters
    ----------
    words
        "k" colours each word when it is spoken, "kf" while it is spoken. "highlight" shows three states: each spoken
        word is one event with the whole text, and events touch, so that nothing flickers.
    style
        Appearance of the text.
    resolution
        Width and height of the picture for the style and *position*.
    position
        Place of the alignment point from the left and the top; None uses the margins of the style.
    title
        Title of the script, one line.

    Raises
    ------
    ExportError
        A time is not finite, or an option is not as described.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue, CueWord
    >>> cue = Cue(0.5, 2.0, ("Oh, {no}",), (CueWord(0, 0, 2, 0.6, 0.9), CueWord(0, 4, 8, 1.1, 1.9)))
    >>> print(dumps([cue], words="k").splitlines()[-1])
    Dialogue: 0,0:00:00.50,0:00:02.00,Default,,0,0,0,,{\k10}{\k50}Oh, {\k80}｛⁠no｝⁠
    """
    if words not in ("plain", "k", "kf", "highlight"):
        raise ExportError(f'words is {words!r}; expected "plain", "k", "kf" or "highlight"')
    if min(resolution) < 1:
        raise ExportError(f"the resolution is {resolution}; expected a width and a height above 0")
    kept = prepare(cues, words=words != "plain").cues
    place = "" if position is None else rf"{{\pos({position[0]:g},{position[1]:g})}}"
    out = [_head(style, resolution, title)]
    for cue, (start, end) in zip(kept, round_to_units(kept, 100), strict=True):
        head = f"Dialogue: 0,{format_centiseconds(start)},{format_centiseconds(end)}"
        middle = f",{style.name},{_name(cue.speaker)},0,0,0,,{place}"
        if words == "plain" or not cue.words:
            out.append(f"{head}{middle}{_escape(chr(10).join(cue.lines))}\n")
        elif words == "highlight":
            out += [f"Dialogue: 0,{a},{b}{middle}{text}\n" for a, b, text in _highlights(cue, start, end, style)]
        else:
            out.append(f"{head}{middle}{_karaoke(cue, start, words)}\n")
    return "".join(out)


def _head(style: Style, resolution: tuple[int, int], title: str) -> str:
    name = f"Title: {close_directions(' '.join(title.split()))}\n" if title.strip() else ""
    return (
        f"[Script Info]\n{name}ScriptType: v4.00+\nPlayResX: {resolution[0]}\nPlayResY: {resolution[1]}\n"
        "WrapStyle: 0\nScaledBorderAndShadow: yes\n\n"
        f"[V4+ Styles]\nFormat: {FIELDS}\n{format_style(style)}\n\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )


def format_centiseconds(centiseconds: int) -> str:
    """Return a time as ASS writes it.

    >>> format_centiseconds(6_012)
    '0:01:00.12'
    """
    minutes, rest = divmod(centiseconds, 6000)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{_TWO[minute]}:{_TWO[rest // 100]}.{_TWO[rest % 100]}"


def _name(speaker: str | None) -> str:
    """Return the name as a field, without commas."""
    return "" if speaker is None else speaker.replace(",", ";")


def _escape(text: str) -> str:
    if "\\" in text:
        text = escape(text, "ass")
    return widen_braces(text).replace("\n", r"\N")


def _pieces(cue: Cue, start: int) -> tuple[list[str], list[int]]:
    """Return the escaped text of each word with the text after it, and their times in centiseconds."""
    texts: list[str] = []
    times: list[int] = []
    for number, line in enumerate(cue.pieces()):
        if number:
            texts[-1] += r"\N"
        for piece in line:
            texts.append(_escape(piece.text))
            times.append(max(int(piece.start * 100 + 0.5), times[-1] if times else start))
    return texts, times


def _karaoke(cue: Cue, start: int, tag: str) -> str:
    texts, times = _pieces(cue, start)
    times.append(max(int(cue.words[-1].end * 100 + 0.5), times[-1]))
    lead = rf"{{\k{times[0] - start}}}" if times[0] > start else ""
    return lead + "".join([rf"{{\{tag}{b - a}}}{text}" for text, (a, b) in zip(texts, pairwise(times), strict=True)])


def _highlights(cue: Cue, start: int, end: int, style: Style) -> Iterator[tuple[str, str, str]]:
    """Yield start, end and text of one event per word; together they cover the cue."""
    texts, times = _pieces(cue, start)
    last = min(max(int(cue.words[-1].end * 100 + 0.5), times[-1]), end)
    past, current, future = map(format_colour, (style.colour, style.current_colour, style.future_colour))
    edges = sorted({start, *(time for time in times if time < end), last, end})
    for a, b in pairwise(edges):
        reached = bisect_right(times, a)
        said = reached if a >= last else bisect_left(times, a)
        groups = ((past, texts[:said]), (current, texts[said:reached]), (future, texts[reached:]))
        yield (
            format_centiseconds(a),
            format_centiseconds(b),
            "".join([colour + "".join(group) for colour, group in groups if group]),
        )
