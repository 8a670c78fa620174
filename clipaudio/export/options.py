"""The options of every exporter, stated once, and the clips that an export is made of.

`ExportOptions` is the same list for type checkers, so that ``clip.save("a.srt", profle="bbc")`` fails in mypy.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypedDict

from clipaudio.errors import check_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.aligned import Aligned

__all__ = ["ExportOptions", "Options", "Part"]


class ExportOptions(TypedDict, total=False):
    """Keyword arguments of `Clip.save`, `Clip.dumps` and `Clip.cues`; see `Options` for their meaning."""

    profile: str | Profile
    fps: str | float | Fraction | None
    refine: bool
    bilingual: bool
    spaces: str | None
    word_points: bool
    alphabet: str | None
    lead: float
    spreadsheet_safe: bool | None


def _flag(group: str, metavar: str, text: str) -> dict[str, str]:
    """Describe the flag of a field on the command line."""
    return {"group": group, "metavar": metavar, "help": text}


_PROFILES = "netflix, netflix-children, bbc, youtube, social, word, none"
_FORMULAS = "text such as =1+1, which spreadsheets run (default: in TSV and CSV; else in labels of Audacity too)"
_ALPHABETS = "ipa, arpabet, xsampa, kirshenbaum or espeak"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a user may choose; each exporter uses those that concern its format. Each field is also a command-line flag.

    Parameters
    ----------
    profile
        Limits of captions: a name such as "netflix", "bbc", "social", "word", or a `Profile`.
    fps
        Video frames per second: 25, "24000/1001", "23.976" or a `Fraction`. Cues start and end on frames. None keeps
        the times of the sound.
    refine
        Move the start and end of each cue to where the sound begins and ends; needs the audio.
    bilingual
        Show both languages of a translated clip, the translation above; see `Clip.translated`.
    spaces
        Label of a space in the graphemes of a TextGrid, such as "␣". None leaves the interval empty, because a space
        between words has no sound.
    word_points
        Add a point tier to a TextGrid, with a point at the start of each word.
    alphabet
        Spelling of the phones: "ipa", "arpabet", "xsampa", "kirshenbaum", "espeak". None detects it.
    lead
        Show mouth shapes earlier by this many seconds (default 0); negative for later.
    spreadsheet_safe
        Put an apostrophe before text that a spreadsheet would read as a formula, such as `=1+1`: in TSV, CSV and the
        labels of Audacity. None does so in TSV and CSV, which spreadsheets open.
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
    bilingual: bool = field(
        default=False, metadata=_flag("captions", "", "show both languages, the translation above; with --translation")
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
    spreadsheet_safe: bool | None = field(
        default=None, metadata=_flag("tables", "", f"put an apostrophe before {_FORMULAS}")
    )

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Options:
        """Return the options of these names.

        Raises
        ------
        OptionError
            A name is unknown; the message lists the valid names and the nearest.

        Examples
        --------
        >>> Options.of({"fps": 25}).rate()
        Fraction(25, 1)
        """
        check_options(options, cls.__dataclass_fields__)
        return cls(**options)

    def check(self) -> None:
        """Check the profile, the frame rate and the alphabet.

        Raises
        ------
        ExportError
            There is no such profile, rate or alphabet.
        """
        from clipaudio.captions.profiles import find_profile  # noqa: PLC0415 - a format loads its room on use

        find_profile(self.profile)
        self.rate()
        if self.alphabet is not None:
            from clipaudio.phonetics.alphabets import check_alphabet  # noqa: PLC0415 - as above

            check_alphabet(self.alphabet)

    def rate(self) -> Fraction | None:
        """Return the exact number of video frames per second, or None if none is set.

        Raises
        ------
        ExportError
            There is no such rate.
        """
        from clipaudio.captions.frame_rate import parse_fps  # noqa: PLC0415 - as above

        return None if self.fps is None else parse_fps(self.fps)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One clip of several: its levels, the second at which it begins, its speaker and title if known.

    A translated part has the levels of the language that is spoken as `original`, until its times are edited.
    """

    aligned: Aligned
    offset: float = 0.0
    speaker: str | None = None
    title: str | None = None
    original: Aligned | None = None

    def with_levels(self, aligned: Aligned, *, offset: float | None = None) -> Part:
        """Return the part with other levels, which have no original."""
        return replace(self, aligned=aligned, offset=self.offset if offset is None else offset, original=None)
