"""A part of the suite under the simulation of Windows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOLDERS = [
    "receive",
    "download",
    "batch/test_worker.py",
    "batch/test_runner.py",
    "batch/test_engines.py",
    "test_files.py",
]
FOLDERS += ["audio/test_convert.py", "audio/test_many.py"]
FOLDERS += [f"cli/test_{name}.py" for name in ("convert", "export", "fetch", "batch", "names", "measure", "check")]
# test: what it needs that Windows lacks
LISTENER = "receive/test_listener_faults.py"
LEFT_OUT = {
    "receive/test_inbox_file.py::test_removed_index_of_the_log_acknowledges_nothing": "removes an open file",
    "receive/test_inbox_file.py::test_inbox_removed_or_replaced_while_open_acknowledges_nothing": "the same",
    f"{LISTENER}::test_full_listener_without_descriptors_serves_again_when_there_are_some": "resource",
    "audio/test_many.py::test_a_full_disk_leaves_the_old_file": "resource",
    "batch/test_worker.py::test_a_file_that_may_not_grow_leaves_nothing_half_written": "resource",
    "batch/test_engines.py::test_workers_hear_no_interrupt_not_even_while_they_begin": "masks of signals",
    "cli/test_batch.py::test_a_ledger_that_may_not_grow_ends_the_run_in_one_line_and_stays_whole": "resource",
    "cli/test_convert.py::test_a_terminal_sees_a_count_that_wipes_itself_and_a_pipe_sees_none": "pseudo-terminals",
    "cli/test_fetch.py::test_two_ids_that_differ_by_case_only_are_not_one_file": "two files of one name",
}


OWN = {"CLIPAUDIO_SLOW", "CLIPAUDIO_FULL", "PYTHONWARNDEFAULTENCODING"}


@pytest.mark.slow
def test_part_of_the_suite_passes_under_the_simulation(environment):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore::EncodingWarning"]
    command += [f"--deselect=tests/{name}" for name in LEFT_OUT]
    command += [str(TESTS / name) for name in FOLDERS]
    plain = {name: text for name, text in environment.items() if name not in OWN}
    done = subprocess.run(
        command, env=plain, cwd=TESTS.parent, capture_output=True, encoding="utf-8", check=False, timeout=1200
    )
    assert done.returncode == 0, done.stdout
