r"""Cues into Advanced SubStation Alpha text (.ass): plain, as karaoke, or with the word now spoken in its own colour.

Times are whole centiseconds, rounded once, so that words, cues and highlights meet exactly. Text is escaped as libass
reads it (https://github.com/libass/libass/wiki/ASSv5-Override-Tags): braces as `\{` and `\}`; a backslash has no
escape, so a word joiner comes after it where it would be read with what follows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from clipaudio.captions.escaping import escape
from clipaudio.captions.formats.ass_style import FIELDS, Style, colour_override, style_line
from clipaudio.captions.sanitize import prepare
from clipaudio.captions.timestamp import to_units
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]

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
    r"""Give *cues* as ASS text; a cue without text is left out.

    Parameters
    ----------
    words
        "k" colours each word when it is spoken, "kf" while it is spoken. "highlight" shows three states: each word
        spoken makes an event of the whole text, one ends where the next begins, so that nothing flickers.
    style
        How everything looks.
    resolution
        Width and height of the picture in which the style and *position* count.
    position
        Where the point of the alignment stands, from the left and the top; None for the style's margins.
    title
        Of the script, one line.

    Raises
    ------
    ExportError
        A time is not finite, or an option is not as described.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue, CueWord
    >>> cue = Cue(0.5, 2.0, ("Oh, {no}",), (CueWord(0, 0, 2, 0.6, 0.9), CueWord(0, 4, 8, 1.1, 1.9)))
    >>> print(dumps([cue], words="k").splitlines()[-1])
    Dialogue: 0,0:00:00.50,0:00:02.00,Default,,0,0,0,,{\k10}{\k50}Oh, {\k80}\{no\}
    """
    if words not in ("plain", "k", "kf", "highlight"):
        raise ExportError(f'words is {words!r}; expected "plain", "k", "kf" or "highlight"')
    if min(resolution) < 1:
        raise ExportError(f"the resolution is {resolution}; expected a width and a height above 0")
    kept = prepare(cues, words=words != "plain").cues
    place = "" if position is None else rf"{{\pos({position[0]:g},{position[1]:g})}}"
    out = [_head(style, resolution, title)]
    for cue, (start, end) in zip(kept, to_units(kept, 100), strict=True):
        middle = f",{style.name},{_name(cue.speaker)},0,0,0,,{place}"
        if words == "plain" or not cue.words:
            out.append(f"Dialogue: 0,{_clock(start)},{_clock(end)}{middle}{_escape(chr(10).join(cue.lines))}\n")
        elif words == "highlight":
            out += [f"Dialogue: 0,{a},{b}{middle}{text}\n" for a, b, text in _highlights(cue, start, end, style)]
        else:
            out.append(f"Dialogue: 0,{_clock(start)},{_clock(end)}{middle}{_karaoke(cue, start, words)}\n")
    return "".join(out)


def _head(style: Style, resolution: tuple[int, int], title: str) -> str:
    name = f"Title: {' '.join(title.split())}\n" if title.strip() else ""
    return (
        f"[Script Info]\n{name}ScriptType: v4.00+\nPlayResX: {resolution[0]}\nPlayResY: {resolution[1]}\n"
        "WrapStyle: 0\nScaledBorderAndShadow: yes\n\n"
        f"[V4+ Styles]\nFormat: {FIELDS}\n{style_line(style)}\n\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )


def _clock(centiseconds: int) -> str:
    minutes, rest = divmod(centiseconds, 6000)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{_TWO[minute]}:{_TWO[rest // 100]}.{_TWO[rest % 100]}"


def _name(speaker: str | None) -> str:
    """Give the name as a field, which a comma would end."""
    return "" if speaker is None else speaker.replace(",", ";")


def _escape(text: str) -> str:
    if "\\" in text:
        text = escape(text, "ass")
    return text.replace("{", r"\{").replace("}", r"\}").replace("\n", r"\N")


def _pieces(cue: Cue, start: int) -> tuple[list[str], list[int]]:
    """Give the escaped text of each word with what follows it, and when each is spoken in centiseconds."""
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
    """Give start, end and text of one event a word; the first lasts from, the last until that of the cue."""
    texts, times = _pieces(cue, start)
    last = min(max(int(cue.words[-1].end * 100 + 0.5), times[-1]), end)
    past, current, future = map(colour_override, (style.colour, style.current_colour, style.future_colour))
    edges = sorted({start, *(time for time in times if time < end), last, end})
    for a, b in pairwise(edges):
        reached = bisect_right(times, a)
        said = reached if a >= last else bisect_left(times, a)
        groups = ((past, texts[:said]), (current, texts[said:reached]), (future, texts[reached:]))
        yield _clock(a), _clock(b), "".join([colour + "".join(group) for colour, group in groups if group])
