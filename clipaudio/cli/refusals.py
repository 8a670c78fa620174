"""Report refused requests from a thread of their own, and count alike ones: a slow terminal stops no listener."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final, Self

from clipaudio.waits import join

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Refusals"]

_PAUSE: Final = 2.0  # seconds in which alike ones are counted
_MOST: Final = 50  # different ones in that time
_LENGTH: Final = 200  # characters of a reason


class Refusals:
    """Count refusals and report them; as a context manager it reports the rest at its end.

    Parameters
    ----------
    report
        Called with the status, the reason and how often it came; what it raises is ignored.

    Examples
    --------
    >>> with Refusals(lambda *facts: print(*facts)) as refusals:
    ...     refusals.add(404, "not found")
    404 not found 1
    """

    def __init__(self, report: Callable[[int, str, int], None]) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._counts: Counter[tuple[int, str]] = Counter()
        self._came, self._ends = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="clipaudio-refusals", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._came.set()
        join(self._thread, _PAUSE)  # a terminal may hang

    def add(self, status: int, reason: str) -> None:
        """Count one refusal; never blocks for long."""
        key = status, reason[:_LENGTH]
        with self._lock:
            if key not in self._counts and len(self._counts) >= _MOST:
                key = status, "several reasons"
            self._counts[key] += 1
        self._came.set()

    def _run(self) -> None:
        while not self._ends.is_set():
            self._came.wait()
            self._came.clear()
            self._report_all()
            self._ends.wait(_PAUSE)
        self._report_all()

    def _report_all(self) -> None:
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for (status, reason), count in counts.items():
            with contextlib.suppress(Exception):  # what cannot be printed must not stop the rest
                self._report(status, reason, count)
