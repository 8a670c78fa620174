"""Write a clip as a callback: JSON that every reader of callbacks opens again, with the same words and times.

Conventions
-----------
Seconds as float64, so that times come back exactly. An entry without a length is part of the label before it, or of the
one behind it where it begins a word ("-5"), because readers give room to entries that have none. `speaker_turns` holds
[name, number of graphemes] for each turn.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.text import replace_surrogates
from clipaudio.timing.pieces import join_pieces
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.clip.levels import ClipLevels
    from clipaudio.timing.timeline import Index

__all__ = ["dumps_callback", "to_callback"]

_NO_LENGTH: Final = 2e-9
ESTIMATED: Final = "the times of letters are estimated inside their words"
"""The issue of a callback whose letters were not timed by its source."""
_ESTIMATED_PHONES: Final = "the phones are estimated from the text"


def dumps_callback(clip: ClipLevels, *, url: str | None = None, name: str | None = None) -> str:
    """Return the JSON of `to_callback`."""
    text = json.dumps(to_callback(clip, url=url, name=name), ensure_ascii=False, allow_nan=False)
    return replace_surrogates(text) + "\n"


def to_callback(clip: ClipLevels, *, url: str | None = None, name: str | None = None) -> dict[str, Any]:
    """Return a clip as a callback has it: `id`, `url`, `audio_timestamps` and more.

    The names of speakers are kept. A callback has no room for the titles of chapters and a second language.

    Parameters
    ----------
    clip
        Any clip, edited or joined.
    url
        The audio: the name of a file beside the JSON, or a web address.
    name
        The id, if the clip has none.

    Examples
    --------
    >>> from clipaudio.clip import open_clip
    >>> clip = open_clip([{"word": "Hi.", "start": 0.25, "end": 0.5}])
    >>> to_callback(clip, url="hi.wav")["audio_timestamps"]["graph_chars"]
    ['H', 'i.']
    """
    graphemes, turns = _join_graphemes(clip)
    phones = _merge_empty(clip.phones)[0]
    issues = list(clip.issues)
    guessed = {
        ESTIMATED: "estimated" in clip.report["graphemes"].kinds,
        _ESTIMATED_PHONES: any(part.aligned.has_estimated_phones for part in clip.content.parts),
    }
    issues += [issue for issue, is_so in guessed.items() if is_so and issue not in issues]
    payload: dict[str, Any] = {"id": clip.id or name, "project_id": clip.project_id, "url": url, "issues": issues}
    payload["duration"] = clip.duration
    rate = clip.measure()[1]
    if rate is not None:
        payload["sample_rate"] = rate
    payload["audio_timestamps"] = {
        "graph_chars": list(graphemes.labels),
        "graph_times": graphemes.times.tolist(),
        "phon_chars": list(phones.labels),
        "phon_times": phones.times.tolist(),
    }
    if len({speaker for speaker, _ in turns}) > 1:
        payload["speaker_turns"] = turns
    return payload


def _join_graphemes(clip: ClipLevels) -> tuple[Timeline, list[tuple[str | None, int]]]:
    """Return the graphemes of all parts, with a blank where two words would run together, and the turns."""
    labels: list[str] = []
    times: list[np.ndarray[tuple[int, int], np.dtype[np.float64]]] = [np.empty((0, 2))]
    sizes: list[tuple[str | None, int]] = []
    before = ""
    heads: list[int] = []  # the first grapheme of each word
    for part in clip.content.parts:
        words, own = part.aligned.words.labels, part.aligned.graphemes
        moved = own.times + part.offset
        touch = before and words and not (labels[-1].isspace() or own.labels[0].isspace())
        if touch and " " in join_pieces([before, words[0]])[0]:
            labels.append(" ")
            times.append(np.array([[times[-1][-1, 1], max(times[-1][-1, 1], moved[0, 0])]]))
            sizes[-1] = (sizes[-1][0], sizes[-1][1] + 1)
        heads += (part.aligned.words.child_ranges[:, 0] + len(labels)).tolist()
        labels += own.labels
        times.append(moved)
        if len(own):
            sizes.append((part.speaker, len(own)))
        before = words[-1] if words else before
    line, rows = _merge_empty(Timeline(tuple(labels), np.concatenate(times)), heads)
    stops = np.cumsum([size for _, size in sizes])
    counts = np.searchsorted(rows, stops)
    names = [speaker for speaker, _ in sizes]
    return line, list(zip(names, np.diff(counts, prepend=0).tolist(), strict=True))


def _merge_empty(line: Timeline, heads: Sequence[int] = ()) -> tuple[Timeline, Index]:
    """Join labels without a length to the label before them, or behind them from one of *heads* on.

    Return the first row of each label, too.
    """
    kept = line.durations > _NO_LENGTH
    if kept.all() or not kept.any():
        return line, np.arange(len(line))
    rows = np.flatnonzero(kept)
    firsts = np.concatenate(([0], rows[1:]))
    empty = np.array([row for row in heads if not kept[row] and row < rows[-1]], np.intp)
    np.minimum.at(firsts, np.searchsorted(rows, empty), empty)
    stops = np.concatenate((firsts[1:], [len(line)]))
    labels = tuple(["".join(line.labels[a:b]) for a, b in zip(firsts.tolist(), stops.tolist(), strict=True)])
    return Timeline(labels, line.times[rows]), firsts
