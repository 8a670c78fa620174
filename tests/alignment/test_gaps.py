"""Words that are not said, and sound that the text lacks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.alignment.gaps import find_uncovered, lay_skipped
from clipaudio.alignment.pronunciation import PhoneStates


def _states(phones, seconds=0.1):
    is_silence = np.array(phones) < 0
    return PhoneStates(
        np.where(is_silence, 0, 1), np.where(is_silence, 0, seconds), np.array(phones), np.ones(len(phones), bool)
    )


PHONES = [-1, 0, -1, 1, 2, -1, 3, -1]  # the second and third phone are not said
SKIPPED = np.array([False, False, False, True, True, True, False, False])


def _edges(low, high):
    return np.array([[0, 100], [100, 120], [low, high], [0, 0], [0, 0], [0, 0], [high, high + 30], [high + 30, 400]])


def test_skipped_words_are_laid_over_the_sound_of_their_gap():
    is_sound = np.zeros(400, bool)
    is_sound[150:180] = True
    found = lay_skipped(_states(PHONES), _edges(120, 250), SKIPPED, is_sound)
    assert found[3:6].tolist() == [[150, 165], [165, 180], [180, 180]]
    assert np.array_equal(found[~SKIPPED], _edges(120, 250)[~SKIPPED])


def test_skipped_words_are_no_longer_than_half_more_than_usual():
    found = lay_skipped(_states(PHONES), _edges(120, 360), SKIPPED, np.ones(400, bool))
    assert found[3:6].tolist() == [[120, 150], [150, 180], [180, 180]]


def test_skipped_words_without_room_have_no_length():
    found = lay_skipped(_states(PHONES), _edges(120, 120), SKIPPED, np.zeros(400, bool))
    assert found[3:6].tolist() == [[120, 120]] * 3


@given(st.integers(0, 2**32 - 1), st.integers(120, 300))
def test_laid_words_stay_in_order_inside_their_gap(seed, high):
    is_sound = np.random.default_rng(seed).random(400) < 0.2
    found = lay_skipped(_states(PHONES), _edges(120, high), SKIPPED, is_sound)[3:6].ravel()
    assert (np.diff(found) >= 0).all()
    assert found[0] >= 120
    assert found[-1] <= high


@pytest.mark.parametrize(("frames", "found"), [(59, ()), (60, ((0.7, 1.0),))])
def test_sound_of_a_filled_gap_is_told_from_three_tenths_of_a_second_on(frames, found):
    is_sound = np.zeros(400, bool)
    is_sound[140 : 140 + frames] = True
    is_filled = np.array([False, False, True, False, False, False, False, False])
    assert find_uncovered(_edges(120, 250), is_filled, is_sound) == found
    assert find_uncovered(_edges(120, 250), np.zeros(8, bool), is_sound) == ()
