"""Callbacks of clips that are expected are taken, all others are refused."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import DeadlineError
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.receiver import Receiver

JSON = {"Content-Type": "application/json"}


def payload(clip="c1", project="p1", **fields):
    return json.dumps({"id": clip, "project_id": project, "url": "https://example.com/a.wav", **fields}).encode()


def test_a_callback_that_is_expected_reaches_who_waits(data):
    receiver = Receiver()
    path = receiver.expect("3700a2f1", "cecad6f9")
    body = (data / "v2_callback_observed_no_timestamps.json").read_bytes()
    assert receiver.handle("POST", path, JSON, body)[0] == 200
    callback = receiver.wait("cecad6f9", 0)
    assert (callback.id, callback.project_id) == ("cecad6f9", "3700a2f1")
    assert callback.raw == body


def test_a_callback_that_comes_before_anyone_waits_or_after_is_the_same():
    receiver = Receiver()
    path = receiver.expect("p1", "c1")
    found = []
    waiting = threading.Thread(target=lambda: found.append(receiver.wait("c1", 5)))
    waiting.start()
    receiver.handle("POST", path, JSON, payload())
    waiting.join(5)
    receiver.handle("POST", receiver.expect("p1", "c1"), JSON, payload())
    assert [one.raw for one in [*found, receiver.wait("c1", 0)]] == [payload(), payload()]


def test_the_same_callback_twice_is_taken_twice_and_delivered_once():
    receiver = Receiver()
    path = receiver.expect("p1", "c1")
    assert [receiver.handle("POST", path, JSON, payload())[0] for _ in range(3)] == [200] * 3
    receiver.wait("c1", 0)
    with pytest.raises(DeadlineError, match=r"no callback for the clip c1 within 0 s"):
        receiver.wait("c1", 0)


def test_threads_that_deliver_and_wait_lose_nothing_and_double_nothing():
    receiver = Receiver()
    paths = {f"c{number}": receiver.expect("p1", f"c{number}") for number in range(20)}

    def deliver(clip, path):
        return receiver.handle("POST", path, JSON, payload(clip))[0]

    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(receiver.wait, clip, 10) for clip in list(paths)[:8]]
        answers = [pool.submit(deliver, clip, path) for clip, path in paths.items() for _ in range(5)]
        assert {one.result() for one in answers} == {200}
        early = [one.result().id for one in waiting]
    late = [receiver.wait(clip, 0).id for clip in list(paths)[8:]]
    assert early + late == list(paths)
    for clip in paths:
        with pytest.raises(DeadlineError):
            receiver.wait(clip, 0)


def test_two_updates_of_one_clip_are_delivered_in_order():
    receiver = Receiver()
    first, second = receiver.expect("p1", "c1"), receiver.expect("p1", "c1")
    receiver.handle("POST", second, JSON, payload(issues=["2"]))
    receiver.handle("POST", first, JSON, payload(issues=["1"]))
    assert [receiver.wait("c1", 0).issues for _ in range(2)] == [("2",), ("1",)]


def test_a_clip_that_is_still_to_be_created_may_have_any_id():
    receiver = Receiver()
    assert receiver.handle("POST", receiver.expect("p1"), JSON, payload("new"))[0] == 200
    assert receiver.wait("new", 0).id == "new"


def test_a_callback_without_a_url_is_delivered_too():
    receiver = Receiver()
    body = b'{"id": "c1", "project_id": "p1", "issues": ["failed"]}'
    assert receiver.handle("POST", receiver.expect("p1", "c1"), JSON, body)[0] == 200
    assert receiver.wait("c1", 0).issues == ("failed",)


def test_form_fields_are_understood():
    receiver = Receiver()
    kind = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    times = quote('{"graph_chars": ["a"], "graph_times": [[0, 0.5]]}')
    body = f"id=c1&project_id=p1&url=https%3A%2F%2Fexample.com%2Fa.wav&issues=[]&audio_timestamps={times}".encode()
    assert receiver.handle("POST", receiver.expect("p1", "c1"), kind, body)[0] == 200
    callback = receiver.wait("c1", 0)
    assert (callback.url, callback.graphemes.labels) == ("https://example.com/a.wav", ("a",))


@pytest.mark.parametrize("body", [b"", b"id", b"\xff=1", b"issues=[", b"&".join([b"a=1"] * 100)])
def test_a_form_that_is_none_is_refused(body):
    receiver = Receiver()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert receiver.handle("POST", receiver.expect("p1", "c1"), kind, body)[0] == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "post"])
def test_only_a_post_is_taken(method):
    receiver = Receiver()
    assert receiver.handle(method, receiver.expect("p1", "c1"), JSON, payload())[0] == 405


@pytest.mark.parametrize(
    "path", ["/", "", "/callbacks/", "/callbacks/guess", "/callbacks/gü\ud800", "//", "/callbacks"]
)
def test_an_unknown_secret_is_answered_as_a_wrong_path(path):
    receiver = Receiver()
    receiver.expect("p1", "c1")
    assert receiver.handle("POST", path, JSON, payload()) == receiver.handle("POST", "/nowhere", JSON, b"")
    assert receiver.handle("POST", path, JSON, payload())[0] == 404


def test_a_secret_without_its_path_is_unknown():
    receiver = Receiver()
    path = receiver.expect("p1", "c1")
    for wrong in (path.rpartition("/")[2], path + "/", path.upper(), path[:-1], "/x" + path):
        assert receiver.handle("POST", wrong, JSON, payload())[0] == 404
    assert receiver.handle("POST", path + "?x=1", JSON, payload())[0] == 200


@pytest.mark.parametrize("body", [payload("c2"), payload(project="p2")])
def test_the_right_secret_with_another_clip_is_refused(body):
    receiver = Receiver()
    assert receiver.handle("POST", receiver.expect("p1", "c1"), JSON, body)[0] == 409


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"url": "https://example.com/a.wav"}', b"\xff", b"[" * 500_000])
def test_what_is_no_callback_is_refused(body):
    receiver = Receiver()
    path = receiver.expect("p1", "c1")
    assert receiver.handle("POST", path, JSON, body)[0] == 400
    assert receiver.handle("POST", path, JSON, payload())[0] == 200


def test_a_body_that_is_too_long_is_refused():
    receiver = Receiver(max_bytes=len(payload()))
    path = receiver.expect("p1", "c1")
    assert receiver.handle("POST", path, JSON, payload() + b" ")[0] == 413
    assert receiver.handle("POST", path, JSON, payload())[0] == 200


def test_a_path_is_forgotten_after_its_lifetime():
    now = [0.0]
    receiver = Receiver(lifetime=10.0, clock=lambda: now[0])
    old = receiver.expect("p1", "c1")
    now[0] = 10.0
    assert receiver.handle("POST", old, JSON, payload())[0] == 404
    fresh = receiver.expect("p1", "c1")
    assert receiver.handle("POST", old, JSON, payload())[0] == 404
    assert receiver.handle("POST", fresh, JSON, payload())[0] == 200


@given(st.binary(max_size=100), st.text(max_size=20), st.sampled_from(["POST", "GET"]))
def test_no_request_breaks_the_receiver(body, tail, method):
    receiver = Receiver()
    path = receiver.expect("p1", "c1")
    for target in (path, path + tail, tail):
        status, answer = receiver.handle(method, target, {"content-type": tail}, body)
        assert status in {400, 404, 405, 409}
        assert json.loads(answer)["success"] is False


FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, b"id=a&x=" + b"[" * 100_000),
        (FORM, b"id=a&x=" + b'{"a":' * 100_000),
        ({}, b'{"id": "a", "x": ' + b"[" * 100_000),
        ({}, b"[" * 100_000),
        (FORM, b"id=" + b"%ed%a0%80"),
        ({}, b'{"id": "\\ud800"}'),
    ],
)
@pytest.mark.parametrize("stores", [True, False])
def test_unreadable_request_is_refused_and_its_batch_is_not(tmp_path, headers, body, stores):
    receiver = Receiver(inbox=Inbox(tmp_path / "inbox.db") if stores else None)
    good = [("POST", receiver.expect("p"), {}, b'{"id": "c%d"}' % number) for number in range(4)]
    bad = ("POST", receiver.expect("p2"), headers, body)
    answers = receiver.handle_many([*good[:2], bad, *good[2:]])
    assert [answer[0] for answer in answers[:2] + answers[3:]] == [200] * 4
    assert answers[2][0] in {200, 400}  # half a character may be kept as it came
    assert (answers[2][0] == 400) or b"d800" in body or b"ed" in body
    if receiver.inbox is not None:
        receiver.inbox.close()


class BrokenHeaders(dict):
    """Headers that cannot be read."""

    def items(self):
        raise RuntimeError("no headers")


def test_request_whose_reading_fails_in_an_unknown_way_is_refused():
    receiver = Receiver()
    requests = [("POST", receiver.expect("p"), headers, b'{"id": "a"}') for headers in ({}, BrokenHeaders(), {})]
    assert [status for status, _ in receiver.handle_many(requests)] == [200, 400, 200]


def test_why_callbacks_cannot_be_stored_is_told_to_the_user_and_not_to_the_sender(tmp_path):
    told = []
    inbox = Inbox(tmp_path / "inbox.db")
    receiver = Receiver(inbox=inbox, on_trouble=told.append)
    path = receiver.expect("p")
    with inbox._file.changing() as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON callbacks BEGIN SELECT RAISE(ABORT, 'no room'); END")
    answers = [receiver.handle("POST", path, {}, b'{"id": "a"}') for _ in range(2)]
    assert {status for status, _ in answers} == {503}
    assert not any(b"no room" in text for _, text in answers)
    assert all("no room" in str(error) for error in told)
    assert len(told) == 2
    with inbox._file.changing() as database:
        database.execute("DROP TRIGGER full")
    for number in range(2):
        assert receiver.handle("POST", path, {}, b'{"id": "%d"}' % number)[0] == 200
    assert told[2:] == [None]
    inbox.close()
