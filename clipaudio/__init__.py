"""Captions, TextGrids, lip-sync tracks and converted audio from the times of finished Resemble AI clips."""

from __future__ import annotations

from clipaudio._version import __version__

__all__ = ["__version__"]
