"""Write OpenTimelineIO (.otio) and the XML of Final Cut Pro 7 (.fcp.xml): the sound, captions and words.

Conventions
-----------
The sound is a clip, captions and words are markers, on whole video frames. Caption markers stand on the timeline and
are green, word markers on the clip and are cyan. Premiere Pro, DaVinci Resolve and Final Cut Pro 7 read the XML.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from clipaudio.captions.sanitize import prepare
from clipaudio.extras import import_extra
from clipaudio.text import CUE_RULES, clean_text, drop_xml_forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from clipaudio.captions.cue import Cue

__all__ = ["dumps", "load_otio"]


def load_otio() -> Any:  # noqa: ANN401 - a module of another project
    """Return OpenTimelineIO, with the adapter for Final Cut Pro 7.

    Raises
    ------
    MissingExtraError
        One of the two is not installed.
    """
    import_extra("otio_fcp_adapter", extra="otio", purpose="writing timelines of editors")
    return import_extra("opentimelineio", extra="otio", purpose="writing timelines of editors")


def dumps(
    cues: Iterable[Cue],
    *,
    duration: float,
    fps: Fraction,
    format: Literal["otio", "fcp"] = "otio",  # noqa: A002 - the name that all formats use
    name: str = "clip",
    sound_file: str = "",
) -> str:
    """Return the sound of a clip with markers for *cues* and their words.

    Parameters
    ----------
    duration
        Seconds of the sound.
    fps
        Video frames per second.
    format
        "otio" for OpenTimelineIO, "fcp" for the XML of Final Cut Pro 7.
    name
        Name of the timeline.
    sound_file
        Path of the sound; without one the media is missing, and the editor asks for it.

    Raises
    ------
    MissingExtraError
        OpenTimelineIO or its adapter is not installed.
    ExportError
        A time is not finite.
    """
    otio = load_otio()
    kept = prepare(cues).cues
    rate = float(fps)

    def span(start: float, end: float) -> Any:  # noqa: ANN401 - a value of another project
        first = int(start * fps + 0.5)
        last = max(int(end * fps + 0.5), first + 1)
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(first, rate), otio.opentime.RationalTime(last - first, rate)
        )

    whole = span(0.0, duration)
    media: Any = otio.schema.MissingReference(available_range=whole)
    if sound_file:
        url = f"file://{'localhost' if format == 'fcp' else ''}{quote(os.fsencode(os.path.abspath(sound_file)))}"  # noqa: PTH100 - text
        media = otio.schema.ExternalReference(target_url=url, available_range=whole)
    title = _clean(name) or "clip"
    clip = otio.schema.Clip(name=title, media_reference=media, source_range=whole)
    timeline = otio.schema.Timeline(name=title, global_start_time=otio.opentime.RationalTime(0, rate))
    timeline.tracks.append(otio.schema.Track(name="sound", kind=otio.schema.TrackKind.Audio, children=[clip]))
    for cue in kept:
        timeline.tracks.markers.append(_marker(otio, _clean(cue.text), span(cue.start, cue.end), "GREEN", cue.speaker))
        for word in cue.words:
            text = _clean(cue.lines[word.line][word.first : word.stop])
            clip.markers.append(_marker(otio, text, span(word.start, word.end), "CYAN", cue.speaker))
    adapter = {"otio": "otio_json", "fcp": "fcp_xml"}[format]
    return str(otio.adapters.write_to_string(timeline, adapter)).rstrip() + "\n"


def _marker(otio: Any, text: str, span: Any, colour: str, speaker: str | None) -> Any:  # noqa: ANN401 - as above
    metadata = {"fcp_xml": {"comment": text}, "clipaudio": {"speaker": _clean(speaker)} if speaker else {}}
    line = " ".join(text.split())
    return otio.schema.Marker(name=line, marked_range=span, color=colour, comment=text, metadata=metadata)


def _clean(text: str) -> str:
    return drop_xml_forbidden(clean_text(text, CUE_RULES).text)
