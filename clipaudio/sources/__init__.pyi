from .embedded_audio import EmbeddedAudio, extract_audio
from .source import Source
from .table import SOURCES, read_source

__all__ = ["SOURCES", "EmbeddedAudio", "Source", "extract_audio", "read_source"]
