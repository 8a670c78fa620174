"""Draw the shapes of a mouth in ASS, so that libass shows them in a video: lips, an opening, teeth.

A shape is a stack of ellipses, drawn by the vector commands of ASS (http://www.tcax.org/docs/ass-specs.htm, appendix
C). Shapes are those of Rhubarb.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.captions.formats import ass
from clipaudio.captions.formats.ass_style import Style

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["draw_mouth"]

_ROUND: Final = 0.5523  # of the radius: where a Bézier curve needs its handles to look like a quarter of a circle
_LIPS, _INSIDE, _TEETH = "6A5FC8", "1E1440", "F5F5F5"  # blue, green, red, as ASS writes colours


class _Look(NamedTuple):
    """Width and height of the opening as shares of the mouth, and the height of the teeth in it."""

    width: float
    height: float
    teeth: float = 0.0


_LOOKS: Final = {
    "A": _Look(0.72, 0.0),
    "B": _Look(0.74, 0.12, 0.12),
    "C": _Look(0.70, 0.34, 0.10),
    "D": _Look(0.72, 0.62, 0.12),
    "E": _Look(0.52, 0.42),
    "F": _Look(0.28, 0.24),
    "G": _Look(0.66, 0.10, 0.10),
    "H": _Look(0.66, 0.42, 0.10),
    "X": _Look(0.64, 0.0),
}
_STYLE: Final = Style(name="Mouth", size=10, outline=0, alignment=7, margins=(0, 0, 0))


def draw_mouth(shapes: Timeline, *, resolution: tuple[int, int], centre: tuple[float, float], width: float) -> str:
    r"""Return an ASS file that draws *shapes*, which are named as Rhubarb's, one after another.

    Parameters
    ----------
    shapes
        Mouth shapes, tidy; unknown names are drawn at rest.
    resolution
        Width and height of the picture in pixels.
    centre
        Place of the middle of the mouth from the left and the top, pixels.
    width
        Width of the mouth in pixels.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> shapes = Timeline(("A", "D"), [[0, 0.1], [0.1, 0.2]])
    >>> text = draw_mouth(shapes, resolution=(640, 360), centre=(320, 180), width=90)
    >>> text.count("Dialogue:"), text.splitlines()[-1][:60]
    (5, 'Dialogue: 2,0:00:00.10,0:00:00.20,Mouth,,0,0,0,,{\\an7\\pos(32')
    """
    out = [ass.dumps([], style=_STYLE, resolution=resolution)]
    for label, (start, end) in zip(shapes.labels, shapes.times.tolist(), strict=True):
        first, last = (int(time * 100 + 0.5) for time in (start, end))
        if last <= first:
            continue
        for layer, (colour, (across, high), drop) in enumerate(_parts(_LOOKS.get(label, _LOOKS["X"]))):
            x, y = centre[0], centre[1] + drop * width / 2
            path = _ellipse(across * width / 2, max(high * width / 2, 1.0))
            times = f"{ass.format_centiseconds(first)},{ass.format_centiseconds(last)}"
            place = f"{{\\an7\\pos({x:.0f},{y:.0f})\\1c&H{colour}&\\p1}}"
            out.append(f"Dialogue: {layer},{times},Mouth,,0,0,0,,{place}{path}{{\\p0}}\n")
    return "".join(out)


def _parts(look: _Look) -> list[tuple[str, tuple[float, float], float]]:
    """Return colour, half axes and drop of each ellipse, from behind to the front."""
    parts = [
        (_LIPS, (look.width + 0.22, look.height + 0.22), 0.0),
        (_INSIDE, (look.width, max(look.height, 0.02)), 0.0),
    ]
    if look.teeth:
        parts.append((_TEETH, (look.width * 0.72, look.teeth * 0.6), -(look.height - look.teeth) * 0.55))
    return parts


def _ellipse(across: float, high: float) -> str:
    """Return an ellipse around the origin as four curves."""
    a, b = across * _ROUND, high * _ROUND
    points = [
        (-across, -b, -a, -high, 0, -high),
        (a, -high, across, -b, across, 0),
        (across, b, a, high, 0, high),
        (-a, high, -across, b, -across, 0),
    ]
    curves = " ".join(["b " + " ".join([f"{value:.1f}" for value in row]) for row in points])
    return f"m {-across:.1f} 0 {curves}"
