"""The first bytes of an MP3 into the delay its encoder left, so that captions and lips stay in step.

Every MP3 encoder starts with some hundred samples of nothing, and every decoder adds 529 more. A tag in the first
frame tells how many there are, and libsndfile drops them when it reads the file; an MP3 that was written to a pipe or
a stream has no tag, and its audio comes 1105 samples late: 25 ms at 44.1 kHz, 69 ms at 16 kHz.

Format: ISO/IEC 11172-3 and 13818-3 (frame header); G. Bouvigne, "MP3 Info Tag revision 1 specifications" (Xing, Info
and LAME fields); ID3.org, "ID3 tag version 2.4.0", section 3.1 (size of the tag before the audio).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Mp3Delay", "compensation", "encoder_delay"]

_DECODER = 529  # samples every layer III decoder is late: its filter bank and the overlap of its windows
_ENCODER = 576  # what LAME, and FFmpeg with it, put before the first sample
_SEARCH = 1 << 16  # bytes of anything else that may stand before the first frame
_RATES = (44_100, 48_000, 32_000)
_KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HAS_FRAMES, _HAS_BYTES, _HAS_TABLE, _HAS_QUALITY = 1, 2, 4, 8  # bits of the Xing tag's flags
_FIELDS = ((_HAS_FRAMES, 4), (_HAS_BYTES, 4), (_HAS_TABLE, 100), (_HAS_QUALITY, 4))
_VBRI_AT = 36  # bytes from the start of the frame, whatever the channels


@dataclass(frozen=True, slots=True)
class Mp3Delay:
    """Padding samples of an MP3, as its first frame declares them.

    Attributes
    ----------
    tag
        "Xing" (variable bitrate), "Info" (constant), "VBRI", or None where there is none.
    encoder
        Name the encoder gave itself, "LAME3.100"; "" when it did not.
    delay, padding
        Samples the encoder put before and behind the audio; None when the tag does not say.
    mpeg_frames
        MPEG frames that hold audio; None when the tag does not say.
    is_vbr
        The tag says that the bitrate varies.
    sample_rate
        Samples a second.
    frame_size
        Samples a channel in one MPEG frame, 1152 or 576.
    """

    tag: str | None
    encoder: str
    delay: int | None
    padding: int | None
    mpeg_frames: int | None
    is_vbr: bool
    sample_rate: int
    frame_size: int

    @property
    def likely_delay(self) -> int:
        """Samples before the audio in a decoder that drops none: from the tag, else 1105 (most encoders)."""
        return _DECODER + (_ENCODER if self.delay is None else self.delay)

    @property
    def frames(self) -> int | None:
        """Samples a channel of the audio itself; None when the tag does not say."""
        if self.mpeg_frames is None or self.delay is None or self.padding is None:
            return None
        return max(self.mpeg_frames * self.frame_size - self.delay - self.padding, 0)


class _Header(NamedTuple):
    version: int  # 1, or 2 for MPEG 2 and 2.5: half the rates, half the samples
    sample_rate: int
    channels: int
    size: int  # bytes of the frame with its header


def encoder_delay(data: bytes) -> Mp3Delay | None:
    """Find the encoder's delay in *data*, the bytes of an MP3; None when they hold no layer III frame.

    The start of the file is enough: what ID3v2 tags take, and the first frame with the header of the second. A file
    in the free format (no bitrate in its headers) is not recognised.

    Examples
    --------
    >>> import numpy as np
    >>> from clipaudio.audio.encode import encode
    >>> found = encoder_delay(encode(np.zeros(16_000), 16_000, format="mp3"))
    >>> found.tag, found.delay, found.frames, compensation(found)
    ('Xing', 576, 16000, 0)
    >>> encoder_delay(b"RIFF....WAVE") is None
    True
    """
    at = _first_frame(data, _after_id3(data))
    if at is None:
        return None
    header = _read_header(data, at)
    assert header is not None
    frame = bytes(data[at : at + header.size])
    untagged = Mp3Delay(
        None, "", None, None, None, is_vbr=False, sample_rate=header.sample_rate, frame_size=1152 // header.version
    )
    if frame[_VBRI_AT : _VBRI_AT + 4] == b"VBRI":
        return _read_vbri(frame, untagged)
    place = 4 + _side_bytes(header)  # the same with a checksum, which then stands inside the side information
    if frame[place : place + 4] in {b"Xing", b"Info"}:
        return _read_xing(frame, place, untagged)
    return untagged


def compensation(delay: Mp3Delay) -> int:
    """Return the number of frames to drop at the start of what libsndfile decodes, to remove the encoder delay.

    0 where a tag tells the delay: libsndfile has dropped it. 576 where a tag counts the frames and keeps quiet about
    the delay; `likely_delay` where there is no tag at all or none that counts the frames, and one MPEG frame more with
    a VBRI tag, which is decoded like audio. Where no delay is told, the encoder is taken to be LAME or FFmpeg, as most
    are.

    >>> compensation(Mp3Delay(None, "", None, None, None, is_vbr=False, sample_rate=16_000, frame_size=576))
    1105
    """
    if delay.tag == "VBRI":
        return delay.frame_size + delay.likely_delay
    if delay.tag is None or delay.mpeg_frames is None:
        return delay.likely_delay
    return _ENCODER if delay.delay is None else 0


def _after_id3(data: bytes) -> int:
    """Return the offset behind the leading ID3v2 tags."""
    at = 0
    while data[at : at + 3] == b"ID3" and at + 10 <= len(data):
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        has_footer = data[at + 5] & 0x10
        at += 10 + size + (10 if has_footer else 0)
    return at


def _first_frame(data: bytes, start: int) -> int | None:
    """Return the offset of the first frame: a header followed by another header of its kind."""
    stop = start + _SEARCH
    at = data.find(b"\xff", start, stop)
    while at >= 0:
        header = _read_header(data, at)
        if header is not None:
            end = at + header.size
            following = _read_header(data, end)
            is_cut = at == start and end + 4 > len(data)
            if is_cut or (following is not None and following[:2] == header[:2]):
                return at
        at = data.find(b"\xff", at + 1, stop)
    return None


def _read_header(data: bytes, at: int) -> _Header | None:
    """Parse the four bytes of a layer III header; return None if they are no header."""
    if at + 4 > len(data):
        return None
    (bits,) = struct.unpack_from(">I", data, at)
    version_bits, layer_bits = bits >> 19 & 3, bits >> 17 & 3
    kbits_index, rate_index = bits >> 12 & 15, bits >> 10 & 3
    if bits >> 21 != 0x7FF or version_bits == 1 or layer_bits != 1 or kbits_index in {0, 15} or rate_index == 3:
        return None
    version = 1 if version_bits == 3 else 2
    sample_rate = _RATES[rate_index] // (version if version_bits else 4)  # version bits 0: MPEG 2.5
    size = 144_000 // version * _KBITS[version][kbits_index] // sample_rate + (bits >> 9 & 1)
    return _Header(version, sample_rate, 1 if bits >> 6 & 3 == 3 else 2, size)


def _side_bytes(header: _Header) -> int:
    """Return the size of the side information in bytes."""
    if header.version == 1:
        return 17 if header.channels == 1 else 32
    return 9 if header.channels == 1 else 17


def _read_xing(frame: bytes, at: int, untagged: Mp3Delay) -> Mp3Delay:
    """Parse a Xing or Info tag and the encoder's field behind it."""
    tag = frame[at : at + 4].decode("ascii")
    flags = int.from_bytes(frame[at + 4 : at + 8], "big")
    has_frames = flags & _HAS_FRAMES and at + 12 <= len(frame)
    mpeg_frames = int.from_bytes(frame[at + 8 : at + 12], "big") if has_frames else None
    own = at + 8 + sum(size for flag, size in _FIELDS if flags & flag)
    field = frame[own : own + 24]
    delay = padding = None
    if len(field) == 24 and field[0] and any(field[21:]):  # without a name, or all zero: nobody filled it in
        both = int.from_bytes(field[21:], "big")
        delay, padding = both >> 12, both & 0xFFF
    return Mp3Delay(
        tag,
        _name(field[:9]),
        delay,
        padding,
        mpeg_frames,
        is_vbr=tag == "Xing",
        sample_rate=untagged.sample_rate,
        frame_size=untagged.frame_size,
    )


def _read_vbri(frame: bytes, untagged: Mp3Delay) -> Mp3Delay:
    """Parse a VBRI tag: the number of frames (decoders ignore its delay)."""
    count = frame[_VBRI_AT + 14 : _VBRI_AT + 18]
    return Mp3Delay(
        "VBRI",
        "",
        None,
        None,
        int.from_bytes(count, "big") if len(count) == 4 else None,
        is_vbr=True,
        sample_rate=untagged.sample_rate,
        frame_size=untagged.frame_size,
    )


def _name(field: bytes) -> str:
    """Return the encoder's name without padding."""
    return field.split(b"\0")[0].decode("ascii", "replace").strip()
