"""The fields of an update, checked before anything is sent."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import RequestError
from clipaudio.resemble.clip_update import ClipUpdate, RequestWarning, path_part

HOOK = "https://example.com/hook"
CIRCLE: dict[str, object] = {}
CIRCLE["again"] = CIRCLE
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "body": TEXTS,
            "voice_uuid": TEXTS,
            "title": TEXTS,
            "precision": st.sampled_from(["PCM_32", "PCM_16", "NEW"]),
            "sample_rate": st.integers(1, 192_000),
            "output_format": st.sampled_from(["wav", "opus"]),
            "include_timestamps": st.booleans(),
            "is_public": st.booleans(),
            "is_archived": st.booleans(),
            "raw": st.booleans(),
        },
    )
)
def test_what_is_given_is_sent_and_nothing_else(fields):
    sent = json.loads(ClipUpdate.of(fields).to_json())
    assert sent == {"include_timestamps": True, **fields}


def test_a_field_that_is_none_is_not_sent():
    assert ClipUpdate(include_timestamps=None).to_json() == b"{}"


def test_newer_fields_are_passed_on():
    update = ClipUpdate(extra={"suggestions": True, "style": {"mood": "calm"}})
    assert json.loads(update.to_json()) == {
        "include_timestamps": True,
        "suggestions": True,
        "style": {"mood": "calm"},
    }


def test_text_is_utf8_on_the_wire():
    assert "Héllo 你好 😀".encode() in ClipUpdate(body="Héllo 你好 😀").to_json()


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"callback_url": HOOK}, "callback_url", "the service reads callback_uri"),
        ({"extra": {"callback_url": HOOK}}, "callback_url", "the service reads callback_uri"),
        ({"extra": {"body": "x"}}, "body", "extra repeats a field"),
        ({"sample_rte": 22050}, "sample_rte", r"did you mean sample_rate\?"),
        ({"mood": 1}, "mood", r"not a field of a clip; pass newer fields in extra"),
        ({"callback_uri": "example.com/hook"}, "callback_uri", "no http or https url"),
        ({"callback_uri": "ftp://example.com/hook"}, "callback_uri", "no http or https url"),
        ({"callback_uri": ""}, "callback_uri", "no http or https url"),
        ({"callback_uri": "https:///hook"}, "callback_uri", "no http or https url"),
        ({"callback_uri": "https://example.com:x/SECRET"}, "callback_uri", "no http or https url"),
        ({"callback_uri": "https://example.com/a b"}, "callback_uri", "no http or https url"),
        ({"callback_uri": 7}, "callback_uri", "of type int, expected str"),
        ({"body": b"x"}, "body", "of type bytes, expected str"),
        ({"sample_rate": "22050"}, "sample_rate", "of type str, expected int"),
        ({"sample_rate": True}, "sample_rate", "of type bool, expected int"),
        ({"sample_rate": 0}, "sample_rate", "is 0, expected hertz"),
        ({"include_timestamps": 1}, "include_timestamps", "of type int, expected bool"),
        ({"body": "\ud800"}, "body", "a lone surrogate"),
        ({"extra": {"x": object()}}, "extra", "cannot be written as JSON"),
        ({"extra": CIRCLE}, "extra", "cannot be written as JSON"),
        ({"extra": None}, "extra", "of type NoneType, expected a dict"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(fields, field, message):
    with pytest.raises(RequestError, match=message) as caught:
        ClipUpdate.of(fields).to_json()
    assert caught.value.field == field
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({"precision": "PCM_64"}, "precision is PCM_64, known are PCM_32"),
        ({"sample_rate": 96000}, "sample_rate is 96000, known are 8000"),
        ({"output_format": "opus"}, "output_format is opus, known are wav"),
        ({"title": "x" * 257}, "title has 257 characters"),
        ({"body": "x" * 3001}, "body has 3001 characters without tags"),
    ],
)
def test_what_is_not_documented_warns_and_is_sent_all_the_same(fields, doubt):
    update = ClipUpdate.of(fields)
    with pytest.warns(RequestWarning, match=doubt):
        update.warn()
    assert json.loads(update.to_json()).items() >= fields.items()


def test_documented_values_do_not_warn():
    known = {"title": "x" * 256, "body": "<speak>" + "x" * 3000 + "</speak>", "precision": "ULAW", "sample_rate": 48000}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ClipUpdate.of({**known, "output_format": "flac"}).warn()


def test_the_callback_uri_stays_out_of_the_repr():
    assert "SECRET" not in repr(ClipUpdate(callback_uri="https://example.com/SECRET"))


@pytest.mark.parametrize("value", ["", "  ", ".", "..", "a\nb", "a\x00", None, 7])
def test_what_is_no_id_is_refused(value):
    with pytest.raises(RequestError, match=r"^clip is "):
        path_part("clip", value)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1))
def test_an_id_never_leaves_its_place_in_the_path(value):
    if value in {".", ".."}:
        return
    part = path_part("clip", value)
    assert not set("/?#\\ ") & set(part)
    assert part not in {".", ".."}
