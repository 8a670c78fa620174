"""Find the articulatory targets of a clip: from its phones, or from its graphemes if it has no phones.

Each distinct label is read once. The first half of a diphthong gets 60 % of its time; halves in two entries keep their
times. Stress, length and tone in entries of their own join their sound. Glottal sounds leave the mouth free and take
the articulation of the vowel beside them.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync.letters import read_letters
from clipaudio.lipsync.mouth_track import ArticulatoryTargets
from clipaudio.phonetics.alphabets import Alphabet, check_alphabet, detect_alphabet
from clipaudio.phonetics.articulation import Articulation, Glide, Place, SoundKind
from clipaudio.phonetics.ipa import join_vowels, split_shares
from clipaudio.phonetics.phones import PhoneKind, drop_chained, find_diphthongs, join_tables, read_phones
from clipaudio.timing.intervals import TOUCH, list_run_rows, pair_up_columns, shift_rows
from clipaudio.timing.sounds import find_sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.lipsync.letters import Letters
    from clipaudio.phonetics.phones import PhoneTable
    from clipaudio.timing.sounds import Sounds
    from clipaudio.timing.timeline import Index, Timeline, Times

__all__ = ["ReadPhones", "SpokenClip", "find_targets", "find_targets_together", "join_targets"]

_NEAR: Final = 0.12  # seconds: in a longer silence the mouth rests, and a glottal sound has no neighbour
_OPEN_MOUTH: Final = Articulation(SoundKind.VOWEL, is_voiced=True, is_glottal=True)


class ReadPhones(NamedTuple):
    """The labels of phones, and their sounds without joined diphthongs, None if these are not found yet."""

    table: PhoneTable
    sounds: Sounds | None


def find_targets(
    phones: Timeline,
    graphemes: Timeline,
    *,
    duration: float,
    alphabet: str | Alphabet | None = None,
    language: str = "en",
    loudness: tuple[NDArray[np.float64], float] | None = None,
    read: ReadPhones | None = None,
) -> ArticulatoryTargets:
    """Find the articulatory targets of a clip.

    Parameters
    ----------
    phones
        Tidy phones. If none of them is a sound, graphemes are read instead.
    graphemes
        Tidy graphemes.
    duration
        Seconds of audio. Targets are cut there; those without a length are dropped.
    alphabet
        How phones are spelled, one of `clipaudio.phonetics.alphabets.ALPHABETS`; None detects it.
    language
        Language tag, for graphemes.
    loudness
        Levels (float64) and the seconds between two of them, for graphemes; see `clipaudio.lipsync.letters`.
    read
        *phones* as read in *alphabet*, if they are already.

    Returns
    -------
    ArticulatoryTargets
        Ascending and disjoint; empty if nothing is spoken.

    Raises
    ------
    ExportError
        The duration is not a finite number above 0, a time is not finite, or there is no such alphabet.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> phones = Timeline(("h", "ˈaɪ", "!"), [[0.1, 0.2], [0.2, 0.7], [0.7, 0.9]])
    >>> targets = find_targets(phones, Timeline.empty(), duration=1.0)
    >>> targets.times.round(2).tolist(), targets.sources.tolist()
    ([[0.1, 0.2], [0.2, 0.5], [0.5, 0.7]], [0, 1, 1])
    >>> [round(targets.sounds[code].height, 2) for code in targets.codes.tolist()]
    [1.0, 1.0, 0.17]
    """
    return find_targets_together([SpokenClip(phones, graphemes, duration, alphabet, language, loudness, read)])[0]


class SpokenClip(NamedTuple):
    """A clip, as `find_targets` takes it."""

    phones: Timeline
    graphemes: Timeline
    duration: float
    alphabet: str | Alphabet | None = None
    language: str = "en"
    loudness: tuple[NDArray[np.float64], float] | None = None
    read: ReadPhones | None = None


def find_targets_together(clips: Sequence[SpokenClip]) -> list[ArticulatoryTargets]:
    """Do for each of *clips* what `find_targets` does; many short ones take less time together than one by one."""
    read = list(map(_read, clips))
    found: dict[int, ArticulatoryTargets] = {}
    for estimated in (False, True):
        rows = [row for row, one in enumerate(read) if one.estimated == estimated]
        if rows:
            durations = [float(clips[row].duration) for row in rows]
            found |= zip(rows, _find_aims([read[row] for row in rows], durations), strict=True)
    return [found[row] for row in range(len(clips))]


class _Read(NamedTuple):
    """What is read of a clip: its phones, or its letters."""

    table: PhoneTable
    sounds: Sounds | None
    letters: Letters | None
    alphabet: Alphabet
    unknown: tuple[str, ...]

    @property
    def estimated(self) -> bool:
        return self.letters is not None


def _read(clip: SpokenClip) -> _Read:
    duration, phones = clip.duration, clip.phones
    if not (math.isfinite(duration) and duration > 0):
        raise ExportError(f"the duration is {duration} s; expected a finite number above 0")
    for level, line in (("phone", phones), ("grapheme", clip.graphemes)):
        finite = np.isfinite(line.times)
        if not finite.all():
            row = int(finite.all(axis=1).argmin())
            raise ExportError(f"{level} {row} has no finite time; see clipaudio.timing.repair", index=row)
    if clip.alphabet is None:
        chosen = detect_alphabet(phones.labels)
    else:
        chosen = clip.alphabet if isinstance(clip.alphabet, Alphabet) else check_alphabet(clip.alphabet)
    table, sounds = clip.read or ReadPhones(read_phones(phones.labels, chosen.name), None)
    if any(phone.sounds for phone in table.phones):
        return _Read(table, sounds or find_sounds(phones, table), None, chosen, table.unknown)
    letters = read_letters(clip.graphemes, language=clip.language, loudness=clip.loudness)
    return _Read(table, None, letters, Alphabet("letters", 0.0), letters.unknown)


def _find_aims(clips: Sequence[_Read], durations: Sequence[float]) -> list[ArticulatoryTargets]:
    """Return the targets of clips that all have phones, or all letters."""
    letters = [one.letters for one in clips if one.letters is not None]
    aims = _aims_of_letters(letters) if letters else _aims_of_phones(clips)
    aims = _free(_clip(aims, durations))
    is_used = np.zeros(len(aims.sounds), bool)
    is_used[aims.codes] = True
    sounds, codes = _number([sound for sound, used in zip(aims.sounds, is_used.tolist(), strict=True) if used])
    codes = codes[(is_used.cumsum() - 1)[aims.codes]]
    return [
        ArticulatoryTargets(
            aims.times[a:b], sounds, codes[a:b], aims.sources[a:b], one.estimated, *one.alphabet, one.unknown
        )
        for (a, b), one in zip(pairwise(aims.bounds.tolist()), clips, strict=True)
    ]


def join_targets(clips: Sequence[tuple[ArticulatoryTargets, float]]) -> ArticulatoryTargets:
    """Join the targets of several clips, each moved by its seconds.

    The result is estimated if one clip with speech is. The alphabet is that of the first clip with phones, the
    confidence the lowest of those. Sources are rows of the phones or graphemes of each clip.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
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
    """Targets before they are joined to distinct sounds, of clips that begin at *bounds*."""

    times: Times
    sounds: tuple[Articulation, ...]
    codes: Index
    sources: Index
    bounds: Index

    @property
    def clips(self) -> Index:
        """The number of the clip of each."""
        return np.arange(len(self.bounds) - 1).repeat(self.bounds[1:] - self.bounds[:-1])


def _number(sounds: Sequence[Articulation]) -> tuple[tuple[Articulation, ...], Index]:
    """Return the distinct sounds and the row of each."""
    table = {sound: row for row, sound in enumerate(dict.fromkeys(sounds))}
    return tuple(table), np.fromiter(map(table.__getitem__, sounds), np.intp, len(sounds))


def _aims_of_letters(letters: Sequence[Letters]) -> _Aims:
    bounds = np.array([0, *accumulate([len(one.sources) for one in letters])])
    sounds, codes = _number([sound for one in letters for sound in one.sounds])
    times = np.concatenate([one.times for one in letters])
    return _Aims(times, sounds, codes, np.concatenate([one.sources for one in letters]), bounds)


def _aims_of_phones(clips: Sequence[_Read]) -> _Aims:
    """Return the targets of the sounds of clips."""
    found = [one.sounds for one in clips if one.sounds is not None]
    table = join_tables([one.table for one in clips])
    sizes = [len(one.table.codes) for one in clips]
    ranges = shift_rows([sounds.child_ranges for sounds in found], sizes)
    times = np.concatenate([sounds.times for sounds in found])
    bounds = np.array([0, *accumulate(map(len, found))])
    heard = (table.kinds == PhoneKind.SOUND.value).nonzero()[0]
    sources = heard[heard.searchsorted(ranges[:, 0])]
    codes, articulations = _join_articulations(found)
    joins = times[1:, 0] - times[:-1, 1] <= TOUCH
    joins &= np.concatenate([sounds.stress for sounds in found])[1:] == 0
    joins[bounds[(bounds > 0) & (bounds < len(times))] - 1] = False
    single = ranges[:, 1] - ranges[:, 0] == 1
    entries = np.where(single, table.codes[sources], len(table.ipa))  # one with marks of its own spells no half
    joins &= find_diphthongs(entries, [*table.ipa, ""])
    codes, articulations = _join_entries(codes, articulations, drop_chained(joins).nonzero()[0])
    return _spread(times, codes, articulations, sources, bounds, sizes)


def _join_articulations(found: Sequence[Sounds]) -> tuple[Index, list[tuple[Articulation, ...]]]:
    """Return one table of the articulations of all clips, and the row of each sound."""
    if len(found) == 1:
        return found[0].codes, list(found[0].articulations)
    table: dict[int, tuple[Articulation, ...]] = {}
    rows: dict[int, Index] = {}
    for each in {id(sounds.articulations): sounds.articulations for sounds in found}.values():
        table |= {id(sounds): sounds for sounds in each}  # clips that were read together have one
    number = {key: row for row, key in enumerate(table)}
    for sounds in found:
        key = id(sounds.articulations)
        if key not in rows:
            rows[key] = np.array([number[id(own)] for own in sounds.articulations], np.intp)
    return np.concatenate([rows[id(sounds.articulations)][sounds.codes] for sounds in found]), list(table.values())


def _join_entries(
    codes: Index, articulations: list[tuple[Articulation, ...]], rows: Index
) -> tuple[Index, list[tuple[Articulation, ...]]]:
    """Return codes and articulations in which the entries at *rows* and behind are the halves of a diphthong."""
    if not len(rows):
        return codes, articulations
    made, table = codes.copy(), list(articulations)
    pairs = codes[rows] * len(table) + codes[rows + 1]
    for pair in sorted(set(pairs.tolist())):
        a, b = divmod(pair, len(articulations))
        first, second = join_vowels(table[a][0], table[b][0])
        here = rows[pairs == pair]
        made[here], made[here + 1] = len(table), len(table) + 1
        table += [(first,), (second,)]
    return made, table


def _spread(
    times: Times,
    code: Index,
    table: list[tuple[Articulation, ...]],
    sources: Index,
    bounds: Index,
    sizes: Sequence[int],
) -> _Aims:
    """Divide the time of each label among its sounds; *sizes* are the numbers of phones of each clip."""
    counts = np.array([len(sounds) for sounds in table], np.intp)
    stops = counts.cumsum()
    parts = [part for sounds in table for part in pairwise(accumulate(split_shares(sounds), initial=0.0))]
    low, high = np.array(parts, np.float64).reshape(-1, 2).T
    many = counts[code]
    row = np.arange(len(code)).repeat(many)
    flat = list_run_rows((stops - counts)[code], many)
    start, end = times[row].T
    is_last = flat + 1 == stops[code][row]
    ends = np.where(is_last, end, start + high[flat] * (end - start))
    starts = start + low[flat] * (end - start)
    flat_sounds = [sound for sounds in table for sound in sounds]
    distinct, numbers = _number(flat_sounds)
    first = np.array([0, *accumulate(sizes)][:-1]).repeat(bounds[1:] - bounds[:-1])  # the first phone of each clip
    own = (sources - first)[row]
    return _Aims(pair_up_columns(starts, ends), distinct, numbers[flat], own, row.searchsorted(bounds))


def _clip(aims: _Aims, durations: Sequence[float]) -> _Aims:
    """Cut targets at the end of the audio and at the next target; drop those without a length."""
    clips, bounds = aims.clips, aims.bounds
    falls = aims.times[1:, 0] < aims.times[:-1, 0]
    falls[bounds[(bounds > 0) & (bounds < len(clips))] - 1] = False
    if falls.any():
        order = np.lexsort((aims.times[:, 0], clips))
        aims = aims._replace(times=aims.times[order], codes=aims.codes[order], sources=aims.sources[order])
    times = np.minimum(np.maximum(aims.times, 0.0), np.array(durations)[clips][:, None])
    following = np.concatenate((times[1:, 0], [np.inf]))
    following[bounds[bounds > 0] - 1] = np.inf
    times[:, 1] = np.minimum(times[:, 1], following)
    kept = (times[:, 0] < times[:, 1]).nonzero()[0]
    return _Aims(times[kept], aims.sounds, aims.codes[kept], aims.sources[kept], kept.searchsorted(bounds))


def _free(aims: _Aims) -> _Aims:
    """Replace glottal sounds by the next vowel, else the last vowel, else the sound beside them."""
    glottal = [sound.place == Place.GLOTTAL and sound.kind == SoundKind.CONSONANT for sound in aims.sounds]
    if not any(glottal):
        return aims
    free = np.array(glottal, bool)[aims.codes]
    rows, firm = free.nonzero()[0], (~free).nonzero()[0]
    after = firm.searchsorted(rows)
    following = np.concatenate((firm, [-1]))[after]
    before = np.concatenate(([-1], firm))[after]
    if len(aims.bounds) > 2:  # nobody speaks on in the next clip
        clips = aims.clips
        following = np.where(clips[following] == clips[rows], following, -1)
        before = np.where(clips[before] == clips[rows], before, -1)
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
    """Return a glottal sound with the mouth of its neighbour, or half open without one."""
    shape = _OPEN_MOUTH if beside is None else beside
    rounding = max(sound.rounding, shape.rounding)
    return shape._replace(rounding=rounding, is_long=False, glide=Glide.NONE, nucleus=None, is_glottal=True)
