"""Choose the ffmpeg demuxer for a file by its first bytes."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["LENIENT", "Demuxer", "find_demuxer"]


class Demuxer(NamedTuple):
    """A demuxer by ffmpeg's *name*, the *format* it reads, and whether its header tells the length reliably."""

    name: str
    format: str
    tells_length: bool = True


_DEMUXERS: Final = (
    (re.compile(rb"....ftyp", re.DOTALL), Demuxer("mov", "M4A")),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), Demuxer("aac", "AAC", tells_length=False)),
    (re.compile(rb"\x1aE\xdf\xa3"), Demuxer("matroska", "MATROSKA")),
    (re.compile(rb"\x30\x26\xb2\x75"), Demuxer("asf", "ASF")),
    (re.compile(rb"#!AMR"), Demuxer("amr", "AMR", tells_length=False)),
    (re.compile(rb"V[\xe0-\xff]"), Demuxer("loas", "AAC", tells_length=False)),
    (re.compile(rb"wvpk"), Demuxer("wv", "WAVPACK")),
    (re.compile(rb"MAC "), Demuxer("ape", "APE")),
    (re.compile(rb"TTA1"), Demuxer("tta", "TTA")),
    (re.compile(rb"RIFF....AVI ", re.DOTALL), Demuxer("avi", "AVI", tells_length=False)),
    (re.compile(rb"\0\0\x01\xba"), Demuxer("mpeg", "MPEG", tells_length=False)),
    (re.compile(rb"FLV\x01"), Demuxer("flv", "FLV", tells_length=False)),
    (re.compile(rb"Creative Voice File\x1a"), Demuxer("voc", "VOC", tells_length=False)),
    (re.compile(rb"MP\+"), Demuxer("mpc", "MUSEPACK")),
    (re.compile(rb"MPCK"), Demuxer("mpc8", "MUSEPACK")),
    (re.compile(rb"OggS.{24}.{0,100}?Speex   ", re.DOTALL), Demuxer("ogg", "OGG")),
)

LENIENT: Final = {
    b"OggS": Demuxer("ogg", "OGG", tells_length=False),
    b"fLaC": Demuxer("flac", "FLAC"),
    b"caff": Demuxer("caf", "CAF", tells_length=False),
    b"riff": Demuxer("w64", "W64", tells_length=False),
    b"RIFF": Demuxer("wav", "WAV", tells_length=False),
    b"NIST": Demuxer("nistsphere", "NIST", tells_length=False),
    b".snd": Demuxer("au", "AU", tells_length=False),
}
"""Demuxers, by the first four bytes, of formats that libsndfile reads, for files that it refuses."""
_BITS_LESS_1: Final = frozenset({7, 15, 23})  # as STREAMINFO stores the depths that libsndfile knows


def find_demuxer(head: bytes) -> Demuxer | None:
    r"""Return the demuxer for a file that begins with *head*, or None.

    Examples
    --------
    >>> find_demuxer(b"\0\0\0 ftypM4A ")
    Demuxer(name='mov', format='M4A', tells_length=True)
    >>> find_demuxer(b"OggS")
    """
    if (
        head[:4] == b"fLaC"
        and head[4:5] in {b"\x00", b"\x80"}
        and len(head) > 22
        and (head[20] & 1) << 4 | head[21] >> 4 not in _BITS_LESS_1
    ):
        return Demuxer("flac", "FLAC")
    return next((demuxer for pattern, demuxer in _DEMUXERS if pattern.match(head)), None)
