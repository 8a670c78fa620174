from .annotation import to_dict
from .context import ExportContext
from .options import ExportOptions, Options, Part
from .registry import FORMATS, Format, dumps, find_format
from .tiers import tiers_by_speaker, tiers_of

__all__ = [
    "FORMATS",
    "ExportContext",
    "ExportOptions",
    "Format",
    "Options",
    "Part",
    "dumps",
    "find_format",
    "tiers_by_speaker",
    "tiers_of",
    "to_dict",
]
