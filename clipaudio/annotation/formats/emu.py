"""Write levels as the annotation JSON of the EMU speech database system (_annot.json).

Times are whole samples. Segments that touch follow EMU's own data: the next one starts at start + duration + 1, so the
duration is the length minus one. Links go from parents to children.
Format: annotationFileSchema.json of the EMU-webApp.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clipaudio.annotation.hierarchy import count_tiers
from clipaudio.errors import ExportError
from clipaudio.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.annotation.hierarchy import TierLevel

__all__ = ["dumps"]


def dumps(
    levels: Sequence[TierLevel], duration: float, *, sample_rate: int, name: str = "clip", sound_file: str = "clip.wav"
) -> str:
    """Return *levels* as an annotation of *sound_file*.

    Parameters
    ----------
    levels
        Parents before their children.
    duration
        Seconds of the clip.
    sample_rate
        Sample rate of the audio.
    name, sound_file
        Names of the bundle and of its audio.

    Raises
    ------
    ExportError
        The sample rate is not a positive whole number, a time is not finite or negative, or entries do not fit into
        their parent.

    Examples
    --------
    >>> from clipaudio.annotation.hierarchy import TierLevel
    >>> from clipaudio.timing.timeline import Timeline
    >>> made = json.loads(dumps([TierLevel("words", Timeline(("Hi",), [[0.1, 0.3]]))], 0.5, sample_rate=8000))
    >>> made["levels"][0]["items"]  # doctest: +NORMALIZE_WHITESPACE
    [{'id': 1, 'sampleStart': 800, 'sampleDur': 1599, 'labels': [{'name': 'words', 'value': 'Hi'}]}]
    """
    if sample_rate < 1 or sample_rate != int(sample_rate):
        raise ExportError(f"sample rate {sample_rate}; EMU counts samples: pass that of the audio")
    tiers = count_tiers(levels, duration, ticks_per_second=int(sample_rate))
    numbers: dict[str, int] = {}  # tier -> id of its first item
    number = 1
    rows: list[dict[str, Any]] = []
    links: list[dict[str, int]] = []
    for tier in tiers:
        numbers[tier.name] = number
        items = [
            {
                "id": number + i,
                "sampleStart": start,
                "sampleDur": end - start - 1,
                "labels": [{"name": tier.name, "value": label}],
            }
            for i, (label, (start, end)) in enumerate(zip(tier.labels, tier.times.tolist(), strict=True))
        ]
        rows.append({"name": tier.name, "type": "SEGMENT", "items": items})
        if tier.parent is not None:
            first = numbers[tier.parent]
            links += [{"fromID": first + parent, "toID": number + i} for i, parent in enumerate(tier.parents.tolist())]
        number += len(items)
    facts = {"name": name, "annotates": sound_file, "sampleRate": int(sample_rate), "levels": rows, "links": links}
    return replace_surrogates(json.dumps(facts, ensure_ascii=False, indent=1)) + "\n"
