"""Blocks of WebVTT besides cues: notes, style sheets, regions; and the settings of a cue.

Grammar: https://www.w3.org/TR/webvtt1/#syntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Final

from clipaudio.errors import ExportError

__all__ = ["KARAOKE", "CueSettings", "Note", "Region", "StyleSheet"]

_PERCENT = r"(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%"
_ANCHOR = re.compile(rf"{_PERCENT},{_PERCENT}")
_GRAMMAR = {
    "vertical": re.compile("rl|lr"),
    "line": re.compile(rf"(?:-?\d+|{_PERCENT})(?:,(?:start|center|end))?"),
    "position": re.compile(rf"{_PERCENT}(?:,(?:line-left|center|line-right))?"),
    "size": re.compile(_PERCENT),
    "align": re.compile("start|center|end|left|right"),
    "region": re.compile(r"(?:(?!-->)\S)+"),
}


@dataclass(frozen=True, kw_only=True)
class CueSettings:
    """Position of cues; each value as in WebVTT, None for the default of the player.

    Examples
    --------
    >>> str(CueSettings(line="85%", align="center"))
    'line:85% align:center'
    >>> CueSettings.parse("size:80% line:-2")
    CueSettings(vertical=None, line='-2', position=None, size='80%', align=None, region=None)
    """

    vertical: str | None = None
    line: str | int | None = None
    position: str | None = None
    size: str | None = None
    align: str | None = None
    region: str | None = None

    def __post_init__(self) -> None:
        for name, grammar in _GRAMMAR.items():
            value = getattr(self, name)
            if value is not None and not grammar.fullmatch(str(value)):
                raise ExportError(f"{name}:{value} is no setting of a WebVTT cue; expected {grammar.pattern}")

    def __str__(self) -> str:
        pairs = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return " ".join(f"{name}:{value}" for name, value in pairs if value is not None)

    @classmethod
    def parse(cls, text: str) -> CueSettings:
        """Parse settings, which follow the times of a cue.

        Raises
        ------
        ExportError
            *text* does not follow the grammar of WebVTT.
        """
        values: dict[str, str] = {}
        for part in text.split():
            name, _, value = part.partition(":")
            if name not in _GRAMMAR or name in values:
                raise ExportError(f"{part!r} is no setting of a WebVTT cue; there are {', '.join(_GRAMMAR)}, once each")
            values[name] = value
        return cls(**values)


@dataclass(frozen=True)
class Note:
    r"""A comment in the file, not shown.

    >>> str(Note("Made by hand"))
    'NOTE\nMade by hand'
    """

    text: str

    def __str__(self) -> str:
        return f"NOTE\n{_checked(self.text, 'a note')}"


@dataclass(frozen=True)
class StyleSheet:
    r"""CSS with `::cue` rules.

    >>> str(StyleSheet("::cue { color: yellow }"))
    'STYLE\n::cue { color: yellow }'
    """

    css: str

    def __str__(self) -> str:
        return f"STYLE\n{_checked(self.css, 'a style sheet')}"


@dataclass(frozen=True, kw_only=True)
class Region:
    r"""A part of the picture that cues refer to in their settings.

    >>> str(Region(id="left", width="40%", lines=2))
    'REGION\nid:left\nwidth:40%\nlines:2\nregionanchor:0%,100%\nviewportanchor:0%,100%'
    """

    id: str
    width: str = "100%"
    lines: int = 3
    region_anchor: str = "0%,100%"
    viewport_anchor: str = "0%,100%"
    scroll: bool = False

    def __post_init__(self) -> None:
        right = (
            _GRAMMAR["region"].fullmatch(self.id)
            and _GRAMMAR["size"].fullmatch(self.width)
            and self.lines >= 0
            and _ANCHOR.fullmatch(self.region_anchor)
            and _ANCHOR.fullmatch(self.viewport_anchor)
        )
        if not right:
            raise ExportError(f"{self} is no region; expected an id without spaces, and percentages such as 10%,90%")

    def __str__(self) -> str:
        scroll = "\nscroll:up" if self.scroll else ""
        return (
            f"REGION\nid:{self.id}\nwidth:{self.width}\nlines:{self.lines}\n"
            f"regionanchor:{self.region_anchor}\nviewportanchor:{self.viewport_anchor}{scroll}"
        )


KARAOKE: Final = StyleSheet("::cue(c:past) { color: white }\n::cue(c:future) { color: gray }")
"""Shows spoken words in white and those to come in gray."""


def _checked(text: str, what: str) -> str:
    text = text.strip()
    if not text or "-->" in text or "\x00" in text or any(not line.strip() for line in text.splitlines()):
        raise ExportError(f"{what} is empty or holds -->, NUL or a blank line, which WebVTT cannot: {text!r}")
    return "\n".join(text.splitlines())
