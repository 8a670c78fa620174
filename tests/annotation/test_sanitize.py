"""Tiers are mended and every change is told; what needs no mending stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.annotation.formats.textgrid import dumps, dumps_together
from clipaudio.annotation.points import Points
from clipaudio.annotation.sanitize import STEP, prepare, prepare_together
from clipaudio.annotation.tier import TierSet, check_points, clean_label
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Timeline

TIMES = st.floats(-2, 12) | st.sampled_from([0.0, 5.0, 10.0, 1e-9, float("nan"), float("inf"), 1e308])


@st.composite
def tiers(draw):
    labels = draw(st.lists(st.text(max_size=3), max_size=8))
    times = np.array([draw(TIMES) for _ in range(2 * len(labels))]).reshape(-1, 2)
    return Points(labels, times[:, 0]) if draw(st.booleans()) else Timeline(labels, times)


@given(tiers(), st.sampled_from(["split", "merge"]), st.sampled_from([None, "␣"]))
def test_anything_can_be_written_once_it_is_prepared_and_needs_no_more(tier, shared, spaces):
    made, changes = prepare({"x": tier}, 10.0, shared=shared, spaces=spaces)
    assert dumps(made, 10.0).startswith("File type")
    assert prepare(made, 10.0, shared=shared, spaces=spaces) == (made, ())
    if not changes:
        assert made == {"x": tier}
    for change in changes:
        assert len(change.rows)
        assert set(change.rows.tolist()) <= set(range(len(tier)))
        assert str(change).startswith(f"x: {change.kind}: ")


def say(changes) -> list[tuple]:
    return [(change.tier, change.kind, change.rows.tolist(), change.message) for change in changes]


@given(
    st.lists(st.tuples(st.lists(tiers(), min_size=1, max_size=3), st.sampled_from([4.0, 10.0, 41.5])), max_size=5),
    st.sampled_from([None, "␣"]),
    st.sampled_from(["short", "long"]),
)
def test_files_prepared_and_written_together_are_as_each_alone(given_files, spaces, form):
    files = [
        TierSet({f"tier {row}": tier for row, tier in enumerate(own)}, duration, spaces if row % 2 else None)
        for row, (own, duration) in enumerate(given_files)
    ]
    made = prepare_together(files)
    for file, (clean, changes) in zip(files, made, strict=True):
        wanted = prepare(file.tiers, file.duration, spaces=file.spaces)
        assert (clean, say(changes)) == (wanted.tiers, say(wanted.changes))
    clean = [file._replace(tiers=one.tiers) for file, one in zip(files, made, strict=True)]
    alone = [dumps(file.tiers, file.duration, spaces=file.spaces, format=form) for file in clean]
    assert dumps_together(clean, format=form) == alone


@given(tiers())
def test_no_label_is_lost_silently(tier):
    made, changes = prepare({"x": tier}, 10.0)
    left_out = {"not_finite"} if isinstance(tier, Points) else {"no_room", "no_label", "space"}
    told = {row for change in changes for row in change.rows.tolist() if change.kind in left_out}
    kept = sorted(clean_label(label) for row, label in enumerate(tier.labels) if row not in told)
    assert sorted(made["x"].labels) == kept


@given(st.lists(st.sampled_from([0.0, 0.5, 0.5 + 1e-7, 0.5 + 3e-6, 1.0, 1.0 - 1e-7]), max_size=9))
def test_points_that_fall_together_are_moved_apart_by_little_and_stay_in_order(times):
    made, changes = prepare({"x": Points(map(str, range(len(times))), times)}, 1.0)
    after = made["x"].times
    assert (np.diff(after) > 0).all()
    assert ((after >= 0) & (after <= 1)).all()
    assert np.abs(after - np.sort(times)).max(initial=0) <= STEP * len(times)
    assert ("nudged" in {change.kind for change in changes}) == (len(set(times)) < len(times))


def test_points_that_find_no_room_are_refused():
    with pytest.raises(ExportError, match="3 points do not fit into 1e-06 s, 1e-06 s apart; leave the tier out"):
        prepare({"x": Points("abc", [0, 0, 0])}, 1e-6)


def test_letters_of_one_interval_can_become_one_entry():
    line = Timeline("th e", [[0, 0.4], [0, 0.4], [0.4, 0.5], [0.4, 1]])
    made, changes = prepare({"x": line}, 1.0, shared="merge")
    assert made["x"].labels == ("th", "e")
    assert [(change.kind, change.rows.tolist()) for change in changes] == [
        ("space", [2]),
        ("overlap", [2, 3]),
        ("merged", [0, 1]),
    ]
    assert prepare({"x": line}, 1.0).tiers["x"].labels == ("t", "h", "e")


def test_an_entry_that_finds_no_room_is_left_out_and_told():
    made, changes = prepare({"x": Timeline("abc", [[0, 1e-9]] * 3)}, 1e-9)
    assert [change.kind for change in changes][-1] == "no_room"
    assert len(made["x"]) < 3


def test_a_change_says_what_was_found_and_done():
    _, changes = prepare({" x": Timeline(("a\0", "b"), [[0, 1], [1, 2]])}, 2)
    assert list(map(str, changes)) == [
        "x: name: the name had white space at its ends, line ends or control characters: removed (' x' is 'x' now)",
        "x: control: 1 labels: control characters, which Praat drops, were removed",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shared": "join"}, "shared='join'; expected 'split' or 'merge'"),
        ({"tiers": {"a": Timeline.empty(), "a ": Timeline.empty()}}, "two tiers are called 'a' once"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ExportError, match=message):
        prepare(**({"tiers": {"x": Timeline.empty()}, "duration": 1} | options))


def test_points_next_to_an_edge_but_for_rounding_are_at_it():
    made, changes = prepare({"x": Points("ab", [1e-150, 0.5])}, 1.0)
    assert made["x"].times.tolist() == [0.0, 0.5]
    assert [(change.kind, change.rows.tolist()) for change in changes] == [("edge", [0])]
    assert check_points(Points("ab", [-1e-10, 1 + 1e-10]), 1.0) == ([0.0, 1.0], ["a", "b"])
