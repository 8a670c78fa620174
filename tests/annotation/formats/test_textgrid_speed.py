"""Writing stays linear where every line is traced, as under coverage: Python 3.11 made others' writers quadratic."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from clipaudio.annotation.formats.textgrid import dumps, loads
from clipaudio.timing.timeline import Timeline


def seconds_traced(work):
    """Return the least CPU time of five runs with a tracer that sees every line."""

    def tracer(_frame, _event, _argument):
        return tracer

    before, took = sys.gettrace(), []
    for _ in range(5):
        sys.settrace(tracer)
        begin = time.process_time()
        work()
        took.append(time.process_time() - begin)
        sys.settrace(before)
    return min(took)


def lines(count):
    edges = np.arange(count + 1) * 0.0731
    line = Timeline([f"x{row % 40}" for row in range(count)], np.column_stack((edges[:-1], edges[1:])))
    return {"phones": line}, float(edges[-1])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["short", "long"])
def test_twice_as_many_intervals_take_about_twice_as_long_to_write_and_read(kind):
    # quadratic would be 4 and more; 2.5 is the goal that the benchmark holds, the rest is room for a busy machine
    few, many = lines(10_000), lines(20_000)
    few_text, many_text = dumps(*few, format=kind), dumps(*many, format=kind)
    write_few = seconds_traced(lambda: dumps(*few, format=kind))
    assert seconds_traced(lambda: dumps(*many, format=kind)) <= 3.2 * write_few
    read_few = seconds_traced(lambda: loads(few_text))
    assert seconds_traced(lambda: loads(many_text)) <= 3.2 * read_few
