"""Results come in order, from as many threads as are of use."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.download.lanes import Lanes
from clipaudio.errors import RequestError


def in_lanes(work, items, most=8):
    with contextlib.closing(Lanes(work, most)) as lanes:
        yield from lanes.map(items)


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(1, 9))
def test_the_results_are_those_of_a_loop(items, most):
    def work(item):
        time.sleep(item * 1e-5)
        return item

    assert list(in_lanes(work, items, most)) == items


def test_threads_are_added_as_long_as_all_wait():
    met = threading.Barrier(6)
    assert sorted(in_lanes(lambda _: met.wait(10.0), range(12), most=6)) == sorted([*range(6)] * 2)


def test_one_that_waits_keeps_none_of_the_others():
    others, count = threading.Semaphore(0), 20

    def work(item):
        if item == 0:
            assert all(others.acquire(timeout=10.0) for _ in range(count))
        else:
            others.release()
        return item

    assert list(in_lanes(work, range(count + 1))) == [*range(count + 1)]


def first_waits(others):
    """Give work whose first item waits for all the *others*."""
    count = threading.Semaphore(0)

    def work(item):
        if item == 0:
            return all(count.acquire(timeout=10.0) for _ in range(others))
        count.release()
        return True

    return work


def test_one_that_waits_keeps_none_of_the_others_while_the_next_items_are_not_there_yet():
    waited, work = [], first_waits(5)

    def noted(item):
        waited.append(work(item))
        return waited[-1]

    def items():
        yield from range(6)
        while len(waited) < 6:
            time.sleep(0.001)

    assert all(in_lanes(noted, items()))


def test_one_that_waits_keeps_none_of_the_others_while_who_takes_the_results_is_busy():
    done, may_end = [], threading.Event()

    def work(item):
        if item == 1:
            assert may_end.wait(10.0)
        done.append(item)
        return item

    results = in_lanes(work, range(8), most=2)
    assert next(results) == 0
    end = time.monotonic() + 10.0
    while len(done) < 7 and time.monotonic() < end:
        time.sleep(0.001)
    may_end.set()
    assert sorted(done[:7]) == [0, 2, 3, 4, 5, 6, 7]
    assert list(results) == [*range(1, 8)]


@pytest.mark.parametrize("most", [0, -1])
def test_no_threads_are_no_lanes(most):
    with pytest.raises(RequestError, match="jobs do nothing; expected 1 or more"):
        Lanes(str, most)


def test_who_waits_for_a_result_is_told_that_another_closed_them():
    begun = threading.Event()

    def work(_item):
        begun.set()
        time.sleep(0.01)

    lanes = Lanes(work, 2)

    def close():
        begun.wait(10.0)
        lanes.close()

    closer = threading.Thread(target=close)
    closer.start()
    with pytest.raises(RuntimeError, match="closed before all was done"):
        list(lanes.map(range(1000)))
    closer.join()


class Interrupted(Lanes):
    """Lanes whose user presses Ctrl-C while the first thread starts."""

    def _start(self, _thread):
        raise KeyboardInterrupt


def test_an_interrupt_while_a_thread_starts_is_not_hidden():
    with pytest.raises(KeyboardInterrupt), contextlib.closing(Interrupted(str, 2)) as lanes:
        list(lanes.map(range(3)))


def test_fewer_are_wanted_where_the_processor_is_what_all_wait_for():
    now, may_end = [0.0], threading.Event()
    lanes = Lanes(lambda _: may_end.wait(10.0), 4, clock=lambda: now[0], used=lambda: 0.0)

    def look(*, seconds, share):
        """Say what is wanted after *seconds* in which *share* of a processor was used."""
        now[0] += seconds
        lanes._seconds = share * seconds
        lanes.adjust()
        return lanes.wanted

    assert look(seconds=0.1, share=0.1) == 1  # there is nothing to do
    for number in range(20):
        lanes._todo.put((number, None))
    assert [look(seconds=0.1, share=0.1) for _ in range(4)] == [2, 4, 4, 4]
    assert len(lanes._threads) == 4
    assert look(seconds=0.001, share=9.0) == 4  # too soon to tell
    assert [look(seconds=0.1, share=1.2) for _ in range(3)] == [2, 1, 1]
    assert look(seconds=0.1, share=0.8) == 1
    may_end.set()
    lanes.close()
    assert not lanes._threads


class Scarce(Lanes):
    """Lanes on a system that gives *threads* of them."""

    threads = 0

    def _start(self, thread):
        if self.threads == 0:
            raise RuntimeError("can't start new thread")
        self.threads -= 1
        super()._start(thread)


def test_where_threads_are_scarce_fewer_do_it_too():
    def work(item):
        time.sleep(0.005)
        return item

    lanes = Scarce(work, 8)
    lanes.threads = 2
    with contextlib.closing(lanes):
        assert list(lanes.map(range(20))) == [*range(20)]
        assert lanes.threads == 0
        assert lanes.wanted > 2
    with contextlib.closing(Scarce(work, 8)) as none, pytest.raises(RuntimeError, match="new thread"):
        list(none.map(range(3)))


def test_what_fails_is_raised_in_its_place_and_begins_nothing_more():
    begun = []

    def work(item):
        begun.append(item)
        if item == 3:
            raise ValueError("wrong")
        return item

    results, found = in_lanes(work, range(1000), most=2), []
    with pytest.raises(ValueError, match="wrong"):
        found.extend(results)
    assert len(begun) < 50
    assert found == [0, 1, 2]


def test_items_that_cannot_be_had_end_the_work():
    def items():
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(in_lanes(str, items()))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("clipaudio-lane")]


def test_who_stops_early_waits_for_what_is_under_way_alone():
    begun, ended = [], []

    def work(item):
        begun.append(item)
        time.sleep(0.02)
        ended.append(item)
        return item

    results = in_lanes(work, range(1000), most=2)
    assert next(results) == 0
    results.close()
    assert sorted(begun) == sorted(ended)
    assert len(begun) <= 5
