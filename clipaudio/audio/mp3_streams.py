"""Find the streams in an MP3 file and the true number of frames of each.

A tag counts the frames of its own encoder, and a stream without a tag counts nothing: libsndfile then estimates the
length from the first frame and stops there. So all frames are walked. Files that were joined, and streams that change
their rate or channels, become several streams.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clipaudio.audio.byte_ranges import ByteRange, JoinedBytes
from clipaudio.audio.mp3 import compensation, read_tag, with_frame_count
from clipaudio.audio.mp3_frames import FrameRun, find_first_frame, walk_frames
from clipaudio.audio.streams import Stream
from clipaudio.audio.tag_skipping import end_without_tags, start_without_tags
from clipaudio.audio.wav import Issue

if TYPE_CHECKING:
    from clipaudio.audio.mp3 import Mp3Delay
    from clipaudio.audio.wav import Sliceable

__all__ = ["find_mp3_streams"]

_MOST_STREAMS: Final = 1 << 12


@dataclass
class _Frames:
    """Runs of frames that one encoder wrote, with what its tag says."""

    tag: Mp3Delay | None
    runs: list[FrameRun] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(run.count for run in self.runs)


def find_mp3_streams(data: Sliceable) -> tuple[list[Stream], tuple[Issue, ...]] | None:
    """Find the streams of an MP3; None if *data* holds no frame that can be counted (a free bit rate, for example).

    Returns
    -------
    tuple
        The streams in order, and what is wrong with the bytes around them.
    """
    stop = end_without_tags(data)
    at = find_first_frame(data, start_without_tags(data), stop)
    found: list[_Frames] = []
    issues: list[Issue] = []
    end = at or 0
    while at is not None and at < stop and len(found) < _MOST_STREAMS:
        run = walk_frames(data, at, stop)
        if run is None or run.count == 0:
            break
        if found and at > end and not _is_tag_or_silence(data, end, at):
            issues.append(Issue("damaged", f"{at - end} bytes between two frames are no sound and were left out"))
        tag = read_tag(bytes(data[at : at + run.first.size]))
        is_new = not found or (tag is not None and tag.tag) or found[-1].runs[-1].first.kind != run.first.kind
        if is_new:
            found.append(_Frames(tag))
        found[-1].runs.append(run)
        end = run.stop
        if run.missing:
            issues.append(Issue("truncated", f"the last MPEG frame lacks {run.missing} bytes and was left out"))
            end = stop
            break
        at = find_first_frame(data, end + start_without_tags(ByteRange(data, end, stop)), stop)
    if not found:
        return None
    if stop > end and not _is_tag_or_silence(data, end, stop):
        issues.append(Issue("trailing_bytes", f"{stop - end} bytes after the last frame are no sound"))
    return [_stream_of(data, frames) for frames in found], tuple(issues)


def _is_tag_or_silence(data: Sliceable, start: int, stop: int) -> bool:
    """Return True if the bytes are tags or zeros."""
    first = min(start + start_without_tags(ByteRange(data, start, len(data))), stop)
    between = ByteRange(data, first, stop)
    return not bytes(between[: end_without_tags(between)]).strip(b"\0")


def _stream_of(data: Sliceable, frames: _Frames) -> Stream:
    """Return a stream that is read to its last frame, whatever its tag says."""
    tag, first, start = frames.tag, frames.runs[0].first, frames.runs[0].start
    head = bytes(data[start : start + first.size])
    behind = ByteRange(data, start + first.size, frames.runs[0].stop)
    parts: list[Sliceable] = [ByteRange(data, run.start, run.stop) for run in frames.runs]
    name = None if tag is None else tag.tag
    counted = frames.count - (name is not None)
    late = 0 if tag is None else compensation(tag)
    told = None if tag is None else tag.mpeg_frames
    more = 0 if told is None else counted - told
    issues: tuple[Issue, ...] = ()
    if more not in {-1, 0, 1}:  # some tags count their own frame, too
        text = f"the tag counts {told} MPEG frames, there are {counted}; all were read"
        issues = (Issue("truncated" if more < 0 else "length_mismatch", text),)
    if told is not None and name != "VBRI" and counted:
        if more not in {0, 1}:
            parts[:1] = [with_frame_count(head, counted, is_cut=more < -1), behind]
        return Stream(JoinedBytes(parts), issues=issues, late=late)
    if name == "VBRI":  # libsndfile decodes it like sound, and does not read its count
        parts[0] = behind
    parts += [_mute_frame(head)] * (2 - counted)
    size = sum(map(len, parts))
    # libsndfile divides the size by that of the first frame: the file must seem long enough for all of them
    claimed = max(size, (counted + 2) * (first.size + 1) * 2)
    wanted = counted * first.samples
    return Stream(JoinedBytes(parts), frames=wanted, claimed_size=claimed, late=late, issues=issues)


def _mute_frame(frame: bytes) -> bytes:
    """Return a frame of silence like *frame*: libsndfile opens no file of one frame."""
    return bytes([frame[0], frame[1] | 1, *frame[2:4]]) + bytes(len(frame) - 4)  # bit 0: without a checksum
