"""What passes is tried again, what does not is not, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import pickle

import pytest

from clipaudio.emulator import Faults, running
from clipaudio.errors import (
    ApiError,
    AuthenticationError,
    CallbackError,
    ClipNotFoundError,
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    RateLimitError,
    ServerError,
    StorageError,
    UrlExpiredError,
)
from clipaudio.http.retry import Attempts, RateLimiter, Retry, call_with_retry
from clipaudio.receive.listener import listening
from clipaudio.receive.receiver import Receiver
from clipaudio.resemble.async_client import AsyncClient
from clipaudio.resemble.client import Client

PASSING = [
    ConnectionFailedError("refused"),
    RateLimitError("429", status=429),
    ServerError("502", status=502),
    ServerError("503", status=503),
    ServerError("504", status=504),
    DownloadError("cut", received=1, expected=2),
    DownloadError("503", status=503),
]
LASTING = [
    DeadlineError("late"),
    AuthenticationError("401", status=401),
    ClipNotFoundError("404", status=404),
    ServerError("500", status=500),
    ApiError("422", status=422),
    UrlExpiredError("403", status=403),
    DownloadError("html"),
]


class Time:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def failing(*errors):
    """Return a call that fails with each error in turn, then gives "done"."""
    left = list(errors)

    def call():
        if left:
            raise left.pop(0)
        return "done"

    return call


def again(call, retry=None, chance=1.0, **options):
    time, retry = Time(), retry or Retry()
    attempts = Attempts(retry, clock=time.clock, chance=lambda: chance, **options)
    return call_with_retry(call, attempts, sleep=time.sleep), time.slept


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_what_may_pass_is_tried_again(error):
    assert error.is_transient
    assert again(failing(error))[0] == "done"


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_what_lasts_is_told_at_once(error):
    with pytest.raises(type(error)):
        again(failing(error))


def test_waits_double_up_to_a_limit_and_are_random():
    errors = [ConnectionFailedError("refused")] * 6
    assert again(failing(*errors), Retry(attempts=7, first=1.0, longest=5.0))[1] == [1, 2, 4, 5, 5, 5]
    assert again(failing(*errors), Retry(attempts=7, first=1.0, longest=5.0), chance=0.25)[1] == [
        0.25, 0.5, 1.0, 1.25, 1.25, 1.25,
    ]  # fmt: skip


def test_the_service_is_waited_for_as_long_as_it_asks():
    slept = again(failing(RateLimitError("429", status=429, retry_after=7.0)), chance=0.0)[1]
    assert slept == [7.0]
    with pytest.raises(RateLimitError):
        again(failing(RateLimitError("429", status=429, retry_after=1e9)))


def test_attempts_and_seconds_end():
    refused = [ConnectionFailedError("refused")] * 99
    time = Time()
    attempts = Attempts(Retry(attempts=99, first=4.0, deadline=20.0), clock=time.clock, chance=lambda: 1.0)
    with pytest.raises(ConnectionFailedError):
        again(failing(*refused), Retry(attempts=3))
    with pytest.raises(ConnectionFailedError):
        call_with_retry(failing(*refused), attempts, sleep=time.sleep)
    assert time.now < 20


def test_a_burst_is_let_through_and_then_the_pace_is_kept():
    time = Time()
    pace = RateLimiter(40, clock=time.clock, sleep=time.sleep)
    for _ in range(120):
        pace.wait()
    assert time.now == pytest.approx(2.0)  # 40 at once, then 80 at 40 a second
    time.now += 100
    before = len(time.slept)
    for _ in range(40):
        pace.wait()
    assert len(time.slept) == before


@pytest.fixture
def service():
    with running(engine="tone") as emulator:
        yield emulator


def client_of(service, **options):
    return Client("key", base_url=service.base_url, retry=Retry(first=0.01), **options)


def test_an_update_gets_through_when_the_service_recovers(service):
    clip = service.add_clip("p")
    service.faults = Faults(answer_status=503, answer_retry_after=7.0, answer_times=2)
    naps = []
    client = Client("key", base_url=service.base_url, sleep=naps.append)
    assert client.update_clip("p", clip, body="Hi.", voice_uuid="v", callback_uri="http://127.0.0.1:9/x").uuid == clip
    assert len(naps) == 2
    assert all(7 <= nap <= 8 for nap in naps)


def test_a_clip_is_waited_for_by_its_callback(service):
    clip = service.add_clip("p")
    with listening(Receiver()) as listener:
        callback = client_of(service).update_and_wait(
            "p", clip, receiver=listener.receiver, public_url=listener.url, body="Hello.", voice_uuid="v"
        )
    assert "".join(callback.graphemes.labels) == "Hello."


def test_a_clip_is_asked_for_when_its_callback_is_lost(service):
    clip = service.add_clip("p")
    service.faults = Faults(callback_lost=True)
    with listening(Receiver()) as listener:
        callback = client_of(service).update_and_wait(
            "p", clip, receiver=listener.receiver, public_url=listener.url, poll=0.1, body="Lost.", voice_uuid="v"
        )
    assert "".join(callback.graphemes.labels) == "Lost."


def test_a_clip_is_asked_for_when_nobody_listens_and_an_old_one_is_not_taken(service):
    clip = service.add_clip("p")
    client = client_of(service)
    for text in ("First.", "Second."):
        callback = client.update_and_wait(
            "p", clip, poll=0.1, callback_uri="http://127.0.0.1:9/x", body=text, voice_uuid="v"
        )
        assert "".join(callback.graphemes.labels) == text


def test_a_clip_is_waited_for_in_asyncio_too_with_the_options_of_the_client(service):
    clip = service.add_clip("p")
    service.faults = Faults(answer_status=503, answer_times=1)
    naps = []
    client = AsyncClient("key", base_url=service.base_url, sleep=naps.append)
    fields = {"callback_uri": "http://127.0.0.1:9/x", "body": "Hello.", "voice_uuid": "v"}
    callback = asyncio.run(client.update_and_wait("p", clip, poll=0.05, **fields))
    assert "".join(callback.graphemes.labels) == "Hello."
    assert naps


def test_waiting_ends(service):
    clip = service.add_clip("p")
    service.faults = Faults(callback_lost=True)
    with listening(Receiver()) as listener, pytest.raises(DeadlineError, match="no callback for the clip"):
        client_of(service).update_and_wait(
            "p",
            clip,
            receiver=listener.receiver,
            public_url=listener.url,
            poll=0,
            timeout=0.2,
            body="H",
            voice_uuid="v",
        )


def test_a_deadline_is_transient_but_only_repeated_while_seconds_are_left():
    late = DeadlineError("silent")
    assert late.is_transient
    for left, is_repeated in [(0.0, False), (0.9, False), (1.0, True)]:
        call = failing(late)
        if is_repeated:
            assert again(call, seconds_left=lambda left=left: left)[0] == "done"
        else:
            with pytest.raises(DeadlineError):
                again(call, seconds_left=lambda left=left: left)


@pytest.mark.parametrize("error", [*PASSING, *LASTING], ids=repr)
def test_a_post_is_repeated_only_where_it_had_no_effect(error):
    if getattr(error, "status", None) in {429, 503}:
        assert again(failing(error), method="POST")[0] == "done"
    else:
        with pytest.raises(type(error)):
            again(failing(error), method="POST")


@pytest.mark.parametrize("error", [*PASSING, *LASTING, StorageError("no answer"), CallbackError("no id")], ids=repr)
def test_whether_an_error_is_transient_survives_pickling(error):
    assert pickle.loads(pickle.dumps(error)).is_transient == error.is_transient
