from __future__ import annotations

import socket

import pytest

from clipaudio.emulator.delivery import Callback, Postman
from clipaudio.emulator.faults import Faults


@pytest.fixture
def postman():
    """Return a postman in a hurry."""
    return Postman(lambda: 7.0, tries=3, backoff=0.001, timeout=5.0)


def test_a_callback_is_tried_again_until_it_is_taken(receiver, postman):
    receiver.statuses = [500, 302, 204]
    postman.deliver(Callback("c", receiver.uri, {"id": "c"}), Faults())
    assert [(d.attempt, d.status, d.ok) for d in postman.deliveries] == [
        (1, 500, False),
        (2, 302, False),
        (3, 204, True),
    ]
    assert [body for _, _, body in receiver.posts] == [b'{"id":"c"}'] * 3
    assert postman.deliveries[0].time == 7.0


def test_a_callback_nobody_takes_is_given_up(receiver, postman):
    receiver.statuses = [500] * 5
    postman.deliver(Callback("c", receiver.uri, {}), Faults())
    assert len(postman.deliveries) == len(receiver.posts) == 3


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_is_not_there_is_recorded(postman, scheme):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"{scheme}://127.0.0.1:{free.getsockname()[1]}"
        postman.deliver(Callback("c", uri, {}), Faults())
    assert {d.status for d in postman.deliveries} == {None}
    assert "ConnectionRefusedError" in postman.deliveries[0].error


def test_a_target_that_cannot_be_sent_is_recorded(postman):
    postman.deliver(Callback("c", "http://127.0.0.1:9/a b", {}), Faults())
    assert "InvalidURL" in postman.deliveries[0].error


def test_nothing_is_delivered_after_the_end(receiver, postman):
    postman.stopped.set()
    postman.deliver(Callback("c", receiver.uri, {}), Faults())
    assert postman.deliveries == []
    assert receiver.posts == []


def test_text_of_every_script_arrives(receiver, postman):
    postman.deliver(Callback("c", receiver.uri, {"id": "你好 👩‍👧 é"}), Faults())
    assert receiver.contents == [{"id": "你好 👩‍👧 é"}]


def test_a_host_that_cannot_be_one_is_recorded(postman):
    postman.deliver(Callback("c", "http://a b/", {}), Faults())
    assert [d.status for d in postman.deliveries] == [None] * 3
    assert "InvalidURL" in postman.deliveries[0].error


def test_gathered_callbacks_go_newest_first_whichever_was_spoken_first(receiver, postman):
    for number in (1, 2, 0):
        postman.deliver(Callback("c", receiver.uri, {"id": number}, number), Faults(callback_reorder=3))
    assert receiver.contents == [{"id": 2}, {"id": 1}, {"id": 0}]
