"""The table of formats: a name or a file extension becomes the function that writes it.

A new format is one `dumps` in the room of its subject and one row in `FORMATS`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    import os

    from clipaudio.export.context import ExportContext

__all__ = ["FORMATS", "Format", "dumps", "find_format"]


@dataclass(frozen=True)
class Format:
    """One row of the table.

    Attributes
    ----------
    name
        As `--to` and `format_name=` know it.
    extension
        What a file of this format is called by default; the longest one that fits a file name wins.
    title
        For people.
    exporter
        "module:function" within `clipaudio.export`, which gives the text; loaded on use, with the room it needs.
    """

    name: str
    extension: str
    title: str
    exporter: str

    def dumps(self, source: ExportContext) -> str:
        """Give the text of *source* in this format."""
        module, _, function = self.exporter.partition(":")
        text: str = getattr(importlib.import_module(f"clipaudio.export.{module}"), function)(source)
        return text

    def notes(self, source: ExportContext) -> tuple[str, ...]:
        """Tell what had to be changed so that this format can hold *source*, beyond what repair reports."""
        if self.exporter.startswith("captions:"):
            from clipaudio.export.captions import notes_on_captions  # noqa: PLC0415 - a format loads its room on use

            return notes_on_captions(source, self.name)
        if self.exporter.startswith("mouth:"):
            from clipaudio.export.mouth import notes_on_lips  # noqa: PLC0415 - a format loads its room on use

            return notes_on_lips(source)
        if self.name.startswith("textgrid"):
            from clipaudio.export.annotation import notes_on_textgrid  # noqa: PLC0415 - as above

            return notes_on_textgrid(source)
        return ()


FORMATS: Final = (
    Format("srt", ".srt", "SubRip captions", "captions:dumps_srt"),
    Format("vtt", ".vtt", "WebVTT captions", "captions:dumps_webvtt"),
    Format("vtt-words", ".words.vtt", "WebVTT captions with a time for each word", "captions:dumps_webvtt_words"),
    Format("ass", ".ass", "Advanced SubStation Alpha captions", "captions:dumps_ass"),
    Format("ass-karaoke", ".karaoke.ass", "the same, words filling as they are spoken", "captions:dumps_ass_karaoke"),
    Format("ass-words", ".words.ass", "the same, the spoken word highlighted", "captions:dumps_ass_words"),
    Format("ttml", ".ttml", "TTML captions, IMSC 1.1 Text", "captions:dumps_ttml"),
    Format("lrc", ".lrc", "LRC lyrics", "captions:dumps_lrc"),
    Format("lrc-words", ".words.lrc", "enhanced LRC, a time for each word", "captions:dumps_lrc_words"),
    Format("tsv", ".tsv", "cues as tab-separated values, milliseconds", "captions:dumps_tsv"),
    Format("words", ".words.json", "cues and words as JSON, in the shape of Whisper's", "captions:dumps_words_json"),
    Format("txt", ".txt", "plain transcript", "captions:dumps_transcript"),
    Format("chapters", ".chapters.vtt", "WebVTT chapters, one a clip", "captions:dumps_chapters"),
    Format("ffmetadata", ".ffmetadata", "chapters for ffmpeg, one a clip", "captions:dumps_ffmetadata"),
    Format("textgrid", ".TextGrid", "Praat TextGrid, long", "annotation:dumps_long_textgrid"),
    Format("textgrid-short", ".short.TextGrid", "Praat TextGrid, short", "annotation:dumps_short_textgrid"),
    Format("eaf", ".eaf", "ELAN annotation", "annotation:dumps_eaf"),
    Format("emu", "_annot.json", "EMU annotation", "annotation:dumps_emu"),
    Format("ctm", ".ctm", "words as CTM", "annotation:dumps_ctm"),
    Format("ctm-phones", ".phones.ctm", "phones as CTM", "annotation:dumps_phone_ctm"),
    Format("audacity", ".labels.txt", "Audacity label track of the words", "annotation:dumps_audacity"),
    Format("rhubarb", ".rhubarb.json", "Rhubarb mouth shapes", "mouth:dumps_rhubarb"),
    Format("rhubarb-tsv", ".rhubarb.tsv", "the same as TSV", "mouth:dumps_rhubarb_tsv"),
    Format("rhubarb-xml", ".rhubarb.xml", "the same as XML", "mouth:dumps_rhubarb_xml"),
    Format("moho", ".moho.dat", "switch track for Moho and OpenToonz", "mouth:dumps_moho"),
    Format("papagayo", ".pgo", "Papagayo project", "mouth:dumps_papagayo"),
    Format("oculus", ".oculus.json", "the 15 visemes of Oculus and OpenXR", "mouth:dumps_oculus"),
    Format(
        "talkinghead", ".talkinghead.json", "words and visemes for TalkingHead, milliseconds", "mouth:dumps_talkinghead"
    ),
    Format("azure", ".azure.json", "viseme events of Azure, numbers 0 to 21", "mouth:dumps_azure"),
    Format(
        "azure-frames", ".azure.jsonl", "Azure's frames of 55 blend shapes, 60 a second", "mouth:dumps_azure_frames"
    ),
    Format("polly", ".polly.jsonl", "speech marks of Polly: sentences, words, visemes", "mouth:dumps_polly"),
    Format("livelink", ".livelink.csv", "Live Link Face, 61 curves of ARKit", "mouth:dumps_livelink"),
    Format("vrm", ".vrma.gltf", "VRM animation of the mouth", "mouth:dumps_vrm"),
    Format("keyframes", ".keyframes.csv", "keyframes of ARKit's blend shapes, for Blender", "mouth:dumps_keyframes"),
    Format("timeline", ".timeline.json", "words, sentences, letters and phones as JSON", "annotation:dumps_timeline"),
)


def find_format(name: str | None = None, *, path: str | os.PathLike[str] | None = None) -> Format:
    """Find a format by its name, or by the extension of a file name.

    Raises
    ------
    ExportError
        There is none of that name or extension; the message lists those there are.

    Examples
    --------
    >>> find_format("vtt").extension, find_format(path="talk.rhubarb.json").name
    ('.vtt', 'rhubarb')
    """
    if name is not None:
        found = [row for row in FORMATS if row.name == name.strip().lower().lstrip(".")]
        if not found:
            raise ExportError(f"no format {name!r}; there are {', '.join(row.name for row in FORMATS)}")
        return found[0]
    file = PurePath(path or "").name
    found = [row for row in FORMATS if file.lower().endswith(row.extension.lower())]
    if not found:
        known = ", ".join(row.extension for row in FORMATS)
        raise ExportError(f"{file or 'this name'} has the extension of no format; there are {known}")
    return max(found, key=lambda row: len(row.extension))


def dumps(source: ExportContext, format_name: str) -> str:
    """Write *source* in the format of that name."""
    return find_format(format_name).dumps(source)
