"""A batch that is killed at any moment, or loses a worker, ends with the bytes of one that was left alone."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from clipaudio.batch.ledger import read

KILLS = 20 if os.environ.get("CLIPAUDIO_LONG") == "1" else 3
JOBS, CHUNK, WINDOW = 2, 2, 1
UNDER_WAY = JOBS * (WINDOW + 1) * CHUNK
WORDS = ("--to", "srt", "--convert", "44100:PCM_24", "--fetch", "--quiet")
KINDS = 4

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are found as Linux tells of them")


@pytest.fixture(scope="module")
def manifest(make_clips, tmp_path_factory):
    """Return a manifest of clips that share one sound: enough for every kill to strike in the middle."""
    [row] = make_clips().add("a", seconds=4)
    whole = json.loads(Path(row.callback).read_text())
    path = tmp_path_factory.mktemp("kills") / "clips.jsonl"
    lines = [{"id": f"clip{number:04d}", "callback": whole, "audio": row.audio} for number in range(16 * (KILLS + 2))]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def whole(manifest, tmp_path_factory, outputs):
    """Return the outputs of a run that nothing befell."""
    out = tmp_path_factory.mktemp("whole")
    with start(manifest, out, "threads") as process:
        assert process.wait(300) == 0
    return outputs(out)


def start(manifest, out, engine):
    # what is killed would leave broken figures of its coverage
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-m", "clipaudio", "batch", str(manifest), "--out", str(out), *WORDS]
    command += ["--engine", engine, "--jobs", str(JOBS), "--chunk", str(CHUNK), "--window", str(WINDOW)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True, env=environ)


def written_down(out: Path) -> int:
    ledger = out / "ledger.jsonl"
    return max(ledger.read_bytes().count(b"\n") - 1, 0) if ledger.exists() else 0


def wait_for(condition, process=None):
    for _ in range(30_000):
        if found := condition():
            return found
        assert process is None or process.poll() is None, "the run ended before it was killed"
        time.sleep(0.002)
    pytest.fail("it took too long")


def is_gone(group: int) -> bool:
    """Tell whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def workers_of(process) -> list[int]:
    found = []
    for number in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        with suppress(OSError):  # it may have ended meanwhile
            if b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes():
                found.append(int(number))
    return found


def marks(out: Path) -> dict[str, tuple[int, int]]:
    """Tell of each whole output which file it is: one that is written again is another."""
    found = [path for path in out.rglob("*") if path.is_file() and not path.name.endswith((".part", ".jsonl", ".lock"))]
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def clips_of(names) -> set[str]:
    return {name.partition(".")[0] for name in names}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_a_driver_that_is_killed_at_any_moment_costs_what_was_under_way(engine, manifest, whole, tmp_path, outputs):
    dice = random.Random(f"{engine} 7")
    midway = 0
    before = {}
    all_rows = len(manifest.read_text().splitlines()) * KINDS
    for _ in range(KILLS):
        process = start(manifest, tmp_path, engine)
        with process:
            begun = written_down(tmp_path)
            last = min(begun + 16 * KINDS, all_rows - UNDER_WAY * KINDS)
            goal = dice.randint(begun, last)
            wait_for(lambda goal=goal: written_down(tmp_path) >= goal, process)
            time.sleep(dice.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
        wait_for(lambda group=process.pid: is_gone(group))
        check_redone(before, tmp_path)
        before = marks(tmp_path)
        done = {row.output.rpartition("/")[2] for row in read(tmp_path / "ledger.jsonl") if row.is_ok}
        assert done <= set(before)
        assert clips_of(set(before) - done) <= {f"clip{number:04d}" for number in range(all_rows)}
        assert len(clips_of(set(before) - done)) <= UNDER_WAY
        midway += 0 < len(done) < all_rows
    with start(manifest, tmp_path, engine) as process:
        assert process.wait(300) == 0
    check_redone(before, tmp_path)
    assert midway > KILLS // 2, "few kills struck in the middle"
    assert outputs(tmp_path) == whole
    rows = list(read(tmp_path / "ledger.jsonl"))
    assert len({row.key for row in rows}) == len(rows) == all_rows


def check_redone(before, out):
    """Check that no more clips were made again, of those that lay there whole, than were under way."""
    now = marks(out)
    again = clips_of(name for name, mark in before.items() if now.get(name) != mark)
    assert len(again) <= UNDER_WAY


@pytest.mark.slow
def test_a_worker_that_is_killed_at_any_moment_costs_what_was_under_way(manifest, whole, tmp_path, outputs):
    dice = random.Random(11)
    all_rows = len(manifest.read_text().splitlines()) * KINDS
    with start(manifest, tmp_path, "processes") as process:
        for _ in range(KILLS):
            goal = written_down(tmp_path) + dice.randint(KINDS, 12 * KINDS)
            workers = wait_for(lambda goal=goal: written_down(tmp_path) >= goal and workers_of(process), process)
            time.sleep(dice.uniform(0, 0.02))
            with suppress(ProcessLookupError):  # its pool may have been given up with the one killed before
                os.kill(dice.choice(workers), signal.SIGKILL)
        assert process.wait(300) == 0
    assert outputs(tmp_path) == whole
    rows = list(read(tmp_path / "ledger.jsonl"))
    lost = [row for row in rows if row.status == "lost"]
    assert {row.status for row in rows} == {"ok", "lost"}
    assert 0 < len({row.id for row in lost}) <= KILLS * UNDER_WAY
    assert len({row.key for row in rows if row.is_ok}) == all_rows
    assert len([row for row in rows if row.is_ok]) == all_rows
