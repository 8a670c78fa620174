"""Check the text of cues: width, lines, white space, and characters that players misread.

Each function is a row of `quality.RULES`. Captions of synthesized speech repeat the spoken text: a fault of the
text itself is reported, but not as avoidable.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import regex

from clipaudio.captions.cue_metrics import CueMetrics, RuleFinding
from clipaudio.captions.glue import find_glued
from clipaudio.captions.limits import count_spaced_words
from clipaudio.captions.scripts import is_unspaced
from clipaudio.captions.widths import measure_hanging, measure_width

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_care", "check_line_length", "check_lines", "check_one_line", "check_white_space", "check_words"]

_TOKEN: Final = regex.compile(r"[\S\u00a0\u202f\u2007]+")  # no-break spaces stay inside
_SINGLE: Final = regex.compile(  # scripts without spaces may break anywhere except before a closing mark
    r"(?:(?=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u3000-\u303f\uff00-\uffef])\X"
    r"|[^\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u3000-\u303f\uff00-\uffef]+)"
    r"[\p{Pe}\p{Pf}\p{Po}ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々]*"
)
_THOUSANDS: Final = regex.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
_TURN: Final = regex.compile(r"\p{Pd}|\W{0,3}[^\s:]{1,40}:\s")  # "- Yes.", "Ann: Yes."
_EDGE: Final = regex.compile(r"^\s|\s$")
_DOUBLE: Final = regex.compile(r"(?<=\S)\s{2,}(?=\S)")
_BEFORE_MARK: Final = regex.compile(r"\s([!?),؟،]|\.(?![.\w]))")
_ODD: Final = regex.compile(r"[\p{Cc}\p{Cs}\u2028\u2029\ufeff\ufffd]")
_SPACES: Final = regex.compile(r"\s")


def check_line_length(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find lines that are too wide; a single word that is too wide is unavoidable."""
    limit, wide, each = facts.profile.line_columns, facts.profile.wide_columns, facts.profile.char_columns
    if limit is None:
        return
    for i, cue in enumerate(facts.cues):
        for number, line in enumerate(cue.lines, 1):
            if len(line) <= limit and (wide == 1 or line.isascii()):
                continue
            value = measure_width(line, wide=wide)
            if each > 1:
                value -= measure_hanging(line, wide=wide)
            if value > limit:
                can = _widest(line, wide) <= limit
                message = f"{value / each:g} > {limit // each} characters in line {number}"
                yield RuleFinding(i, value / each, limit // each, can, message)


def check_lines(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues with too many lines."""
    limit = facts.profile.max_lines
    for i, cue in enumerate(facts.cues):
        if len(cue.lines) > limit:
            yield RuleFinding(i, len(cue.lines), limit, True, f"{len(cue.lines)} > {limit}")


def check_one_line(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues of several lines whose text fits into one, except turns and text that leaves room for a name."""
    limit, wide, each = facts.profile.line_columns, facts.profile.wide_columns, facts.profile.char_columns
    if limit is None:
        return
    for i, cue in enumerate(facts.cues):
        if not 1 < len(cue.lines) <= facts.profile.max_lines or cue.speaker is not None:
            continue
        if not all(map(str.strip, cue.lines)) or any(_TURN.match(line) for line in cue.lines[1:]):
            continue
        seams = sum(not (is_unspaced(a[-1:]) and is_unspaced(b[:1])) for a, b in pairwise(cue.lines))
        width = seams + sum(measure_width(line, wide=wide) for line in cue.lines)
        if each > 1:
            width -= measure_hanging(cue.lines[-1], wide=wide)
        if width <= limit:
            message = f"{len(cue.lines)} lines, but the text has {width / each:g} of {limit // each} characters"
            yield RuleFinding(i, len(cue.lines), 1, True, message)


def check_words(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues with too many words: a number is one word, and inseparable words are unavoidable."""
    limit = facts.profile.max_words
    if limit is None:
        return
    for i, parts in enumerate(facts.words):
        if parts > limit:
            text = " ".join(facts.cues[i].lines)
            count = parts - len(_THOUSANDS.findall(text))
            glued = find_glued(text.split(), facts.profile.max_chars or len(text), language=facts.language)
            apart = min(count, count_spaced_words(text))  # words of a phrase in a script without spaces stay together
            can = apart - int(glued.sum()) > limit and " " in text.strip()
            if count > limit:
                yield RuleFinding(i, count, limit, can, f"{count} > {limit}")


def check_white_space(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find spaces at the ends of a line, doubled, or before a closing mark."""
    for i, cue in enumerate(facts.cues):
        for number, line in enumerate(cue.lines, 1):
            if _SPACES.search(line) is None or not line.strip():  # blank lines have their own rule
                continue
            ends, doubled = len(_EDGE.findall(line)), len(_DOUBLE.findall(line))
            if ends:
                yield RuleFinding(i, ends, 0, True, f"space at an end of line {number}")
            if doubled:
                yield RuleFinding(i, doubled, 0, True, f"double space in line {number}")
            marks = _BEFORE_MARK.findall(line)
            if marks:
                yield RuleFinding(i, len(marks), 0, False, f"space before {marks[0]!r} in line {number}")


def check_care(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues without text, and with control characters, half characters or blank lines."""
    for i, cue in enumerate(facts.cues):
        if not any(line.strip() for line in cue.lines):
            yield RuleFinding(i, 0, 1, True, "no text")
            continue
        for number, line in enumerate(cue.lines, 1):
            odd = _ODD.findall(line)
            if odd:
                names = ", ".join(f"U+{ord(character):04X}" for character in dict.fromkeys(odd))
                yield RuleFinding(i, len(odd), 0, True, f"{names} in line {number}")
            if not line.strip():
                yield RuleFinding(i, 0, 1, True, f"line {number} is blank")


def _widest(line: str, wide: int) -> int:
    """Return the columns of the widest inseparable piece."""
    return max(measure_width(piece, wide=wide) for token in _TOKEN.findall(line) for piece in _SINGLE.findall(token))
