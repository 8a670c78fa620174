"""Write and read WebVTT (.vtt).

Rules: https://www.w3.org/TR/webvtt1/. `webvtt_markup` handles the text of cues, `webvtt_blocks` all other blocks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.captions.cue import Cue
from clipaudio.captions.direction import isolate_mixed
from clipaudio.captions.escaping import escape, is_harmless
from clipaudio.captions.formats.line_ends import unify_line_ends
from clipaudio.captions.formats.problems import LineProblem, report_problems
from clipaudio.captions.formats.webvtt_blocks import CueSettings, Note, Region, StyleSheet
from clipaudio.captions.formats.webvtt_markup import decode, encode_references, encode_words, find_hidden, wrap_voice
from clipaudio.captions.sanitize import prepare
from clipaudio.captions.timestamp import format_milliseconds, round_to_units
from clipaudio.errors import CaptionError, ExportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["dumps", "loads"]

_TIMES = re.compile(
    r"^[ \t]*(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})[ \t]*-->"
    r"[ \t]*(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?![\d:])[^\n]*$",
    re.MULTILINE | re.ASCII,
)
_STRICT_TIME = r"(?:\d+:)?[0-5]\d:[0-5]\d\.\d{3}"
_STRICT_TIMES = re.compile(rf"[ \t]*{_STRICT_TIME}[ \t]*-->[ \t]*{_STRICT_TIME}(?!\d)", re.ASCII)
_HEADER = re.compile(r"WEBVTT(?=[ \t\n]|\Z)")
_ARROW_LINE = re.compile(r"^[^\n]*-->[^\n]*$", re.MULTILINE)
_ALMOST_TIMES = re.compile(r"[ \t]*[-\d:.,]+[ \t]*-->")
_BLOCK = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_NO_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?=[ \t\n]|\Z)")
_CLASS = re.compile(r"[^\W\d]\w*")


def dumps(
    cues: Iterable[Cue],
    *,
    words: bool = False,
    word_class: str | None = None,
    karaoke: bool = False,
    speakers: bool = False,
    isolate: bool = False,
    settings: CueSettings | str | Callable[[Cue], CueSettings] | None = None,
    blocks: Iterable[Note | StyleSheet | Region] = (),
) -> str:
    r"""Return *cues* as WebVTT text, without cues that have no text. Without cues, only the header.

    Parameters
    ----------
    words
        Write the time of each word into the text.
    word_class
        Wrap each word in `<c.word_class>`, for style sheets; with `words`.
    karaoke
        Write the time of each word into the text and wrap it in `<c>`. Rules for `::cue(c:past)` and `::cue(c:future)`
        in the page, or the block `KARAOKE`, colour the words.
    speakers
        Wrap the text of a cue in the voice of its speaker.
    isolate
        Wrap lines of mixed writing directions in isolates, U+2066 or U+2067 and U+2069.
    settings
        Position of the cues, as `CueSettings`, as text, or as a function of the cue.
    blocks
        Notes, style sheets and regions before the cues. ffmpeg before version 6 reads no cue behind a style sheet or
        a region.

    Raises
    ------
    ExportError
        A time is not finite, or an option does not follow the grammar of the format.

    Examples
    --------
    >>> dumps([Cue(0.5, 2.0, ("AT&T",), speaker="Ann")], speakers=True, settings="line:85%")
    'WEBVTT\n\n00:00:00.500 --> 00:00:02.000 line:85%\n<v Ann>AT&amp;T</v>\n\n'
    """
    if word_class is not None and not _CLASS.fullmatch(word_class):
        raise ExportError(f"{word_class!r} is no class of words; expected a name such as word")
    words = words or karaoke or word_class is not None
    given = CueSettings.parse(settings) if isinstance(settings, str) else settings
    kept = prepare(cues, words=words).cues
    if isolate:
        kept = isolate_mixed(kept)
    times = round_to_units(kept, 1000)
    texts = _texts(kept)
    if words:
        name = "" if karaoke and word_class is None else word_class
        for row, (cue, (start, end)) in enumerate(zip(kept, times, strict=True)):
            if cue.words:
                texts[row] = encode_words(cue, start, end, word_class=name)
    if speakers:
        texts = [wrap_voice(text, cue.speaker) for text, cue in zip(texts, kept, strict=True)]
    head = "".join([f"{block}\n\n" for block in blocks])
    places = [f" {given(cue)}" for cue in kept] if callable(given) else [f" {given or ''}".rstrip()] * len(kept)
    rows = zip(times, places, texts, strict=True)
    body = "".join(
        [
            f"{format_milliseconds(start)} --> {format_milliseconds(end)}{placed}\n{text}\n\n"
            for (start, end), placed, text in rows
        ]
    )
    return f"WEBVTT\n\n{head}{body}"


def loads(text: str, *, problems: list[CaptionError] | None = None) -> tuple[Cue, ...]:
    r"""Return the cues of WebVTT *text*, in the order of the file.

    Times within the text become `words`, the voice becomes `speaker`; other tags, identifiers, settings, notes, style
    sheets and regions are dropped. As in browsers, a blank line or a line with an arrow ends the text of a cue. Accepts
    a byte order mark, any line end, and times that browsers refuse: a comma, fewer digits, 60 seconds and more. A cue
    without text is dropped.

    Parameters
    ----------
    problems
        Receives an error for each line that browsers cannot read, and for text without times, which they do not show;
        the other cues are returned. None raises the first one that leaves a cue without times.

    Raises
    ------
    CaptionError
        The text does not begin with WEBVTT, or a timing line cannot be read; `line` is its number.

    Examples
    --------
    >>> loads("WEBVTT\n\nNOTE hi\n\n1\n00:00.500 --> 00:02.000 align:left\n<v Ann>Hello &amp; <i>bye</i>\n")
    (Cue(start=0.5, end=2.0, lines=('Hello & bye',), words=(), speaker='Ann'),)
    """
    text, is_doubled = unify_line_ends(text.replace("\x00", "\ufffd"))
    if is_doubled and problems is not None:
        message = "line 2: line ends are doubled, so that players show no text; halve them"
        problems.append(CaptionError(message, line=2, effect="kept"))
    if not _HEADER.match(text):
        raise CaptionError(f"line 1: expected WEBVTT, found {text[:20]!r}; this is not WebVTT text", line=1)
    ends, found = _find_times(text, problems)
    cues = []
    for times, end_of_text in zip(found, ends, strict=True):
        if times is None:
            continue
        body = text[times.end() + 1 : end_of_text]
        h, m, s, ms, h2, m2, s2, ms2 = times.groups()
        start, end = _seconds(h, m, s, ms), _seconds(h2, m2, s2, ms2)
        decoded = decode(f"\n{body}\n\n".partition("\n\n")[0], start, end)
        if decoded.lines:
            cues.append(Cue(start, end, *decoded))
    return tuple(cues)


def _find_times(text: str, problems: list[CaptionError] | None) -> tuple[list[int], list[re.Match[str] | None]]:
    """Find the lines with an arrow: where the text after each ends, and its times or None."""
    found: list[re.Match[str] | None] = list(_TIMES.finditer(text))
    starts = [times.start() for times in found if times is not None]
    bad: list[LineProblem] = []
    if text.count("-->") != len(found):
        lines = list(_ARROW_LINE.finditer(text))
        starts = [line.start() for line in lines]
        found = [_TIMES.match(text, start) for start in starts]
        message = "expected times such as 00:01.000 --> 00:02.000"
        bad = [
            LineProblem(line.start(), message, _ALMOST_TIMES.match(line[0]) is not None, is_lost=True)
            for line, times in zip(lines, found, strict=True)
            if times is None
        ]
    if problems is not None:
        message = "players drop this cue: expected times such as 00:01.000 --> 00:59.999"
        bad += [
            LineProblem(times.start(), message, is_fatal=False)
            for times in found
            if times is not None and not _STRICT_TIMES.match(times[0])
        ]
        bad += _find_stray_text(text, starts)
        bad += _find_hidden_text(text, found, [*starts[1:], len(text)])
    report_problems(text, bad, problems)
    return [*starts[1:], len(text)][: len(starts)], found


def _find_hidden_text(text: str, found: Sequence[re.Match[str] | None], ends: Sequence[int]) -> Iterator[LineProblem]:
    """Find cues in which players hide text behind a `<` that begins no tag."""
    for times, end in zip(found, ends, strict=False):
        body = "" if times is None else f"\n{text[times.end() + 1 : end]}\n\n".partition("\n\n")[0][1:]
        place = find_hidden(body) if "<" in body else None
        if times is not None and place is not None:
            message = "players hide the text from this < to the next >: expected &lt;"
            yield LineProblem(times.end() + 1 + place, message, is_fatal=False)


def _find_stray_text(text: str, starts: Sequence[int]) -> Iterator[LineProblem]:
    """Find text that belongs to no cue; *starts* are the lines with an arrow."""
    message = "players do not show text without times above it"
    for begin, end in zip([0, *starts], [*starts, len(text)], strict=True):
        first = text.find("\n\n", begin, end)  # it ends the header, or the text of a cue
        for block in _BLOCK.finditer(text, first, end) if first >= 0 else ():
            names_cue = block.end() + 1 == end and "\n" not in block[0] and end < len(text)
            if block[0].strip() and not names_cue and not _NO_CUE.match(block[0]):
                yield LineProblem(block.start(), message, is_fatal=False, is_lost=True)


def _texts(cues: Sequence[Cue]) -> list[str]:
    """Return the escaped text of each cue; fast if no cue needs escapes."""
    texts = ["\n".join(cue.lines) for cue in cues]
    together = "\n".join(texts)
    if not is_harmless(together, "webvtt"):
        texts = [escape(text, "webvtt") for text in texts]
    if "&" in together or "<" in together or ">" in together:
        texts = [encode_references(text) for text in texts]
    return texts


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int(fraction.ljust(3, "0"))) / 1000
