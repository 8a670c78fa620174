from .document import dumps
from .index import IndexRow, dumps_index
from .page_clip import PageClip, PageFinding, PageMoves, PageSound, PageWaveform

__all__ = [
    "IndexRow",
    "PageClip",
    "PageFinding",
    "PageMoves",
    "PageSound",
    "PageWaveform",
    "dumps",
    "dumps_index",
]
