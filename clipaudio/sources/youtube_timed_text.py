"""Timed text of YouTube as XML: the forms srv1, srv2 and srv3, which players and download tools fetch.

References
----------
yt-dlp lists the forms as `--sub-format srv1`, `srv2` and `srv3`; srv3 has the same fields as json3.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from clipaudio.sources.fields import number
from clipaudio.sources.recognisers import read_youtube
from clipaudio.sources.source import Source
from clipaudio.sources.xml_elements import name_of, parse_xml

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Iterator

    from clipaudio.sources.document import Document
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["SOURCES"]

_BEGINS: Final = re.compile(r"\s*(?:<\?xml[^<>]{0,200}\?>\s*)?<(?:transcript|timedtext)[\s>]")
_SECONDS, _MILLISECONDS = 1e3, 1.0


def _read(document: Document) -> SpeechTimes:
    """Read the events as those of json3."""
    root = parse_xml(document.raw, "timed text")
    return read_youtube(replace(document, messages=[{"events": list(_events(root))}], is_one=True))


def _events(root: ET.Element) -> Iterator[dict[str, Any]]:
    """Yield each line with the fields of json3."""
    for place, line in enumerate(line for line in root.iter() if name_of(line) in {"text", "p"}):
        where = f"$.{name_of(line)}[{place}]"
        keys, scale = (("start", "dur"), _SECONDS) if line.get("start") is not None else (("t", "d"), _MILLISECONDS)
        begin, length = (number(line.get(key), f"{where}.{key}") * scale for key in keys)
        pieces = [piece for piece in line if name_of(piece) == "s"]
        # srv1 escapes twice
        segments: list[dict[str, Any]] = [{"utf8": html.unescape("".join(line.itertext()))}]
        if pieces:
            offsets = (number(piece.get("t", 0), f"{where}.s.t") for piece in pieces)
            segments = [
                {"utf8": "".join(piece.itertext()), "tOffsetMs": offset}
                for piece, offset in zip(pieces, offsets, strict=True)
            ]
        yield {"tStartMs": begin, "dDurationMs": length, "segs": segments}


SOURCES: Final = (
    Source(
        name="youtube", title="YouTube timed text as XML", kind="recogniser", level="words or lines",
        unit="seconds or milliseconds", tells=(), read=_read,
        detect=lambda document: not document.is_json and bool(_BEGINS.match(document.text[:2000])),
    ),
)  # fmt: skip
