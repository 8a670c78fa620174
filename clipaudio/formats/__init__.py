"""A clip into the text of a format: the table of formats, and what their exporters need."""

from clipaudio.formats.levels import tiers_of, to_dict
from clipaudio.formats.source import Options, Part, Source
from clipaudio.formats.table import FORMATS, Format, dumps, find_format

__all__ = ["FORMATS", "Format", "Options", "Part", "Source", "dumps", "find_format", "tiers_of", "to_dict"]
