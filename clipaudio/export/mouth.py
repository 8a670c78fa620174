"""A clip into mouth shapes and curves: one exporter a format, all from the same track of the mouth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from clipaudio.lipsync.articulatory_targets import find_targets, join_targets
from clipaudio.lipsync.curves import make_curves
from clipaudio.lipsync.formats import (
    azure,
    keyframes,
    livelink,
    moho,
    oculus,
    papagayo,
    polly,
    rhubarb,
    talkinghead,
    vrm,
)
from clipaudio.lipsync.mouth_timing import MouthOptions, time_mouth
from clipaudio.lipsync.visemes import to_timeline
from clipaudio.phonetics.alphabets import detect_alphabets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.export.context import ExportContext, Part
    from clipaudio.lipsync.mouth_track import ArticulatoryTargets, MouthTrack
    from clipaudio.phonetics.alphabets import Alphabet
    from clipaudio.timing.aligned import Aligned

    Loudness: TypeAlias = tuple[NDArray[np.float64], float]

__all__ = [
    "dumps_azure",
    "dumps_azure_frames",
    "dumps_keyframes",
    "dumps_livelink",
    "dumps_moho",
    "dumps_oculus",
    "dumps_papagayo",
    "dumps_polly",
    "dumps_rhubarb",
    "dumps_rhubarb_tsv",
    "dumps_rhubarb_xml",
    "dumps_talkinghead",
    "dumps_vrm",
    "mouth_of",
    "notes_on_alphabet",
    "notes_on_lips",
    "targets_of",
]

_SURE = 0.7
_FILM = 24
_SCREEN = 60
_VRM = 30


def targets_of(source: ExportContext) -> ArticulatoryTargets:
    """Return the articulatory targets: from phones, or from graphemes and loudness if there are none.

    Several clips are read one by one: one may have phones where another has none, and each has its language.
    """
    clips = [part for part in source.parts if part.aligned.duration > 0]
    if len(clips) < 2:
        return _targets(source.aligned, source.aligned.alphabet, _loudness(source, [source.aligned]))
    loudness = _loudness(source, [part.aligned for part in clips])
    found = [
        (_targets(part.aligned, alphabet, _within(loudness, part)), part.offset)
        for part, alphabet in zip(clips, _alphabets(clips), strict=True)
    ]
    return join_targets(found)


def _alphabets(clips: Sequence[Part]) -> list[Alphabet]:
    """Return the alphabet of each clip: as chosen, else detected."""
    found = detect_alphabets([part.aligned.phones.labels for part in clips])
    return [part.aligned.known_alphabet or own for part, own in zip(clips, found, strict=True)]


def _targets(clip: Aligned, alphabet: Alphabet, loudness: Loudness | None) -> ArticulatoryTargets:
    return find_targets(
        clip.phones,
        clip.graphemes,
        duration=clip.duration,
        alphabet=alphabet,
        language=clip.language,
        loudness=loudness,
    )


def _loudness(source: ExportContext, clips: list[Aligned]) -> Loudness | None:
    """Measure the audio where there is some and one of the clips has no phones."""
    if source.audio is None or all(len(clip.phones) or not len(clip.graphemes) for clip in clips):
        return None
    from clipaudio.audio.envelope import read_envelope  # noqa: PLC0415 - audio loads on use
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - as above

    with open_audio(source.audio) as audio:
        return read_envelope(audio)


def _within(loudness: Loudness | None, part: Part) -> Loudness | None:
    """Give the levels of one part."""
    if loudness is None or len(part.aligned.phones):
        return None
    levels, step = loudness
    first = round(part.offset / step)
    return levels[first : first + math.ceil(part.aligned.duration / step)], step


def mouth_of(source: ExportContext, *, is_played_early: bool = False) -> MouthTrack:
    """Give what the mouth does over the clip; nothing comes early where the player sees to that itself."""
    options = MouthOptions(lead=source.options.lead)
    if is_played_early:
        options = MouthOptions(plosive_anticipation=(0.0, 0.0), rounding_anticipation=0.0)
    return time_mouth(targets_of(source), duration=source.aligned.duration, options=options, fps=source.options.rate())


def notes_on_lips(source: ExportContext) -> tuple[str, ...]:
    """Return notes on what was guessed about the mouth."""
    track = source.mouth
    some = "some of the clips have" if len(source.aligned.phones) and len(source.parts) > 1 else "there are"
    notes = [f"{some} no phones: the mouth is guessed from letters"] if track.estimated else []
    notes += [f"{label!r} is no known sound: the mouth is neutral there" for label in track.unknown]
    return (*notes, *notes_on_alphabet(source))


def notes_on_alphabet(source: ExportContext) -> tuple[str, ...]:
    """Return a note if it is uncertain in which alphabet the phones are spelled."""
    found = [alphabet for alphabet in _alphabets(source.clips) if 0 < alphabet.confidence < _SURE]
    return tuple(
        f"phones are read as {name}, which is only {confidence:.0%} certain: choose the alphabet if it is another"
        for name, confidence in dict.fromkeys(found)
    )


def dumps_rhubarb(source: ExportContext) -> str:
    """Give Rhubarb's JSON."""
    return rhubarb.dumps(to_timeline(source.mouth, "rhubarb"), sound_file=source.sound_file)


def dumps_rhubarb_tsv(source: ExportContext) -> str:
    """Give Rhubarb's TSV."""
    return rhubarb.dumps(to_timeline(source.mouth, "rhubarb"), format="tsv")


def dumps_rhubarb_xml(source: ExportContext) -> str:
    """Give Rhubarb's XML."""
    return rhubarb.dumps(to_timeline(source.mouth, "rhubarb"), format="xml", sound_file=source.sound_file)


def dumps_moho(source: ExportContext) -> str:
    """Give a switch track for Moho, 24 frames a second where no rate is chosen."""
    return moho.dumps(to_timeline(source.mouth, "rhubarb"), fps=_rate(source, _FILM))


def dumps_papagayo(source: ExportContext) -> str:
    """Give a Papagayo project, 24 frames a second where no rate is chosen."""
    clip = source.aligned
    return papagayo.dumps(
        to_timeline(source.mouth, "papagayo"),
        words=clip.words,
        sentences=clip.sentences,
        fps=_rate(source, _FILM),
        sound_file=source.sound_file,
    )


def dumps_oculus(source: ExportContext) -> str:
    """Give the visemes of Oculus."""
    return oculus.dumps(to_timeline(source.mouth, "oculus"))


def dumps_talkinghead(source: ExportContext) -> str:
    """Give what TalkingHead speaks."""
    track = mouth_of(source, is_played_early=True)
    return talkinghead.dumps(to_timeline(track, "oculus"), words=source.aligned.words)


def dumps_azure(source: ExportContext) -> str:
    """Give Azure's viseme events."""
    return azure.dumps(to_timeline(source.mouth, "azure"))


def dumps_azure_frames(source: ExportContext) -> str:
    """Give Azure's frames of 55 blend shapes, 60 a second."""
    return azure.dumps_frames(make_curves(source.mouth, fps=_SCREEN))


def dumps_polly(source: ExportContext) -> str:
    """Give Polly's speech marks: sentences, words and visemes."""
    clip = source.aligned
    track = to_timeline(source.mouth, "polly")
    return polly.dumps(track, graphemes=clip.graphemes, words=clip.words, sentences=clip.sentences)


def dumps_livelink(source: ExportContext) -> str:
    """Give Live Link Face's CSV, 60 frames a second where no rate is chosen."""
    return livelink.dumps(make_curves(source.mouth, fps=_rate(source, _SCREEN)))


def dumps_vrm(source: ExportContext) -> str:
    """Give a VRM animation, 30 frames a second where no rate is chosen."""
    return vrm.dumps(make_curves(source.mouth, fps=_rate(source, _VRM), names="vrm"))


def dumps_keyframes(source: ExportContext) -> str:
    """Give keyframes of Apple's blend shapes as CSV, 24 frames a second where no rate is chosen."""
    return keyframes.dumps(make_curves(source.mouth, fps=_rate(source, _FILM)))


def _rate(source: ExportContext, usual: int) -> Fraction | int:
    chosen = source.options.rate()
    return usual if chosen is None else chosen
