"""Find what the mouth does over one clip or several: targets from phones or graphemes, then timed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from clipaudio.lipsync.articulatory_targets import ReadPhones, SpokenClip, find_targets_together, join_targets
from clipaudio.lipsync.mouth_timing import MouthOptions, time_mouths
from clipaudio.lipsync.visemes import to_timelines
from clipaudio.phonetics.alphabets import check_alphabet, detect_alphabets

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from fractions import Fraction

    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.audio.reader import Recording
    from clipaudio.export.options import Options, Part
    from clipaudio.lipsync.mouth_track import ArticulatoryTargets, MouthTrack
    from clipaudio.phonetics.alphabets import Alphabet
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Timeline

    Loudness: TypeAlias = tuple[NDArray[np.float64], float]
    Audio: TypeAlias = str | os.PathLike[str] | Recording

__all__ = ["DrawnTracks", "MouthInput", "alphabets_of", "find_clip_targets", "track_mouth", "track_mouths"]


def track_mouth(
    clips: Sequence[Part],
    *,
    duration: float,
    options: Options,
    audio: Audio | None = None,
    is_played_early: bool = False,
) -> MouthTrack:
    """Return what the mouth does over *clips*.

    Parameters
    ----------
    clips
        At least one, in order.
    duration
        Seconds of the whole.
    options
        Those of the user.
    audio
        The audio, whose loudness corrects what is guessed from graphemes; None if it is not at hand.
    is_played_early
        Whether the player shows mouth shapes early itself; then none is moved.
    """
    given = MouthInput(clips, duration, options, audio, is_played_early)
    return track_mouths([given])[0]


class MouthInput(NamedTuple):
    """What `track_mouth` is told of a clip, or of several that follow each other."""

    clips: Sequence[Part]
    duration: float
    options: Options
    audio: Audio | None = None
    is_played_early: bool = False

    def mouth_options(self) -> MouthOptions:
        """Return how the mouth moves in time."""
        lead = self.options.lead
        has_shapes = all(_has_given_shapes(part.aligned) for part in self.clips)
        if not (self.is_played_early or has_shapes):
            return MouthOptions(lead=lead)
        # shapes that a source gave are timed for the eye already, their rests too
        lead = 0.0 if self.is_played_early else lead
        mouth = MouthOptions(plosive_anticipation=(0.0, 0.0), rounding_anticipation=0.0, lead=lead)
        return replace(mouth, held_pause=0.0, relaxed_pause=0.0) if has_shapes else mouth


def track_mouths(given: Sequence[MouthInput]) -> list[MouthTrack]:
    """Do for each of *given* what `track_mouth` does; many short ones take less time together than one by one."""
    targets = _find_clip_targets([(one.clips, one.audio) for one in given])
    groups: dict[tuple[MouthOptions, Fraction | None], list[int]] = {}
    for row, one in enumerate(given):
        groups.setdefault((one.mouth_options(), one.options.rate()), []).append(row)
    found: dict[int, MouthTrack] = {}
    for (options, fps), rows in groups.items():
        durations = [given[row].duration for row in rows]
        tracks = time_mouths([targets[row] for row in rows], durations=durations, options=options, fps=fps)
        found |= zip(rows, tracks, strict=True)
    return [found[row] for row in range(len(given))]


class DrawnTracks:
    """Tracks that were made together, and their shapes, which are drawn together on first use."""

    def __init__(self, tracks: list[MouthTrack]) -> None:
        self.tracks = tracks
        self._drawn: dict[str, list[Timeline]] = {}

    def draw(self, set_name: str) -> list[Timeline]:
        """Return the shapes of each track, of a viseme set.

        Raises
        ------
        ExportError
            There is no such set.
        """
        if set_name not in self._drawn:
            self._drawn[set_name] = to_timelines(self.tracks, set_name)
        return self._drawn[set_name]


def find_clip_targets(clips: Sequence[Part], *, audio: Audio | None = None) -> ArticulatoryTargets:
    """Return the articulatory targets of *clips*.

    They come from given phones, else from given mouth shapes, else from estimated phones, else from graphemes and
    loudness. Each clip is read by itself: one may have phones where another has none, and each has its language.
    """
    return _find_clip_targets([(clips, audio)])[0]


def _find_clip_targets(given: Sequence[tuple[Sequence[Part], Audio | None]]) -> list[ArticulatoryTargets]:
    every: list[SpokenClip] = []
    offsets: list[list[float]] = []
    for clips, audio in given:
        spoken = [part for part in clips if part.aligned.duration > 0] or list(clips)
        loudness = _measure_loudness(spoken, audio)
        for part, alphabet in zip(spoken, alphabets_of(spoken), strict=True):
            every.append(_read_clip(part.aligned, alphabet, _levels_of_part(loudness, part)))
        offsets.append([part.offset for part in spoken])
    found = iter(find_targets_together(every))
    return [_join([(next(found), offset) for offset in own]) for own in offsets]


def _join(found: list[tuple[ArticulatoryTargets, float]]) -> ArticulatoryTargets:
    return found[0][0] if len(found) == 1 and not found[0][1] else join_targets(found)


def alphabets_of(clips: Sequence[Part]) -> list[Alphabet]:
    """Return the alphabet of each clip: as chosen, else detected."""
    levels = [part.aligned for part in clips]
    found = detect_alphabets([clip.phones.labels for clip in levels], [clip.alphabet for clip in levels])
    return [part.aligned.known_alphabet or own for part, own in zip(clips, found, strict=True)]


def _has_given_shapes(clip: Aligned) -> bool:
    """Return True if the mouth shapes that a source gave are known better than the phones."""
    return bool(clip.viseme_set) and (not len(clip.phones) or clip.has_estimated_phones)


def _read_clip(clip: Aligned, alphabet: Alphabet, loudness: Loudness | None) -> SpokenClip:
    phones, read = clip.phones, None
    if len(phones) and alphabet.name == clip.alphabet.name:
        read = ReadPhones(clip.phone_table, clip.plain_sounds)
    if _has_given_shapes(clip):
        from clipaudio.lipsync.given_visemes import phones_of_visemes  # noqa: PLC0415 - few sources give visemes

        read = None
        phones, alphabet = phones_of_visemes(clip.visemes, clip.viseme_set), check_alphabet("ipa")
    return SpokenClip(phones, clip.graphemes, clip.duration, alphabet, clip.language, loudness, read)


def _measure_loudness(clips: Sequence[Part], audio: Audio | None) -> Loudness | None:
    """Measure the audio if there is some and one of the clips has no phones."""
    levels = [part.aligned for part in clips]
    if audio is None or all(len(clip.phones) or len(clip.visemes) or not len(clip.graphemes) for clip in levels):
        return None
    from clipaudio.audio.envelope import read_envelope  # noqa: PLC0415 - audio loads on use
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - as above

    with open_audio(audio) as recording:
        return read_envelope(recording)


def _levels_of_part(loudness: Loudness | None, part: Part) -> Loudness | None:
    """Return the levels of one clip."""
    if loudness is None or len(part.aligned.phones):
        return None
    levels, step = loudness
    first = round(part.offset / step)
    return levels[first : first + math.ceil(part.aligned.duration / step)], step
