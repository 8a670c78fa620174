"""Options of the user, and the clips that an export is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clipaudio.phonetics.alphabets import check_alphabet

if TYPE_CHECKING:
    from fractions import Fraction

    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.aligned import Aligned

__all__ = ["Options", "Part"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of exporters; each exporter uses those that concern it.

    Parameters
    ----------
    profile
        Limits of captions: a name such as "netflix", "bbc", "social", "word", or a `Profile`.
    fps
        Video frames per second: 25, "24000/1001", "23.976", a `Fraction`. Cues start and end on frames; None leaves
        them at the sound.
    refine
        Move the starts and ends of cues to where the sound itself begins and ends; needs the audio.
    spaces
        Label for a space among the graphemes of a TextGrid, such as "␣"; None leaves the interval blank, because in
        an annotation the space between words is no sound.
    word_points
        Add a tier with a point at the start of each word to a TextGrid.
    alphabet
        How phones are spelled: "ipa", "arpabet", "xsampa", "kirshenbaum", "espeak"; None detects it.
    lead
        Show mouth shapes earlier by this many seconds (default 0); negative for later.
    """

    profile: str | Profile = "netflix"
    fps: str | float | Fraction | None = None
    refine: bool = False
    spaces: str | None = None
    word_points: bool = False
    alphabet: str | None = None
    lead: float = 0.0

    def check(self) -> None:
        """Check the profile, the rate and the alphabet.

        Raises
        ------
        ExportError
            There is no such profile, rate or alphabet.
        """
        from clipaudio.captions.profiles import find_profile  # noqa: PLC0415 - a format loads its room on use

        find_profile(self.profile)
        self.rate()
        if self.alphabet is not None:
            check_alphabet(self.alphabet)

    def rate(self) -> Fraction | None:
        """Return the video frames per second, exactly; None if not chosen.

        Raises
        ------
        ExportError
            There is no such rate.
        """
        from clipaudio.captions.frame_rate import parse_fps  # noqa: PLC0415 - as above

        return None if self.fps is None else parse_fps(self.fps)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One clip of several: its levels, the second at which it begins, its speaker and title if known."""

    aligned: Aligned
    offset: float = 0.0
    speaker: str | None = None
    title: str | None = None
