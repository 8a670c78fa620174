"""Calls are made in order in a thread of their own: one that hangs stops nobody, and lost ones are counted."""

from __future__ import annotations

import threading

from clipaudio.cli.background import Background


def test_calls_are_made_in_order_and_all_of_them():
    made = []
    background = Background(made.append)
    for number in range(1000):
        background.call(lambda number=number: made.append(number))
    assert background.close()
    assert made == list(range(1000))


def test_a_call_that_fails_stops_no_other():
    made = []
    background = Background(made.append)
    background.call(lambda: 1 / 0)
    background.call(lambda: made.append("next"))
    assert background.close()
    assert made == ["next"]


def test_a_call_that_hangs_delays_nobody_and_those_beyond_the_limit_are_counted():
    made, may_go_on = [], threading.Event()
    background = Background(lambda count: made.append(f"{count} lost"), most=2, patience=0.05)
    has_begun = threading.Event()
    background.call(lambda: (has_begun.set(), may_go_on.wait()))
    has_begun.wait()
    for name in ("a", "b", "c", "d"):
        background.call(lambda name=name: made.append(name))
    assert not background.close()
    may_go_on.set()
    assert background.close()
    assert made == ["2 lost", "a", "b"]
