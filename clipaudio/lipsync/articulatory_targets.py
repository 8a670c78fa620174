"""Phones into what the mouth aims at, one target after the other; letters where there are no phones.

Each distinct label is read once. A diphthong gives 60 % of its time to its first half, also where a voice writes the
halves as two entries, which keep their times. Stress, length and tone in entries of their own go with their sound.
Glottal sounds leave the mouth free and take the articulation of the vowel beside them.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync.letters import read_letters
from clipaudio.lipsync.mouth_track import ArticulatoryTargets
from clipaudio.phonetics.alphabets import detect_alphabet, to_ipa
from clipaudio.phonetics.articulation import Articulation, Glide, Place, SoundKind
from clipaudio.phonetics.ipa import join_vowels, read_label, shares
from clipaudio.timing.intervals import TOUCH, run_rows
from clipaudio.timing.phones import PhoneKind, find_diphthongs, find_sounds, read_phone
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.phones import Sounds
    from clipaudio.timing.timeline import Index, Times

__all__ = ["find_targets", "join_targets"]

_NEAR: Final = 0.12  # seconds: over a longer silence the mouth comes to rest, and a glottal sound has no neighbour
_NO_LETTER: Final = "\u3006"  # a letter of no phonetic alphabet: keeps a label that `find_sounds` takes for a mark
_OPEN_MOUTH: Final = Articulation(SoundKind.VOWEL, is_voiced=True, is_glottal=True)


def find_targets(
    phones: Timeline,
    graphemes: Timeline,
    *,
    duration: float,
    alphabet: str | None = None,
    language: str = "en",
    loudness: tuple[NDArray[np.float64], float] | None = None,
) -> ArticulatoryTargets:
    """Find what the mouth aims at in a clip.

    Parameters
    ----------
    phones
        Tidy phones; without a sound among them the letters are read.
    graphemes
        Tidy letters.
    duration
        Seconds of audio; what lies outside is cut off, and what has no length left out.
    alphabet
        How phones are spelled, one of `clipaudio.phonetics.alphabets.ALPHABETS`; None finds out.
    language
        ISO 639-1 code, for the letters.
    loudness
        Levels (float64, one each so many seconds) and these seconds, for the letters; see
        `clipaudio.phonetics.letter_rules`.

    Returns
    -------
    Targets
        In order and disjoint; empty when nothing is spoken.

    Raises
    ------
    ExportError
        The duration is not a finite number above 0, a time is not finite, or there is no such alphabet.

    Examples
    --------
    >>> phones = Timeline(("h", "ˈaɪ", "!"), [[0.1, 0.2], [0.2, 0.7], [0.7, 0.9]])
    >>> targets = find_targets(phones, Timeline.empty(), duration=1.0)
    >>> targets.times.round(2).tolist(), targets.sources.tolist()
    ([[0.1, 0.2], [0.2, 0.5], [0.5, 0.7]], [0, 1, 1])
    >>> [round(targets.sounds[code].height, 2) for code in targets.codes.tolist()]
    [1.0, 1.0, 0.17]
    """
    if not (math.isfinite(duration) and duration > 0):
        raise ExportError(f"the duration is {duration} s; expected a finite number above 0")
    for level, line in (("phone", phones), ("grapheme", graphemes)):
        bad = np.flatnonzero(~np.isfinite(line.times).all(axis=1))
        if len(bad):
            raise ExportError(f"{level} {bad[0]} has no finite time; see clipaudio.timing.repair", index=int(bad[0]))
    if alphabet is not None:
        to_ipa("", alphabet)  # refuses an unknown name also where there are no phones
    name, confidence = (alphabet, 1.0) if alphabet is not None else detect_alphabet(phones.labels)
    distinct = {label: read_label(label, name) for label in dict.fromkeys(phones.labels)}
    estimated = not any(distinct.values())
    if estimated:
        letters = read_letters(graphemes, language=language, loudness=loudness)
        name, confidence, unknown = "letters", 0.0, letters.unknown
        aims = _Aims(letters.times, *_number(letters.sounds), letters.sources)
    else:
        aims = _aims(phones, distinct, name)
        unknown = tuple(label for label, read in distinct.items() if any(s.kind == SoundKind.UNKNOWN for s in read))
    aims = _free(_clip(aims, float(duration)))
    is_used = np.zeros(len(aims.sounds), bool)
    is_used[aims.codes] = True
    sounds, codes = _number([sound for sound, used in zip(aims.sounds, is_used.tolist(), strict=True) if used])
    codes = codes[(is_used.cumsum() - 1)[aims.codes]]
    return ArticulatoryTargets(aims.times, sounds, codes, aims.sources, estimated, name, confidence, unknown)


def join_targets(clips: Sequence[tuple[ArticulatoryTargets, float]]) -> ArticulatoryTargets:
    """Put what the mouth aims at in several clips behind one another, each moved by its seconds.

    It is estimated where one that speaks is; the alphabet is that of the first one with phones, the confidence the
    least of those; sources are rows of each clip's own phones or letters.

    Examples
    --------
    >>> both = [
    ...     find_targets(Timeline((label,), [[0, 0.5]]), Timeline.empty(), duration=1.0) for label in "am"
    ... ]
    >>> joined = join_targets([(both[0], 0.0), (both[1], 1.0)])
    >>> joined.times.tolist(), [joined.sounds[code].kind.name for code in joined.codes.tolist()]
    ([[0.0, 0.5], [1.0, 1.5]], ['VOWEL', 'CONSONANT'])
    """
    found = [clip for clip, _ in clips]
    sounds, codes = _number([clip.sounds[code] for clip in found for code in clip.codes.tolist()])
    spelled = [clip for clip in found if not clip.estimated] or found
    guessed = [clip for clip in found if clip.estimated and len(clip.codes)]
    return ArticulatoryTargets(
        np.concatenate([np.empty((0, 2)), *(clip.times + offset for clip, offset in clips)]),
        sounds,
        codes,
        np.concatenate([np.empty(0, np.intp), *(clip.sources for clip in found)]),
        bool(guessed) or spelled is found,
        spelled[0].alphabet if spelled else "ipa",
        min((clip.confidence for clip in spelled), default=0.0),
        tuple(dict.fromkeys(label for clip in found for label in clip.unknown)),
    )


class _Aims(NamedTuple):
    """Targets on their way."""

    times: Times
    sounds: tuple[Articulation, ...]
    codes: Index
    sources: Index


def _number(sounds: Sequence[Articulation]) -> tuple[tuple[Articulation, ...], Index]:
    """Give the distinct sounds, and the row of each."""
    table = {sound: row for row, sound in enumerate(dict.fromkeys(sounds))}
    return tuple(table), np.fromiter(map(table.__getitem__, sounds), np.intp, len(sounds))


def _aims(phones: Timeline, distinct: dict[str, tuple[Articulation, ...]], alphabet: str) -> _Aims:
    """Give the sounds of phones with their times."""
    spoken = {label: _as_sound(to_ipa(label, alphabet), read) for label, read in distinct.items()}
    found = find_sounds(Timeline(tuple(spoken[label] for label in phones.labels), phones.times))
    number = {label: row for row, label in enumerate(dict.fromkeys(found.labels))}
    code = np.fromiter(map(number.__getitem__, found.labels), np.intp, len(found))
    table = [read_label(label) or (Articulation(SoundKind.UNKNOWN),) for label in number]
    table = _join_entries(found, code, list(number), table)
    heard = np.array([row for row, label in enumerate(phones.labels) if distinct[label]], np.intp)
    sources = heard[heard.searchsorted(found.child_ranges[:, 0])]
    return _spread(found.times, code, table, sources)


def _as_sound(ipa: str, read: tuple[Articulation, ...]) -> str:
    """Give a label that `find_sounds` takes for a sound exactly where one was read."""
    is_sound = read_phone(ipa).kind == PhoneKind.SOUND
    if read:
        return ipa if is_sound else _NO_LETTER
    return "" if is_sound else ipa


def _join_entries(
    found: Sounds, code: Index, labels: list[str], table: list[tuple[Articulation, ...]]
) -> list[tuple[Articulation, ...]]:
    """Mark two entries that are one diphthong: their codes in *code* change, and the longer table is given back."""
    touching = found.times[1:, 0] - found.times[:-1, 1] <= TOUCH
    joins = find_diphthongs(code, labels) & touching & (found.stress[1:] == 0)
    for row in ((joins[1:] & joins[:-1]).nonzero()[0] + 1).tolist():  # rare: three vowels in a row
        joins[row] &= not joins[row - 1]
    table = list(table)
    rows = joins.nonzero()[0]
    pairs = code[rows] * len(labels) + code[rows + 1]
    for pair in sorted(set(pairs.tolist())):
        a, b = divmod(pair, len(labels))
        first, second = join_vowels(table[a][0], table[b][0])
        here = rows[pairs == pair]
        code[here], code[here + 1] = len(table), len(table) + 1
        table += [(first,), (second,)]
    return table


def _spread(times: Times, code: Index, table: list[tuple[Articulation, ...]], sources: Index) -> _Aims:
    """Give each sound of a label its share of the label's time."""
    counts = np.array([len(sounds) for sounds in table], np.intp)
    stops = counts.cumsum()
    parts = [part for sounds in table for part in pairwise(accumulate(shares(sounds), initial=0.0))]
    low, high = np.array(parts, np.float64).reshape(-1, 2).T
    many = counts[code]
    row = np.arange(len(code)).repeat(many)
    flat = run_rows((stops - counts)[code], many)
    start, end = times[row].T
    is_last = flat + 1 == stops[code][row]
    ends = np.where(is_last, end, start + high[flat] * (end - start))
    starts = start + low[flat] * (end - start)
    flat_sounds = [sound for sounds in table for sound in sounds]
    distinct, numbers = _number(flat_sounds)
    return _Aims(np.stack((starts, ends), axis=1), distinct, numbers[flat], sources[row])


def _clip(aims: _Aims, duration: float) -> _Aims:
    """Cut off what lies outside the audio or under the next target, and leave out what has no length."""
    order = np.argsort(aims.times[:, 0], kind="stable")
    times = np.clip(aims.times[order], 0.0, duration)
    times[:-1, 1] = np.minimum(times[:-1, 1], times[1:, 0])
    kept = np.flatnonzero(times[:, 0] < times[:, 1])
    return _Aims(times[kept], aims.sounds, aims.codes[order][kept], aims.sources[order][kept])


def _free(aims: _Aims) -> _Aims:
    """Give glottal sounds the articulation of the next vowel, else of the last, else of what is beside them."""
    glottal = [sound.place == Place.GLOTTAL and sound.kind == SoundKind.CONSONANT for sound in aims.sounds]
    if not any(glottal):
        return aims
    free = np.array(glottal, bool)[aims.codes]
    rows, firm = free.nonzero()[0], (~free).nonzero()[0]
    after = firm.searchsorted(rows)
    following = np.concatenate((firm, [-1]))[after]
    before = np.concatenate(([-1], firm))[after]
    vowel = np.array([sound.kind == SoundKind.VOWEL for sound in aims.sounds], bool)[aims.codes]
    closing = np.array([sound.closes_lips for sound in aims.sounds], bool)[aims.codes]
    next_near = (following >= 0) & (aims.times[following, 0] - aims.times[rows, 1] < _NEAR)
    last_near = (before >= 0) & (aims.times[rows, 0] - aims.times[before, 1] < _NEAR)
    chosen = np.where(last_near & ~closing[before], before, -1)
    chosen = np.where(next_near & ~closing[following], following, chosen)
    chosen = np.where(last_near & vowel[before], before, chosen)
    chosen = np.where(next_near & vowel[following], following, chosen)
    beside = np.where(chosen >= 0, aims.codes[chosen], -1)
    width = len(aims.sounds) + 1
    keys = (aims.codes[rows] * width + beside + 1).tolist()
    number = {key: row for row, key in enumerate(sorted(set(keys)), len(aims.sounds))}
    taken = [_take(aims.sounds[key // width], aims.sounds[key % width - 1] if key % width else None) for key in number]
    codes = aims.codes.copy()
    codes[rows] = [number[key] for key in keys]
    return aims._replace(sounds=(*aims.sounds, *taken), codes=codes)


def _take(sound: Articulation, beside: Articulation | None) -> Articulation:
    """Give a glottal sound the mouth of a neighbour; without one it is open halfway."""
    shape = _OPEN_MOUTH if beside is None else beside
    rounding = max(sound.rounding, shape.rounding)
    return shape._replace(rounding=rounding, is_long=False, glide=Glide.NONE, nucleus=None, is_glottal=True)
