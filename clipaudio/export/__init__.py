"""A clip into the text of a format: the table of formats, and what their exporters need."""

from clipaudio.export.annotation import tiers_of, to_dict
from clipaudio.export.context import ExportContext, Part
from clipaudio.export.options import ExportOptions, Options
from clipaudio.export.registry import FORMATS, Format, dumps, find_format

__all__ = [
    "FORMATS",
    "ExportContext",
    "ExportOptions",
    "Format",
    "Options",
    "Part",
    "dumps",
    "find_format",
    "tiers_of",
    "to_dict",
]
