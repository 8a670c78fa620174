"""Steps of a batch are counted and printed: lines, a status line, a summary."""

from __future__ import annotations

import io
import json

import pytest

from clipaudio.batch.clip_spec import Unreadable
from clipaudio.batch.planning import Skipped
from clipaudio.batch.result import Failure, Result
from clipaudio.cli.batch_report import BatchReport
from clipaudio.cli.output import Output


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


def make_report(clock, stream, *, is_json=False, is_quiet=False, **more):
    output = Output("batch", is_json=is_json, is_quiet=is_quiet, stream=stream, clock=clock)
    return output, BatchReport(output, clock=clock, **more)


@pytest.mark.parametrize("is_json", [True, False])
def test_each_step_is_counted_once_and_printed_where_it_belongs(clock, capsys, is_json):
    stream = io.StringIO()
    output, report = make_report(clock, stream, is_json=is_json)
    with output:
        for step in (done("a"), done("a", "vtt", notes=("cut",)), failed("b"), Skipped("c"), Unreadable("m:4", "torn")):
            report.add(step)
    clock.now += 2
    report.summarize(is_whole=True)
    counts = (report.clips, report.made, report.failed, report.skipped, report.unreadable, report.bytes)
    assert counts == (2, 2, 1, 1, 1, 10)
    printed = capsys.readouterr().out.splitlines()
    if is_json:
        rows = [json.loads(line) for line in printed]
        assert [row.get("status") for row in rows] == ["ok", "ok", "error", "skipped", "unreadable", None]
        assert rows[-1]["made"] == {"srt": 1, "vtt": 1}
        assert rows[-1]["seconds"] == 2.0
        assert all(None not in row.values() for row in rows)
    else:
        assert printed == ["a.srt", "a.vtt"]
    assert stream.getvalue().splitlines() == [
        "clipaudio batch: a.vtt: cut",
        "clipaudio batch: b srt: it is none",
        "clipaudio batch: m:4: torn",
        "clipaudio batch: 2 clips, 2 outputs, 1 failed, 1 done before, 1 rows unreadable, 2.0 s, 1.0 a second",
    ]


def test_note_on_the_whole_run_is_not_repeated_for_each_output(clock):
    stream = io.StringIO()
    _, report = make_report(clock, stream, known_note="all alike")
    report.add(done("a", notes=("all alike", "cut")))
    assert stream.getvalue() == "clipaudio batch: a.srt: cut\n"


def test_terminal_shows_a_status_five_times_a_second_and_clears_it(clock, capsys):
    stream = Terminal()
    output, report = make_report(clock, stream, total=40)
    with output:
        for number in range(20):
            clock.now += 0.125
            report.add(done(str(number)))
    capsys.readouterr()
    lines = [line for line in stream.getvalue().split("\r\x1b[K") if line]
    assert lines[1] == "3 of 40 clips, 0 failed, 8.0 a second, 0:00:04 left"
    assert len(lines) == 10
    assert stream.getvalue().endswith("\r\x1b[K")


def test_skipped_clips_count_as_seen_but_not_as_speed(clock, capsys):
    stream = Terminal()
    _, report = make_report(clock, stream, total=7300)
    for number in range(99):
        report.add(Skipped(str(number)))
    clock.now += 1.0
    report.add(failed("x"))
    capsys.readouterr()
    assert stream.getvalue().endswith("\r\x1b[K100 of 7300 clips, 1 failed, 1.0 a second, 2:00:00 left")


def test_elsewhere_a_status_comes_every_half_minute_and_none_with_quiet(clock, capsys):
    for is_quiet, count in ((False, 2), (True, 0)):
        stream = io.StringIO()
        _, report = make_report(clock, stream, is_quiet=is_quiet)
        for number in range(61):
            clock.now += 1.0
            report.add(done(str(number)))
        assert stream.getvalue().count("\n") == count
    capsys.readouterr()


def test_message_clears_the_status_line_before_it(clock, capsys):
    stream = Terminal()
    _, report = make_report(clock, stream)
    clock.now += 1
    report.add(done("a"))
    report.add(failed("b"))
    capsys.readouterr()
    assert stream.getvalue() == "\r\x1b[K1 clips, 0 failed, 1.0 a second\r\x1b[Kclipaudio batch: b srt: it is none\n"
