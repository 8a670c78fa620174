"""Audio arrives whole under its name, or not at all."""

from __future__ import annotations

import hashlib
import io
import pickle
import re
import socket
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.download.local_audio import local_audio
from clipaudio.download.sniff import audio_suffix, bytes_to_sniff
from clipaudio.download.task import download
from clipaudio.errors import (
    ClipAudioError,
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    RequestError,
    UnsafeAddressError,
    UrlExpiredError,
)
from clipaudio.file_names import safe_name
from clipaudio.http.client import HttpTransport
from clipaudio.http.retry import Retry


def wav(frames=1000, form=b"RIFF"):
    """Return a small WAV file."""
    order = ">" if form == b"RIFX" else "<"
    pcm = bytes(2 * frames)
    chunk = b"fmt " + struct.pack(order + "IHHIIHH", 16, 1, 1, 22050, 44100, 2, 16)
    data = b"data" + struct.pack(order + "I", len(pcm)) + pcm
    return form + struct.pack(order + "I", 4 + len(chunk) + len(data)) + b"WAVE" + chunk + data


def encoded(form):
    """Return a tone as libsndfile writes it."""
    file = io.BytesIO()
    tone = np.sin(np.linspace(0, 400, 22050))
    soundfile.write(file, tone, 22050, format=form)
    return file.getvalue()


def get(url, target, **options):
    return download(url, target, **{"allow_private": True, "deadline": 5.0, "retry": Retry(attempts=1), **options})


def test_the_file_is_the_body_and_the_facts_are_told(peer, tmp_path):
    body = wav(200_000)
    seen = []
    url = peer.answer("/a.mp3?sig=x", 200, body, Content_Type="audio/wav")
    done = get(url, tmp_path / "clip.wav", progress=lambda *facts: seen.append(facts))
    assert (tmp_path / "clip.wav").read_bytes() == body
    assert (done.path, done.bytes, done.content_type) == (tmp_path / "clip.wav", len(body), "audio/wav")
    assert done.sha256 == hashlib.sha256(body).hexdigest()
    assert done.is_length_proven
    assert seen[-1] == (len(body), len(body))
    assert [one for one, _ in seen] == sorted({one for one, _ in seen})
    assert "authorization" not in peer.requests[0].headers


def test_a_redirect_to_signed_storage_is_followed(peer, other_peer, tmp_path):
    url = peer.answer("/blob", 302, Location=other_peer.answer("/signed?X-Amz-Signature=s", 200, wav()))
    assert get(url, tmp_path / "clip.wav").bytes == len(wav())


@pytest.mark.parametrize(
    ("form", "suffix"), [("WAV", ".wav"), ("RF64", ".wav"), ("MP3", ".mp3"), ("OGG", ".ogg"), ("FLAC", ".flac")]
)
def test_the_suffix_comes_from_the_bytes(peer, tmp_path, form, suffix):
    body = encoded(form)
    done = get(peer.answer("/clip.txt", 200, body), tmp_path / "cecad6f9", add_suffix=True)
    assert done.path == tmp_path / f"cecad6f9{suffix}"
    assert done.path.read_bytes() == body


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"RIFF",
        b"RIFF____AVI ",
        b"\xff\xfb",
        b"\xff\xff\xff\xff",
        b"\xff\xf9\x00\x00",
        b"\xff\xeb\x90\x00",
        b"PK\x03\x04",
        b"\xff\xfb\xf0\x00",
        b"\xff\xfb\x9c\x00",
    ],
)
def test_what_is_no_audio_has_no_suffix(head):
    assert audio_suffix(head) is None


@pytest.mark.parametrize(
    "head", [b"\xff\xfb\x90\x00", b"\xff\xf3\x40\x00", b"\xff\xe3\x40\x00", b"ID3\x03", wav(1, b"RIFX")]
)
def test_other_beginnings_of_audio_are_known(head):
    assert audio_suffix(head) in {".mp3", ".wav"}


def test_small_blocks_are_gathered_before_the_first_bytes_are_judged(peer, tmp_path):
    drip = [piece for one in wav(10) for piece in (bytes([one]), 0.001)]
    url = peer.script("/a", b"HTTP/1.1 200 X\r\n\r\n", *drip)
    done = get(url, tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes() == wav(10)
    assert (done.is_length_proven, done.content_type) == (True, None)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_dead_url_says_to_ask_for_the_clip_again(peer, tmp_path, status):
    xml = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    with pytest.raises(UrlExpiredError, match=r"ask for the clip again .*Request has expired") as caught:
        get(peer.answer("/a?sig=SECRET", status, xml), tmp_path / "a.wav")
    assert caught.value.status == status
    assert "SECRET" not in str(caught.value)


def test_a_dead_url_is_dead_however_its_page_ends(peer, tmp_path):
    url = peer.script("/a", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 999\r\n\r\n<Error>")
    with pytest.raises(UrlExpiredError, match="answered 403"):
        get(url, tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("status", "headers", "advice"),
    [(500, {}, "try again later"), (206, {}, "try again"), (503, {"Retry_After": "7"}, "wait 7 s")],
)
def test_another_status_is_named(peer, tmp_path, status, headers, advice):
    with pytest.raises(DownloadError, match=rf"answered {status} instead of 200; {advice}") as caught:
        get(peer.answer("/a", status, wav(), **headers), tmp_path / "a.wav")
    assert caught.value.retry_after == (7.0 if headers else None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            b"<!DOCTYPE html><title>Sign in</title>",
            "HTML or XML instead of audio; .* it begins: <!DOCTYPE html>",
        ),
        (b'\n{"error": "expired"}', "JSON instead of audio"),
        (b"PK\x03\x04", "something else instead of audio"),
        (b"", "an empty body"),
        (b"  \n", "an empty body"),
    ],
)
def test_a_200_without_audio_is_named_whatever_its_name_says(peer, tmp_path, body, kind):
    with pytest.raises(DownloadError, match=kind):
        get(peer.answer("/clip.wav", 200, body, Content_Type="audio/wav"), tmp_path / "clip.wav")


FAULTS = {
    "short": (b"HTTP/1.1 200 X\r\nContent-Length: 5000\r\n\r\n" + wav(),),
    "short in the first bytes": (b"HTTP/1.1 200 X\r\nContent-Length: 5000\r\n\r\nRIFF",),
    "short chunks": (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" + wav()[:500],),
    "no length, cut": (b"HTTP/1.1 200 X\r\n\r\n" + wav()[:-1],),
    "no length, cut, big-endian": (b"HTTP/1.1 200 X\r\n\r\n" + wav(form=b"RIFX")[:-1],),
    "reset": (b"HTTP/1.1 200 X\r\nContent-Length: 5000\r\n\r\n" + wav(), 0.05, None),
    "bomb": (b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",),
    "too large": (b"HTTP/1.1 200 X\r\nContent-Length: 9000000\r\n\r\n" + wav(),),
    "too large, no length": (b"HTTP/1.1 200 X\r\n\r\n" + wav(100_000),),
    "negative": (b"HTTP/1.1 200 X\r\nContent-Length: -1\r\n\r\n" + wav(),),
    "expired": (b"HTTP/1.1 403 X\r\n\r\n<Error/>",),
    "page": (b"HTTP/1.1 200 X\r\nContent-Length: 6\r\n\r\n<html>",),
    "redirected inside": (b"HTTP/1.1 302 X\r\nLocation: http://169.254.169.254/\r\n\r\n",),
    "loop": (b"HTTP/1.1 302 X\r\nLocation: /fault?sig=SECRET\r\n\r\n",),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_the_old_file_stands_and_nothing_lies_beside_it(peer, tmp_path, fault):
    target = tmp_path / "clip.wav"
    target.write_bytes(b"old")
    with pytest.raises(DownloadError) as caught:
        get(peer.script("/fault?sig=SECRET", *FAULTS[fault]), target, max_bytes=100_000)
    assert "SECRET" not in str(caught.value) + repr(vars(caught.value))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (type(caught.value), str(caught.value))
    assert [one.name for one in tmp_path.iterdir()] == ["clip.wav"]
    assert target.read_bytes() == b"old"


def test_a_drip_is_stopped_and_leaves_nothing(peer, tmp_path):
    url = peer.script("/a", b"HTTP/1.1 200 X\r\nContent-Length: 5000\r\n\r\n" + wav(20), *([0.02, b"x"] * 200))
    with pytest.raises(DeadlineError):
        get(url, tmp_path / "a.wav", deadline=0.2)
    assert list(tmp_path.iterdir()) == []


def test_a_callback_that_fails_in_progress_leaves_nothing(peer, tmp_path):
    def impatient(_received, _expected):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(peer.answer("/a", 200, wav()), tmp_path / "a.wav", progress=impatient)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", [encoded("MP3"), wav()[:4] + b"\xff\xff\xff\xff" + wav()[8:], encoded("FLAC")])
def test_without_any_length_the_file_is_kept_and_the_doubt_is_told(peer, tmp_path, body):
    done = get(peer.answer("/a", 200, body, Content_Length=None), tmp_path / "a")
    assert not done.is_length_proven
    assert done.bytes == len(body)


def test_private_addresses_are_refused_unless_allowed(peer, tmp_path):
    with pytest.raises(UnsafeAddressError, match=r"is not https"):
        download(peer.answer("/a", 200, wav()), tmp_path / "a.wav")
    with pytest.raises(UnsafeAddressError, match=r"which is loopback"):
        download("https://127.0.0.1/a", tmp_path / "a.wav")
    assert peer.requests == []


def test_a_dead_server_is_a_failed_connection(tmp_path):
    def nobody(_address, _timeout):
        raise ConnectionRefusedError(111, "Connection refused")

    transport = HttpTransport(dial=nobody, resolver=lambda _host, port: [(socket.AF_INET, ("1.1.1.1", port))])
    with pytest.raises(ConnectionFailedError, match=r"no connection to https://clips.example/…"):
        download("https://clips.example/a", tmp_path / "a.wav", transport=transport)


def test_a_missing_folder_is_an_error_of_the_system(peer, tmp_path):
    with pytest.raises(FileNotFoundError):
        get(peer.answer("/a", 200, wav()), tmp_path / "missing" / "a.wav")


@given(st.text(min_size=1))
def test_a_safe_name_is_a_plain_name_everywhere(name):
    safe = safe_name(name)
    assert re.fullmatch(r"[0-9A-Za-z_][0-9A-Za-z_-]{0,63}", safe)
    assert not re.fullmatch(r"(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]", safe)
    assert safe_name(safe) == safe


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_ids_never_share_a_name(one, other):
    assert (safe_name(one) == safe_name(other)) == (one == other)


@given(st.from_regex(r"[0-9a-f]{8}", fullmatch=True))
def test_an_id_of_the_service_is_its_own_name(name):
    assert safe_name(name) == name


@pytest.mark.parametrize("name", ["NUL", "com1", "LPT9", "a" * 300, "-rf", "a.b", "ä", "\ud800", "a\x00b"])
def test_names_that_hurt_are_changed_and_keep_a_digest(name):
    assert re.search(r"-[0-9a-f]{8}$", safe_name(name))


def test_an_empty_id_names_no_file():
    with pytest.raises(RequestError, match=r"empty id"):
        safe_name("")


@pytest.mark.parametrize("url", ["https://example.com/a.wav", "HTTP://example.com/a.wav", "https:whatever"])
def test_a_web_address_is_no_local_file(url, tmp_path):
    assert local_audio(url, tmp_path) is None


@pytest.mark.parametrize("url", ["clip.wav", "Café clip.wav", "audio/clip.wav"])
def test_a_plain_name_is_a_file_beside_the_callback(url, tmp_path):
    assert local_audio(url, tmp_path) == tmp_path / url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/etc/passwd",
        "../clip.wav",
        "a/../../b",
        "..",
        ".",
        "a//b",
        "..\\b",
        "\\\\host\\share",
        "C:\\b.wav",
        "C:b.wav",
        "file:///etc/passwd",
        "file:clip.wav",
        "a\x00.wav",
        "a\n.wav",
        "a:stream",
        "ftp://example.com/a",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(url, tmp_path):
    with pytest.raises(UnsafeAddressError, match=r"neither a web address nor the name of a file"):
        local_audio(url, tmp_path)


@given(st.text(max_size=30))
def test_no_local_name_leads_out_of_the_folder(url):
    try:
        path = local_audio(url, "/saved")
    except ClipAudioError:
        return
    if path is not None:
        assert ".." not in path.parts
        assert path.is_relative_to("/saved")
        assert len(path.parts) > 2


@pytest.mark.parametrize("size", [0, 50, 2000, 100_000])
@pytest.mark.parametrize(("start", "suffix"), [(b"fLaC", ".flac"), (b"OggS", ".ogg"), (b"RIFF....WAVE", ".wav")])
def test_audio_is_named_by_what_stands_behind_its_tag(size, start, suffix):
    tag = b"ID3" + bytes([4, 0, 0, size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + bytes(size)
    data = tag + start + bytes(20)
    assert audio_suffix(data[: bytes_to_sniff(data[:16])]) == suffix
    assert audio_suffix(tag + b"\xff\xfb\x90\x00" + bytes(20)) == ".mp3"
