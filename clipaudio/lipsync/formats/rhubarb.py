"""Write mouth shapes like Rhubarb Lip Sync: tab-separated values, XML or JSON.

Times are truncated to hundredths of a second, like those of the tool; a cue ends where the next one starts. Shapes too
short for hundredths are left out; without shapes there is one empty rest. Formats: exporters/*.cpp of version 1.14.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape

from clipaudio.errors import ExportError
from clipaudio.lipsync.formats.shared import check_shapes, clean_line

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["SHAPES", "draw_without", "dumps"]

SHAPES: Final = "ABCDEFGHX"
_INSTEAD: Final = {"G": "A", "H": "C", "X": "A"}


def dumps(
    shapes: Timeline,
    *,
    format: Literal["tsv", "xml", "json"] = "json",  # noqa: A002 - the name it has in every writer
    sound_file: str = "",
    extended: str = "GHX",
) -> str:
    r"""Return *shapes* as the tool would print them.

    Parameters
    ----------
    shapes
        "A" to "H" and "X", from 0 to the end without a gap.
    format
        Only "tsv" does not name the audio.
    sound_file
        Path of the audio; the tool writes an absolute one.
    extended
        Which of G, H and X are drawn; A, C and A replace the others.

    Raises
    ------
    ExportError
        A shape is not one of these, or shapes do not run from 0 to the end; `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> shapes = Timeline("XE", [[0, 0.1], [0.1, 0.47]])
    >>> print(dumps(shapes, sound_file="/a/hi.wav"))
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
    >>> dumps(shapes, format="tsv")
    '0.00\tX\n0.10\tE\n0.47\tX\n'
    """
    drawn = check_shapes(draw_without(shapes, extended), SHAPES, kind="Rhubarb")
    cues: list[tuple[str, str, str]] = []
    last, moment = 0.0, "0.00"
    for first, stop, name in drawn:
        start = moment if first == last else _hundredths(first)
        last, moment = stop, _hundredths(stop)
        if start != moment:
            cues.append((start, moment, name))
    rest = _drawn("X", extended)
    end = _hundredths(float(shapes.ends[-1]) if len(shapes) else 0.0)
    if format == "tsv":
        return "".join([f"{start}\t{name}\n" for start, _, name in cues]) + f"{end}\t{rest}\n"
    writers = {"xml": _xml, "json": _json}
    if format not in writers:
        raise ExportError(f"format {format!r} is not one of Rhubarb's: tsv, xml, json")
    return writers[format](cues or [("0.00", "0.00", rest)], end, sound_file)


def draw_without(shapes: Timeline, extended: str) -> Timeline:
    """Replace those of G, H and X that are not in *extended*."""
    if all(shape in extended for shape in _INSTEAD):
        return shapes
    labels = tuple(_drawn(label, extended) for label in shapes.labels)
    return type(shapes)(labels, shapes.times)


def _drawn(shape: str, extended: str) -> str:
    return shape if shape in extended else _INSTEAD.get(shape, shape)


def _xml(cues: list[tuple[str, str, str]], end: str, sound_file: str) -> str:
    rows = "".join([f'    <mouthCue start="{start}" end="{stop}">{name}</mouthCue>\n' for start, stop, name in cues])
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rhubarbResult>\n  <metadata>\n'
        f"    <soundFile>{escape(clean_line(sound_file))}</soundFile>\n    <duration>{end}</duration>\n  </metadata>\n"
        f"  <mouthCues>\n{rows}  </mouthCues>\n</rhubarbResult>\n"
    )


def _json(cues: list[tuple[str, str, str]], end: str, sound_file: str) -> str:
    rows = ",\n".join([f'    {{ "start": {start}, "end": {stop}, "value": "{name}" }}' for start, stop, name in cues])
    about = f'    "soundFile": {json.dumps(sound_file)},\n    "duration": {end}\n'
    return f'{{\n  "metadata": {{\n{about}  }},\n  "mouthCues": [\n{rows}\n  ]\n}}\n'


def _hundredths(seconds: float) -> str:
    whole = math.floor(seconds * 100 + 1e-6)  # 0.47 * 100 is 46.99…
    return f"{whole // 100}.{whole % 100:02d}"
