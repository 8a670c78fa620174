"""One cleaner of text: what it returns needs no further cleaning, and every change is named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.languages import find_language
from clipaudio.captions.profiles import find_profile
from clipaudio.lipsync.letters import read_letters
from clipaudio.text import CUE_RULES, LABEL_RULES, LINE_RULES, clean_text, find_dirt, primary_language
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

dirty = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\r\n\t\x00\x7f\x85\u2028\ud800\udc00\ufeff ab")))


@pytest.mark.parametrize("rules", [LABEL_RULES, CUE_RULES, LINE_RULES])
@given(text=dirty)
def test_clean_text_stays_clean_and_names_each_change(rules, text):
    clean, kinds = clean_text(text, rules)
    assert clean_text(clean, rules) == (clean, ())
    assert (clean != text) == bool(kinds)
    assert find_dirt(text, rules) == kinds
    clean.encode()


@given(dirty)
def test_one_line_has_no_line_end_of_any_kind(text):
    assert len(clean_text(text, LINE_RULES).text.splitlines()) <= 1


@pytest.mark.parametrize("tag", ["pt", "pt-BR", "pt_BR", "PT-br", " pt"])
def test_every_spelling_of_a_language_tag_means_the_same_everywhere(tag):
    line = Timeline(tuple("Chá da Sra. Lima."), np.arange(17)[:, None] / 10 + [0, 0.1])
    assert primary_language(tag) == "pt"
    assert find_language(tag) == find_language("pt")
    assert find_profile("netflix").for_language(tag) == find_profile("netflix").for_language("pt")
    assert read_letters(line, language=tag).sounds == read_letters(line, language="pt").sounds
    assert align(line, language=tag).sentences == align(line, language="pt").sentences
