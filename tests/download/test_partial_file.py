"""A download that breaks off goes on from there where that is proven safe, and begins anew where it is not."""

from __future__ import annotations

import struct

import pytest

from clipaudio.download.task import download
from clipaudio.errors import DownloadError
from clipaudio.http.retry import Retry


def wav(value=0, frames=50_000):
    data = struct.pack("<h", value) * frames
    chunk = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 22050, 44100, 2, 16)
    body = chunk + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


BODY = wav()
HALF = 40_000


def cut(body, **headers):
    """Half of an answer, then the end of the connection."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body[:HALF]


@pytest.fixture
def get(peer, tmp_path):
    """Download what *answers* send, one a go; give the result and what was asked."""

    def run(*answers, attempts=None):
        left = list(answers)
        url = peer.script("/a", left.pop(0))
        done = download(
            url,
            tmp_path / "clip.wav",
            allow_private=True,
            retry=Retry(attempts=attempts or len(answers)),
            sleep=lambda _: peer.script("/a", left.pop(0)),
        )
        return done, [request.headers for request in peer.requests]

    return run


def test_it_goes_on_from_where_it_broke_off(get, whole_answer, tmp_path):
    rest = whole_answer(206, BODY[HALF:], Content_Range=f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}", ETag='"v1"')
    done, asked = get(cut(BODY, ETag='"v1"'), rest)
    assert (tmp_path / "clip.wav").read_bytes() == BODY
    assert (done.bytes, done.is_length_proven) == (len(BODY), True)
    assert (asked[1]["range"], asked[1]["if-range"]) == (f"bytes={HALF}-", '"v1"')


def test_a_date_of_change_proves_it_too(get, whole_answer, tmp_path):
    date = "Fri, 20 Nov 2026 10:00:00 GMT"
    rest = whole_answer(206, BODY[HALF:], Content_Range=f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}")
    _, asked = get(cut(BODY, Last_Modified=date, Date="Fri, 20 Nov 2026 10:00:10 GMT"), rest)
    assert asked[1]["if-range"] == date
    assert (tmp_path / "clip.wav").read_bytes() == BODY


def test_a_file_that_changed_meanwhile_begins_anew(get, whole_answer, tmp_path):
    other = wav(7, 60_000)
    done, _ = get(cut(BODY, ETag='"v1"'), whole_answer(200, other, ETag='"v2"'))
    assert (tmp_path / "clip.wav").read_bytes() == other
    assert done.bytes == len(other)


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"v1"'}])
def test_without_proof_nothing_is_joined(get, whole_answer, tmp_path, headers):
    other = wav(7)
    _, asked = get(cut(BODY, **headers), whole_answer(200, other))
    assert "range" not in asked[1]
    assert (tmp_path / "clip.wav").read_bytes() == other


@pytest.mark.parametrize(
    "content_range",
    [
        f"bytes {HALF + 1}-{len(BODY) - 1}/{len(BODY)}",
        f"bytes {HALF}-{len(BODY) - 1}/{len(BODY) + 5}",
        f"bytes {HALF}-{len(BODY) + 9}/{len(BODY)}",
        f"bytes */{len(BODY)}",
        f"bytes {HALF}-{len(BODY) - 1}/{'9' * 5000}",
        "items 1-2/3",
        "",
    ],
)
def test_another_part_than_was_asked_for_is_thrown_away(get, whole_answer, tmp_path, content_range):
    wrong = whole_answer(206, BODY[HALF:], Content_Range=content_range, ETag='"v1"')
    _, asked = get(cut(BODY, ETag='"v1"'), wrong, whole_answer(200, BODY))
    assert "range" not in asked[2]
    assert (tmp_path / "clip.wav").read_bytes() == BODY


def test_a_server_that_has_no_more_is_asked_for_all(get, whole_answer, tmp_path):
    get(cut(BODY, ETag='"v1"'), whole_answer(416, b""), whole_answer(200, BODY))
    assert (tmp_path / "clip.wav").read_bytes() == BODY


def test_it_may_break_off_many_times(get, tmp_path):
    def piece(first, last):
        head = f'HTTP/1.1 206 X\r\nContent-Length: {len(BODY) - first}\r\nETag: "v1"\r\n'
        return f"{head}Content-Range: bytes {first}-{len(BODY) - 1}/{len(BODY)}\r\n\r\n".encode() + BODY[first:last]

    get(cut(BODY, ETag='"v1"'), piece(HALF, 60_000), piece(60_000, 80_000), piece(80_000, len(BODY)))
    assert (tmp_path / "clip.wav").read_bytes() == BODY


def test_in_the_end_it_is_given_up_and_nothing_is_left(get, tmp_path):
    with pytest.raises(DownloadError, match="did not arrive whole"):
        get(*[cut(BODY)] * 3)
    assert list(tmp_path.iterdir()) == []


def test_a_part_nobody_asked_for_is_no_clip(get, whole_answer, tmp_path):
    with pytest.raises(DownloadError, match="206 instead of 200"):
        get(whole_answer(206, BODY[HALF:], Content_Range=f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_kind_in_the_second_go_leaves_nothing_under_the_first_name(peer, whole_answer, tmp_path):
    (tmp_path / "clip.wav").write_bytes(b"an old one")
    mp3 = b"ID3\x04" + bytes(50_000)
    done = download(
        peer.script("/a", cut(BODY, ETag='"v1"')),
        tmp_path / "clip",
        add_suffix=True,
        allow_private=True,
        sleep=lambda _: peer.script("/a", whole_answer(200, mp3, ETag='"v2"')),
    )
    assert (done.path, done.path.read_bytes()) == (tmp_path / "clip.mp3", mp3)
    assert (tmp_path / "clip.wav").read_bytes() == b"an old one"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.wav", "clip.mp3"}


CHUNKED = f'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nETag: "v1"\r\n\r\n{HALF:x}\r\n'.encode() + BODY[:HALF]


def part(first, last, total):
    """A part that is whole by its own length."""
    head = f'HTTP/1.1 206 X\r\nContent-Length: {last - first}\r\nETag: "v1"\r\n'
    return f"{head}Content-Range: bytes {first}-{last - 1}/{total}\r\n\r\n".encode() + BODY[first:last]


def test_the_part_tells_the_length_where_the_first_go_told_none(get, tmp_path):
    done, asked = get(CHUNKED, part(HALF, 60_000, len(BODY)), part(60_000, len(BODY), len(BODY)))
    assert (tmp_path / "clip.wav").read_bytes() == BODY
    assert (done.is_length_proven, asked[2]["range"]) == (True, "bytes=60000-")


def test_a_part_that_does_not_know_the_whole_proves_no_length(get):
    with pytest.raises(DownloadError, match=r"closed after 60000 of"):
        get(CHUNKED, part(HALF, 60_000, "*"), attempts=2)
    done, _ = get(CHUNKED.replace(b"RIFF", b"ID3\x04"), part(HALF, 60_000, "*"))
    assert (done.bytes, done.is_length_proven) == (60_000, False)


@pytest.mark.parametrize(
    ("date", "is_proof"),
    [
        ("Fri, 20 Nov 2026 10:00:00 GMT", False),
        ("Fri, 20 Nov 2026 10:00:01 GMT", True),
        ("Fri, 20 Nov 2026 09:00:00 GMT", False),
        ("yesterday", False),
        (None, False),
    ],
)
def test_a_recent_date_of_change_does_not_prove_that_the_file_is_the_same(get, whole_answer, date, is_proof):
    dates = {"Last_Modified": "Fri, 20 Nov 2026 10:00:00 GMT", **({"Date": date} if date else {})}
    _, asked = get(cut(BODY, **dates), whole_answer(200, BODY))
    assert ("if-range" in asked[1]) is is_proof


def test_a_part_of_more_than_is_allowed_is_refused_before_it_is_taken(get, tmp_path):
    with pytest.raises(DownloadError, match=r"sends more than \d+ bytes"):
        get(CHUNKED, part(HALF, 60_000, 10**12))
    assert list(tmp_path.iterdir()) == []


def test_it_goes_on_behind_a_redirect_to_another_host_too(get, whole_answer, peer, other_peer, tmp_path):
    rest = whole_answer(206, BODY[HALF:], Content_Range=f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}", ETag='"v1"')
    there = other_peer.script("/b", lambda request: rest if "range" in request.headers else cut(BODY, ETag='"v1"'))
    redirect = whole_answer(302, b"", Location=there)
    get(redirect, redirect)
    assert (tmp_path / "clip.wav").read_bytes() == BODY
    assert [request.headers.get("range") for request in other_peer.requests] == [None, f"bytes={HALF}-"]
    assert len(peer.requests) == 2
