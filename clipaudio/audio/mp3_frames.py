"""Walk the frames of an MP3 by their headers, without decoding them.

Sources: ISO/IEC 11172-3 and 13818-3, 2.4.1.3 and 2.4.2.3 (header, layers I to III); MPEG 2.5 halves the rates again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from clipaudio.audio.wav import Sliceable

__all__ = ["FrameHeader", "FrameRun", "find_first_frame", "read_header", "walk_frames"]

_SEARCH: Final = 1 << 16  # bytes of anything else that may stand before a frame
_WINDOW: Final = 1 << 20  # bytes read at once
_OVERLAP: Final = 1 << 8  # bytes from the start of a frame to the end of its tag's name, and more
_RATES: Final = (44_100, 48_000, 32_000)
_KBITS: Final = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


class FrameHeader(NamedTuple):
    """What the four bytes of a frame header say.

    `version` is 1, or 2 for MPEG 2 and 2.5; `size` counts the bytes of the frame, `samples` its samples a channel.
    """

    version: int
    layer: int
    sample_rate: int
    channels: int
    size: int
    samples: int

    @property
    def kind(self) -> tuple[int, int, int, int]:
        """What stays the same throughout a stream: version, layer, rate and channels."""
        return self[:4]

    @property
    def tag_place(self) -> int:
        """Bytes from the start of a frame to its Xing or Info tag: behind header and side information."""
        if self.version == 1:
            return 21 if self.channels == 1 else 36
        return 13 if self.channels == 1 else 21


@dataclass(frozen=True, slots=True)
class FrameRun:
    """Frames of one kind without a gap, from byte *start* to byte *stop*.

    `missing` is the number of bytes that the last frame lacks at the end of the data; that frame is not counted.
    """

    start: int
    stop: int
    count: int
    first: FrameHeader
    missing: int = 0

    @property
    def frames(self) -> int:
        """Samples a channel in all frames."""
        return self.count * self.first.samples


def read_header(data: bytes, at: int = 0) -> FrameHeader | None:
    """Parse a frame header; return None if the bytes are none, or of a free bit rate.

    Examples
    --------
    >>> read_header(bytes([0xFF, 0xFB, 0x90, 0x00]))
    FrameHeader(version=1, layer=3, sample_rate=44100, channels=2, size=417, samples=1152)
    """
    head = data[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF:
        return None
    return _parse(head[1], head[2], 1 if head[3] >> 6 == 3 else 2)


@lru_cache(maxsize=1 << 13)
def _parse(second: int, third: int, channels: int) -> FrameHeader | None:
    version_bits, layer = second >> 3 & 3, 4 - (second >> 1 & 3)
    kbits_index, rate_index = third >> 4, third >> 2 & 3
    if second >> 5 != 7 or version_bits == 1 or layer == 4 or kbits_index in {0, 15} or rate_index == 3:
        return None
    version = 1 if version_bits == 3 else 2
    sample_rate = _RATES[rate_index] // (version if version_bits else 4)  # version bits 0: MPEG 2.5
    bits, padding = 1000 * _KBITS[version, layer][kbits_index], third >> 1 & 1
    if layer == 1:
        return FrameHeader(version, 1, sample_rate, channels, (12 * bits // sample_rate + padding) * 4, 384)
    samples = 1152 if layer == 2 else 1152 // version
    return FrameHeader(version, layer, sample_rate, channels, samples // 8 * bits // sample_rate + padding, samples)


def find_first_frame(data: Sliceable, start: int = 0, stop: int | None = None) -> int | None:
    """Return the offset of the first frame behind *start*: a header that another header of its kind follows.

    At *start* itself, a single frame that reaches *stop*, the end of the sound, is enough.
    """
    stop = len(data) if stop is None else stop
    window = bytes(data[start : start + _SEARCH + (1 << 14)])
    at = window.find(b"\xff", 0, _SEARCH)
    while at >= 0:
        header = read_header(window, at)
        if header is not None:
            end = start + at + header.size
            following = read_header(bytes(data[end : end + 4]))
            is_alone = at == 0 and end + 4 > stop
            if is_alone or (following is not None and following.kind == header.kind):
                return start + at
        at = window.find(b"\xff", at + 1, _SEARCH)
    return None


def walk_frames(data: Sliceable, start: int, stop: int) -> FrameRun | None:
    """Follow the frames from *start* as long as they are of the kind of the first one; None if there is none.

    A later frame with a tag begins a new stream: files are joined like this. The walk ends before it.

    Examples
    --------
    >>> frame = bytes([0xFF, 0xFB, 0x90, 0xC0]) + bytes(413)
    >>> run = walk_frames(frame * 3 + frame[:9], 0, 1260)
    >>> run.count, run.stop, run.frames, run.missing
    (3, 1251, 3456, 408)
    """
    first = read_header(bytes(data[start : start + 4]))
    if first is None:
        return None
    count, at, base, window = 0, start, start, b""
    tagged: set[int] = set()
    sizes: dict[bytes, int] = {}  # bytes of a frame by its header; a stream repeats a few
    while at + 4 <= stop:
        place = at - base
        if place + 4 > len(window) or (place > _WINDOW and at + _OVERLAP <= stop):
            base, place, window = at, 0, bytes(data[at : min(at + _WINDOW + _OVERLAP, stop)])
            tagged = _find_tags(window, first.tag_place)
        if place in tagged and count:
            break
        head = window[place : place + 4]
        size = sizes.get(head)
        if size is None:
            header = read_header(head)
            if header is None or header.kind != first.kind:
                break
            size = sizes[head] = header.size
        if at + size > stop:
            return FrameRun(start, at, count, first, at + size - stop)
        count += 1
        at += size
    return FrameRun(start, at, count, first)


def _find_tags(window: bytes, place: int) -> set[int]:
    """Return where frames would begin that have a Xing or Info tag at *place*."""
    found = set()
    for name in (b"Xing", b"Info"):
        at = window.find(name)
        while at >= 0:
            found.add(at - place)
            at = window.find(name, at + 4)
    return found
