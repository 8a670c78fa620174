"""Clips behind one another keep what was found about each."""

from __future__ import annotations

import time

from clipaudio.timing.aligned import align
from clipaudio.timing.joining import join_aligned
from clipaudio.timing.timeline import Timeline

CLIP = align(Timeline("abc", [[0.0, 0.2], [0.1, 0.3], [0.3, 0.4]]), duration=0.5)


def joined(count):
    return join_aligned([(CLIP, number * 0.5) for number in range(count)], duration=count * 0.5)


def seconds(count):
    took = []
    for _ in range(3):
        begin = time.process_time()
        joined(count)
        took.append(time.process_time() - begin)
    return min(took)


def test_what_was_found_about_each_clip_stands_once_with_the_rows_of_all():
    (alone,) = CLIP.reports["graphemes"].findings
    (found,) = joined(3).reports["graphemes"].findings
    assert (found.kind, found.example) == (alone.kind, alone.example)
    assert found.rows.tolist() == [row + 3 * number for number in range(3) for row in alone.rows.tolist()]


def test_four_times_as_many_clips_take_about_four_times_as_long():
    assert seconds(4000) <= 9 * seconds(1000)  # quadratic would be 16
