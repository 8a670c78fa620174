"""Labels of HTK: label files, and master label files of one recording; times are in units of 100 ns.

A line is start, end and label; a second label of a phone is its word, which goes on to the next one. Of alternatives,
which `///` parts, the first is read. TIMIT has the same lines with samples for times: lines shorter than 10 ms on the
average are not taken for HTK's.

HTS and HTK name a phone by those around it: `a^b-c+d=e@...` and `b-c+d` are the phone `c`. Where the states of a phone
have lines of their own, `c[2]` or `s2` with the phone behind it, the phone lasts from its first state to its last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import SourceError
from clipaudio.sources.plain_text import are_phones
from clipaudio.sources.source import Source
from clipaudio.sources.tiers import SILENCES, read_tiers
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.sources.document import Document
    from clipaudio.timing.speech_times import SpeechTimes
    from clipaudio.timing.timeline import Times

__all__ = ["SOURCES"]

_HEAD: Final = "#!MLF!#"
_NAME: Final = re.compile(r"""["'].*["']""")
_FIELD: Final = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)""")
_TIME: Final = r"(\d{1,18}(?:\.\d*)?(?:[eE]\+?\d\d?)?)"
_LINE: Final = re.compile(rf"{_TIME}[ \t]+{_TIME}[ \t]+(\S.*)")
_ALTERNATIVE, _END = "///", "."
_CONTEXT: Final = re.compile(r"[^\s+]*?-([^\s+\-]+)\+\S+")
_BESIDE: Final = re.compile(r"[^\s+]*?-(?=.)|(?<=.)\+\S+")
"""What stands before and behind a phone."""
_STATE: Final = re.compile(r"(.+)\[(\d)\]")
_STATE_ALONE: Final = re.compile(r"s\d")
_UNITS: Final = 10_000_000
_LEAST: Final = 100_000
"""Units of the average line: 10 ms."""


class _Row(NamedTuple):
    """A line: its times in units, its label, and what stands behind the label and is no score."""

    start: float
    end: float
    label: str
    behind: tuple[str, ...]


def _rows(document: Document) -> list[_Row]:
    """Return the lines with labels.

    Raises
    ------
    SourceError
        A line has no label or no times.
    """
    rows: list[_Row] = []
    is_other = False
    for number, text in enumerate(document.text.splitlines(), 1):
        line = text.strip()
        if not line or line == _HEAD or _NAME.fullmatch(line) or line in {_ALTERNATIVE, _END}:
            is_other = line == _ALTERNATIVE or (is_other and not line)
            continue
        if is_other:
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise SourceError(
                f"line {number} is {line[:40]!r}; expected start, end and label (labels without times have to be "
                "aligned first)",
                path=f"line {number}",
            )
        label, *behind = [_unquote(one) for one in _FIELD.finditer(found[3])]
        said = tuple(one for one in behind if not _is_number(one))
        rows.append(_Row(float(found[1]), float(found[2]), label, said))
    return rows


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
    return sum(float(one[2]) - float(one[1]) for one in found if one is not None) >= _LEAST * len(found)


def _read(document: Document) -> SpeechTimes:
    names = [line for line in document.text.splitlines() if _NAME.fullmatch(line.strip())]
    if len(names) > 1:
        raise SourceError(
            f"the file holds the labels of {len(names)} recordings; split it into one for each", path="line 1"
        )
    rows = _without_states(_rows(document))
    labels, are_named = _without_neighbours([row.label for row in rows])
    line = Timeline(tuple(labels), _times(rows))
    said = [row.behind[-1] if row.behind else None for row in rows]
    duration = float(line.times[-1, 1]) if len(line) else None
    if any(word is not None for word in said):
        tiers = {"words": _words(said, line), "phones": line}
    else:
        spoken = [label for label in line.labels if label.lower() not in SILENCES]
        tiers = {"phones" if are_named or are_phones(spoken) else "words": line}
    return read_tiers(tiers, source="htk", duration=duration)


def _times(rows: list[_Row]) -> Times:
    return np.array([(row.start, row.end) for row in rows], np.float64).reshape(-1, 2) / _UNITS


def _without_states(rows: list[_Row]) -> list[_Row]:
    """Return lines of phones: lines of their states are joined."""
    if rows and all(_STATE_ALONE.fullmatch(row.label) for row in rows) and rows[0].behind:
        joined: list[_Row] = []
        for row in rows:
            if row.behind:
                joined.append(row._replace(label=row.behind[0], behind=row.behind[1:]))
            else:
                joined[-1] = joined[-1]._replace(end=row.end)
        return joined
    states = [_STATE.fullmatch(row.label) for row in rows]
    if not rows or not all(states):
        return rows
    joined, before = [], ("", "9")
    for row, found in zip(rows, states, strict=True):
        assert found is not None
        now = found[1], found[2]
        if now[0] == before[0] and now[1] > before[1]:
            joined[-1] = joined[-1]._replace(end=row.end, behind=joined[-1].behind or row.behind)
        else:
            joined.append(row._replace(label=now[0]))
        before = now
    return joined


def _without_neighbours(labels: list[str]) -> tuple[list[str], bool]:
    """Return *labels* as phones without those around them, and whether most named those.

    Examples
    --------
    >>> _without_neighbours(["x^x-sil+hh=iy@x_x/A:0", "x^sil-hh+iy=t@1_2/A:0"]), _without_neighbours(["co-op"])
    ((['sil', 'hh'], True), (['co-op'], False))
    """
    if sum(_CONTEXT.fullmatch(label) is not None for label in labels) * 2 <= len(labels):
        return labels, False
    return [found[1] if (found := _CONTEXT.fullmatch(label)) else _BESIDE.sub("", label) for label in labels], True


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
