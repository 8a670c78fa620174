"""Lines are waited for, and the wait can be ended; none that came is lost."""

from __future__ import annotations

import io
import itertools
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.interruptible_stdin import WaitingLines


class Blocks:
    """A file that gives *blocks* as they are, then what *then* tells."""

    def __init__(self, *blocks, then=lambda: b""):
        self._blocks, self._then = list(blocks), then

    def read(self, _):
        return self._blocks.pop(0) if self._blocks else self._then()


@pytest.fixture
def pipe():
    """Yield the unbuffered end of a pipe, and the descriptor to write to."""
    here, there = os.pipe()
    with io.FileIO(here) as stream:
        yield stream, there
        os.close(there)  # which ends the thread's read, before the stream is closed


@given(st.lists(st.binary(min_size=1, max_size=6)))
def test_lines_are_those_of_the_stream_however_its_bytes_come(blocks):
    *whole, last = b"".join(blocks).split(b"\n")
    assert list(WaitingLines(Blocks(*blocks), stop=threading.Event())) == ([*whole, last] if last else whole)


def test_a_wait_that_is_ended_gives_what_came_but_no_part_of_a_line(pipe):
    stream, there = pipe
    os.write(there, b"a\nb\npart")
    lines = WaitingLines(stream, stop=threading.Event())
    assert not lines.end_wait()
    found = iter(lines)
    assert (next(found), next(found)) == (b"a", b"b")
    assert not lines.end_wait(), "nothing is waited for between two lines"
    timer = threading.Timer(0.05, lines.end_wait)
    timer.start()
    assert list(found) == []
    timer.join()


def test_a_run_that_is_stopped_waits_for_no_line(pipe):
    stop = threading.Event()
    stop.set()
    assert list(WaitingLines(pipe[0], stop=stop)) == []


def test_the_last_line_needs_no_end_even_where_the_run_is_stopped():
    stop = threading.Event()
    lines = iter(WaitingLines(io.BytesIO(b"a\nb"), stop=stop))
    assert next(lines) == b"a"
    stop.set()
    assert next(lines) == b"b"


def test_a_stream_that_breaks_off_is_the_error_it_is():
    def breaks():
        raise OSError(5, "Input/output error")

    lines = iter(WaitingLines(Blocks(b"a\n", then=breaks), stop=threading.Event()))
    assert next(lines) == b"a"
    with pytest.raises(OSError, match="Input/output error"):
        next(lines)


def test_a_stream_that_has_nothing_now_and_does_not_wait_is_asked_again():
    answers = [None, b"c\nd", b""]
    lines = WaitingLines(Blocks(b"a\nb", then=lambda: answers.pop(0)), stop=threading.Event())
    assert list(lines) == [b"a", b"bc", b"d"]


def test_a_wait_that_is_ended_is_over_though_lines_never_cease():
    given = itertools.count()
    lines = WaitingLines(Blocks(then=lambda: b"%d\n" % next(given)), stop=threading.Event())
    timer = threading.Timer(0.05, lambda: _until(lines.end_wait))
    timer.start()
    found = list(itertools.islice(lines, 1_000_000))
    timer.join()
    assert found == [b"%d" % number for number in range(len(found))], "those that came are given, in order"
    assert len(found) < 1_000_000


def _until(is_done):
    while not is_done():
        pass
