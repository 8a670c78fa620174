from .clip import Clip, join
from .opening import fetch, open_clip
from .tables import LEVELS, Level

__all__ = [
    "LEVELS",
    "Clip",
    "Level",
    "fetch",
    "join",
    "open_clip",
]
