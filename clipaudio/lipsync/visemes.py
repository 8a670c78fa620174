"""Map sounds and mouth tracks to the shapes of a viseme set.

Each set is a rule over place, manner, height, backness and rounding, so that every sound of every language has a shape.
Only closures get a shape with closed lips, and only rest and closures look like rest.

Conventions
-----------
Shapes have the names of the target; those of Azure are its numbers as text. Rounded means `rounding` of 0.5 or more.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync import viseme_rules as rules
from clipaudio.phonetics.phones import read_phone
from clipaudio.timing.intervals import mark_changes, pair_up_columns, span_runs
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clipaudio.lipsync.mouth_track import MouthTrack
    from clipaudio.phonetics.articulation import Articulation

__all__ = ["SETS", "VisemeSet", "shape_of", "shapes_of", "to_timeline", "to_timelines"]


class VisemeSet(NamedTuple):
    """A set of mouth shapes.

    Attributes
    ----------
    names
        Every shape, in the order of the numbers of the target.
    rest
        The shape of silence.
    rule
        Returns the shape of a sound and its duration in seconds, None if unknown.
    limits
        Durations, in seconds, at which the rule changes; empty if duration does not matter.
    """

    names: tuple[str, ...]
    rest: str
    rule: Callable[[Articulation, float | None], str]
    limits: tuple[float, ...] = ()


_OCULUS: Final = tuple("sil PP FF TH DD kk CH SS nn RR aa E I O U".split())
_OPENXR: Final = tuple("SIL PP FF TH DD KK CH SS NN RR AA E IH OH OU".split())
_TO_OPENXR: Final = dict(zip(_OCULUS, _OPENXR, strict=True))
_PRESTON_BLAIR: Final = tuple("AI O E U etc L WQ MBP FV rest".split())
_POLLY: Final = tuple("sil p t S T f k i r s u @ a e E o O J B".split())

SETS: Final[Mapping[str, VisemeSet]] = MappingProxyType(
    {
        "oculus": VisemeSet(_OCULUS, "sil", rules.oculus),
        "openxr": VisemeSet(_OPENXR, "SIL", lambda sound, duration: _TO_OPENXR[rules.oculus(sound, duration)]),
        "azure": VisemeSet(tuple(map(str, range(22))), "0", rules.azure),
        "polly": VisemeSet(_POLLY, "sil", rules.polly),
        "polly-l": VisemeSet((*_POLLY, "l"), "sil", rules.polly_with_l),
        "rhubarb": VisemeSet(tuple("ABCDEFGHX"), "X", rules.rhubarb, rules.RHUBARB_LIMITS),
        "preston-blair": VisemeSet(_PRESTON_BLAIR, "rest", rules.preston_blair),
        "papagayo": VisemeSet(_PRESTON_BLAIR, "rest", rules.preston_blair),
        "vrm": VisemeSet(tuple("neutral aa ih ou ee oh".split()), "neutral", rules.vrm),
    }
)
"""Sets of mouth shapes by name. "polly-l" is Polly's with a separate shape for l, as newer pages have it."""


def shape_of(sound: Articulation, set_name: str, duration: float | None = None) -> str:
    """Return the shape of a sound.

    Parameters
    ----------
    sound
        The articulation; `REST` is silence.
    set_name
        A key of `SETS`.
    duration
        Seconds, if known: some shapes of "rhubarb" depend on it.

    Raises
    ------
    ExportError
        There is no such set.

    Examples
    --------
    >>> ash, = read_phone("ʂ").sounds
    >>> [shape_of(ash, name) for name in ("oculus", "azure", "rhubarb")]
    ['CH', '16', 'B']
    """
    return _set(set_name).rule(sound, duration)


def shapes_of(label: str, set_name: str, *, alphabet: str = "ipa") -> tuple[str, ...]:
    """Return the shapes of a phone label, equal neighbours as one; none if it is no sound.

    Examples
    --------
    >>> shapes_of("aɪ", "rhubarb"), shapes_of("aɪ", "azure"), shapes_of("TH", "oculus", alphabet="arpabet")
    (('D', 'B'), ('11',), ('TH',))
    """
    found = [shape_of(sound, set_name) for sound in read_phone(label, alphabet).sounds]
    return tuple(shape for row, shape in enumerate(found) if row == 0 or shape != found[row - 1])


def to_timeline(track: MouthTrack, set_name: str) -> Timeline:
    """Return the shapes of a track, equal neighbours as one.

    Parameters
    ----------
    track
        From `clipaudio.lipsync.mouth_timing`: 0 to the end without a gap.
    set_name
        A key of `SETS`.

    Returns
    -------
    Timeline
        Shapes from 0 to the end without a gap; empty for an empty track.

    Raises
    ------
    ExportError
        There is no such set.

    Examples
    --------
    >>> from clipaudio.phonetics.articulation import REST
    >>> from clipaudio.lipsync.mouth_track import MouthTrack
    >>> times = np.array([[0, 0.2], [0.2, 0.3], [0.3, 0.5]])
    >>> track = MouthTrack(times, (REST, *read_phone("m").sounds), np.array([0, 1, 1]))
    >>> [(entry.label, entry.start, entry.end) for entry in to_timeline(track, "oculus")]
    [('sil', 0.0, 0.2), ('PP', 0.2, 0.5)]
    """
    return to_timelines([track], set_name)[0]


def to_timelines(tracks: Sequence[MouthTrack], set_name: str) -> list[Timeline]:
    """Do for each of *tracks* what `to_timeline` does; those that were timed together are drawn together."""
    chosen = _set(set_name)
    groups: dict[int, list[int]] = {}
    for row, track in enumerate(tracks):
        groups.setdefault(id(track.sounds), []).append(row)
    found: dict[int, Timeline] = {}
    for rows in groups.values():
        found |= zip(rows, _draw([tracks[row] for row in rows], chosen), strict=True)
    return [found[row] for row in range(len(tracks))]


def _draw(tracks: Sequence[MouthTrack], chosen: VisemeSet) -> list[Timeline]:
    """Draw tracks of one table of sounds."""
    sounds = tracks[0].sounds
    times, codes = np.concatenate([track.times for track in tracks]), np.concatenate([track.codes for track in tracks])
    bounds = np.array([0, *accumulate([len(track.codes) for track in tracks])])
    # a shape depends on the sound and on the limits below its duration: few pairs, however long the track
    classes = np.array(chosen.limits).searchsorted(times[:, 1] - times[:, 0] + 1e-9, side="right")
    examples = [*chosen.limits, np.inf]
    pairs = codes * len(examples) + classes
    found = np.zeros(len(sounds) * len(examples), np.intp)
    found[pairs] = 1
    number = {name: row for row, name in enumerate(chosen.names)}
    for pair in found.nonzero()[0].tolist():
        code, kind = divmod(pair, len(examples))
        found[pair] = number[chosen.rule(sounds[code], examples[kind] - 1e-6)]
    shown = found[pairs]
    fresh = mark_changes(shown)
    fresh[bounds[:-1][bounds[:-1] < len(fresh)]] = True
    first = fresh.nonzero()[0]
    spans = span_runs(times, pair_up_columns(first, np.concatenate((first[1:], [len(shown)]))))
    spans.flags.writeable = False
    labels = [chosen.names[row] for row in shown[first].tolist()]
    places = first.searchsorted(bounds).tolist()
    return [Timeline.of_checked(tuple(labels[a:b]), spans[a:b]) for a, b in pairwise(places)]


def _set(name: str) -> VisemeSet:
    if name not in SETS:
        raise ExportError(f"viseme set {name!r} is not known; expected one of {', '.join(SETS)}")
    return SETS[name]
