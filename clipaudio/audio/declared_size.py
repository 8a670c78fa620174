"""Compare the size of the sound that a header declares with the bytes that are there (AIFF, AU, CAF, Wave64).

libsndfile reads what is there and does not tell that the rest is missing.

Sources: Apple, "AIFF-C Specification" and "Core Audio Format Specification 1.0"; Sun, "The AU audio file format"; Sony,
"Wave64".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from clipaudio.audio.wav import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.audio.wav import Sliceable

__all__ = ["find_missing_end"]

_Order: TypeAlias = Literal["little", "big"]
_MOST_CHUNKS: Final = 1 << 10
_UNKNOWN: Final = 1 << 31  # of a size of 32 bits: this and more mean that nobody filled it in
_WAVE64: Final = 24  # bytes of a chunk's head, and part of its size
_SOUND: Final = frozenset({b"SSND", b"data"})


def find_missing_end(data: Sliceable) -> tuple[Issue, ...]:
    """Return the issue that the sound is shorter than the header declares; nothing if it is not, or of another format.

    Examples
    --------
    >>> find_missing_end(b".snd" + bytes([0, 0, 0, 24, 0, 0, 0, 9]) + bytes(17))
    (Issue(kind='truncated', message='4 of 9 bytes of sound are missing at the end'),)
    """
    for start, size in _sounds(data):
        missing = start + size - len(data)
        if missing > 0 and size > 0:
            return (Issue("truncated", f"{missing} of {size} bytes of sound are missing at the end"),)
    return ()


def _sounds(data: Sliceable) -> Iterator[tuple[int, int]]:
    """Yield where sound begins, and the declared number of its bytes."""
    head = bytes(data[:16])
    if head[:4] in {b".snd", b"dns."}:
        order: _Order = "big" if head[:1] == b"." else "little"
        size = int.from_bytes(head[8:12], order)
        if size < _UNKNOWN:
            yield int.from_bytes(head[4:8], order), size
    elif head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        yield from _chunks(data, 12, 4, "big")
    elif head[:4] == b"caff":
        yield from _chunks(data, 8, 8, "big")
    elif head[:4] == b"riff":
        yield from _chunks(data, 40, 8, "little")


def _chunks(data: Sliceable, at: int, width: int, order: _Order) -> Iterator[tuple[int, int]]:
    """Yield the chunks of sound; *width* is the number of bytes of a size."""
    name = 16 if order == "little" else 4
    for _ in range(_MOST_CHUNKS):
        head = bytes(data[at : at + name + width])
        if len(head) < name + width:
            return
        size = int.from_bytes(head[name:], order, signed=width == 8)
        start = at + len(head)
        if order == "little":
            size -= _WAVE64
        if size < 0 or (width == 4 and size >= _UNKNOWN):  # unknown: up to the end
            return
        if head[:4] in _SOUND:
            yield start, size
        at = start + size
        at += -at % 8 if order == "little" else size % 2 if width == 4 else 0
