"""A clip into captions: one exporter a format, all from the same cues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.captions import ass, chapters, lrc, srt, transcript, tsv, ttml, webvtt, words_json

if TYPE_CHECKING:
    from clipaudio.captions.chapters import Chapter
    from clipaudio.formats.source import Source
