"""Export a clip: the table of formats, and what their exporters need."""

from clipaudio.export.annotation import to_dict
from clipaudio.export.context import ExportContext
from clipaudio.export.options import Options, Part
from clipaudio.export.registry import FORMATS, Format, dumps, find_format
from clipaudio.export.tiers import tiers_of

__all__ = ["FORMATS", "ExportContext", "Format", "Options", "Part", "dumps", "find_format", "tiers_of", "to_dict"]
