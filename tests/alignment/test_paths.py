"""The two passes, against a search of all paths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.alignment import durations
from clipaudio.alignment.pronunciation import PhoneStates
from clipaudio.alignment.viterbi import find_path
from clipaudio.errors import AlignmentError


def _states(words):
    classes, phones = [0], [-1]
    for word in words:
        classes += [*word, 0]
        phones += [*range(len(phones), len(phones) + len(word)), -1]
    return np.array(classes), np.array(phones) < 0


def _score(ends, scores, classes, is_silence, filler):
    total, start, last = 0.0, 0, len(classes) - 1
    for row, end in enumerate(ends):
        column = filler if row in (0, last) else scores[:, classes[row]]
        total += column[start:end].sum(dtype=np.float64)
        if is_silence[row] and 0 < row < last and end > start:
            total -= 1
        start = end
    return total


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 2), min_size=1, max_size=2), st.integers(5, 9))
def test_the_first_pass_finds_the_best_of_all_paths(seed, lengths, frames):
    draw = np.random.default_rng(seed)
    words = [draw.integers(1, 4, length).tolist() for length in lengths]
    classes, is_silence = _states(words)
    scores = draw.integers(-9, 9, (frames, 4)).astype(np.float16)
    filler = scores[:, 0] + 1
    found = find_path(scores, classes, is_silence, filler)
    best = -np.inf
    for ends in itertools.combinations_with_replacement(range(frames + 1), len(classes) - 1):
        lengths_of = np.diff([0, *ends, frames])
        # the last phone may be the last state of a path only through the closing silence, which has a frame
        if (lengths_of[~is_silence] > 0).all() and lengths_of[-1] > 0:
            best = max(best, _score([*ends, frames], scores, classes, is_silence, filler))
    if np.isfinite(best):
        assert _score(found, scores, classes, is_silence, filler) == pytest.approx(best)


def test_a_narrow_band_finds_the_path_of_a_wide_one():
    draw = np.random.default_rng(5)
    classes, is_silence = _states([draw.integers(1, 20, 4).tolist() for _ in range(60)])
    spoken = np.repeat(np.arange(len(classes)), draw.integers(3, 9, len(classes)))
    scores = draw.normal(-3, 1, (len(spoken), 20)).astype(np.float16)
    scores[np.arange(len(spoken)), classes[spoken]] += 6
    wide, narrow = (find_path(scores, classes, is_silence, scores[:, 0], band=band) for band in (1024, 48))
    assert np.array_equal(wide, narrow)
    assert np.mean(np.abs(wide - np.cumsum(np.bincount(spoken))) <= 1) > 0.9


def test_more_phones_than_frames_are_refused():
    classes, is_silence = _states([[1] * 50])
    with pytest.raises(AlignmentError, match="far too long for the sound"):
        find_path(np.zeros((10, 3), np.float16), classes, is_silence, np.zeros(10, np.float16))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 400))
def test_the_second_pass_gives_ascending_edges_that_end_with_the_sound(seed, words, extra):
    draw = np.random.default_rng(seed)
    classes, is_silence = _states([draw.integers(1, 5, draw.integers(1, 5)).tolist() for _ in range(words)])
    frames = 4 * len(classes) + extra
    scores = draw.normal(0, 3, (frames, 5)).astype(np.float16)
    states = PhoneStates(classes, np.where(is_silence, 0, 0.05), np.where(is_silence, -1, np.cumsum(~is_silence) - 1))
    rough = np.sort(draw.integers(1, frames + 1, len(classes)))
    rough[-1] = frames
    found = durations.refine_edges(scores, states, rough, scores[:, 0])
    assert (np.diff(found, prepend=0) >= 0).all()
    assert found[-1] == frames


def test_the_second_pass_moves_edges_to_where_the_sound_changes():
    classes, is_silence = _states([[1, 2], [3]])
    true = np.array([40, 60, 85, 85, 110, 150])
    kinds = np.repeat(classes, np.diff(true, prepend=0))
    scores = np.where(kinds[:, None] == np.arange(4), 0, -8).astype(np.float16)
    states = PhoneStates(classes, np.where(is_silence, 0, 0.11), np.array([-1, 0, 1, -1, 2, -1]))
    found = durations.refine_edges(scores, states, np.array([30, 70, 90, 92, 100, 150]), scores[:, 0])
    assert found.tolist() == true.tolist()
