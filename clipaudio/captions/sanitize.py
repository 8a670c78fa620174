"""Prepare cues for files: every writer calls `prepare` first.

Times become finite, not negative and at least a millisecond long; cues are sorted by start. Characters that end a cue
or a file are removed or replaced: NUL and the other C0 controls, blank lines, line ends other than line feeds, lone
surrogates, a byte order mark. Marks of direction (U+202E and its like) end with their cue: each reader lays out many
cues, and some join them. Visible text stays, and every change is reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from clipaudio.captions.cue import CueWord, make_speaker_label
from clipaudio.errors import ExportError
from clipaudio.text import CUE_RULES, DIRECTION_MARKS, clean_text, close_directions, find_direction_edits, find_dirt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clipaudio.captions.cue import Cue

__all__ = ["CueChange", "SanitizedCues", "label_speakers", "prepare"]

_LEAST = 0.001  # seconds: the shortest time of formats with milliseconds
_MOST = 1e9  # seconds, thirty years: beyond it float64 loses milliseconds
_BOM = "\ufeff"
_UNSEEN_LINE = re.compile(r"\n[^\S\n]+(?=\n)")
_MESSAGES = {
    **{rule.kind: rule.message for rule in CUE_RULES},
    "direction": "marks of direction were closed at its end, or dropped where they close nothing",
}


@dataclass(frozen=True, slots=True)
class CueChange:
    """A change of the cue at row *index* of the input: *kind* for programs, *message* for users."""

    index: int
    kind: str
    message: str


class SanitizedCues(NamedTuple):
    """Cues that every format can hold, and the changes, in the order of the input."""

    cues: tuple[Cue, ...]
    changes: tuple[CueChange, ...]


def prepare(cues: Iterable[Cue], *, words: bool = True) -> SanitizedCues:
    r"""Return *cues* as every format can hold them, and each change; prepared cues are returned unchanged.

    Parameters
    ----------
    words
        False skips the times of words, for a format that does not write them.

    Raises
    ------
    ExportError
        A time is not finite, or above 1e9 seconds; `index` names the cue.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> prepared = prepare([Cue(-1.0, 2.0, ("a\x00b\r\n\r\nc",)), Cue(3.0, 4.0, (" ",))])
    >>> prepared.cues
    (Cue(start=0.0, end=2.0, lines=('ab', 'c'), words=(), speaker=None),)
    >>> [(change.index, change.kind) for change in prepared.changes]
    [(0, 'negative'), (0, 'line end'), (0, 'control'), (0, 'blank line'), (1, 'no text')]
    """
    given = tuple(cues)
    changes: list[CueChange] = []
    text_clean = _is_clean(given)
    kept: list[Cue] = []
    before = 0.0
    late: int | None = None
    for index, cue in enumerate(given):
        now = cue
        if not (cue.start >= 0.0 and cue.start + _LEAST <= cue.end <= _MOST):
            now = _fix_times(now, index, changes)
        if not text_clean:
            now = _fix_text(now, index, changes)
        if words and now.words:
            now = _fix_words(now, index, changes)
        if now.lines:
            if now.start < before and late is None:
                late = index
            before = now.start
            kept.append(now)
    if late is not None:
        changes.append(CueChange(late, "order", "starts before the cue above it: cues were sorted by start"))
        kept.sort(key=lambda cue: cue.start)
    return SanitizedCues(tuple(kept), tuple(changes))


def label_speakers(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Prefix `NAME: ` to the text of each cue whose speaker differs from that of the cue before.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> [cue.text for cue in label_speakers([Cue(0, 1, ("Hi.",), speaker="Ann"), Cue(1, 2, ("Yes?",), speaker="Ann")])]
    ['Ann: Hi.', 'Yes?']
    """
    labelled = []
    last = None
    for cue in cues:
        now = cue
        label = make_speaker_label(cue.speaker, last)
        if label and cue.lines:
            n = len(label)
            moved = [
                CueWord(0, word.first + n, word.stop + n, *word[3:]) if word.line == 0 else word for word in cue.words
            ]
            now = replace(cue, lines=(label + cue.lines[0], *cue.lines[1:]), words=tuple(moved))
        last = cue.speaker
        labelled.append(now)
    return tuple(labelled)


def _is_clean(cues: Sequence[Cue]) -> bool:
    """Return True if no line and no speaker needs a change; nearly all of it runs in C."""
    speakers = {cue.speaker for cue in cues} - {None}
    if any(_clean_speaker(speaker) != speaker for speaker in speakers):
        return False
    text = "\n" + "\n".join(["\n".join(cue.lines) for cue in cues]) + "\n"
    if cues and ("\n\n" in text or "\n " in text or " \n" in text):
        return False
    # a line feed inside a line shows in the count
    if text.count("\n") != sum([len(cue.lines) for cue in cues]) + 1 + (not cues):
        return False
    if text.replace("\n", "").isprintable():
        return True
    if find_dirt(text, CUE_RULES) or _BOM in text or _UNSEEN_LINE.search(text):
        return False
    has_marks = DIRECTION_MARKS.search(text) is not None
    return not (has_marks and any(find_direction_edits("\n".join(cue.lines)) for cue in cues))


def _fix_times(cue: Cue, index: int, changes: list[CueChange]) -> Cue:
    start, end = cue.start, cue.end
    if not (isfinite(start) and isfinite(end) and max(start, end) <= _MOST):
        raise ExportError(
            f"cue {index} lasts from {start} to {end} s; expected finite seconds, at most {_MOST:g}: "
            "repair the timeline first",
            index=index,
        )
    if start < 0:
        changes.append(CueChange(index, "negative", f"starts at {start} s: moved to 0"))
        start = 0.0
    if end < start + _LEAST:
        changes.append(
            CueChange(index, "too short", f"starts at {start} s but ends at {end} s: now lasts a millisecond")
        )
        end = start + _LEAST
    return replace(cue, start=start, end=end)


def _fix_text(cue: Cue, index: int, changes: list[CueChange]) -> Cue:
    if _is_clean((cue,)):
        return cue
    text = "\n".join(cue.lines)
    speaker = _clean_speaker(cue.speaker)
    if speaker != cue.speaker:
        changes.append(CueChange(index, "speaker", f"the name {cue.speaker!r} became {speaker!r}"))
    found = [CueChange(index, kind, _MESSAGES[kind]) for kind in _find_kinds(text)]
    closed, moved = _close_directions(cue.lines, words=bool(cue.words))
    lines, places = _clean_lines(closed, words=bool(cue.words))
    if moved:
        rows = zip(moved, places, strict=True)
        places = [[None if place is None else row[place] for place in where] for where, row in rows]
    changes += found
    if not lines:
        changes.append(CueChange(index, "no text", "has no text: left out"))
    elif lines != cue.lines:
        if any(not line.strip() for line in re.split(r"\r\n?|\n", text)):
            changes.append(CueChange(index, "blank line", "a blank line was removed"))
        if "\r" not in text and any("\n" in line for line in cue.lines):
            changes.append(CueChange(index, "line end", "a line feed within a line became a line end"))
        if text.lstrip(f"\n\r {_BOM}") != text.lstrip("\n\r "):
            changes.append(CueChange(index, "byte order mark", "a byte order mark before the text was removed"))
        if not changes or changes[-1].index != index:
            changes.append(CueChange(index, "edge", "spaces at the edge of a line were removed"))
    words = tuple(_move(word, places) for word in cue.words)
    return replace(cue, lines=lines, words=tuple(word for word in words if word is not None), speaker=speaker)


def _find_kinds(text: str) -> tuple[str, ...]:
    """Return the kinds of dirt in the text of a cue."""
    found = find_dirt(text, CUE_RULES)
    return (*found, "direction") if find_direction_edits(text) else found


def _close_directions(lines: tuple[str, ...], *, words: bool) -> tuple[tuple[str, ...], list[list[int | None]]]:
    """Return lines in which marks of direction end with the cue and, with *words*, the new place of each character.

    There are no places if nothing changes.
    """
    edits = find_direction_edits("\n".join(lines))
    if not edits:
        return lines, []
    closed: list[str] = []
    places: list[list[int | None]] = []
    left = list(reversed(edits))
    offset = 0
    for line in lines:
        where: list[int | None] = []
        pieces: list[str] = []
        done, size = 0, 0
        while left and left[-1].first - offset <= len(line):
            edit = left.pop()
            first, stop = edit.first - offset, edit.stop - offset
            if words:
                where += [*range(size, size + first - done), *[None] * (stop - first)]
            pieces += [line[done:first], edit.replacement]
            size += first - done + len(edit.replacement)
            done = stop
        closed.append("".join([*pieces, line[done:]]))
        if words:
            places.append([*where, *range(size, size + len(line) - done)])
        offset += len(line) + 1
    return tuple(closed), places


def _clean_lines(lines: tuple[str, ...], *, words: bool) -> tuple[tuple[str, ...], list[list[tuple[int, int] | None]]]:
    """Return clean lines and, with *words*, the new line and place of each character."""
    clean: list[str] = []
    places: list[list[tuple[int, int] | None]] = []
    for line in lines:
        where: list[tuple[int, int] | None] = [None] * len(line)
        first = 0
        for part in re.split(r"\r\n|\r|\n", line):
            kept: Sequence[int] = range(len(part))
            text, kinds = clean_text(part, CUE_RULES)
            if "control" in kinds:  # the only rule that removes characters
                kept = [i for i, character in enumerate(part) if clean_text(character, CUE_RULES).text]
            edges = " " if clean else f" {_BOM}"
            left, right = len(text) - len(text.lstrip(edges)), len(text.rstrip(" "))
            if text[left:right].strip():
                if words:
                    for place, i in enumerate(kept[left:right]):
                        where[first + i] = (len(clean), place)
                clean.append(text[left:right])
            first += len(part)
            first += 2 if line[first : first + 2] == "\r\n" else 1
        places.append(where)
    return tuple(clean), places


def _clean_speaker(speaker: str | None) -> str | None:
    """Return the name as one clean line, None if nothing is left."""
    if speaker is None or (speaker.isprintable() and speaker and speaker == speaker.strip()):
        return speaker
    lines, _ = _clean_lines((speaker,), words=False)
    return close_directions(" ".join(lines)).strip() or None


def _move(word: CueWord, places: list[list[tuple[int, int] | None]]) -> CueWord | None:
    """Return *word* at the new place of its characters; of a word cut by a line end, the part on its first line."""
    if not 0 <= word.line < len(places):
        return None
    now = [place for place in places[word.line][max(word.first, 0) : max(word.stop, 0)] if place is not None]
    if not now:
        return None
    line = now[0][0]
    stops = [place for number, place in now if number == line]
    return CueWord(line, stops[0], stops[-1] + 1, word.start, word.end)


def _fix_words(cue: Cue, index: int, changes: list[CueChange]) -> Cue:
    """Return *cue* with words in order, inside its text and its time; words without text of their own are dropped."""
    lengths = [len(line) for line in cue.lines]
    line, place, now, end = 0, 0, cue.start, cue.end
    for word in cue.words:
        forward = word.line > line or (word.line == line and word.first >= place)
        if not (
            forward
            and word.line < len(lengths)
            and word.first < word.stop <= lengths[word.line]
            and now <= word.start <= word.end <= end
            and word.first >= 0
        ):
            break
        line, place, now = word.line, word.stop, word.start
    else:
        return cue
    words: list[CueWord] = []
    line, place, now = 0, 0, cue.start
    for word in sorted(cue.words, key=lambda word: (word.line, word.first, word.start)):
        if not (isfinite(word.start) and isfinite(word.end)):
            raise ExportError(
                f"cue {index} has a word from {word.start} to {word.end} s; expected finite seconds", index=index
            )
        if not 0 <= word.line < len(lengths):
            continue
        first = max(word.first, place if word.line == line else 0)
        stop = min(word.stop, lengths[word.line])
        if first < stop:
            now = min(max(word.start, now), end)
            words.append(CueWord(word.line, first, stop, now, min(max(word.end, now), end)))
            line, place = word.line, stop
    told = _tell_moves(cue.words, words)
    if told is not None:
        changes.append(CueChange(index, "words", told))
    return replace(cue, words=tuple(words))


def _tell_moves(before: Sequence[CueWord], after: Sequence[CueWord]) -> str | None:
    """Return how words were changed; None if only by the milliseconds that their cue was rounded to."""
    if [word[:3] for word in before] != [word[:3] for word in after]:
        return "words were brought into order, and into the text and time of their cue"
    moved = max(
        (max(abs(a.start - b.start), abs(a.end - b.end)) for a, b in zip(before, after, strict=True)), default=0
    )
    return None if moved < _LEAST else f"words were brought into the time of their cue, by {moved:.3f} s at most"
