"""Export mouth shapes and curves: one function per format, all from the same track of the mouth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.export.mouth_track import alphabets_of, track_mouth
from clipaudio.lipsync.curves import iterate_curves, make_curves
from clipaudio.lipsync.formats import (
    azure,
    blender,
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
from clipaudio.lipsync.visemes import to_timeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from clipaudio.export.context import ExportContext
    from clipaudio.export.registry import Format

__all__ = [
    "dumps_azure",
    "dumps_blender",
    "dumps_keyframes",
    "dumps_moho",
    "dumps_oculus",
    "dumps_papagayo",
    "dumps_polly",
    "dumps_rhubarb",
    "dumps_rhubarb_tsv",
    "dumps_rhubarb_xml",
    "dumps_talkinghead",
    "dumps_vrm",
    "iterate_azure_frames",
    "iterate_livelink",
    "notes_on_alphabet",
    "notes_on_lips",
]

_SURE = 0.7
_NAMED = 12  # unknown labels named one by one; a Chinese text has hundreds
_FILM = 24
_SCREEN = 60
_VRM = 30


def notes_on_lips(source: ExportContext, _: Format | None = None) -> tuple[str, ...]:
    """Return notes on what was guessed about the mouth."""
    track = source.mouth
    some = "some of the clips have" if len(source.aligned.phones) and len(source.parts) > 1 else "there are"
    hint = "" if source.phones_found is None else source.phones_found.hint
    notes = [f"{some} no phones: the mouth is guessed from letters{hint and f'; {hint}'}"] if track.estimated else []
    if track.unknown:
        named = ", ".join(map(repr, track.unknown[:_NAMED]))
        more = len(track.unknown) - _NAMED
        count = f" and {more} more" if more > 0 else ""
        notes.append(f"no known sounds are {named}{count}: the mouth is neutral there")
    return (*notes, *notes_on_alphabet(source))


def notes_on_alphabet(source: ExportContext) -> tuple[str, ...]:
    """Return a note if it is uncertain in which alphabet the phones are spelled."""
    found = [alphabet for alphabet in alphabets_of(source.clips) if 0 < alphabet.confidence < _SURE]
    return tuple(
        f"phones are read as {name}, which is only {confidence:.0%} certain: choose the alphabet if it is another"
        for name, confidence in dict.fromkeys(found)
    )


def dumps_rhubarb(source: ExportContext) -> str:
    """Return Rhubarb's JSON."""
    return rhubarb.dumps(source.draw_mouth("rhubarb"), sound_file=source.sound_file)


def dumps_rhubarb_tsv(source: ExportContext) -> str:
    """Return Rhubarb's TSV."""
    return rhubarb.dumps(source.draw_mouth("rhubarb"), format="tsv")


def dumps_rhubarb_xml(source: ExportContext) -> str:
    """Return Rhubarb's XML."""
    return rhubarb.dumps(source.draw_mouth("rhubarb"), format="xml", sound_file=source.sound_file)


def dumps_moho(source: ExportContext) -> str:
    """Return a switch track for Moho, 24 frames per second by default."""
    return moho.dumps(source.draw_mouth("rhubarb"), fps=_rate(source, _FILM))


def dumps_papagayo(source: ExportContext) -> str:
    """Return a Papagayo project, 24 frames per second by default."""
    clip = source.aligned
    return papagayo.dumps(
        source.draw_mouth("papagayo"),
        words=clip.words,
        sentences=clip.sentences,
        fps=_rate(source, _FILM),
        sound_file=source.sound_file,
    )


def dumps_oculus(source: ExportContext) -> str:
    """Return the visemes of Oculus."""
    return oculus.dumps(source.draw_mouth("oculus"))


def dumps_talkinghead(source: ExportContext) -> str:
    """Return words and visemes for TalkingHead."""
    track = track_mouth(
        source.clips,
        duration=source.aligned.duration,
        options=source.options,
        audio=source.audio,
        is_played_early=True,
    )
    return talkinghead.dumps(to_timeline(track, "oculus"), words=source.aligned.words)


def dumps_azure(source: ExportContext) -> str:
    """Return Azure's viseme events."""
    return azure.dumps(source.draw_mouth("azure"))


def iterate_azure_frames(source: ExportContext) -> Iterator[str]:
    """Return Azure's frames of 55 blend shapes, 60 per second."""
    return azure.iterate_frames(iterate_curves(source.mouth, fps=_SCREEN))


def dumps_polly(source: ExportContext) -> str:
    """Return Polly's speech marks: sentences, words and visemes."""
    clip = source.aligned
    track = source.draw_mouth("polly")
    return polly.dumps(track, graphemes=clip.graphemes, words=clip.words, sentences=clip.sentences)


def iterate_livelink(source: ExportContext) -> Iterator[str]:
    """Return Live Link Face's CSV, 60 frames per second by default."""
    return livelink.iterate(iterate_curves(source.mouth, fps=_rate(source, _SCREEN)))


def dumps_vrm(source: ExportContext) -> str:
    """Return a VRM animation, 30 frames per second by default."""
    return vrm.dumps(make_curves(source.mouth, fps=_rate(source, _VRM), names="vrm"))


def dumps_keyframes(source: ExportContext) -> str:
    """Return keyframes of Apple's blend shapes as CSV, 24 frames per second by default."""
    safe = source.options.spreadsheet_safe is not False
    return keyframes.dumps(make_curves(source.mouth, fps=_rate(source, _FILM)), spreadsheet_safe=safe)


def dumps_blender(source: ExportContext) -> str:
    """Return a script that makes the keyframes in Blender, from 60 video frames per second by default."""
    return blender.dumps(make_curves(source.mouth, fps=_rate(source, _SCREEN)))


def _rate(source: ExportContext, usual: int) -> Fraction | int:
    chosen = source.options.rate()
    return usual if chosen is None else chosen
