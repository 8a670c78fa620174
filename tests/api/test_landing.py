"""A download that breaks off goes on from there where that is proven safe, and begins anew where it is not."""

from __future__ import annotations

import struct

import pytest

from clipaudio.api.download import download
from clipaudio.api.retrying import Retry
from clipaudio.errors import DownloadError


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
    _, asked = get(cut(BODY, Last_Modified=date), rest)
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
