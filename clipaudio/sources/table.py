"""The table of sources, most specific first, and the function that reads any of them."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.errors import SourceError
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.payload import to_bytes
from clipaudio.resemble.payload_models import CLIP_KEYS
from clipaudio.sources import (
    aligners,
    events,
    htk,
    letters,
    own,
    plain_text,
    recognisers,
    services,
    toolkits,
    transcription_services,
    transcripts,
    whisper,
    wordless,
    youtube_timed_text,
)
from clipaudio.sources.document import Document, decode_document
from clipaudio.sources.source import Source
from clipaudio.timing.repair_report import Finding

if TYPE_CHECKING:
    import os

    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["RESEMBLE", "SOURCES", "find_source", "read_document", "read_source", "read_speech"]

_COMPRESSED: Final = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
"""How files of gzip, zip, bzip2, xz and zstd begin."""
_SHOWN: Final = 6
"""Keys and shapes that a message lists."""


def _is_resemble(document: Document) -> bool:
    """Return True for a callback, an answer of the service, or bare arrays of times."""
    if not document.is_one or not isinstance(document.messages[0], dict):
        return False
    top = document.messages[0]
    item = top.get("item")
    clip = item if isinstance(item, dict) else top
    if any(isinstance(clip.get(key), dict) and _has_arrays(clip[key]) for key in ("audio_timestamps", "timestamps")):
        return True
    if "graph_chars" in clip or isinstance(item, dict) or isinstance(top.get("clips"), list):
        return True
    if not set(top) - CLIP_KEYS and any(key in top for key in ("id", "uuid")):
        return True
    return any(clip.get(key) for key in ("id", "uuid")) and any(
        key in clip for key in ("url", "audio_src", "link", "issues")
    )


def _has_arrays(value: dict[str, Any]) -> bool:
    return any(key in value for key in ("graph_chars", "graph_times", "phon_chars")) or not value


RESEMBLE: Final = Source(
    name="resemble", title="Resemble AI callback and answers, xAI", kind="service", level="letters, phones",
    unit="seconds", tells=("audio_timestamps.graph_chars",), detect=_is_resemble,
    read=lambda document: read_callback(document.raw).speech_times,
)  # fmt: skip

SOURCES: Final = (
    *own.SOURCES,
    RESEMBLE,
    *letters.SOURCES,
    *services.SOURCES,
    *events.SOURCES,
    *aligners.SOURCES,
    *recognisers.SOURCES,
    *toolkits.SOURCES,
    *transcription_services.SOURCES,
    *whisper.SOURCES,
    *transcripts.SOURCES,
    *htk.SOURCES,
    *youtube_timed_text.SOURCES,
    *plain_text.SOURCES,
    *wordless.SOURCES,
)
"""Every shape that is read; of several rows that match, the first one reads."""


def find_source(document: Document) -> Source:
    """Return the row of the table that reads *document*.

    Raises
    ------
    SourceError
        The shape is not known; the message names what was found and the nearest shapes.
    """
    for source in SOURCES:
        if source.matches(document):
            return source
    raise SourceError(_unknown(document), path="$")


def read_speech(raw: bytes) -> SpeechTimes:
    """Read speech times from the bytes of a file of any known shape.

    Raises
    ------
    SourceError
        The shape is not known, or a field has the wrong type; `path` names it.

    Examples
    --------
    >>> speech = read_speech(b'{"words": [{"word": "Hi", "start": 0.1, "end": 0.3, "punct": "Hi!"}]}')
    >>> speech.source, speech.words.labels
    ('bbc-transcript', ('Hi!',))
    """
    document = decode_document(raw)
    return read_document(find_source(document), document)


def read_document(source: Source, document: Document) -> SpeechTimes:
    """Read *document* with *source*, which `find_source` found; a guess about its encoding is among the findings.

    Raises
    ------
    SourceError
        A field has the wrong type, or the encoding of the text is unknown.
    """
    if document.problem is not None and source.level != "none":  # what is never read says so itself
        raise SourceError(document.problem, path="$")
    speech = source.read(document)
    if document.guess is None:
        return speech
    lines = speech.words if speech.words is not None else speech.graphemes
    rows = np.flatnonzero([not label.isascii() for label in (() if lines is None else lines.labels)])
    return speech.with_findings(Finding("encoding", rows, document.guess)) if len(rows) else speech


def read_source(source: bytes | bytearray | str | dict[str, Any] | list[Any] | os.PathLike[str]) -> SpeechTimes:
    r"""Read speech times of any known shape: services, engines, recognisers, aligners and clipaudio's own files.

    Parameters
    ----------
    source
        Content as bytes or text, decoded JSON, or the path of a file. Text is content if it begins with `{` or `[`
        or holds a line end, else a path.

    Raises
    ------
    SourceError
        The shape is not known, or a field has the wrong type; `path` names it.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> read_source("clip 1 0.05 0.37 Hello\nclip 1 0.46 0.59 world.\n").words.times.round(2).tolist()
    [[0.05, 0.42], [0.46, 1.05]]
    """
    return read_speech(to_bytes(source))


def _unknown(document: Document) -> str:
    """Return the sentence for a file of no known shape: what it has, the nearest shapes, where the list is.

    For a file of sound, it is how its times are found.
    """
    if _is_sound(document.raw):
        return (
            "this is a file of sound, which has no speech times: `clipaudio align` finds those of a text that you have,"
            " a recogniser such as Whisper finds text and times"
        )
    names = list(dict.fromkeys(source.name for source in SOURCES))
    keys = list(dict.fromkeys(str(key) for message in document.samples for key in message))
    if keys:
        what = f"it has the keys {', '.join(key[:40] for key in keys[:_SHOWN])}"
    elif document.is_json:
        what = "it is JSON without an object"
    elif document.raw.startswith(_COMPRESSED):
        what = "it is compressed, so decompress it first"
    elif b"\0" in document.raw[:1000]:
        what = f"it is binary, and begins {document.raw[:8]!r}"
    else:
        what = f"it is text that begins {document.text[:30]!r}"
    shapes = SOURCES if document.is_json else plain_text.SOURCES
    ranked = sorted(shapes, key=lambda source: -_likeness(source, keys))
    near = list(dict.fromkeys(source.name for source in ranked))[: _SHOWN - 2]
    return (
        f"no known shape of speech times: {what}; the nearest of {len(names)} known shapes are {', '.join(near)} "
        "(`clipaudio sources` lists all)"
    )


def _is_sound(raw: bytes) -> bool:
    """Return True for a file of sound or of a video."""
    from clipaudio.audio.demuxers import find_demuxer  # noqa: PLC0415 - for a file that cannot be read
    from clipaudio.download.sniff import audio_suffix  # noqa: PLC0415 - as above

    is_text = raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in raw[:4000]
    return not is_text and (audio_suffix(raw) or find_demuxer(raw)) is not None


def _likeness(source: Source, keys: list[str]) -> float:
    """Return how alike the keys of a file are to those that tell a source."""
    told = {part.strip("[]0123456789") for pattern in source.tells for part in pattern.partition("=")[0].split(".")}
    matches = [max((difflib.SequenceMatcher(None, a, b).ratio() for b in told), default=0.0) for a in keys[:20]]
    return sum(match for match in matches if match > 0.7) / (len(told) or 1)
