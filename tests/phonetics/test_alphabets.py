"""Labels of ASCII alphabets and of espeak-ng into IPA, and which alphabet a clip is in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.phonetics.alphabet_tables import ARPABET, KIRSHENBAUM, XSAMPA
from clipaudio.phonetics.alphabets import ALPHABETS, detect_alphabet, to_ipa
from clipaudio.phonetics.articulation import SoundKind
from clipaudio.phonetics.phones import PhoneKind, read_phone


@pytest.mark.parametrize(
    ("alphabet", "table"), [("arpabet", ARPABET), ("xsampa", XSAMPA), ("kirshenbaum", KIRSHENBAUM)]
)
def test_every_symbol_of_an_alphabet_is_understood(alphabet, table):
    for symbol, ipa in table.items():
        is_mark = alphabet != "arpabet" and not read_phone(ipa).sounds
        label = f"a{symbol}" if is_mark else symbol  # a mark stands behind a letter
        assert all(sound.kind != SoundKind.UNKNOWN for sound in read_phone(label, alphabet).sounds), symbol


@pytest.mark.parametrize(
    ("alphabet", "pairs"),
    [
        ("arpabet", "AY1=ˈaɪ ay1=ˈaɪ AH0=ə AH1=ˈʌ ER0=ɚ HH=h hh=h NG=ŋ JH=d͡ʒ OW2=ˌoʊ AXR=ɚ"),
        ("xsampa", 't_S=t͡ʃ @U=əʊ "a:=ˈaː r\\`=ɻ 3`=ɝ s_d=s̪ u_w=uʷ k_>=kʼ E~=ɛ̃ |\\|\\=ǁ %i=ˌi n=n {=æ } =ʉ b_<=ɓ'),
        ("kirshenbaum", "t.=ʈ n^=ɲ &=æ 'oU=ˈoʊ V\"=ɜ p`=pʼ h<?>=ɦ t<lbv>=k͡p tS=tʃ u-=ɯ s[=s̪"),
        ("espeak", 's.=ʂ ts.h=tʂʰ i.5=i.5 t[=t̪ ˈε=ˈε aɜ=a ɜː=ɜː ?a=ʔa tS=tʃ o-5=ɤ5 u"=ʉ onɡ5=oŋ5 kh=kʰ dZ=dʒ oe:=œ:'),
        ("ipa", "ˈiː=ˈiː (en)= sil= <eps>="),
    ],
)
def test_a_label_is_spelled_in_ipa(alphabet, pairs):
    for pair in pairs.replace("} ", "}").split():
        label, ipa = pair.split("=")
        assert to_ipa(label, alphabet) == ipa
        assert read_phone(label, alphabet).sounds == read_phone(ipa).sounds


@pytest.mark.parametrize(("label", "alphabet"), [("Ж", "arpabet"), ("XX", "arpabet"), ("ж", "xsampa"), ("ж", "espeak")])
def test_what_cannot_be_read_is_unknown_and_not_silent(label, alphabet):
    assert {sound.kind for sound in read_phone(label, alphabet).sounds} == {SoundKind.UNKNOWN}


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("label", ["", " ", ",", ".", "sil", "SP", "<eps>", "_", "(fr)"])
def test_silence_is_silence_in_every_alphabet(label, alphabet):
    assert read_phone(label, alphabet).sounds == ()


def test_an_unknown_alphabet_is_refused_with_the_names_of_all():
    with pytest.raises(ExportError, match="alphabet 'klingon' is not known; expected one of ipa, arpabet, xsampa"):
        to_ipa("a", "klingon")


@pytest.mark.parametrize(
    ("labels", "name", "least"),
    [
        ("h ə l ˈoʊ", "ipa", 1.0),
        ("h e l o", "ipa", 0.9),
        ("t͡ʃ ä ʔ !", "ipa", 1.0),
        ("HH AH0 L OW1 , W ER1 L D", "arpabet", 1.0),
        ("hh ah0 l ow1 w er1 l d", "arpabet", 1.0),
        ("DH AH S T AO R IY", "arpabet", 1.0),
        ("dh ah s t ao r iy", "arpabet", 1.0),
        ("h# sh iy hv ae dcl d axr h#", "arpabet", 1.0),
        ("sil HH AY sil", "arpabet", 1.0),
        ('h @ " l @U', "xsampa", 0.9),
        ("tS aI l d h U d", "xsampa", 0.6),
        ("b E r\\ i", "xsampa", 1.0),
        ("h @ 'l oU k&t", "kirshenbaum", 0.9),
        ("n^ o t. a", "kirshenbaum", 0.9),
        ("(en) h ə (ja) k", "espeak", 1.0),
        ("s. ˈi.5 ts.h ə", "espeak", 1.0),
        ("t[ ɑ: S u:", "espeak", 0.9),
    ],
)
def test_the_labels_of_a_clip_tell_their_alphabet(labels, name, least):
    found, confidence = detect_alphabet(labels.split(" "))
    assert found == name
    assert least <= confidence <= 1.0


@pytest.mark.parametrize("odd", ["?", "!", ".", "br", "ns", "oov", "XX", "@", "<p:>", "{LG}", "SIL_S", "<usb>", "spn"])
@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ("HH UW1 IH1 Z IH1 T", "arpabet"),
        ("hh_B uw_E ih_B z_E ih_B t_E", "arpabet"),
        ("h ə l oʊ w ɜː l d", "ipa"),
        ("h_B ə_I l_I oʊ_E", "ipa"),
        ('h @ l @U " k { t', "xsampa"),
        ("s. ˈi.5 ts.h ə", "espeak"),
    ],
)
def test_one_odd_label_changes_no_alphabet(labels, name, odd):
    assert detect_alphabet(labels.split()).name == name
    assert detect_alphabet([*labels.split(), odd]).name == name


@pytest.mark.parametrize(
    "noise", ["sil", "SIL", "SIL_S", "sp", "spn", "<eps>", "<p:>", "<usb>", "{LG}", "[noise]", "br"]
)
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_names_of_silence_and_noise_are_no_sounds(noise, alphabet):
    assert read_phone(noise, alphabet).sounds == ()


@pytest.mark.parametrize("suffix", ["_B", "_I", "_E", "_S"])
@pytest.mark.parametrize(
    ("label", "alphabet"), [("hh", "arpabet"), ("AH0", "arpabet"), ("t͡ʃ", "ipa"), ("@U", "xsampa")]
)
def test_position_suffixes_are_no_part_of_the_phone(label, alphabet, suffix):
    assert read_phone(label + suffix, alphabet) == read_phone(label, alphabet)


def test_what_is_readable_in_two_alphabets_is_less_sure():
    name, confidence = detect_alphabet(["S", "T", "N"])
    assert name in {"arpabet", "xsampa"}
    assert confidence <= 0.6


@pytest.mark.parametrize("labels", [[], [" ", ",", "sil"], ["♪"]])
def test_without_sounds_nothing_is_sure(labels):
    assert detect_alphabet(labels)[1] == 0.0


def test_every_voice_of_espeak_is_found_to_be_ipa_or_that_of_espeak(data):
    inventory = json.loads((data / "lipsync" / "espeak_tokens.json").read_text("utf-8"))
    for voice, tokens in inventory.items():
        name, confidence = detect_alphabet(tokens)
        assert (voice, name in {"ipa", "espeak"}, confidence > 0.9) == (voice, True, True)


@given(st.lists(st.text(max_size=4), max_size=8))
def test_any_labels_give_an_alphabet_that_reads_them(labels):
    name, confidence = detect_alphabet(labels)
    assert name in ALPHABETS
    assert 0.0 <= confidence <= 1.0
    for label in labels:
        assert read_phone(label, name).kind in PhoneKind
