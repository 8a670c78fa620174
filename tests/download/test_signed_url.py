"""What a signed url says about its own death, and what a refusal says about it."""

from __future__ import annotations

import calendar
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.download.signed_url import expires_at, expiry_message, is_dead
from clipaudio.emulator.storage import LIFETIME, Storage
from clipaudio.http.redact import redactor

MOMENT = 1795377600  # 2026-11-22 20:00:00 UTC
SIGNED = "https://store.example/a/b.wav?X-Amz-Date=20261122T200000Z&X-Amz-Expires=3600&X-Amz-Signature=0f"


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)),  # noqa: DTZ001 - written as UTC below
    st.integers(0, 604_800),
    st.sampled_from(["X-Amz", "X-Goog"]),
)
def test_the_moment_is_that_of_signing_and_the_lifetime(signed, lifetime, signer):
    url = f"https://store.example/a?a=b&{signer}-Expires={lifetime}&{signer}-Date={signed:%Y%m%dT%H%M%SZ}#c"
    assert expires_at(url) == calendar.timegm(signed.timetuple()) + lifetime


@given(st.integers(0, 2**32))
def test_the_urls_of_the_emulator_say_when_they_die(now):
    storage = Storage(lambda: float(now))
    storage.origin = "http://127.0.0.1:1"
    assert expires_at(storage._signed("key")) == now + LIFETIME


@pytest.mark.parametrize(
    "query",
    [
        "",
        "X-Amz-Date=20261122T200000Z",
        "X-Amz-Expires=3600",
        "X-Amz-Date=20261122T200000Z&X-Goog-Expires=3600",
        "X-Amz-Date=20261322T200000Z&X-Amz-Expires=3600",
        "X-Amz-Date=20261122T206000Z&X-Amz-Expires=3600",
        "X-Amz-Date=00000101T000000Z&X-Amz-Expires=3600",
        "X-Amz-Date=2026-11-22T20:00:00Z&X-Amz-Expires=3600",
        "X-Amz-Date=20261122T200000&X-Amz-Expires=3600",
        "X-Amz-Date=２０２６1122T200000Z&X-Amz-Expires=3600",
        "X-Amz-Date=20261122T200000Z&X-Amz-Expires=-1",
        "X-Amz-Date=20261122T200000Z&X-Amz-Expires=1e3",
        "X-Amz-Date=20261122T200000Z&X-Amz-Expires=" + "9" * 400,
        "a=b&" * 1000 + "X-Amz-Date=20261122T200000Z&X-Amz-Expires=3600",
    ],
)
def test_a_url_that_says_nothing_sensible_says_nothing(query):
    assert expires_at(f"https://store.example/a?{query}") is None


def test_a_senseless_signer_does_not_hide_the_other():
    both = "X-Amz-Date=x&X-Amz-Expires=1&X-Goog-Date=20261122T200000Z&X-Goog-Expires=60"
    assert expires_at(f"https://store.example/a?{both}") == MOMENT + 60


@given(st.text(max_size=60))
def test_no_text_breaks_any_of_it(text):
    for url in (text, f"https://store.example/{text}", f"{SIGNED}&{text}", f"https://[{text}"):
        moment = expires_at(url)
        assert moment is None or moment >= 0
        assert expiry_message(url, {"date": text}, clock=lambda: 0.0)
        assert isinstance(redactor(url)(text), str)


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("Sun, 22 Nov 2026 21:00:30 GMT", "2026-11-22 21:00:00 UTC, 30 s before it was asked for"),
        ("Sun, 22 Nov 2026 23:00:00 GMT", "2026-11-22 21:00:00 UTC, 120 min before it was asked for"),
        ("Sun, 22 Nov 2026 20:30:00 GMT", "but was refused 30 min early: what signed it was withdrawn, or a clock is"),
        ("nonsense", "2026-11-22 21:00:00 UTC, 60 s before it was asked for"),
    ],
)
def test_the_clock_of_the_server_judges_and_ours_where_it_has_none(date, told):
    assert told in expiry_message(SIGNED, {"date": date}, clock=lambda: MOMENT + 3660.0)


def test_a_life_beyond_every_calendar_is_told_in_seconds():
    url = "https://store.example/a?X-Amz-Date=99991231T235959Z&X-Amz-Expires=999999999"
    assert re.search(r"until \d+ s after 1970, but", expiry_message(url, {}))


@pytest.mark.parametrize(
    ("status", "code", "dead"),
    [
        (400, "ExpiredToken", True),
        (400, "TokenRefreshRequired", True),
        (400, "InvalidArgument", False),
        (401, "", True),
        (403, "AccessDenied", True),
        (403, "SignatureDoesNotMatch", True),
        (404, "NoSuchKey", True),
        (410, "", True),
        (429, "ExpiredToken", False),
        (503, "SlowDown", False),
    ],
)
def test_a_refusal_is_the_end_of_a_url_or_only_of_a_try(status, code, dead):
    assert is_dead(status, f"<Error><Code>{code}</Code></Error>") is dead


def test_what_a_server_quotes_of_a_url_is_hidden():
    signature, token, credential = "5f" * 32, "Fwo%2FGZXIv%26" * 4, "AKIAIOSFODNN7EXAMPLE%2F20261122"
    url = f"https://store.example/{'t' * 40}/clip.wav?X-Amz-Credential={credential}&X-Amz-Signature={signature}"
    hide = redactor("https://app.example/short", f"{url}&X-Amz-Security-Token={token}")
    for quoted in (
        signature,
        signature.upper(),
        "t" * 40,
        token,
        "Fwo/GZXIv&" * 4,
        "Fwo/GZXIv&amp;" * 4,
        "AKIAIOSFODNN7EXAMPLE",
    ):
        assert hide(f"<A>{quoted}</A> clip.wav") == "<A>…</A> clip.wav"
