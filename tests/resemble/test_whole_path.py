"""Update, callback and download against the emulated service, also when it misbehaves."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
import soundfile

from clipaudio.download.task import download
from clipaudio.emulator import Faults, running
from clipaudio.errors import (
    AuthenticationError,
    ClipNotFoundError,
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    RateLimitError,
    ServerError,
    UrlExpiredError,
)
from clipaudio.http.retry import Retry
from clipaudio.receive.listener import listening
from clipaudio.receive.receiver import Receiver
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.client import Client

NUMBERS = itertools.count(10)
FIELDS = {"body": "Hello.", "voice_uuid": "en-us"}


@pytest.fixture(scope="module")
def emulator():
    """Yield the service on this machine, speaking in tones."""
    with running(engine="tone", key="TESTKEY", any_clip=True, tries=2, backoff=0.05) as one:
        yield one


@pytest.fixture
def service(emulator):
    """Yield the service with nothing wrong."""
    emulator.faults = Faults()
    yield emulator
    emulator.faults = Faults()
    assert emulator.wait(10)


@pytest.fixture
def client(service):
    return Client("TESTKEY", base_url=service.base_url, timeout=10, retry=Retry(attempts=1))


@pytest.fixture
def listener():
    with listening(Receiver()) as one:
        yield one


def finished(client, listener, clip=None, **fields):
    """Update *clip*, a new one if None, and wait for its callback."""
    clip = clip or f"c{next(NUMBERS)}"
    client.update_clip("p1", clip, callback_uri=listener.url_for("p1", clip), **{**FIELDS, **fields})
    return listener.wait(clip, 10)


@pytest.mark.parametrize(
    ("asked", "subtype"),
    [
        ({}, "PCM_32"),
        ({"precision": "PCM_16", "sample_rate": 44100}, "PCM_16"),
        ({"output_format": "mp3"}, "MPEG_LAYER_III"),
    ],
)
def test_an_update_ends_in_audio_and_times(client, listener, tmp_path, asked, subtype):
    callback = finished(client, listener, **asked)
    done = download(callback.url, tmp_path / callback.id, allow_private=True, add_suffix=True)
    audio = soundfile.info(done.path)
    assert (audio.subtype, audio.samplerate) == (subtype, asked.get("sample_rate", 22050))
    assert "".join(callback.graphemes.labels) == "Hello."
    assert abs(callback.graphemes.times[-1, 1] - audio.duration) < 1.0
    item = client.get_clip("p1", callback.id)
    assert item.audio_src is not None
    assert item.updated_at >= item.created_at


def test_without_a_callback_the_clip_can_be_asked_for(service, client, listener, tmp_path):
    service.faults = Faults(callback_lost=True)
    client.update_clip("p1", "c3", callback_uri=listener.url_for("p1", "c3"), **FIELDS)
    assert service.wait(10)
    found = read_callback(client.get_clip("p1", "c3").raw)
    assert (found.id, "".join(found.graphemes.labels)) == ("c3", "Hello.")
    assert download(found.url, tmp_path / "c3.wav", allow_private=True).is_length_proven


def test_a_new_clip_gets_its_callback_under_its_new_id(client, listener):
    item = client.create_clip("p1", callback_uri=listener.url_for("p1"), **FIELDS)
    assert listener.wait(item.uuid, 10).id == item.uuid


def test_a_callback_that_comes_before_the_answer_is_not_lost(service, client, listener):
    service.faults = Faults(callback_first=True)
    assert finished(client, listener, "c1").id == "c1"


def test_copies_of_a_callback_are_delivered_once(service, client, listener):
    service.faults = Faults(callback_copies=3)
    finished(client, listener, "c2")
    assert service.wait(10)
    with pytest.raises(DeadlineError, match=r"no callback for the clip c2"):
        listener.wait("c2", 0)


@pytest.mark.parametrize("content", ["form", "no_url"])
def test_an_odd_callback_is_understood(service, client, listener, content):
    service.faults = Faults(callback_content=content)
    assert (finished(client, listener).url is None) == (content == "no_url")


@pytest.mark.parametrize(("content", "status"), [("truncated", 400), ("foreign", 409)])
def test_a_broken_or_foreign_callback_is_refused(service, client, listener, content, status):
    service.faults = Faults(callback_content=content, callback_times=1)
    before = len(service.deliveries)
    client.update_clip("p1", "c1", callback_uri=listener.url_for("p1", "c1"), **FIELDS)
    assert service.wait(10)
    assert service.deliveries[before].status == status


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        (Faults(answer_status=429, answer_retry_after=7), RateLimitError),
        (Faults(answer_status=401), AuthenticationError),
        (Faults(answer_status=404), ClipNotFoundError),
        (Faults(answer_status=503), ServerError),
        (Faults(answer_html=True), ServerError),
        (Faults(answer_empty=True), ServerError),
        (Faults(answer_drop=True), ConnectionFailedError),
    ],
)
def test_each_failure_of_the_service_is_a_typed_error(service, client, faults, kind):
    service.faults = faults
    with pytest.raises(kind) as caught:
        client.get_clip("p1", "c1")
    if kind is RateLimitError:
        assert caught.value.retry_after == 7.0


def test_a_wrong_key_is_refused_by_the_service(service):
    with pytest.raises(AuthenticationError, match=r"check RESEMBLE_API_KEY"):
        Client("OTHERKEY", base_url=service.base_url).get_clip("p1", "c1")


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        (Faults(audio_expired=True), UrlExpiredError),
        (Faults(audio_expired=True, audio_expired_status=410), UrlExpiredError),
        (Faults(audio_truncated=True), DownloadError),
        (Faults(audio_truncated=True, audio_no_length=True), DownloadError),
        (Faults(audio_reset=True), DownloadError),
        (Faults(audio_html=True), DownloadError),
    ],
)
def test_a_download_that_fails_leaves_nothing_and_can_be_repeated(service, client, listener, tmp_path, faults, kind):
    callback = finished(client, listener)
    service.faults = dataclasses.replace(faults, audio_times=1)
    with pytest.raises(kind):
        download(callback.url, tmp_path / "c1.wav", allow_private=True, retry=Retry(attempts=1))
    assert list(tmp_path.iterdir()) == []
    service.faults = Faults()
    assert download(callback.url, tmp_path / "c1.wav", allow_private=True).bytes > 44


def test_the_clips_of_a_project_are_listed_over_several_pages(client):
    project = f"p{next(NUMBERS)}"
    made = [client.create_clip(project, title=f"t{n}", **FIELDS).uuid for n in range(11)]
    assert [item.uuid for item in client.list_clips(project, page_size=10)] == made
