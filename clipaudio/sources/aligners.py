"""Aligners' JSON: Gentle, aeneas, the Montreal Forced Aligner and praatio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.fields import Items, as_numbers, as_texts, collect, find, number, numbers, texts, wrong
from clipaudio.sources.language_tags import language_tag
from clipaudio.sources.layout import WordLayout, messages_of
from clipaudio.sources.source import Source
from clipaudio.sources.tiers import read_tiers
from clipaudio.timing.speech_times import SpeechTimes
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.sources.document import Document

__all__ = ["SOURCES"]

_ENTRY: Final = (("start", "xmin", "begin"), ("end", "xmax"), ("label", "text"))
"""Keys of an interval."""
_GENTLE: Final = WordLayout(items="words[]", transcript="transcript")


def _read_gentle(document: Document) -> SpeechTimes:
    """Read words, some of which were not found in the sound, and phones with their lengths only."""
    speech = _GENTLE.read(document, "gentle")
    words = collect(messages_of(document), "words[]")
    phones = collect(words, "phones[]")
    labels = texts(phones, ("phone",))
    counts = [len(word.get("phones") or ()) for word in words.values]
    spent = np.cumsum(np.nan_to_num(numbers(phones, ("duration",))))
    before = np.concatenate(([0.0], spent[:-1])) if len(spent) else spent
    firsts: Any = np.repeat(np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp), counts) if counts else []
    begins = np.repeat(numbers(words, ("start",)), counts) - (before[firsts] if len(spent) else spent)
    return SpeechTimes(
        source="gentle",
        words=speech.words,
        text=speech.text,
        phones=Timeline(tuple(labels), np.column_stack((begins + before, begins + spent)).reshape(-1, 2)),
    )


def _read_aeneas(document: Document) -> SpeechTimes:
    """Read fragments, which are sentences or smaller ones inside them."""
    items = collect(messages_of(document), "fragments[]")
    while any(item.get("children") for item in items.values):
        inner = [(collect(item, "children[]"), item) for item in items.split()]
        items = Items.chain([children if children.values else item for children, item in inner])
    flat = items.map(lambda item: {**item, "text": " ".join(str(line) for line in item.get("lines") or ())})
    layout = WordLayout(items="", text=("text",), start=("begin",), end=("end",), unit="sentences")
    pieces = layout.pieces(flat)
    spoken = [row for row, label in enumerate(pieces.labels) if label.strip()]
    kept = pieces._replace(labels=tuple(pieces.labels[row] for row in spoken), times=pieces.times[spoken])
    return SpeechTimes(
        source="aeneas",
        words=kept,
        language=language_tag(next((item.get("language") for item in items.values if item.get("language")), None)),
    )


def _read_mfa(document: Document) -> SpeechTimes:
    """Read tiers of `[start, end, label]` entries."""
    message = document.messages[0]
    tiers = find(message, "tiers")
    if isinstance(tiers, list):  # praatio's own JSON names tiers inside
        tiers = {str(tier.get("name")): tier for tier in tiers if isinstance(tier, dict)}
    lines = {}
    for name, tier in tiers.items() if isinstance(tiers, dict) else ():
        where = f"$.tiers.{name}"
        entries = tier.get("entries") if isinstance(tier, dict) else None
        if not isinstance(entries, list):
            continue
        rows = [_entry(entry, f"{where}.entries[{row}]") for row, entry in enumerate(entries)]
        if all(len(row) == 2 for row in rows) and rows:  # points
            continue

        def path(row: int, where: str = where) -> str:
            return f"{where}.entries[{row}]"

        if any(len(row) != 3 for row in rows):
            at = next(row for row, entry in enumerate(rows) if len(entry) != 3)
            raise wrong(path(at), entries[at], "[start, end, label]")
        times = [as_numbers([row[side] for row in rows], path) for side in (0, 1)]
        lines[name] = Timeline(tuple(as_texts([row[2] for row in rows], path)), np.column_stack(times).reshape(-1, 2))
    ends = [number(find(message, key), f"$.{key}") for key in ("end", "xmax", "maxTimestamp")]
    duration = next((end for end in ends if end > 0), None)
    return read_tiers(lines, source="mfa", duration=duration)


def _entry(entry: object, path: str) -> list[Any]:
    """Return start, end and label of an interval, or time and label of a point."""
    if isinstance(entry, list):
        return entry
    if not isinstance(entry, dict):
        raise wrong(path, entry, "[start, end, label]")
    if "time" in entry or "number" in entry:
        return [None, None]
    found = [next((entry[key] for key in keys if key in entry), None) for keys in _ENTRY]
    if found[0] is None or not any(key in entry for key in _ENTRY[2]):
        raise wrong(path, entry, "an object with start, end and label")
    return found


SOURCES: Final = (
    Source(
        name="gentle", title="Gentle", kind="aligner", level="words, phones", unit="seconds",
        tells=("words[].case", "transcript"), read=_read_gentle,
    ),
    Source(
        name="aeneas", title="aeneas", kind="aligner", level="sentences", unit="seconds, as text",
        tells=("fragments[].begin", "fragments[].lines"), read=_read_aeneas,
    ),
    Source(
        name="mfa", title="Montreal Forced Aligner, praatio", kind="aligner", level="words, phones", unit="seconds",
        tells=("tiers",), read=_read_mfa,
    ),
)  # fmt: skip
