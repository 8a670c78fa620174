"""A mouth track into the JSON that Rhubarb Lip Sync prints.

Times are hundredths of a second, cut off like those of the tool; a cue ends where the next one starts, and
there is no row after the last. Everything outside ASCII is escaped. Format: exporters/JsonExporter.cpp of
version 1.14.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from clipaudio.lipsync.old_mouth_timing import MouthTrack

__all__ = ["dumps"]


def dumps(track: MouthTrack, *, duration: float, sound_file: str = "") -> str:
    r"""Give *track* as Rhubarb's JSON.

    Parameters
    ----------
    track
        As `clipaudio.lipsync.mouth_timing.mouth_track` makes it.
    duration
        Seconds of audio, the end of the track.
    sound_file
        Path of the audio; the tool writes an absolute one.

    Raises
    ------
    ExportError
        The track does not end at *duration*.

    Examples
    --------
    >>> from clipaudio.lipsync.old_mouth_timing import mouth_track
    >>> from clipaudio.timing.timeline import Timeline
    >>> track = mouth_track(Timeline(("o",), [[0.1, 0.47]]), Timeline.empty(), 0.47)
    >>> print(dumps(track, duration=0.47, sound_file="/a/hi.wav"))
    {
      "metadata": {
        "soundFile": "/a/hi.wav",
        "duration": 0.47
      },
      "mouthCues": [
        { "start": 0.00, "end": 0.10, "value": "X" },
        { "start": 0.10, "end": 0.47, "value": "E" }
      ]
    }
    <BLANKLINE>
    """
    end = float(track.shapes.times[-1, 1])
    if not math.isclose(end, duration, abs_tol=1e-6):
        raise ExportError(f"the track ends at {end} s but the duration is {duration} s; they must agree")
    cues = [
        f'    {{ "start": {first}, "end": {last}, "value": "{entry.label}" }}'
        for entry in track.shapes
        if (first := _hundredths(entry.start)) != (last := _hundredths(entry.end))
    ]
    rows = ",\n".join(cues) or '    { "start": 0.00, "end": 0.00, "value": "X" }'
    about = f'    "soundFile": {json.dumps(sound_file)},\n    "duration": {_hundredths(end)}\n'
    return f'{{\n  "metadata": {{\n{about}  }},\n  "mouthCues": [\n{rows}\n  ]\n}}\n'


def _hundredths(seconds: float) -> str:
    whole = math.floor(seconds * 100 + 1e-6)  # 0.47 * 100 is 46.99…
    return f"{whole // 100}.{whole % 100:02d}"
