from .formats import audacity, ctm, eaf, emu, textgrid
from .hierarchy import Tier, TierLevel
from .points import Points
from .sanitize import SanitizedTiers, TierChange, prepare

__all__ = [
    "Points",
    "SanitizedTiers",
    "Tier",
    "TierChange",
    "TierLevel",
    "audacity",
    "ctm",
    "eaf",
    "emu",
    "prepare",
    "textgrid",
]
