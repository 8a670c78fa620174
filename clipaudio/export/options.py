"""The options of every exporter, stated once, and the clips that an export is made of.

`ExportOptions` is the same list for type checkers, so that ``clip.save("a.srt", profle="bbc")`` fails in mypy.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypedDict

from clipaudio.errors import ExportError, check_options
from clipaudio.timing.crop import crop_levels

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from fractions import Fraction

    from clipaudio.captions.profiles import Profile
    from clipaudio.captions.style import CaptionStyle, Length
    from clipaudio.phonetics.lexicon import Lexicon
    from clipaudio.timing.aligned import Aligned

__all__ = ["LOOKS", "ExportOptions", "Options", "Part"]


class ExportOptions(TypedDict, total=False):
    """Keyword arguments of `Clip.save`, `Clip.dumps` and `Clip.cues`; see `Options` for their meaning."""

    profile: str | Profile | None
    fps: str | float | Fraction | None
    refine: bool
    max_chars: int | None
    max_lines: int | None
    max_words: int | None
    cps: float | None
    min_duration: float | None
    max_duration: float | None
    style: str | CaptionStyle | None
    resolution: str | tuple[int, int] | None
    font: str | None
    size: Length | None
    colour: str | None
    highlight: str | None
    outline: Length | None
    position: str | None
    margin: Length | None
    box: str | None
    background: str | None
    picture: str | None
    bilingual: bool
    spaces: str | None
    word_points: bool
    phones: str
    lexicon: str | os.PathLike[str] | None
    alphabet: str | None
    lead: float
    spreadsheet_safe: bool | None
    fit: bool


def _flag(group: str, metavar: str, text: str) -> dict[str, str]:
    """Describe the flag of a field on the command line."""
    return {"group": group, "metavar": metavar, "help": text}


_PROFILES = "netflix, netflix-children, netflix-sdh, bbc, shorts, youtube, social, word, none"
_STYLES = "youtube, shorts, tiktok, podcast"
_LIMITS = {name: name for name in ("max_chars", "max_lines", "max_words", "min_duration", "max_duration")}
_LIMITS["cps"] = "reading_speed"
LOOKS = ("resolution", "font", "size", "colour", "highlight", "outline", "position", "margin", "box")
"""Options that are fields of a style."""
_PICTURES = ("waveform", "mouth")
_FORMULAS = "text such as =1+1, which spreadsheets run (default: in TSV and CSV; else in labels of Audacity too)"
_PHONES = ("auto", "given", "estimated")
_ALPHABETS = "ipa, arpabet, xsampa, kirshenbaum or espeak"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a user may choose; each exporter uses those that concern its format. Each field is also a command-line flag.

    Parameters
    ----------
    profile
        Limits of captions: a name such as "netflix", "bbc", "social", "word", or a `Profile`. None takes those that fit
        the style, "netflix" without one.
    fps
        Video frames per second: 25, "24000/1001", "23.976" or a `Fraction`. Cues start and end on frames. None keeps
        the times of the sound.
    refine
        Move the start and end of each cue to where the sound begins and ends; needs the audio.
    max_chars, max_lines, max_words, cps, min_duration, max_duration
        Limits of a cue that replace those of the profile: columns of a line, lines and words of a cue, characters per
        second, seconds. None keeps that of the profile.
    style
        Appearance of captions: "youtube", "shorts", "tiktok", "podcast", or a `CaptionStyle`. None writes the default
        of each format.
    resolution, font, size, colour, highlight, outline, position, margin, box
        Values that replace those of the style, see `clipaudio.captions.style.CaptionStyle`. None keeps that of the
        style.
    background
        Behind the captions of a video: a colour, or the path of a picture or a video.
    picture
        What else a video shows: "waveform", "mouth", or None.
    bilingual
        Show both languages of a translated clip, the translation above; see `Clip.translated`.
    spaces
        Label of a space in the graphemes of a TextGrid, such as "␣". None leaves the interval empty, because a space
        between words has no sound.
    word_points
        Add a point tier to a TextGrid, with a point at the start of each word.
    phones
        Phones of mouths and tiers. "auto" estimates those of the text where none came, if the extra `align` is
        installed and espeak-ng speaks the language. "estimated" does so, or fails. "given" uses only those that came.
    lexicon
        A file of words and their phones, for estimated ones; see `clipaudio.phonetics.lexicon`. It needs the extra
        `align`, too.
    alphabet
        Spelling of the phones: "ipa", "arpabet", "xsampa", "kirshenbaum", "espeak". None detects it.
    lead
        Show mouth shapes earlier by this many seconds (default 0); negative for later.
    spreadsheet_safe
        Put an apostrophe before text that a spreadsheet would read as a formula, such as `=1+1`: in TSV, CSV and the
        labels of Audacity. None does so in TSV and CSV, which spreadsheets open.
    fit
        Check the times against the sound: a page shows what does not fit.
    """

    profile: str | Profile | None = field(
        default=None,
        metadata=_flag(
            "captions", "NAME", f"limits of captions: {_PROFILES} (default: that of the style, else netflix)"
        ),
    )
    fps: str | float | Fraction | None = field(
        default=None,
        metadata=_flag("captions", "N", "video frames a second: 25, 24000/1001, 23.976; cues keep to frames"),
    )
    refine: bool = field(
        default=False, metadata=_flag("captions", "", "move cues to where the sound starts and ends; needs the audio")
    )
    max_chars: int | None = field(
        default=None, metadata=_flag("limits", "N", "columns of a line (default: the profile's)")
    )
    max_lines: int | None = field(default=None, metadata=_flag("limits", "N", "lines of a cue"))
    max_words: int | None = field(default=None, metadata=_flag("limits", "N", "words of a cue"))
    cps: float | None = field(default=None, metadata=_flag("limits", "N", "characters a second, white space included"))
    min_duration: float | None = field(default=None, metadata=_flag("limits", "SECONDS", "shortest cue"))
    max_duration: float | None = field(default=None, metadata=_flag("limits", "SECONDS", "longest cue"))
    style: str | CaptionStyle | None = field(
        default=None, metadata=_flag("appearance", "NAME", f"appearance of captions: {_STYLES} (default: the format's)")
    )
    resolution: str | tuple[int, int] | None = field(
        default=None, metadata=_flag("appearance", "WxH", "the picture, such as 1080x1920")
    )
    font: str | None = field(default=None, metadata=_flag("appearance", "NAME", "font family"))
    size: Length | None = field(
        default=None, metadata=_flag("appearance", "PX|N%", "height of the text: pixels, or share of the shorter side")
    )
    colour: str | None = field(default=None, metadata=_flag("appearance", "#RRGGBB", "colour of the text"))
    highlight: str | None = field(default=None, metadata=_flag("appearance", "#RRGGBB", "colour of the spoken word"))
    outline: Length | None = field(
        default=None, metadata=_flag("appearance", "PX|N%", "width of the line around the letters")
    )
    position: str | None = field(
        default=None, metadata=_flag("appearance", "PLACE", "bottom, middle, top, left, right, top-left, …")
    )
    margin: Length | None = field(
        default=None, metadata=_flag("appearance", "PX|N%", "distance from the top or bottom of the picture")
    )
    box: str | None = field(
        default=None, metadata=_flag("appearance", "#RRGGBBAA", "colour of a box behind the text; none for no box")
    )
    background: str | None = field(
        default=None, metadata=_flag("video", "FILE|#RRGGBB", "behind the captions: a picture, a video or a colour")
    )
    picture: str | None = field(default=None, metadata=_flag("video", "NAME", "also show the waveform or the mouth"))
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
    phones: str = field(
        default="auto",
        metadata=_flag(
            "phones",
            "NAME",
            "where none came: auto (estimate them if possible, default), given (do not), estimated (must)",
        ),
    )
    lexicon: str | os.PathLike[str] | None = field(
        default=None, metadata=_flag("phones", "FILE", "words and their phones, IPA or ARPABET, for estimated ones")
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
    fit: bool = field(
        default=False,
        metadata=_flag("fit", "", "check the times against the sound: pages show what does not fit, batches its score"),
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
        try:
            return _make(**options)
        except TypeError:  # a value that has no hash
            return cls(**options)

    def check(self) -> None:
        """Check the limits, the style, the frame rate, the picture, the phones and the alphabet.

        Raises
        ------
        ExportError
            There is no such profile, style, rate, background, picture or alphabet, or the limits contradict each other.
        LexiconError
            The lexicon cannot be read.
        MissingExtraError
            Estimated phones are demanded, and espeakng-loader is not installed.
        """
        self.limits()
        self.caption_style()
        self.rate()
        if self.background is not None:
            from clipaudio.media.video import find_backdrop  # noqa: PLC0415 - a format loads its room on use

            find_backdrop(self.background)
        if self.picture not in (None, *_PICTURES):
            raise ExportError(f"no picture {self.picture!r}; there are {' and '.join(_PICTURES)}")
        if self.alphabet is not None:
            from clipaudio.phonetics.alphabets import check_alphabet  # noqa: PLC0415 - as above

            check_alphabet(self.alphabet)
        self.check_phones()
        if self.phones == "estimated" or (self.lexicon is not None and self.phones != "given"):
            from clipaudio.synthesis import espeak  # noqa: PLC0415 - as above

            self.find_lexicon()
            espeak.check(extra="align")

    def check_phones(self) -> None:
        """Check the name of the phones.

        Raises
        ------
        ExportError
            There is no such name.
        """
        if self.phones not in _PHONES:
            raise ExportError(f"no phones {self.phones!r}; expected one of {', '.join(_PHONES)}")

    def find_lexicon(self) -> Lexicon | None:
        """Return the lexicon, None if none is chosen.

        Raises
        ------
        LexiconError
            It cannot be read.
        """
        if self.lexicon is None:
            return None
        from clipaudio.phonetics.lexicon import read_lexicon  # noqa: PLC0415 - as above

        return read_lexicon(self.lexicon)

    def limits(self) -> Profile:
        """Return the profile with the limits that replace its own.

        Raises
        ------
        ExportError
            There is no such profile or style, or the limits contradict each other.

        Examples
        --------
        >>> Options(style="tiktok", max_lines=2).limits().max_chars, Options().limits().name
        (24, 'netflix')
        """
        from clipaudio.captions.profiles import change_profile, find_profile  # noqa: PLC0415 - loads its room on use

        changes = {to: getattr(self, name) for name, to in _LIMITS.items() if getattr(self, name) is not None}
        style = self.caption_style() if self.profile is None else None
        fitting = style.profile if style is not None else None
        return change_profile(find_profile(self.profile or fitting or "netflix"), changes)

    def caption_style(self) -> CaptionStyle | None:
        """Return the style with the values that replace its own; None if nothing is chosen.

        Raises
        ------
        ExportError
            There is no such style, or a value is not as described.

        Examples
        --------
        >>> Options(resolution="1080x1920", position="top").caption_style().alignment
        8
        """
        changes = {name: getattr(self, name) for name in LOOKS if getattr(self, name) is not None}
        if self.style is None and not changes:
            return None
        from clipaudio.captions.style import CaptionStyle, change_style, find_style  # noqa: PLC0415 - as above

        if changes.get("box") == "none":
            changes["box"] = None
        return change_style(CaptionStyle() if self.style is None else find_style(self.style), changes)

    def rate(self) -> Fraction | None:
        """Return the exact number of video frames per second, or None if none is set.

        Raises
        ------
        ExportError
            There is no such rate.
        """
        from clipaudio.captions.frame_rate import parse_fps  # noqa: PLC0415 - as above

        return None if self.fps is None else parse_fps(self.fps)


_make = lru_cache(maxsize=16, typed=True)(Options)  # the clips of a batch have the same


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """One clip of several: its levels, the second at which it begins, its speaker and title if known.

    A translated part has the levels of the language that is spoken as `original`, until its words are edited.
    """

    aligned: Aligned
    offset: float = 0.0
    speaker: str | None = None
    title: str | None = None
    original: Aligned | None = None

    def crop(self, start: float, stop: float, *, offset: float, speed: float = 1.0) -> Part:
        """Return what is spoken from *start* to *stop* of the part, in both languages; see `crop_levels`."""
        aligned = crop_levels(self.aligned, start, stop, speed=speed)
        original = None if self.original is None else crop_levels(self.original, start, stop, speed=speed)
        return replace(self, aligned=aligned, original=original, offset=offset)

    def with_levels(self, aligned: Aligned, *, offset: float | None = None) -> Part:
        """Return the part with other levels, which have no original."""
        return replace(self, aligned=aligned, offset=self.offset if offset is None else offset, original=None)
