"""A style in WebVTT: the settings of each cue place it, a style sheet colours it.

Players place a cue by the number of its first line, counted from the top or, if negative, from the bottom. A line takes
8/15 of a tenth of the picture, see https://www.w3.org/TR/webvtt1/#processing-cue-settings. Sizes of text are relative
to the player's own, which is a twentieth of the height.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from clipaudio.captions.formats.webvtt_blocks import CueSettings, StyleSheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.style import CaptionStyle

__all__ = ["WebvttLook", "dress"]

_FONT: Final = 1 / 20
_LINE: Final = 4 / 75


class WebvttLook(TypedDict, total=False):
    """Arguments of `webvtt.dumps` that depend on a style."""

    settings: Callable[[Cue], CueSettings]
    blocks: Iterable[StyleSheet]


def dress(style: CaptionStyle | None, *, has_words: bool = False) -> WebvttLook:
    """Return the arguments of `webvtt.dumps` for *style*; none for None.

    Parameters
    ----------
    has_words
        Colour the words that are spoken, and those to come.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> from clipaudio.captions.style import CaptionStyle
    >>> look = dress(CaptionStyle(position="top-left", margin="10%", side_margin="5%"))
    >>> str(look["settings"](Cue(0, 1, ("Hi",))))
    'line:2 position:5% size:90% align:left'
    """
    if style is None:
        return {}
    side, vertical = style.margin_shares
    size = style.font_share / _FONT
    edge = round(vertical / (_LINE * size))

    def place(cue: Cue) -> CueSettings:
        count = len(cue.lines)
        line: str | int = {"bottom": -(edge + count), "top": edge, "middle": 0}[style.row]
        if style.row == "middle":
            line = f"{100 * max(0.5 - count * _LINE * size / 2, 0):.4g}%"
        at = {"left": side, "center": 0.5, "right": 1 - side}[style.side]
        return CueSettings(line=line, position=f"{100 * at:.4g}%", size=f"{100 - 200 * side:.4g}%", align=style.side)

    return {"settings": place, "blocks": (StyleSheet(_css(style, size, has_words=has_words)),)}


def _css(style: CaptionStyle, size: float, *, has_words: bool) -> str:
    rules = [
        f"color: {style.colour}",
        f"background-color: {style.box or 'transparent'}",
        f'font-family: "{style.font}", sans-serif',
        f"font-size: {100 * size:.4g}%",
        f"font-weight: {'bold' if style.bold else 'normal'}",
    ]
    if style.outline_pixels and style.box is None:
        wide = f"{style.outline_pixels / style.font_pixels:.3f}em"
        corners = [f"{x}{wide} {y}{wide} 0 {style.outline_colour}" for x in ("", "-") for y in ("", "-")]
        rules.append(f"text-shadow: {', '.join(corners)}")
    css = f"::cue {{ {'; '.join(rules)} }}"
    if has_words:
        css += f"\n::cue(c:past) {{ color: {style.colour} }}\n::cue(c:future) {{ color: {style.future} }}"
    return css
