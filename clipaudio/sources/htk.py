"""Labels of HTK: label files, and master label files of one recording; times are in units of 100 ns.

A line is start, end and label; a second label of a phone is its word, which goes on to the next one. TIMIT has the same
lines with samples for times: lines shorter than 10 ms on the average are not taken for HTK's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.errors import SourceError
from clipaudio.sources.plain_text import are_phones
from clipaudio.sources.source import Source
from clipaudio.sources.tiers import SILENCES, read_tiers
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.sources.document import Document
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["SOURCES"]

_HEAD: Final = "#!MLF!#"
_NAME: Final = re.compile(r"""["'].*["']""")
_FIELD: Final = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)""")
_LINE: Final = re.compile(r"(\d{1,18})[ \t]+(\d{1,18})[ \t]+(\S.*)")
_UNITS: Final = 10_000_000
_LEAST: Final = 100_000
"""Units of the average line: 10 ms."""


def _rows(document: Document) -> list[tuple[int, int, str]]:
    """Return the lines with labels."""
    found = [_LINE.fullmatch(line.strip()) for line in document.text.splitlines()]
    return [(int(one[1]), int(one[2]), one[3]) for one in found if one is not None]


def _detect(document: Document) -> bool:
    if document.is_json:
        return False
    head = document.text[:4000].lstrip("\ufeff \t\r\n")
    if head.startswith(_HEAD):
        return True
    lines = [line.strip() for line in head.splitlines()[:20] if line.strip()]
    found = [_LINE.fullmatch(line) for line in lines[:-1] or lines]
    if not found or not all(found):
        return False
    return sum(int(one[2]) - int(one[1]) for one in found if one is not None) >= _LEAST * len(found)


def _read(document: Document) -> SpeechTimes:
    names = [line for line in document.text.splitlines() if _NAME.fullmatch(line.strip())]
    if len(names) > 1:
        raise SourceError(
            f"the file holds the labels of {len(names)} recordings; split it into one for each", path="line 1"
        )
    rows = _rows(document)
    fields = [[_unquote(one) for one in _FIELD.finditer(text)] for _, _, text in rows]
    times = np.array([row[:2] for row in rows], np.float64).reshape(-1, 2) / _UNITS
    line = Timeline(tuple(row[0] for row in fields), times)
    # the last field that is no score is the word
    said = [next((one for one in reversed(row[1:]) if not _is_number(one)), None) for row in fields]
    duration = float(times[-1, 1]) if len(times) else None
    if any(word is not None for word in said):
        tiers = {"words": _words(said, line), "phones": line}
    else:
        spoken = [label for label in line.labels if label.lower() not in SILENCES]
        tiers = {"phones" if are_phones(spoken) else "words": line}
    return read_tiers(tiers, source="htk", duration=duration)


def _words(said: list[str | None], phones: Timeline) -> Timeline:
    """Return the words: each lasts until the next one, or a silence."""
    labels: list[str] = []
    times: list[list[float]] = []
    is_open = False
    for word, label, (start, end) in zip(said, phones.labels, phones.times.tolist(), strict=True):
        if word is not None:
            labels.append(word)
            times.append([start, end])
            is_open = True
        elif label.lower() in SILENCES:
            is_open = False
        elif is_open:
            times[-1][1] = end
    return Timeline(tuple(labels), np.array(times).reshape(-1, 2))


def _unquote(found: re.Match[str]) -> str:
    quoted = found[1] if found[1] is not None else found[2]
    return found[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", text) is not None


SOURCES: Final = (
    Source(
        name="htk",
        title="Labels of HTK and HTS",
        kind="aligner",
        level="words, phones",
        unit="100 ns",
        tells=(),
        read=_read,
        detect=_detect,
    ),
)
