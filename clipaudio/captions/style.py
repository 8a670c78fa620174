"""Appearance of captions: one style, which each format carries as far as it can.

Conventions
-----------
A length is a number of pixels of the picture, or text such as "5%": of the height for vertical margins, of the width
for margins at the sides, of the shorter side for all else. So a preset fits a picture of any size. A colour is
`#rrggbb`, `#rrggbbaa` (aa ff is opaque) or one of a few names.

Sources of the presets' margins, which no app documents in pixels for all devices: the working margins of
socaptions.com/blog/tiktok-safe-zones-2026 (at 1080x1920: top 250, bottom 420, right 170) and
youraithumbnailgenerator.com/guides/youtube-shorts-safe-zones-complete-guide (bottom 480), both read in November 2026.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["POSITIONS", "STYLES", "CaptionStyle", "Length", "change_style", "find_style", "parse_resolution"]

Length: TypeAlias = float | str
POSITIONS: Final = MappingProxyType(
    {
        "bottom-left": 1,
        "bottom": 2,
        "bottom-right": 3,
        "left": 4,
        "middle": 5,
        "right": 6,
        "top-left": 7,
        "top": 8,
        "top-right": 9,
    }
)
"""Places of the text -> keys of a numeric pad, as in ASS."""

_NAMES: Final = MappingProxyType(
    {
        "black": "#000000",
        "blue": "#0000ff",
        "cyan": "#00ffff",
        "gray": "#808080",
        "green": "#008000",
        "lime": "#00ff00",
        "magenta": "#ff00ff",
        "orange": "#ffa500",
        "red": "#ff0000",
        "white": "#ffffff",
        "yellow": "#ffff00",
    }
)
_COLOUR: Final = re.compile("#[0-9a-f]{6}(?:[0-9a-f]{2})?")
_RESOLUTION: Final = re.compile(r"(\d{2,5})[xX×:](\d{2,5})", re.ASCII)
_MOST_PIXELS: Final = 16_384


@dataclass(frozen=True, kw_only=True)
class CaptionStyle:
    """Appearance of captions in a picture.

    Parameters
    ----------
    name
        As `--style` knows it.
    resolution
        Width and height of the picture in pixels.
    font
        Name of the font family.
    size
        Height of the text, a length.
    colour, highlight, future
        Colours of the text, of the word being spoken, and of words to come; the last two in formats with words.
    outline
        Width of the line around the letters, a length; 0 for none.
    outline_colour
        Its colour.
    box
        Colour of a box behind the text, None for no box.
    bold
        Whether the text is bold.
    position
        "bottom", "top", "middle", "left", "right", or a corner such as "top-left".
    margin
        Distance of the text from the top or bottom, a length.
    side_margin
        Distance from the left and the right, a length.
    profile
        Name of the limits that fit the style, if none are chosen; None for the usual ones.

    Raises
    ------
    ExportError
        A value is not as described.

    Examples
    --------
    >>> style = find_style("tiktok")
    >>> style.resolution, style.font_pixels, style.margin_pixels
    ((1080, 1920), 66, (170, 420))
    """

    name: str = "custom"
    resolution: tuple[int, int] = (1920, 1080)
    font: str = "Arial"
    size: Length = "5.5%"
    colour: str = "#ffffff"
    highlight: str = "#ffd700"
    future: str = "#c0c0c0"
    outline: Length = "0.3%"
    outline_colour: str = "#000000"
    box: str | None = None
    bold: bool = False
    position: str = "bottom"
    margin: Length = "5.5%"
    side_margin: Length = "5.5%"
    profile: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "resolution", parse_resolution(self.resolution))
        for name in ("colour", "highlight", "future", "outline_colour", "box"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _parse_colour(name, value))
        if not self.font.strip() or not self.font.isprintable() or set(self.font) & set(",;\"'{}<>&"):
            raise ExportError(f"font is {self.font!r}; expected the name of one font family, without , ; or quotes")
        if self.position not in POSITIONS:
            raise ExportError(f"position is {self.position!r}; expected one of {', '.join(POSITIONS)}")
        width, height = self.resolution
        for name in ("size", "outline", "margin", "side_margin"):
            share = self._share(name)
            if not (0 < share <= 1 if name == "size" else 0 <= share < 0.5):  # half a picture leaves no text
                raise ExportError(
                    f"{name} is {getattr(self, name)!r} in a picture of {width}x{height}; expected pixels, or percent"
                    ' such as "5%", of less than half of the picture'
                )

    @property
    def alignment(self) -> int:
        """The place of the text as a key of a numeric pad: 2 is bottom centre."""
        return POSITIONS[self.position]

    @property
    def row(self) -> Literal["bottom", "middle", "top"]:
        """The vertical place of the text."""
        rows: tuple[Literal["bottom", "middle", "top"], ...] = ("bottom", "middle", "top")
        return rows[(self.alignment - 1) // 3]

    @property
    def side(self) -> Literal["left", "center", "right"]:
        """The horizontal place of the text."""
        sides: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
        return sides[(self.alignment - 1) % 3]

    @property
    def font_pixels(self) -> int:
        """Height of the text in pixels, at least 1."""
        return max(round(self._share("size") * self._base("size")), 1)

    @property
    def outline_pixels(self) -> float:
        """Width of the outline in pixels, in tenths."""
        return round(self._share("outline") * self._base("outline"), 1)

    @property
    def margin_pixels(self) -> tuple[int, int]:
        """Margins in pixels: at the sides, and at the top or bottom."""
        side, vertical = (self._share(name) * self._base(name) for name in ("side_margin", "margin"))
        return round(side), round(vertical)

    @property
    def margin_shares(self) -> tuple[float, float]:
        """Margins as shares of the width and the height."""
        return self._share("side_margin"), self._share("margin")

    @property
    def font_share(self) -> float:
        """Height of the text as a share of the height of the picture."""
        return self.font_pixels / self.resolution[1]

    def _base(self, name: str) -> int:
        width, height = self.resolution
        return {"margin": height, "side_margin": width}.get(name, min(width, height))

    def _share(self, name: str) -> float:
        """Return a length as a share of what it refers to; NaN if it is none."""
        value: Length = getattr(self, name)
        try:
            if isinstance(value, str) and value.strip().endswith("%"):
                return float(value.strip()[:-1]) / 100
            return float(value) / self._base(name)
        except ValueError:
            return math.nan


def parse_resolution(value: str | tuple[int, int]) -> tuple[int, int]:
    """Return width and height, pixels, of text such as "1080x1920".

    Raises
    ------
    ExportError
        The text is of another form, or a side is not from 16 to 16384.

    Examples
    --------
    >>> parse_resolution("1080x1920")
    (1080, 1920)
    """
    found = _RESOLUTION.fullmatch(value.strip()) if isinstance(value, str) else None
    sides = (int(found[1]), int(found[2])) if found else value
    if isinstance(sides, str) or not all(16 <= side <= _MOST_PIXELS for side in sides):
        raise ExportError(
            f"the resolution is {value!r}; expected width and height such as 1080x1920, each from 16 to {_MOST_PIXELS}"
        )
    return sides


def _parse_colour(name: str, value: str) -> str:
    colour = _NAMES.get(value.strip().lower(), value.strip().lower())
    if not _COLOUR.fullmatch(colour):
        raise ExportError(f"{name} is {value!r}; expected #rrggbb, #rrggbbaa, or one of {', '.join(_NAMES)}")
    return colour


STYLES: Final[Mapping[str, CaptionStyle]] = MappingProxyType(
    {
        style.name: style
        for style in (
            # above the player's controls; a box reads on any picture
            CaptionStyle(name="youtube", size="5.2%", outline=0, box="#080808bf", margin="8%", profile="youtube"),
            # clear of title, channel and buttons: see the sources above
            CaptionStyle(
                name="shorts",
                resolution=(1080, 1920),
                size="6.5%",
                bold=True,
                outline="0.5%",
                margin="26%",
                side_margin="15.75%",
                profile="shorts",
            ),
            CaptionStyle(
                name="tiktok",
                resolution=(1080, 1920),
                size=66,
                bold=True,
                outline=6,
                margin=420,
                side_margin=170,
                profile="social",
            ),
            # an audiogram: large words in the middle of a square
            CaptionStyle(
                name="podcast",
                resolution=(1080, 1080),
                size="7.5%",
                bold=True,
                outline="0.2%",
                future="#9a9a9a",
                position="middle",
                side_margin="8%",
                profile="shorts",
            ),
        )
    }
)


def find_style(style: str | CaptionStyle) -> CaptionStyle:
    """Find a style by its name; a `CaptionStyle` is returned unchanged.

    Raises
    ------
    ExportError
        There is no style of that name; the message lists all.

    Examples
    --------
    >>> find_style("podcast").position
    'middle'
    """
    if isinstance(style, CaptionStyle):
        return style
    found = STYLES.get(style.strip().lower())
    if found is None:
        raise ExportError(f"no style {style!r}; there are {', '.join(STYLES)}")
    return found


def change_style(style: CaptionStyle, changes: Mapping[str, Any]) -> CaptionStyle:
    """Return *style* with other values; lengths that stay keep their share of another resolution.

    >>> change_style(find_style("tiktok"), {"resolution": "720x1280", "margin": 300}).margin_pixels
    (113, 300)
    """
    kept = {name: f"{style._share(name) * 100:.6g}%" for name in ("size", "outline", "margin", "side_margin")}  # noqa: SLF001 - of this module
    return replace(style, **(kept | dict(changes)))
