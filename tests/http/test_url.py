"""Urls taken apart and shown without their secrets."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import UnsafeAddressError
from clipaudio.http.redact import redact
from clipaudio.http.url import _parse_any, next_url, parse_url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("file:///etc/passwd", "scheme 'file'"),
        ("data:audio/wav;base64,UklGRg==", "scheme 'data'"),
        ("ftp://example.com/a.wav", "scheme 'ftp'"),
        ("clip.wav", "scheme ''"),
        ("https:///a.wav", "names no host"),
        ("https://me:secret@example.com/", "user name or password"),
        ("https://me@example.com/", "user name or password"),
        ("https://example.com/\ud800", "half of a character"),
        ("https://example.com:0/", "port 0"),
        ("https://example.com:99999/", "cannot be understood"),
        ("https://example.com:x/", "cannot be understood"),
        ("https://[::1/", "cannot be understood"),
        ("https://[v1.x]/", "cannot be understood"),
        ("https://exa mple.com/", "cannot be understood"),
        ("https://example.com/a\r\nHost: evil", "control characters"),
        ("https://example.com\\@evil.example/", "backslash"),
        (f"https://{'é' * 70}.example/", "cannot be understood"),
        (f"https://{'e' * 64}.example/", "cannot be understood"),
        ("https://.example/", "cannot be understood"),
        ("https://a..example/", "cannot be understood"),
        ("https://a＜b.example/", "cannot be understood"),
        ("https://a\u3000b.example/", "cannot be understood"),
        ("https://[fe80::1％eth0]/", "cannot be understood"),
    ],
)
def test_urls_that_lead_nowhere_good_are_refused_with_the_reason(url, problem):
    with pytest.raises(UnsafeAddressError, match=problem) as caught:
        parse_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://me:SECRET@ex\u2100mple.com/", "https://me:SECRET", "https://[SECRET]/", "https://[::1/SECRET"]
)
def test_no_traceback_quotes_a_url_that_cannot_be_understood(url):
    with pytest.raises(UnsafeAddressError, match=r"cannot be understood") as caught:
        parse_url(url)
    assert "SECRET" not in "".join(traceback.format_exception(caught.value, chain=True)).split("Error:", 1)[1]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("HTTPS://Example.COM", "example.com", 443, "/"),
        ("http://example.com./x", "example.com", 80, "/x"),
        ("https://[2606:4700::1111]:8443/x?y=1#z", "2606:4700::1111", 8443, "/x?y=1"),
        ("https://bücher.example/ä?ö=%20", "xn--bcher-kva.example", 443, "/%C3%A4?%C3%B6=%20"),
        ("http://localhost./", "localhost", 80, "/"),
        ("http://example。com。/", "example.com", 80, "/"),
    ],
)
def test_a_url_is_taken_apart_as_the_wire_needs_it(url, host, port, path):
    target = parse_url(url)
    assert (target.host, target.port, target.path) == (host, port, path)


@given(st.from_regex(r"https?://[a-z]{1,9}\.example(:[1-9][0-9]{0,3})?(/[!-~]{0,20})?", fullmatch=True))
def test_a_target_written_out_is_the_same_target(url):
    try:
        target = parse_url(url)
    except UnsafeAddressError:
        return
    assert parse_url(target.url) == target


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.com/b"),
        ("c.wav?x", "https://example.com/a/c.wav?x"),
        ("//other.example/d", "https://other.example/d"),
        ("http://example.com/e", "http://example.com/e"),
        ("/\xc3\xa4", "https://example.com/ä"),
    ],
)
def test_a_redirect_is_read_relative_to_where_it_came_from(location, url):
    assert next_url(parse_url("https://example.com/a/b"), location) == url


@pytest.mark.parametrize("location", ["https://[::1", "/\xff"])
def test_a_redirect_that_is_no_url_is_refused(location):
    with pytest.raises(UnsafeAddressError, match=r"redirects to something that is no url"):
        next_url(parse_url("https://example.com/a"), location)


@given(st.text(max_size=40))
def test_whatever_is_redacted_loses_its_path_and_query(text):
    assert "SECRET" not in redact(f"https://example.com/SECRET{text}?k=SECRET")
    assert isinstance(redact(text), str)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:SECRET@example.com/x", "https://example.com/…"),
        ("https://[::1]:80/x", "https://[::1]:80/…"),
        ("file:///SECRET", "a url of scheme 'file'"),
        ("https://[::1/SECRET", "a malformed url"),
    ],
)
def test_a_redacted_url_shows_where_it_leads_only(url, shown):
    assert redact(url) == shown


WORDS = [
    "http://",
    "https://",
    "HTTP://",
    "a",
    "b-c",
    "example.com",
    "80",
    "08",
    "65536",
    "%41",
    "%zz",
    "x" * 64,
    "&s=0",
]
PARTS = st.sampled_from([*WORDS, *"-.:/?#_é@[] \\\n+;\x00"])


@given(st.lists(PARTS, max_size=8).map("".join))
def test_the_fast_way_to_parse_a_url_is_the_slow_way(text):
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        results = []
        for parse in (parse_url, _parse_any):
            try:
                results.append(parse(url))
            except UnsafeAddressError as error:
                results.append(str(error))
        assert results[0] == results[1]
