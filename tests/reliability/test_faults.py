"""Every switch of the emulator, alone: asking and waiting, and listening, end in the right files or the right error."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import queue
import subprocess
import sys
import threading

import pytest

import clipaudio
from clipaudio.emulator import Faults, running
from clipaudio.errors import ConnectionFailedError, DownloadError, RateLimitError, ServerError, UrlExpiredError
from clipaudio.http.retry import Retry
from clipaudio.receive.listener import listening
from clipaudio.receive.receiver import Receiver
from clipaudio.resemble.client import Client

FIELDS = {"body": "Hello there.", "voice_uuid": "v"}

# what each switch is set to, and what comes of it: for who asks and waits, and for the listener, whose callback is
# asked for before the fault is set where the API is what fails. None is a clip in all its files.
CASES = {
    "answer_status": (Faults(answer_status=500), ServerError, "done"),
    "answer_retry_after": (Faults(answer_status=429, answer_retry_after=3), RateLimitError, "done"),
    "answer_html": (Faults(answer_html=True), ServerError, "done"),
    "answer_empty": (Faults(answer_empty=True), ServerError, "done"),
    "answer_unsuccessful": (Faults(answer_unsuccessful=True), clipaudio.errors.ApiError, "done"),
    "answer_drop": (Faults(answer_drop=True), ConnectionFailedError, "done"),
    "answer_delay": (Faults(answer_delay=0.1), None, "done"),
    "answer_times": (Faults(answer_status=503, answer_times=1), None, "done"),
    "callback_delay": (Faults(callback_delay=0.2), None, "done"),
    "callback_lost": (Faults(callback_lost=True), None, "nothing"),
    "callback_copies": (Faults(callback_copies=3), None, "done"),
    "callback_first": (Faults(callback_first=True), None, "done"),
    "callback_reorder": (Faults(callback_reorder=2), None, "nothing"),
    "callback_content": (Faults(callback_content="no_url"), clipaudio.errors.CallbackError, "failed"),
    "callback_times": (Faults(callback_content="truncated", callback_times=1), None, "nothing"),
    "audio_expired": (Faults(audio_expired=True), UrlExpiredError, "failed"),
    "audio_expired_status": (Faults(audio_expired=True, audio_expired_status=410), UrlExpiredError, "failed"),
    "audio_truncated": (Faults(audio_truncated=True), DownloadError, "postponed"),
    "audio_reset": (Faults(audio_reset=True), DownloadError, "postponed"),
    "audio_delay": (Faults(audio_delay=0.01), None, "done"),
    "audio_html": (Faults(audio_html=True), DownloadError, "failed"),
    "audio_no_range": (Faults(audio_no_range=True), None, "done"),
    "audio_no_length": (Faults(audio_no_length=True), None, "done"),
    "audio_new_etag": (Faults(audio_new_etag=True), None, "done"),
    "audio_times": (Faults(audio_truncated=True, audio_times=1), None, "done"),
}


@pytest.fixture(scope="module")
def emulator():
    with running(engine="tone", any_clip=True, tries=1) as one:
        yield one


@pytest.fixture
def service(emulator):
    emulator.faults = Faults()
    yield emulator
    emulator.faults = Faults()


def test_every_switch_has_its_case():
    assert set(CASES) == {field.name for field in dataclasses.fields(Faults)}


@pytest.mark.parametrize("switch", CASES)
def test_who_asks_and_waits_gets_the_clip_or_the_right_error(service, tmp_path, switch):
    faults, error, _ = CASES[switch]
    clip = service.add_clip("p")
    retry = Retry(attempts=2, first=0.01, deadline=2.0)
    client = Client("key", base_url=service.base_url, timeout=10, retry=retry)
    service.faults = faults
    expectation = contextlib.nullcontext() if error is None else pytest.raises(error)
    with listening(Receiver()) as listener, expectation:
        callback = client.update_and_wait(
            "p", clip, receiver=listener.receiver, public_url=listener.url, timeout=10, poll=0.3, **FIELDS
        )
        done = clipaudio.fetch(callback, tmp_path, allow_private=True)
        assert [word.label for word in done.words] == ["Hello", "there"]
        assert {path.suffix for path in tmp_path.iterdir()} == {".wav", ".json"}
    if error is not None:
        assert list(tmp_path.glob("*.wav")) == []


@pytest.fixture(scope="module")
def listener(tmp_path_factory):
    """Run one `clipaudio listen` for all cases; give its uri, its folder, and the steps it prints."""
    out = tmp_path_factory.mktemp("listen")
    words = ["--out", str(out), "--port", "0", "--export", "srt", "--allow-private", "--json", "--expect", "p"]
    process = subprocess.Popen(
        [sys.executable, "-m", "clipaudio", "listen", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    steps = queue.Queue()
    uri = json.loads(process.stdout.readline())["callback_uri"]
    reader = threading.Thread(target=lambda: [steps.put(json.loads(line)) for line in process.stdout])
    reader.start()
    yield uri, out, steps
    process.terminate()
    process.wait(30)
    reader.join(5)
    process.stdout.close()


@pytest.mark.slow
@pytest.mark.parametrize("switch", CASES)
def test_a_listener_makes_the_files_or_says_why_not(service, listener, switch):
    faults, _, end = CASES[switch]
    uri, out, steps = listener
    clip = service.add_clip("p")
    client = Client("key", base_url=service.base_url, timeout=10, retry=Retry(attempts=2, first=0.01))
    service.faults = Faults() if switch.startswith("answer") and switch != "answer_times" else faults
    client.update_clip("p", clip, callback_uri=uri, **FIELDS)
    if switch.startswith("answer"):
        service.faults = faults
    last = None
    while end != "nothing" and last not in {"exported", "postponed", "failed"}:
        told = steps.get(timeout=30)
        last = told["step"] if told["clip"] == clip else last
    assert service.wait(10)
    assert last == {"done": "exported", "nothing": None}.get(end, end)
    assert (out / f"{clip}.srt").exists() == (out / f"{clip}.wav").exists() == (end == "done")
