"""Limits of published caption guidelines: amount of text, durations, gaps.

Conventions
-----------
Durations are seconds; gaps between cues are video frames, as in the guidelines. A profile is frozen: copy and change it
with `dataclasses.replace`.

Sources: Netflix Timed Text Style Guides, general requirements, timing and language tables, also those for the deaf and
hard of hearing (pages 215758617 and 360051554394 of partnerhelp.netflixstudios.com, read in 2026); BBC Subtitle
Guidelines 1.2.5 (March 2026), whose advice for upright video (9:16) is "shorts". The others have no published guideline
and follow common practice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from math import inf
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from clipaudio.errors import ExportError
from clipaudio.text import primary_language

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROFILES", "Profile", "change_profile", "find_profile"]

_NO_FPS: Final = Fraction(24)  # the rate of frames if none is given


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Limits of a cue.

    Parameters
    ----------
    name
        As `--profile` knows it.
    max_chars
        Columns of a line, None for no limit. A longer word stays whole and is reported.
    max_lines
        Lines of a cue.
    max_words
        Words of a cue, None for no limit.
    wide
        Columns of an East Asian wide character, 1 or 2.
    half_width
        Whether all other characters (Latin letters, digits, blanks) count one half, as in guidelines for Chinese,
        Japanese and Korean. A CJK full stop or comma at the end of a line counts nothing.
    reading_speed
        Readable characters per second; inf for no limit. White space counts, line feeds do not.
    seconds_per_word
        Shortest display of a word in seconds, averaged over its cue.
    min_duration, max_duration
        Shortest and longest display of a cue in seconds.
    min_gap_frames
        Video frames between two cues, at 24 per second if no rate is given.
    chain
        Seconds below which a gap is closed to `min_gap_frames`, because a short flicker looks like a fault. None: half
        a second in frames, less one, as Netflix counts it; 0 closes nothing.
    hold
        Longest display after the last sound, in seconds.
    lead_frames
        Video frames by which a cue may come before its first sound.
    pause
        Seconds of silence that end a cue.
    languages
        Fields that differ by language: ISO 639-1 code to fields; "" is for all others.

    Raises
    ------
    ExportError
        A limit is not positive, not a number, or a maximum is below its minimum.

    Examples
    --------
    >>> find_profile("netflix").for_language("ja").max_chars
    13
    >>> from dataclasses import replace
    >>> replace(find_profile("bbc"), max_chars=32).max_chars
    32
    """

    name: str
    max_chars: int | None = 42
    max_lines: int = 2
    max_words: int | None = None
    wide: int = 1
    half_width: bool = False
    reading_speed: float = inf
    seconds_per_word: float = 0.0
    min_duration: float = 5 / 6
    max_duration: float = 7.0
    min_gap_frames: int = 2
    chain: float | None = None
    hold: float = 0.5
    lead_frames: int = 2
    pause: float = 0.6
    languages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "languages", MappingProxyType(dict(self.languages)))
        counts = (self.max_chars, self.max_lines, self.max_words, self.wide)
        if any(count is not None and count < 1 for count in counts):
            raise ExportError(
                f"profile {self.name}: max_chars, max_lines, max_words and wide must be at least 1, not {counts}"
            )
        if not (self.reading_speed > 0 and self.max_duration > 0 and self.min_duration <= self.max_duration):
            raise ExportError(
                f"profile {self.name}: reading_speed={self.reading_speed} and max_duration={self.max_duration} must be"
                f" above 0, and min_duration={self.min_duration} not above max_duration"
            )
        rest = (self.seconds_per_word, self.min_duration, self.min_gap_frames, self.chain or 0.0, self.hold, self.pause)
        if not all(value >= 0 for value in (*rest, self.lead_frames)) or inf in rest[:4]:
            raise ExportError(
                f"profile {self.name}: seconds_per_word, min_duration, min_gap_frames, chain, hold, pause and"
                f" lead_frames must be numbers of 0 or more, not {(*rest, self.lead_frames)}"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _restore, (fields | {"languages": {key: dict(row) for key, row in self.languages.items()}},)

    def for_language(self, language: str) -> Profile:
        """Return the profile with the limits of *language*, a tag such as `pt` or `pt-BR`.

        >>> find_profile("netflix").for_language("en-US").reading_speed
        20.0
        """
        return _for_code(self, primary_language(language)) if self.languages else self

    @property
    def char_columns(self) -> int:
        """Columns of a character: 2 if others count one half, so that columns are whole numbers."""
        return 1 + self.half_width

    @property
    def wide_columns(self) -> int:
        """Columns of an East Asian wide character."""
        return self.wide * self.char_columns

    @property
    def line_columns(self) -> int | None:
        """Columns of a line, None for no limit."""
        return None if self.max_chars is None else self.max_chars * self.char_columns

    def min_gap(self, fps: Fraction | None = None) -> Fraction:
        """Return the shortest gap between two cues, exact seconds."""
        return self.min_gap_frames / (fps or _NO_FPS)

    def lead(self, fps: Fraction | None = None) -> Fraction:
        """Return the longest time a cue may come before its sound, exact seconds."""
        return self.lead_frames / (fps or _NO_FPS)


@lru_cache(maxsize=256)
def _for_code(profile: Profile, code: str) -> Profile:
    row = profile.languages.get(code, profile.languages.get("", {}))
    return replace(profile, languages={}, **row)


def _restore(fields: dict[str, Any]) -> Profile:
    return Profile(**fields)


def _netflix(column: int) -> dict[str, dict[str, Any]]:
    """Return the rows of Netflix's language tables; *column* 0 is for adults, 1 for children, 2 for SDH."""
    speeds = {"": (17, 13, 20), "en": (20, 17, 20), "ar": (20, 17, 23), "hi": (22, 18, 25), "ja": (4, 4, 7)}
    speeds |= {"ko": (12, 9, 14), "zh": (9, 7, 11), "th": (17, 13, 20)}
    half = {"max_chars": 16, "half_width": True}
    widths: dict[str, dict[str, Any]] = {"ko": half, "zh": half, "th": {"max_chars": 35}}
    widths["ja"] = half | {"max_chars": 13, "min_duration": 0.5}
    return {code: {"reading_speed": float(row[column]), **widths.get(code, {})} for code, row in speeds.items()}


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(name="netflix", reading_speed=17.0, languages=_netflix(0)),
            Profile(name="netflix-children", reading_speed=13.0, languages=_netflix(1)),
            Profile(name="netflix-sdh", reading_speed=20.0, languages=_netflix(2)),  # for the deaf and hard of hearing
            # a gap lasts a second or more; 1.5 s after the sound are allowed
            Profile(name="bbc", max_chars=37, seconds_per_word=0.3, min_gap_frames=0, chain=1.0, hold=1.5),
            # the same guideline for upright video: about 25 columns, three lines
            Profile(
                name="shorts",
                max_chars=25,
                max_lines=3,
                seconds_per_word=0.3,
                min_gap_frames=0,
                chain=1.0,
                hold=1.5,
            ),
            Profile(name="youtube", max_chars=40, reading_speed=20.0, min_gap_frames=0, chain=0.5),
            # upright video: one short line
            Profile(
                name="social",
                max_chars=24,
                max_lines=1,
                max_words=5,
                min_duration=0.3,
                max_duration=3.0,
                min_gap_frames=0,
                chain=0.5,
                pause=0.3,
            ),
            Profile(
                name="word",
                max_chars=None,
                max_lines=1,
                max_words=1,
                min_duration=0.0,
                min_gap_frames=0,
                chain=0.2,
                hold=0.0,
            ),
            Profile(
                name="none",
                max_chars=None,
                max_lines=1,
                min_duration=0.0,
                max_duration=inf,
                min_gap_frames=0,
                chain=0.0,
                hold=0.0,
            ),
        )
    }
)


def find_profile(profile: str | Profile) -> Profile:
    """Find a profile by its name; a `Profile` is returned unchanged.

    Raises
    ------
    ExportError
        There is no profile of that name; the message lists all.

    Examples
    --------
    >>> find_profile("bbc").max_chars
    37
    """
    if isinstance(profile, Profile):
        return profile
    found = PROFILES.get(profile.strip().lower())
    if found is None:
        raise ExportError(f"no profile {profile!r}; there are {', '.join(PROFILES)}")
    return found


def change_profile(profile: Profile, changes: Mapping[str, Any]) -> Profile:
    """Return *profile* with other limits, which also hold for each language.

    Raises
    ------
    ExportError
        The limits contradict each other.

    Examples
    --------
    >>> change_profile(find_profile("netflix"), {"max_chars": 30}).for_language("th").max_chars
    30
    """
    if not changes:
        return profile
    languages = {code: {**row, **changes} for code, row in profile.languages.items()}
    return replace(profile, languages=languages, **changes)
