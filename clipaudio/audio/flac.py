"""Find the streams in a FLAC file and the true length of each, from its last frame.

A file may be several, one behind the other, and the frames of one may change their rate, channels or bits, or differ
from STREAMINFO. libsndfile would play them at the wrong speed or level; each kind becomes a stream of its own.

Source: RFC 9639, section 8.2 (STREAMINFO).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from clipaudio.audio.byte_ranges import ByteRange, JoinedBytes, part_of
from clipaudio.audio.flac_frames import (
    LONGEST_HEADER,
    FlacFrame,
    StreamInfo,
    find_frames,
    find_pairs,
    has_other_frames,
    read_frame,
    read_info,
    split_windows,
)
from clipaudio.audio.streams import Stream
from clipaudio.audio.tag_skipping import end_without_tags
from clipaudio.audio.wav import Issue

if TYPE_CHECKING:
    from clipaudio.audio.wav import Sliceable

__all__ = ["find_flac_streams", "find_headless_flac"]

_MARK: Final = b"fLaC"
_MOST_BLOCKS: Final = 1 << 10
_WINDOW: Final = 1 << 18  # bytes searched at once for the last frame
_MOST_STREAMS: Final = 1 << 12


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
        streams += _streams_of(part_of(data, at, following), begin - at)
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
    for at, window in split_windows(data, start, stop):
        for place in find_pairs(window, _MARK[0], _MARK[1:2]).tolist():
            begin = _first_frame(data, at + place, stop) if _is_head(window[place : place + 8]) else None
            if begin is not None and bytes(data[begin : begin + 2]) in {b"\xff\xf8", b"\xff\xf9"}:
                return int(at + place)
    return stop


def _is_head(head: bytes) -> bool:
    """Return True for the mark and the head of STREAMINFO, alone or with more blocks behind it."""
    return head[:4] == _MARK and head[4:5] in {b"\x00", b"\x80"} and head[5:] == b"\x00\x00\x22"


def find_headless_flac(data: Sliceable) -> tuple[list[Stream], tuple[Issue, ...]] | None:
    """Find the streams in *data*, which begins with a frame, as recorded in the middle of a broadcast; None if not."""
    frame = read_frame(bytes(data[:LONGEST_HEADER]), 0)
    if frame is None or not all(frame.kind):
        return None
    streams = _by_kind(data, 0, StreamInfo(frame.samples, *frame.kind))
    return streams, (Issue("damaged", "the file has frames of FLAC and no header; its start may be missing"),)


def _streams_of(data: Sliceable, begin: int) -> list[Stream]:
    """Return the streams of one FLAC; *begin* is the offset of its first frame."""
    if bytes(data[4:5]) not in {b"\x00", b"\x80"}:  # STREAMINFO is not where it must be
        return [Stream(data)]
    info = read_info(bytes(data[8:42]))
    if has_other_frames(data, begin, len(data), info):
        return _by_kind(data, begin, info) or [Stream(data)]
    return [_stream_of(data, begin, info)]


def _by_kind(data: Sliceable, begin: int, info: StreamInfo) -> list[Stream]:
    """Return a stream for each run of frames of one kind."""
    frames = find_frames(data, begin, len(data), info.block_size)
    runs = [list(run) for _, run in groupby(frames, key=lambda frame: frame.kind_in(info))]
    stops = [run[0].place for run in runs[1:]] + [len(data)]
    streams: list[Stream] = []
    for run, stop in zip(runs[:_MOST_STREAMS], stops, strict=False):
        kind, total = run[0].kind_in(info), sum(frame.samples for frame in run)
        issues: tuple[Issue, ...] = ()
        if kind != info.kind and not streams:
            told = (
                "the header says {} Hz, {} channels, {} bits; the frames say {} Hz, {} channels, {} bits and are right"
            )
            issues = (Issue("damaged", told.format(*info.kind, *kind)),)
        head = StreamInfo(max(frame.samples for frame in run), *kind, total).encode()
        streams.append(Stream(JoinedBytes([head, ByteRange(data, run[0].place, stop)]), issues=issues))
    if len(runs) > _MOST_STREAMS:
        lost = Issue(
            "truncated", f"the frames change their kind {len(runs)} times; what follows {_MOST_STREAMS} is left out"
        )
        streams[0] = replace(streams[0], issues=(*streams[0].issues, lost))
    return streams


def _stream_of(data: Sliceable, begin: int, info: StreamInfo) -> Stream:
    """Return a stream that is read as far as its frames go; *begin* is the offset of the first one."""
    last = _last_frame(data, begin, info)
    if last is None:
        return Stream(data)
    found = last.first + last.samples
    if info.total >= found:  # what is missing at the end is found by the decoder
        return Stream(data)
    text = f"the header promises {info.total} frames, there are {found}; all were read"
    issues = (Issue("length_mismatch", text),) if info.total else ()
    return Stream(_with_total(data, found), issues=issues)


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


def _last_frame(data: Sliceable, begin: int, info: StreamInfo) -> FlacFrame | None:
    """Return the last frame whose header continues the one before it, or the first frame if it is alone."""
    latest: FlacFrame | None = None
    stop = len(data)
    while stop > begin:
        start = max(stop - _WINDOW, begin)
        window = bytes(data[start : stop + 16])
        at = window.rfind(b"\xff", 0, stop - start)
        while at >= 0:
            frame = read_frame(window[at : at + LONGEST_HEADER], info.block_size)
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
