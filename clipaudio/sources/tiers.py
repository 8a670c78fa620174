"""From named tiers to speech times: what a TextGrid, an ELAN file and an aligner's JSON have in common.

Names say the level: "words", "Ann - words", "ORT-MAU"; "phones", "MAU", but not "KAN-MAU", which has words as they
could be said. The words tier counts, also where the sentences beside it still say something else: those who correct a
file correct its words. Sentences only lend their marks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.errors import SourceError
from clipaudio.timing.pieces import join_pieces
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.written_text import place_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SILENCES", "read_tiers", "with_marks"]

SILENCES: Final = frozenset(
    [
        "",
        "sil",
        "silb",
        "sile",
        "sp",
        "spn",
        "<eps>",
        "<sil>",
        "<p:>",
        "<p>",
        "<usb>",
        "<nib>",
        "pau",
        "#",
        "_",
        "{sl}",
        "{ns}",
        "<b>",
        "<blank>",
        "<blk>",
        "<pad>",
        "[pad]",
    ]
)
"""Labels of tiers for silence and noise, and the blank of recognisers, in lower case."""
_UNKNOWN: Final = frozenset(["<unk>", "{lg}", "silence"])
"""Labels that may stand for a word; that they are left out is told."""
_UNSPOKEN: Final = SILENCES | _UNKNOWN

_LEVELS: Final = {
    "words": r"words?|ort(?:-mau)?|orthography|tokens?|wordtier",
    "phones": r"phones?|phonemes?|mau|segments?|phons?",
    "sentences": r"sentences?|utterances?|transcript(?:ion)?|text|tx|turns?|trs|cues?|phrases?",
}
_PARTS: Final = re.compile(r"(?:.+?\s*[-_/:]\s*)?(?:graphemes?|letters?|syllables?)\Z", re.IGNORECASE)
"""Names of tiers of what is made anew from words and phones."""
_NAME: Final = {
    level: re.compile(rf"(?!(?!ort)[a-z]{{3}}-mau\Z)(?:(?P<speaker>.+?)\s*[-_/:]\s*)?(?:{names})\Z", re.IGNORECASE)
    for level, names in _LEVELS.items()
}


def read_tiers(
    tiers: Mapping[str, Timeline],
    *,
    source: str,
    duration: float | None = None,
    language: str | None = None,
    others: Sequence[str] = (),
) -> SpeechTimes:
    """Return the speech times of *tiers*; a finding names those that are left out, and *others* that hold no intervals.

    Raises
    ------
    SourceError
        No tier holds words or sentences.
    """
    found, unread = _by_level(tiers)
    unread = [*unread, *others]
    phones = _merge([(name, _spoken(line)) for name, line in found["phones"]])[0]
    words = [(speaker, line) for speaker, line in found["words"] if len(line)]
    sentences = [(speaker, line) for speaker, line in found["sentences"] if len(line)]
    told = [Finding("unread_tier", np.arange(len(unread)), ", ".join(map(repr, unread)))] if unread else []
    if not words and not sentences:
        if len(phones):
            return SpeechTimes(source=source, phones=phones, duration=duration, language=language).with_findings(*told)
        names = ", ".join(map(repr, tiers)) or "(none)"
        if not any(label.strip() for line in tiers.values() for label in line.labels):
            raise SourceError(f"the tiers {names} hold no label; annotate words in one of them", path="$")
        raise SourceError(f"none of the tiers {names} is one of words", path="$")
    unit = "words" if words else "sentences"
    kept = [(speaker, _spoken(line)) for speaker, line in words or sentences]
    line, speakers = _merge(kept)
    unknown = sum(label.strip().lower() in _UNKNOWN for _, tier in words or sentences for label in tier.labels)
    if unknown:
        told.insert(0, Finding("noise", np.arange(unknown)))
    text = with_marks(_texts(sentences), line.labels) if words and sentences else None
    return SpeechTimes(
        source=source,
        words=TimedText(line.labels, line.times, unit=unit),
        speakers=speakers,
        text=text,
        phones=phones,
        duration=duration,
        language=language,
    ).with_findings(*told)


def with_marks(text: str, labels: Sequence[str]) -> str:
    """Return *text* in which every word that differs from *labels* is replaced by theirs; marks stay.

    Examples
    --------
    >>> with_marks("Keep it. Bye, Joe!", ["keep", "it", "Ciao", "Joe"])
    'Keep it. Ciao, Joe!'
    """
    placed = place_text(text, labels)
    if placed.is_equal.all() and not len(placed.dropped):
        return text
    by_piece = {first: at for at, (first, stop) in enumerate(placed.pieces.tolist()) if stop > first}
    parts: list[str] = []
    end = 0
    for row, label in enumerate(labels):
        if row in placed.dropped:
            parts.append(f" {label}" if parts else label)
            continue
        at = by_piece.get(row)
        if at is None:  # it is written together with the one before
            continue
        first, stop = placed.ranges[at].tolist()
        between = text[end:first]
        missing = [k for k in range(at) if end <= placed.ranges[k, 0] < first]  # written, and no longer spoken
        parts.append(" " if missing else between)
        last = int(placed.pieces[at, 1])
        parts.append(text[first:stop] if placed.is_equal[at] else join_pieces(labels[row:last])[0])
        end = stop
    tail = text[end:]
    return "".join([*parts, tail if not any(letter.isalnum() for letter in tail) else ""]).strip()


def _by_level(tiers: Mapping[str, Timeline]) -> tuple[dict[str, list[tuple[str, Timeline]]], list[str]]:
    """Return the tiers of each level with their speakers, and the names of those that hold labels and are none of them.

    A speaker whose sentences have no words, while those of others have, is left out with them.
    """
    found: dict[str, list[tuple[str, Timeline]]] = {level: [] for level in _LEVELS}
    others: list[tuple[str, Timeline]] = []
    names: dict[tuple[str, str], str] = {}
    for name, line in tiers.items():
        for level, pattern in _NAME.items():
            match = pattern.match(name.strip())
            if match:
                speaker = match["speaker"] or ""
                found[level].append((speaker, line))
                names[level, speaker] = name
                break
        else:
            others.append((name, line))
    spoken = [(name, line) for name, line in others if _has_speech(line)]
    if not found["words"] and not found["sentences"] and not found["phones"]:
        for name, line in spoken[:1] if len(spoken) == 1 else spoken:
            blanks = sum(" " in label.strip() for label in line.labels)
            level = "sentences" if blanks * 3 > len(line) else "words"
            found[level].append((name if len(spoken) > 1 else "", line))
        return found, []
    timed = {speaker for speaker, line in found["words"] if _has_speech(line)}
    alone = [
        names["sentences", speaker]
        for speaker, line in found["sentences"]
        if timed and speaker and speaker not in timed and _has_speech(line)
    ]
    return found, [*(name for name, _ in spoken if not _PARTS.match(name.strip())), *alone]


def _has_speech(line: Timeline) -> bool:
    return any(label.strip() for label in line.labels)


def _spoken(line: Timeline) -> Timeline:
    """Return the entries that are speech."""
    rows = [row for row, label in enumerate(line.labels) if label.strip().lower() not in _UNSPOKEN]
    return line if len(rows) == len(line) else line[rows]


def _merge(lines: Sequence[tuple[str, Timeline]]) -> tuple[Timeline, tuple[str | None, ...]]:
    """Return the entries of all speakers by their starts; each speaker's keep their order."""
    if len(lines) == 1 and not lines[0][0]:
        return lines[0][1], ()
    labels = [label for _, line in lines for label in line.labels]
    speakers = [name or None for name, line in lines for _ in line.labels]
    times = np.concatenate([np.empty((0, 2)), *(line.times for _, line in lines)])
    held = np.concatenate([np.empty(0), *(np.maximum.accumulate(line.starts) for _, line in lines)])
    order = np.argsort(held, kind="stable")
    merged = Timeline(tuple(labels[row] for row in order.tolist()), times[order])
    names = tuple(speakers[row] for row in order.tolist())
    return merged, names if any(names) else ()


def _texts(sentences: Sequence[tuple[str, Timeline]]) -> str:
    line, _ = _merge([(speaker, _spoken(line)) for speaker, line in sentences])
    return " ".join(" ".join(label.split()) for label in line.labels)
