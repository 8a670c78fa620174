"""Deadlines that hold for the whole, not for each read."""

from __future__ import annotations

import socket

import pytest

from clipaudio.api.deadline import Deadline, TimedReader
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


def test_a_reader_gives_what_has_come_and_stops_when_nothing_does():
    ours, theirs = socket.socketpair()
    with ours, theirs, TimedReader(ours, Deadline(5.0), longest=0.05) as reader:
        theirs.sendall(b"abc")
        assert reader.readable()
        assert reader.read(10) == b"abc"
        with pytest.raises(DeadlineError, match=r"silent for 0.05 s"):
            reader.read(10)
