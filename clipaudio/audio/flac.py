"""Find the true length of a FLAC file from its last frame.

Source: RFC 9639, sections 8.2 (STREAMINFO), 9.1 (frame header, CRC-8).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.audio.byte_ranges import ByteRange, JoinedBytes, part_of
from clipaudio.audio.streams import Stream
from clipaudio.audio.tag_skipping import end_without_tags
from clipaudio.audio.wav import Issue

if TYPE_CHECKING:
    from clipaudio.audio.wav import Sliceable

__all__ = ["find_flac_streams"]

_MARK: Final = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")  # and STREAMINFO, alone or with more blocks behind it
_MOST_BLOCKS: Final = 1 << 10
_WINDOW: Final = 1 << 18  # bytes searched at once for the last frame
_MOST_STREAMS: Final = 1 << 12
_BLOCK_SIZES: Final = {1: 192, **{code: 144 << code for code in range(2, 6)}, **{c: 1 << c for c in range(8, 16)}}


class _Info(NamedTuple):
    """What STREAMINFO says; `total` is 0 if unknown."""

    block_size: int
    is_fixed: bool
    total: int


class _Frame(NamedTuple):
    """A frame header: its first sample, and the samples a channel in the frame."""

    first: int
    samples: int


def find_flac_streams(data: Sliceable) -> tuple[list[Stream], tuple[Issue, ...]] | None:
    """Find the streams in *data*, which begins with a FLAC; None if its metadata cannot be followed."""
    stop = end_without_tags(data)
    streams: list[Stream] = []
    at = 0
    while at < stop and len(streams) < _MOST_STREAMS:
        begin = _first_frame(data, at, stop)
        if begin is None:
            break
        following = _next_mark(data, begin, stop)
        streams.append(_stream_of(part_of(data, at, following), begin - at))
        at = following
    return (streams, ()) if streams else None


def _first_frame(data: Sliceable, start: int, stop: int) -> int | None:
    """Return the offset behind the metadata of the stream at *start*; None if it cannot be followed."""
    at = start + 4
    for _ in range(_MOST_BLOCKS):
        head = bytes(data[at : at + 4])
        if len(head) < 4:
            return None
        at += 4 + int.from_bytes(head[1:], "big")
        if head[0] & 0x80:
            return at if at <= stop else None
    return None


def _next_mark(data: Sliceable, start: int, stop: int) -> int:
    """Return where the next stream begins: a mark, with metadata that ends before a frame."""
    step = 1 << 20
    for base in range(start, stop, step):
        window = bytes(data[base : min(base + step + 7, stop)])
        for mark in _MARK.finditer(window):
            begin = _first_frame(data, base + mark.start(), stop)
            if begin is not None and bytes(data[begin : begin + 2]) in {b"\xff\xf8", b"\xff\xf9"}:
                return base + mark.start()
    return stop


def _stream_of(data: Sliceable, begin: int) -> Stream:
    """Return a stream that is read as far as its frames go; *begin* is the offset of the first one."""
    info = _read_info(bytes(data[8:42]))
    last = _last_frame(data, begin, info)
    if last is None:
        return Stream(data)
    found = last.first + last.samples
    if info.total >= found:  # what is missing at the end is found by the decoder
        return Stream(data)
    text = f"the header promises {info.total} frames, there are {found}; all were read"
    issues = (Issue("length_mismatch", text),) if info.total else ()
    return Stream(_with_total(data, found), issues=issues)


def _read_info(body: bytes) -> _Info:
    """Parse STREAMINFO."""
    least, most = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
    return _Info(most, least == most, int.from_bytes(body[13:18], "big") & 0xFFFFFFFFF)


def _with_total(data: Sliceable, total: int) -> JoinedBytes:
    """Return *data* with *total* frames in STREAMINFO."""
    place = 8 + 13
    first = bytes(data[place : place + 1])[0] & 0xF0 | total >> 32
    return JoinedBytes(
        [
            bytes(data[:place]),
            bytes([first]) + (total & 0xFFFFFFFF).to_bytes(4, "big"),
            ByteRange(data, place + 5, len(data)),
        ]
    )


def _last_frame(data: Sliceable, begin: int, info: _Info) -> _Frame | None:
    """Return the last frame whose header continues the one before it, or the first frame if it is alone."""
    latest: _Frame | None = None
    stop = len(data)
    while stop > begin:
        start = max(stop - _WINDOW, begin)
        window = bytes(data[start : stop + 16])
        at = window.rfind(b"\xff", 0, stop - start)
        while at >= 0:
            frame = _read_frame(window[at : at + 16], info)
            if frame is not None:
                if latest is not None and frame.first + frame.samples == latest.first:
                    return latest
                if start + at == begin:
                    return frame if latest is None or latest.first != frame.first + frame.samples else latest
                if latest is None or frame.first > latest.first or frame.first + frame.samples > latest.first:
                    latest = frame
            at = window.rfind(b"\xff", 0, at)
        stop = start
    return latest


def _read_frame(head: bytes, info: _Info) -> _Frame | None:
    """Parse a frame header; return None if the bytes are none."""
    if len(head) < 6 or head[0] != 0xFF or head[1] not in {0xF8, 0xF9} or head[3] & 1:
        return None
    number, at = _read_number(head, 4)
    size_code, rate_code = head[2] >> 4, head[2] & 15
    if number is None or size_code == 0 or rate_code == 15:
        return None
    extra = {6: 1, 7: 2}.get(size_code, 0)
    samples = _BLOCK_SIZES.get(size_code) or int.from_bytes(head[at : at + extra], "big") + 1
    at += extra + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    return _Frame(number if head[1] == 0xF9 else number * info.block_size, samples)


def _read_number(head: bytes, at: int) -> tuple[int | None, int]:
    """Return a number in the manner of UTF-8 and the offset behind it."""
    first = head[at]
    length = 8 - (first ^ 0xFF).bit_length()
    if length == 0:
        return first, at + 1
    rest = head[at + 1 : at + length]
    if length in {1, 8} or len(rest) != length - 1 or any(byte >> 6 != 2 for byte in rest):
        return None, at
    number = first & (0x7F >> length)
    for byte in rest:
        number = number << 6 | byte & 0x3F
    return number, at + length


def _crc8(data: bytes) -> int:
    """Return the CRC-8 of FLAC (polynomial 0x07)."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value << 1 & 0xFF ^ (0x07 if value & 0x80 else 0)
    return value
