"""Urls of audio files to checked files on disk."""

from clipaudio.download.fetcher import Fetcher

__all__ = ["Fetcher"]
