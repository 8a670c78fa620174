"""Recognise audio by its first bytes, whatever its url and its headers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.errors import DownloadError
from clipaudio.http.redact import snippet

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

__all__ = ["SUFFIXES", "audio_suffix", "bytes_to_sniff", "matches_own_length", "not_audio", "suffix_of_file"]

_MOST_TAG = 1 << 17  # bytes: for a larger tag the download does not wait to see what is behind it
SUFFIXES = (".wav", ".mp3", ".ogg", ".flac")
"""What `audio_suffix` may return."""


def audio_suffix(head: bytes) -> str | None:
    r"""Return the suffix of the audio that begins with *head*, None if it is no known audio.

    Examples
    --------
    >>> audio_suffix(b"RIFF\x24\x00\x00\x00WAVEfmt "), audio_suffix(b"ID3\x04"), audio_suffix(b"<!DOCTYPE html>")
    ('.wav', '.mp3', None)
    """
    behind = head[_tag_size(head) :]
    if behind is not head and len(behind) >= 12:  # what stands behind an ID3v2 tag decides
        return audio_suffix(behind) or ".mp3"
    if head[:4] in {b"RIFF", b"RIFX", b"RF64", b"BW64"} and head[8:12] == b"WAVE":
        return ".wav"
    if head[:4] == b"OggS":
        return ".ogg"
    if head[:4] == b"fLaC":
        return ".flac"
    return ".mp3" if head[:3] == b"ID3" or _is_mpeg_frame(head) else None


def suffix_of_file(file: BinaryIO) -> str | None:
    """Return the suffix of the audio in *file*, by what is behind its tags."""
    head = file.read(16)
    return audio_suffix(head + file.read(max(bytes_to_sniff(head) - len(head), 0)))


def bytes_to_sniff(head: bytes) -> int:
    """Return how many bytes `audio_suffix` needs of a file that begins with *head*: 12 behind an ID3v2 tag.

    Examples
    --------
    >>> bytes_to_sniff(b"RIFF"), bytes_to_sniff(b"ID3" + bytes([4, 0, 0, 0, 0, 1, 0]))
    (12, 150)
    """
    size = _tag_size(head)
    return 12 + (size if size <= _MOST_TAG else 0)


def _tag_size(head: bytes) -> int:
    """Return the size of the ID3v2 tag at the start of *head*, 0 if there is none (ID3v2.4, 3.1)."""
    if head[:3] != b"ID3" or len(head) < 10 or max(head[6:10]) > 127:
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def not_audio(head: bytes, shown: str, hide: Callable[[str], str]) -> DownloadError:
    """Return the error that names what came instead of audio."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return DownloadError(f"{shown} answered 200 with an empty body, expected audio; ask for the clip again")
    kind = "HTML or XML" if start[:1] == b"<" else "JSON" if start[:1] in b"{[" else "something else"
    begins = snippet(head, scrub=hide)
    return DownloadError(
        f"{shown} answered 200 with {kind} instead of audio; ask for the clip again; it begins: {begins[:120]}",
        snippet=begins,
    )


def matches_own_length(head: bytes, received: int, shown: str) -> bool:
    """Compare the bytes received with the size a RIFF file declares; return False if it declares none."""
    if head[:4] not in {b"RIFF", b"RIFX"}:
        return False
    declared = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
    if declared in {0, 0xFFFFFFFF}:  # written by a stream that did not know
        return False
    if declared + 8 > received:
        raise DownloadError(
            f"{shown} gave no length and closed after {received} of {declared + 8} bytes; try again",
            received=received,
            expected=declared + 8,
        )
    return True


def _is_mpeg_frame(head: bytes) -> bool:
    """Return True if *head* is the header of an MPEG audio frame, layer I to III (ISO/IEC 11172-3, 2.4.2.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bit_rate != 15 and sample_rate != 3
