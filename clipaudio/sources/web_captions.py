"""Captions of SubRip and WebVTT as speech times; those of WebVTT may roll, or be segments of a stream that were joined.

Each segment of a stream has a header, which may say where its clock stands in that of the stream (X-TIMESTAMP-MAP). A
segment is moved by what its header says differently than the first one's: where the sound begins in the stream no
header says, so the first is kept as it is. A cue that two segments share is read once.

References
----------
RFC 8216, HTTP Live Streaming, section 3.5.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.formats.line_ends import unify_line_ends
from clipaudio.captions.formats.problems import load_with_losses
from clipaudio.errors import CaptionError
from clipaudio.sources.cue_words import read_cue_words, read_cues
from clipaudio.sources.language_tags import header_language
from clipaudio.timing.repair_report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clipaudio.captions.cue import Cue
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["read_srt", "read_webvtt", "webvtt_language"]

_HEADER: Final = re.compile(r"^\ufeff?WEBVTT(?:[ \t][^\n]*)?(?=\n(?:\n|X-TIMESTAMP-MAP)|\n?\Z)", re.MULTILINE)
_MAP: Final = re.compile(r"^X-TIMESTAMP-MAP=([^\n]*)", re.MULTILINE)
_TICKS: Final = re.compile(r"MPEGTS:(\d{1,10})(?!\d)", re.ASCII)
_LOCAL: Final = re.compile(r"LOCAL:(?:(\d{1,4}):)?(\d\d):(\d\d)\.(\d{3})", re.ASCII)
_RATE: Final = 90_000
_ROUND: Final = (1 << 33) / _RATE
"""Seconds after which the clock of a stream begins anew."""
_CLOSE: Final = 0.0005


def read_srt(text: str) -> SpeechTimes:
    """Read SubRip; a finding tells lines that may belong to another cue."""
    from clipaudio.captions.formats import srt  # noqa: PLC0415 - a format loads its room on use

    cues, losses = load_with_losses(srt.loads, text)
    return read_cues("srt", cues).with_findings(*_lost(losses))


def read_webvtt(text: str) -> SpeechTimes:
    r"""Read WebVTT; findings tell text that is left out, and what became of segments of a stream.

    Examples
    --------
    >>> part = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:{}\n\n00:01.000 --> 00:02.000\n{}\n\n"
    >>> speech = read_webvtt(part.format(900000, "Hello") + part.format(1440000, "there"))
    >>> speech.words.labels, speech.words.times.tolist()
    (('Hello', 'there'), [[1.0, 2.0], [7.0, 8.0]])
    """
    cues, losses, told = _read_segments(text)
    fresh = _without_repeats(cues) if any(cue.words for cue in cues) else None
    if fresh:
        speech = read_cue_words("webvtt-rolling", fresh, has_ends=False)
    else:
        speech = read_cues("webvtt", cues, has_ends=False)
    return replace(speech.with_findings(*told, *_lost(losses)), language=webvtt_language(text))


def webvtt_language(text: str) -> str | None:
    """Return the tag that the header of WebVTT names, which ends at the first empty line; None where it names none."""
    head = unify_line_ends(text[:4000])[0].partition("\n\n")[0]
    return header_language(head.split("\n"))


def _lost(losses: Sequence[CaptionError]) -> Iterator[Finding]:
    if losses:
        yield Finding("lost_text", np.arange(len(losses)), f"first: {losses[0]}")


def _read_segments(text: str) -> tuple[list[Cue], list[CaptionError], list[Finding]]:
    """Return the cues of all segments by one clock, the lines that are lost, and what was done to the segments."""
    from clipaudio.captions.formats import webvtt  # noqa: PLC0415 - a format loads its room on use

    text, _ = unify_line_ends(text)
    bounds = [0, *(found.start() for found in _HEADER.finditer(text) if found.start()), len(text)]
    cues: list[Cue] = []
    losses: list[CaptionError] = []
    offsets: list[float] = []
    again = lines = 0
    for first, stop in pairwise(bounds):
        segment = text[first:stop].removeprefix("\ufeff")
        offsets.append(_offset_of(segment))
        own, lost = load_with_losses(webvtt.loads, segment)
        losses += [_at_line(error, lines) for error in lost]
        lines += text.count("\n", first, stop)
        moved = [_moved(cue, _difference(offsets[-1], offsets[0])) for cue in own]
        before = {*cues[-len(own) - 1 :]} if first else set()
        fresh = [cue for cue in moved if cue not in before]
        again += len(moved) - len(fresh)
        cues += fresh
    shifts = [_difference(offset, offsets[0]) for offset in offsets]
    told: list[Finding] = []
    if any(abs(offset) > _CLOSE for offset in offsets):
        most = max(shifts, key=abs)
        example = f"the clock is {offsets[0]:g} s ahead{f', later ones moved by {most:g} s at most' if most else ''}"
        told.append(Finding("stream_clock", np.arange(len(offsets)), example))
    if again:
        told.append(Finding("repeated_cue", np.arange(again)))
    return cues, losses, told


def _at_line(error: CaptionError, lines: int) -> CaptionError:
    """Return an error of a segment that begins behind so many *lines* of the file."""
    number = error.line + lines
    return CaptionError(str(error).replace(f"line {error.line}:", f"line {number}:", 1), line=number, effect="lost")


def _offset_of(segment: str) -> float:
    """Return the seconds by which the clock of the stream is ahead of that of a segment; 0 if its header says none."""
    found = _MAP.search(segment, 0, segment.find("\n\n") if "\n\n" in segment else len(segment))
    ticks = _TICKS.search(found[1]) if found else None
    local = _LOCAL.search(found[1]) if found else None
    if ticks is None or local is None:
        return 0.0
    hours, minutes, seconds, part = (int(value or 0) for value in local.groups())
    return int(ticks[1]) / _RATE - (hours * 3600 + minutes * 60 + seconds + part / 1000)


def _difference(offset: float, first: float) -> float:
    """Return how much later *offset* is than *first*, across the end of the clock too."""
    apart = round((offset - first + _ROUND / 2) % _ROUND - _ROUND / 2, 3)
    return apart if abs(apart) > _CLOSE else 0.0


def _moved(cue: Cue, by: float) -> Cue:
    if not by:
        return cue
    words = tuple(word._replace(start=round(word.start + by, 3), end=round(word.end + by, 3)) for word in cue.words)
    return replace(cue, start=round(cue.start + by, 3), end=round(cue.end + by, 3), words=words)


def _without_repeats(cues: Sequence[Cue]) -> list[Cue] | None:
    """Return cues without the lines that the cue before showed already; None unless most cues repeat such lines.

    YouTube's captions roll: a line comes once with the times of its words, and twice more without.
    """
    from clipaudio.captions.cue import CueWord  # noqa: PLC0415 - a format loads its room on use

    found: list[Cue] = []
    shown: list[str] = []
    repeats = 0
    for cue in cues:
        lines = cue.lines
        timed = {word.line for word in cue.words if word.start > cue.start}
        kept = [row for row, line in enumerate(lines) if line.strip() and (row in timed or line.strip() not in shown)]
        repeats += any(line.strip() in shown for row, line in enumerate(lines) if row not in timed)
        shown = [line.strip() for line in lines if line.strip()]
        if not kept:
            continue
        words = [word._replace(line=kept.index(word.line)) for word in cue.words if word.line in kept]
        if not words or words[0].start > cue.start:
            words.insert(0, CueWord(0, 0, words[0].first if words else len(lines[kept[0]]), cue.start, cue.end))
        found.append(replace(cue, lines=tuple(lines[row] for row in kept), words=tuple(words)))
    return found if repeats * 2 > len(cues) - 1 else None
