"""What was done is known again, whatever happened to the file meanwhile."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.ledger import (
    Failure,
    Key,
    KeyStatus,
    Ledger,
    LedgerReader,
    Result,
    merge,
    options_hash,
    read,
    verify,
)
from clipaudio.batch.ledger_reader import HEADER
from clipaudio.batch.result import decode_line, encode_line
from clipaudio.errors import LedgerBusyError, LedgerError

TEXTS = st.text(st.characters(codec=None), max_size=12)
FAILURES = st.builds(Failure, stage=TEXTS, type=TEXTS, message=TEXTS)
RESULTS = st.builds(
    Result,
    id=st.sampled_from(["a", "b", "../a", "ä\0", "\ud800", "a" * 300]),
    kind=st.sampled_from(["srt", "wav-16000-PCM_16"]),
    options=st.sampled_from(["", "0123456789abcdef"]),
    status=st.sampled_from(["ok", "error", "lost", "crashed"]),
    output=st.none() | st.just("a.srt") | TEXTS,
    bytes=st.none() | st.integers(0, 2**53),
    sha256=st.none() | st.just("ab" * 32),
    duration=st.none() | st.floats(0, 1e6),
    error=st.none() | FAILURES,
    notes=st.lists(TEXTS, max_size=2).map(tuple),
    attempt=st.integers(1, 9),
)
BATCHES = st.lists(st.lists(RESULTS, max_size=4), max_size=5)
ONE = Result(id="a", kind="srt", status="ok", output="a.srt", bytes=61)


def write(path, *batches):
    with Ledger(path) as ledger:
        for batch in batches:
            ledger.append(batch)


def last_rows(results):
    """Return the last row of each key, in the order of these rows."""
    last = {}
    for result in results:
        last.pop(result.key, None)
        last[result.key] = result
    return list(last.values())


def standing(result, written):
    """Tell where the key of *result* stands, its last row in *written*; what other options wrote over is not done."""
    later = written[max(place for place, row in enumerate(written) if row is result) + 1 :]
    rivals = [row for row in later if row.is_ok and (row.id, row.kind) == (result.id, result.kind)]
    is_over = result.output is not None and any(row.output == result.output for row in rivals)
    return KeyStatus(result.is_ok and not is_over, result.bytes, result.attempt)


@given(RESULTS)
def test_a_row_comes_back_from_its_line_and_from_a_pickle(result):
    line = encode_line(result)
    assert line.count(b"\n") == 1
    assert decode_line(line) == result == pickle.loads(pickle.dumps(result))


@pytest.mark.slow
@given(BATCHES)
def test_the_last_row_of_a_key_counts_while_it_is_written_and_when_it_is_read_again(tmp_path_factory, batches):
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    written = []
    with Ledger(path) as ledger:
        for batch in batches:
            ledger.append(batch)
            written += batch
            last = last_rows(written)
            assert ledger.done([row.key for row in last]) == [standing(row, written) for row in last]
        assert list(ledger.latest()) == last_rows(written)
    assert path.exists() == bool(written)
    if written:
        assert list(read(path)) == written
        with LedgerReader(path) as reader:
            assert reader.get([Key("never", "srt"), *(row.key for row in last)]) == [None, *last]
            assert reader.done([Key("never", "srt")]) == [KeyStatus(is_done=False, bytes=None, attempt=0)]
            assert list(reader.latest()) == last
            assert reader.torn == 0


@pytest.mark.slow
def test_a_ledger_cut_at_any_byte_keeps_its_whole_rows_and_takes_new_ones(tmp_path):
    rows = [ONE, Result(id="ü", kind="vtt", status="error", error=Failure(stage="export", type="E", message="ß"))]
    path = tmp_path / "ledger.jsonl"
    write(path, rows)
    whole = path.read_bytes()
    ends = [len(HEADER) + len(encode_line(rows[0])) - 1, len(whole) - 1]
    new = Result(id="new", kind="srt", status="lost")
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        left = [row for row, end in zip(rows, ends, strict=True) if cut >= end]
        assert list(read(path)) == left
        with Ledger(path) as ledger:
            assert list(ledger.latest()) == left
            ledger.append([new])
            assert ledger.get([new.key, rows[0].key]) == [new, rows[0] if rows[0] in left else None]
        assert list(read(path)) == [*left, new]
        assert path.read_bytes().startswith(HEADER)


def test_long_ledgers_are_gone_through_in_order(tmp_path):
    path = tmp_path / "ledger.jsonl"
    many = [Result(id=str(number), kind="srt", status="ok") for number in range(2500)]
    write(path, many, many[:10])
    with LedgerReader(path) as reader:
        assert list(reader.latest()) == [*many[10:], *many[:10]]


def test_torn_lines_are_counted(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(HEADER + b'{"id": "a", "ki\n\n' + encode_line(ONE) + b'{"id": "b"}\n\0\0')
    with LedgerReader(path) as reader:
        assert list(reader.latest()) == [ONE]
        assert reader.torn == 3


def test_only_ok_is_done(tmp_path):
    path = tmp_path / "ledger.jsonl"
    statuses = ["ok", "error", "lost", "crashed"]
    write(path, [Result(id=status, kind="srt", status=status, attempt=2) for status in statuses])
    with LedgerReader(path) as reader:
        found = reader.done([Key(status, "srt") for status in statuses])
    assert [one.is_done for one in found] == [True, False, False, False]
    assert [one.attempt for one in found] == [2, 2, 2, 2]


def test_another_kind_or_other_options_are_other_work(tmp_path):
    path = tmp_path / "ledger.jsonl"
    options = options_hash({"fps": 25})
    write(path, [Result(id="a", kind="srt", options=options, status="ok")])
    with LedgerReader(path) as reader:
        keys = [Key("a", "srt", options), Key("a", "vtt", options), Key("a", "srt", options_hash({"fps": 24}))]
        assert [one.is_done for one in reader.done(keys)] == [True, False, False]


def test_options_that_no_json_has_are_refused():
    with pytest.raises(TypeError, match="not JSON serializable"):
        options_hash({"fps": object()})


@pytest.mark.slow
@given(st.lists(st.lists(RESULTS, max_size=6), min_size=1, max_size=4))
def test_merged_ledgers_hold_the_last_row_of_each_key_in_the_order_of_the_ledgers(tmp_path_factory, shards):
    folder = tmp_path_factory.mktemp("shards")
    paths = [folder / f"{number}.jsonl" for number, _ in enumerate(shards)]
    for path, rows in zip(paths, shards, strict=True):
        path.write_bytes(HEADER + b"".join(map(encode_line, rows)))
    expected = last_rows(row for rows in shards for row in rows)
    with LedgerReader(*paths) as reader:
        assert reader.get([row.key for row in expected]) == expected
    assert merge(paths, paths[0]) == len(expected)
    assert list(read(paths[0])) == expected
    assert sorted(folder.glob("*.jsonl")) == paths
    assert all(path.suffix in {".jsonl", ".lock"} for path in folder.iterdir())


def test_ledgers_put_behind_one_another_are_one(tmp_path):
    path = tmp_path / "all.jsonl"
    path.write_bytes((HEADER + encode_line(ONE)) * 2)
    assert list(read(path)) == [ONE, ONE]


def test_a_ledger_of_a_newer_form_is_refused(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"ledger":2,"clipaudio":"9.0"}\n{}\n')
    for opens in (Ledger, LedgerReader, lambda path: list(read(path))):
        with pytest.raises(LedgerError, match=r"clipaudio 9\.0 in another format \(2, this one knows 1\); update"):
            opens(path)
    assert path.read_bytes().endswith(b"{}\n")
    assert {file.name for file in tmp_path.iterdir()} == {"ledger.jsonl", "ledger.jsonl.lock"}


@pytest.mark.parametrize("content", [b'{"id": "a"}\n', b"\n", b"a", b'{"id": "a"}'])
def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "notes.jsonl"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="is no ledger: its first line is no header"):
        Ledger(path)
    assert path.read_bytes() == content


def test_a_run_without_rows_makes_no_file(tmp_path):
    write(tmp_path / "ledger.jsonl", [])
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.jsonl.lock"]


def test_a_second_writer_is_told_who_the_first_is(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with Ledger(path, sync=True) as ledger:
        ledger.append([ONE])
        with pytest.raises(LedgerBusyError, match=f"process {os.getpid()}; wait") as caught:
            Ledger(path)
        assert caught.value.process == os.getpid()
        with pytest.raises(LedgerBusyError, match="is being written"):
            merge([path], path)
        with LedgerReader(path) as reader:  # readers need no lock
            assert reader.done([ONE.key])[0].is_done
    write(path, [ONE])
    assert len(list(read(path))) == 2


def test_the_lock_of_a_writer_that_was_killed_stops_nobody(tmp_path):
    path = tmp_path / "ledger.jsonl"
    code = "import sys; from clipaudio.batch.ledger import Ledger; Ledger(sys.argv[1]); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline().strip() == b"1"
        with pytest.raises(LedgerBusyError, match=f"process {other.pid};"):
            Ledger(path)
        other.kill()
    write(path, [ONE])
    assert list(read(path)) == [ONE]


def test_rows_that_do_not_fit_on_the_disk_are_not_there_at_all(tmp_path):
    path = tmp_path / "ledger.jsonl"
    write(path, [ONE])
    before = path.read_bytes()
    code = (
        "import resource, signal, sys\n"
        "from clipaudio.batch.ledger import Ledger, Result\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "limits = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), limits[1]))\n"
        "with Ledger(sys.argv[1]) as ledger:\n"
        "    try:\n"
        "        ledger.append([Result(id='b', kind='srt', status='ok')] * 9)\n"
        "    except OSError as error:\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, limits)\n"
        "        print(error)\n"
        "    ledger.append([Result(id='c', kind='srt', status='ok')])\n"
    )
    command = [sys.executable, "-c", code, path, str(len(before) + 100)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "100 of " in told
    assert "is the disk full?" in told
    assert [row.id for row in read(path)] == ["a", "c"]
    assert path.read_bytes().startswith(before)


def test_verify_reads_every_output_again(tmp_path):
    outputs = {"whole": b"whole", "longer": b"longer", "other": b"other", "unmeasured": b"?"}
    path = tmp_path / "ledger.jsonl"

    def done(name, content):
        return Result(
            id=name,
            kind="srt",
            status="ok",
            output=name,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    write(
        path,
        [done(name, content) for name, content in outputs.items()],
        [done("gone", b""), Result(id="unmeasured", kind="srt", status="ok", output="unmeasured")],
        [Result(id="failed", kind="srt", status="error"), Result(id="none", kind="srt", status="ok")],
    )
    outputs |= {"longer": b"longer!", "other": b"OTHER", "unmeasured": b"anything"}

    def open_output(name):
        if name not in outputs:
            raise FileNotFoundError(2, "No such file", name)
        return io.BytesIO(outputs[name])

    with LedgerReader(path) as reader:
        found = {difference.result.id: difference.message for difference in verify(reader, open_output)}
    assert found == {
        "longer": "has 7 bytes instead of 6",
        "other": "has the right size but other bytes",
        "gone": "cannot be read: [Errno 2] No such file: 'gone'",
    }


@pytest.mark.slow
def test_a_ledger_of_many_rows_needs_no_more_memory_than_one_of_few(tmp_path, peak):
    code = (
        "import sys\n"
        "from clipaudio.batch.ledger import Key, LedgerReader\n"
        "with LedgerReader(sys.argv[1]) as reader:\n"
        "    assert all(one.is_done for one in reader.done(Key(f'{n:x}', 'srt') for n in range(1000)))\n"
    )
    peaks = []
    for count in (10_000, 150_000):
        path = tmp_path / f"{count}.jsonl"
        with path.open("wb") as file:
            file.write(HEADER)
            file.writelines(encode_line(Result(id=f"{n:x}", kind="srt", status="ok", bytes=n)) for n in range(count))
        peaks.append(peak(code, path))
    assert peaks[1] - peaks[0] < 5000  # KiB; 140,000 keys in a dict take 30,000
