"""Finished clips: open, fetch and join them."""

from clipaudio.clip.clip import Clip, join
from clipaudio.clip.opening import fetch, open_clip

__all__ = ["Clip", "fetch", "join", "open_clip"]
