from . import drawn_mouth, epub, video

__all__ = ["drawn_mouth", "epub", "video"]
