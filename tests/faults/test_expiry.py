"""A url that has died: asked once more where it may live again, then the clip is asked for once, then it is told."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from clipaudio.audio.decode import read_audio
from clipaudio.emulator import Faults, running
from clipaudio.errors import UrlExpiredError
from clipaudio.http.retry import Retry
from clipaudio.receive.worker import InboxWorker
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.client import Client

DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
STAMPS = {"graph_chars": list("Hi."), "graph_times": [[0.0, 0.2], [0.2, 0.4], [0.4, 0.5]]}


def signed(path, moment, secret, lifetime=3600, signer="X-Amz"):
    date = f"{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%SZ}"
    return f"{path}?{signer}-Date={date}&{signer}-Expires={lifetime}&{signer}-Signature={secret}"


@pytest.mark.parametrize("signer", ["X-Amz", "X-Goog"])
def test_a_url_past_its_time_says_when_it_died(trial, peer, secret, signer):
    moment = time.time() - 7200
    url = peer.answer(signed("/clip.wav", moment, secret, signer=signer), 403, DENIED)
    error = trial.fails(url, UrlExpiredError, r"signed to live until \d{4}-.* UTC, 60 min before .*AccessDenied")
    assert error.expires_at == int(moment) + 3600
    assert len(peer.requests) == 1


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_a_url_refused_before_its_time_says_so(trial, peer, secret, code):
    """Temporary credentials end a url early; the store says the same as of one that is too old."""
    url = peer.answer(signed("/clip.wav", time.time(), secret), 403, f"<Error><Code>{code}</Code></Error>".encode())
    trial.fails(url, UrlExpiredError, f"refused 60 min early: what signed it was withdrawn, or a clock.*{code}")


def test_a_token_that_is_too_old_is_a_dead_url_too(trial, peer, secret):
    body = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    error = trial.fails(peer.answer(signed("/a", 0, secret), 400, body), UrlExpiredError, "token has expired")
    assert error.status == 400


def test_nothing_is_refused_beforehand_however_old_a_url_says_it_is(trial, peer, wav, secret):
    """Clocks differ: ours may have jumped."""
    for moment in (0, 200_000_000_000):
        assert trial.get(peer.answer(signed("/clip.wav", moment, secret), 200, wav())).bytes == len(wav())


def test_a_url_that_redirected_to_a_dead_one_is_asked_once_more(trial, peer, wav, secret):
    """What redirects signs anew each time."""
    peer.answer(signed("/dead", 0, secret), 403, DENIED)
    peer.answer(signed("/alive", time.time(), secret), 200, wav())
    places = [signed("/dead", 0, secret), signed("/alive", time.time(), secret)]

    def redirect(_request):
        return f"HTTP/1.1 302 X\r\nLocation: {places.pop(0)}\r\nContent-Length: 0\r\n\r\n".encode()

    url = peer.script("/rails/redirect", redirect)
    assert trial.get(url, retry=Retry(attempts=4, first=0.01)).bytes == len(wav())
    assert [one.path.partition("?")[0] for one in peer.requests] == [
        "/rails/redirect",
        "/dead",
        "/rails/redirect",
        "/alive",
    ]


def test_a_url_that_only_leads_to_dead_ones_is_asked_twice(trial, peer, secret):
    there = peer.answer(signed("/dead", 0, secret), 403, DENIED)
    url = peer.answer("/rails/redirect", 302, Location=there)
    trial.fails(url, UrlExpiredError, "signed to live until", retry=Retry(attempts=9, first=0.01))
    assert len(peer.requests) == 4


def test_a_url_that_dies_in_mid_download_goes_on_from_a_fresh_one(trial, peer, wav, secret):
    body = wav()
    lasting = f'HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\nETag: "v1"\r\n\r\n'.encode() + body[:20_000]
    part = f"HTTP/1.1 206 X\r\nContent-Range: bytes 20000-{len(body) - 1}/{len(body)}\r\n\r\n".encode() + body[20_000:]
    first, dead, fresh = (signed(f"/{name}", time.time(), secret) for name in ("first", "dead", "fresh"))
    peer.script(first, lasting)
    peer.answer(dead, 403, DENIED)
    peer.script(fresh, part)
    places = [first, dead, fresh]

    def redirect(_request):
        return f"HTTP/1.1 302 X\r\nLocation: {places.pop(0)}\r\nContent-Length: 0\r\n\r\n".encode()

    trial.get(peer.script("/rails/redirect", redirect), retry=Retry(attempts=4, first=0.01))
    assert trial.target.read_bytes() == body
    assert peer.requests[-1].headers["range"] == "bytes=20000-"


# what an inbox makes of it


@pytest.fixture
def service(clock):
    with running(engine="tone", clock=clock) as emulator:
        yield emulator


@pytest.fixture
def work(inbox, tmp_path):
    """Work on all that is due; give the steps."""

    def run(**options):
        told = []
        intake = InboxWorker(inbox=inbox, folder=tmp_path / "clips", allow_private=True, tell=told.append, **options)
        while intake.work_once():
            pass
        return told

    return run


def spoken(service, text="Hello there."):
    clip, client = service.add_clip("p"), Client("key", base_url=service.base_url)
    callback = client.update_and_wait(
        "p", clip, poll=0.05, callback_uri="http://127.0.0.1:9/x", body=text, voice_uuid="v"
    )
    return clip, callback, client


def test_the_redirecting_url_of_a_clip_outlives_every_signature(service, inbox, clock, work):
    clip, callback, _ = spoken(service)
    inbox.add("s", clip, callback.to_json(), project="p")
    clock.now += 100_000
    assert [one.step for one in work()] == ["downloaded"]


def test_a_clip_that_gives_the_same_dead_url_fails_after_it_was_asked_once(peer, inbox, work, secret):
    url = peer.answer(signed("/clip.wav", 0, secret), 403, DENIED)
    callback = read_callback({"id": "cecad6f9", "url": url})
    inbox.add("s", "cecad6f9", callback.to_json(), project="p")
    asked = []

    def refresh(project, clip):
        asked.append((project, clip))
        return callback

    told = work(refresh=refresh)
    assert [one.step for one in told] == ["failed"]
    assert "ask for the clip again" in told[0].message
    assert secret not in told[0].message + inbox.get(1).note
    assert asked == [("p", "cecad6f9")]
    assert len(peer.requests) == 2


def test_a_clip_that_is_gone_has_failed(service, inbox, work, tmp_path, peer):
    callback = {"id": "00000000", "url": peer.answer("/clip.wav", 404)}
    inbox.add("s", "00000000", json.dumps(callback).encode(), project="p")
    client = Client("key", base_url=service.base_url)
    told = work(refresh=lambda project, clip: read_callback(client.get_clip(project, clip).raw))
    assert [one.step for one in told] == ["failed"]
    assert "has no clip 00000000" in told[0].message
    assert not list((tmp_path / "clips").glob("*.wav"))


def test_a_clip_that_has_no_url_yet_is_asked_for_again_later(peer, inbox, work):
    callback = {"id": "cecad6f9", "url": peer.answer("/clip.wav", 410)}
    inbox.add("s", "cecad6f9", json.dumps(callback).encode(), project="p")
    told = work(refresh=lambda _project, clip: read_callback({"id": clip, "issues": ["not spoken yet"]}))
    assert [one.step for one in told] == ["postponed"]
    assert "has no audio of clip cecad6f9 yet" in told[0].message


def test_fresh_audio_of_another_length_brings_its_own_times(service, inbox, work, tmp_path, peer):
    """The clip was updated meanwhile: text, times and audio are all those of the clip as it is now."""
    clip, _, client = spoken(service, "A longer text than before, by far.")
    old = {"id": clip, "url": peer.answer("/clip.wav", 403, DENIED), "audio_timestamps": STAMPS}
    inbox.add("s", clip, json.dumps(old).encode(), project="p")
    told = work(refresh=lambda project, one: read_callback(client.get_clip(project, one).raw), formats=["txt", "ctm"])
    assert [one.step for one in told] == ["downloaded", "exported"]
    assert "longer text" in (tmp_path / "clips" / f"{clip}.txt").read_text("utf-8")


def test_fresh_audio_without_times_keeps_the_old_ones_inside_it(peer, wav, inbox, work, tmp_path):
    old = {"id": "cecad6f9", "url": peer.answer("/old.wav", 403, DENIED), "audio_timestamps": STAMPS}
    inbox.add("s", "cecad6f9", json.dumps(old).encode(), project="p")
    fresh = {"id": "cecad6f9", "url": peer.answer("/new.wav", 200, wav(2205))}
    told = work(refresh=lambda *_: read_callback(fresh), formats=["srt"])
    assert [one.step for one in told] == ["downloaded", "exported"]
    assert read_audio(tmp_path / "clips" / "cecad6f9.wav").samples.shape[0] == 2205
    assert "--> 00:00:00,100" in (tmp_path / "clips" / "cecad6f9.srt").read_text("utf-8")


def test_a_url_dead_on_arrival_is_refreshed_and_fetched(service, inbox, work):
    clip, callback, client = spoken(service)
    inbox.add("s", clip, callback.to_json(), project="p")
    service.faults = Faults(audio_expired=True, audio_times=2)  # the url of the callback is asked twice
    told = work(refresh=lambda project, one: read_callback(client.get_clip(project, one).raw))
    assert [one.step for one in told] == ["downloaded"]
