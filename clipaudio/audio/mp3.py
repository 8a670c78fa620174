"""Read the encoder delay of an MP3 from its first frame, so that captions and lips stay in sync.

Every MP3 encoder starts with some hundred samples of nothing, and every decoder adds 529 more. A tag in the first
frame tells how many there are, and libsndfile drops them when it reads the file; an MP3 that was written to a pipe or
a stream has no tag, and its audio comes 1105 samples late: 25 ms at 44.1 kHz, 69 ms at 16 kHz.

Format: ISO/IEC 11172-3 and 13818-3 (frame header); G. Bouvigne, "MP3 Info Tag revision 1 specifications" (Xing, Info
and LAME fields); ID3.org, "ID3 tag version 2.4.0", section 3.1 (size of the tag before the audio).
"""

from __future__ import annotations

from dataclasses import dataclass

from clipaudio.audio.mp3_frames import read_header

__all__ = ["Mp3Delay", "compensation", "read_tag", "with_frame_count"]

_DECODER = 529  # samples every layer III decoder is late: its filter bank and the overlap of its windows
_ENCODER = 576  # what LAME, and FFmpeg with it, put before the first sample
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


def read_tag(data: bytes) -> Mp3Delay | None:
    """Return what the frame at the start of *data* says of the encoder's delay; None if it is no layer III frame."""
    header = read_header(data)
    if header is None or header.layer != 3:
        return None
    frame = data[: header.size]
    untagged = Mp3Delay(
        None, "", None, None, None, is_vbr=False, sample_rate=header.sample_rate, frame_size=header.samples
    )
    if frame[_VBRI_AT : _VBRI_AT + 4] == b"VBRI":
        return _read_vbri(frame, untagged)
    place = header.tag_place  # the same with a checksum, which then stands inside the side information
    if frame[place : place + 4] in {b"Xing", b"Info"}:
        return _read_xing(frame, place, untagged)
    return untagged


def compensation(delay: Mp3Delay) -> int:
    """Return the number of frames to drop at the start of what libsndfile decodes, to remove the encoder delay.

    0 where a tag tells the delay: libsndfile has dropped it. 576 where a tag counts the frames and keeps quiet about
    the delay; `likely_delay` where there is no tag at all, none that counts the frames, or a VBRI tag. Where no delay
    is told, the encoder is taken to be LAME or FFmpeg, as most are.

    >>> compensation(Mp3Delay(None, "", None, None, None, is_vbr=False, sample_rate=16_000, frame_size=576))
    1105
    """
    if delay.tag in {None, "VBRI"} or delay.mpeg_frames is None:
        return delay.likely_delay
    return _ENCODER if delay.delay is None else 0


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
    """Parse a VBRI tag: the number of frames; its delay is that of the decoder for which it was written."""
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


def with_frame_count(frame: bytes, count: int, *, is_cut: bool) -> bytes:
    """Return the first *frame* of a stream with its Xing or Info tag changed to count *count* frames.

    The end of a stream that is cut holds sound, so its padding becomes 0.
    """
    header = read_header(frame)
    assert header is not None
    changed = bytearray(frame)
    place = header.tag_place
    changed[place + 8 : place + 12] = count.to_bytes(4, "big")
    if is_cut:
        flags = int.from_bytes(frame[place + 4 : place + 8], "big")
        padding = place + 8 + sum(size for flag, size in _FIELDS if flags & flag) + 22
        if padding + 2 <= len(changed):
            changed[padding : padding + 2] = bytes([changed[padding] & 0xF0, 0])
    return bytes(changed)
