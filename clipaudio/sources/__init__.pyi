from .source import Source
from .table import SOURCES, read_source

__all__ = ["SOURCES", "Source", "read_source"]
