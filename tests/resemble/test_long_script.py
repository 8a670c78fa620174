"""A long script is split at sentence ends, and no character is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import RequestError
from clipaudio.resemble.long_script import SCRIPT_LIMIT, split_script

TEXTS = st.text(st.sampled_from("ab .,!?…\n\t—“”世。é\u0301👩\u200d🚀<5"), max_size=120)


def squeezed(text):
    return "".join(text.split())


@given(TEXTS, st.integers(1, 30))
def test_pieces_are_short_and_hold_every_character_in_order(text, limit):
    pieces = split_script(text, limit=limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert squeezed("".join(pieces)) == squeezed(text)
    assert all(piece == piece.strip() for piece in pieces)


def test_pieces_end_with_sentences_and_are_as_long_as_they_can_be():
    text = " ".join(f"This is sentence number {row}, said by Dr. Smith at 5 p.m. on Monday." for row in range(300))
    pieces = split_script(text)
    assert all(piece.endswith("Monday.") for piece in pieces)
    assert all(SCRIPT_LIMIT - 80 < len(piece) <= SCRIPT_LIMIT for piece in pieces[:-1])


def test_a_piece_ends_with_a_paragraph_that_fills_half_of_it():
    assert split_script("One two. Three.\n\nFour. Five.", limit=25) == ["One two. Three.", "Four. Five."]
    assert split_script("One.\n\nTwo three four. Five six.", limit=25) == ["One.\n\nTwo three four.", "Five six."]


def test_a_sentence_that_is_too_long_is_split_at_a_mark_then_at_a_blank():
    assert split_script("aaaa bbbb, cccc dddd eeee.", limit=20) == ["aaaa bbbb,", "cccc dddd eeee."]
    assert split_script("aaaa bbbb cccc dddd", limit=10) == ["aaaa bbbb", "cccc dddd"]
    assert split_script("é\u0301" * 10, limit=5) == ["é\u0301" * 2] * 5


def test_marks_that_open_a_sentence_stay_with_it():
    assert split_script("He left. “Stay,” she said.", limit=20) == ["He left.", "“Stay,” she said."]


def test_ssml_and_limits_without_sense_are_refused():
    with pytest.raises(RequestError, match=r"has '<break time=\"1s\"/>'; elements of SSML cannot be split"):
        split_script('One. <break time="1s"/> Two.')
    assert split_script("5 < 6 and 7 > 6.") == ["5 < 6 and 7 > 6."]
    with pytest.raises(RequestError, match="limit is 0"):
        split_script("a", limit=0)
