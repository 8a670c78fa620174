"""Places for a break, ranked: the order of the published rules holds in every language with tables."""

from __future__ import annotations

import numpy as np
import pytest

import clipaudio
from clipaudio.captions.break_quality import find_sentence_starts, rate_breaks
from clipaudio.captions.break_units import find_units
from clipaudio.timing.timeline import Spans, Timeline

NONE = Spans((), [], [])


def units_of(text):
    return find_units(Timeline(tuple(text), [[0.0, 0.0]] * len(text)), NONE, NONE)


def cost_of(text, language="en"):
    """Return the cost of the break at the bar."""
    left, right = text.split(" | ")
    units = units_of(f"{left} {right}")
    opens = find_sentence_starts(units, language=language)
    at = units.first.tolist().index(len(left) + 1)
    return float(rate_breaks(units, opens, language=language)[at])


ORDER = [
    "He left. | Then she came",
    "it is so; | then she came",
    "when he left, | she came",
    "he left her | because she came",
    "he left her | with her things",
    "he left his | own green things",
]


def test_the_order_of_places_is_that_of_the_rules():
    costs = [cost_of(text) for text in ORDER]
    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("en", "saw the dog | in the house", "saw the | dog in the house"),
        ("en", "saw the dog | in the house", "the dog in | the house"),
        ("en", "he told her | that we will", "told her that | we will"),
        ("en", "today | we will go", "today we | will go"),
        ("en", "we think | he went home", "we have | gone home"),
        ("en", "went home | not knowing", "does | not know"),
        ("en", "it weighs | 5 km", "it weighs 5 | km"),
        ("en", "we met | Anna Lee", "met Anna | Lee"),
        ("en", "we met | Doctor Lee", "met Lady | Lee"),
        ("en", "at 5 p.m. on | Monday", "at 5 p.m. | on Monday"),
        ("en", "the University of Bath | found it", "the University | of Bath"),
        ("en", "turn it on | and go", "sat on | chairs"),
        ("en", "thank you very much | for it", "thank you very | much for it"),
        ("de", "sah den Hund | in dem Haus", "sah den | Hund in dem Haus"),
        ("es", "vio al perro | en la casa", "al perro en la | casa"),
        ("fr", "vu le chien | dans la maison", "vu le | chien dans la maison"),
        ("fr", "je crois | qu'il vient", "je crois qu'il | vient"),
        ("it", "visto il cane | nella casa", "visto il | cane nella casa"),
        ("nl", "zag de hond | in het huis", "zag de | hond in het huis"),
        ("pt", "viu o cachorro | na casa", "viu o | cachorro na casa"),
        ("en", "he gave up | on the plan", "he gave | up on the plan"),
        ("en", "when lights | go on, we left", "when lights go | on, we left"),
        ("en", "the children | were happy", "the children | happy"),
        ("en", "they said | it was late", "they saw | it in town"),
        ("en", "they ate | and we left", "bread | and butter"),
        ("en", "how to approach | the hill", "how to approach | it again."),
        ("en", "we saw the man | in it", "we saw | him in it"),
        ("de", "die am Hafen | gespielt hatten.", "die am Hafen gespielt | hatten."),
        ("nl", "die bij de haven | gespeeld hadden.", "die bij de haven gespeeld | hadden."),
        ("en", "saw the famous house | slowly fall", "saw the famous | house slowly fall"),
        ("en", "the old children | played", "the old | children played"),
        ("en", "the man | waiting outside", "the garden | path outside"),
        ("en", "the notes | that we read", "we said | that we read"),
        ("en", "to find out | what he did", "to explain | what he did"),
        ("es", "el hombre | viviendo en ella", "el hombre | bueno en ella"),
        ("en", "when he left, | the dog barked", "the cats, | dogs and mice"),
        ("en", "we slept deeply | in it", "we were deeply | happy in it"),
        ("de", "er macht die Tür | mit ihm auf.", "er macht die Tür mit ihm | auf."),
        ("nl", "hij doet de deur | met hem open, ja", "hij doet de deur met hem | op, ja"),
        ("fr", "la maison fameuse | tombe", "la maison | fameuse tombe"),
        ("es", "la casa famosa | cae", "la casa | famosa cae"),
        ("it", "la casa famosa | cade", "la casa | famosa cade"),
        ("pt", "a casa famosa | cai", "a casa | famosa cai"),
    ],
)
def test_a_good_place_is_better_than_a_bad_one(language, good, bad):
    assert cost_of(good, language) < cost_of(bad, language)


def test_german_nouns_are_no_names():
    assert cost_of("in Frage Kommende | Dinge", "de") < cost_of("she met Anna | Dinge", "en")


def test_a_dash_is_not_left_at_the_head_of_a_line():
    assert cost_of("he left | — alone") > cost_of("he left — | alone")


def test_quotes_and_brackets_are_places():
    assert cost_of('called "it" | green') < cost_of("called it | green")
    assert cost_of("called it | (green)") < cost_of("called it | green")
    assert cost_of('"Stop!" | he said') == cost_of("stop, | he said")


def test_without_a_table_marks_decide():
    assert cost_of("ndiyo, | kisha", "sw") < cost_of("the | dog", "sw") == cost_of("dog | the", "sw")


def test_spaces_part_clauses_in_thai():
    assert cost_of("สวัสดี | ครับ", "th") < cost_of("one | two", "th")


def test_without_sentences_a_full_stop_tells_unless_it_ends_an_abbreviation():
    units = units_of("Dr. Lee came at 5 p.m. He left. “Why?” asked J. Smith. 3.5 is it")
    opens = find_sentence_starts(units, language="en")
    assert [text for text, opened in zip(units.texts, opens.tolist(), strict=True) if opened] == [
        "Dr. Lee",
        "“Why?”",
        "3.5",
    ]


def test_nothing_has_no_places():
    assert rate_breaks(units_of(""), np.empty(0, bool)).tolist() == [0.0]
    assert find_sentence_starts(units_of("")).tolist() == []


def test_a_cue_more_is_better_than_a_line_that_parts_to_from_its_verb():
    words = "and the children ran down to the beach to look for shells and pieces of driftwood.".split()
    rows = [{"word": word, "start": 0.4 * row, "end": 0.4 * row + 0.35} for row, word in enumerate(words)]
    lines = [line for cue in clipaudio.open_clip(rows, language="en").cues() for line in cue.lines]
    assert not [line for line in lines if line.endswith((" to", " the", " of"))], lines
