"""Deadlines that hold for the whole, not for each read."""

from __future__ import annotations

import socket

import pytest

from clipaudio.api.deadline import Deadline, wait_for
from clipaudio.errors import DeadlineError


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


def test_a_socket_is_waited_for_until_it_has_or_takes_something():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        assert wait_for(ours, 0.0, writing=True)
        assert not wait_for(ours, 0.01)
        theirs.sendall(b"abc")
        assert wait_for(ours, 5.0)
        ours.send(b"x" * 10_000_000)
        assert not wait_for(ours, 0.01, writing=True)
        theirs.close()
        assert wait_for(ours, 5.0)
