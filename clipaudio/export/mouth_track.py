"""Find what the mouth does over one clip or several: targets from phones or graphemes, then timed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from clipaudio.lipsync.articulatory_targets import ReadPhones, find_targets, join_targets
from clipaudio.lipsync.mouth_timing import MouthOptions, time_mouth
from clipaudio.phonetics.alphabets import check_alphabet, detect_alphabets

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.audio.reader import Recording
    from clipaudio.export.options import Options, Part
    from clipaudio.lipsync.mouth_track import ArticulatoryTargets, MouthTrack
    from clipaudio.phonetics.alphabets import Alphabet
    from clipaudio.timing.aligned import Aligned

    Loudness: TypeAlias = tuple[NDArray[np.float64], float]
    Audio: TypeAlias = str | os.PathLike[str] | Recording

__all__ = ["alphabets_of", "find_clip_targets", "track_mouth"]


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
    mouth = MouthOptions(lead=options.lead)
    has_shapes = all(_has_given_shapes(part.aligned) for part in clips)
    if is_played_early or has_shapes:  # shapes that a source gave are timed for the eye already, their rests too
        lead = 0.0 if is_played_early else options.lead
        mouth = MouthOptions(plosive_anticipation=(0.0, 0.0), rounding_anticipation=0.0, lead=lead)
    if has_shapes:
        mouth = replace(mouth, held_pause=0.0, relaxed_pause=0.0)
    targets = find_clip_targets(clips, audio=audio)
    return time_mouth(targets, duration=duration, options=mouth, fps=options.rate())


def find_clip_targets(clips: Sequence[Part], *, audio: Audio | None = None) -> ArticulatoryTargets:
    """Return the articulatory targets of *clips*.

    They come from given phones, else from given mouth shapes, else from estimated phones, else from graphemes and
    loudness. Each clip is read by itself: one may have phones where another has none, and each has its language.
    """
    spoken = [part for part in clips if part.aligned.duration > 0] or list(clips)
    loudness = _measure_loudness(spoken, audio)
    found = [
        (_find_targets(part.aligned, alphabet, _levels_of_part(loudness, part)), part.offset)
        for part, alphabet in zip(spoken, alphabets_of(spoken), strict=True)
    ]
    return found[0][0] if len(found) == 1 and not found[0][1] else join_targets(found)


def alphabets_of(clips: Sequence[Part]) -> list[Alphabet]:
    """Return the alphabet of each clip: as chosen, else detected."""
    levels = [part.aligned for part in clips]
    found = detect_alphabets([clip.phones.labels for clip in levels], [clip.alphabet for clip in levels])
    return [part.aligned.known_alphabet or own for part, own in zip(clips, found, strict=True)]


def _has_given_shapes(clip: Aligned) -> bool:
    """Return True if the mouth shapes that a source gave are known better than the phones."""
    return bool(clip.viseme_set) and (not len(clip.phones) or clip.has_estimated_phones)


def _find_targets(clip: Aligned, alphabet: Alphabet, loudness: Loudness | None) -> ArticulatoryTargets:
    phones, read = clip.phones, None
    if len(phones) and alphabet.name == clip.alphabet.name:
        read = ReadPhones(clip.phone_table, clip.plain_sounds)
    if _has_given_shapes(clip):
        from clipaudio.lipsync.given_visemes import phones_of_visemes  # noqa: PLC0415 - few sources give visemes

        read = None
        phones, alphabet = phones_of_visemes(clip.visemes, clip.viseme_set), check_alphabet("ipa")
    return find_targets(
        phones,
        clip.graphemes,
        duration=clip.duration,
        alphabet=alphabet,
        language=clip.language,
        loudness=loudness,
        read=read,
    )


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
