"""The table of formats: a name or a file extension selects the function that writes it.

A new format is one `dumps` in the room of its subject and one row in `FORMATS`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Literal

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from clipaudio.export.context import ExportContext
    from clipaudio.export.options import Options

__all__ = ["FORMATS", "Format", "dumps", "find_format"]

_ROOM: Final = "clipaudio.export."
_NOTES: Final = {
    "captions": "notes_on_captions",
    "annotation": "notes_on_tiers",
    "mouth": "notes_on_lips",
    "page": "notes_on_page",
    "broadcast": "notes_on_broadcast",
    "media": "notes_on_media",
}
_OF_PHONES: Final = frozenset({"ctm-phones", "lab-phones", "mlf", "timeline"})
_OF_TEXT: Final = frozenset({"captions", "broadcast", "media"})


@dataclass(frozen=True)
class Format:
    """One row of the table.

    Attributes
    ----------
    name
        As `--to` and `format_name=` know it.
    extension
        Default extension of a file; the longest one that fits a file name wins.
    title
        Description for users.
    kind
        "captions", "broadcast", "media", "annotation", "mouth", "page" or "data": which notes are told.
    exporter
        The function that returns the text, or its pieces: its name in the module of `clipaudio.export` named after the
        kind, or "module:function". It is loaded on use, with the room it needs.
    rules
        What the format cannot hold: a key of `clipaudio.captions.escaping.FORMAT_RULES` and the like, "textgrid",
        "audacity", or None.
    has_words
        Whether captions carry the times of words.
    looks
        Fields of the style that captions can carry, separated by blanks; see `clipaudio.captions.style.CaptionStyle`.
    is_binary
        Whether the file holds bytes, not text.
    needs_audio
        Whether it holds the sound, so that there is none without the audio.
    requires
        The function, "module:function", that checks whether the packages and programs are there which it needs; None if
        it needs none. A format with one is not part of `all`.
    """

    name: str
    extension: str
    title: str
    kind: Literal["captions", "broadcast", "media", "annotation", "mouth", "page", "data"]
    exporter: str
    rules: str | None = None
    has_words: bool = False
    looks: str = ""
    is_binary: bool = False
    needs_audio: bool = False
    requires: str | None = None

    @property
    def has_cues(self) -> bool:
        """Whether text is cut into cues for it."""
        return self.kind == "page" or (self.kind in _OF_TEXT and self.rules is not None)

    @property
    def has_mouth(self) -> bool:
        """Whether it is written from the track of the mouth."""
        return self.kind in {"mouth", "page"}

    @property
    def is_plain(self) -> bool:
        """Whether it needs the times alone: no audio, no extra package and no program."""
        return self.requires is None and not self.needs_audio

    def check(self) -> None:
        """Check that the packages and programs are there which the format needs; call it before any work.

        Raises
        ------
        MissingExtraError
            A package is not installed; the message has the command that installs it.
        ExportError
            A program is not installed.
        """
        if self.requires is not None:
            _load(self.requires, self.kind)()

    def has_phones(self, options: Options) -> bool:
        """Return True if phones are in it, or what is made of them."""
        is_drawn = self.kind in {"mouth", "page"} or (self.kind == "media" and options.picture == "mouth")
        return is_drawn or self.has_syllables or self.name in _OF_PHONES

    @property
    def has_syllables(self) -> bool:
        """Whether it has tiers of all levels."""
        return self.rules == "textgrid" or self.name in {"eaf", "emu"}

    def dumps(self, source: ExportContext) -> str:
        """Return the text of *source* in this format.

        Raises
        ------
        ExportError
            The format holds bytes, or it cannot hold *source*.
        """
        if self.is_binary:
            raise ExportError(f"{self.name} holds bytes, not text; save it to a file")
        return b"".join(self.iterate(source)).decode("utf-8")

    def iterate(self, source: ExportContext) -> Iterator[bytes]:
        """Yield the bytes of the file in pieces; those of many rows are made one by one, to be written as they come.

        Raises
        ------
        ExportError, MissingExtraError
            As for `check`, or the format cannot hold *source*.
        """
        self.check()
        if self.kind in _OF_TEXT and not len(source.aligned.graphemes) and len(source.aligned.phones):
            raise ExportError(f"{self.name} needs a text, and the source times phones only; give the text, too")
        if self.needs_audio and source.audio is None:
            raise ExportError(f"{self.name} holds the sound, and the audio is not at hand; give the audio of the clip")
        source = source.with_phones if self.has_phones(source.options) else source
        made: str | Iterable[str | bytes] = _load(self.exporter, self.kind)(source)
        for piece in (made,) if isinstance(made, str) else made:
            yield piece if isinstance(piece, bytes) else piece.encode("utf-8")

    def notes(self, source: ExportContext) -> tuple[str, ...]:
        """Return what was changed so that this format can hold *source*, beyond what repair reports."""
        source = source.with_phones if self.has_phones(source.options) else source
        told = () if source.phones_found is None else source.phones_found.notes
        notes: tuple[str, ...] = _load(_NOTES[self.kind], self.kind)(source, self) if self.kind in _NOTES else ()
        return tuple(dict.fromkeys((*told, *notes)))


@lru_cache(maxsize=64)
def _load(name: str, kind: str) -> Any:  # noqa: ANN401 - a function of any room
    module, _, function = name.rpartition(":")
    return getattr(importlib.import_module(module or _ROOM + kind), function)


_ALL_LOOKS: Final = "resolution font size colour outline position margin box"
_WEB_LOOKS: Final = "font size colour outline position margin box"

FORMATS: Final = (
    Format("srt", ".srt", "SubRip captions", "captions", "dumps_srt", "srt"),
    Format("vtt", ".vtt", "WebVTT captions", "captions", "dumps_webvtt", "webvtt", looks=_WEB_LOOKS),
    Format(
        "vtt-words",
        ".words.vtt",
        "WebVTT captions with a time for each word",
        "captions",
        "dumps_webvtt_words",
        "webvtt",
        has_words=True,
        looks=_WEB_LOOKS,
    ),
    Format("ass", ".ass", "Advanced SubStation Alpha captions", "captions", "dumps_ass", "ass", looks=_ALL_LOOKS),
    Format(
        "ass-karaoke",
        ".karaoke.ass",
        "the same, words filling as they are spoken",
        "captions",
        "dumps_ass_karaoke",
        "ass",
        has_words=True,
        looks=_ALL_LOOKS,
    ),
    Format(
        "ass-words",
        ".words.ass",
        "the same, the spoken word highlighted",
        "captions",
        "dumps_ass_words",
        "ass",
        has_words=True,
        looks=f"{_ALL_LOOKS} highlight",
    ),
    Format("ttml", ".ttml", "TTML captions, IMSC 1.1 Text", "captions", "dumps_ttml", "ttml", looks=_WEB_LOOKS),
    Format(
        "ttml-words",
        ".words.ttml",
        "the same, the spoken word coloured",
        "captions",
        "dumps_ttml_words",
        "ttml",
        has_words=True,
        looks=f"{_WEB_LOOKS} highlight",
    ),
    Format(
        "ebu-tt-d",
        ".ebu.ttml",
        "EBU-TT-D captions",
        "captions",
        "dumps_ebu_tt_d",
        "ttml",
        looks="font size colour position margin box",
    ),
    Format("sbv", ".sbv", "captions of YouTube's editor", "captions", "dumps_sbv", "sbv"),
    Format("scc", ".scc", "Scenarist closed captions (CEA-608)", "broadcast", "dumps_scc", "scc"),
    Format("stl", ".stl", "EBU STL subtitles of teletext", "broadcast", "iterate_stl", "stl", is_binary=True),
    Format("lrc", ".lrc", "LRC lyrics", "captions", "dumps_lrc", "lrc"),
    Format(
        "lrc-words",
        ".words.lrc",
        "enhanced LRC, a time for each word",
        "captions",
        "dumps_lrc_words",
        "lrc",
        has_words=True,
    ),
    Format("tsv", ".tsv", "cues as tab-separated values, milliseconds", "captions", "dumps_tsv", "tsv"),
    Format(
        "words",
        ".words.json",
        "cues and words as JSON, in the shape of Whisper's",
        "captions",
        "dumps_words_json",
        "words-json",
        has_words=True,
    ),
    Format(
        "remotion",
        ".remotion.json",
        "words as captions of Remotion, milliseconds",
        "captions",
        "dumps_remotion",
        "remotion",
        has_words=True,
    ),
    Format(
        "otio",
        ".otio",
        "OpenTimelineIO: the sound, captions and words as markers",
        "captions",
        "dumps_otio",
        "otio",
        has_words=True,
        requires="clipaudio.captions.formats.otio:load_otio",
    ),
    Format(
        "fcp",
        ".fcp.xml",
        "the same for Final Cut Pro 7, Premiere Pro and DaVinci Resolve",
        "captions",
        "dumps_fcp",
        "otio",
        has_words=True,
        requires="clipaudio.captions.formats.otio:load_otio",
    ),
    Format(
        "mp4",
        ".mp4",
        "video of the sound, captions in the picture",
        "media",
        "iterate_mp4",
        "ass",
        looks=_ALL_LOOKS,
        is_binary=True,
        needs_audio=True,
        requires="clipaudio.export.media:require_ffmpeg",
    ),
    Format(
        "mp4-words",
        ".words.mp4",
        "the same, the spoken word highlighted",
        "media",
        "iterate_mp4_words",
        "ass",
        has_words=True,
        looks=f"{_ALL_LOOKS} highlight",
        is_binary=True,
        needs_audio=True,
        requires="clipaudio.export.media:require_ffmpeg",
    ),
    Format("epub", ".epub", "book that reads along, EPUB 3", "media", "iterate_epub", is_binary=True, needs_audio=True),
    Format("txt", ".txt", "plain transcript", "captions", "dumps_transcript"),
    Format("chapters", ".chapters.vtt", "WebVTT chapters, one per clip", "captions", "dumps_chapters"),
    Format("ffmetadata", ".ffmetadata", "chapters for ffmpeg, one per clip", "captions", "dumps_ffmetadata"),
    Format("textgrid", ".TextGrid", "Praat TextGrid, long", "annotation", "dumps_long_textgrid", "textgrid"),
    Format(
        "textgrid-short", ".short.TextGrid", "Praat TextGrid, short", "annotation", "dumps_short_textgrid", "textgrid"
    ),
    Format("eaf", ".eaf", "ELAN annotation", "annotation", "dumps_eaf"),
    Format("emu", "_annot.json", "EMU annotation", "annotation", "dumps_emu"),
    Format("ctm", ".ctm", "words as CTM", "annotation", "dumps_ctm"),
    Format("ctm-phones", ".phones.ctm", "phones as CTM", "annotation", "dumps_phone_ctm"),
    Format("rttm", ".rttm", "who speaks when, as RTTM", "annotation", "dumps_rttm"),
    Format("lab", ".lab", "words as a label file of HTK", "annotation", "dumps_lab"),
    Format("lab-phones", ".phones.lab", "phones as a label file of HTK", "annotation", "dumps_phone_lab"),
    Format("mlf", ".mlf", "phones and words as a master label file of HTK", "annotation", "dumps_mlf"),
    Format("audacity", ".labels.txt", "Audacity label track of the words", "annotation", "dumps_audacity", "audacity"),
    Format("rhubarb", ".rhubarb.json", "Rhubarb mouth shapes", "mouth", "dumps_rhubarb"),
    Format("rhubarb-tsv", ".rhubarb.tsv", "the same as TSV", "mouth", "dumps_rhubarb_tsv"),
    Format("rhubarb-xml", ".rhubarb.xml", "the same as XML", "mouth", "dumps_rhubarb_xml"),
    Format("moho", ".moho.dat", "switch track for Moho and OpenToonz", "mouth", "dumps_moho"),
    Format("papagayo", ".pgo", "Papagayo project", "mouth", "dumps_papagayo"),
    Format("oculus", ".oculus.json", "the 15 visemes of Oculus and OpenXR", "mouth", "dumps_oculus"),
    Format(
        "talkinghead",
        ".talkinghead.json",
        "words and visemes for TalkingHead, milliseconds",
        "mouth",
        "dumps_talkinghead",
    ),
    Format("azure", ".azure.json", "viseme events of Azure, numbers 0 to 21", "mouth", "dumps_azure"),
    Format(
        "azure-frames",
        ".azure.jsonl",
        "Azure's frames of 55 blend shapes, 60 per second",
        "mouth",
        "iterate_azure_frames",
    ),
    Format("polly", ".polly.jsonl", "speech marks of Polly: sentences, words, visemes", "mouth", "dumps_polly"),
    Format("livelink", ".livelink.csv", "Live Link Face, 61 curves of ARKit", "mouth", "iterate_livelink"),
    Format("vrm", ".vrma.gltf", "VRM animation of the mouth", "mouth", "dumps_vrm"),
    Format("keyframes", ".keyframes.csv", "keyframes of ARKit's blend shapes, for Blender", "mouth", "dumps_keyframes"),
    Format("blender", ".blender.py", "script that sets the keyframes in Blender", "mouth", "dumps_blender"),
    Format(
        "timeline",
        ".timeline.json",
        "words, sentences, letters and phones as JSON",
        "data",
        "clipaudio.export.annotation:dumps_timeline",
    ),
    Format("html", ".html", "page with sound, waveform, tiers, captions and a mouth", "page", "dumps_page"),
)


def find_format(
    name: str | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
    formats: Sequence[Format] = FORMATS,
) -> Format:
    """Find a format by its name, or by the extension of a file name.

    Parameters
    ----------
    name
        As in `Format.name`; upper case and a leading dot do not matter.
    path
        A file name, if there is no name.
    formats
        The rows to search.

    Raises
    ------
    ExportError
        There is no format of that name or extension; the message lists all.

    Examples
    --------
    >>> find_format("vtt").extension, find_format(path="talk.rhubarb.json").name
    ('.vtt', 'rhubarb')
    """
    if name is not None:
        plain = name.strip().lower().lstrip(".")
        known = next((row for row in formats if row.name == plain), None)
        if known is None:
            raise ExportError(f"no format {name!r}; there are {', '.join(row.name for row in formats)}")
        return known
    file = PurePath(path or "").name
    found = [row for row in formats if file.lower().endswith(row.extension.lower())]
    if not found:
        extensions = ", ".join(row.extension for row in formats)
        raise ExportError(f"{file or 'this name'} has the extension of no format; there are {extensions}")
    return max(found, key=lambda row: len(row.extension))


def dumps(source: ExportContext, format_name: str) -> str:
    """Return *source* in the format of that name."""
    return find_format(format_name).dumps(source)
