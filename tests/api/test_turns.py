"""Threads take turns, and none is kept from work by one that waits."""

from __future__ import annotations

import threading
import time

import pytest

from clipaudio.api.turns import Aside, Turns


def in_threads(count, work):
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_more_work_than_may():
    turns, inside, most, lock = Turns(2, patience=60.0), 0, 0, threading.Lock()

    def work():
        nonlocal inside, most
        for _ in range(20):
            with turns.turn():
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.0005)
                with lock:
                    inside -= 1
                with Aside():
                    pass

    in_threads(8, work)
    assert most == 2


def test_who_stands_aside_lets_others_work():
    turns, met = Turns(1, patience=60.0), threading.Barrier(3)

    def work():
        with turns.turn(), Aside():
            met.wait(5.0)  # all three are there at once

    in_threads(3, work)
    assert not met.broken


def test_who_waits_and_does_not_tell_keeps_others_for_a_moment_only():
    turns, met = Turns(1), threading.Barrier(3)

    def work():
        with turns.turn():
            met.wait(5.0)

    in_threads(3, work)
    assert not met.broken
    assert turns._free.acquire(blocking=False)  # who went without a turn gave none back
    assert not turns._free.acquire(blocking=False)


def test_a_turn_ends_where_its_work_fails():
    turns = Turns(1, patience=60.0)
    for _ in range(3):
        with pytest.raises(ValueError, match="wrong"), turns.turn(), Aside():
            raise ValueError("wrong")
    assert turns._free.acquire(blocking=False)
    assert not turns._free.acquire(blocking=False)


def test_what_is_instant_is_not_worth_a_turn_until_it_lasts():
    turns, now = Turns(1), [0.0]

    def sync(seconds):
        """Tell whether another could have worked meanwhile."""
        with Aside("disk", clock=lambda: now[0]):
            now[0] += seconds
            is_free = turns._free.acquire(blocking=False)
            if is_free:
                turns._free.release()
        return is_free

    with turns.turn():
        assert [sync(0.0001), sync(0.01), sync(0.01), sync(0.0001), sync(0.0001)] == [False, False, True, True, False]


def test_without_turns_there_is_nothing_to_lend():
    with Aside(), Aside("disk"):
        pass
