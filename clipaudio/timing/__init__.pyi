from .aligned import Aligned, align
from .joining import JoinedAligned, join_aligned
from .repair_report import KINDS, Finding, RepairReport
from .sentences import find_sentences
from .sounds import Sounds, find_sounds, find_syllables
from .timeline import Entry, Spans, Timeline
from .words import find_words

__all__ = [
    "KINDS",
    "Aligned",
    "Entry",
    "Finding",
    "JoinedAligned",
    "RepairReport",
    "Sounds",
    "Spans",
    "Timeline",
    "align",
    "find_sentences",
    "find_sounds",
    "find_syllables",
    "find_words",
    "join_aligned",
]
