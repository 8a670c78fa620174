"""Views of parts of a file: sliced without a copy, and readable by libsndfile."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.audio.wav import Sliceable

__all__ = ["ByteRange", "JoinedBytes", "SeekableBytes", "part_of"]


def part_of(data: Sliceable, start: int, stop: int) -> Sliceable:
    """Return the bytes of *data* from *start* to *stop*: *data* itself if these are all, else a view.

    >>> part_of(b"abc", 0, 3)
    b'abc'
    """
    return data if start == 0 and stop == len(data) else ByteRange(data, start, stop)


class ByteRange:
    """The bytes of *data* from *start* to *stop*, read when they are sliced.

    >>> ByteRange(b"abcdef", 2, 5)[1:9]
    b'de'
    """

    def __init__(self, data: Sliceable, start: int, stop: int) -> None:
        self._data = data
        self._start = start
        self._size = max(stop - start, 0)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: slice, /) -> bytes:
        first, stop, _ = place.indices(self._size)
        return bytes(self._data[self._start + first : self._start + max(stop, first)])


class JoinedBytes:
    """Several parts as one.

    >>> JoinedBytes([b"ab", ByteRange(b"cdef", 1, 3)])[1:3]
    b'bd'
    """

    def __init__(self, parts: Sequence[Sliceable]) -> None:
        self._parts = [part for part in parts if len(part)]
        self._stops = list(accumulate(len(part) for part in self._parts))

    def __len__(self) -> int:
        return self._stops[-1] if self._stops else 0

    def __getitem__(self, place: slice, /) -> bytes:
        first, stop, _ = place.indices(len(self))
        found = []
        row = bisect_right(self._stops, first)
        while first < stop:
            start = self._stops[row] - len(self._parts[row])
            last = min(stop, self._stops[row])
            found.append(bytes(self._parts[row][first - start : last - start]))
            first, row = last, row + 1
        return b"".join(found)


class SeekableBytes:
    """*data* as a binary file for libsndfile.

    *size* is the size that the file claims; reads behind the data return zeros up to it. Seeks before the start, which
    damaged files cause, are clamped.
    """

    def __init__(self, data: Sliceable, size: int | None = None) -> None:
        self._data = data
        self._size = len(data) if size is None else size
        self._at = 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a position and return it."""
        self._at = max((0, self._at, self._size)[whence] + offset, 0)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def read(self, count: int = -1, /) -> bytes:
        """Return the next bytes, at most *count*."""
        left = max(self._size - self._at, 0)
        count = left if count < 0 else min(count, left)
        found = bytes(self._data[self._at : self._at + count])
        self._at += count
        return found + bytes(count - len(found))

    def readinto(self, target: memoryview, /) -> int:
        """Fill *target* with the next bytes and return their number."""
        found = self.read(len(target))
        target[: len(found)] = found
        return len(found)

    def write(self, _: bytes, /) -> int:
        """Refuse: soundfile asks for the method, and never calls it while reading."""
        raise OSError("open for reading only")
