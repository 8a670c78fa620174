"""Rows become tasks: only what is not done yet, and each file is written by one row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.job import Conversion, Job, Task
from clipaudio.batch.ledger import Ledger, Result
from clipaudio.batch.output_store import Folder
from clipaudio.batch.planning import Skipped, chunked, plan


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.jsonl") as opened:
        yield opened


@pytest.fixture
def done(tmp_path, ledger):
    """Return a function that makes an output and the row of it."""

    def make(job, clip, kind, *, suffix="", **more):
        key = job.key(clip, kind) + suffix
        path = tmp_path / "out" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1234")
        given = {"status": "ok", "output": key, "bytes": 4, **more}
        ledger.append([Result(id=clip, kind=kind.name, options=kind.options, **given)])
        return path

    return make


@pytest.fixture
def job(tmp_path):
    """Return a function that makes a job."""
    return lambda *exports, **more: Job(place=Folder(str(tmp_path / "out")), exports=exports, **more)


def left(rows, job, ledger, **options):
    """Return what is left of each row, by kind and attempt; a text for what is no task."""
    steps = plan(rows, job, ledger, **options)
    return [
        [(kind.name, attempt) for kind, attempt in step.kinds] if isinstance(step, Task) else type(step).__name__
        for step in steps
    ]


def test_an_added_kind_redoes_nothing_but_itself(job, ledger, done):
    done(job("srt"), "a", job("srt").kinds[0])
    assert left([ClipSpec(id="a")], job("srt"), ledger) == ["Skipped"]
    assert left([ClipSpec(id="a")], job("srt", "vtt"), ledger) == [[("vtt", 1)]]


def test_changed_options_are_other_work(job, ledger, done):
    done(job("srt"), "a", job("srt").kinds[0])
    assert left([ClipSpec(id="a")], job("srt", language="ja"), ledger) == [[("srt", 1)]]


def test_options_there_and_back_are_work_again_where_they_share_a_file(job, ledger, done):
    first, other, flat = job("srt", "vtt"), job("srt", language="ja"), job("srt", language="ja", is_flat=True)
    for kind in first.kinds:
        done(first, "a", kind)
    done(flat, "a", flat.kinds[0])
    assert left([ClipSpec(id="a")], first, ledger) == ["Skipped"]
    done(other, "a", other.kinds[0], attempt=3)
    assert left([ClipSpec(id="a")], first, ledger) == [[("srt", 2)]]
    assert left([ClipSpec(id="a")], other, ledger) == left([ClipSpec(id="a")], flat, ledger) == ["Skipped"]
    done(first, "a", first.kinds[0], attempt=2)
    assert left([ClipSpec(id="a")], first, ledger) == ["Skipped"]
    assert left([ClipSpec(id="a")], other, ledger) == [[("srt", 4)]]


def test_options_whose_output_failed_have_written_over_nothing(job, ledger, done):
    done(job("srt"), "a", job("srt").kinds[0])
    other = job("srt", language="ja").kinds[0]
    ledger.append([Result(id="a", kind="srt", options=other.options, status="error")])
    assert left([ClipSpec(id="a")], job("srt"), ledger) == ["Skipped"]


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"12"), lambda path: path.unlink()])
def test_an_output_of_another_size_or_none_is_made_again(job, ledger, done, change):
    change(done(job("srt"), "a", job("srt").kinds[0]))
    assert left([ClipSpec(id="a")], job("srt"), ledger) == [[("srt", 2)]]


@pytest.mark.parametrize("status", ["error", "lost", "crashed"])
def test_what_failed_is_tried_again_and_counted(job, ledger, done, status):
    done(job("srt"), "a", job("srt").kinds[0], status=status, attempt=4)
    assert left([ClipSpec(id="a")], job("srt"), ledger) == [[("srt", 5)]]


def test_all_is_done_again_where_that_is_asked(job, ledger, done):
    done(job("srt"), "a", job("srt").kinds[0])
    assert left([ClipSpec(id="a")], job("srt"), ledger, redo=True) == [[("srt", 2)]]


@pytest.mark.parametrize("is_fetching", [True, False])
def test_audio_that_an_earlier_run_fetched_is_not_fetched_again(job, ledger, done, is_fetching):
    fetching = job(is_fetching=True)
    for kind in fetching.kinds:
        done(fetching, "a", kind, suffix=".wav" if kind.name == "audio" else "")
    [skipped] = plan([ClipSpec(id="a")], fetching, ledger)
    assert skipped == Skipped("a")
    wanted = job(conversions=(Conversion.parse("8000"),), is_fetching=is_fetching)
    [task] = plan([ClipSpec(id="a")], wanted, ledger)
    assert [kind.name for kind, _ in task.kinds] == ["wav-8000"]
    assert task.audio == "a/a.wav"


def test_fetched_audio_that_has_gone_is_fetched_again(job, ledger, done):
    fetching = job("srt", is_fetching=True)
    path = done(fetching, "a", fetching.audio, suffix=".wav")
    path.unlink()
    [task] = plan([ClipSpec(id="a")], fetching, ledger)
    assert [kind.name for kind, _ in task.kinds] == ["audio", "callback", "srt"]
    assert task.audio is None
    path.write_bytes(b"1234")
    [task] = plan([ClipSpec(id="a")], fetching, ledger, redo=True)
    assert (len(task.kinds), task.audio) == (3, None)


def test_the_first_row_of_an_id_stands_and_case_counts(job, ledger):
    rows = [
        ClipSpec(id="a", where="m:1"),
        ClipSpec(id="A"),
        ClipSpec(id="a", where="m:3"),
        Unreadable("m:4", "torn"),
        ClipSpec(id="a/b"),
    ]
    steps = list(plan(rows, job("srt"), ledger))
    tasks = [step.row.id for step in steps if isinstance(step, Task)]
    assert tasks == ["a", "A", "a/b"]
    [twice] = [step for step in steps if isinstance(step, Result)]
    assert (twice.id, twice.status, twice.error.type) == ("a", "error", "DuplicateId")
    assert twice.error.message == "m:3: a row before it writes the same files (a); give it an id of its own"
    assert Unreadable("m:4", "torn") in steps


@given(st.lists(st.sampled_from(["a", "A", "b", "../x", "a/b", "\0", "é", "x" * 300, "\ud800"]), max_size=12))
def test_every_id_is_one_task_and_every_other_row_is_told(tmp_path_factory, ids):
    job = Job(place=Folder("nowhere"), exports=("srt",))
    with Ledger(tmp_path_factory.mktemp("planning") / "ledger.jsonl") as ledger:
        steps = list(plan([ClipSpec(id=id_) for id_ in ids], job, ledger))
    assert [step.row.id for step in steps if isinstance(step, Task)] == list(dict.fromkeys(ids))
    assert len(steps) == len(ids)


@given(st.lists(st.integers()), st.integers(1, 9))
def test_chunks_hold_all_in_order_and_only_the_last_is_shorter(items, size):
    chunks = list(chunked(items, size))
    assert [item for chunk in chunks for item in chunk] == items
    assert all(len(chunk) == size for chunk in chunks[:-1])
