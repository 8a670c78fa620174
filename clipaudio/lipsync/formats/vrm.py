"""Write the five mouth expressions of VRM as a VRM animation: glTF JSON with embedded numbers.

Each expression is an invisible node; the x of its translation over time is the weight
(VRMC_vrm_animation 1.0, https://github.com/vrm-c/vrm-specification). There is no humanoid, which the final text of the
extension makes optional. Save it as .gltf, or pack it into a .vrma with a glTF tool.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync.formats.shared import clean_line

if TYPE_CHECKING:
    from clipaudio.lipsync.curves import Curves

__all__ = ["SHAPES", "dumps"]

SHAPES: Final = ("aa", "ih", "ou", "ee", "oh")
_FLOAT: Final = 5126


def dumps(curves: Curves, *, name: str = "speech") -> str:
    """Return *curves* as a VRM animation.

    Parameters
    ----------
    curves
        Curves of `SHAPES`, best at 30 video frames per second; others are left out.
    name
        Name of the animation.

    Raises
    ------
    ExportError
        No curve is a mouth expression of VRM, or there are no times.

    Examples
    --------
    >>> from clipaudio.lipsync.curves import Curves
    >>> made = json.loads(dumps(Curves(np.array([0.0, 0.5]), ("neutral", "aa"), np.array([[1, 0], [0, 1]]), 2)))
    >>> made["extensions"]["VRMC_vrm_animation"]["expressions"]
    {'preset': {'aa': {'node': 0}}}
    """
    used = [(shape, curves.names.index(shape)) for shape in SHAPES if shape in curves.names]
    if not used or not len(curves.times):
        raise ExportError(
            f"no curve is one of {' '.join(SHAPES)}, or there are no times; expected mouth expressions of VRM"
        )
    blocks = [curves.times.astype("<f4")]
    for _, column in used:
        places = np.zeros((len(curves.times), 3), "<f4")
        places[:, 0] = np.clip(curves.weights[:, column], 0, 1)
        blocks.append(places)
    made = _document(blocks, [shape for shape, _ in used], clean_line(name))
    return json.dumps(made, ensure_ascii=False, allow_nan=False) + "\n"


def _document(blocks: list[Any], shapes: list[str], name: str) -> dict[str, Any]:
    data = b"".join(block.tobytes() for block in blocks)
    offsets = np.cumsum([0, *(block.nbytes for block in blocks)]).tolist()
    views = [
        {"buffer": 0, "byteOffset": offset, "byteLength": block.nbytes}
        for offset, block in zip(offsets[:-1], blocks, strict=True)
    ]
    accessors: list[dict[str, Any]] = [
        {"bufferView": view, "componentType": _FLOAT, "count": len(block), "type": "VEC3" if view else "SCALAR"}
        for view, block in enumerate(blocks)
    ]
    accessors[0] |= {"min": [float(blocks[0][0])], "max": [float(blocks[0][-1])]}  # required by the format
    numbers = range(len(shapes))
    presets = {shape: {"node": node} for node, shape in enumerate(shapes)}
    return {
        "asset": {"version": "2.0", "generator": "clipaudio"},
        "extensionsUsed": ["VRMC_vrm_animation"],
        "extensions": {"VRMC_vrm_animation": {"specVersion": "1.0", "expressions": {"preset": presets}}},
        "scene": 0,
        "scenes": [{"nodes": list(numbers)}],
        "nodes": [{"name": shape} for shape in shapes],
        "animations": [
            {
                "name": name,
                "channels": [{"sampler": i, "target": {"node": i, "path": "translation"}} for i in numbers],
                "samplers": [{"input": 0, "output": i + 1, "interpolation": "LINEAR"} for i in numbers],
            }
        ],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [
            {
                "byteLength": len(data),
                "uri": "data:application/octet-stream;base64," + base64.b64encode(data).decode("ascii"),
            }
        ],
    }
