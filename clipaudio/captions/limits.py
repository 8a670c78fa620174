"""Convert the limits of a profile to whole steps, for timing and for the quality report.

Conventions
-----------
A step is a video frame, or a millisecond without a rate. Minimums are rounded up, maximums down; for a file of unknown
rate ("lenient") the other way round, because its times were cut or rounded to milliseconds and two frames at 24 per
second may be 83 ms there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, isinf
from typing import TYPE_CHECKING, Final

from clipaudio.captions.frame_rate import parse_fps
from clipaudio.captions.widths import measure_width

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.profiles import Profile

__all__ = ["FOREVER", "MILLISECONDS", "Limits", "count_spaced_words", "count_text", "find_limits"]

FOREVER: Final = 10**15  # steps: no limit
MILLISECONDS: Final = Fraction(1000)
_USUAL: Final = Fraction(24)  # the rate for the frames of a guideline if no rate is given
_LETTER: Final = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in steps of 1/`rate` seconds.

    `gap` is the shortest gap between two cues and `closed` the longest that looks like it; a gap above `closed` and
    below `chain` has to be closed. `per_char` and `per_word` are the exact reading times of a column and a word in
    steps, as numerator and denominator; a character has `char_columns`.
    """

    rate: Fraction
    shortest: int
    longest: int
    gap: int
    closed: int
    chain: int
    hold: int
    lead: int
    per_char: tuple[int, int]
    per_word: tuple[int, int]
    char_columns: int
    lenient: bool

    def reading(self, columns: int, words: int) -> int:
        """Return the steps it takes to read so many columns of text and words.

        >>> from clipaudio.captions.profiles import PROFILES
        >>> find_limits(PROFILES["netflix"], fps=Fraction(25)).reading(34, 7)
        50
        """
        char_steps, chars_each = self.per_char
        word_steps, words_each = self.per_word
        if self.lenient:
            return max(columns * char_steps // chars_each, words * word_steps // words_each)
        return max(-(-columns * char_steps // chars_each), -(-words * word_steps // words_each))


def find_limits(profile: Profile, *, fps: Fraction | None = None, lenient: bool = False) -> Limits:
    """Return the limits of *profile* in frames of *fps*, or in milliseconds if it is None.

    Raises
    ------
    ExportError
        The rate is invalid.

    Examples
    --------
    >>> from clipaudio.captions.profiles import PROFILES
    >>> limits = find_limits(PROFILES["netflix"], fps=Fraction(30000, 1001))
    >>> limits.shortest, limits.longest, limits.gap, limits.chain
    (25, 209, 2, 15)
    """
    return _limits(profile, None if fps is None else parse_fps(fps), lenient)


@lru_cache(maxsize=64)
def _limits(profile: Profile, fps: Fraction | None, lenient: bool) -> Limits:  # noqa: FBT001 - a key of the cache
    rate = MILLISECONDS if fps is None else fps
    lenient = lenient and fps is None  # with a rate, times are exact
    least, most = (floor, ceil) if lenient else (ceil, floor)
    gap = profile.min_gap(fps) * rate
    longest = max(1, _steps(profile.max_duration, rate, most))
    return Limits(
        rate=rate,
        shortest=min(max(1, _steps(profile.min_duration, rate, least)), longest),
        longest=longest,
        gap=least(gap),
        closed=ceil(gap),
        chain=_chain(profile, fps, rate, least),
        hold=_steps(profile.hold, rate, most),
        lead=most(profile.lead(fps) * rate),
        per_char=(0, 1)
        if isinf(profile.reading_speed)
        else (rate / (_exact(profile.reading_speed) * profile.char_columns)).as_integer_ratio(),
        per_word=(_exact(profile.seconds_per_word) * rate).as_integer_ratio() if profile.seconds_per_word else (0, 1),
        char_columns=profile.char_columns,
        lenient=lenient,
    )


def count_text(cue: Cue, wide: int = 1) -> tuple[int, int]:
    """Count the columns and words of *cue*: white space counts, line ends do not; East Asian characters are *wide*.

    Words are those with times or, without times, tokens between spaces with a letter or a digit.

    >>> from clipaudio.captions.cue import Cue
    >>> count_text(Cue(0.0, 1.0, ("Hello — there,", "you.")))
    (18, 3)
    """
    return sum(measure_width(line, wide=wide) for line in cue.lines), len(cue.words) or count_spaced_words(cue.text)


def count_spaced_words(text: str) -> int:
    """Count the tokens between spaces that have a letter or a digit.

    >>> count_spaced_words("Hello — there, you 2")
    4
    """
    return sum(_LETTER.search(token) is not None for token in text.split())


def _exact(value: float) -> Fraction:
    """Return the number meant by a float: 5/6 for 0.8333333333333334."""
    return max(Fraction(value).limit_denominator(1_000_000), Fraction(1, 1_000_000))


def _steps(seconds: float, rate: Fraction, rounded: Callable[[Fraction], int]) -> int:
    return FOREVER if isinf(seconds) else rounded(Fraction(seconds).limit_denominator(1_000_000) * rate)


def _chain(profile: Profile, fps: Fraction | None, rate: Fraction, least: Callable[[Fraction], int]) -> int:
    """Return the shortest gap that may stay open: that of the profile, or half a second in frames, halves up."""
    if profile.chain is not None:
        return _steps(profile.chain, rate, least)
    counted = fps or _USUAL
    return int(floor(counted / 2 + Fraction(1, 2)) / counted * rate)
