"""What workers are told to do in tests: they import it by name, as they import any function of the library."""

from __future__ import annotations

import os
import signal

from clipaudio.batch.worker import work


def exits(job, tasks):
    """End the process without a word at a clip called so."""
    if any(task.row.id == "exits" for task in tasks):
        os._exit(3)
    return work(job, tasks)


def is_killed(job, tasks):
    """Be killed, as by a system that has no memory left."""
    if any(task.row.id == "is-killed" for task in tasks):
        os.kill(os.getpid(), signal.SIGKILL)
    return work(job, tasks)


def divides_by_nothing(job, tasks):
    """Raise what no worker is expected to raise."""
    if any(task.row.id == "divides" for task in tasks):
        return 1 // 0
    return work(job, tasks)
