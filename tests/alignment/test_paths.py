"""The two passes, against a search of all paths."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.alignment import durations, viterbi
from clipaudio.alignment.pronunciation import PhoneStates
from clipaudio.alignment.viterbi import find_path
from clipaudio.errors import AlignmentError


def _states(words, breaks=()):
    """Return the states of words of classes; *breaks* are the gaps at a mark."""
    rows = [(0, 0.0, -1, True)]
    for number, word in enumerate(words):
        rows += [(kind, 0.05, len(rows) + place, False) for place, kind in enumerate(word)]
        rows.append((0, 0.0, -1, number + 1 in breaks or number + 1 == len(words)))
    classes, durations, phones, is_break = zip(*rows, strict=True)
    return PhoneStates(np.array(classes), np.array(durations), np.array(phones), np.array(is_break))


def _ways(states, row, *, is_filler):
    """Yield each (row, is_filler) from which a state is entered, and the cost."""
    fill = {
        gap: viterbi._BREAK_COST if states.is_break[gap] else viterbi._FILLER_COST
        for gap in np.flatnonzero(states.is_silence)
    }
    yield (row, is_filler), 0.0
    if row in fill:
        if row:
            yield (row - 1, False), fill[row] if is_filler else viterbi._SILENCE_COST
        if is_filler:
            yield (row, False), fill[row]
    else:
        yield (row - 1, False), 0.0
        if row - 1 in fill:
            yield (row - 1, True), fill[row - 1]
            if row > 1:
                yield (row - 2, False), 0.0


def _leave(states, row, age, *, is_staying):
    """Return the cost of staying in a state of *age* frames, or of leaving it."""
    if states.phones[row] < 0:
        return 0.0
    if is_staying:
        longest = viterbi._LONGEST[0] + viterbi._LONGEST[1] * states.durations[row] * 100
        return viterbi._LONG_COST if age >= longest else 0.0
    return viterbi._SHORT_COST if age < viterbi._SHORTEST else 0.0


def _plain_search(scores, states, filler):
    """Return the best score and path, trying every way into every state at every frame."""
    gaps = np.flatnonzero(states.is_silence).tolist()
    nodes = [(row, kind) for row in range(len(states)) for kind in ((False, True) if row in gaps else (False,))]
    best, came, age = {}, {}, {}
    for t in range(len(scores)):
        for row, is_filler in nodes:
            options = [(-viterbi._BREAK_COST if is_filler else 0.0, None)] if t == 0 and row < 2 else []
            for before, cost in _ways(states, row, is_filler=is_filler) if t else ():
                place = (t - 1, *before)
                is_staying = before == (row, is_filler)
                total = cost + _leave(states, before[0], age.get(place, 1), is_staying=is_staying)
                options.append((best.get(place, -np.inf) - total, place))
            value, way = max(options, key=lambda option: option[0], default=(-np.inf, None))
            came[t, row, is_filler] = way
            age[t, row, is_filler] = age[way] + 1 if way and way[1:] == (row, is_filler) else 1
            best[t, row, is_filler] = value + float(filler[t] if is_filler else scores[t, states.classes[row]])
        for before, gap in itertools.pairwise(gaps if t else ()):
            value = best[t, before, True] - viterbi._SKIP_COST * (gap - before - 1)
            if value > best[t, gap, True]:
                best[t, gap, True], came[t, gap, True] = value, (t, before, True)
    path = [max(((len(scores) - 1, *node) for node in nodes[-3:]), key=best.get)]
    while (before := came[path[-1]]) is not None:
        path.append(before)
    return best[path[0]], path[::-1]


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 3), min_size=1, max_size=4),
    st.integers(12, 70),
    st.sets(st.integers(1, 3)),
)
def test_the_first_pass_finds_the_path_of_a_plain_search(seed, lengths, frames, breaks):
    draw = np.random.default_rng(seed)
    states = _states([draw.integers(1, 6, length).tolist() for length in lengths], breaks)
    scores = (draw.standard_normal((frames, 6)) * draw.choice([3, 40])).astype(np.float16)
    filler = np.maximum(scores[:, 0], scores[:, 1:].max(axis=1) - np.float16(5))
    best, path = _plain_search(scores, states, filler)
    found = find_path(scores, states, filler)
    if np.isfinite(best):
        filled = {row for _, row, is_filler in path if is_filler}
        skipped = set()
        for (_, a, _), (_, b, _) in itertools.pairwise(path):
            skipped |= set(range(a + 1, b + 1)) if b - a > 1 and states.phones[b] < 0 else set()
        assert set(np.flatnonzero(found.is_skipped)) == skipped
        assert set(np.flatnonzero(found.is_filled)) == filled
        ends = {row: t + 1 for t, row, _ in path}
        for row in set(ends) - skipped - filled:
            assert found.ends[row] == ends[row]
    assert (np.diff(found.ends, prepend=0) >= 0).all()
    assert found.ends[-1] == frames


def test_a_narrow_band_finds_the_path_of_a_wide_one():
    draw = np.random.default_rng(5)
    states = _states([draw.integers(1, 20, 4).tolist() for _ in range(60)])
    spoken = np.repeat(np.arange(len(states)), draw.integers(3, 9, len(states)))
    scores = draw.normal(-3, 1, (len(spoken), 20)).astype(np.float16)
    scores[np.arange(len(spoken)), states.classes[spoken]] += 6
    wide, narrow = (find_path(scores, states, scores[:, 0], band=band) for band in (1024, 48))
    assert np.array_equal(wide.ends, narrow.ends)
    assert np.mean(np.abs(wide.ends - np.cumsum(np.bincount(spoken))) <= 1) > 0.9
    assert not wide.is_skipped.any()


def _speak(states, lengths, draw):
    """Return scores of sound that says the states for *lengths* frames each."""
    kinds = np.repeat(states.classes, lengths)
    scores = draw.normal(-12, 1, (len(kinds), 30)).astype(np.float16)
    scores[np.arange(len(kinds)), kinds] = 0
    return scores


def test_sound_that_the_text_lacks_is_left_to_a_filler():
    draw = np.random.default_rng(6)
    states = _states([[1, 2, 3], [4, 5], [6, 7, 8]], breaks=(2,))
    other = _states([[21, 22, 23, 24, 25, 26]])
    speech = _speak(states, 9, draw)
    at = 9 * 8  # behind the second word
    sound = np.concatenate((speech[:at], _speak(other, 20, draw), speech[at:]))
    found = find_path(sound, states, np.maximum(sound[:, 0], sound[:, 1:].max(axis=1) - np.float16(4)))
    assert np.flatnonzero(found.is_filled).tolist() == [7]
    assert not found.is_skipped.any()
    assert (found.ends[6], found.ends[7]) == (63, 63 + 9 + 20 * 8)


def test_words_that_are_not_said_are_skipped():
    draw = np.random.default_rng(7)
    words = [[1, 2, 3], [4, 5, 9, 10], [11, 12, 13, 14], [6, 7, 8]]
    states = _states(words, breaks=(1, 3))
    sound = _speak(_states([words[0], words[3]]), 9, draw)
    found = find_path(sound, states, np.maximum(sound[:, 0], sound[:, 1:].max(axis=1) - np.float16(4)))
    assert np.flatnonzero(found.is_skipped).tolist() == list(range(5, 15))
    assert found.ends[[3, 4, 14, 17]].tolist() == [36, 45, 45, 72]


def test_more_phones_than_frames_are_refused():
    with pytest.raises(AlignmentError, match="far too long for the sound"):
        find_path(np.zeros((10, 3), np.float16), _states([[1] * 50]), np.zeros(10, np.float16))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 400))
def test_the_second_pass_gives_ascending_edges_that_end_with_the_sound(seed, words, extra):
    draw = np.random.default_rng(seed)
    states = _states([draw.integers(1, 5, draw.integers(1, 5)).tolist() for _ in range(words)])
    frames = 4 * len(states) + extra
    scores = draw.normal(0, 3, (frames, 5)).astype(np.float16)
    rough = np.sort(draw.integers(1, frames + 1, len(states)))
    rough[-1] = frames
    is_filled = states.is_silence & (draw.random(len(states)) < 0.3)
    found = durations.refine_edges(scores, states, rough, scores.max(axis=1), is_filled)
    assert (np.diff(found, prepend=0) >= 0).all()
    assert found[-1] == frames


def test_the_second_pass_moves_edges_to_where_the_sound_changes():
    states = replace(_states([[1, 2], [3]]), durations=np.array([0, 0.11, 0.11, 0, 0.11, 0]))
    true = np.array([40, 60, 85, 85, 110, 150])
    kinds = np.repeat(states.classes, np.diff(true, prepend=0))
    scores = np.where(kinds[:, None] == np.arange(4), 0, -8).astype(np.float16)
    rough, is_filled = np.array([30, 70, 90, 92, 100, 150]), np.zeros(6, np.bool_)
    found = durations.refine_edges(scores, states, rough, scores[:, 0], is_filled)
    assert found.tolist() == true.tolist()
