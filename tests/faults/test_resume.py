"""A download that breaks off and goes on: never two files in one, never less than the whole."""

from __future__ import annotations

import pytest

from clipaudio.errors import DownloadError, UrlExpiredError
from clipaudio.http.retry import Retry

HALF = 20_000


@pytest.fixture
def breaks(trial, peer, wav):
    """Break off after half a body, then answer each retry as told; give the body, and the download."""

    class Breaking:
        body = wav()

        def start(self, **headers):
            lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
            head = f"HTTP/1.1 200 X\r\nContent-Length: {len(self.body)}\r\n{lines}\r\n"
            return head.encode() + self.body[:HALF]

        def options(self, *answers):
            left = list(answers)
            return {
                "retry": Retry(attempts=len(answers) + 1, first=0.01),
                "sleep": lambda _: peer.script(trial.path(), *left.pop(0)),
            }

        def part(self, first, data, total, **headers):
            lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
            span = f"bytes {first}-{total - 1}/{total}"
            return f"HTTP/1.1 206 X\r\nContent-Range: {span}\r\n{lines}\r\n".encode() + data

        def rest(self, request):
            first = int(request.headers["range"][6:-1])
            return self.part(first, self.body[first:], len(self.body))

        def begin(self, **headers):
            return peer.script(trial.path(), self.start(**headers))

    return Breaking()


def test_a_reset_is_taken_up_where_it_broke_off(trial, peer, breaks):
    breaks.body = b"ID3\x04" + bytes(3_000_000)
    length = f'HTTP/1.1 200 X\r\nContent-Length: {len(breaks.body)}\r\nETag: "v1"\r\n\r\n'.encode()
    url = peer.script(trial.path(), length + breaks.body[:2_000_000], 0.1, None)
    done = trial.get(url, **breaks.options((breaks.rest,)))
    assert trial.target.read_bytes() == breaks.body
    assert done.bytes == len(breaks.body)
    assert 0 < int(peer.requests[1].headers["range"][6:-1]) <= 2_000_000


@pytest.mark.parametrize("missing", [1, 100])
def test_a_part_without_a_length_that_ends_early_is_not_the_whole(trial, breaks, missing):
    """An MP3 tells no length of its own: only what the first answer declared does."""
    breaks.body = b"ID3\x04" + bytes(50_000)
    url = breaks.begin(ETag='"v1"')
    short = breaks.part(HALF, breaks.body[HALF:-missing], len(breaks.body))
    trial.fails(url, DownloadError, f"{len(breaks.body) - missing} of {len(breaks.body)}", **breaks.options((short,)))


def test_a_part_without_a_length_that_is_too_long_is_not_the_whole(trial, breaks):
    breaks.body = b"ID3\x04" + bytes(50_000)
    url = breaks.begin(ETag='"v1"')
    long = breaks.part(HALF, breaks.body[HALF:] + b"more", len(breaks.body))
    trial.fails(url, DownloadError, f"{len(breaks.body) + 4} of {len(breaks.body)}", **breaks.options((long,)))


def test_a_part_that_ends_early_is_taken_up_once_more(trial, breaks):
    url = breaks.begin(ETag='"v1"')
    total = len(breaks.body)
    short = breaks.part(HALF, breaks.body[HALF:-100], total)
    trial.get(url, **breaks.options((short,), (breaks.part(total - 100, breaks.body[-100:], total),)))
    assert trial.target.read_bytes() == breaks.body


@pytest.mark.parametrize("headers", [{"ETag": 'W/"v1"'}, {"ETag": "v1"}, {"ETag": '"v1'}, {}])
def test_a_weak_sign_joins_nothing(trial, peer, breaks, wav, whole_answer, headers):
    other = wav(value=0.5)
    trial.get(breaks.begin(**headers), **breaks.options((whole_answer(200, other),)))
    if headers.get("ETag") != '"v1':  # what looks strong is only sent back: the server judges it
        assert "range" not in peer.requests[1].headers
    assert trial.target.read_bytes() == other


def test_a_file_that_is_shorter_now_than_the_part_is_taken_from_its_start(trial, peer, breaks, wav, whole_answer):
    """The clip was updated meanwhile: its new audio ends before the place where the old one broke off."""
    short = wav(100)
    refusal = whole_answer(416, b"", Content_Range=f"bytes */{len(short)}")
    done = trial.get(breaks.begin(ETag='"v1"'), **breaks.options((refusal,), (whole_answer(200, short),)))
    assert trial.target.read_bytes() == short
    assert done.bytes == len(short)
    assert "range" not in peer.requests[2].headers


def test_a_server_that_never_has_more_is_given_up(trial, breaks, whole_answer):
    refusal = whole_answer(416, b"")
    trial.fails(breaks.begin(ETag='"v1"'), DownloadError, "416|no more", **breaks.options(*[(refusal,)] * 3))


def test_a_url_that_dies_in_mid_download_is_told_and_leaves_nothing(trial, breaks, whole_answer):
    dead = whole_answer(403, b"<Error><Code>AccessDenied</Code></Error>")
    error = trial.fails(breaks.begin(ETag='"v1"'), UrlExpiredError, "answered 403", **breaks.options((dead,)))
    assert error.status == 403


def test_a_page_instead_of_the_rest_is_not_joined(trial, breaks, whole_answer):
    page = whole_answer(200, b"<html>Sign in</html>" * 2000)
    trial.fails(breaks.begin(ETag='"v1"'), DownloadError, "HTML or XML instead", **breaks.options((page,)))


def test_a_rest_that_is_compressed_is_refused(trial, breaks):
    rest = breaks.part(HALF, b"\x1f\x8b", len(breaks.body), Content_Encoding="gzip")
    trial.fails(breaks.begin(ETag='"v1"'), DownloadError, "compressed", **breaks.options((rest,)))


def test_many_parts_are_counted_against_the_cap(trial, peer, breaks):
    """The cap is for the whole file, not for each part."""
    breaks.body = b"ID3\x04" + bytes(3_000_000)
    start = b'HTTP/1.1 200 X\r\nETag: "v1"\r\n\r\n' + breaks.body[:2_000_000]
    url = peer.script(trial.path(), start, 0.1, None)
    options = breaks.options((breaks.rest,))
    trial.fails(url, DownloadError, "more than 2500000 bytes", max_bytes=2_500_000, **options)
    assert "range" in peer.requests[1].headers


VERSIONS = {
    "ETag": ('"v1"', '"v2"'),
    "Last-Modified": ("Fri, 20 Nov 2026 10:00:00 GMT", "Sat, 21 Nov 2026 10:00:00 GMT"),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_a_rest_of_another_version_is_not_joined(trial, breaks, wav, whole_answer, name):
    """The server ignores If-Range: its part says itself that it is of another file of the same length."""
    first, second = VERSIONS[name]
    other = wav(value=0.5)
    part = breaks.part(HALF, other[HALF:], len(other), **{name: second})
    url = breaks.begin(Date="Sun, 22 Nov 2026 10:00:00 GMT", **{name: first})
    trial.get(url, **breaks.options((part,), (whole_answer(200, other),)))
    assert trial.target.read_bytes() == other


def test_pieces_of_another_version_are_not_joined(trial, peer, wav):
    """The file changes while several connections share it, and the server ignores If-Range."""
    one, other = wav(8_000_000), wav(8_000_000, value=0.5)
    whole = f'HTTP/1.1 200 X\r\nContent-Length: {len(one)}\r\nETag: "v1"\r\n\r\n'.encode()

    def answer(request):
        if "range" not in request.headers:
            return whole + one[:1_000_000]
        first, last = map(int, request.headers["range"][6:].split("-"))
        head = f"HTTP/1.1 206 X\r\nContent-Range: bytes {first}-{last}/{len(one)}\r\nContent-Length: {last + 1 - first}"
        return f'{head}\r\nETag: "v2"\r\n\r\n'.encode() + other[first : last + 1]

    rest = []
    for at in range(1_000_000, len(one), 500_000):
        rest += [0.03, lambda request, at=at: b"" if "range" in request.headers else one[at : at + 500_000]]
    trial.get(peer.script(trial.path(), answer, *rest), deadline=60.0)
    assert trial.target.read_bytes() == one
    assert len(peer.requests) > 1
