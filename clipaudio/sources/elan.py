"""Read ELAN annotation files: tiers whose annotations refer to time slots or to annotations of their parent tier."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.errors import SourceError
from clipaudio.sources.language_tags import language_tag
from clipaudio.sources.tiers import read_tiers
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["read_eaf"]


def read_eaf(raw: bytes) -> SpeechTimes:
    """Read an ELAN file in UTF-8, whatever encoding it declares.

    Raises
    ------
    SourceError
        The bytes are no XML, declare entities, or are no ELAN file.
    """
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise SourceError("the XML declares entities, which no ELAN file does; it is not read", path="$")
    try:
        root = ET.fromstring(raw.decode("utf-8"))  # noqa: S314 - no entities, checked above
    except (ET.ParseError, ValueError) as error:
        raise SourceError(f"not valid XML: {error}", path="$") from None
    if root.tag != "ANNOTATION_DOCUMENT":
        raise SourceError(f"the XML is <{root.tag[:40]}>; expected <ANNOTATION_DOCUMENT> of ELAN", path="$")
    slots = {
        slot.get("TIME_SLOT_ID"): _seconds(slot.get("TIME_VALUE")) for slot in root.iterfind("TIME_ORDER/TIME_SLOT")
    }
    spans: dict[str, tuple[float, float]] = {}
    elements = list(root.iterfind("TIER"))
    origin = _find_origin(root)
    lines: dict[int, Timeline] = {}
    for row in _parents_first(elements):
        labels, times = _read_tier(elements[row], slots, spans)
        lines[row] = Timeline(tuple(labels), times + origin)
    tiers: dict[str, Timeline] = {}
    for row, tier in enumerate(elements):
        name = _name_of(tier)
        tiers[name if name not in tiers else f"{name} {len(tiers)}"] = lines[row]
    language = next((language_tag(tier.get("DEFAULT_LOCALE")) for tier in root.iterfind("TIER")), None)
    speech = read_tiers(tiers, source="eaf", language=language if language != "us" else None)
    if not origin or speech.words is None:
        return speech
    return speech.with_findings(Finding("media_origin", np.arange(len(speech.words.labels)), f"by {origin:g} s"))


def _find_origin(root: ET.Element) -> float:
    """Return the second of the sound, else of the first file, at which the times of the annotations begin."""
    media = list(root.iterfind("HEADER/MEDIA_DESCRIPTOR"))
    sounds = [each for each in media if (each.get("MIME_TYPE") or "").startswith("audio")]
    found = [_seconds(each.get("TIME_ORIGIN")) for each in [*sounds, *media][:1]]
    return found[0] if found and np.isfinite(found[0]) else 0.0


def _parents_first(tiers: list[ET.Element]) -> list[int]:
    """Return the rows of tiers, those of parents before those of their children, wherever they stand in the file."""
    place = {tier.get("TIER_ID"): row for row, tier in enumerate(tiers)}
    order: dict[int, None] = {}
    for row in range(len(tiers)):
        chain: dict[int, None] = {}
        above: int | None = row
        while above is not None and above not in chain and above not in order:
            chain[above] = None
            above = place.get(tiers[above].get("PARENT_REF"))
        order |= dict.fromkeys(reversed(chain))
    return list(order)


def _name_of(tier: ET.Element) -> str:
    """Return the name of a tier, with the speaker in front where ELAN keeps it beside."""
    name, speaker = tier.get("TIER_ID", ""), tier.get("PARTICIPANT", "")
    return f"{speaker} - {name}" if speaker and not name.startswith(f"{speaker} ") else name


def _read_tier(
    tier: ET.Element, slots: dict[str | None, float], spans: dict[str, tuple[float, float]]
) -> tuple[list[str], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """Return the annotations of a tier by their starts; those that refer to others share their parent's time evenly."""
    labels: list[str] = []
    times: list[tuple[float, float]] = []
    children: dict[str, list[int]] = {}
    names: list[str] = []
    before: list[str | None] = []
    for annotation in tier.iterfind("ANNOTATION/*"):
        value = annotation.findtext("ANNOTATION_VALUE") or ""
        start = slots.get(annotation.get("TIME_SLOT_REF1"), np.nan)
        end = slots.get(annotation.get("TIME_SLOT_REF2"), np.nan)
        parent = annotation.get("ANNOTATION_REF")
        if parent is not None:
            children.setdefault(parent, []).append(len(labels))
        labels.append(value)
        times.append((start, end))
        names.append(annotation.get("ANNOTATION_ID", ""))
        before.append(annotation.get("PREVIOUS_ANNOTATION"))
    for parent, rows in children.items():
        start, end = spans.get(parent, (np.nan, np.nan))
        for place, row in enumerate(_in_sequence(rows, names, before)):
            step = (end - start) / len(rows)
            times[row] = (start + place * step, start + (place + 1) * step)
    spans.update(zip(names, times, strict=True))
    order = _by_start([start for start, _ in times])
    pairs = np.array(times, np.float64).reshape(-1, 2)
    return [labels[row] for row in order], pairs[order]


def _in_sequence(rows: list[int], names: list[str], before: list[str | None]) -> list[int]:
    """Return the rows of one parent, each behind the one that it names as the annotation before it."""
    following = {before[row]: row for row in rows if before[row] is not None}
    found: dict[int, None] = {}
    for row in rows:
        at: int | None = row if before[row] is None else None
        while at is not None and at not in found:
            found[at] = None
            at = following.get(names[at])
    return list(found | dict.fromkeys(rows))


def _by_start(starts: list[float]) -> list[int]:
    """Return the rows by their starts, wherever they stand in the file; one without follows the row before it."""
    keys: list[float] = []
    for start in starts:
        keys.append(start if np.isfinite(start) else keys[-1] if keys else -np.inf)
    return sorted(range(len(keys)), key=keys.__getitem__)


def _seconds(value: str | None) -> float:
    try:
        return np.nan if value is None else int(value) / 1e3
    except ValueError:
        raise SourceError(f"TIME_VALUE is {value[:40]!r}; expected milliseconds", path="TIME_ORDER") from None  # type: ignore[index]
