"""Deadlines that hold for the whole, not for each read."""

from __future__ import annotations

import socket

import pytest

from clipaudio.errors import DeadlineError
from clipaudio.http.deadline import Deadline, _wait_by_select, wait_for


def test_an_operation_gets_the_smaller_of_its_own_time_and_what_is_left():
    now = [0.0]
    deadline = Deadline(10.0, clock=lambda: now[0])
    assert deadline.timeout(3.0) == 3.0
    now[0] = 9.0
    assert deadline.timeout(3.0) == 1.0
    now[0] = 10.0
    with pytest.raises(DeadlineError, match=r"not done within 10 s") as caught:
        deadline.timeout(3.0)
    assert caught.value.seconds == 10.0


@pytest.mark.parametrize(
    "wait",
    [
        lambda sock, seconds, writing=False: wait_for(sock, seconds, writing=writing),
        lambda sock, seconds, writing=False: _wait_by_select(sock, seconds, writing),
    ],
    ids=["here", "without poll"],
)
def test_a_socket_is_waited_for_until_it_has_or_takes_something(wait):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        assert wait(ours, 0.0, writing=True)
        assert not wait(ours, 0.01)
        theirs.sendall(b"abc")
        assert wait(ours, 5.0)
        ours.send(b"x" * 10_000_000)
        assert not wait(ours, 0.01, writing=True)
        theirs.close()
        assert wait(ours, 5.0)


def test_what_the_system_cannot_count_is_waited_for_all_the_same():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"abc")
        assert wait_for(ours, 1e12)
