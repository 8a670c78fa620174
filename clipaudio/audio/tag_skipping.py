"""Skip the tags around the sound: ID3v2 before it, ID3v1, APE, Lyrics3 and appended ID3v2 behind it.

Sources: id3.org, "ID3 tag version 2.4.0 - Main Structure" (3.1 header, 3.4 footer) and "ID3v1"; hydrogenaud.io, "APEv2
specification"; id3.org, "Lyrics3 v2.00".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from clipaudio.audio.wav import Sliceable

__all__ = ["end_without_tags", "start_without_tags"]

_MOST_TAGS: Final = 64  # more, one behind the other, are no tags
_ID3V1: Final = 128
_ID3V1_EXTENDED: Final = 227  # "TAG+", before an ID3v1
_APE: Final = 32
_HAS_FOOTER: Final = 0x10
_HAS_HEADER: Final = 1 << 31


def start_without_tags(data: Sliceable) -> int:
    """Return the offset behind the ID3v2 tags at the start.

    A tag whose size reaches the end of the data is cut or damaged: nothing is skipped.

    Examples
    --------
    >>> start_without_tags(b"ID3" + bytes([4, 0, 0, 0, 0, 0, 2]) + b"..RIFF")
    12
    """
    at = 0
    for _ in range(_MOST_TAGS):
        head = bytes(data[at : at + 10])
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:]) > 127 or head[3] == 0xFF:
            break
        end = at + 10 + _seven_bits(head[6:]) + (10 if head[5] & _HAS_FOOTER else 0)
        if end >= len(data):
            break
        at = end
    return at


def end_without_tags(data: Sliceable, start: int = 0) -> int:
    """Return the offset at which the tags at the end begin, *start* at least; the length if there are none.

    Examples
    --------
    >>> end_without_tags(b"sound" + b"TAG" + bytes(125))
    5
    """
    end = len(data)
    for _ in range(_MOST_TAGS):
        size = _size_of_last_tag(data, end)
        if not size or end - size < start:
            break
        end -= size
    return end


def _size_of_last_tag(data: Sliceable, end: int) -> int:
    """Return the size of the tag that ends at *end*, 0 if there is none."""
    if end >= _ID3V1 and data[end - _ID3V1 : end - _ID3V1 + 3] == b"TAG":
        first = end - _ID3V1 - _ID3V1_EXTENDED
        return _ID3V1 + (_ID3V1_EXTENDED if first >= 0 and data[first : first + 4] == b"TAG+" else 0)
    foot = bytes(data[max(end - _APE, 0) : end])
    if foot[:8] == b"APETAGEX":
        size, flags = int.from_bytes(foot[12:16], "little"), int.from_bytes(foot[20:24], "little")
        return size + (_APE if flags & _HAS_HEADER else 0)
    if foot[-9:] == b"LYRICS200" and foot[-15:-9].isdigit():
        return int(foot[-15:-9]) + 15
    if foot[-10:-7] == b"3DI" and max(foot[-4:]) <= 127:
        return _seven_bits(foot[-4:]) + 20
    return 0


def _seven_bits(size: bytes) -> int:
    """Return a number of four bytes with seven bits each."""
    return size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3]
