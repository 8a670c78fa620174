"""A clip into the text of a format: the table of formats, and what their exporters need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clipaudio.export.context import ExportContext, Options, Part
from clipaudio.export.registry import FORMATS, Format, dumps, find_format

if TYPE_CHECKING:
    from clipaudio.export.annotation import tiers_of, to_dict

__all__ = ["FORMATS", "ExportContext", "Format", "Options", "Part", "dumps", "find_format", "tiers_of", "to_dict"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes have any type
    """Load numpy on first use: the command line reads `Options` when it starts."""
    if name in {"tiers_of", "to_dict"}:
        from clipaudio.export import annotation  # noqa: PLC0415

        return getattr(annotation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
