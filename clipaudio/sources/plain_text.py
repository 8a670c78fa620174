"""Plain text with times: CTM, TextGrid, ELAN, SubRip, WebVTT, LRC and Audacity labels."""

from __future__ import annotations

import io
import re
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.formats.line_ends import unify_line_ends
from clipaudio.errors import SourceError
from clipaudio.sources.channels import order_by_recording
from clipaudio.sources.cue_words import read_cues
from clipaudio.sources.lyrics import is_lyrics, read_lyrics
from clipaudio.sources.source import Source
from clipaudio.sources.tiers import SILENCES, read_tiers
from clipaudio.text import unescape_formula
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clipaudio.sources.document import Document

__all__ = ["SOURCES", "are_phones"]

_NUMBER: Final = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_CTM: Final = re.compile(
    rf"[^\S\n]*(\S+)[^\S\n]+(\S+)[^\S\n]+({_NUMBER}|\*)[^\S\n]+({_NUMBER}|\*)[^\S\n]+(\S+)(?:[^\S\n].*)?"
)
_LABEL: Final = re.compile(
    r"([-+]?\d+(?:[.,]\d*)?(?:[eE][-+]?\d+)?)\t([-+]?\d+(?:[.,]\d*)?(?:[eE][-+]?\d+)?)(?:\t(.*))?"
)
_SBV: Final = re.compile(r"(\d+):(\d\d):(\d\d[.,]\d{1,3}),(\d+):(\d\d):(\d\d[.,]\d{1,3})\s*\Z")
_PHONE: Final = re.compile(r"[A-Z]{1,2}[0-2]?|.*[ˈˌːəɪʊɛɔæʌɑɒɜʃʒθðŋɹɾʔɡ].*|\w+_[BIES]")
_CONSONANTS: Final = re.compile(r"[bcdfghjklmnpqrstvwxz]{1,2}")
_SPELLED: Final = 10
"""Labels of small letters below which they may be spelled letters, too."""
_PAUSES: Final = SILENCES - {"pau"}  # which is a word of Catalan and Portuguese
_FIELDS: Final = re.compile(r"[^ \t\r\n\f\v]+")
_SPACE: Final = "<space>"
_PIECE: Final = "▁"
"""A blank before a piece of a word, as SentencePiece writes it."""


def _lines(document: Document) -> list[str]:
    return [line for line in document.text.splitlines() if line.strip()]


def _looks(pattern: re.Pattern[str]) -> Callable[[Document], bool]:
    """Return a test whether the first lines of a text, but for remarks, have one form."""

    def test(document: Document) -> bool:
        if document.is_json:
            return False
        lines = [line for line in document.text[:4000].splitlines()[:20] if line.strip()]
        spoken = [line for line in lines if not line.startswith((";;", "#", "\\"))]
        return bool(spoken) and all(pattern.fullmatch(line) for line in spoken[:-1] or spoken)

    return test


def _begins(*heads: str) -> Callable[[Document], bool]:
    """Return a test whether a text begins with one of *heads*."""
    return lambda document: document.text[:400].lstrip("\ufeff \t\r\n").startswith(heads)


def _contains(text: str) -> Callable[[Document], bool]:
    """Return a test whether a text has *text* near its beginning."""
    return lambda document: text in document.text[:2000]


def _is_ctm(document: Document) -> bool:
    """Return True for lines of CTM; those of RTTM have the same form, and no words."""
    return not _begins("SPEAKER ", "SPKR-INFO ")(document) and _looks(_CTM)(document)


def _read_ctm(document: Document) -> SpeechTimes:
    """Read words with start and length; the speakers are the channels and the recordings, if there are several.

    Of alternatives the first is read. Channels of one recording are merged by their times. Tokens of a recogniser are
    pieces of words or characters, and are joined to words.
    """
    names: list[tuple[str, str]] = []
    is_other = False
    pairs: dict[tuple[str, str], tuple[str, str]] = {}
    labels: list[str] = []
    times = array("d")
    known: dict[str, str] = {}  # one string for each that comes again
    has_parts = _PIECE in document.text or _SPACE in document.text
    for number, line in enumerate(io.StringIO(document.text, newline=None), 1):
        if line.startswith((";;", "#")) or not line.strip():
            continue
        fields = line.split() if line.isascii() else _FIELDS.findall(line)  # a word may hold other blanks
        if len(fields) > 4 and fields[2] == "*":
            is_other = fields[4].upper() == "<ALT>"
            continue
        if is_other:
            continue
        try:
            start, length = float(fields[2]), float(fields[3])
            label = fields[4].replace(_SPACE, " ")
        except (IndexError, ValueError):
            raise SourceError(
                f"line {number} is no CTM: {line[:60]!r}; expected name, channel, start, length, word",
                path=f"line {number}",
            ) from None
        if label.lower() in _PAUSES and (not has_parts or label[:1] in {"<", "[", ""}):  # "sp" may be a piece
            continue
        pair = (fields[0], fields[1])
        names.append(pairs.setdefault(pair, pair))
        labels.append(known.setdefault(label, label))
        times.extend((start, start + length))
    tier = Timeline(tuple(label.replace(_PIECE, " ") for label in labels), np.array(times).reshape(-1, 2))
    return _read_rows(names, tier, are_parts=" " in known or any(label.startswith(_PIECE) for label in known))


def _read_rows(names: Sequence[tuple[str, str]], tier: Timeline, *, are_parts: bool) -> SpeechTimes:
    """Return the speech of rows of CTM, of which *names* are the recordings and channels."""
    if not are_parts and are_phones(tier.labels):
        return SpeechTimes(source="ctm", phones=tier)
    pairs = set(names)
    if len(pairs) < 2:
        return SpeechTimes(source="ctm", words=TimedText(tier.labels, tier.times, are_parts))
    if are_parts and len(pairs) > len({recording for recording, _ in pairs}):
        raise SourceError("the file holds tokens of several channels; split it into one for each", path="line 1")
    order, speakers = order_by_recording(names, tier.starts)
    said = [tier.labels[row] for row in order]
    if are_parts:  # no word goes on in the next recording
        for row in range(1, len(said)):
            said[row] = said[row] if speakers[row] == speakers[row - 1] else f" {said[row]}"
    words = TimedText(tuple(said), tier.times[order], are_parts)
    return SpeechTimes(source="ctm", words=words, speakers=speakers)


def are_phones(labels: Sequence[str]) -> bool:
    """Return True if the labels can only be phones: short, and many in capitals, of consonants alone, or of IPA."""
    if len(labels) < 5 or any(len(label) > 5 for label in labels):
        return False
    odd = sum(_PHONE.fullmatch(label) is not None for label in labels)
    if len(labels) >= _SPELLED and len(set(labels)) < len(labels):  # nor is it the alphabet
        odd += sum(_CONSONANTS.fullmatch(label) is not None for label in labels)
    return odd * 3 > len(labels) and sum(map(len, labels)) <= 2.5 * len(labels)


_FRAGMENT: Final = re.compile(r"f\d{4,}")
"""Ids that aeneas gives to fragments without one."""


def _label_of(line: str) -> re.Match[str]:
    found = _LABEL.fullmatch(line)
    if found is None:
        raise SourceError(f"a line is {line[:40]!r}; expected start, end and label, with tabs between", path="$")
    return found


def _read_labels(document: Document) -> SpeechTimes:
    """Read a label track of Audacity, without the lines of its frequencies."""
    rows = [_label_of(line) for line in _lines(document) if not line.startswith("\\")]
    rows = [found for found in rows if (found[3] or "").strip().lower() not in _PAUSES]
    if rows and all(_FRAGMENT.fullmatch((found[3] or "").strip()) for found in rows):
        text = f"its labels, such as {rows[0][3].strip()}, are ids of fragments, not words"
        raise SourceError(f"{text}; let aeneas write JSON or SRT", path="$")
    times = np.array([[float(found[side].replace(",", ".")) for side in (1, 2)] for found in rows]).reshape(-1, 2)
    line = Timeline(tuple(unescape_formula(found[3].strip()) for found in rows), times)
    has_length = bool((line.ends > line.starts).any())
    points = line if has_length else Timeline(line.labels, np.column_stack((line.starts, np.full(len(line), np.nan))))
    unit = "sentences" if sum(" " in label for label in line.labels) * 3 > len(line) else "words"
    return SpeechTimes(source="audacity", words=TimedText(points.labels, points.times, unit=unit))


def _read_textgrid(document: Document) -> SpeechTimes:
    from clipaudio.annotation.formats.textgrid_reader import read_grid  # noqa: PLC0415 - a format loads its room on use
    from clipaudio.annotation.points import Points  # noqa: PLC0415 - as above

    grid = read_grid(document.raw, duplicate_names="rename")
    tiers = {name: tier for name, tier in grid.tiers.items() if not isinstance(tier, Points)}
    points = [name for name, tier in grid.tiers.items() if isinstance(tier, Points) and any(tier.labels)]
    speech = read_tiers(tiers, source="textgrid", duration=grid.end or None, others=points)
    if not grid.start:
        return speech
    return speech.with_findings(Finding("late_clock", np.arange(1), f"it begins at {grid.start:g} s"))


def _read_eaf(document: Document) -> SpeechTimes:
    from clipaudio.sources.elan import read_eaf  # noqa: PLC0415 - it loads an XML parser

    return read_eaf(document.raw)


def _read_srt(document: Document) -> SpeechTimes:
    from clipaudio.sources.web_captions import read_srt  # noqa: PLC0415 - a format loads its room on use

    return read_srt(document.text)


def _read_webvtt(document: Document) -> SpeechTimes:
    from clipaudio.sources.web_captions import read_webvtt  # noqa: PLC0415 - as above

    return read_webvtt(document.text)


def _read_ass(document: Document) -> SpeechTimes:
    from clipaudio.sources.substation import read_dialogues  # noqa: PLC0415 - a format loads its room on use

    return read_cues("ass", read_dialogues(document.text))


def _read_ttml(document: Document) -> SpeechTimes:
    from clipaudio.sources.language_tags import language_tag  # noqa: PLC0415 - as below
    from clipaudio.sources.timed_text import read_timed_text  # noqa: PLC0415 - it loads an XML parser

    file = read_timed_text(document.raw)
    speech = read_cues("ttml", file.cues)
    told = []
    if file.has_file_times and speech.words is not None and speech.words.labels:
        start, end = speech.words.times[0].tolist()
        example = f"first: 0 {speech.words.labels[0]!r} [{start:.10g}, {end:.10g}]"
        told.append(Finding("file_times", np.arange(len(speech.words.labels)), example))
    if file.unseen:
        told.append(Finding("unseen_text", np.arange(len(file.unseen)), f"first: {file.unseen[0][:40]!r}"))
    return replace(speech.with_findings(*told), language=language_tag(file.language or None))


def _read_sbv(document: Document) -> SpeechTimes:
    """Read cues of SubViewer, as YouTube gives them: a line of two times, then the text."""
    texts: list[list[str]] = []
    times: list[tuple[float, float]] = []
    is_open = False
    for number, line in enumerate(unify_line_ends(document.text)[0].splitlines(), 1):
        found = _SBV.match(line.strip())
        if found:
            sides = [_clock(str(int(h) * 60 + int(m)), s) for h, m, s in (found.groups()[:3], found.groups()[3:])]
            texts.append([])
            times.append((sides[0], sides[1]))
            is_open = True
        elif not line.strip():
            is_open = False
        elif is_open:
            texts[-1].append(line.replace("[br]", " "))
        elif texts and line[:1] != "[":
            raise SourceError(
                f"line {number} is {line[:40]!r}; expected two times, as 0:00:01.500,0:00:03.000", path=f"line {number}"
            )
    labels = [" ".join(" ".join(lines).split()) for lines in texts]
    kept = [row for row, label in enumerate(labels) if label]
    pairs = np.array(times).reshape(-1, 2)[kept]
    words = TimedText(tuple(labels[row] for row in kept), pairs, unit="sentences")
    return SpeechTimes(source="sbv", words=words)


def _read_tsv(document: Document) -> SpeechTimes:
    """Read cues as tab-separated milliseconds, as Whisper and clipaudio write them."""
    labels: list[str] = []
    times: list[tuple[float, float]] = []
    for number, line in enumerate(_lines(document)[1:], 2):
        found = re.match(rf"({_NUMBER})\t({_NUMBER})\t(?:.*\t)?(.*)", line)
        if found is None:
            raise SourceError(
                f"line {number} is {line[:40]!r}; expected start, end and text, with tabs between",
                path=f"line {number}",
            )
        labels.append(" ".join(unescape_formula(found[3]).split()))
        times.append((float(found[1]) / 1e3, float(found[2]) / 1e3))
    pairs = np.array(times).reshape(-1, 2)
    return SpeechTimes(source="tsv", words=TimedText(tuple(labels), pairs, unit="sentences"))


def _clock(minutes: str, seconds: str) -> float:
    whole, _, part = seconds.replace(":", ".").partition(".")
    return int(minutes) * 60 + int(whole) + (int(part) / 10 ** len(part) if part else 0.0)


def _row(
    name: str,
    title: str,
    level: str,
    detect: Callable[[Document], bool],
    read: Callable[[Document], SpeechTimes],
    *,
    unit: str = "seconds",
) -> Source:
    return Source(name=name, title=title, kind="editor", level=level, unit=unit, tells=(), read=read, detect=detect)


_TTML: Final = re.compile(r"<(?:\w+:)?tt[\s>]")
_GRID_HEADS: Final = ("File type = ", '"ooTextFile"', 'Object class = "TextGrid"', '"Praat chronological TextGrid')
_SRT: Final = re.compile(r"\d{1,4}\s*:\s*\d\d.{0,30}-->|\A\s*\d+\s*\r?\n.{0,40}(?:-->|->|–>)", re.MULTILINE)

SOURCES: Final = (
    _row("textgrid", "Praat TextGrid", "words, phones", _begins(*_GRID_HEADS), _read_textgrid),
    _row("eaf", "ELAN annotation", "words, phones", _contains("<ANNOTATION_DOCUMENT"), _read_eaf,
         unit="milliseconds"),
    _row("webvtt", "WebVTT, also with word times", "cues or words", _begins("WEBVTT"), _read_webvtt),
    _row("srt", "SubRip", "cues", lambda document: not document.is_json and bool(_SRT.search(document.text[:4000])),
         _read_srt),
    _row("ass", "Advanced SubStation Alpha, also karaoke", "cues or words",
         lambda document: "[Script Info]" in document.text[:400], _read_ass),
    _row("ttml", "TTML, IMSC, EBU-TT-D, DFXP, also with word times", "cues or words",
         lambda document: not document.is_json and bool(_TTML.search(document.text[:2000])), _read_ttml),
    _row("sbv", "SubViewer, YouTube SBV", "cues",
         lambda document: any(_SBV.match(line.strip()) for line in document.text[:4000].splitlines()), _read_sbv),
    _row("lrc", "LRC lyrics, also with word times", "lines or words", is_lyrics, read_lyrics),
    _row("tsv", "Tab-separated cues of Whisper and clipaudio", "cues", _begins("start\tend\t"), _read_tsv,
         unit="milliseconds"),
    _row("audacity", "Audacity labels", "words or lines", _looks(_LABEL), _read_labels),
    _row("ctm", "CTM of NIST, NeMo, Kaldi", "words", _is_ctm, _read_ctm),
)  # fmt: skip
