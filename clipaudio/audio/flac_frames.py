"""Parse the frame headers of a FLAC, and find the frames that differ from its STREAMINFO.

Source: RFC 9639, section 9.1 (frame header, coded number, CRC-8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clipaudio.audio.wav import Sliceable

__all__ = [
    "LONGEST_HEADER",
    "FlacFrame",
    "StreamInfo",
    "find_frames",
    "find_pairs",
    "has_other_frames",
    "read_frame",
    "read_info",
    "split_windows",
]

LONGEST_HEADER: Final = 16  # bytes
_MOST_PARSED: Final = 1 << 17  # frame headers: some seconds; an encoder's file has few that differ by chance
_WINDOW: Final = 1 << 17  # bytes searched at once: they stay in the cache of the processor
_BLOCK_SIZES: Final = {1: 192, **{code: 144 << code for code in range(2, 6)}, **{c: 1 << c for c in range(8, 16)}}
_RATES: Final = (0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
_NOWHERE: Final = np.zeros(0, np.intp)
_BITS: Final = (0, 8, 12, None, 16, 20, 24, 32)
_STEREO: Final = frozenset({1, 8, 9, 10})  # left and right, or one of them with the difference


class StreamInfo(NamedTuple):
    """What STREAMINFO says, or a frame of its own; `total` is 0 if unknown."""

    block_size: int
    sample_rate: int
    channels: int
    bits: int
    total: int = 0

    @property
    def kind(self) -> tuple[int, int, int]:
        """What a decoder must know: rate, channels, bits."""
        return self.sample_rate, self.channels, self.bits

    def encode(self) -> bytes:
        """Return the start of a FLAC file: the mark, and STREAMINFO alone."""
        packed = self.sample_rate << 44 | (self.channels - 1) << 41 | (self.bits - 1) << 36 | self.total
        sizes = self.block_size.to_bytes(2, "big") * 2
        return b"fLaC\x80\x00\x00\x22" + sizes + bytes(6) + packed.to_bytes(8, "big") + bytes(16)


class FlacFrame(NamedTuple):
    """A frame header: its place, its number, that of the next one, its first sample, and what it says of its samples.

    A value of `kind` is 0 where STREAMINFO tells it.
    """

    place: int
    number: int
    following: int
    first: int
    samples: int
    kind: tuple[int, int, int]

    def kind_in(self, info: StreamInfo) -> tuple[int, int, int]:
        """Return rate, channels and bits of the frame in a stream with *info*."""
        rate, channels, bits = self.kind
        return rate or info.sample_rate, channels, bits or info.bits


def read_info(body: bytes) -> StreamInfo:
    """Parse STREAMINFO."""
    packed = int.from_bytes(body[10:18], "big")
    rate, channels, bits = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    return StreamInfo(int.from_bytes(body[2:4], "big"), rate, channels, bits, packed & 0xFFFFFFFFF)


def read_frame(head: bytes, block_size: int, place: int = 0) -> FlacFrame | None:
    """Parse the frame header at the start of *head*; return None if the bytes are none.

    Examples
    --------
    >>> head = bytes([0xFF, 0xF8, 0xC9, 0x08, 0x00])
    >>> read_frame(head + bytes([_crc8(head)]), 4096)
    FlacFrame(place=0, number=0, following=1, first=0, samples=4096, kind=(44100, 1, 16))
    """
    if len(head) < 6 or head[0] != 0xFF or head[1] not in {0xF8, 0xF9} or head[3] & 1:
        return None
    size_code, rate_code, channel_code, bits = head[2] >> 4, head[2] & 15, head[3] >> 4, _BITS[head[3] >> 1 & 7]
    number, at = _read_number(head, 4)
    if number is None or size_code == 0 or rate_code == 15 or channel_code > 10 or bits is None:
        return None
    extra = {6: 1, 7: 2}.get(size_code, 0)
    samples = _BLOCK_SIZES.get(size_code) or int.from_bytes(head[at : at + extra], "big") + 1
    at += extra
    extra = {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    told = int.from_bytes(head[at : at + extra], "big")
    rate = told * {12: 1000, 13: 1, 14: 10}[rate_code] if extra else _RATES[rate_code]
    at += extra
    if at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    channels = 2 if channel_code in _STEREO else channel_code + 1
    is_variable = head[1] == 0xF9
    first = number if is_variable else number * block_size
    return FlacFrame(place, number, number + (samples if is_variable else 1), first, samples, (rate, channels, bits))


def find_frames(data: Sliceable, start: int, stop: int, block_size: int) -> Iterator[FlacFrame]:
    """Yield the frame at *start*, and each later one that carries the next number."""
    wanted: bytes | None = None
    for at, window in split_windows(data, start, stop):
        for place in _candidates(window):
            if at + place != start if wanted is None else not window.startswith(wanted, place + 4):
                continue
            frame = read_frame(window[place : place + LONGEST_HEADER], block_size, at + place)
            if frame is not None:
                wanted = _write_number(frame.following)
                yield frame


def has_other_frames(data: Sliceable, start: int, stop: int, info: StreamInfo) -> bool:
    """Return True if the frame at *start*, or one that continues another, is of another kind than *info* says.

    Two bytes in 32 000 look like a frame, so one that continues none is no proof. Frames are compared by two of their
    bytes; few are parsed, and of data that is full of them not all.
    """
    left = _MOST_PARSED
    is_same = _bytes_of(info)
    for at, window in split_windows(data, start, stop):
        for place in _candidates(window, is_same):
            left -= 1
            frame = read_frame(window[place : place + LONGEST_HEADER], info.block_size, at + place)
            if frame is not None and frame.kind_in(info) != info.kind:
                if frame.place == start:
                    return True
                near, parsed = _parse_near(data, start, stop, info, frame.place)
                left -= parsed
                if any(one.following == frame.number for one in near if one.place < frame.place):
                    return True
                if any(frame.following == one.number for one in near if one.place > frame.place):
                    return True
            if left < 0:
                return False
    return False


def _parse_near(data: Sliceable, start: int, stop: int, info: StreamInfo, place: int) -> tuple[list[FlacFrame], int]:
    """Return all frames near *place*, and how many headers were parsed."""
    found, parsed = [], 0
    for at, window in split_windows(data, max(place - _WINDOW, start), min(place + _WINDOW, stop)):
        for near in _candidates(window):
            frame = read_frame(window[near : near + LONGEST_HEADER], info.block_size, at + near)
            parsed += 1
            if frame is not None:
                found.append(frame)
    return found, parsed


def split_windows(data: Sliceable, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the bytes of each window; each reaches `LONGEST_HEADER` into the next one."""
    for at in range(start, stop, _WINDOW):
        yield at, bytes(data[at : min(at + _WINDOW + LONGEST_HEADER, stop)])


def find_pairs(window: bytes, first: int, seconds: bytes) -> NDArray[np.intp]:
    """Return where *first* stands before one of *seconds*, but not in what the next window begins with.

    Each step is a comparison of whole arrays: `bytes.find` and `re` take several times as long.
    """
    values: NDArray[np.uint8] = np.frombuffer(window, np.uint8)[: _WINDOW + 1]
    after = values[1:]
    found = after == seconds[0]
    for second in seconds[1:]:
        found |= after == second
    found &= values[:-1] == first
    return np.flatnonzero(found) if found.any() else _NOWHERE


def _candidates(window: bytes, is_same: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None) -> list[int]:
    """Return where frames may begin; with the tables of `_bytes_of` only those that may be of another kind."""
    places = find_pairs(window, 0xFF, b"\xf8\xf9")
    if is_same is not None:
        values: NDArray[np.uint8] = np.frombuffer(window, np.uint8)
        places = places[places + 3 < len(values)]
        places = places[~(is_same[0][values[places + 2]] & is_same[1][values[places + 3]])]
    found: list[int] = places.tolist()
    return found


def _bytes_of(info: StreamInfo) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which values of the third and of the fourth byte of a frame header say the same as *info*."""
    rates = {0, *(code for code, rate in enumerate(_RATES) if rate == info.sample_rate)}
    codes = {0, *(code for code, bits in enumerate(_BITS) if bits == info.bits)}
    channels = _STEREO if info.channels == 2 else {info.channels - 1}
    third = np.array([value & 15 in rates for value in range(256)])
    fourth = np.array([value >> 4 in channels and value >> 1 & 7 in codes for value in range(256)])
    return third, fourth


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


def _write_number(number: int) -> bytes:
    r"""Return a number in the manner of UTF-8.

    >>> _write_number(127), _write_number(128), _read_number(_write_number(1 << 35), 0)
    (b'\x7f', b'\xc2\x80', (34359738368, 7))
    """
    if number < 0x80:
        return bytes([number])
    length = min(2 + max(number.bit_length() - 7, 0) // 5, 7)
    rest = [0x80 | number >> 6 * row & 0x3F for row in range(length - 2, -1, -1)]
    return bytes([0xFF << 8 - length & 0xFF | number >> 6 * (length - 1) & 0x3F, *rest])


def _crc8(data: bytes) -> int:
    """Return the CRC-8 of FLAC (polynomial 0x07)."""
    value = 0
    for byte in data:
        value = _CRC8[value ^ byte]
    return value


def _crc8_of_byte(value: int) -> int:
    for _ in range(8):
        value = value << 1 & 0xFF ^ (0x07 if value & 0x80 else 0)
    return value


_CRC8: Final = bytes(map(_crc8_of_byte, range(256)))
