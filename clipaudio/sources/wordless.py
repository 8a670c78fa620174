"""Files of known shapes that hold no words, or whose words are not read: what each lacks, and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from clipaudio.errors import SourceError
from clipaudio.sources.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.sources.document import Document

__all__ = ["SOURCES"]

_MOUTH: Final = "holds mouth shapes without words; use the file that it was made from"
_TURNS: Final = "holds turns of speakers without words; use the file that it was made from"
_TIMELINE: Final = "is not read; export its captions as srt or vtt first"
_FRAMES: Final = (
    "counts frames of a video, whose rate is not in the file; convert it to srt or vtt first (Subtitle Edit)"
)
_CAPTIONS: Final = "is not read; convert it to srt or vtt first (ffmpeg, Subtitle Edit)"


def _refuse(title: str, lack: str) -> Callable[[Document], NoReturn]:
    def read(document: Document) -> NoReturn:
        del document
        raise SourceError(f"{title} {lack}", path="$")

    return read


def _keys(name: str, title: str, *tells: str, lack: str = _MOUTH) -> Source:
    return Source(
        name=name, title=title, kind="clipaudio", level="none", unit="", tells=tells, read=_refuse(title, lack)
    )


def _text(name: str, title: str, *heads: str, lack: str = _MOUTH) -> Source:
    def detect(document: Document) -> bool:
        begin = document.text[:2000].lstrip("\ufeff \t\r\n")
        return any(begin.startswith(head) or (head[:1] == "<" and head in begin) for head in heads)

    return Source(
        name=name, title=title, kind="clipaudio", level="none", unit="", tells=(), read=_refuse(title, lack),
        detect=detect,
    )  # fmt: skip


def _match(name: str, title: str, head: str, *, lack: str) -> Source:
    pattern = re.compile(head, re.DOTALL)

    def detect(document: Document) -> bool:
        return pattern.match(document.text[:2000].lstrip("\ufeff \t\r\n")) is not None

    return Source(
        name=name, title=title, kind="clipaudio", level="none", unit="", tells=(), read=_refuse(title, lack),
        detect=detect,
    )  # fmt: skip


SOURCES: Final = (
    _keys("rhubarb", "a Rhubarb track", "mouthCues"),
    _text("rhubarb-xml", "a Rhubarb track", "<rhubarbResult"),
    _text("rhubarb-tsv", "a Rhubarb track", "0.00\tX\n", "0.00\tA\n"),
    _keys("oculus", "a track of Oculus visemes", "visemes[].viseme"),
    _keys("oculus", "a track of Oculus visemes", "visemes"),
    _keys("azure-visemes", "a track of Azure visemes", "viseme_id"),
    _keys("azure-frames", "a track of blend shapes", "BlendShapes"),
    _keys("vrm", "a VRM animation", "asset", "scenes", "nodes"),
    _keys("emu", "an EMU annotation", "levels", "links", "sampleRate", lack="is not read; export it as TextGrid first"),
    _text("livelink", "a Live Link Face track", "Timecode,BlendshapeCount"),
    _text("keyframes", "a table of keyframes", "frame,name,value"),
    _text("moho", "a Moho switch track", "MohoSwitch1"),
    _text("papagayo", "a Papagayo project", "lipsync version"),
    _text("rttm", "an RTTM file", "SPEAKER ", "SPKR-INFO ", lack=_TURNS),
    _text("scc", "an SCC file", "Scenarist_SCC", lack=_CAPTIONS),
    _text("sami", "a SAMI file", "<SAMI", "<sami", lack=_CAPTIONS),
    _match("ebu-stl", "an EBU STL file", r".{3}STL\d\d\.01", lack=_CAPTIONS),
    _match("spruce-stl", "a Spruce STL file", r"(?:(?://|\$)[^\n]*\s+)*\d\d:\d\d:\d\d:\d\d *, *\d\d:", lack=_CAPTIONS),
    _match("microdvd", "a MicroDVD file", r"\{\d+\}\{\d*\}", lack=_FRAMES),
    _text("fcp", "a timeline of Final Cut Pro", "<xmeml", lack=_TIMELINE),
    _keys("otio", "a timeline of OpenTimelineIO", "OTIO_SCHEMA", lack=_TIMELINE),
    _text("ffmetadata", "a list of chapters", ";FFMETADATA", lack="holds no words; use the file that it was made from"),
)
