"""What exporters need of a clip, or of several behind one another, and what the user may choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from fractions import Fraction

    from clipaudio.annotation.sanitize import SanitizedTiers
    from clipaudio.audio.reader import Recording
    from clipaudio.captions.captioning import Passage
    from clipaudio.captions.cue import Cue
    from clipaudio.captions.profiles import Profile
    from clipaudio.captions.refinement import Refinement
    from clipaudio.lipsync.mouth_track import MouthTrack
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Times

__all__ = ["ExportContext", "Options", "Part"]


def _flag(group: str, metavar: str, text: str) -> dict[str, str]:
    """Describe the flag of a field on the command line."""
    return {"group": group, "metavar": metavar, "help": text}


_PROFILES = "netflix, netflix-children, bbc, youtube, social, word, none"
_ALPHABETS = "ipa, arpabet, xsampa, kirshenbaum or espeak"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The choices of the user; every exporter takes those it knows. Each field is a flag of the command line too.

    Parameters
    ----------
    profile
        Limits of captions: a name such as "netflix", "bbc", "social", "word", or a `Profile`.
    fps
        Video frames a second: 25, "24000/1001", "23.976", a `Fraction`. Cues start and end on frames; None leaves
        them where the sound is.
    refine
        Move the starts and ends of cues to where the sound itself begins and ends; needs the audio.
    spaces
        What stands for a space in the graphemes of a TextGrid, such as "␣"; None leaves an interval blank, for in an
        annotation the space between words is no sound.
    word_points
        Add a tier of points to a TextGrid, one at the start of each word.
    alphabet
        How phones are spelled: "ipa", "arpabet", "xsampa", "kirshenbaum", "espeak"; None finds out.
    lead
        Seconds by which mouth shapes come before their sounds; negative for later.
    """

    profile: str | Profile = field(
        default="netflix", metadata=_flag("captions", "NAME", f"limits of captions: {_PROFILES}")
    )
    fps: str | float | Fraction | None = field(
        default=None,
        metadata=_flag("captions", "N", "video frames a second: 25, 24000/1001, 23.976; cues keep to frames"),
    )
    refine: bool = field(
        default=False, metadata=_flag("captions", "", "move cues to where the sound starts and ends; needs the audio")
    )
    spaces: str | None = field(
        default=None,
        metadata=_flag("TextGrids", "TOKEN", "label of a space among the graphemes, such as ␣ (default: blank)"),
    )
    word_points: bool = field(
        default=False, metadata=_flag("TextGrids", "", "add a tier with a point at the start of each word")
    )
    alphabet: str | None = field(
        default=None, metadata=_flag("mouths", "NAME", f"spelling of the phones: {_ALPHABETS} (default: detected)")
    )
    lead: float = field(
        default=0.0, metadata=_flag("mouths", "SECONDS", "shift mouth shapes earlier by this many seconds (0)")
    )

    def check(self) -> None:
        """Find what is chosen.

        Raises
        ------
        ExportError
            There is no such profile, or no such rate.
        """
        from clipaudio.captions.profiles import find_profile  # noqa: PLC0415 - a format loads its room on use

        find_profile(self.profile)
        self.rate()

    def rate(self) -> Fraction | None:
        """Give the video frames a second, exactly; None where none are chosen.

        Raises
        ------
        ExportError
            There is no such rate.
        """
        from clipaudio.captions.frame_rate import parse_fps  # noqa: PLC0415 - as above

        return None if self.fps is None else parse_fps(self.fps)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One clip within the whole: what it says, and the seconds at which it begins.

    `speaker` and `title` are None where they are not known.
    """

    aligned: Aligned
    offset: float = 0.0
    speaker: str | None = None
    title: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportContext:
    """What an exporter may need.

    Parameters
    ----------
    aligned
        The levels of the whole.
    parts
        The clips it is made of; empty for one clip that is all there is.
    audio
        Its file or recording, None where that is not at hand.
    sample_rate
        Of the audio, None where that is not known.
    id, project_id, issues, sound_file
        What is known of the clip and its audio.
    options
        What the user chose.
    """

    aligned: Aligned
    parts: tuple[Part, ...] = ()
    audio: str | os.PathLike[str] | Recording | None = None
    sample_rate: int | None = None
    id: str | None = None
    project_id: str | None = None
    issues: tuple[str, ...] = ()
    sound_file: str = ""
    options: Options = field(default_factory=Options)

    @cached_property
    def clips(self) -> tuple[Part, ...]:
        """The clips it is made of, at least one."""
        return self.parts or (Part(aligned=self.aligned, title=self.id),)

    @cached_property
    def mouth(self) -> MouthTrack:
        """What the mouth does.

        Raises
        ------
        ExportError
            There is no such alphabet or rate, or the clip lasts no time.
        """
        from clipaudio.export.mouth import mouth_of  # noqa: PLC0415 - a format loads its room on use

        return mouth_of(self)

    @cached_property
    def grid(self) -> SanitizedTiers:
        """The tiers of a TextGrid, and what had to be changed for them."""
        from clipaudio.export.annotation import prepared_grid  # noqa: PLC0415 - as above

        return prepared_grid(self)

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """The captions, timed for the screen.

        Raises
        ------
        ExportError
            There is no such profile or rate, or refinement is asked for and there is no audio.
        """
        from clipaudio.captions.captioning import cut_passages, time_passages  # noqa: PLC0415 - as above

        refined = self.refinement
        cut = cut_passages(self._passages, profile=self.options.profile) if refined is None else refined.cues
        return time_passages(
            cut,
            self._passages,
            profile=self.options.profile,
            fps=self.options.rate(),
            duration=self.aligned.duration,
        )

    @cached_property
    def refinement(self) -> Refinement | None:
        """How far the starts and ends of cues were moved to those of the sound; None where that is not chosen.

        Raises
        ------
        ExportError
            There is no audio.
        """
        if not self.options.refine:
            return None
        from clipaudio.captions.captioning import cut_passages  # noqa: PLC0415 - as above
        from clipaudio.captions.refinement import refine_cues  # noqa: PLC0415 - as above

        sound = _sound_of(self.audio)
        return refine_cues(cut_passages(self._passages, profile=self.options.profile), sound)

    @cached_property
    def _passages(self) -> tuple[Passage, ...]:
        from clipaudio.captions.captioning import Passage  # noqa: PLC0415 - as above

        return tuple(
            Passage(
                graphemes=part.aligned.graphemes,
                words=part.aligned.words,
                sentences=part.aligned.sentences,
                language=part.aligned.language,
                offset=part.offset,
                speaker=part.speaker,
            )
            for part in self.clips
        )


def _sound_of(source: str | os.PathLike[str] | Recording | None) -> Times:
    from clipaudio.audio.envelope import find_sound, read_envelope  # noqa: PLC0415 - audio loads on use
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - as above
    from clipaudio.errors import ExportError  # noqa: PLC0415 - as above

    if source is None:
        raise ExportError("refining the times of captions needs the audio of the clip; give it, or leave refine out")
    with open_audio(source) as audio:
        return find_sound(read_envelope(audio))
