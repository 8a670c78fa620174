"""Times on screen: in order, apart, on the sound, and long enough wherever the neighbouring sound leaves room."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import inf, nan

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.cue_timing import time_cues
from clipaudio.captions.frame_rate import parse_fps, time_video_frames, to_video_frames
from clipaudio.captions.profiles import PROFILES, Profile
from clipaudio.captions.sanitize import label_speakers
from clipaudio.errors import ExportError

NETFLIX = PROFILES["netflix"].for_language("en")
RATES = [None, *map(parse_fps, ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60"))]


def spoken(*rows, text="xx"):
    """Return a cue for each (start, end) or (start, end, characters)."""
    return [Cue(row[0], row[1], ("x" * row[2] if len(row) > 2 else text,)) for row in rows]


def shown(cues, **options):
    return [(cue.start, cue.end) for cue in time_cues(cues, **({"profile": NETFLIX} | options))]


@st.composite
def any_cues(draw):
    """Return cues that touch, overlap, stand far apart or are out of order."""
    cues, now = [], draw(st.floats(0, 3))
    for _ in range(draw(st.integers(0, 12))):
        now = max(0.0, now + draw(st.sampled_from([-3.0, -0.4, -0.0125, 0.0, 0.0, 0.001, 0.06, 0.3, 2.0])))
        length = draw(st.sampled_from([0.0, 0.001, 0.05, 0.4, 2.0, 9.0]))
        cues.append(Cue(now, now + length, ("x" * draw(st.integers(0, 40)),), (), draw(st.sampled_from([None, "Ann"]))))
        now += length
    return cues


@given(any_cues(), st.sampled_from(list(PROFILES)), st.sampled_from(RATES), st.one_of(st.none(), st.floats(0, 20)))
@settings(max_examples=300)
def test_cues_stay_in_order_apart_and_inside_the_audio_whatever_comes(cues, name, fps, duration):
    profile = PROFILES[name].for_language("en")
    timed = time_cues(cues, profile=profile, fps=fps, duration=duration)
    assert [(cue.lines, cue.words, cue.speaker) for cue in timed] == [(c.lines, c.words, c.speaker) for c in cues]
    milliseconds = [(round(cue.start * 1000), round(cue.end * 1000)) for cue in timed]
    assert [(start / 1000, end / 1000) for start, end in milliseconds] == [(cue.start, cue.end) for cue in timed]
    assert all(0 <= start < end for start, end in milliseconds)
    assert all(one[1] <= other[0] for one, other in pairwise(milliseconds))
    if fps is not None:
        times = np.array([(cue.start, cue.end) for cue in timed]).reshape(-1, 2)
        assert (time_video_frames(to_video_frames(times, fps=fps), fps=fps) == times).all()
    if duration is not None and timed and duration * (fps or 1000) >= len(cues) + 1:
        assert timed[-1].end <= duration + 1e-6  # a microsecond is what floats lose


@pytest.mark.slow
@given(any_cues(), st.sampled_from(RATES))
@settings(max_examples=100)
def test_a_cue_is_never_late_and_early_only_where_its_needs_ask_for_it(cues, fps):
    """Holds for speech in order with a step of time for each."""
    step = Fraction(1, 1000) if fps is None else 1 / fps
    assume(all(other.start - one.start > 2 * step for one, other in pairwise(cues)))
    frame = 1 / (fps or 24)
    end = -1.0
    for cue, timed in zip(cues, time_cues(cues, profile=NETFLIX, fps=fps), strict=True):
        early = cue.start - timed.start
        assert early > -0.0010001 if fps is not None else early > -1e-6
        if early > 2 * frame + Fraction(11, 10000):  # then the minimum duration needed it, and the silence was real
            assert timed.duration <= 5 / 6 + step + 0.001
            assert timed.start >= end
        end = cue.end


@given(any_cues(), st.sampled_from(RATES), st.integers(0, 3_000))
def test_speech_that_comes_later_is_shown_as_much_later(cues, fps, seconds):
    """By whole seconds of whole rates, and by the 1001 seconds at which the others come round."""
    later = float(seconds if fps is None or fps.denominator == 1 else 1001 * (seconds % 30))
    cues = [replace(cue, start=round(cue.start + 1, 6), end=round(cue.end + 1, 6)) for cue in cues]
    moved = [replace(cue, start=cue.start + later, end=cue.end + later) for cue in cues]
    free = replace(NETFLIX, min_duration=0.5)
    before, after = (time_cues(some, profile=free, fps=fps) for some in (cues, moved))
    assume(all(cue.start > 0 for cue in before))  # where the film begins is no silence to take
    shift = [
        (round((b.start - a.start) * 1000), round((b.end - a.end) * 1000)) for a, b in zip(before, after, strict=True)
    ]
    assert set(shift) <= {(round(later * 1000),) * 2}


@pytest.mark.slow
@given(any_cues(), st.sampled_from(RATES))
@settings(max_examples=100)
def test_what_is_timed_and_lacks_nothing_is_left_as_it_is(cues, fps):
    profile = replace(NETFLIX, reading_speed=inf)
    timed = time_cues(cues, profile=profile, fps=fps)
    step = 0.001 if fps is None else float(1 / fps)
    assume(all(cue.duration >= 5 / 6 - 0.001 for cue in timed))
    assume(all(other.start - one.end >= 2 * (step if fps else 1 / 24) - 0.001 for one, other in pairwise(timed)))
    assert time_cues(timed, profile=profile, fps=fps) == timed


# --- against a solver that tries everything on a coarse grid: ten steps a second --------------------------------------

COARSE = Profile(
    name="coarse",
    reading_speed=10.0,
    min_duration=0.3,
    max_duration=0.8,
    min_gap_frames=1,
    chain=0.0,
    hold=0.2,
    lead_frames=1,
)
TEN = Fraction(10)
SHORTEST, LONGEST, GAP, HOLD, LEAD = 3, 8, 1, 2, 1


class Spoken:
    """Speech in steps, worked out apart from the code under test; halves are off the grid."""

    def __init__(self, halves, stop):
        self.rows = halves
        self.starts = [first // 2 for first, _, _ in halves]
        self.ends = [max(-(-last // 2), first // 2 + 1) for first, last, _ in halves]
        self.early = [-(-(first - 2 * LEAD) // 2) for first, _, _ in halves]
        self.needs = [min(chars, LONGEST) for _, _, chars in halves]
        self.stop = stop

    def cues(self):
        return spoken(*((first / 20, last / 20, chars) for first, last, chars in self.rows))

    def allows(self, i, start, end):
        """Tell whether cue *i* may stand so, whatever the others do; the gap is the caller's."""
        silence = min(self.starts[i], self.ends[i - 1] + GAP if i else 0)
        if not silence <= start <= self.starts[i] or end > self.stop:
            return False
        length = end - start
        held = end <= max(self.ends[i] + HOLD, start + SHORTEST)
        covered = end >= min(self.ends[i], self.stop, start + LONGEST, *(s - GAP for s in self.starts[i + 1 : i + 2]))
        led = start >= self.early[i] or length <= SHORTEST
        return length <= LONGEST and held and covered and led

    def met(self, i, start, end):
        return end - start >= max(SHORTEST, self.needs[i])

    def most_met(self):
        """Return how many cues can have what they need at once, the rules kept; -inf where they cannot be."""
        best = {-GAP: 0}
        for i in range(len(self.starts)):
            following = {}
            for before, count in best.items():
                for start in range(max(0, before + GAP), self.starts[i] + 1):
                    for end in range(start + 1, self.stop + 1):
                        if self.allows(i, start, end):
                            following[end] = max(following.get(end, 0), count + self.met(i, start, end))
            best = following
        return max(best.values(), default=-inf)


@st.composite
def small(draw, *, chars=12, apart=0):
    rows, now = [], 0
    for _ in range(draw(st.integers(1, 4))):
        now += draw(st.integers(0, 9))
        last = now + draw(st.integers(1, 9))
        rows.append((now, last, draw(st.integers(1, chars))))
        now = max(now + 2 + apart, last - draw(st.sampled_from([0, 0, 0, 2, 4])))
    stop = max(row[1] for row in rows) // 2 + draw(st.sampled_from([1, 1, 3, 9]))
    return Spoken(rows, stop)


def steps_of(speech):
    timed = time_cues(speech.cues(), profile=COARSE, fps=TEN, duration=speech.stop / 10)
    return [(round(cue.start * 10), round(cue.end * 10)) for cue in timed]


@given(small())
@settings(max_examples=400)
@example(Spoken([(6, 8, 1), (14, 16, 1)], 8))  # the second needs what the first could have
def test_if_any_times_meet_all_needs_at_once_ours_do(speech):
    count = len(speech.starts)
    assume(all(a < b for a, b in pairwise(speech.starts)))
    ours = steps_of(speech)
    if speech.most_met() == count:
        assert all(speech.allows(i, *times) and speech.met(i, *times) for i, times in enumerate(ours))
        assert all(one[1] + GAP <= other[0] for one, other in pairwise(ours))


@given(small(chars=3, apart=2))
@settings(max_examples=400)
def test_where_not_all_can_last_the_minimum_as_many_do_as_can(speech):
    ours = steps_of(speech)
    assert all(speech.allows(i, *times) for i, times in enumerate(ours))
    assert all(one[1] + GAP <= other[0] for one, other in pairwise(ours))
    assert sum(speech.met(i, *times) for i, times in enumerate(ours)) == speech.most_met()


# --- examples ---------------------------------------------------------------------------------------------------------


def test_the_end_is_held_for_the_minimum_before_the_start_is_moved():
    assert shown(spoken((1.0, 1.2))) == [(1.0, 1.834)]
    assert shown(spoken((1.0, 1.2)), duration=1.5) == [(0.666, 1.5)]
    assert shown(spoken((1.0, 1.2), (1.5, 3.0))) == [(0.582, 1.416), (1.5, 3.0)]


def test_the_start_moves_only_into_silence():
    assert shown(spoken((0.0, 0.9), (1.2, 1.4), (1.5, 3.0))) == [(0.0, 0.9), (0.984, 1.416), (1.5, 3.0)]


def test_reading_holds_the_end_half_a_second_and_moves_the_start_two_frames():
    assert shown(spoken((1.0, 2.0, 28))) == [(1.0, 2.4)]
    assert shown(spoken((1.0, 2.0, 31))) == [(0.95, 2.5)]
    assert shown(spoken((1.0, 2.0, 80))) == [(0.917, 2.5)]


def test_a_gap_that_has_to_be_closed_is_time_to_read():
    assert shown(spoken((1.0, 2.0, 34), (2.9, 4.0, 4))) == [(1.0, 2.816), (2.9, 4.0)]
    assert shown(spoken((1.0, 2.0, 34), (3.0, 4.0, 4))) == [(0.917, 2.5), (3.0, 4.0)]


def test_words_take_their_time_too():
    bbc = PROFILES["bbc"]
    words = tuple(CueWord(0, i, i + 1, 1.0, 1.1) for i in range(6))
    assert shown([Cue(1.0, 1.5, ("a b c d e f",), words)], profile=bbc) == [(1.0, 2.8)]
    assert shown([Cue(1.0, 1.5, ("a b c", "d e f"))], profile=bbc) == [(1.0, 2.8)]


@given(
    any_cues(),
    st.lists(st.sampled_from([None, "Ann", "Old Mr Wilson"]), min_size=1),
    st.sampled_from(["netflix", "bbc"]),
)
def test_the_name_of_who_speaks_takes_the_time_it_takes_as_text(cues, names, name):
    named = [replace(cue, speaker=names[i % len(names)]) for i, cue in enumerate(cues)]
    labelled = [replace(cue, speaker=None, words=()) for cue in label_speakers(named)]
    times = [[(cue.start, cue.end) for cue in time_cues(some, profile=PROFILES[name])] for some in (named, labelled)]
    assert times[0] == times[1]


def test_a_cue_that_cannot_be_met_takes_nothing_from_its_neighbour():
    cues = spoken((1.0, 1.9, 20), (2.2, 2.6, 60), (2.61, 4.0, 20))
    (_, end), (start, _), _ = shown(cues)
    assert end == 2.0
    assert start == 2.084  # what is left


def test_speech_longer_than_the_maximum_keeps_its_cue():
    assert shown(spoken((1.0, 12.0))) == [(1.0, 12.0)]


@pytest.mark.parametrize("name", PROFILES)
def test_speech_is_never_without_a_cue(name):
    times = [(1.0, 2.0), (2.1, 11.0), (11.1, 12.0)]
    cues = shown(spoken(*times), profile=PROFILES[name].for_language("en"))
    assert all(start <= begin and end >= stop for (begin, stop), (start, end) in zip(times, cues, strict=True))


def test_overlapping_speech_parts_where_the_later_starts():
    assert shown(spoken((0.0, 2.05), (2.0, 4.0))) == [(0.0, 1.916), (2.0, 4.0)]
    assert shown(spoken((0.0, 2.05), (2.0, 4.0)), profile=PROFILES["youtube"]) == [(0.0, 2.0), (2.0, 4.0)]


@pytest.mark.parametrize(
    ("name", "half"), [("23.976", 12), ("24", 12), ("25", 13), ("29.97", 15), ("50", 25), ("60", 30)]
)
def test_gaps_below_half_a_second_are_closed_to_two_frames(name, half):
    fps = parse_fps(name)
    for gap in range(1, half + 3):
        times = time_video_frames([0, 100, 100 + gap, 250], fps=fps).tolist()
        first, second = time_cues(spoken(times[:2], times[2:]), profile=NETFLIX, fps=fps)
        found = np.diff(to_video_frames([first.end, second.start], fps=fps)).item()
        assert found == (gap if gap >= half else 2)


def test_a_gap_is_not_closed_by_a_cue_that_would_stay_too_long():
    assert shown(spoken((0.0, 6.9), (7.2, 8.2))) == [(0.0, 6.9), (7.2, 8.2)]
    assert shown(spoken((0.0, 6.7), (7.05, 8.2))) == [(0.0, 6.966), (7.05, 8.2)]


def test_starts_out_of_order_move_as_few_cues_as_can_be():
    assert [start for start, _ in shown(spoken((1.0, 2.0), (0.9, 3.0)))] == [0.0, 0.9]
    alone = shown(spoken((1.0, 2.0), (3.0, 4.0), (0.0, 0.5), (5.0, 6.0), (7.0, 8.0)), profile=PROFILES["none"])
    assert [start for start, _ in alone] == [1.0, 3.0, 3.001, 5.0, 7.0]
    same = shown(spoken((5.0, 6.0), (5.0, 6.0), (5.0, 6.0)), profile=PROFILES["none"])
    assert same == [(4.998, 4.999), (4.999, 5.0), (5.0, 6.0)]


def test_speech_at_the_very_beginning_is_put_in_order_without_negative_times():
    assert shown(spoken((-1.0, 0.0), (0.0, 0.0), (0.0, 0.0)), profile=PROFILES["none"]) == [
        (0.0, 0.001),
        (0.001, 0.002),
        (0.002, 0.003),
    ]


def test_speech_faster_than_frames_keeps_a_frame_each():
    times = shown(
        spoken(*((1 + i / 200, 1 + (i + 1) / 200) for i in range(6))), profile=PROFILES["word"], fps=Fraction(25)
    )
    assert [round((end - start) * 25) for start, end in times] == [1, 1, 1, 1, 1, 1]
    assert times[-1] == (1.0, 1.04)


def test_no_cue_stays_beyond_the_audio_even_where_its_speech_would():
    assert shown(spoken((1.0, 3.0)), duration=2.5) == [(1.0, 2.5)]
    assert shown(spoken((1.0, 3.0)), duration=0.9) == [(0.066, 0.9)]
    assert shown(spoken((1.0, 3.0), (4.0, 5.0)), duration=0.0) == [(0.0, 0.001), (0.001, 0.002)]  # order wins


def test_no_cues_give_none_and_empty_text_needs_no_reading():
    assert time_cues([], profile=NETFLIX) == ()
    assert shown([Cue(1.0, 3.0, ())]) == [(1.0, 3.0)]


@pytest.mark.parametrize("wrong", [(nan, 1.0), (0.0, nan), (2.0, 1.0), (inf, inf), (0.0, inf)])
def test_times_that_are_none_are_refused(wrong):
    with pytest.raises(ExportError, match=r"expected (numbers going forward|0 to 1000000000)") as caught:
        time_cues(spoken((0.0, 1.0), wrong), profile=NETFLIX)
    assert caught.value.index == 1


def test_a_rate_or_a_duration_that_is_none_is_refused():
    with pytest.raises(ExportError, match="an fps of 0; expected"):
        time_cues(spoken((0.0, 1.0)), profile=NETFLIX, fps=0)
    with pytest.raises(ExportError, match=r"is -1\.0 s; expected 0"):
        time_cues(spoken((0.0, 1.0)), profile=NETFLIX, duration=-1.0)
