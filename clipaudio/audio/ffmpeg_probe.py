"""Ask ffprobe for the first audio stream of a file, and for where its sound stands in time.

A decoder gives the samples of a stream one after the other. In a container they may begin after the picture, and there
may be gaps, as recorders of calls write them where a microphone was silent. Players keep both.
"""

from __future__ import annotations

import json
import math
import subprocess
from array import array
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from clipaudio.errors import AudioError

__all__ = ["ProbedSound", "last_words", "probe"]

_SECONDS: Final = 30.0
_LATE: Final = 0.02
"""Seconds by which sound begins after the picture in many videos, and nobody sees it."""
_GAP: Final = 0.1
"""Seconds between two packets that are no rounding; ffmpeg fills none that is shorter."""
_FRAMES: Final = {"aac": (960, 1024, 2048), "alac": (4096,), "mp3": (576, 1152)}
"""Samples of a packet, as MP4 counts them."""
_ROUNDING: Final = 0.002
"""Seconds by which the times of packets are rounded."""
_LONG_WALK: Final = 300.0
"""Seconds for the packets of a file: those of ten hours take ten."""


_Packets: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
"""Start and length of each packet in seconds, shape (n, 2)."""


class ProbedSound(NamedTuple):
    """What ffprobe says of a stream of sound.

    Attributes
    ----------
    stream
        Its properties, by ffprobe's names.
    late
        Seconds by which it begins after the picture; 0 where players do not wait.
    gaps
        How many gaps there are between its packets, their seconds in all, and whether its clock also steps back.
    seconds
        Seconds of sound that its container declares, with the gaps; 0 if it does not.
    """

    stream: dict[str, Any]
    late: float
    gaps: tuple[int, float, bool]
    seconds: float


def probe(*command: str) -> ProbedSound:
    """Return what ffprobe says of the first audio stream.

    Parameters
    ----------
    command
        The program, and the options that name the file.

    Raises
    ------
    AudioError
        There is no audio, or nothing is said of it (`kind` "not_audio").
    """
    told, errors = _ask(*command)
    streams = [one for one in told.get("streams") or () if isinstance(one, dict)]
    sound = next((one for one in streams if one.get("codec_type") == "audio"), None)
    if sound is None:
        said = last_words(errors)
        raise AudioError(f"ffmpeg finds no audio in this file{f' ({said})' if said else ''}", kind="not_audio")
    whole = told.get("format")
    whole = whole if isinstance(whole, dict) else {}
    if "duration" not in sound and whole.get("nb_streams") == 1:
        sound["duration"] = whole.get("duration")  # as Matroska tells it
    name = str(whole.get("format_name"))
    has_picture = any(map(_is_picture, streams))
    late, gaps = 0.0, (0, 0.0, False)
    if has_picture and "mp4" not in name:
        sound.pop("duration", None)  # it is that of the whole file
    if name != "avi" and (has_picture or "matroska" in name or _has_long_packets(sound)):  # an AVI has no times
        packets = _packets(*command)
        if len(packets):
            if packets[0, 0] > _number(sound, "start_time") + _LATE:  # beyond the look at the streams
                sound["start_time"] = packets[0, 0]
            gaps = _find_gaps(packets, has_long_packets="mp4" in name)
        if has_picture:
            late = _number(sound, "start_time") - _number(whole, "start_time")
    return ProbedSound(sound, late if late > _LATE else 0.0, gaps, max(_number(sound, "duration"), 0.0))


def last_words(errors: bytes) -> str:
    """Return the start of what ffmpeg wrote to stderr, on one line."""
    return " ".join(errors.decode("utf-8", "replace").split())[:200]


def _ask(*command: str) -> tuple[dict[str, Any], bytes]:
    """Return what ffprobe says of the streams and the format, and its errors."""
    options = ("-v", "error", "-show_streams", "-show_format", "-of", "json")
    done = _run(*command, *options)
    try:
        told = json.loads(done.stdout or b"{}")
    except ValueError as error:  # it ends in the middle of its JSON for codecs it knows by name only
        raise AudioError("ffprobe cannot describe the audio in this file", kind="not_audio") from error
    return told if isinstance(told, dict) else {}, done.stderr


def _packets(*command: str) -> _Packets:
    """Return the second at which each packet of the sound is played, and how long it lasts; NaN if it is not told."""
    entries = ("-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0")
    found = array("d")
    for line in _run(*command, "-v", "error", "-select_streams", "a:0", *entries, limit=_LONG_WALK).stdout.splitlines():
        fields = line.split(b",")
        found.extend(_seconds(fields[place]) if place < len(fields) else math.nan for place in (0, 1))
    return np.array(found).reshape(-1, 2)


def _seconds(field: bytes) -> float:
    """Return a number of seconds, NaN if it is none or no clip has so many."""
    try:
        found = float(field)
    except ValueError:  # N/A, and side data
        return math.nan
    return found if abs(found) < 1e9 else math.nan


def _find_gaps(packets: _Packets, *, has_long_packets: bool) -> tuple[int, float, bool]:
    """Return how many gaps there are between packets, their seconds in all, and whether the clock also steps back.

    Lost packets, each shorter than a gap, are one as soon as they are as long.

    Examples
    --------
    >>> _find_gaps(np.array([[0.0, 0.5], [0.5, 0.5], [3.0, 0.5]]), has_long_packets=False)
    (1, 2.0, False)
    """
    told = np.flatnonzero(np.isfinite(packets[:, 0]))
    if len(told) < 2:
        return 0, 0.0, False
    lengths = np.where(packets[:, 1] > 0, packets[:, 1], math.nan)
    known = lengths if np.isfinite(lengths).any() else np.diff(packets[told, 0])
    usual = float(np.nanmedian(known))
    lengths = np.where(np.isfinite(lengths) & (not has_long_packets), lengths, usual)
    ends = np.concatenate(([0.0], np.cumsum(lengths)))
    excess = np.diff(packets[told, 0]) - np.diff(ends[told])
    is_rounding = np.abs(excess) < _ROUNDING
    excess -= excess[is_rounding].mean() if is_rounding.any() else 0.0
    late = np.cumsum(np.where(is_rounding, 0.0, excess))
    filled, count, steps_back = 0.0, 0, False
    for seconds in late.tolist():
        if seconds - filled >= _GAP:
            count, filled = count + 1, seconds
        steps_back |= filled - seconds >= _GAP
    return count, filled, steps_back


def _has_long_packets(stream: dict[str, Any]) -> bool:
    """Return True if MP4 declares more time than its packets hold."""
    rate, count = _number(stream, "sample_rate"), _number(stream, "nb_frames")
    samples = _number(stream, "duration") * rate
    if count < 1 or not samples:
        return False
    sizes = _FRAMES.get(str(stream.get("codec_name")), ())
    frame = max((size for size in sizes if size * count <= 1.001 * samples), default=0)
    return samples - count * frame >= _GAP * rate


def _run(*command: str, limit: float = _SECONDS) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=limit)  # noqa: S603 - a program found by name
    except subprocess.TimeoutExpired as error:
        raise AudioError(f"ffprobe took longer than {limit:g} s over this file", kind="not_audio") from error


def _is_picture(stream: dict[str, Any]) -> bool:
    """Return True for a video, False for the cover of a recording."""
    disposition = stream.get("disposition")
    is_cover = isinstance(disposition, dict) and disposition.get("attached_pic") == 1
    return stream.get("codec_type") == "video" and not is_cover


def _number(values: dict[str, Any], name: str) -> float:
    """Return a number, 0 if it is none or no clip has so much."""
    try:
        found = float(values.get(name, 0))
    except (TypeError, ValueError):
        return 0.0
    return found if math.isfinite(found) and abs(found) < 1e9 else 0.0
