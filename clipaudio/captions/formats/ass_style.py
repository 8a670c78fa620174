"""Styles of ASS: fonts, colours, places.

Fields: http://www.tcax.org/docs/ass-specs.htm. Colours here are `#RRGGBB` or `#RRGGBBAA`, AA ff for opaque; ASS itself
writes them in reverse, with the transparency first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from clipaudio.captions.style import CaptionStyle

__all__ = ["FIELDS", "AssLook", "Style", "dress", "format_colour", "format_style"]

FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, "
    "StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, "
    "Encoding"
)
_COLOUR = re.compile("#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")


@dataclass(frozen=True, kw_only=True)
class Style:
    """One style of an ASS file; lengths refer to its own picture, see `resolution` of `ass.dumps`.

    Parameters
    ----------
    colour
        Colour of text; with karaoke, of spoken text.
    future_colour
        With karaoke, colour of text not spoken yet.
    current_colour
        With highlighted words, colour of the spoken word.
    alignment
        As on a numeric pad: 2 is bottom centre.
    boxed
        Show a box of `back_colour` instead of an outline; `outline` is the width of its edge.
    """

    name: str = "Default"
    font: str = "Arial"
    size: float = 60
    colour: str = "#ffffff"
    future_colour: str = "#c0c0c0"
    current_colour: str = "#ffd700"
    outline_colour: str = "#000000"
    back_colour: str = "#00000080"
    bold: bool = False
    italic: bool = False
    outline: float = 3
    shadow: float = 0
    boxed: bool = False
    alignment: int = 2
    margins: tuple[int, int, int] = (60, 60, 60)

    def __post_init__(self) -> None:
        for name in ("colour", "future_colour", "current_colour", "outline_colour", "back_colour"):
            if not _COLOUR.fullmatch(getattr(self, name)):
                raise ExportError(f"{name} is {getattr(self, name)!r}; expected #RRGGBB or #RRGGBBAA")
        for name in ("name", "font"):
            value = getattr(self, name)
            if not value.strip() or "," in value or not value.isprintable():
                raise ExportError(f"the {name} of a style is {value!r}; expected one line without a comma")
        if self.alignment not in range(1, 10):
            raise ExportError(f"alignment is {self.alignment}; expected 1 to 9, as on the keys of a numeric pad")


class AssLook(TypedDict, total=False):
    """Arguments of `ass.dumps` that depend on a style."""

    style: Style
    resolution: tuple[int, int]


def dress(style: CaptionStyle | None) -> AssLook:
    """Return the arguments of `ass.dumps` for *style*; none for None.

    Examples
    --------
    >>> from clipaudio.captions.style import find_style
    >>> dress(find_style("podcast"))["style"].alignment
    5
    """
    if style is None:
        return {}
    side, vertical = style.margin_pixels
    look = Style(
        font=style.font,
        size=style.font_pixels,
        colour=style.colour,
        future_colour=style.future,
        current_colour=style.highlight,
        outline_colour=style.outline_colour,
        back_colour=style.box or "#00000080",
        bold=style.bold,
        outline=max(round(style.font_pixels / 12), 1) if style.box else style.outline_pixels,
        boxed=style.box is not None,
        alignment=style.alignment,
        margins=(side, side, vertical),
    )
    return {"style": look, "resolution": style.resolution}


def format_style(style: Style) -> str:
    """Return the line of *style* in the file.

    >>> format_style(Style(size=48, bold=True))[:60]
    'Style: Default,Arial,48,&H00FFFFFF,&H00C0C0C0,&H00000000,&H7'
    """
    edge = style.back_colour if style.boxed else style.outline_colour  # players fill the box with that of the outline
    colours = (style.colour, style.future_colour, edge, style.back_colour)
    values = [
        style.name,
        style.font,
        f"{style.size:g}",
        *[_colour(colour) for colour in colours],
        *[str(-1 if flag else 0) for flag in (style.bold, style.italic, False, False)],
        "100,100,0,0",
        "3" if style.boxed else "1",
        f"{style.outline:g}",
        f"{style.shadow:g}",
        str(style.alignment),
        *map(str, style.margins),
        "1",
    ]
    return f"Style: {','.join(values)}"


def format_colour(colour: str) -> str:
    r"""Return the override that colours the text after it.

    >>> format_colour("#ffd700")
    '{\\1c&H00D7FF&\\1a&H00&}'
    """
    whole = _colour(colour)
    return rf"{{\1c&H{whole[4:]}&\1a{whole[:4]}&}}"


def _colour(colour: str) -> str:
    red, green, blue, opaque = bytes.fromhex(colour[1:].ljust(8, "f"))
    return f"&H{255 - opaque:02X}{blue:02X}{green:02X}{red:02X}"
