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
    at = find_first_frame(data, start_without_tags(data))
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
        at = find_first_frame(data, end + (start_without_tags(ByteRange(data, end, stop))))
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
    tag, first = frames.tag, frames.runs[0].first
    parts: list[Sliceable] = [ByteRange(data, run.start, run.stop) for run in frames.runs]
    issues: tuple[Issue, ...] = ()
    counted = frames.count - (1 if tag is not None and tag.tag in {"Xing", "Info"} else 0)
    late = 0 if tag is None else compensation(tag)
    if tag is not None and tag.mpeg_frames is not None:
        more = counted - tag.mpeg_frames
        if more not in {0, 1}:
            start, is_cut = frames.runs[0].start, more < -1
            if more != -1:  # some tags count their own frame, too
                text = f"the tag counts {tag.mpeg_frames} MPEG frames, there are {counted}; all were read"
                issues = (Issue("truncated" if is_cut else "length_mismatch", text),)
            head = with_frame_count(bytes(data[start : start + first.size]), counted, is_cut=is_cut)
            parts[:1] = [head, ByteRange(data, start + first.size, frames.runs[0].stop)]
        return Stream(JoinedBytes(parts), issues=issues, late=late)
    wanted = counted * first.samples
    size = sum(map(len, parts))
    # libsndfile divides the size by that of the first frame: the file must seem long enough for all of them
    claimed = max(size, (counted + 2) * (first.size + 1) * 2)
    return Stream(JoinedBytes(parts), frames=wanted, claimed_size=claimed, late=late)
