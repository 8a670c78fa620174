"""The language of a text is found by its words or its script, and never wrongly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.timing.aligned import align
from clipaudio.timing.crop import crop_levels
from clipaudio.timing.language_detection import _SCRIPTS, detect_language
from clipaudio.timing.language_tables import TABLES
from clipaudio.timing.timeline import Timeline

TEXTS = {
    "de": (
        "Gestern waren wir mit den Kindern am See, und weil das "
        "Wasser noch zu kalt war, haben wir nur am Ufer gespielt."
    ),
    "en": (
        "Yesterday we went to the lake with the children, and because "
        "it was too cold to swim, they played on the shore."
    ),
    "es": (
        "Ayer fuimos al lago con los niños y, como el agua estaba demasiado fría, no pudimos nadar, pero jugaron en la "
        "orilla hasta la noche y todos estaban muy contentos cuando volvieron."
    ),
    "fr": (
        "Hier nous sommes allés au lac avec les enfants, et comme l'eau était trop froide, ils ont joué sur la rive."
    ),
    "it": (
        "Ieri siamo andati al lago con i bambini e, poiché l'acqua era troppo fredda, hanno giocato sulla riva con noi."
    ),
    "nl": (
        "Gisteren zijn wij met de kinderen naar het meer gegaan, en omdat het water te koud was, hebben zij alleen aan "
        "de oever gespeeld, maar ze wilden niet naar huis toen het donker werd."
    ),
    "pt": (
        "Ontem fomos ao lago com as crianças e, como a água estava muito fria, elas não puderam "
        "nadar, mas brincaram na "
        "margem até à noite e ninguém queria voltar para casa quando já não havia luz."
    ),
    "ja": "昨日、子どもたちと湖に行きました。",
    "ko": "어제 아이들과 호수에 갔어요.",
    "zh": "昨天我们和孩子们一起去了湖边，水很冷。",
    "th": "เมื่อวานเราไปทะเลสาบกับเด็กๆ",
}
UNDECIDED = [
    "Hello!",
    "OK, taxi, hotel, radio.",
    "No, no, no.",
    "La la la, do re mi.",
    "東京都庁",
    (
        "Ahir vam anar al llac amb els nens, però l'aigua era molt "
        "freda i no van poder nedar, així que van jugar a la vora."
    ),
    (
        "Gister het ons met die kinders na die meer gegaan, maar die "
        "water was te koud en hulle het net op die oewer gespeel."
    ),
    "I går tog vi til søen med børnene, men vandet var for koldt, og de kunne ikke svømme, så de legede på bredden.",
    "Igår åkte vi till sjön med barnen, men vattnet var för kallt och de kunde inte bada, så de lekte på stranden.",
    "Ieri am fost la lac cu copiii, dar apa era prea rece și nu au putut să înoate, așa că s-au jucat pe mal.",
    "Onte fomos ao lago cos nenos, pero a auga estaba moi fría e non puideron nadar, así que xogaron na beira.",
    "Jana tulikwenda ziwani na watoto, lakini maji yalikuwa baridi sana.",
    "Вчера мы ходили на озеро с детьми.",
    "Bonjour, and welcome to the show, mes amis!",
]


@pytest.mark.parametrize("language", TEXTS)
def test_the_language_of_a_text_is_found(language):
    assert detect_language(TEXTS[language]) == language
    assert detect_language(TEXTS[language].upper()) == language


@pytest.mark.parametrize("text", UNDECIDED)
def test_an_uncertain_text_has_no_language(text):
    assert detect_language(text) in {None, "en"}


@given(st.lists(st.sampled_from([*"de en es fr it nl pt".split()]), min_size=2, max_size=2, unique=True))
def test_two_languages_at_once_are_uncertain(languages):
    assert detect_language(" ".join(TEXTS[language] for language in languages)) in {None, *languages}


@given(st.text(max_size=60))
def test_any_text_has_a_known_language_or_none(text):
    assert detect_language(text) in {None, *_SCRIPTS, *TEXTS, *TABLES}


def test_the_language_is_found_unless_given():
    letters = Timeline(tuple(TEXTS["fr"]), np.arange(len(TEXTS["fr"]))[:, None] / 10 + [0, 0.1])
    found, given_, unknown = (
        align(letters, language=None),
        align(letters, language="en"),
        align(letters[:1], language=None),
    )
    assert (found.language, found.found_language) == ("fr", True)
    assert (given_.language, given_.found_language) == ("en", False)
    assert (unknown.language, unknown.found_language) == ("en", False)
    assert [one.assumed_language for one in (found, given_, unknown)] == [False, False, True]
    assert [crop_levels(one, 0.0, 0.1).assumed_language for one in (found, given_, unknown)] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("שלום עולם, מה נשמע?", "he"),
        ("Γεια σου κόσμε.", "el"),
        ("გამარჯობა", "ka"),
        ("Բարեւ աշխարհ", "hy"),
        ("வணக்கம் உலகம்", "ta"),
        ("నమస్కారం", "te"),
        ("ওহে বিশ্ব", "bn"),
        ("שלום, OK", "he"),
        ("אַ גוטן טאָג", None),  # Yiddish
        ("μῆνιν ἄειδε θεά", None),  # of antiquity
        ("নমস্কাৰ", None),  # Assamese
        ("नमस्ते दुनिया", None),  # Hindi, Marathi or Nepali
        ("ሰላም", None),  # Amharic or Tigrinya
        ("The letter α is the first of Greek", None),
    ],
)
def test_a_script_tells_its_language_where_it_has_only_one(text, language):
    assert detect_language(text) == language
