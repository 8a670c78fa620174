"""Lexicons as people have them: words with their phones."""

from __future__ import annotations

import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ClipAudioError, LexiconError
from clipaudio.phonetics.ipa import read_ipa, split_ipa
from clipaudio.phonetics.lexicon import loads, read_lexicon

_HELLO = ("h", "ə", "l", "ˈoʊ")


@pytest.mark.parametrize(
    "text",
    [
        ";;; # CMUdict\nHELLO  HH AH0 L OW1\nHELLO(1)  HH EH0 L OW1\n",
        "\ufeffhello HH AH0 L OW1\r\n",
        "hello\tHH AH0 L OW1\n",
        "hello\t0.99\t0.14\t1.0\t1.0\tHH AH0 L OW1\n",
        "hello 1.0 HH AH0 L OW1\n",
        "hello HH_B AH0_I L_I OW1_E\n",
        "<unk> SPN\n!SIL SIL\nhello HH AH0 L OW1\n",
        "hello\th ə l ˈoʊ\n",
        "hello HH AH0 L OW1 # greeting, informal\n",
        "hello, HH AH0 L OW1\n",
    ],
    ids=["cmudict", "bom", "tab", "mfa", "lexiconp", "kaldi", "noise", "ipa", "comment", "comma"],
)
def test_phones_of_a_word_are_read_from_each_kind_of_lexicon(text):
    assert loads(text).find("Hello") == _HELLO


@pytest.mark.parametrize("text", ["hello\t/həˈloʊ/, /hɛˈloʊ/\n", "hello\thəˈloʊ\n", "hello\t/həˈloʊ/ /hɛˈloʊ/\n"])
def test_ipa_without_spaces_is_split_into_phones(text):
    assert loads(text).find("hello")[:4] == ("h", "ə", "ˈl", "oʊ")


def test_phones_are_those_of_the_first_pronunciation():
    assert loads("read  R EH1 D\nread(2)  R IY1 D\n").find("read") == ("ɹ", "ˈɛ", "d")


def test_phones_that_are_apart_are_kept_as_they_are_spelled():
    assert loads("aback\tə b ej c ʎ i\nchat\ttʃ æ t\n").find("aback") == ("ə", "b", "ej", "c", "ʎ", "i")


def test_ipa_with_marks_that_espeak_has_is_read_as_ipa():
    assert loads("midzomer\tmɪt'soː.mər\n").find("midzomer") == ("m", "ɪ", "t", "s", "oː", "m", "ə", "r")


def test_a_wrong_phone_of_a_long_lexicon_is_told_when_its_word_is_said():
    lines = [f"word{row}  W ER1 D" for row in range(3000)]
    lexicon = loads("\n".join([*lines, "bad  W QQ9 D"]))
    assert lexicon.find("word2999") == ("w", "ˈɝ", "d")
    with pytest.raises(LexiconError, match="'QQ9' is no phone") as caught:
        lexicon.find("bad")
    assert caught.value.line == 3001


def test_words_are_found_by_any_case_and_apostrophe():
    lexicon = loads("DON'T  D OW1 N T\nÉCOLE  EY1 K AO2 L\n")
    assert lexicon.find("Don’t") == ("d", "ˈoʊ", "n", "t")
    assert lexicon.find("école") is not None
    assert lexicon.find("none") is None


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "no words"),
        ("hello  HH AH0 L OW1\nworld\n", 2, "'world' has no phones"),
        ("hello  HH AH0 L OW1\nhi  HH QQ9\n", 2, "'QQ9' is no phone of arpabet"),
        ("hi  sil\n", 1, "no phones that sound"),
    ],
)
def test_a_wrong_line_is_named(text, line, message):
    with pytest.raises(LexiconError, match=message) as caught:
        loads(text)
    assert caught.value.line == line
    assert pickle.loads(pickle.dumps(caught.value)).line == line


def test_a_file_is_read_again_only_after_a_change(tmp_path):
    path = tmp_path / "words.dict"
    path.write_text("hello  HH AH0 L OW1\n", "utf-8")
    first = read_lexicon(path)
    assert read_lexicon(path) is first
    path.write_text("hello  HH AH0 L OW1\nhi  HH AY1\n", "utf-8")
    assert read_lexicon(path).find("hi") == ("h", "ˈaɪ")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\xff\xfe\x00")
    with pytest.raises(LexiconError, match="UTF-8"):
        read_lexicon(path)
    path.write_bytes(b"hello\n")
    with pytest.raises(LexiconError, match=r"a\.wav, line 1: 'hello' has no phones"):
        read_lexicon(path)


@given(st.text())
def test_any_text_is_a_lexicon_or_a_typed_error(text):
    try:
        found = loads(text)
    except ClipAudioError:
        return
    assert all(found.find(word) for word in found.entries)


@given(st.text("həˈloʊˌtʃɪkɪnd͡ʒaɪː̃ʰʲs zɹ̩.", max_size=30))
def test_split_phones_have_the_letters_of_the_ipa_in_order(text):
    parts = split_ipa(text)
    assert _letters("".join(parts)) == _letters(text)
    assert all(read_ipa(part).sounds for part in parts)


def _letters(text):
    return [c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] == "L" and c not in "ˈˌːʰʲ"]


@pytest.mark.parametrize(
    ("ipa", "parts"),
    [
        ("tʃɛs", ["tʃ", "ɛ", "s"]),
        ("t͡ʃɛs", ["t͡ʃ", "ɛ", "s"]),
        ("aʊɚ", ["aʊ", "ɚ"]),
        ("kʰæt̚", ["kʰ", "æ", "t̚"]),
        ("bʌtn̩", ["b", "ʌ", "t", "n̩"]),
        ("ˌɪntəˈnæʃnəl", ["ˌɪ", "n", "t", "ə", "ˈn", "æ", "ʃ", "n", "ə", "l"]),
        ("ks", ["k", "s"]),
        ("", []),
    ],
)
def test_affricates_and_diphthongs_stay_whole(ipa, parts):
    assert list(split_ipa(ipa)) == parts
