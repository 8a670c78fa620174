"""Cue points, title and comment inside a WAV file.

A cue point has a number and a frame; `labl` gives it a name and `ltxt` a length, in the chunk `LIST` of type `adtl`.
Sound editors show them as markers or regions. The service's own stream uses the same chunks, with `list` in lower case
and a type of four letters in `ltxt` (`grph`, `phon`).

Format: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", chapter 3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clipaudio.audio.wav import Sliceable

__all__ = ["CuePoint", "mark_chunks", "read_marks", "text_chunk"]

_MOST: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class CuePoint:
    """A stretch of a file with a name: from frame `start`, `frames` long; `kind` is "rgn " or the writer's own."""

    label: str
    start: int
    frames: int
    kind: str = "rgn "


def mark_chunks(marks: Sequence[CuePoint]) -> bytes:
    """Return the WAV chunks that hold *marks*; empty if there are none.

    Raises
    ------
    ConvertError
        A mark lies where a WAV cannot point to, before 0 or behind 2**32 frames, or its kind is not four ASCII letters.

    Examples
    --------
    >>> chunks = mark_chunks([CuePoint("Hi", 100, 50)])
    >>> chunks[:4], read_marks(b"RIFF____WAVE" + chunks)
    (b'cue ', (CuePoint(label='Hi', start=100, frames=50, kind='rgn '),))
    """
    if not marks:
        return b""
    points, texts = [], []
    for number, mark in enumerate(marks, start=1):
        if not (0 <= mark.start <= _MOST and 0 <= mark.frames <= _MOST):
            raise ConvertError(f"mark {mark.label!r} at frame {mark.start} is out of a WAV's reach")
        if len(mark.kind) != 4 or not mark.kind.isascii():
            raise ConvertError(f"mark {mark.label!r} is of kind {mark.kind!r}; four ASCII letters are expected")
        points.append(struct.pack("<II4sIII", number, mark.start, b"data", 0, 0, mark.start))
        label = mark.label.replace("\0", "").encode("utf-8", "replace") + b"\0"
        texts.append(_chunk(b"labl", struct.pack("<I", number) + label))
        length = struct.pack("<II4sHHHH", number, mark.frames, mark.kind.encode("ascii"), 0, 0, 0, 65001)
        texts.append(_chunk(b"ltxt", length))
    cue = _chunk(b"cue ", struct.pack("<I", len(points)) + b"".join(points))
    return cue + _chunk(b"LIST", b"adtl" + b"".join(texts))


def text_chunk(*, title: str | None = None, comment: str | None = None) -> bytes:
    """Return the chunk that holds a title and a comment in UTF-8; empty if there are none.

    Examples
    --------
    >>> text_chunk(title="Hi")[8:16]
    b'INFOINAM'
    """
    texts = [
        _chunk(name, text.replace("\0", "").encode("utf-8", "replace") + b"\0")
        for name, text in ((b"INAM", title), (b"ICMT", comment))
        if text
    ]
    return _chunk(b"LIST", b"INFO" + b"".join(texts)) if texts else b""


def read_marks(data: Sliceable) -> tuple[CuePoint, ...]:
    """Return the cue points of a WAV file in the order of their frames.

    A point without a length is a mark of 0 frames. The service's stream, which puts the text into `ltxt` and several
    texts on one point, is read as well: each text is a mark.
    """
    starts: dict[int, int] = {}
    names: dict[int, str] = {}
    lengths: list[tuple[int, int, str, str]] = []
    for name, start, stop in _chunks(data, 12, len(data)):
        body = bytes(data[start:stop])
        if name == b"cue ":
            for at in range(4, len(body) - 23, 24):
                number, _, _, _, _, frame = struct.unpack_from("<II4sIII", body, at)
                starts[number] = frame
        elif name in {b"LIST", b"list"} and body[:4] == b"adtl":
            for part, first, last in _chunks(body, 4, len(body)):
                _read_text(part, body[first:last], names, lengths)
    marks = [
        CuePoint(text or names.get(number, ""), starts[number], frames, kind)
        for number, frames, kind, text in lengths
        if number in starts
    ]
    measured = {number for number, *_ in lengths}
    marks += [CuePoint(names.get(number, ""), frame, 0) for number, frame in starts.items() if number not in measured]
    return tuple(sorted(marks, key=lambda mark: mark.start))


def _read_text(name: bytes, body: bytes, names: dict[int, str], lengths: list[tuple[int, int, str, str]]) -> None:
    """Record one part of an `adtl` list."""
    if name == b"labl" and len(body) >= 4:
        names[struct.unpack_from("<I", body)[0]] = _text(body[4:])
    elif name == b"ltxt" and len(body) >= 12:
        number, frames, kind = struct.unpack_from("<II4s", body)
        lengths.append((number, frames, kind.decode("latin-1"), _text(body[20:])))


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("utf-8", "replace")


def _chunks(data: Sliceable, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and stop of each complete chunk."""
    long = None  # the size of the data chunk of an RF64
    while at + 8 <= end:
        name, size = bytes(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"ds64":
            long = int.from_bytes(data[at + 16 : at + 24], "little")
        elif name == b"data" and size == _MOST and long is not None:
            size = long
        if at + 8 + size > end:
            return
        yield name, at + 8, at + 8 + size
        at += 8 + size + size % 2


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
