"""Locate and decode the samples of a WAV file, tolerating wrong headers.

Speech services stream WAV before they know its length, so sizes in headers lie: 0, 0x7FFFFFFF, 0xFFFFFFFF
and the like. The actual bytes decide; every difference from the header becomes an `Issue`.

Format: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF, WAVE); EBU
Tech 3306 (RF64); RIFX is the same in big-endian order.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from clipaudio.audio.g711 import expand
from clipaudio.errors import AudioError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Issue", "Sliceable", "WavLayout", "decode_samples", "is_wav", "read_layout"]

_PCM, _FLOAT, _MP3, _EXTENSIBLE = 1, 3, 0x55, 0xFFFE
_BLOCKS_OF = frozenset({0x02, 0x11, 0x31})  # ADPCM of Microsoft and of IMA, GSM 6.10: blocks of so many frames
_FILES = frozenset({b"RIFF", b"RIFX", b"RF64", b"BW64"})
_LOOK = 1 << 16  # bytes
_SEARCH = 1 << 20  # bytes
_SEARCHED_MOST = 1 << 28
_SUBTYPES = {
    (_PCM, 8): "PCM_U8",
    (_PCM, 16): "PCM_16",
    (_PCM, 24): "PCM_24",
    (_PCM, 32): "PCM_32",
    (_FLOAT, 32): "FLOAT",
    (_FLOAT, 64): "DOUBLE",
    (6, 8): "ALAW",
    (7, 8): "ULAW",
}
_CODES = {"PCM_U8": "i2", "PCM_16": "i2", "PCM_24": "i4", "PCM_32": "i4", "FLOAT": "f4", "DOUBLE": "f8"}
_MOST_CHUNKS = 1 << 12  # more are no WAV but zeros, or a trap: gigabytes of empty chunks take hours to walk
_LONGEST_FMT = 1 << 12  # bytes; compressed kinds keep their coefficients there
_UNKNOWN_SIZES = frozenset({2_000_000_000})  # and everything from 0x7FFFF000 on: what streaming writers promise
_KNOWN_CHUNKS = frozenset(
    {
        b"data",
        b"fmt ",
        b"fact",
        b"LIST",
        b"JUNK",
        b"junk",
        b"PEAK",
        b"bext",
        b"cue ",
        b"smpl",
        b"inst",
        b"iXML",
    }
    | {b"id3 ", b"ID3 ", b"PAD ", b"ds64"}
)


@dataclass(frozen=True, slots=True)
class Issue:
    """One irregularity of a file, and how it was handled."""

    kind: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


@dataclass(frozen=True, slots=True)
class WavLayout:
    """Position and format of the samples in a WAV file.

    `subtype` is None for compression that libsndfile decodes. `start` and `stop` are bytes, `width` bytes a frame.
    `tag` is the format code. `container` is 4 for 24 bits that take 4 bytes, at the top or, if `is_low`, at the bottom.
    `frames` is the number of them where compression hides it and the format tells it.
    """

    channels: int
    sample_rate: int
    subtype: str | None
    order: str
    start: int
    stop: int
    width: int
    fmt: bytes
    issues: tuple[Issue, ...]
    tag: int = _PCM
    container: int = 0
    is_low: bool = False
    frames: int | None = None


class Sliceable(Protocol):
    """Bytes in memory, or a file that is read by slicing."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: slice, /) -> bytes: ...


class _Chunk(NamedTuple):
    name: bytes
    start: int
    size: int


def is_wav(data: Sliceable) -> bool:
    """Return True if *data* starts like a WAV file of any kind.

    >>> is_wav(b"RIFF....WAVE"), is_wav(b"OggS")
    (True, False)
    """
    return data[:4] in _FILES and data[8:12] in {b"WAVE", b""}


def read_layout(data: Sliceable) -> WavLayout:
    """Find the samples in *data*.

    Raises
    ------
    AudioError
        There is no fmt or data chunk, the format makes no sense, or the audio was promised and is missing.
        The attribute `kind` names which.

    Examples
    --------
    >>> import numpy as np
    >>> from clipaudio.audio.wav_writer import encode_wav
    >>> whole = encode_wav(np.zeros((100, 1), np.int16), 8000, "PCM_16")
    >>> cut = read_layout(whole[:-50])
    >>> cut.sample_rate, (cut.stop - cut.start) // 2, cut.issues[0].kind
    (8000, 75, 'truncated')
    """
    order = ">" if data[:4] == b"RIFX" else "<"
    issues: list[Issue] = []
    chunks = _walk(data, order, issues)
    fmt, body = chunks.get(b"fmt "), chunks.get(b"data")
    if fmt is None or fmt.size < 16 or fmt.start + 16 > len(data):
        raise AudioError("the WAV header is cut: no whole fmt chunk found", kind="truncated_header")
    if body is None:
        raise AudioError(
            f"the WAV ends after {len(data)} bytes without a data chunk: the download was cut, fetch it again",
            kind="truncated_header",
        )
    head = bytes(data[fmt.start : fmt.start + min(fmt.size, _LONGEST_FMT)])
    tag, channels, rate, byte_rate, align, bits = struct.unpack_from(order + "HHIIHH", head)
    valid = bits
    if tag == _EXTENSIBLE and len(head) >= 28:
        valid, tag = struct.unpack_from(order + "H4xI", head, 18)  # the first number of the GUID
        tag &= 0xFFFF
    if not channels or not rate:
        raise AudioError(f"the WAV says {channels} channels at {rate} Hz; both must be above 0", kind="invalid_format")
    is_low = tag == _PCM and 24 in {bits, valid} and _stands_low(bytes(data[body.start : body.start + _LOOK]), order)
    if is_low and (valid, align) == (24, 4 * channels):
        bits = 24
    kept = (bits + 7) // 8 * 8 if tag == _PCM else bits  # fewer bits stand at the top of whole bytes
    subtype = _SUBTYPES.get((tag, kept))
    if subtype is None and tag in {_PCM, _FLOAT}:
        raise AudioError(
            f"the WAV holds {bits}-bit samples of kind {tag}; expected 1 to 32 bit PCM or 32 or 64 bit float",
            kind="invalid_format",
        )
    container = 0
    if subtype is not None:
        width = channels * kept // 8
        if kept == 24 and align == 4 * channels and byte_rate == rate * align:
            width, container = align, 4
        elif align != width or byte_rate != rate * width:
            text = f"block of {align} and {byte_rate} bytes a second, but {channels} x {bits} bit at {rate} Hz"
            issues.append(Issue("inconsistent_fmt", f"{text}; the latter was used"))
        align = width
    align = 1 if tag == _MP3 else max(align, 1)  # the block of an MP3 is no packet
    stop = _end_of_samples(data, body, align, order, issues)
    known = _packed_frames(head, tag, stop - body.start)
    is_low = is_low and bool(container)
    return WavLayout(
        channels, rate, subtype, order, body.start, stop, align, head, tuple(issues), tag, container, is_low, known
    )


def _packed_frames(head: bytes, tag: int, size: int) -> int | None:
    """Return the number of frames in *size* bytes of compressed samples; None where the format does not tell it."""
    if tag not in _BLOCKS_OF or len(head) < 20:
        return None
    align, frames = struct.unpack_from("<H4xH", head, 12)
    return int(size // max(align, 1) * frames)


def _stands_low(raw: bytes, order: str) -> bool:
    """Return True if 24-bit samples in 4 bytes stand at the bottom: the top byte only repeats the sign, or is empty."""
    samples = np.frombuffer(raw[: len(raw) - len(raw) % 4], order + "i4")
    above = samples >> 24
    has_sign = ((samples << 8) >> 8 == samples).all()
    return bool((samples & 0xFF).any()) and bool(has_sign or not above.any())


def decode_samples(raw: bytes | memoryview, layout: WavLayout) -> NDArray[Any]:
    """Decode *raw*, whole frames of *layout*, to shape (frames, channels): int16, int32, float32 or float64.

    Nothing is scaled through floats: integers come as integers of full scale, 24 bits at the top of int32.
    """
    codes = np.frombuffer(raw, np.uint8)
    if layout.subtype in {"ULAW", "ALAW"}:
        return expand(codes, layout.subtype).reshape(-1, layout.channels)
    if layout.subtype == "PCM_U8":
        samples: NDArray[Any] = (codes.astype(np.int16) - 128) << 8
    elif layout.container:
        wide = codes.view(layout.order + "i4").astype(np.int32, copy=False)
        samples = wide << 8 if layout.is_low else wide
    elif layout.subtype == "PCM_24":
        padded = np.zeros((len(codes) // 3, 4), np.uint8)
        padded[:, 1:] = codes.reshape(-1, 3)[:, :: 1 if layout.order == "<" else -1]
        samples = padded.reshape(-1).view("<i4").astype(np.int32, copy=False)
    else:
        samples = codes.view(layout.order + _CODES[str(layout.subtype)])
        samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
    return samples.reshape(-1, layout.channels)


def _walk(data: Sliceable, order: str, issues: list[Issue]) -> dict[bytes, _Chunk]:
    """Return the first chunk of each name, up to the data chunk once fmt is known."""
    chunks: dict[bytes, _Chunk] = {}
    at = 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            break
        name = bytes(data[at : at + 4])
        (size,) = struct.unpack(order + "I", data[at + 4 : at + 8])
        if name == b"data" and b"ds64" in chunks and size == 0xFFFFFFFF and chunks[b"ds64"].size >= 16:
            at64 = chunks[b"ds64"].start + 8
            (size,) = struct.unpack(order + "Q", data[at64 : at64 + 8])
        chunks.setdefault(name, _Chunk(name, at + 8, size))
        if b"data" in chunks and b"fmt " in chunks:
            break
        at = _next_chunk(data, at + 8 + size, issues)
    return chunks


def _next_chunk(data: Sliceable, end: int, issues: list[Issue] | None = None) -> int:
    """Return the start of the chunk after *end*; odd chunks are padded, but not by all writers."""
    if end % 2 == 0:
        return end
    if data[end + 1 : end + 5] not in _KNOWN_CHUNKS and data[end : end + 4] in _KNOWN_CHUNKS:
        if issues is not None:
            issues.append(Issue("unpadded_chunk", f"an odd chunk ends at byte {end} without its pad byte"))
        return end
    return end + 1


def _is_chain(data: Sliceable, at: int, order: str) -> bool:
    """Return True if complete chunks follow one another from *at* to the end of the file."""
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            break
        (size,) = struct.unpack(order + "I", data[at + 4 : at + 8])
        name = bytes(data[at : at + 4])
        if name in _FILES or not all(32 <= byte < 127 for byte in name) or at + 8 + size > len(data):
            return False
        at = _next_chunk(data, at + 8 + size)
    return at >= len(data)


def _end_of_samples(data: Sliceable, body: _Chunk, align: int, order: str, issues: list[Issue]) -> int:
    """Return the offset behind the last whole frame, by the declared size and the actual one."""
    there = len(data) - body.start
    size, promised = min(body.size, there), body.size
    unknown = 0x7FFFF000 <= promised <= 0xFFFFFFFF or promised in _UNKNOWN_SIZES  # a longer one is told by ds64
    if promised and not there:
        raise AudioError(
            f"the WAV is a header only: 0 of {promised // align} frames arrived; fetch it again",
            kind="truncated",
        )
    if not promised and (not there or _is_chain(data, body.start, order)):
        issues.append(Issue("empty", "the file holds no audio at all"))
    elif not promised:
        size = there = _before_next_file(data, body.start, issues)
        issues.append(Issue("data_size_zero", f"the header says 0 bytes, {there} follow and were read"))
    elif unknown and (promised > there or not _is_chain(data, _next_chunk(data, body.start + promised), order)):
        size = there = _before_next_file(data, body.start, issues)
        issues.append(Issue("data_size_unknown", f"the header promises {promised} bytes (streamed); read {there}"))
    elif promised > there:
        text = f"{promised} bytes promised, {there} found ({there // align} of {promised // align} frames)"
        issues.append(Issue("truncated", text))
    else:
        _judge_rest(data, body.start + size, order, issues)
    if size % align:
        issues.append(Issue("odd_byte", f"{size % align} bytes after the last whole frame were left out"))
    return body.start + size - size % align


def _before_next_file(data: Sliceable, start: int, issues: list[Issue]) -> int:
    """Return the number of bytes from *start* to the next WAV file, or to the end of the data.

    Files that were joined are clips: only the first 256 MB are searched.
    """
    for base in range(start, min(len(data), start + _SEARCHED_MOST), _SEARCH):
        window = bytes(data[base : base + _SEARCH + 16])
        at = window.find(b"RIFF")
        while at >= 0:
            if window[at + 8 : at + 16] == b"WAVEfmt ":
                left = len(data) - base - at
                issues.append(Issue("trailing_bytes", f"another WAV file of {left} bytes follows and was left out"))
                return base + at - start
            at = window.find(b"RIFF", at + 1)
    return len(data) - start


def _judge_rest(data: Sliceable, end: int, order: str, issues: list[Issue]) -> None:
    """Record an issue if the samples are not followed by a chain of chunks."""
    if len(data) - end <= end % 2 or _is_chain(data, _next_chunk(data, end), order):
        if data[end + end % 2 : end + end % 2 + 4] == b"data":
            issues.append(Issue("second_data_chunk", "a second data chunk follows and was left out"))
        return
    issues.append(Issue("trailing_bytes", f"{len(data) - end} bytes after the samples belong to no chunk"))
