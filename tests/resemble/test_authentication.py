"""Keys and secrets are used and never shown."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import RequestError
from clipaudio.resemble.authentication import ApiKey, find_key, new_secret

KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8)


def test_the_key_given_goes_before_the_environment():
    assert find_key("mine", environ={"RESEMBLE_API_KEY": "theirs"}).header() == "Bearer mine"
    assert find_key(environ={"RESEMBLE_API_KEY": " theirs\n"}).header() == "Bearer theirs"
    assert find_key(ApiKey("made")).header() == "Bearer made"


def test_without_a_key_the_message_tells_what_to_do():
    with pytest.raises(RequestError, match=r"set the environment variable RESEMBLE_API_KEY, or pass key=") as caught:
        find_key(environ={})
    assert caught.value.field == "key"


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\rX-Evil: 1", "schlüssel", "a\x00b"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(text):
    with pytest.raises(RequestError, match=r"API key") as caught:
        find_key(text)
    assert not text.strip() or text not in str(caught.value)


@given(KEYS)
def test_no_key_shows_in_text_and_none_is_pickled(text):
    key = ApiKey(text)
    assert repr(key) == str(key) == f"{key}" == "ApiKey('…')"
    assert text not in key.scrub(f"Token {text} is unknown")
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"not pickled") as caught:
            attempt(key)
        assert text not in str(caught.value)


def test_secrets_are_long_fresh_and_fit_for_a_path():
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 32 and one.replace("-", "").replace("_", "").isalnum() for one in made)  # 192 bits
