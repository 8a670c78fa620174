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
from clipaudio.phonetics.phones import PhoneKind, drop_chained, find_diphthongs, read_phones
from clipaudio.timing.intervals import TOUCH, list_run_rows, pair_up_columns
from clipaudio.timing.sounds import find_sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.phonetics.phones import PhoneTable
    from clipaudio.timing.sounds import Sounds
    from clipaudio.timing.timeline import Index, Timeline, Times

__all__ = ["ReadPhones", "find_targets", "join_targets"]

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
    if not (math.isfinite(duration) and duration > 0):
        raise ExportError(f"the duration is {duration} s; expected a finite number above 0")
    for level, line in (("phone", phones), ("grapheme", graphemes)):
        bad = np.flatnonzero(~np.isfinite(line.times).all(axis=1))
        if len(bad):
            raise ExportError(f"{level} {bad[0]} has no finite time; see clipaudio.timing.repair", index=int(bad[0]))
    if alphabet is None:
        chosen = detect_alphabet(phones.labels)
    else:
        chosen = alphabet if isinstance(alphabet, Alphabet) else check_alphabet(alphabet)
    table, spoken = read or ReadPhones(read_phones(phones.labels, chosen.name), None)
    estimated = not any(phone.sounds for phone in table.phones)
    if estimated:
        letters = read_letters(graphemes, language=language, loudness=loudness)
        chosen, unknown = Alphabet("letters", 0.0), letters.unknown
        aims = _Aims(letters.times, *_number(letters.sounds), letters.sources)
    else:
        aims, unknown = _aims(spoken or find_sounds(phones, table), table), table.unknown
    aims = _free(_clip(aims, float(duration)))
    is_used = np.zeros(len(aims.sounds), bool)
    is_used[aims.codes] = True
    sounds, codes = _number([sound for sound, used in zip(aims.sounds, is_used.tolist(), strict=True) if used])
    codes = codes[(is_used.cumsum() - 1)[aims.codes]]
    return ArticulatoryTargets(aims.times, sounds, codes, aims.sources, estimated, *chosen, unknown)


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
    """Targets before they are joined to distinct sounds."""

    times: Times
    sounds: tuple[Articulation, ...]
    codes: Index
    sources: Index


def _number(sounds: Sequence[Articulation]) -> tuple[tuple[Articulation, ...], Index]:
    """Return the distinct sounds and the row of each."""
    table = {sound: row for row, sound in enumerate(dict.fromkeys(sounds))}
    return tuple(table), np.fromiter(map(table.__getitem__, sounds), np.intp, len(sounds))


def _aims(found: Sounds, table: PhoneTable) -> _Aims:
    """Return the targets of the sounds of a clip."""
    rows = found.child_ranges[:, 0]
    heard = (table.kinds == PhoneKind.SOUND.value).nonzero()[0]
    sources = heard[heard.searchsorted(rows)]
    codes, articulations = _join_entries(found, table.ipa, table.codes[sources])
    return _spread(found.times, codes, articulations, sources)


def _join_entries(found: Sounds, ipa: Sequence[str], entries: Index) -> tuple[Index, list[tuple[Articulation, ...]]]:
    """Return codes and articulations in which two entries that spell one diphthong are its halves.

    *entries* is the row of *ipa* for the entry behind each sound.
    """
    single = found.child_ranges[:, 1] - found.child_ranges[:, 0] == 1
    bare = np.where(single, entries, len(ipa))  # an entry with marks of its own spells no half of a diphthong
    joins = find_diphthongs(bare, [*ipa, ""]) & (found.stress[1:] == 0)
    joins &= found.times[1:, 0] - found.times[:-1, 1] <= TOUCH
    rows = drop_chained(joins).nonzero()[0]
    codes, table = found.codes.copy(), list(found.articulations)
    pairs = found.codes[rows] * len(table) + found.codes[rows + 1]
    for pair in sorted(set(pairs.tolist())):
        a, b = divmod(pair, len(found.articulations))
        first, second = join_vowels(table[a][0], table[b][0])
        here = rows[pairs == pair]
        codes[here], codes[here + 1] = len(table), len(table) + 1
        table += [(first,), (second,)]
    return codes, table


def _spread(times: Times, code: Index, table: list[tuple[Articulation, ...]], sources: Index) -> _Aims:
    """Divide the time of each label among its sounds."""
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
    return _Aims(pair_up_columns(starts, ends), distinct, numbers[flat], sources[row])


def _clip(aims: _Aims, duration: float) -> _Aims:
    """Cut targets at the end of the audio and at the next target; drop those without a length."""
    order = aims.times[:, 0].argsort(kind="stable")
    times = np.minimum(np.maximum(aims.times[order], 0.0), duration)
    times[:-1, 1] = np.minimum(times[:-1, 1], times[1:, 0])
    kept = (times[:, 0] < times[:, 1]).nonzero()[0]
    return _Aims(times[kept], aims.sounds, aims.codes[order][kept], aims.sources[order][kept])


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
