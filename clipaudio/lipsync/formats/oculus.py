"""Write mouth shapes of the Oculus (Meta) set as JSON: start and end in seconds, number, name and weight.

Numbers are those of the OVRLipSync enumeration and of XR_META_face_tracking_visemes, 0 (silence) to 14.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from clipaudio.lipsync.formats.shared import check_shapes

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["SHAPES", "dumps"]

SHAPES: Final = tuple("sil PP FF TH DD kk CH SS nn RR aa E I O U".split())
_OPENXR: Final = tuple("SIL PP FF TH DD KK CH SS NN RR AA E IH OH OU".split())
_NUMBERS: Final = {name: number for names in (SHAPES, _OPENXR) for number, name in enumerate(names)}


def dumps(shapes: Timeline) -> str:
    """Return *shapes* as JSON, one per line.

    Parameters
    ----------
    shapes
        Names of `SHAPES` or of OpenXR, from 0 to the end without a gap.

    Raises
    ------
    ExportError
        A shape is not one of these, or shapes do not run from 0 to the end; `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> print(dumps(Timeline(("sil", "PP"), [[0, 0.05], [0.05, 0.12]])))
    {"visemes": [
    {"start": 0.0, "end": 0.05, "id": 0, "name": "sil", "weight": 1.0},
    {"start": 0.05, "end": 0.12, "id": 1, "name": "PP", "weight": 1.0}
    ]}
    <BLANKLINE>
    """
    rows = [
        {"start": round(start, 6), "end": round(end, 6), "id": _NUMBERS[name], "name": name, "weight": 1.0}
        for start, end, name in check_shapes(shapes, _NUMBERS, kind="Oculus")
    ]
    return '{"visemes": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]}\n"
