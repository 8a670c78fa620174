"""A finished clip and the short user interface: open it, fetch it, join several."""

from clipaudio.clip.clip import Clip, join
from clipaudio.clip.opening import fetch, open_clip

__all__ = ["Clip", "fetch", "join", "open_clip"]
