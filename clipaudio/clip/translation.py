"""Translate a clip: sentences of another language, or cues of a file, take the times of what was spoken.

Rules
-----
Lines are matched with sentences one by one, and never shifted: another number of lines is an error. An empty line says
that the line before it translates this sentence, too. Cues are matched by time: a cue translates the words whose middle
it covers, and keeps its own times where nothing was spoken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.captions.cue import Cue
from clipaudio.errors import EditError
from clipaudio.text_encoding import read_text
from clipaudio.timing.translation import translate_levels

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from clipaudio.clip.editing import ClipContent
    from clipaudio.export.options import Part
    from clipaudio.timing.timeline import Times

__all__ = ["read_translation", "translate"]

Sentence = tuple[str, "Times"]


def translate(clip: ClipContent, sentences: Sequence[str | Cue], *, language: str | None = None) -> ClipContent:
    """Return the clip with its sentences in another language; each part keeps what it was translated from.

    Raises
    ------
    EditError
        There are more or fewer lines than sentences, lines and cues are mixed, or an empty line has no line before it.
    """
    cues = [one for one in sentences if isinstance(one, Cue)]
    if cues and len(cues) != len(sentences):
        raise EditError("the translation has both lines and cues; give one kind")
    if not any((one.text if isinstance(one, Cue) else one).strip() for one in sentences):
        raise EditError("the translation has no text")
    late = [cue.text for cue in cues if cue.start >= clip.duration]
    cues = [cue for cue in cues if cue.start < clip.duration]
    by_part = _by_time(clip, cues) if cues or late else _by_line(clip, [str(one) for one in sentences])
    parts = tuple(
        replace(
            part,
            aligned=translate_levels(
                part.aligned,
                [text for text, _ in own],
                [room for _, room in own],
                language=language,
                left_out=late if part is clip.parts[-1] else (),
            ),
            original=part.original or part.aligned,
        )
        for part, own in zip(clip.parts, by_part, strict=True)
    )
    return replace(clip, parts=parts, whole=None)


def read_translation(
    path: str | os.PathLike[str], *, tell: Callable[[str], None] | None = None
) -> list[str] | list[Cue]:
    """Read a translation: the cues of an .srt or .vtt file, else one sentence a line; *tell* is that of `read_text`.

    Raises
    ------
    TextEncodingError
        The encoding is unknown, or only a guess.
    CaptionError
        The cues cannot be read.
    OSError
        The file cannot be read.
    """
    from clipaudio.captions.formats import srt, webvtt  # noqa: PLC0415 - a format loads its room on use
    from clipaudio.captions.formats.problems import load_with_losses  # noqa: PLC0415 - as above

    text = read_text(path, tell=tell)
    if "-->" in text:
        is_webvtt = text.startswith("WEBVTT")
        cues, losses = load_with_losses(webvtt.loads, text) if is_webvtt else load_with_losses(srt.loads, text)
        if losses and tell is not None:
            tell(f"{path}: {len(losses)} lines are left out or stand with another caption (first: {losses[0]})")
        return list(cues)
    lines = [line.strip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _by_line(clip: ClipContent, lines: Sequence[str]) -> list[list[Sentence]]:
    """Match lines with the sentences of each part."""
    count = sum(len(part.aligned.sentences) for part in clip.parts)
    if len(lines) != count:
        raise EditError(
            f"{len(lines)} lines for {count} sentences; give a line for each sentence of `clip.sentences`,"
            " and an empty one where the line before translates it, too"
        )
    result: list[list[Sentence]] = []
    row = 0
    for part in clip.parts:
        own: list[Sentence] = []
        words = part.aligned.words.times
        for first, stop in part.aligned.sentences.child_ranges.tolist():
            text = lines[row].strip()
            if not text and not own:
                raise EditError(f"line {row + 1} is empty, but begins the clip or another speaker; give its sentence")
            if text:
                own.append((text, words[first:stop]))
            else:
                own[-1] = (own[-1][0], np.concatenate((own[-1][1], words[first:stop])))
            row += 1
        result.append(own)
    return result


def _by_time(clip: ClipContent, cues: Sequence[Cue]) -> list[list[Sentence]]:
    """Match cues with the words they cover."""
    cues = sorted((cue for cue in cues if cue.text.strip()), key=lambda cue: cue.start)
    starts = np.array([cue.start for cue in cues])
    ends = np.array([cue.end for cue in cues])
    covered: list[list[tuple[int, Times]]] = []
    for part in clip.parts:
        times = part.aligned.words.times
        middles = times.mean(axis=1) + part.offset
        cue = np.searchsorted(starts, middles, side="right") - 1
        spoken = (cue >= 0) & (middles < ends[cue.clip(min=0)])
        rows, first = np.unique(cue[spoken], return_index=True)
        covered.append(list(zip(rows.tolist(), np.split(times[spoken], first[1:]), strict=True)))
    owner = {row: number for number in range(len(covered) - 1, -1, -1) for row, _ in covered[number]}
    result: list[list[Sentence]] = []  # what nobody speaks keeps the time of its cue
    for number, (part, own) in enumerate(zip(clip.parts, covered, strict=True)):
        rooms = {row: room for row, room in own if owner[row] == number}
        silent = {row for row in range(len(cues)) if row not in owner and _holds(clip.parts, number, cues[row])}
        own_times = {row: np.array([[cues[row].start, cues[row].end]]) - part.offset for row in silent}
        rows_here = sorted(rooms | own_times)
        result.append([(" ".join(cues[row].text.split()), (rooms | own_times)[row]) for row in rows_here])
    return result


def _holds(parts: Sequence[Part], number: int, cue: Cue) -> bool:
    """Return True if *cue*, in which nothing is spoken, begins in the part of that *number*."""
    begins = parts[number].offset if number else 0.0
    return cue.start >= begins and (number + 1 == len(parts) or cue.start < parts[number + 1].offset)
