"""The table of formats: a name or a file extension becomes the function that writes it.

A new format is one `dumps` in the room of its subject and one row in `FORMATS`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from clipaudio.captions.cue import Cue
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Timeline

__all__ = ["FORMATS", "Format", "Source", "dumps", "find_format", "to_dict"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """What an exporter may need: the aligned levels, and how the clip is called."""

    aligned: Aligned
    id: str | None = None
    project_id: str | None = None
    issues: tuple[str, ...] = ()
    sound_file: str = ""


@dataclass(frozen=True)
class Format:
    """One row of the table.

    Attributes
    ----------
    name
        As `--to` and `format=` know it.
    extension
        What a file of this format is called by default; the longest one that fits a file name wins.
    title
        For people.
    dumps
        Makes the text.
    """

    name: str
    extension: str
    title: str
    dumps: Callable[[Source], str]


def _cues(clip: Aligned) -> tuple[Cue, ...]:
    from clipaudio.captions.segmentation import make_cues  # noqa: PLC0415 - a format loads its room on use

    return make_cues(clip.graphemes, clip.words, clip.sentences, duration=clip.duration)


def _srt(source: Source) -> str:
    from clipaudio.captions import srt  # noqa: PLC0415 - a format loads its room on use

    return srt.dumps(_cues(source.aligned))


def _webvtt(source: Source) -> str:
    from clipaudio.captions import webvtt  # noqa: PLC0415 - a format loads its room on use

    return webvtt.dumps(_cues(source.aligned))


def _textgrid(source: Source) -> str:
    from clipaudio.tiers import textgrid  # noqa: PLC0415 - a format loads its room on use

    return textgrid.dumps(tiers_of(source.aligned), source.aligned.duration, format="long")


def _short_textgrid(source: Source) -> str:
    from clipaudio.tiers import textgrid  # noqa: PLC0415 - a format loads its room on use

    return textgrid.dumps(tiers_of(source.aligned), source.aligned.duration, format="short")


def _rhubarb(source: Source) -> str:
    from clipaudio.lipsync import mouth_timing, rhubarb  # noqa: PLC0415 - a format loads its room on use

    clip = source.aligned
    track = mouth_timing.mouth_track(clip.phones, clip.graphemes, clip.duration)
    return rhubarb.dumps(track, duration=clip.duration, sound_file=source.sound_file)


def _timeline(source: Source) -> str:
    return json.dumps(to_dict(source), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


FORMATS: Final = (
    Format("srt", ".srt", "SubRip captions", _srt),
    Format("vtt", ".vtt", "WebVTT captions", _webvtt),
    Format("textgrid", ".TextGrid", "Praat TextGrid, long", _textgrid),
    Format("textgrid-short", ".short.TextGrid", "Praat TextGrid, short", _short_textgrid),
    Format("rhubarb", ".rhubarb.json", "Rhubarb mouth shapes", _rhubarb),
    Format("timeline", ".timeline.json", "words, sentences, letters and phones as JSON", _timeline),
)


def find_format(name: str | None = None, *, path: str | os.PathLike[str] | None = None) -> Format:
    """Find a format by its name, or by the extension of a file name.

    Raises
    ------
    ExportError
        There is none of that name or extension; the message lists those there are.

    Examples
    --------
    >>> find_format("vtt").extension, find_format(path="talk.rhubarb.json").name
    ('.vtt', 'rhubarb')
    """
    if name is not None:
        found = [row for row in FORMATS if row.name == name.strip().lower().lstrip(".")]
        if not found:
            raise ExportError(f"no format {name!r}; there are {', '.join(row.name for row in FORMATS)}")
        return found[0]
    file = PurePath(path or "").name
    found = [row for row in FORMATS if file.lower().endswith(row.extension.lower())]
    if not found:
        known = ", ".join(row.extension for row in FORMATS)
        raise ExportError(f"{file or 'this name'} has the extension of no format; there are {known}")
    return max(found, key=lambda row: len(row.extension))


def dumps(source: Source, format_name: str) -> str:
    """Write *source* in the format of that name."""
    return find_format(format_name).dumps(source)


def tiers_of(clip: Aligned) -> dict[str, Timeline]:
    """Give the levels of a clip as tiers, from the largest unit to the smallest; empty levels are left out.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> list(tiers_of(align(Timeline(("H", "i"), [[0.0, 0.1], [0.1, 0.3]]))))
    ['sentences', 'words', 'graphemes']
    """
    tiers: dict[str, Timeline] = {
        "sentences": clip.sentences,
        "words": clip.words,
        "syllables": clip.syllables,
        "phones": clip.phones,
        "graphemes": clip.graphemes,
    }
    return {name: tier for name, tier in tiers.items() if len(tier)}


def to_dict(source: Source) -> dict[str, Any]:
    """Give a clip as plain values for JSON: seconds, repaired, rounded to the nanosecond.

    Returns
    -------
    dict
        `id, project_id, duration, issues`; `words, sentences, graphemes, phones`: lists of
        `{label, start, end}`, words also with `phones`, their half-open rows of phones; `report`.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> to_dict(Source(aligned=align(Timeline(("H", "i"), [[0.0, 0.1], [0.1, 0.3]]))))["words"]
    [{'label': 'Hi', 'start': 0.0, 'end': 0.3, 'phones': [0, 0]}]
    """
    clip = source.aligned
    words = _entries(clip.words)
    for word, run in zip(words, clip.word_phones.tolist(), strict=True):
        word["phones"] = run
    report: dict[str, Any] = {level: report.to_dict() for level, report in clip.reports.items()}
    report["disagreeing_graphemes"] = clip.disagreeing_graphemes.tolist()
    report["phones_across_words"] = clip.phone_words.crossing.tolist()
    return {
        "id": source.id,
        "project_id": source.project_id,
        "duration": round(clip.duration, 9),
        "issues": list(source.issues),
        "words": words,
        "sentences": _entries(clip.sentences),
        "graphemes": _entries(clip.graphemes),
        "phones": _entries(clip.phones),
        "report": report,
    }


def _entries(line: Timeline) -> list[dict[str, Any]]:
    pairs = line.times.round(9).tolist()
    return [
        {"label": label, "start": start, "end": end} for label, (start, end) in zip(line.labels, pairs, strict=True)
    ]
