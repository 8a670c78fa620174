"""Write mouth shapes as a switch track of Moho, like Rhubarb Lip Sync: a video frame and a shape per line.

Frames count from 1. A shape on the same frame as the one before is left out; the last line closes the mouth. Unlike
that tool, times are not first cut to hundredths, so a closure of one video frame keeps it. Format:
exporters/DatExporter.cpp of version 1.14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clipaudio.lipsync.formats.rhubarb import SHAPES, draw_without
from clipaudio.lipsync.formats.shared import check_rate, check_shapes, find_frames, to_frame

if TYPE_CHECKING:
    from fractions import Fraction

    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps"]

_PRESTON_BLAIR: Final = dict(zip(SHAPES, "MBP etc E AI O U FV L rest".split(), strict=True))


def dumps(
    shapes: Timeline, *, fps: Fraction | float = 24, extended: str = "GHX", use_preston_blair: bool = False
) -> str:
    r"""Return *shapes* as a switch track.

    Parameters
    ----------
    shapes
        Shapes of Rhubarb, "A" to "H" and "X", from 0 to the end without a gap.
    fps
        Video frames per second, 23.976 to 100.
    extended
        Which of G, H and X are drawn; A, C and A replace the others.
    use_preston_blair
        Write Preston Blair's names, which OpenToonz needs: MBP, etc, E, AI, O, U, FV, L, rest.

    Raises
    ------
    ExportError
        A shape is not one of these, or shapes do not run from 0 to the end; or the rate is out of bounds.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> dumps(Timeline("XDC", [[0, 0.05], [0.05, 0.27], [0.27, 0.47]]))
    'MohoSwitch1\n1 X\n2 D\n7 C\n12 X\n'
    """
    rate = check_rate(fps, least=24000 / 1001, most=100)
    rows = find_frames(check_shapes(draw_without(shapes, extended), SHAPES, kind="Rhubarb"), rate)
    end = to_frame(float(shapes.ends[-1]) if len(shapes) else 0.0, rate)
    if rows and rows[-1][0] >= end:
        end = rows[-1][0] + 1
    rows.append((end, "X" if "X" in extended else "A"))
    names = _PRESTON_BLAIR if use_preston_blair else dict(zip(SHAPES, SHAPES, strict=True))
    return "MohoSwitch1\n" + "".join(f"{frame + 1} {names[shape]}\n" for frame, shape in rows)
