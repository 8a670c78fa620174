"""One writer a file, whoever comes and goes."""

from __future__ import annotations

import contextlib
import errno
from concurrent.futures import ThreadPoolExecutor

import pytest

from clipaudio.batch.lock import Lock
from clipaudio.errors import LedgerBusyError


@pytest.mark.slow
def test_two_never_hold_a_lock_at_once_while_others_remove_it(tmp_path):
    path = tmp_path / "counter"
    path.write_text("0")

    def count(_):
        """Add one, as only one may at a time: whoever reads what another is about to replace loses a step."""
        while True:
            with contextlib.suppress(LedgerBusyError):
                lock = Lock(path)
                break
        path.write_text(str(int(path.read_text()) + 1))
        lock.release()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(400)))
    assert path.read_text() == "400"
    assert {file.name for file in tmp_path.iterdir()} == {"counter", "counter.lock"}


def test_a_lock_is_released_once(tmp_path):
    first = Lock(tmp_path / "a")
    first.release()
    second = Lock(tmp_path / "a")
    first.release()
    with pytest.raises(LedgerBusyError, match="is being written by process"):
        Lock(tmp_path / "a")
    second.release()


def test_a_lock_in_a_folder_that_is_not_there_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone") as caught:
        Lock(tmp_path / "gone/a")
    assert caught.value.errno == errno.ENOENT
