"""What the mouth does over a clip: no gap, no flicker, lips that close where they must."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError, TimelineError
from clipaudio.lipsync.mouth_timing import MouthOptions, time_mouth
from clipaudio.lipsync.mouth_track import ArticulatoryTargets
from clipaudio.phonetics.articulation import REST, Articulation, Manner, Place, SoundKind

SOUNDS = {
    "p": Articulation(SoundKind.CONSONANT, Place.BILABIAL, Manner.PLOSIVE),
    "m": Articulation(SoundKind.CONSONANT, Place.BILABIAL, Manner.NASAL, is_voiced=True),
    "f": Articulation(SoundKind.CONSONANT, Place.LABIODENTAL, Manner.FRICATIVE),
    "s": Articulation(SoundKind.CONSONANT, Place.ALVEOLAR, Manner.SIBILANT),
    "l": Articulation(SoundKind.CONSONANT, Place.ALVEOLAR, Manner.LATERAL, is_voiced=True),
    "w": Articulation(SoundKind.CONSONANT, Place.LABIOVELAR, Manner.APPROXIMANT, is_voiced=True, rounding=1.0),
    "a": Articulation(SoundKind.VOWEL, height=1.0),
    "i": Articulation(SoundKind.VOWEL, height=0.0, backness=0.0),
    "u": Articulation(SoundKind.VOWEL, height=0.0, backness=1.0, rounding=1.0),
    "?": Articulation(SoundKind.UNKNOWN),
    "_": REST,
}
NAMES = {sound: name for name, sound in SOUNDS.items()}
STILL = MouthOptions(plosive_anticipation=(0.0, 0.0), rounding_anticipation=0.0, rest_frames=0)
RATES = [Fraction(24000, 1001), Fraction(24), Fraction(30000, 1001), 60, 100]


def aims(labels, times):
    return ArticulatoryTargets(
        np.array(times, float).reshape(-1, 2),
        tuple(SOUNDS.values()),
        np.array([list(SOUNDS).index(label) for label in labels], np.intp),
        np.arange(len(labels)),
    )


def named(track, digits=4):
    names = [NAMES.get(track.sounds[code], "~") for code in track.codes.tolist()]
    return [(name, *pair) for name, pair in zip(names, track.times.round(digits).tolist(), strict=True)]


def timed(labels, times, duration, options=STILL, **more):
    return named(time_mouth(aims(labels, times), duration=duration, options=options, **more))


@st.composite
def clips(draw):
    now, labels, times = draw(st.sampled_from([0.0, 0.05, 0.3])), [], []
    for _ in range(draw(st.integers(0, 14))):
        end = now + draw(st.sampled_from([0.0, 0.001, 0.02, 0.04, 0.06, 0.1, 0.5, 600.0]))
        labels.append(draw(st.sampled_from("ppmfslwaiu?_")))
        times.append([now, end])
        if draw(st.integers(0, 9)):  # else the next one lies on the same place
            now = end + draw(st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.2, 1.0]))
    return labels, times, max(now + draw(st.sampled_from([-0.3, 0.001, 0.05, 0.5])), 0.002)


@st.composite
def choices(draw):
    return MouthOptions(
        lead=draw(st.sampled_from([0.0, 0.05, -0.03])),
        minimum_hold=draw(st.sampled_from([0.0, 0.03, 0.07, 0.2])),
        closure_frames=draw(st.sampled_from([1, 2])),
        rest_frames=0,
    )


@given(clips(), st.sampled_from([*RATES, None]), choices())
def test_the_track_covers_the_clip_and_nothing_is_too_short_to_be_seen(clip, fps, options):
    labels, times, duration = clip
    track = time_mouth(aims(labels, times), duration=duration, options=options, fps=fps)
    assert track.times[0, 0] == 0
    assert track.times[-1, 1] == duration
    assert (track.times[1:, 0] == track.times[:-1, 1]).all()
    assert (np.diff(track.times) > 0).all()
    assert (np.diff(track.codes) != 0).all()
    assert not track.times.flags.writeable
    frame = options.closure_frames / float(fps or 24)
    closes = np.array([track.sounds[code].closes_lips for code in track.codes.tolist()])
    room = closes.sum() * (frame + 2e-6) <= duration
    for i, length in enumerate(np.diff(track.times)[:, 0].tolist()):
        if closes[i]:
            assert length >= frame - 1e-9 or not room
        elif length < options.minimum_hold - 1e-6:  # no room between two closures, or a clip's edge and one
            first = max((j + 1 for j in range(i) if closes[j]), default=0)
            stop = min((j for j in range(i, len(closes)) if closes[j]), default=len(closes))
            assert stop - first <= 2
            assert track.times[stop - 1, 1] - track.times[first, 0] < options.minimum_hold * (stop - first)
            assert length >= min(frame, options.minimum_hold) - 1e-6 or len(closes) == 1


@given(clips(), st.sampled_from(RATES), choices())
def test_no_closure_is_dropped(clip, fps, options):
    labels, times, duration = clip
    track = time_mouth(aims(labels, times), duration=duration, options=options, fps=fps)
    seen = [name for name, *_ in named(track) if name in "pmf"]
    inside = [label for label, (start, end) in zip(labels, times, strict=True) if start < duration - 1e-9 and end > 0]
    meant = [label for label in inside if label in "pmf"]
    # two of a kind may have become one; nothing else may be missing, and the order stays
    squeezed = [label for i, label in enumerate(meant) if i == 0 or label != meant[i - 1]]
    assert [label for i, label in enumerate(seen) if i == 0 or label != seen[i - 1]] == squeezed


@given(clips(), st.sampled_from(RATES))
def test_a_track_that_is_timed_again_stays_as_it_is(clip, fps):
    labels, times, duration = clip
    once = time_mouth(aims(labels, times), duration=duration, options=STILL, fps=fps)
    again = ArticulatoryTargets(once.times, once.sounds, once.codes, np.arange(len(once.codes)))
    twice = time_mouth(again, duration=duration, options=STILL, fps=fps)
    assert named(twice, 9) == named(once, 9)


@given(clips(), st.sampled_from([1.0, 2.5, 64.0]))
def test_a_clip_that_starts_later_moves_its_mouth_later(clip, shift):
    labels, times, duration = clip
    times = np.array(times, float).reshape(-1, 2) + 1.0  # a rest before, in both
    here = time_mouth(aims(labels, times), duration=duration + 1.0, fps=25)
    there = time_mouth(aims(labels, times + shift), duration=duration + 1.0 + shift, fps=25)
    assert there.codes.tolist() == here.codes.tolist()
    edges = here.times[1:, 0]
    assert there.times[1:, 0] == pytest.approx(edges + shift, abs=1e-9)


def test_a_closure_of_a_millisecond_is_held_for_a_video_frame():
    for fps in RATES:
        spans = timed("apa", [[0, 0.3], [0.3, 0.301], [0.301, 0.6]], 0.6, fps=fps)
        assert [name for name, *_ in spans] == ["a", "p", "a"]
        assert spans[1][2] - spans[1][1] >= 1 / fps - 1e-4
    two = MouthOptions(closure_frames=2, rest_frames=0)
    spans = timed("ama", [[0, 0.3], [0.3, 0.301], [0.301, 0.6]], 0.6, two, fps=25)
    assert spans[1] == ("m", pytest.approx(0.221), 0.301)


def test_closures_that_become_one_leave_their_share_of_a_short_clip_to_the_others():
    times = [[0.05, 0.05], [0.05, 0.09], [0.09, 0.09], [0.09, 0.09]]
    options = MouthOptions(minimum_hold=0.0, rest_frames=0)
    (p, *first), (m, *second) = timed("pspm", times, 0.091, options, fps=RATES[0])
    assert (p, m) == ("p", "m")
    assert min(first[1] - first[0], second[1] - second[0]) >= 1001 / 24000 - 1e-4


def test_lips_close_before_a_plosive_and_round_before_a_rounded_sound():
    early = MouthOptions(rest_frames=0)
    assert timed("apa", [[0, 0.3], [0.3, 0.4], [0.4, 0.6]], 0.6, early)[1] == ("p", 0.26, 0.4)
    assert timed("apa", [[0, 0.3], [0.3, 0.32], [0.32, 0.6]], 0.6, early)[1] == ("p", 0.2, 0.32)
    assert timed("ama", [[0, 0.3], [0.3, 0.4], [0.4, 0.6]], 0.6, early)[1] == ("m", 0.3, 0.4)
    assert timed("su", [[0, 0.2], [0.2, 0.6]], 0.6, early) == [("s", 0, 0.1), ("u", 0.1, 0.6)]
    assert timed("sw", [[0, 0.1], [0.1, 0.6]], 0.6, early) == [("s", 0, 0.07), ("w", 0.07, 0.6)]
    assert timed("u", [[1, 1.5]], 1.5, early) == [("_", 0, 0.8), ("u", 0.8, 1.5)]
    assert timed("u", [[0.3, 0.6]], 0.6, early) == [("_", 0, 0.2), ("u", 0.2, 0.6)]
    assert timed("ap", [[0, 0.3], [0.6, 0.65]], 0.8, early)[1:3] == [("_", 0.3, 0.53), ("p", 0.53, 0.65)]
    assert timed("au", [[0, 0.2], [0.2, 0.6]], 0.6, early) == [("a", 0, 0.2), ("u", 0.2, 0.6)]
    assert timed("fp", [[0, 0.2], [0.2, 0.6]], 0.6, early) == [("f", 0, 0.2), ("p", 0.2, 0.6)]


def test_a_short_pause_holds_a_medium_one_relaxes_a_long_one_rests():
    assert timed("as", [[0, 0.3], [0.4, 0.6]], 0.65) == [("a", 0, 0.4), ("s", 0.4, 0.65)]  # 50 ms are no rest
    assert timed("s", [[0.08, 0.2]], 0.28) == [("_", 0, 0.08), ("s", 0.08, 0.2), ("_", 0.2, 0.28)]
    spans = timed("as", [[0, 0.3], [0.45, 0.6]], 0.8)
    assert spans == [("a", 0, 0.3), ("~", 0.3, 0.45), ("s", 0.45, 0.6), ("_", 0.6, 0.8)]
    assert timed("as", [[0, 0.3], [0.7, 0.8]], 0.8) == [("a", 0, 0.3), ("_", 0.3, 0.7), ("s", 0.7, 0.8)]
    assert timed("ss", [[0, 0.1], [600.1, 600.2]], 600.2) == [("s", 0, 0.1), ("_", 0.1, 600.1), ("s", 600.1, 600.2)]


@pytest.mark.parametrize(
    ("label", "relaxed"),
    [
        ("a", SOUNDS["a"]._replace(height=0.5, is_voiced=True)),
        ("u", SOUNDS["i"]._replace(backness=1.0, is_voiced=True)),
        ("m", SOUNDS["m"]),
        ("f", REST),
        ("l", SOUNDS["?"]),
        ("w", SOUNDS["?"]),
        ("?", SOUNDS["?"]),
        ("s", SOUNDS["s"]),
    ],
)
def test_a_pause_relaxes_what_came_before(label, relaxed):
    track = time_mouth(aims([label, "i"], [[0, 0.3], [0.45, 0.9]]), duration=0.9)
    assert track.sounds[track.codes[np.searchsorted(track.times[:, 0], 0.4, "right") - 1]] == relaxed


def test_a_shape_too_short_takes_what_it_lacks_from_its_neighbour_or_leaves_its_time():
    assert timed("asi", [[0, 0.2], [0.2, 0.25], [0.25, 0.5]], 0.5) == [
        ("a", 0, 0.18),
        ("s", 0.18, 0.25),
        ("i", 0.25, 0.5),
    ]
    assert timed("asi", [[0, 0.2], [0.2, 0.21], [0.21, 0.5]], 0.5) == [("a", 0, 0.2), ("i", 0.2, 0.5)]
    assert timed("asa", [[0, 0.2], [0.2, 0.21], [0.21, 0.5]], 0.5) == [("a", 0, 0.5)]
    assert timed("si", [[0, 0.04], [0.04, 0.5]], 0.5) == [("s", 0, 0.07), ("i", 0.07, 0.5)]
    assert timed("siu", [[0, 0.04], [0.04, 0.11], [0.11, 0.3]], 0.3) == [
        ("s", 0, 0.07),
        ("i", 0.07, 0.14),
        ("u", 0.14, 0.3),
    ]
    assert timed("si", [[0, 0.04], [0.04, 0.12]], 0.12) == [("s", 0, 0.06), ("i", 0.06, 0.12)]
    assert timed("siu", [[0, 0.04], [0.04, 0.11], [0.11, 0.19]], 0.19) == [("i", 0, 0.11), ("u", 0.11, 0.19)]
    assert timed("isu", [[0, 0.04], [0.04, 0.11], [0.11, 0.19]], 0.19) == [("i", 0, 0.11), ("u", 0.11, 0.19)]
    assert timed("fais", [[0, 0.1], [0.1, 0.154], [0.154, 0.19], [0.19, 0.27]], 0.27)[1:] == [
        ("a", 0.1, 0.19),
        ("s", 0.19, 0.27),
    ]
    assert timed("i_", [[0, 0.05], [0.05, 0.125]], 0.125) == [("i", 0, 0.125)]
    assert timed("is", [[0, 0.3], [0.3, 0.31]], 0.31) == [("i", 0, 0.31)]


def test_between_closures_a_vowel_needs_one_frame_and_the_heavier_sound_stays():
    assert timed("pam", [[0, 0.1], [0.1, 0.15], [0.15, 0.3]], 0.3) == [
        ("p", 0, 0.1),
        ("a", 0.1, 0.15),
        ("m", 0.15, 0.3),
    ]
    assert timed("pam", [[0, 0.1], [0.1, 0.11], [0.11, 0.3]], 0.3) == [("p", 0, 0.1), ("m", 0.1, 0.3)]
    spans = timed("psam", [[0, 0.1], [0.1, 0.13], [0.13, 0.15], [0.15, 0.3]], 0.3)
    assert [name for name, *_ in spans] == ["p", "a", "m"]


def test_closures_at_the_edges_of_a_clip_and_beside_each_other_find_their_time():
    assert timed("pa", [[0, 0.01], [0.01, 0.6]], 0.6) == [("p", 0, 0.0417), ("a", 0.0417, 0.6)]
    assert timed("ap", [[0, 0.59], [0.59, 0.6]], 0.6) == [("a", 0, 0.5583), ("p", 0.5583, 0.6)]
    crowd = timed("pmpmpm", [[i / 1000, (i + 1) / 1000] for i in range(6)], 0.06)
    assert [round(end - start, 4) for _, start, end in crowd] == [0.01] * 6
    last = timed("apm", [[0, 0.598], [0.598, 0.599], [0.599, 0.6]], 0.6, fps=50)
    assert last == [("a", 0, 0.56), ("p", 0.56, 0.58), ("m", 0.58, 0.6)]
    inside = timed("pfpf", [[0.5 + i / 1000, 0.501 + i / 1000] for i in range(4)], 1.0, fps=25)
    assert [round(end - start, 3) for _, start, end in inside if _ != "_"][:3] == [0.04] * 3


@given(clips(), st.sampled_from([*RATES, None]), st.sampled_from([0.0, 0.05, -0.03]))
def test_the_mouth_rests_at_both_ends_and_every_closure_is_still_seen(clip, fps, lead):
    labels, times, duration = clip
    track = time_mouth(aims(labels, times), duration=duration, options=MouthOptions(lead=lead), fps=fps)
    assert (track.times[0, 0], track.times[-1, 1]) == (0, duration)
    assert (np.diff(track.codes) != 0).all()
    least = min(1 / float(fps or 24), duration / 3) - 1e-6
    for (name, *_), (start, end) in ((named(track)[row], track.times[row]) for row in (0, -1)):
        assert name == "_"
        assert end - start >= least
    meant = [label for label, (start, end) in zip(labels, times, strict=True) if start < duration - 1e-9 and end > 0]
    assert {name for name, *_ in named(track)} & set("pmf") == set(meant) & set("pmf")


def test_a_short_silence_is_rest_and_none_takes_a_frame_from_the_sound_beside_it():
    def at_25(labels, times):
        return timed(labels, times, 1.0, MouthOptions(), fps=25)

    assert at_25("a", [[0.05, 0.95]]) == [("_", 0, 0.05), ("a", 0.05, 0.95), ("_", 0.95, 1.0)]
    assert at_25("a", [[0.01, 0.99]]) == [("_", 0, 0.04), ("a", 0.04, 0.96), ("_", 0.96, 1.0)]
    assert at_25("am", [[0, 0.9], [0.99, 1.0]])[-2:] == [("m", 0.92, 0.96), ("_", 0.96, 1.0)]


@given(
    st.lists(
        st.tuples(st.sampled_from("pmfslwaiu"), st.integers(40, 200), st.sampled_from([0, 0, 50, 110, 200, 300, 900]))
    )
)
def test_the_mouth_rests_amid_true_pauses_and_never_between_sounds_that_touch(steps):
    labels, times, pauses, now = [], [], [], 0.3
    for label, length, pause in steps:
        labels.append(label)
        times.append((now, now + length / 1000))
        now += length / 1000
        pauses.append((now, now + pause / 1000))
        now += pause / 1000
    track = time_mouth(aims(labels, times), duration=now + 0.5)
    rests = [(start, end) for name, start, end in named(track) if name == "_"]
    for start, end in pauses[:-1]:
        inside = [pair for pair in rests if pair[0] < end and pair[1] > start]
        if end - start >= 0.2 - 1e-9:
            middle = (start + end) / 2
            assert any(a <= middle <= b for a, b in inside)
        elif end - start < 0.12:
            assert not inside


def test_lead_moves_the_mouth_and_keeps_what_is_heard():
    lead = MouthOptions(lead=0.1, plosive_anticipation=(0, 0), rest_frames=0)
    spans = timed("as", [[0.5, 0.8], [0.8, 1.0]], 1.0, lead)
    assert spans == [("_", 0, 0.4), ("a", 0.4, 0.7), ("s", 0.7, 0.9), ("_", 0.9, 1.0)]
    assert timed("pa", [[0, 0.05], [0.05, 1.0]], 1.0, lead)[0] == ("p", 0, 0.0417)


def test_what_lies_outside_the_audio_is_cut_off_and_without_anything_the_mouth_rests():
    assert timed("au", [[-1, 0.5], [2, 3]], 0.5) == [("a", 0, 0.5)]
    assert timed("", [], 2) == [("_", 0, 2)]
    assert timed("s", [[0.5, 0.5]], 2) == [("_", 0, 2)]
    nothing = ArticulatoryTargets(
        np.empty((0, 2)), (), np.empty(0, np.intp), np.empty(0, np.intp), estimated=True, unknown=("x",)
    )
    track = time_mouth(nothing, duration=1)
    assert (track.sounds, track.estimated, track.unknown) == ((REST,), True, ("x",))


def test_a_clip_shorter_than_any_shape_shows_its_heaviest_sound():
    assert timed("si", [[0, 0.002], [0.002, 0.003]], 0.003) == [("i", 0, 0.003)]


@pytest.mark.parametrize("duration", [0, -1, float("nan"), float("inf")])
def test_a_duration_that_is_none_is_refused(duration):
    with pytest.raises(ExportError, match=r"the duration is .*; expected a finite number above 0"):
        timed("", [], duration)


@pytest.mark.parametrize("fps", [0, -24, float("nan"), Fraction(0)])
def test_a_rate_that_is_none_is_refused(fps):
    with pytest.raises(ExportError, match=r"the frame rate is .*; expected a finite number above 0"):
        timed("", [], 1, fps=fps)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (MouthOptions(minimum_hold=-1), "minimum_hold is -1; expected a finite number of 0 or more"),
        (MouthOptions(plosive_anticipation=(-0.1, 0.1)), "plosive_anticipation is -0.1"),
        (MouthOptions(lead=float("nan")), "lead is nan; expected a finite number of seconds"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ExportError, match=message):
        timed("", [], 1, options)


@pytest.mark.parametrize("times", [[[0, 0.5], [float("nan"), 1]], [[0.5, 0.6], [0.4, 0.5]]])
def test_targets_that_are_not_finite_or_not_in_order_are_refused_by_row(times):
    with pytest.raises(TimelineError, match=r"target 1 is at .*: repair the timeline first") as caught:
        timed("as", times, 1)
    assert caught.value.index == 1


def test_a_hundred_thousand_targets_take_the_same_road_as_a_few():
    rng = np.random.default_rng(5)
    lengths = rng.gamma(3, 0.025, 100_000)
    ends = np.cumsum(lengths)
    labels = rng.choice(list("pmfslwaiu?"), 100_000).tolist()
    times = np.stack([ends - lengths, ends], axis=1)
    whole = time_mouth(aims(labels, times), duration=float(ends[-1]))
    assert (np.diff(whole.times) > 0).all()
    part = time_mouth(aims(labels[:300], times[:300]), duration=float(ends[299]))
    shared = part.times[:, 1] < ends[280]
    assert named(whole)[: int(shared.sum())] == named(part)[: int(shared.sum())]
