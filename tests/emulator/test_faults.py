"""Every switch, seen from outside through real HTTP."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from dataclasses import fields
from urllib.parse import parse_qs, urlsplit

import pytest

from clipaudio.emulator import Faults, running
from clipaudio.emulator.faults import Switchboard


@pytest.fixture
def failing():
    """Return the function that starts an emulator in which something goes wrong."""

    def start(**faults):
        return running(engine="tone", faults=Faults(**faults), backoff=0.01)

    return start


def voices(emulator):
    return f"{emulator.base_url}/voices"


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500, 502, 503])
def test_requests_are_refused_with_a_status(call, failing, status):
    with failing(answer_status=status) as emulator:
        reply = call(voices(emulator))
    assert reply.status == status
    assert reply.json["success"] is False
    assert reply.json["message"]
    assert ("errors" in reply.json) is (status == 422)
    assert "Retry-After" not in reply.headers


def test_a_refusal_can_say_when_to_come_back_and_then_end(call, failing):
    with failing(answer_status=429, answer_retry_after=2, answer_times=2) as emulator:
        replies = [call(voices(emulator)) for _ in range(3)]
    assert [reply.status for reply in replies] == [429, 429, 200]
    assert [reply.headers["Retry-After"] for reply in replies] == ["2", "2", None]


def test_an_answer_can_be_html(call, failing):
    with failing(answer_html=True) as emulator:
        reply = call(voices(emulator))
    assert (reply.status, reply.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<html>")


def test_an_answer_can_be_empty(call, failing):
    with failing(answer_empty=True) as emulator:
        assert call(voices(emulator))[::2] == (200, b"")


def test_an_answer_can_be_unsuccessful_with_status_200(call, failing):
    with failing(answer_unsuccessful=True) as emulator:
        reply = call(voices(emulator))
    assert (reply.status, reply.json["success"]) == (200, False)


def test_a_connection_can_be_dropped_without_an_answer(call, failing):
    with failing(answer_drop=True) as emulator, pytest.raises(http.client.RemoteDisconnected):
        call(voices(emulator))


def test_an_answer_can_be_late(failing):
    """Nothing has come after a while, and everything once the emulator stops waiting."""
    with failing(answer_delay=60) as emulator:
        address = urlsplit(emulator.base_url)
        with socket.create_connection((address.hostname, address.port), timeout=0.15) as connection:
            connection.sendall(b"GET /api/v2/voices HTTP/1.1\r\nAuthorization: Bearer x\r\n\r\n")
            with pytest.raises(TimeoutError):
                connection.recv(1)


def test_a_lost_callback_never_comes(receiver, update, failing):
    with failing(callback_lost=True, callback_times=1) as emulator:
        clip, _ = update(emulator)
        second, _ = update(emulator)
        assert emulator.wait()
        assert emulator.truth(clip).text == "Hello there.", "it was spoken all the same"
    assert [content["id"] for content in receiver.contents] == [second]


def test_a_callback_can_come_long_after_the_audio(receiver, update, failing, call):
    with failing(callback_delay=60, callback_times=1) as emulator:
        late, _ = update(emulator)
        url = f"{emulator.base_url}/projects/proj/clips/{late}"
        while "audio_src" not in call(url).json["item"]:
            time.sleep(0.005)
        clip, _ = update(emulator)
        assert [content["id"] for content in receiver.wait(1)] == [clip]
    assert len(receiver.posts) == 1


def test_a_callback_can_come_twice(receiver, update, failing):
    with failing(callback_copies=2) as emulator:
        update(emulator)
        first, second = receiver.wait(2)
        emulator.wait()
    assert first == second
    assert len(receiver.posts) == 2


def test_a_callback_can_come_before_the_answer(receiver, update, failing):
    with failing(callback_first=True) as emulator:
        clip, reply = update(emulator)
        assert [content["id"] for content in receiver.contents] == [clip]
        assert reply.status == 200


def test_callbacks_can_come_out_of_order(receiver, update, failing):
    with failing(callback_reorder=3) as emulator:
        clips = []
        for _ in range(3):
            clips.append(update(emulator)[0])
            emulator.wait()
        receiver.wait(3)
    assert [content["id"] for content in receiver.contents] == clips[::-1]


@pytest.mark.parametrize("content", ["form", "truncated", "foreign", "no_url"])
def test_a_callback_can_have_the_wrong_content(receiver, update, failing, content):
    with failing(callback_content=content) as emulator:
        clip, _ = update(emulator)
        with receiver.got:
            assert receiver.got.wait_for(lambda: receiver.posts, 20)
        _, headers, body = receiver.posts[0]
    if content == "form":
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        form = {name: value for name, (value,) in parse_qs(body.decode()).items()}
        assert form["id"] == clip
        assert json.loads(form["audio_timestamps"])["graph_chars"][0] == "H"
    elif content == "truncated":
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
    else:
        sent = json.loads(body)
        assert (sent["id"] == clip, "url" in sent) == ((False, True) if content == "foreign" else (True, False))


@pytest.fixture
def audio(receiver, update):
    """Return the function that makes a clip and gives its url."""

    def audio(emulator):
        update(emulator)
        return receiver.wait(1)[0]["url"]

    return audio


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_signed_url_can_be_dead_once(failing, audio, fetch, status):
    with failing(audio_expired=True, audio_expired_status=status, audio_times=1) as emulator:
        url = audio(emulator)
        assert [fetch(url).status, fetch(url).status] == [status, 200]


def test_a_body_can_be_shorter_than_its_length(failing, audio, fetch):
    with failing(audio_truncated=True, audio_times=1) as emulator:
        url = audio(emulator)
        with pytest.raises(http.client.IncompleteRead) as caught:
            fetch(url)
        assert len(caught.value.partial) == len(fetch(url).body) // 2


def test_a_connection_can_be_reset_in_the_middle(failing, audio, fetch):
    with failing(audio_reset=True) as emulator:
        url = audio(emulator)
        with pytest.raises((ConnectionResetError, ConnectionAbortedError)):
            fetch(url)


def test_a_short_body_without_a_length_looks_whole(failing, audio, fetch):
    with failing(audio_truncated=True, audio_no_length=True, audio_times=1) as emulator:
        url = audio(emulator)
        short, whole = fetch(url), fetch(url)
    assert "Content-Length" not in short.headers
    assert short.body == whole.body[: len(whole.body) // 2]


def test_a_body_can_be_slow(failing, audio, fetch):
    """It does not come while the emulator waits, and comes whole when that stops waiting."""
    with failing() as emulator:
        url = audio(emulator)
        whole = fetch(url)
        emulator.faults = Faults(audio_delay=60)
        got = []
        reader = threading.Thread(target=lambda: got.append(fetch(url)))
        reader.start()
        reader.join(0.2)
        assert reader.is_alive()
        emulator._postman.stopped.set()
        reader.join()
    assert got[0].body == whole.body


def test_audio_can_be_a_html_page(failing, audio, fetch):
    with failing(audio_html=True) as emulator:
        reply = fetch(audio(emulator))
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html")


def test_range_can_be_ignored(failing, audio, fetch):
    with failing(audio_no_range=True) as emulator:
        reply = fetch(audio(emulator), headers={"Range": "bytes=100-"})
    assert reply.status == 200
    assert "Accept-Ranges" not in reply.headers
    assert reply.body.startswith(b"RIFF")


def test_the_etag_can_change(failing, audio, fetch):
    with failing(audio_new_etag=True) as emulator:
        url = audio(emulator)
        assert fetch(url).headers["ETag"] != fetch(url).headers["ETag"]


def test_faults_can_be_set_at_run_time_and_then_count_anew(call):
    with running(engine="tone") as emulator:
        assert call(voices(emulator)).status == 200
        for _ in range(2):
            emulator.faults = Faults(answer_status=503, answer_times=1)
            assert emulator.faults.answer_status == 503
            assert [call(voices(emulator)).status for _ in range(2)] == [503, 200]


def test_groups_count_on_their_own():
    board = Switchboard(Faults(answer_times=1, audio_times=1, answer_drop=True, audio_html=True))
    assert board.take("answer").answer_drop
    assert board.take("audio").audio_html
    assert board.take("answer") == board.take("audio") == Faults()
    assert board.take("callback") == board.faults


def test_every_switch_belongs_to_a_group_and_tells_what_it_does():
    for switch in fields(Faults):
        assert switch.name.split("_")[0] in ("answer", "callback", "audio")
        assert switch.metadata["help"]
