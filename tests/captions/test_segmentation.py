"""Cutting text into cues: nothing is lost, limits hold, the cheapest of all cuts wins, and good places do."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clipaudio.captions.break_units import find_units
from clipaudio.captions.layout import Layout
from clipaudio.captions.profiles import PROFILES, Profile, find_profile
from clipaudio.captions.segmentation import cut_cues, find_cheapest_cuts
from clipaudio.captions.tabulation import tabulate
from clipaudio.captions.widths import measure_width
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Spans, Timeline

WORD = re.compile(r"\w+(?:['’]\w+)*")
NONE = Spans((), [], [])
NETFLIX = find_profile("netflix")


def load_plain():
    path = Path(__file__).parent / "plain_segmentation.py"
    spec = importlib.util.spec_from_file_location("plain_segmentation", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Plain


Plain = load_plain()


def levels(text, step=0.06, gaps=(), *, single=False):
    """Return graphemes, words and sentences of *text*, one letter each *step*; `gaps` delay."""
    gaps = dict(gaps)
    starts, now = [], 0.0
    for i in range(len(text)):
        now += gaps.get(i, 0.0)
        starts.append(now)
        now += step
    graphemes = Timeline(tuple(text), [[start, start + step] for start in starts])
    runs = [match.span() for match in WORD.finditer(text)]
    if single:
        runs = [(i, i + 1) for i, character in enumerate(text) if character.isalpha()]
    words = Spans([text[a:b] for a, b in runs], [[starts[a], starts[b - 1] + step] for a, b in runs], runs)
    ends = [i for i, (_, b) in enumerate(runs) if re.match(r"\W*?[.?!。？！]", text[b:])]
    stops = [i + 1 for i in ends]
    if runs and (not stops or stops[-1] != len(runs)):
        stops.append(len(runs))
    pairs = list(zip([0, *stops[:-1]], stops, strict=True)) if stops else []
    spans = [[words.times[a, 0], words.times[b - 1, 1]] for a, b in pairs]
    return graphemes, words, Spans([text] * len(pairs), spans, pairs)


def squeezed(text):
    return "".join(text.split())


def lines_of(text, profile=NETFLIX, language="en", **options):
    return [cue.lines for cue in cut_cues(*levels(text, **options), profile=profile, language=language)]


ALPHABET = st.sampled_from("abcdefgh    .,?!'\"-—…()«»¿\n\t\u00a0é\u0301字かー。「」กำ👩\u200dب\ufeff\u200b$5")
TEXTS = st.text(ALPHABET, max_size=120)
STEPS = st.sampled_from([0.0, 0.001, 0.06, 0.3, 2.0])
PROFILE = st.builds(
    Profile,
    name=st.just("any"),
    max_chars=st.none() | st.integers(1, 50),
    max_lines=st.integers(1, 3),
    max_words=st.none() | st.integers(1, 6),
    wide=st.sampled_from([1, 2]),
    half_width=st.booleans(),
    reading_speed=st.sampled_from([float("inf"), 17.0, 4.0]),
    seconds_per_word=st.sampled_from([0.0, 0.3]),
    min_duration=st.sampled_from([0.0, 5 / 6]),
    max_duration=st.sampled_from([1.0, 7.0, float("inf")]),
    hold=st.sampled_from([0.0, 0.5]),
    pause=st.sampled_from([0.0, 0.3, 0.6, float("inf")]),
)
LANGUAGES = st.sampled_from(["en", "de", "fr", "ja", "zh", "th", "ko", "xx"])


@given(TEXTS, PROFILE, LANGUAGES, st.booleans(), STEPS)
@settings(max_examples=300)
def test_the_text_is_whole_and_cues_are_in_order(text, profile, language, single, step):
    cues = cut_cues(*levels(text, step, single=single), profile=profile, language=language)
    assert squeezed(" ".join(line for cue in cues for line in cue.lines)) == squeezed(text)
    starts = [cue.start for cue in cues]
    assert starts == sorted(starts)
    for cue in cues:
        assert cue.start <= cue.end
        assert cue.lines
        assert all(line == line.strip(" \n\t") and line.strip() for line in cue.lines)


@given(TEXTS, PROFILE, LANGUAGES)
@example("。5。", Profile(name="any", max_chars=1, max_lines=1, wide=1, half_width=True, max_duration=1.0), "en")
@example("55\u200b。", Profile(name="any", max_chars=1, max_lines=1, wide=1, half_width=True, max_duration=1.0), "en")
@settings(max_examples=200)
def test_only_what_cannot_be_cut_is_wider_or_longer_or_has_more_lines_than_asked(text, profile, language):
    found = levels(text)
    units = find_units(*found, language=language, wide=profile.wide_columns, max_chars=profile.line_columns)
    whole = {squeezed(unit) for unit in units.texts}
    for cue in cut_cues(*found, profile=profile, language=language):
        assert len(cue.lines) <= profile.max_lines
        assert cue.duration <= profile.max_duration + 1e-5 or squeezed(cue.text) in whole
        for line in cue.lines:
            width = measure_width(line, wide=profile.wide_columns) - (line[-1] in "。、，") * profile.wide_columns
            fits = profile.max_chars is None or width <= profile.line_columns
            assert fits or squeezed(line) in whole


@given(TEXTS, PROFILE, st.booleans())
@settings(max_examples=200)
def test_words_point_at_their_own_text_and_keep_their_times(text, profile, single):
    letters, words, sentences = levels(text, single=single)
    cues = cut_cues(letters, words, sentences, profile=profile)
    found = [(cue.lines[word.line][word.first : word.stop], word) for cue in cues for word in cue.words]
    assert "".join(text for text, _ in found) == "".join(words.labels)
    assert [word for _, word in found] == sorted((word for _, word in found), key=lambda word: word.start)
    times = {(word.start, word.end) for _, word in found}
    assert {
        tuple(pair) for pair, label in zip(words.times.tolist(), words.labels, strict=True) if len(label) == 1
    } <= times
    for cue in cues:
        if cue.words:
            assert cue.speech == pytest.approx((cue.start, cue.end))


@given(TEXTS, PROFILE, st.integers(1, 100_000))
def test_the_same_text_is_cut_the_same_whenever_it_is_spoken(text, profile, shift):
    letters, words, sentences = levels(text)
    later = [
        type(level)(level.labels, level.times + shift / 8, *rest)
        for level, *rest in ((letters,), (words, words.child_ranges), (sentences, sentences.child_ranges))
    ]
    cues = cut_cues(letters, words, sentences, profile=profile)
    moved = cut_cues(*later, profile=profile)
    assert [cue.lines for cue in moved] == [cue.lines for cue in cues]
    assert [cue.start for cue in moved] == pytest.approx([cue.start + shift / 8 for cue in cues])
    assert cut_cues(letters, words, sentences, profile=profile) == cues


@given(TEXTS)
def test_words_are_never_needed(text):
    letters, _, _ = levels(text)
    cues = cut_cues(letters, NONE, NONE, profile=NETFLIX)
    assert squeezed("".join(line for cue in cues for line in cue.lines)) == squeezed(text)


TOKENS = st.lists(
    st.sampled_from("a the dog, Lee. Dr. of and — however, will not 5 km Hello! well-known 字が extraordinary".split()),
    min_size=1,
    max_size=9,
)
NARROW = st.builds(
    replace,
    PROFILE.filter(lambda profile: profile.max_chars is not None),
    max_chars=st.integers(4, 24),
    half_width=st.just(False),
)
TIGHT = Profile(name="tight", max_chars=4, max_lines=3, min_duration=0.0, max_duration=1.0, hold=0.0)
GAPS = st.dictionaries(st.integers(0, 60), st.sampled_from([0.1, 0.3, 0.5, 0.7]), max_size=4)


@pytest.mark.slow
@given(TOKENS, NARROW, GAPS, st.sampled_from([0.03, 0.06, 0.2]))
@example(["a", "however,", "a", "a"], TIGHT, {9: 0.5}, 0.03)
@settings(max_examples=250)
def test_no_other_cut_and_no_other_lines_cost_less(tokens, profile, gaps, step):
    units = find_units(*levels(" ".join(tokens), step, gaps), wide=profile.wide)
    plain = Plain(units, profile)
    table = tabulate(units, profile=profile, language="en")
    places = find_cheapest_cuts(table)
    assert set(plain.forced) == set(table.forced.tolist()) - {0, len(units)}
    assert plain.total(places) == plain.best_of_all()
    assert plain.total(places) <= plain.total(plain.greedy())
    for cue, lines in zip(pairwise(places), Layout(table).lines(places), strict=True):
        assert plain.layout(*cue) == plain.lines(lines)


@pytest.mark.parametrize("max_lines", [1, 2, 3])
def test_the_cut_does_not_depend_on_how_much_is_held_at_once(max_lines):
    dice = np.random.default_rng(1)
    text = " ".join(dice.choice("a the dog, Lee. Dr. of and — however, extraordinary well-known. I".split(), 900))
    profile = Profile(name="any", max_chars=24, max_lines=max_lines)
    table = tabulate(find_units(*levels(text)), profile=profile, language="en")
    assert find_cheapest_cuts(table, cells=1) == find_cheapest_cuts(table, cells=3000) == find_cheapest_cuts(table)


def test_sentences_are_apart_and_take_their_marks_along():
    text = 'He said to them: "Stop right there!" (Twice and thrice.) ¿Qué tal estás, amigo? Yes — no, I think.'
    gaps = {37: 0.4, 57: 0.4, 79: 0.4}
    assert lines_of(text, gaps=gaps) == [
        ('He said to them: "Stop right there!"',),
        ("(Twice and thrice.)",),
        ("¿Qué tal estás, amigo?",),
        ("Yes — no, I think.",),
    ]


def test_two_short_sentences_spoken_at_once_share_a_line():
    assert lines_of("Hello! How are you?") == [("Hello! How are you?",)]
    assert lines_of("Hello! How are you?", gaps={7: 0.55}) == [("Hello!",), ("How are you?",)]


def test_no_cue_holds_the_end_of_one_sentence_and_the_beginning_of_another():
    text = (
        "The first of these sentences is so long that it does not fit into one cue, whatever you do with it. The next "
        "one is just as long as the first one was, and so it has to be cut in two as well by whoever writes it."
    )
    for lines in lines_of(text):
        assert not re.search(r"\. [A-Z]", " ".join(lines))


def test_a_french_mark_after_a_space_stays_with_its_sentence():
    assert lines_of("Bonjour ! Ça va ?", language="fr") == [("Bonjour !",), ("Ça va ?",)]


def test_a_long_pause_ends_the_cue_and_a_short_one_does_not():
    assert lines_of("one two three", gaps={4: 0.7}) == [("one",), ("two three",)]
    assert lines_of("one two three", gaps={4: 0.3}) == [("one two three",)]
    assert lines_of("one two three", gaps={4: 0.3}, profile=replace(NETFLIX, pause=0.3)) == [("one",), ("two three",)]


def test_a_pause_may_hide_in_the_space_between_words():
    letters = Timeline("a b", [[0, 0.1], [0.1, 1.5], [1.5, 1.6]])
    words = Spans(("a", "b"), [[0, 0.1], [1.5, 1.6]], [[0, 1], [2, 3]])
    cues = cut_cues(letters, words, NONE, profile=NETFLIX)
    assert [(cue.start, cue.end, cue.lines) for cue in cues] == [(0.0, 0.1, ("a",)), (1.5, 1.6, ("b",))]


def test_a_lone_dash_in_a_pause_stays_before_it_unless_it_opens_a_sentence():
    assert lines_of("one — two", gaps={4: 0.5, 6: 0.5}) == [("one —",), ("two",)]
    assert lines_of("One. — Two.", gaps={5: 0.5, 7: 0.5}) == [("One.",), ("— Two.",)]


def test_a_pause_draws_the_break_to_it():
    text = "we took the old road to the harbour where the boats lie in winter and waited there for the ferry to come"
    at = text.index("lie")
    assert " ".join(lines_of(text)[0]).endswith("winter")
    assert any(" ".join(lines).endswith("boats") for lines in lines_of(text, gaps={at: 0.58}))


def test_two_lines_are_even_and_break_at_good_places():
    text = "When the rain had finally stopped, we walked along the river to the old mill"
    assert lines_of(text) == [("When the rain had finally stopped,", "we walked along the river to the old mill")]


def test_one_line_where_one_fits():
    assert lines_of("We walked along the river to the mill") == [("We walked along the river to the mill",)]


@pytest.mark.parametrize(
    ("language", "text", "apart"),
    [
        ("en", "We put the little box that she had left on the table of the kitchen again", "the a that of on had"),
        (
            "en",
            "My name is Anna Maria Schmidt and I'm the head of research at a small company",
            "Anna Maria the of at a",
        ),
        (
            "en",
            "The parcel that he sent to Doctor Lee weighs no more than 25 kg in all, they said",
            "Doctor 25 no to that",
        ),
        (
            "de",
            "Wir haben die kleine Kiste, die sie auf dem Tisch in der Küche gelassen hatte, gefunden",
            "die dem der in",
        ),
        ("es", "Pusimos la caja que ella dejó en la mesa de la cocina otra vez en su lugar", "la que en de había"),
        ("fr", "Nous avons mis la petite boîte qu'elle avait laissée sur la table de la cuisine", "la sur de avait"),
        ("it", "Abbiamo messo la scatola che aveva lasciato sul tavolo della cucina al suo posto", "la che sul della"),
        ("pt", "Colocamos a caixa que ela deixou sobre a mesa da cozinha no armário", "a que sobre da no"),
        ("nl", "We hebben het kleine doosje dat ze op de tafel in de keuken had laten staan gezet", "het dat op de in"),
    ],
)
def test_no_line_ends_with_a_word_that_leans_on_the_next(language, text, apart):
    for lines in lines_of(text, language=language):
        assert not {line.split()[-1] for line in lines} & set(apart.split())


def test_a_long_sentence_prefers_to_be_cut_at_a_comma():
    text = (
        "The first part of this long sentence ends exactly here with a comma, "
        "and then another part goes on for quite a while until it ends"
    )
    assert lines_of(text)[0][-1].endswith("comma,")


def test_a_cue_after_a_comma_is_never_tiny():
    text = "We learn about the world through our values, behaviors, beliefs, and all the other things we share"
    assert all(len(" ".join(lines)) > 16 for lines in lines_of(text))


def test_a_cue_lasts_no_longer_than_asked_where_it_can_be_cut():
    for cue in cut_cues(*levels("word " * 20, step=0.3), profile=replace(NETFLIX, max_duration=4.0)):
        assert cue.duration <= 4.0


def test_a_word_wider_than_the_line_stays_whole():
    narrow = replace(NETFLIX, max_chars=10, languages={})
    assert lines_of("a Donaudampfschifffahrt b", profile=narrow) == [("a", "Donaudampfschifffahrt"), ("b",)]


def test_a_compound_is_cut_at_its_hyphen_only_where_it_does_not_fit():
    narrow = replace(NETFLIX, max_chars=12, languages={})
    assert lines_of("a well-known tale", profile=narrow) == [("a well-known", "tale")]
    assert lines_of("Wildwest-Abenteuer", profile=narrow) == [("Wildwest-", "Abenteuer")]


def test_three_lines_are_used_where_three_are_allowed():
    narrow = replace(NETFLIX, max_chars=16, max_lines=3, languages={})
    assert lines_of("When the rain stopped, we walked along", profile=narrow) == [
        ("When the rain", "stopped,", "we walked along")
    ]


def test_the_word_profile_gives_one_word_a_cue():
    text = "Don't break well-known things — ever!"
    assert lines_of(text, find_profile("word")) == [("Don't",), ("break",), ("well-known",), ("things —",), ("ever!",)]


def test_the_none_profile_gives_one_cue_a_sentence_or_pause():
    long = "word " * 400 + "end."
    text = f"Hello there. {long} Bye"
    assert lines_of(text, find_profile("none")) == [("Hello there.",), (long,), ("Bye",)]
    assert lines_of("one two three", find_profile("none"), gaps={4: 0.7}) == [("one",), ("two three",)]


def test_sentences_too_long_for_a_profile_without_columns_are_cut_and_others_not():
    profile = replace(find_profile("none"), max_words=3)
    assert lines_of("One two. A, b, c, d, e.", profile) == [("One two.",), ("A, b,",), ("c, d, e.",)]


def test_wide_characters_count_as_the_profile_says():
    text = "我們今天去公園散步天氣很好我們很高興"
    for wide, most in ((1, 6), (2, 3)):
        profile = Profile(name="any", max_chars=6, wide=wide)
        lines = [line for cue in lines_of(text, profile, "zh", single=True) for line in cue]
        assert max(map(len, lines)) <= most


def test_chinese_does_not_break_before_a_closing_mark():
    profile = Profile(name="any", max_chars=6)
    cues = lines_of("我們今天去公園散步。天氣很好，我們很高興。", profile, "zh", single=True)
    lines = [line for cue in cues for line in cue]
    assert "".join(lines) == "我們今天去公園散步。天氣很好，我們很高興。"
    assert all(measure_width(line) <= 6 for line in lines)
    assert not any(line[0] in "，。" for line in lines)
    assert any(cue[-1].endswith("散步。") for cue in cues)


def test_a_word_that_two_lines_hold_is_cut_where_the_line_is():
    letters, _, _ = levels("我們今天去")
    words = Spans(("我們今天去",), [[0.0, 0.3]], [[0, 5]])
    (cue,) = cut_cues(letters, words, NONE, profile=Profile(name="any", max_chars=3), language="zh")
    assert [cue.lines[word.line][word.first : word.stop] for word in cue.words] == list(cue.lines)
    assert cue.words[0].end == cue.words[1].start
    assert (cue.words[0].start, cue.words[1].end) == pytest.approx((0.0, 0.3))


def test_right_to_left_text_stays_in_logical_order():
    assert lines_of("שלום, מה שלומך?", language="he") == [("שלום, מה שלומך?",)]


def test_labels_of_several_characters_and_none_are_understood():
    letters = Timeline(("Oh", "", ", ", "no"), np.arange(8).reshape(4, 2) / 10)
    words = Spans(("Oh", "no"), [[0, 0.1], [0.6, 0.7]], [[0, 1], [3, 4]])
    (cue,) = cut_cues(letters, words, NONE, profile=NETFLIX)
    assert (cue.lines, cue.start, cue.end) == (("Oh, no",), 0.0, 0.7)
    held = Timeline(("Oh,", " no "), [[0, 0.1], [0.2, 0.3]])
    words = Spans(("Oh", "no"), held.times, [[0, 1], [1, 2]])
    (cue,) = cut_cues(held, words, NONE, profile=NETFLIX)
    assert [cue.lines[0][word.first : word.stop] for word in cue.words] == ["Oh,", "no"]


def test_a_time_that_is_not_finite_is_refused():
    letters = Timeline("a", [[0.0, float("nan")]])
    with pytest.raises(ExportError, match=r"a time is not finite; clipaudio\.timing\.repair gives times that are"):
        cut_cues(letters, NONE, NONE, profile=NETFLIX)


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_cuts_a_long_text_without_end_marks(name):
    text = "so we went on and on " * 300
    lines = [line for cue in lines_of(text, find_profile(name)) for line in cue]
    assert " ".join(lines) == text.strip()
