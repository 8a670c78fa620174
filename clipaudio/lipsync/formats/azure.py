"""Write mouth shapes as viseme events of Azure speech synthesis, and curves as its frames of blend shapes.

Offsets are ticks of 100 nanoseconds. There are 60 frames per second, with 55 numbers each.
Format: https://learn.microsoft.com/azure/ai-services/speech-service/how-to-speech-synthesis-viseme.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from clipaudio.errors import ExportError
from clipaudio.lipsync.blendshapes import AZURE
from clipaudio.lipsync.formats.shared import (
    check_shapes,
    check_video_frames,
    list_ten_thousandths,
    round_ten_thousandths,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clipaudio.lipsync.curves import Curves
    from clipaudio.timing.timeline import Timeline

__all__ = ["SHAPES", "dumps", "dumps_frames", "iterate_frames"]

SHAPES: Final = tuple(map(str, range(22)))
_TICKS: Final = 10_000_000  # per second
_RATE: Final = 60


def dumps(shapes: Timeline, *, as_lines: bool = False) -> str:
    r"""Return *shapes* as viseme events.

    Parameters
    ----------
    shapes
        Azure's numbers as text, "0" to "21", from 0 to the end without a gap.
    as_lines
        One JSON object per line, else one list.

    Raises
    ------
    ExportError
        A shape is not one of these, or shapes do not run from 0 to the end; `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> dumps(Timeline(("0", "21"), [[0, 0.05], [0.05, 0.1]]), as_lines=True)
    '{"audio_offset": 0, "viseme_id": 0}\n{"audio_offset": 500000, "viseme_id": 21}\n'
    """
    events = [
        json.dumps({"audio_offset": round(start * _TICKS), "viseme_id": int(name)})
        for start, _, name in check_shapes(shapes, SHAPES, kind="Azure")
    ]
    if as_lines:
        return "".join(f"{event}\n" for event in events)
    return "[" + ",\n ".join(events) + "]\n"


def dumps_frames(curves: Curves, *, block: int | None = None) -> str:
    """Return *curves* as blocks of frames, one JSON object per line.

    Parameters
    ----------
    curves
        Apple's blend shapes at 60 video frames per second; missing columns are 0.
    block
        Frames per line; None: all on one line.

    Raises
    ------
    ExportError
        The curves are not at 60 frames per second, a weight is not from 0 to 1, or a block has no frames.

    Examples
    --------
    >>> from clipaudio.lipsync.curves import Curves
    >>> import numpy as np
    >>> curves = Curves(np.arange(3) / 60, ("jawOpen",), np.array([[0], [0.5], [1]], np.float32), 60)
    >>> lines = [json.loads(line) for line in dumps_frames(curves, block=2).splitlines()]
    >>> [(line["FrameIndex"], len(line["BlendShapes"]), line["BlendShapes"][-1][17]) for line in lines]
    [(0, 2, 0.5), (2, 1, 1.0)]
    """
    if block is not None and block < 1:
        raise ExportError(f"a block of {block} frames; expected 1 or more")
    frames = _frames(curves)
    size = block or max(len(frames), 1)
    return "".join(
        f'{{"FrameIndex": {first}, "BlendShapes": [{", ".join(frames[first : first + size])}]}}\n'
        for first in range(0, len(frames), size)
    )


def iterate_frames(blocks: Iterable[Curves]) -> Iterator[str]:
    """Return the text of `dumps_frames` on one line in pieces, of curves in blocks of rows; errors as there."""
    separator = '{"FrameIndex": 0, "BlendShapes": ['
    for curves in blocks:
        yield separator + ", ".join(_frames(curves))
        separator = ", "
    yield "]}\n"


def _frames(curves: Curves) -> list[str]:
    """Return the text of each frame."""
    rate = check_video_frames(curves)
    if rate != _RATE:
        raise ExportError(f"the curves have {rate} frames per second; Azure's have 60: make them with fps=60")
    # speech moves a third of the columns; the zeros of the others are written at once
    moves = [bool(weights.any()) for weights in curves.weights.T]
    column = {name: index for index, name in enumerate(curves.names)}
    column = {name: index for name, index in column.items() if moves[index]}
    used = [column[name] for name in AZURE if name in column]
    row = "[" + ", ".join("%s" if name in column else "0.0" for name in AZURE) + "]"
    texts = list_ten_thousandths()
    numbers = round_ten_thousandths(curves.weights[:, used]).tolist()
    return [row % tuple([texts[number] for number in frame]) for frame in numbers]
