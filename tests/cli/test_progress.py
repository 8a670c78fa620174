"""What a batch gives is counted and told: lines, progress, a sum."""

from __future__ import annotations

import io
import json

import pytest

from clipaudio.batch.clip_spec import Unreadable
from clipaudio.batch.planning import Skipped
from clipaudio.batch.result import Failure, Result
from clipaudio.cli.progress import Tally, print_row


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock():
    return Clock()


def done(clip, kind="srt", **more):
    return Result(id=clip, kind=kind, status="ok", output=f"{clip}.{kind}", bytes=5, **more)


def failed(clip):
    error = Failure(stage="read", type="CallbackError", message="it is none")
    return Result(id=clip, kind="srt", status="error", error=error)


@pytest.mark.parametrize("is_json", [True, False])
def test_each_step_is_counted_once_and_told_where_it_belongs(clock, capsys, is_json):
    stream = io.StringIO()
    with Tally(is_json=is_json, is_quiet=False, stream=stream, clock=clock) as tally:
        for step in (done("a"), done("a", "vtt", notes=("cut",)), failed("b"), Skipped("c"), Unreadable("m:4", "torn")):
            tally.add(step)
    clock.now += 2
    tally.summarize(is_whole=True)
    counts = (tally.clips, tally.made, tally.failed, tally.skipped, tally.unreadable, tally.bytes)
    assert counts == (2, 2, 1, 1, 1, 10)
    printed = capsys.readouterr().out.splitlines()
    if is_json:
        rows = [json.loads(line) for line in printed]
        assert [row.get("status") for row in rows] == ["ok", "ok", "error", "skipped", "unreadable", None]
        assert rows[-1]["made"] == {"srt": 1, "vtt": 1}
        assert rows[-1]["seconds"] == 2.0
    else:
        assert printed == ["a.srt", "a.vtt"]
    assert stream.getvalue().splitlines() == [
        "clipaudio batch: a.vtt: cut",
        "clipaudio batch: b srt: it is none",
        "clipaudio batch: m:4: torn",
        "2 clips, 2 outputs, 1 failed, 1 done before, 1 rows unreadable, 2.0 s, 1.0 a second",
    ]


def test_a_note_on_the_whole_run_is_not_said_for_each_output(clock):
    stream = io.StringIO()
    tally = Tally(is_json=False, is_quiet=True, said="all alike", stream=stream, clock=clock)
    tally.add(done("a", notes=("all alike", "cut")))
    assert stream.getvalue() == "clipaudio batch: a.srt: cut\n"


def test_a_terminal_is_told_five_times_a_second_and_wiped_at_the_end(clock, capsys):
    stream = Terminal()
    with Tally(is_json=False, is_quiet=False, total=40, stream=stream, clock=clock) as tally:
        for number in range(20):
            clock.now += 0.125
            tally.add(done(str(number)))
    capsys.readouterr()
    lines = stream.getvalue().split("\r\x1b[K")
    assert lines[1] == "2 of 40 clips, 0 failed, 8.0 a second, 0:00:04 left"
    assert len(lines) == 10 + 2
    assert lines[-1] == ""


def test_what_was_done_before_counts_as_gone_and_not_as_speed(clock, capsys):
    stream = Terminal()
    tally = Tally(is_json=False, is_quiet=False, total=7300, stream=stream, clock=clock)
    for number in range(99):
        tally.add(Skipped(str(number)))
    clock.now += 1.0
    tally.add(failed("x"))
    capsys.readouterr()
    assert stream.getvalue().endswith("\r\x1b[K100 of 7300 clips, 1 failed, 1.0 a second, 2:00:00 left")


def test_elsewhere_a_line_comes_every_half_minute_and_none_where_it_is_to_be_quiet(clock, capsys):
    for is_quiet, count in ((False, 2), (True, 0)):
        stream = io.StringIO()
        tally = Tally(is_json=False, is_quiet=is_quiet, stream=stream, clock=clock)
        for number in range(61):
            clock.now += 1.0
            tally.add(done(str(number)))
        assert stream.getvalue().count("\n") == count
    capsys.readouterr()


def test_a_complaint_wipes_the_progress_it_stands_in(clock, capsys):
    stream = Terminal()
    tally = Tally(is_json=False, is_quiet=False, stream=stream, clock=clock)
    clock.now += 1
    tally.add(done("a"))
    tally.add(failed("b"))
    capsys.readouterr()
    assert stream.getvalue() == ("\r\x1b[K1 clips, 0 failed, 1.0 a second\r\x1b[Kclipaudio batch: b srt: it is none\n")


def test_a_row_for_people_may_be_nothing(capsys):
    print_row({"a": 1, "b": None}, None, is_json=False)
    print_row({"a": 1, "b": None}, None, is_json=True)
    assert capsys.readouterr().out == '{"a": 1}\n'
