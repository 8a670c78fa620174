"""What workers are told to do in tests: they import it by name, as they import any function of the library."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

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


def is_told(environment):
    """Begin with *environment*, as a process that uses an object store does."""
    os.environ.update(environment)


def write(place, files, *, fail=False):
    """Write files by their keys; those of one key are what the first is called, and what stands beside it."""
    for key, data in files.items():
        with place.writing(key) as path:
            path.write_bytes(data)
            if fail:
                raise ValueError("it ends badly")


def read(place, key):
    """Read what stands at *key* in all ways there are."""
    with place.reading(key) as path:
        name, data = path.name, path.read_bytes()
    with place.open(key) as file:
        return name, data, file.read()


def claims(place, *owners):
    """Claim one key for each owner."""
    return [place.claim("_shards/1-of-3", owner) for owner in owners]


def size_of(place, key):
    """Read an object once."""
    with place.open(key) as file:
        return len(file.read())


def race(place, count):
    """Claim one key for many owners at once."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda owner: place.claim("_shards/2-of-3", f"owner {owner}"), range(count)))
