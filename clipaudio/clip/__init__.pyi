from .clip import Clip, join
from .opening import fetch, open_clip
from .tables import LEVELS, Level
from .translation import read_translation

__all__ = [
    "LEVELS",
    "Clip",
    "Level",
    "fetch",
    "join",
    "open_clip",
    "read_translation",
]
