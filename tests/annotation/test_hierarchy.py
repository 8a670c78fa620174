"""Tiers in whole ticks: rounded once, disjoint, inside their parents."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.annotation.hierarchy import TierLevel, count_tiers
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Timeline


@st.composite
def levels(draw):
    """Words with children that tile them."""
    lengths = draw(st.lists(st.floats(0.006, 0.5), min_size=1, max_size=12))
    gaps = draw(st.lists(st.sampled_from([0.0, 0.0004, 0.2]), min_size=len(lengths), max_size=len(lengths)))
    words, children, parents, now = [], [], [], 0.0
    for number, (length, gap) in enumerate(zip(lengths, gaps, strict=True)):
        now += gap
        words.append((now, now + length))
        cuts = sorted(draw(st.lists(st.floats(0, 1), max_size=3)))
        edges = [now + length * cut for cut in (0.0, *cuts, 1.0)]
        children += pairwise(edges)
        parents += [number] * (len(edges) - 1)
        now += length
    word = TierLevel("words", Timeline([f"w{i}" for i in range(len(words))], words))
    child = TierLevel("phones", Timeline(["p"] * len(children), children), "words", np.array(parents))
    return (word, child), now


@given(levels(), st.sampled_from([1000, 8000, 44_100]))
def test_ticks_are_disjoint_inside_their_parents_and_next_to_the_truth(made, ticks):
    (word, child), duration = made
    words, phones = count_tiers([word, child], duration, ticks_per_second=ticks)
    assert phones.parent == "words"
    for tier, level in ((words, word), (phones, child)):
        assert (tier.times[:, 1] > tier.times[:, 0]).all()
        assert (tier.times[1:, 0] >= tier.times[:-1, 1]).all()
        assert np.abs(tier.times - level.timeline.times * ticks).max() <= 4.5  # at most three siblings push
    inside = words.times[phones.parents]
    assert (phones.times[:, 0] >= inside[:, 0]).all()
    assert (phones.times[:, 1] <= inside[:, 1]).all()


def test_times_that_need_nothing_are_rounded_once():
    (tier,) = count_tiers(
        [TierLevel("a", Timeline("ab", [[0.0005, 0.2], [0.2004, 0.4996]]))], 1.0, ticks_per_second=1000
    )
    assert tier.times.tolist() == [[1, 200], [200, 500]]


def test_what_has_no_label_is_left_out_and_parents_count_what_is_left():
    words = TierLevel("words", Timeline(("", "b"), [[0.0, 0.1], [0.2, 0.4]]))
    phones = TierLevel("phones", Timeline((" ", "p"), [[0.0, 0.1], [0.2, 0.3]]), "words", np.array([-1, 1]))
    found = count_tiers([words, phones], 1.0, ticks_per_second=1000)
    assert [tier.labels for tier in found] == [("b",), ("p",)]
    assert found[1].parents.tolist() == [0]


def test_a_level_with_an_entry_outside_stands_free():
    words = TierLevel("words", Timeline(("a",), [[0.0, 0.1]]))
    letters = TierLevel("letters", Timeline("a.", [[0.0, 0.1], [0.1, 0.2]]), "words", np.array([0, -1]))
    assert count_tiers([words, letters], 1.0, ticks_per_second=1000)[1].parent is None


def test_nothing_gives_an_empty_tier():
    (tier,) = count_tiers([TierLevel("words", Timeline.empty())], 1.0, ticks_per_second=1000)
    assert (tier.labels, tier.times.shape) == ((), (0, 2))


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([TierLevel("a", Timeline("x", [[0.0, np.nan]]))], "label 0 is at 0.0-nan s"),
        ([TierLevel("a", Timeline("x", [[-0.5, 0.1]]))], "expected finite times from 0 on"),
        ([TierLevel("a", Timeline.empty()), TierLevel("a", Timeline.empty())], "two tiers are called 'a'"),
        ([TierLevel("a", Timeline("xyz", [[0.0, 0.001]] * 3))], "3 entries do not fit into 2 ticks"),
    ],
)
def test_what_cannot_be_counted_is_said(made, message):
    with pytest.raises(ExportError, match=message):
        count_tiers(made, 0.002, ticks_per_second=1000)
