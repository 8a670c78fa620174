"""Curves of a mouth: bounded, smooth, neutral at rest, closed where lips close."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.blendshapes import ARKIT, MOUTH
from clipaudio.lipsync.curves import iterate_curves, make_curves, make_viseme_curves
from clipaudio.lipsync.formats import azure, livelink
from clipaudio.lipsync.mouth_timing import time_mouth
from clipaudio.lipsync.mouth_track import ArticulatoryTargets, MouthTrack
from clipaudio.lipsync.visemes import SETS, shape_of
from clipaudio.phonetics.articulation import REST, Articulation, Manner, Place, SoundKind
from clipaudio.timing.timeline import Timeline

SOUNDS = (
    REST,
    Articulation(SoundKind.VOWEL, height=1.0),
    Articulation(SoundKind.VOWEL, height=0.0, backness=0.0),
    Articulation(SoundKind.VOWEL, height=0.0, backness=1.0, rounding=1.0),
    Articulation(SoundKind.CONSONANT, Place.BILABIAL, Manner.PLOSIVE),
    Articulation(SoundKind.CONSONANT, Place.LABIODENTAL, Manner.FRICATIVE),
    Articulation(SoundKind.CONSONANT, Place.ALVEOLAR, Manner.SIBILANT),
    Articulation(SoundKind.CONSONANT, Place.ALVEOLAR, Manner.PLOSIVE),
    Articulation(SoundKind.UNKNOWN),
)
A, II, U, P, F, S, T, UNKNOWN = range(1, 9)
RATES = [Fraction(24000, 1001), 24, Fraction(30000, 1001), 60, 100]


def track_of(*spans):
    ends = np.cumsum([length for _, length in spans])
    times = np.stack([np.append(0.0, ends[:-1]), ends], axis=1)
    return MouthTrack(times, SOUNDS, np.array([code for code, _ in spans], np.intp))


@st.composite
def tracks(draw):
    spans = draw(st.lists(st.tuples(st.integers(0, 8), st.sampled_from([0.0, 0.01, 0.06, 0.1, 0.4, 3.0])), max_size=15))
    ends = np.cumsum([length for _, length in spans]) if spans else np.empty(0)
    times = np.stack([np.append(0.0, ends[:-1]), ends], axis=1) if spans else np.empty((0, 2))
    targets = ArticulatoryTargets(times, SOUNDS, np.array([code for code, _ in spans], np.intp), np.arange(len(spans)))
    duration = (float(ends[-1]) if spans else 0.0) + draw(st.sampled_from([0.05, 0.7]))
    fps = draw(st.sampled_from(RATES))
    return time_mouth(targets, duration=duration, fps=fps), fps


def column(curves, name):
    return curves.weights[:, curves.names.index(name)]


@given(tracks(), st.sampled_from(["arkit", "mouth"]))
def test_weights_are_bounded_and_lips_are_closed_on_a_video_frame_of_every_closure(given_track, names):
    track, fps = given_track
    curves = make_curves(track, fps=fps, names=names)
    assert curves.names == (ARKIT if names == "arkit" else MOUTH)
    assert curves.weights.dtype == np.float32
    assert np.isfinite(curves.weights).all()
    assert curves.weights.min() >= 0
    assert curves.weights.max() <= 1
    assert len(curves.times) == len(curves.weights)
    end = track.times[-1, 1]
    assert curves.times[-1] < end <= curves.times[-1] + 1 / float(fps) + 1e-6
    jaw = column(curves, "jawOpen" if names == "arkit" else "jaw")
    for (start, stop), code in zip(track.times.tolist(), track.codes.tolist(), strict=True):
        if track.sounds[code].closes_lips and stop - start > 1 / float(fps) + 1e-9:
            frames = (curves.times >= start - 1e-9) & (curves.times < stop - 1e-9)
            assert frames.any()
            assert jaw[frames].max() <= 0.05 + 1e-6
            if names == "mouth":
                assert column(curves, "lips")[frames].min() == pytest.approx(1.0, abs=1e-6)


@given(tracks())
def test_curves_have_no_jumps(given_track):
    track, _ = given_track
    times = np.arange(0, track.times[-1, 1], 0.001)
    curves = make_curves(track, times=times, names="mouth")
    shortest = min(np.diff(track.times).min(), 0.06) / 2  # within which the lips must close at most
    assert np.abs(np.diff(curves.weights, axis=0)).max(initial=0) <= 0.0035 / shortest


@pytest.mark.slow
@given(tracks())
def test_at_any_times_curves_are_those_of_the_grid(given_track):
    track, fps = given_track
    whole = make_curves(track, fps=fps)
    inside = (whole.times > 0.06) & (whole.times < whole.times[-1] - 0.06)  # the ends ease to rest
    some = make_curves(track, times=whole.times[inside][::3])
    assert some.fps is None
    assert whole.fps == fps
    assert some.weights == pytest.approx(whole.weights[inside][::3], abs=1e-5)


@given(tracks(), st.sampled_from(["arkit", "mouth", *SETS]))
def test_curves_on_video_frames_begin_and_end_at_rest_without_a_jump(given_track, names):
    track, fps = given_track
    curves = make_curves(track, fps=fps, names=names)
    at_rest = [name == SETS[names].rest for name in curves.names] if names in SETS else np.zeros(len(curves.names))
    assert curves.weights[0].tolist() == list(at_rest)
    assert curves.weights[-1].tolist() == list(at_rest)
    if names in SETS:
        assert curves.weights.sum(axis=1) == pytest.approx(np.ones(len(curves.times)), abs=1e-5)


def test_a_mouth_at_rest_is_neutral_and_a_pause_decays():
    assert not make_curves(track_of((0, 3.0))).weights.any()
    curves = make_curves(track_of((A, 0.3), (0, 600.0), (II, 0.2)))
    assert not curves.weights[(curves.times > 0.6) & (curves.times < 600)].any()
    falling = column(curves, "jawOpen")[(curves.times > 0.25) & (curves.times < 0.6)]
    assert (np.diff(falling) <= 0).all()
    assert 0.1 < falling[3] < 0.5


def test_open_vowels_drop_the_jaw_and_close_ones_shape_the_lips():
    at = {code: make_curves(track_of((code, 1.0)), times=[0.5]) for code in (A, II, U, S, UNKNOWN)}
    value = {code: dict(zip(ARKIT, curves.weights[0].tolist(), strict=True)) for code, curves in at.items()}
    assert value[A]["jawOpen"] > 2 * value[II]["jawOpen"] > 0
    assert value[U]["mouthPucker"] > 0.6 > value[A]["mouthPucker"] == 0
    assert value[II]["mouthSmileLeft"] == value[II]["mouthSmileRight"] > 0.2 > value[U]["mouthSmileLeft"]
    assert value[S]["jawOpen"] < value[UNKNOWN]["jawOpen"] < value[A]["jawOpen"]


def test_a_sound_of_the_tongue_leaves_the_lips_to_the_vowels_around_it():
    curves = make_curves(track_of((U, 0.2), (T, 0.06), (U, 0.2)), times=[0.1, 0.23])
    alone = make_curves(track_of((T, 0.5)), times=[0.25])
    assert column(curves, "mouthPucker")[1] > 0.6 * column(curves, "mouthPucker")[0]
    assert column(alone, "mouthPucker")[0] == 0


def test_lips_round_before_a_rounded_vowel_and_open_slower_than_they_hold():
    times = np.arange(0.1, 0.4, 0.01)
    pucker = column(make_curves(track_of((S, 0.4), (U, 0.3)), times=times), "mouthPucker")
    assert (np.diff(pucker) >= -1e-6).all()
    assert pucker[0] == 0
    assert pucker[-1] > 0.3


def test_two_closures_side_by_side_are_both_reached():
    curves = make_curves(track_of((A, 0.3), (P, 0.05), (F, 0.05), (A, 0.3)), times=[0.325, 0.375], names="arkit")
    assert column(curves, "mouthPressLeft").tolist() == pytest.approx([0.5, 0.0])
    assert column(curves, "mouthRollLower").tolist() == pytest.approx([0.3, 0.65])


def test_times_outside_the_track_read_its_edges():
    track = track_of((A, 0.5), (II, 0.5))
    outside = make_curves(track, times=[-5.0, 0.0, 1.0, 9.0]).weights
    assert (outside[0] == outside[1]).all()
    assert (outside[2] == outside[3]).all()
    assert make_curves(track, times=[]).weights.shape == (0, 52)


@pytest.mark.parametrize("times", [[0.2, 0.1], [[0.1]], [float("nan")]])
def test_times_that_are_none_are_refused(times):
    with pytest.raises(ExportError, match="expected finite ascending seconds in one dimension"):
        make_curves(track_of((A, 1.0)), times=times)


@pytest.mark.parametrize("fps", [0, -1, float("nan")])
def test_a_rate_that_is_none_is_refused(fps):
    with pytest.raises(ExportError, match=r"the frame rate is .*; expected a finite number above 0"):
        make_curves(track_of((A, 1.0)), fps=fps)


@pytest.mark.parametrize(("seconds", "fps"), [(86401.0, 1), (1e6, 60), (3600.0, 1e6), (80_000.0, 100)])
@pytest.mark.parametrize("names", ["arkit", "vrm"])
def test_curves_that_are_too_long_are_refused_at_once(seconds, fps, names):
    with pytest.raises(ExportError, match="are too long; expected 24 hours and 5184000 video frames at most"):
        make_curves(track_of((A, seconds)), fps=fps, names=names)


VISEMES = ("sil", "PP", "FF", "aa", "E")


@given(
    st.lists(st.tuples(st.sampled_from([*VISEMES, "other"]), st.sampled_from([0.02, 0.08, 0.5])), min_size=1),
    st.sampled_from(RATES),
)
def test_viseme_curves_add_up_to_one_and_reach_every_closure(spans, fps):
    ends = np.cumsum([length for _, length in spans])
    shapes = Timeline([name for name, _ in spans], np.stack([np.append(0.0, ends[:-1]), ends], axis=1))
    curves = make_viseme_curves(shapes, names=VISEMES, fps=fps)
    total = curves.weights.sum(axis=1)
    assert curves.weights.min() >= 0
    assert total.max() <= 1 + 1e-6
    if "other" not in shapes.labels:
        assert total.min() >= 1 - 1e-6
    centres = shapes.times.mean(axis=1)
    at = make_viseme_curves(shapes, names=VISEMES, times=centres).weights
    for label, row in zip(shapes.labels, at, strict=True):
        if label in {"PP", "FF"}:
            assert row[VISEMES.index(label)] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("name", SETS)
def test_every_set_of_mouth_shapes_has_curves(name):
    track = track_of((0, 0.3), (P, 0.1), (A, 0.2), (F, 0.08), (II, 0.2), (0, 0.3))
    curves = make_curves(track, times=[0.05, 0.35, 0.5, 0.64, 0.78, 1.1], names=name)
    assert curves.names == SETS[name].names
    assert curves.weights.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-6)
    assert curves.names[int(curves.weights[0].argmax())] == SETS[name].rest
    wanted = [shape_of(SOUNDS[code], name, 0.1) for code in (P, F)]
    assert [curves.names[int(curves.weights[row].argmax())] for row in (1, 3)] == wanted
    assert curves.weights[[1, 3]].max(axis=1) == pytest.approx([1.0, 1.0])


def test_names_it_does_not_have_are_refused():
    with pytest.raises(ExportError, match="curves 'arkit-52' are not known; expected one of arkit, mouth, oculus"):
        make_curves(track_of((A, 1.0)), names="arkit-52")


def test_no_shapes_make_no_curves():
    with pytest.raises(ExportError, match="there are no mouth shapes"):
        make_viseme_curves(Timeline.empty(), names=VISEMES)


def test_an_hour_is_done_in_parts_that_agree_with_the_whole():
    rng = np.random.default_rng(1)
    spans = [
        (int(code), float(length))
        for code, length in zip(rng.integers(0, 9, 9000), rng.gamma(3, 0.03, 9000), strict=True)
    ]
    track = track_of(*spans)
    whole = make_curves(track)
    for first in (1, 20_000, 32_760):
        rows = slice(first, first + 40)
        assert make_curves(track, times=whole.times[rows]).weights == pytest.approx(whole.weights[rows], abs=1e-5)


@pytest.mark.parametrize("names", ["arkit", "vrm"])
def test_curves_in_blocks_are_those_of_the_whole(names):
    rng = np.random.default_rng(8)
    spans = [(int(rng.integers(0, 9)), float(length)) for length in rng.gamma(3, 0.1, 2500)]
    track = track_of((0, 0.3), *spans, (0, 0.3))
    whole = make_curves(track, fps=100, names=names)
    blocks = list(iterate_curves(track, fps=100, names=names))
    assert len(blocks) == 3
    assert np.concatenate([block.times for block in blocks]).tolist() == whole.times.tolist()
    joined = np.concatenate([block.weights for block in blocks])
    np.testing.assert_allclose(joined, whole.weights, rtol=0, atol=1e-5)  # `approx` takes seconds for so many
    assert {block.fps for block in blocks} == {100}


def test_curves_in_blocks_write_the_text_of_the_whole():
    curves = make_curves(track_of((0, 0.2), (A, 1.1), (P, 0.1), (U, 0.6), (0, 0.2)))
    blocks = [
        replace(curves, times=curves.times[a:b], weights=curves.weights[a:b]) for a, b in ((0, 1), (1, 70), (70, 132))
    ]
    assert "".join(livelink.iterate(blocks)) == livelink.dumps(curves)
    assert "".join(azure.iterate_frames(blocks)) == azure.dumps_frames(curves)
