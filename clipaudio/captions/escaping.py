r"""Escape text that a caption format would misread, and unescape it.

Subtitle formats have few escapes or none. Where a reader would misread text, U+2060 WORD JOINER is inserted between two
characters. It has no width and forbids a break, so the text looks the same; `unescape` removes it. A joiner that is
already there stays: one more is inserted, and one is removed.

ASS has braces for its overrides, and only libass reads `\{` as text, so braces are written in full width
(`widen_braces`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.captions.sanitize import CueChange
from clipaudio.errors import ExportError
from clipaudio.text import is_formula

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = [
    "FORMAT_RULES",
    "JOINER",
    "EscapeRule",
    "escape",
    "find_changes",
    "is_harmless",
    "narrow_braces",
    "unescape",
    "widen_braces",
]

JOINER: Final = "\u2060"
_ARROW = rf"--(?={JOINER}*>)"
_TIME = re.compile(rf":(?<=\d:)(?={JOINER}*\d{{1,2}}[.,]\d)")
_TIME_ARMED = re.compile(rf":(?<=\d:){JOINER}(?={JOINER}*\d{{1,2}}[.,]\d)")
_NUMBER = re.compile(rf"(\n\d+)(?={JOINER}*\Z)")
_NUMBER_ARMED = re.compile(rf"(\n\d+){JOINER}(?={JOINER}*\Z)")
_NUMBER_LINE = re.compile(rf"\n\d+{JOINER}*(?:\n|\Z)")


class EscapeRule(NamedTuple):
    """Text that a reader misreads as *kind*; *pattern* matches up to the place of the joiner."""

    kind: str
    needle: str
    pattern: str
    message: str


_MARKUP = EscapeRule("markup", "<", rf"<(?={JOINER}* *(?:/ *)?[A-Za-z!])", "text like a tag")
_BACKSLASH = "a backslash that would be read together with what follows"
FORMAT_RULES: Final[dict[str, tuple[EscapeRule, ...]]] = {
    "srt": (
        EscapeRule("arrow", "-->", _ARROW, "the arrow of a line of times"),
        EscapeRule("arrow", f"--{JOINER}", _ARROW, "the arrow of a line of times"),
        _MARKUP,
        EscapeRule("brace", "{", rf"\{{(?={JOINER}*(?:\\|[A-Za-z]:))", "text like an override in braces"),
        EscapeRule("backslash", "\\", rf"\\(?={JOINER}*[NnhH{{}}])", _BACKSLASH),
    ),
    "webvtt": (),
    "sbv": (EscapeRule("markup", "[", rf"\[(?={JOINER}*[bB][rR]\])", "text like the line end of SubViewer"),),
    "ass": (EscapeRule("backslash", "\\", rf"\\(?={JOINER}*(?:[NnhH{{}}]|\n|\Z))", _BACKSLASH),),
    "lrc": (
        EscapeRule("bracket", "[", rf"\A(?={JOINER}*\[)", "text like the time of a line or a tag"),
        EscapeRule("time", "<", rf"<(?={JOINER}*\d)", "text like the time of a word"),
    ),
}
# some readers take a line with two times for a timing line, and a last line of digits for the next number
_TIME_RULES = frozenset({"srt", "webvtt", "sbv"})
_NUMBER_RULES = frozenset({"srt", "webvtt"})
_BRACES = re.compile(r"\{[^{}]*\}")
_ANY_BRACE = re.compile(rf"([{{}}｛｝])({JOINER}*)")
_MARKED_BRACE = re.compile(rf"([｛｝])({JOINER}+)")
_WIDE = {"{": "｛", "}": "｝"}
_NARROW = {wide: narrow for narrow, wide in _WIDE.items()}
_XML_FORBIDS = re.compile("[\ufffe\uffff]")
_FORMULA = "a spreadsheet would read the text as a formula: an apostrophe was put before it"
_FORMATS = frozenset({*FORMAT_RULES, "ttml", "tsv", "words-json", "otio", "remotion", "scc", "stl", "transcript"})


def _join(name: str, *, armed: bool) -> re.Pattern[str] | None:
    patterns = dict.fromkeys(rule.pattern for rule in FORMAT_RULES[name])
    if not patterns:
        return None
    if not armed:
        return re.compile("|".join(patterns))
    # the joiner to remove is where the look-ahead of the pattern begins
    return re.compile("|".join(pattern.replace("(?=", f"(?={JOINER})(?=", 1) for pattern in patterns))


_PUT = {name: _join(name, armed=False) for name in FORMAT_RULES}
_TAKE = {name: _join(name, armed=True) for name in FORMAT_RULES}


def is_harmless(text: str, format_name: str) -> bool:
    """Return True if no reader can misread *text*, which may be that of many cues; False if that is uncertain.

    >>> is_harmless("Hello: there.", "srt"), is_harmless("a <b> c", "srt")
    (True, False)
    """
    if any(rule.needle in text for rule in FORMAT_RULES[format_name]):
        return False
    return not (
        (format_name in _TIME_RULES and _TIME.search(text))
        or (format_name in _NUMBER_RULES and _NUMBER_LINE.search(text))
    )


def escape(text: str, format_name: str) -> str:
    r"""Insert a joiner wherever a reader of that format would misread *text*, the lines of one cue.

    Examples
    --------
    >>> escape("go --> there", "srt")
    'go --\u2060> there'
    >>> unescape(escape("<b>", "srt"), "srt")
    '<b>'
    """
    put = _PUT[format_name]
    if put is not None:
        text = put.sub(lambda found: found[0] + JOINER, text)
    if format_name in _TIME_RULES:
        lines = [_TIME.sub(f":{JOINER}", line) if _has_times(line) else line for line in text.split("\n")]
        text = "\n".join(lines)
    return _NUMBER.sub(rf"\1{JOINER}", text) if format_name in _NUMBER_RULES else text


def unescape(text: str, format_name: str) -> str:
    """Remove the joiners that `escape` inserted."""
    if JOINER not in text:
        return text
    take = _TAKE[format_name]
    if take is not None:
        text = _without_next(take, text)
    if format_name in _TIME_RULES:
        lines = [_TIME_ARMED.sub(":", line) if _has_times(line) else line for line in text.split("\n")]
        text = "\n".join(lines)
    return _NUMBER_ARMED.sub(r"\1", text) if format_name in _NUMBER_RULES else text


def widen_braces(text: str) -> str:
    r"""Write the braces of *text* in full width, with a joiner behind them by which `narrow_braces` knows them.

    ffmpeg, VSFilter and pysubs2 know no backslash escape: they run or drop what stands in braces. Braces that are wide
    already get no joiner; joiners behind any of them are doubled.

    >>> widen_braces("{x} ｛y｝")
    '｛\u2060x｝\u2060 ｛y｝'
    """
    if text.isascii() and "{" not in text and "}" not in text:
        return text

    def widen(found: re.Match[str]) -> str:
        brace, joiners = found.groups()
        return _WIDE.get(brace, brace) + JOINER * (2 * len(joiners) + (brace in _WIDE))

    return _ANY_BRACE.sub(widen, text)


def narrow_braces(text: str) -> str:
    """Undo `widen_braces`; wide braces without a joiner stay.

    >>> narrow_braces(widen_braces("{x} ｛y｝"))
    '{x} ｛y｝'
    """
    if JOINER not in text:
        return text

    def narrow(found: re.Match[str]) -> str:
        count = len(found[2])
        return (_NARROW[found[1]] if count % 2 else found[1]) + JOINER * (count // 2)

    return _MARKED_BRACE.sub(narrow, text)


def find_changes(cues: Iterable[Cue], format_name: str, *, spreadsheet_safe: bool = True) -> tuple[CueChange, ...]:
    """Return where a format cannot hold the text of *cues* unchanged, beyond the changes of `prepare`.

    The written text looks the same (see `escape`), except for wide braces in ASS, an apostrophe before formulas in TSV
    unless *spreadsheet_safe* is False, and TTML, which drops the two code points that XML forbids.

    Raises
    ------
    ExportError
        There is no format of that name.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> find_changes([Cue(0, 1, ("go --> there",))], "srt")
    (CueChange(index=0, kind='arrow', message='the arrow of a line of times: a word joiner was inserted'),)
    >>> find_changes([Cue(0, 1, ("go --> there",))], "webvtt")
    ()
    """
    if format_name not in _FORMATS:
        raise ExportError(f"no caption format {format_name!r}; there are {', '.join(sorted(_FORMATS))}")
    changes = []
    for index, cue in enumerate(cues):
        changes += [CueChange(index, kind, message) for kind, message in _kinds(cue.text, format_name).items()]
        if format_name == "tsv" and spreadsheet_safe and is_formula(cue.text):
            changes.append(CueChange(index, "formula", _FORMULA))
        if format_name == "ass" and cue.speaker and "," in cue.speaker:
            changes.append(
                CueChange(index, "speaker", "the name has a comma, which ends its field: a semicolon stands there")
            )
    return tuple(changes)


def _kinds(text: str, format_name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for rule in FORMAT_RULES.get(format_name, ()):
        if re.search(rule.pattern, text):
            found[rule.kind] = f"{rule.message}: a word joiner was inserted"
    if format_name in _TIME_RULES and any(_has_times(line) for line in text.split("\n")):
        found["time"] = "a line with two times or more: a word joiner was inserted"
    if format_name in _NUMBER_RULES and _NUMBER.search(text):
        found["number"] = "a last line that would be read as the number of a cue: a word joiner was inserted"
    if format_name == "srt" and "brace" not in found and _BRACES.search(text):
        found["brace"] = "text in braces, which some players hide: left as it is"
    if format_name == "ass" and ("{" in text or "}" in text):
        found["brace"] = "braces, in which players read overrides: written in full width"
    if format_name == "ttml" and _XML_FORBIDS.search(text):
        found["not XML"] = "a code point that XML forbids was left out"
    return found


def _has_times(line: str) -> bool:
    return sum(1 for _ in _TIME.finditer(line)) > 1


def _without_next(pattern: re.Pattern[str], text: str) -> str:
    """Remove the character after each match."""
    pieces = []
    first = 0
    for found in pattern.finditer(text):
        pieces.append(text[first : found.end()])
        first = found.end() + 1
    pieces.append(text[first:])
    return "".join(pieces)
