"""What the service answers, in all its shapes."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipaudio.errors import (
    ApiError,
    AuthenticationError,
    ClipNotFoundError,
    RateLimitError,
    ServerError,
)
from clipaudio.http.redact import snippet
from clipaudio.http.retry import retry_after
from clipaudio.resemble.api_response import read_item
from clipaudio.resemble.authentication import ApiKey

ERRORS = {
    "REST, docs errors page": "Why the request failed",
    "openapi Error schema": "Error message; <string>; <field>: <string>",
    "websocket 401": "ConnectionFailure; Failed to establish a connection.",
    "websocket 400": "BadJSON; Invalid JSON: Provide your query",
    "node SDK DirectClipError type": "<string>",
    "rate limited knowledge item (docs)": "rate_limited; Must wait 1 minute",
}


def item(**fields):
    return json.dumps({"success": True, "item": {"uuid": "c1", **fields}}).encode()


def test_the_documented_answer_to_an_update_is_read(data):
    raw = (data / "v2_update_response_doc.json").read_bytes()
    clip = read_item(200, {}, raw)
    assert (clip.uuid, clip.title, clip.body) == ("CLIP_UUID", "Narration Intro", "Welcome to the product update")
    assert (clip.voice_uuid, clip.is_archived, clip.is_public) == ("VOICE_UUID", False, None)
    assert clip.created_at == clip.updated_at == datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
    assert (clip.extra, clip.raw) == ({}, raw)


def test_the_documented_answer_to_get_is_read_and_unknown_keys_are_kept(data):
    clip = read_item(200, {}, (data / "v2_get_clip_doc.json").read_bytes())
    assert (clip.audio_src, clip.duration) == ("https://...", 2.5)
    assert clip.timestamps["phon_chars"] == []
    assert set(clip.extra) == {"voice_name", "character_count", "last_generated_at"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-15T10:30:00Z", datetime(2024, 1, 15, 10, 30, tzinfo=UTC)),
        ("2024-01-15T10:30:00.000Z", datetime(2024, 1, 15, 10, 30, tzinfo=UTC)),
        ("2024-01-15T12:30:00.250+02:00", datetime(2024, 1, 15, 10, 30, 0, 250_000, tzinfo=UTC)),
        ("2024-01-15T10:30:00", datetime(2024, 1, 15, 10, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_aware_and_in_utc(text, moment):
    read = read_item(200, {}, item(created_at=text)).created_at
    assert read == moment
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("created_at", "yesterday"),
        ("updated_at", 1705314600),
        ("duration", "2.5"),
        ("duration", True),
        ("title", 7),
        ("is_public", "no"),
        ("timestamps", []),
    ],
)
def test_a_known_key_of_an_unknown_kind_is_kept_aside(key, value):
    clip = read_item(200, {}, item(**{key: value}))
    assert getattr(clip, key) is None
    assert clip.extra == {key: value}


def test_null_is_none_and_signed_urls_stay_out_of_the_repr():
    clip = read_item(200, {}, item(title=None, audio_src="https://example.com/a?sig=SECRET"))
    assert (clip.title, clip.extra) == (None, {})
    assert "SECRET" not in repr(clip)


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("where", ERRORS)
def test_each_known_shape_of_error_is_read(data, where, status):
    shapes = {one["where"]: one["body"] for one in json.loads((data / "errors_doc.json").read_bytes())}
    assert shapes.keys() == ERRORS.keys()
    with pytest.raises(ApiError) as caught:
        read_item(status, {}, json.dumps(shapes[where]).encode())
    assert f"said: {ERRORS[where]}" in str(caught.value)
    if where == "websocket 401" and status == 200:
        assert isinstance(caught.value, AuthenticationError)
    assert isinstance(caught.value, ServerError) == (status == 500)


def test_the_first_versions_list_of_errors_is_read():
    with pytest.raises(ApiError, match=r"said: no voice, no body; check the fields"):
        read_item(422, {}, b'{"errors": ["no voice", "no body"]}')


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (301, ApiError, "check base_url"),
        (400, ApiError, "check the fields"),
        (401, AuthenticationError, "check RESEMBLE_API_KEY"),
        (403, AuthenticationError, "this key is not allowed"),
        (404, ClipNotFoundError, "check the project and clip ids"),
        (405, ApiError, "try method='PATCH'"),
        (418, ApiError, "see the service's documentation"),
        (429, RateLimitError, "wait before"),
        (500, ServerError, "try again later"),
        (503, ServerError, "try again later"),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>\n<h1>Oops</h1>", b'{"success": false, "message": "no"}', b"[1]"])
def test_each_status_has_its_error_and_its_advice(status, kind, advice, body):
    with pytest.raises(ApiError, match=advice) as caught:
        read_item(status, {}, body)
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.body == snippet(body)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), vars(again)) == (kind, str(caught.value), vars(caught.value))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "an empty body"),
        (b" \n", "an empty body"),
        (b"<!DOCTYPE html><title>Sign in", "HTML or XML"),
        (b"OK", "a body that is no JSON"),
        (b'{"success": true', "a body that is no JSON"),
        (b"\xff\xfe", "a body that is no JSON"),
        (b"[" * 500_000, "a body that is no JSON"),
        (b"null", "JSON of type NoneType"),
        (b"[]", "JSON of type list"),
        (b'{"success": true}', "without an item that has a uuid"),
        (b'{"success": true, "item": []}', "without an item that has a uuid"),
        (b'{"success": true, "item": {"title": "x"}}', "without an item that has a uuid"),
    ],
)
def test_a_200_that_is_no_clip_is_a_server_error(body, found):
    with pytest.raises(ServerError, match=found) as caught:
        read_item(200, {}, body)
    assert caught.value.status == 200


def test_a_byte_order_mark_is_passed_over():
    assert read_item(200, {}, b"\xef\xbb\xbf" + item()).uuid == "c1"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("9" * 400, None),
        ("²", None),
        ("Mon, 01 Jan 2024 00:00:30 GMT", 30.0),
        ("Mon, 01 Jan 2024 00:00:30 -0000", 30.0),
        ("Sun, 31 Dec 2023 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(text, seconds):
    def now():
        return datetime(2024, 1, 1, tzinfo=UTC)

    assert retry_after({"retry-after": text}, now=now) == seconds
    with pytest.raises(RateLimitError) as caught:
        read_item(429, {"retry-after": text}, b"{}", now=now)
    assert caught.value.retry_after == seconds


def test_without_a_date_of_its_own_the_wall_clock_counts():
    assert retry_after({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}) == 0.0


@given(st.text(max_size=60))
@example("Fri, 31 Dec 99999999999999999999 23:59:59 GMT")
@example("Fri, 31 Dec 1999 23:59:59 +9999999999999999999")
def test_no_retry_after_breaks_the_reader(text):
    seconds = retry_after({"retry-after": text})
    assert seconds is None or seconds >= 0


@given(st.binary(max_size=2000))
def test_a_snippet_is_one_short_printable_line(body):
    text = snippet(body)
    assert len(text) <= 301
    assert text.isprintable()


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_breaks_the_reader(status, body):
    with pytest.raises(ApiError):
        read_item(status, {}, body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["success", "error", "errors", "message", "issues", "error_name", "status_code", "x"]


@given(st.integers(100, 599), st.dictionaries(st.sampled_from(KEYS), json_values))
def test_no_envelope_breaks_the_reader(status, document):
    with pytest.raises(ApiError):
        read_item(status, {}, json.dumps(document).encode())


@pytest.mark.parametrize("before", range(270, 302))
@pytest.mark.parametrize("status", [200, 401])
def test_a_key_the_service_echoes_is_taken_out_wherever_the_message_is_cut(before, status):
    scrub = ApiKey("ZQ-0123456789abcdef").scrub
    for body in (
        json.dumps({"success": False, "message": "x" * before + "ZQ-0123456789abcdef"}).encode(),
        b"<" + b"x" * before + b"ZQ-0123456789abcdef",
    ):
        with pytest.raises(ApiError) as caught:
            read_item(status, {}, body, scrub=scrub)
        assert "ZQ" not in str(caught.value) + caught.value.body


def test_what_the_service_says_moves_no_cursor():
    with pytest.raises(ApiError, match=r"said: a\?\[2Jb c;"):
        read_item(400, {}, b'{"success": false, "message": "a\\u001b[2Jb\\nc"}')


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created_at", "0001-01-01T00:00:00+23:59"),
        ("updated_at", "9999-12-31T23:59:59-23:59"),
        ("duration", 10**400),
    ],
)
def test_a_value_beyond_every_range_is_kept_as_it_came(name, value):
    clip = read_item(200, {}, item(**{name: value}))
    assert getattr(clip, name) is None
    assert clip.extra == {name: value}
