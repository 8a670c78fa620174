"""List the names of blend shapes in their orders, and the moves each one follows.

Conventions
-----------
`ARKIT` are the 52 of Apple's face tracking (ARFaceAnchor.BlendShapeLocation), in the order of Azure's frames. Azure
adds three rolls. A recording of Live Link Face adds nine rotations, capitalises the names and, unlike all others, lists
right before left for the jaw and the mouth.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ARKIT", "AZURE", "LIVE_LINK", "MOUTH", "MOVES", "mix_moves"]


def _sided(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}{side}" for name in names for side in ("Left", "Right"))


_EYE: Final = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
ARKIT: Final[tuple[str, ...]] = (
    *(f"eye{name}Left" for name in _EYE),
    *(f"eye{name}Right" for name in _EYE),
    *("jawForward", "jawLeft", "jawRight", "jawOpen"),
    *("mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight"),
    *_sided("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch"),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *_sided("mouthPress", "mouthLowerDown", "mouthUpperUp"),
    *_sided("browDown"),
    "browInnerUp",
    *_sided("browOuterUp"),
    "cheekPuff",
    *_sided("cheekSquint", "noseSneer"),
    "tongueOut",
)
AZURE: Final[tuple[str, ...]] = (*ARKIT, "headRoll", "leftEyeRoll", "rightEyeRoll")

_TURNED: Final = {"jawLeft": "jawRight", "jawRight": "jawLeft", "mouthLeft": "mouthRight", "mouthRight": "mouthLeft"}
_ROTATIONS: Final = tuple(
    f"{what}{axis}" for what in ("Head", "LeftEye", "RightEye") for axis in ("Yaw", "Pitch", "Roll")
)
LIVE_LINK: Final[tuple[str, ...]] = (
    *(name[0].upper() + name[1:] for name in (_TURNED.get(name, name) for name in ARKIT)),
    *_ROTATIONS,
)

MOVES: Final[tuple[str, ...]] = ("jaw", "pucker", "funnel", "spread", "teeth", "tongue", "press", "bite")
"""Moves of a speaking mouth, 0 to 1 each: the jaw opens; lips purse, funnel, widen, show the teeth; the tongue comes
out; the lips meet; the lower lip meets the teeth."""

MOUTH: Final[tuple[str, ...]] = ("jaw", "lips", "rounding")
"""Curves of a simple mouth: opening of the jaw, closure of the lips (with each other or the teeth), rounding."""

_MIXES: Final[dict[str, dict[str, float]]] = {
    "jaw": {"jawOpen": 1.0},
    "pucker": {"mouthPucker": 0.85, "mouthFunnel": 0.15},
    "funnel": {"mouthFunnel": 0.7, "mouthPucker": 0.3},
    "spread": dict.fromkeys(_sided("mouthSmile"), 0.3) | dict.fromkeys(_sided("mouthStretch"), 0.35),
    "teeth": dict.fromkeys(_sided("mouthLowerDown"), 0.5) | dict.fromkeys(_sided("mouthUpperUp"), 0.3),
    "tongue": {"tongueOut": 1.0},
    "press": dict.fromkeys(_sided("mouthPress"), 0.5)
    | {"mouthClose": 0.1, "mouthRollLower": 0.3, "mouthRollUpper": 0.25},
    "bite": dict.fromkeys(_sided("mouthUpperUp"), 0.2) | {"mouthRollLower": 0.65, "mouthShrugLower": 0.1},
}
_SIMPLE: Final[dict[str, dict[str, float]]] = {
    "jaw": {"jaw": 1.0},
    "pucker": {"rounding": 1.0},
    "funnel": {"rounding": 0.4},
    "press": {"lips": 1.0},
    "bite": {"lips": 1.0},
}


@lru_cache(maxsize=2)
def mix_moves(names: tuple[str, ...]) -> NDArray[np.float32]:
    """Return the share of each move in each of *names*, `ARKIT` or `MOUTH`, float32, shape (8, n).

    Examples
    --------
    >>> mix_moves(MOUTH)[MOVES.index("press")].tolist()
    [0.0, 1.0, 0.0]
    """
    mixes = _SIMPLE if names == MOUTH else _MIXES
    mix = np.array([[mixes.get(move, {}).get(name, 0.0) for name in names] for move in MOVES], np.float32)
    mix.flags.writeable = False
    return mix
