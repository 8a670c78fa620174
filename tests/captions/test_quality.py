"""The report: every rule is found where it is broken, and says honestly whether it had to be."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from math import inf, nan

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.cue_timing import time_cues
from clipaudio.captions.frame_rate import parse_fps
from clipaudio.captions.limits import count_spaced_words
from clipaudio.captions.profiles import PROFILES, Profile
from clipaudio.captions.quality import RULES, check_cues
from clipaudio.errors import ExportError

RATES = [None, *map(parse_fps, ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60"))]
FINE = Cue(10.0, 12.0, ("Hello there, you.",))


def broken(*cues, profile="netflix", **options):
    """Return (cue, rule, could be met) for each violation."""
    report = check_cues(cues, profile, **options)
    return [(violation.cue, violation.rule, violation.can_be_met) for violation in report.violations]


def said(start, end, *lines, speech=None):
    """Return a cue whose one word is spoken from *start* until *end*, or as *speech* says."""
    return Cue(start, end, lines or ("word",), (CueWord(0, 0, 4, *(speech or (start, end))),))


@st.composite
def speech(draw):
    """Return cues with the times of their speech, tidy or not."""
    cues, now = [], draw(st.floats(0, 3))
    for _ in range(draw(st.integers(0, 10))):
        now = max(0.0, now + draw(st.sampled_from([-3.0, -0.4, -0.0125, 0.0, 0.0, 0.001, 0.06, 0.3, 0.45, 0.52, 2.0])))
        length = draw(st.sampled_from([0.0, 0.001, 0.05, 0.4, 0.7, 2.0, 9.0]))
        cues.append(said(now, now + length, "x" * draw(st.integers(1, 60))))
        now += length
    return cues


@given(speech(), st.sampled_from(list(PROFILES)), st.sampled_from(RATES), st.one_of(st.none(), st.floats(0, 20)))
@settings(max_examples=300)
def test_what_our_timing_leaves_broken_could_not_be_met(cues, name, fps, duration):
    timed = time_cues(cues, profile=PROFILES[name].for_language("en"), fps=fps, duration=duration)
    report = check_cues(timed, name, fps=fps, duration=duration)
    assert report.avoidable == ()
    assert {violation.rule for violation in report.violations}.isdisjoint({"order", "overlap", "frame"})


@given(speech(), st.sampled_from(["netflix", "bbc"]), st.sampled_from(RATES))
def test_every_face_of_the_report_tells_the_same(cues, name, fps):
    report = check_cues(cues, name, fps=fps)
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    *lines, summary = report.to_text().splitlines()
    assert len(lines) == len(plain["violations"]) == len(report.violations) == sum(report.counts.values())
    assert plain["avoidable"] == len(report.avoidable) == sum("(could be met)" in line for line in lines)
    assert summary == report.summary()
    assert (report.share_met == 1.0) == (not report.violations)
    assert [violation.cue for violation in report.violations] == sorted(
        violation.cue for violation in report.violations
    )


@given(speech(), st.sampled_from(["netflix", "bbc", "social"]), st.sampled_from(RATES))
@settings(max_examples=50)
def test_rules_chosen_are_found_alone_as_they_are_together(cues, name, fps):
    whole = check_cues(cues, name, fps=fps, duration=5.0)
    for rule in RULES:
        alone = check_cues(cues, name, fps=fps, duration=5.0, rules=[rule.name])
        assert alone.rules == (rule.name,)
        assert alone.violations == tuple(found for found in whole.violations if found.rule == rule.name)


def test_a_cue_that_keeps_every_rule_is_clean_and_so_is_no_cue():
    for cues in ([FINE], []):
        report = check_cues(cues, "netflix", fps=Fraction(25), duration=20.0)
        assert report.violations == ()
        assert report.share_met == 1.0
        assert report.to_text() == f"{len(cues)} cue{'s' * (len(cues) != 1)}, 100.0% within netflix\n"


# --- against trying every time on a coarse grid: ten steps a second ---------------------------------------------------

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
STOP = 20  # steps of audio
APART = {"order", "overlap", "gap", "max-duration", "end-beyond-audio"}
JUDGED = (*APART, "lead", "hold", "min-duration", "reading-speed")


@st.composite
def on_screen(draw):
    """Return up to three cues with any times on screen around those of their speech, on the grid."""
    cues, now = [], 0
    for _ in range(draw(st.integers(1, 3))):
        first = now + draw(st.integers(0, 3))
        last = first + draw(st.integers(1, 4))
        start = max(0, first + draw(st.integers(-3, 1)))
        end = max(start + 1, last + draw(st.integers(-2, 3)))
        text = "x" * draw(st.integers(1, 8))
        cues.append(said(start / 10, end / 10, text, speech=(first / 10, last / 10)))
        now = last
    return cues


def faults(cues, place):
    """Return the rules that the cue at *place* breaks, alone or with its neighbours."""
    report = check_cues(cues, COARSE, fps=TEN, duration=STOP / 10, rules=JUDGED)
    around = {(found.cue - 1 - place, found.rule) for found in report.violations}
    return {rule for where, rule in around if where == 0 or (where == -1 and rule in APART) or rule == "order"}


def moves(cues, place):
    """Yield these for every start the cue could have outside other speech, and every end in its maximum."""
    now, spoken = round(10 * cues[place].start), round(10 * cues[place].speech[0])
    silence = min(spoken, round(10 * cues[place - 1].speech[1]) + 1) if place else 0
    for start in {now, *range(silence, max(now, spoken) + 1)}:
        for end in range(start + 1, min(start + 8, STOP) + 1):
            moved = [*cues[:place], replace(cues[place], start=start / 10, end=end / 10), *cues[place + 1 :]]
            yield faults(moved, place)


@given(on_screen())
@example([said(0.2, 0.3, "xx"), said(0.3, 0.4, "x")])  # what the minimum duration allows is time to read
@example([said(0.0, 0.2, speech=(0.1, 0.2)), said(0.2, 0.4, "xxxx", speech=(0.3, 0.4))])  # it may stay where it is
@example([said(0.0, 0.1), said(0.2, 0.3, "xxx", speech=(0.1, 0.2))])  # so long it may stay whatever its hold
@example([said(0.0, 0.1, speech=(0.0, 0.2)), said(0.3, 0.4, "xxxx", speech=(0.2, 0.4))])  # its sound is its own
@settings(max_examples=50)
def test_a_rule_could_be_met_just_where_another_time_of_that_cue_meets_it(cues):
    """Without a new fault; and certainly where it leaves no fault at all."""
    for found in check_cues(cues, COARSE, fps=TEN, duration=STOP / 10).violations:
        if found.rule not in {"min-duration", "reading-speed"}:
            continue
        place = found.cue - 1
        now = faults(cues, place)
        others = [rules for rules in moves(cues, place) if found.rule not in rules]
        if any(not rules - {"min-duration", "reading-speed"} for rules in others):
            assert found.can_be_met
        if found.can_be_met:
            assert any(not (rules - now) & APART for rules in others)


# --- text -------------------------------------------------------------------------------------------------------------


def test_a_line_too_long_could_be_met_unless_a_single_word_is():
    assert broken(replace(FINE, lines=("a " * 21 + "bc",), end=13.0)) == [(1, "line-length", True)]
    assert broken(replace(FINE, lines=("so " + "x" * 43,), end=13.0)) == [(1, "line-length", False)]
    assert broken(replace(FINE, lines=("a" + "\u00a0a" * 21,), end=13.0)) == [(1, "line-length", False)]
    assert broken(replace(FINE, lines=("👩‍👧" * 42,), end=13.0)) == []


def test_scripts_without_spaces_can_break_anywhere_but_before_a_closing_mark():
    japanese = replace(FINE, lines=("字" * 14,), end=14.0)
    assert broken(japanese, language="ja") == [(1, "line-length", True)]
    assert broken(replace(japanese, lines=("字" + "。" * 14,)), language="ja") == [(1, "line-length", False)]
    assert broken(replace(japanese, lines=("字" * 13,)), language="ja") == []
    wide = replace(PROFILES["netflix"], languages={}, reading_speed=inf, wide=2, max_chars=26)
    assert broken(replace(japanese, lines=("字" * 13, "ab")), profile=wide) == []
    assert broken(replace(japanese, lines=("字" * 13 + "a",)), profile=wide) == [(1, "line-length", True)]


def test_two_lines_where_one_fits_are_found():
    assert broken(replace(FINE, lines=("Stop!", "Do not move."))) == [(1, "one-line", True)]
    assert broken(replace(FINE, lines=("x" * 21, "x" * 21), end=13.0)) == []
    assert broken(replace(FINE, lines=("- Stop!", "- No."))) == []
    assert broken(replace(FINE, lines=("Ann: Stop!", "Ben: No."))) == []
    assert broken(replace(FINE, lines=("字字", "字a")), language="ja") == [(1, "one-line", True)]
    assert broken(replace(FINE, lines=("Stop!", "No.")), profile="none") == [(1, "lines", True)]


def test_half_width_characters_are_read_as_halves():
    cue = replace(FINE, lines=("字字ab 12",), start=10.0, end=11.125)
    assert broken(cue, language="ja") == []
    (violation,) = check_cues([replace(cue, end=11.0)], "netflix", language="ja").violations
    assert (violation.rule, violation.value, violation.limit) == ("reading-speed", 4.5, 4.0)


def test_too_many_lines_and_words_are_found():
    assert broken(replace(FINE, lines=("a", "b", "c"))) == [(1, "lines", True)]
    assert broken(replace(FINE, lines=("a b c d e f",)), profile="social") == [(1, "words", True)]
    assert broken(replace(FINE, lines=("a", "b")), profile="word") == [(1, "lines", True), (1, "words", True)]
    parts = (CueWord(0, 0, 1, 10.0, 11.0), CueWord(0, 2, 3, 11.0, 12.0))
    assert broken(replace(FINE, lines=("a-b",), words=parts), profile="word") == [(1, "words", False)]
    assert broken(replace(FINE, lines=("10 000",), words=parts), profile="word") == []
    assert broken(replace(FINE, lines=("Dr. Who",), words=parts), profile="word") == [(1, "words", False)]
    assert broken(replace(FINE, lines=("— yes",)), profile="word") == []
    assert broken(replace(FINE, lines=("字字 —",), words=parts), profile="word") == [(1, "words", False)]


def test_words_are_counted_in_time_that_grows_with_the_text():
    assert count_spaced_words("{" * 400_000) == 0  # hours, were it quadratic
    assert count_spaced_words("\\" * 400_000 + "a — b") == 2


@given(st.text(max_size=40))
def test_words_are_what_spaces_part_and_holds_a_letter(text):
    assert count_spaced_words(text) == len(re.findall(r"[^\s\w]*\w\S*", text))


@pytest.mark.parametrize(
    ("lines", "can", "message"),
    [
        ((" a",), True, "space at an end of line 1"),
        (("a", "b "), True, "space at an end of line 2"),
        (("a  b",), True, "double space in line 1"),
        (("a !",), False, "space before '!' in line 1"),
        (("نعم ؟",), False, "space before '؟' in line 1"),
        (("Yes .",), False, "space before '.' in line 1"),
    ],
)
def test_white_space_out_of_place_is_found(lines, can, message):
    (found,) = check_cues([replace(FINE, lines=lines)], "netflix", rules=["white-space"]).violations
    assert (found.rule, found.can_be_met, found.message) == ("white-space", can, message)


@pytest.mark.parametrize("lines", [("a ... b",), ("costs .5 now",), ("(a) b, c.",), ("a .NET app",)])
def test_white_space_in_place_is_not(lines):
    assert broken(replace(FINE, lines=lines)) == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((), "no text"),
        (("", " "), "no text"),
        (("a", " "), "line 2 is blank"),
        (("a\x00b\ud800\x00",), "U+0000, U+D800 in line 1"),
        (("\ufeffa",), "U+FEFF in line 1"),
    ],
)
def test_text_that_needs_care_is_found(lines, message):
    (found,) = check_cues([replace(FINE, lines=lines)], "netflix").violations
    assert (found.rule, found.message) == ("text", message)


# --- times ------------------------------------------------------------------------------------------------------------


def test_reading_speed_could_be_met_where_neighbours_hold_and_lead_leave_room():
    fast = Cue(10.0, 11.0, ("x" * 30,))
    assert broken(fast) == [(1, "reading-speed", True)]
    assert broken(fast, Cue(11.084, 13.0, ("y",))) == [(1, "reading-speed", False)]
    assert broken(Cue(9.0, 9.916, ("y",)), fast, Cue(11.5, 13.0, ("y",))) == [(2, "reading-speed", False)]
    assert broken(replace(fast, lines=("x" * 42,))) == [(1, "reading-speed", False)]
    assert broken(fast, duration=11.0) == [(1, "reading-speed", False)]
    (found,) = check_cues([fast], "netflix", rules=["reading-speed"]).violations
    assert (found.value, found.limit, found.message) == (30.0, 20.0, "30 > 20 characters a second")


def test_a_speed_just_above_the_limit_is_told_with_digits_that_differ():
    (found,) = check_cues([Cue(0.0, 1.998, ("x" * 40,))], "netflix").violations
    assert found.message == "20.02 > 20 characters a second"


def test_words_are_judged_by_their_own_speed():
    assert broken(Cue(10.0, 11.0, ("a b c d",)), profile="bbc") == [(1, "word-speed", True)]
    (found,) = check_cues([Cue(10.0, 11.0, ("a b c d",))], "bbc").violations
    assert found.message == "0.25 < 0.3 seconds a word"


def test_minimum_and_maximum_duration_are_judged_by_the_room_there_is():
    short = Cue(10.0, 10.5, ("x",))
    assert broken(short) == [(1, "min-duration", True)]
    assert broken(Cue(9.0, 9.916, ("x",)), short, Cue(10.584, 12.0, ("x",))) == [(2, "min-duration", False)]
    assert broken(short, duration=10.5) == [(1, "min-duration", True)]  # it could start sooner
    assert broken(Cue(10.0, 17.0, ("x",))) == []
    assert broken(Cue(10.0, 17.002, ("x",))) == [(1, "max-duration", True)]
    assert broken(Cue(0.0, 0.833, ("x",))) == []  # 20 frames of 24, cut


def test_gaps_are_too_short_or_too_short_to_stay_open():
    def apart(gap, **options):
        return broken(Cue(10.0, 12.0, ("x",)), Cue(12.0 + gap, 15.0, ("x",)), **options)

    assert apart(0.0) == apart(0.082) == [(1, "gap", True)]
    assert apart(0.083) == apart(0.084) == apart(0.5) == []
    assert apart(0.2) == apart(0.499) == [(1, "chain", True)]
    assert apart(0.04, fps=Fraction(25)) == [(1, "gap", True)]
    assert apart(0.08, fps=Fraction(25)) == apart(0.52, fps=Fraction(25)) == []
    assert apart(0.48, fps=Fraction(25)) == [(1, "chain", True)]
    assert broken(Cue(10.0, 16.9, ("x",)), Cue(17.2, 19.0, ("x",))) == [(1, "chain", False)]
    assert broken(Cue(0.0, 0.001, ("x",)), Cue(0.001, 2.0, ("x",)), rules=["gap"]) == [(1, "gap", False)]


def test_gaps_count_in_frames_where_a_rate_is_given():
    cues = [Cue(10.0, 12.0, ("x",)), Cue(12.04, 15.0, ("x",))]
    (found,) = check_cues(cues, "netflix", fps=Fraction(25)).violations
    assert found.message == "0.040 < 0.080 seconds (1 < 2 frames)"


def test_cues_at_once_or_out_of_order_are_found_and_judged_once():
    assert broken(Cue(10.0, 12.0, ("x",)), Cue(11.9, 15.0, ("x",))) == [(1, "overlap", True)]
    assert broken(Cue(0.0, 2.0, ("x",)), Cue(0.0, 3.0, ("x",))) == [(1, "overlap", False)]
    assert broken(Cue(10.0, 12.0, ("x",)), Cue(7.0, 9.0, ("x",))) == [(2, "order", True)]
    assert broken(Cue(10.0, 10.0, ("x",))) == [(1, "order", True)]
    (found,) = check_cues([Cue(10.0, 9.0, ("x",))], "netflix").violations
    assert found.message == "ends at 9.000 but starts at 10.000 seconds"


@pytest.mark.parametrize("ms", ["10.010", "10.011"])
def test_a_time_is_on_a_frame_cut_or_rounded(ms):
    fps = parse_fps("29.97")  # frame 300 begins at 10.01 s
    assert broken(Cue(float(ms), 12.012, ("x",)), fps=fps) == ([] if ms == "10.010" else [(1, "frame", True)])
    assert broken(Cue(0.033, 2.002, ("x",)), fps=fps) == broken(Cue(0.034, 2.002, ("x",)), fps=fps) == []
    assert broken(Cue(0.032, 2.002, ("x",)), fps=fps) == broken(Cue(0.033, 2.01, ("x",)), fps=fps) != []


def test_a_cue_starts_on_its_sound():
    assert broken(said(10.0, 12.0)) == broken(said(9.917, 12.0, speech=(10.0, 12.0))) == []
    assert broken(said(9.9, 12.0, speech=(10.0, 12.0))) == [(1, "lead", True)]
    assert broken(said(10.2, 12.0, speech=(10.0, 12.0))) == [(1, "lead", True)]
    crowded = [said(8.0, 10.1), said(10.2, 12.0, speech=(10.0, 12.0))]
    assert (2, "lead", False) in broken(*crowded)
    needed = [said(9.2, 10.034, speech=(9.9, 10.1)), said(10.118, 12.0)]
    assert broken(*needed) == []


def test_a_cue_stays_after_its_sound_only_up_to_its_hold_or_the_next():
    assert broken(said(10.0, 12.5, speech=(10.0, 12.0))) == []
    assert broken(said(10.0, 12.6, speech=(10.0, 12.0))) == [(1, "hold", True)]
    assert broken(said(10.0, 12.6, speech=(10.0, 12.0)), said(12.684, 14.0)) == []
    assert broken(said(10.0, 13.0, speech=(10.0, 12.0)), said(13.084, 14.0)) == [(1, "hold", True)]  # no gap to close
    assert broken(said(10.0, 10.834, speech=(10.0, 10.1))) == []


def test_speech_known_better_than_by_words_is_what_counts():
    late = said(10.2, 12.0, speech=(10.0, 12.0))
    assert broken(late, speech=[(10.2, 12.0)]) == []
    assert broken(replace(late, words=()), speech=[(10.0, 12.0)]) == [(1, "lead", True)]
    with pytest.raises(ExportError, match="2 times of speech for 1 cues"):
        check_cues([late], "netflix", speech=[(0.0, 1.0), (1.0, 2.0)])


def test_no_cue_stays_beyond_the_audio():
    assert broken(FINE, duration=12.0) == broken(FINE, duration=11.9995) == []
    assert broken(FINE, duration=11.9) == [(1, "end-beyond-audio", True)]
    assert broken(FINE, duration=9.0) == [(1, "end-beyond-audio", False)]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [nan, inf, -0.5])
def test_a_time_that_is_none_is_refused_with_its_cue(wrong):
    with pytest.raises(ExportError, match=r"cue 1 stands from .* expected numbers from 0 on") as caught:
        check_cues([FINE, Cue(1.0, wrong, ("x",))], "netflix")
    assert caught.value.index == 1


@pytest.mark.parametrize("wrong", [nan, -1.0, inf])
def test_a_length_of_the_audio_that_is_none_is_refused(wrong):
    with pytest.raises(ExportError, match=f"the duration is {wrong} s; expected"):
        check_cues([FINE], "netflix", duration=wrong)


def test_unknown_names_and_rates_are_refused():
    with pytest.raises(ExportError, match="no rule 'beauty'; there are order, overlap, line-length"):
        check_cues([FINE], "netflix", rules=["gap", "beauty"])
    with pytest.raises(ExportError, match="no profile 'imax'"):
        check_cues([FINE], "imax")
    with pytest.raises(ExportError, match="an fps of 0; expected"):
        check_cues([FINE], "netflix", fps=0)
