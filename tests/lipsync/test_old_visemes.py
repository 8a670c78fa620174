"""Labels of any alphabet into shapes."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.lipsync.old_visemes import ANY, letter_viseme, phone_viseme


@pytest.mark.parametrize(
    ("labels", "shapes"),
    [
        ("p b m pʰ P M bʲ p̪ k͡p ɡ͜b", "A"),
        ("t d n s z θ ð ʃ tʃ t͡ʃ ʧ dʒ k g ɡ ŋ j x r ʁ T CH NG iː ˈi IY1 ə IY IH0 ç", "B"),
        ("e ɛ æ ʌ EH AE1 ah0 AH2", "C"),
        ("a ɑː ã ˈa AA1 ä", "D"),
        ("ɔ o œ ɜː ER0 AO ɚ", "E"),
        ("u ʊ y w UW1 kʷ", "F"),
        ("f v ʋ F V", "G"),
        ("l ɫ l̩ L", "H"),
        ("h ʔ HH", ANY),
        ("aɪ AY aɪ̯ AY1", "DB"),
        ("aʊ", "DF"),
        ("AW", "DE"),
        ("eɪ EY", "CB"),
        ("oʊ OW oʊ1 ˌoʊ", "EF"),
        ("p͡f", "AG"),
    ],
)
def test_a_sound_has_its_shapes_in_every_spelling(labels, shapes):
    for label in labels.split():
        for form in ("NFC", "NFD"):
            found = phone_viseme(unicodedata.normalize(form, label))
            assert (label, found.shapes, found.is_known) == (label, tuple(shapes), True)


@pytest.mark.parametrize("label", ["", " ", ",", "ˈ", "ː", "˥˩", "‖", "sil", "SP", "1", "-"])
def test_what_is_no_sound_has_no_shape(label):
    assert phone_viseme(label).shapes == ()


@pytest.mark.parametrize("label", ["♪", "字", "Ω", "§a"])
def test_an_unknown_sound_is_neutral_and_said_to_be_unknown(label):
    found = phone_viseme(label)
    assert found.shapes[0] == "B"
    assert not found.is_known


@given(st.text(max_size=5))
@settings(deadline=None)
def test_no_label_closes_the_lips_without_a_bilabial(label):
    plain = unicodedata.normalize("NFD", label).lower()
    for found in (phone_viseme(label), letter_viseme(label)):
        assert set(found.shapes) <= {*"ABCDEFGH", ANY}
        if not set(plain) & set("pbmɓʙʘпбмπμ"):
            assert "A" not in found.shapes


CHART = (
    "p b t d ʈ ɖ c ɟ k ɡ q ɢ ʔ m ɱ n ɳ ɲ ŋ ɴ ʙ r ʀ ⱱ ɾ ɽ ɸ β f v θ ð s z ʃ ʒ ʂ ʐ ç ʝ x ɣ χ ʁ ħ ʕ h ɦ ɬ ɮ "
    "ʋ ɹ ɻ j ɰ l ɭ ʎ ʟ ʘ ǀ ǃ ǂ ǁ ɓ ɗ ʄ ɠ ʛ ʍ w ɥ ʜ ʢ ʡ ɕ ʑ ɺ ɧ i y ɨ ʉ ɯ u ɪ ʏ ʊ e ø ɘ ɵ ɤ o ə ɛ œ ɜ ɞ ʌ "
    "ɔ æ ɐ a ɶ ɑ ɒ ɚ ɝ ᵻ"
)


def test_every_letter_of_the_ipa_chart_is_known_with_and_without_marks():
    for letter in CHART.split():
        for label in (letter, "ˈ" + letter + "ː", letter + "\u0303\u0325", letter + "ʰ˥˩"):
            found = phone_viseme(label)
            assert (label, found.is_known, len(found.shapes)) == (label, True, 1)


def test_every_phone_of_the_sample_clips_is_known(data):
    labels = set()
    for path in data.glob("*.json"):
        pending = [json.loads(path.read_text(encoding="utf-8"))]
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                labels.update(x for x in value.get("phon_chars") or () if isinstance(x, str))
                pending.extend(value.values())
            elif isinstance(value, list):
                pending.extend(value)
    assert len(labels) > 20
    assert [label for label in labels if not phone_viseme(label).is_known] == []


@pytest.mark.parametrize(
    ("text", "shapes"),
    [("p", "A"), ("É", "C"), ("ф", "G"), ("ł", "H"), ("h", ANY), ("7", "CB"), (" ", ""), ("þ", "B")],
)
def test_a_letter_is_guessed(text, shapes):
    assert letter_viseme(text).shapes == tuple(shapes)
