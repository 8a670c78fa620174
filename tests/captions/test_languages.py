"""Closed word classes: every language has them all, in one form."""

from __future__ import annotations

import pytest

from clipaudio.captions.languages import LANGUAGES, Role, find_language, note_on_language
from clipaudio.captions.scripts import _SCRIPTS
from clipaudio.timing.language_tables import TABLES


def test_seven_languages_have_tables_of_one_form():
    assert set(LANGUAGES) == {"de", "en", "es", "fr", "it", "nl", "pt"}
    fields = set(TABLES["en"])
    for code, table in TABLES.items():
        assert set(table) - {"nouns_capitalised"} == fields, code
        for words in table.values():
            assert words == words.lower()


@pytest.mark.parametrize(
    ("language", "word", "role"),
    [
        ("en", "because", Role.CONJUNCTION),
        ("de", "weil", Role.CONJUNCTION),
        ("es", "porque", Role.CONJUNCTION),
        ("fr", "parce", Role.CONJUNCTION),
        ("it", "perché", Role.CONJUNCTION),
        ("nl", "omdat", Role.CONJUNCTION),
        ("pt", "porque", Role.CONJUNCTION),
        ("en", "with", Role.PREPOSITION),
        ("de", "mit", Role.PREPOSITION),
        ("es", "con", Role.PREPOSITION),
        ("fr", "avec", Role.PREPOSITION),
        ("it", "con", Role.PREPOSITION),
        ("nl", "met", Role.PREPOSITION),
        ("pt", "com", Role.PREPOSITION),
        ("en", "km", Role.UNIT),
        ("en", "mr", Role.TITLE),
    ],
)
def test_a_word_has_its_role(language, word, role):
    assert find_language(language).head(word) & role


def test_a_contraction_begins_as_one_word_and_ends_as_another():
    french, english = find_language("fr"), find_language("en")
    assert french.head("qu'il") & Role.CONJUNCTION
    assert french.tail("qu’il") & Role.PRONOUN
    assert french.head("l'homme") & Role.DETERMINER
    assert french.tail("l'homme") == Role.NONE
    assert english.head("they're") & Role.PRONOUN
    assert english.tail("they’re") & Role.AUXILIARY
    assert english.tail("don't") & Role.AUXILIARY
    assert english.head("john's") == Role.NONE


def test_a_tag_names_its_language_and_an_unknown_one_has_no_roles():
    assert find_language("pt_BR").code == find_language("PT").code == "pt"
    assert find_language("sw").code == ""
    assert find_language("sw").head("and") == Role.NONE
    assert find_language("de").nouns_capitalised
    assert not find_language("en").nouns_capitalised


@pytest.mark.parametrize("tag", [*LANGUAGES, *_SCRIPTS, "EN-us", "zh_Hant"])
def test_nothing_is_said_of_a_language_that_has_words_or_a_script_with_rules(tag):
    assert note_on_language(tag) is None


@pytest.mark.parametrize("tag", ["xx", "sw", "english", "ko", ""])
def test_a_language_nothing_is_known_of_is_named_with_those_that_are_known(tag):
    note = note_on_language(tag)
    assert note.startswith(f"no words of {tag!r} are known")
    assert note.endswith(", ".join(LANGUAGES))
