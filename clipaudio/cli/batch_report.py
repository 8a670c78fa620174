"""Steps of a batch into lines on stdout, a status line, and a summary."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from clipaudio.batch.clip_spec import Unreadable
from clipaudio.batch.job import Task
from clipaudio.batch.planning import Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.batch.job import Job
    from clipaudio.batch.result import Result
    from clipaudio.cli.output import Output

__all__ = ["BatchReport"]

_MOST_NOTES: Final = 1000
"""Different notes that are counted; further ones are printed each time."""


class BatchReport:
    """Count the steps of a batch and print them.

    Parameters
    ----------
    output
        Where lines, messages and the status line go.
    total
        The number of clips, if known: it gives the time left.
    known_note
        A note on the whole run, which is not repeated for each output.
    clock
        The time in seconds; for tests.
    """

    def __init__(
        self,
        output: Output,
        *,
        total: int | None = None,
        known_note: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._total = total
        self._known_note = known_note
        self._clock = clock
        self._began = clock()
        self._by_kind: Counter[str] = Counter()
        self._repeated: Counter[str] = Counter()
        self._first_clips: dict[str, str] = {}
        self._of_several: set[str] = set()  # notes of more than one clip
        self._last_clip: str | None = None
        self.clips = self.made = self.failed = self.skipped = self.unreadable = self.bytes = 0

    def add(self, step: Result | Skipped | Unreadable) -> None:
        """Count *step* and print it."""
        if isinstance(step, Skipped):
            self.skipped += 1
        elif isinstance(step, Unreadable):
            self.unreadable += 1
        else:
            self.clips += step.id != self._last_clip
            self._last_clip = step.id
            self.made += step.is_ok
            self.failed += not step.is_ok
            self.bytes += step.bytes or 0
            self._by_kind[step.kind] += step.is_ok
        self.show(step)
        self._show_status()

    def show(self, step: Task | Result | Skipped | Unreadable, job: Job | None = None) -> None:
        """Print what was made or is planned, and what went wrong."""
        if isinstance(step, Unreadable):
            self._output.message(str(step))
            self._print({"status": "unreadable", "where": step.where, "error": step.message})
        elif isinstance(step, Skipped):
            self._print({"id": step.id, "status": "skipped"})
        elif isinstance(step, Task):
            assert job is not None
            for kind, attempt in step.kinds:
                key = job.key(step.row.id, kind)
                row = {"id": step.row.id, "kind": kind.name, "status": "planned", "output": key, "attempt": attempt}
                self._print(row, f"planned\t{key}")
        else:
            if step.error is not None:
                self._output.message(f"{step.id} {step.kind}: {step.error.message}")
            for note in step.notes:
                self._tell(note, step.output or step.id, step.id)
            self._print(asdict(step), step.output if step.is_ok else None)

    def _tell(self, note: str, subject: str, clip: str) -> None:
        """Print a note the first time, and count it from then on: it may hold for thousands of outputs."""
        if note == self._known_note:
            return
        if note in self._repeated or len(self._repeated) < _MOST_NOTES:
            self._repeated[note] += 1
            if self._first_clips.setdefault(note, clip) != clip:
                self._of_several.add(note)
        if self._repeated[note] < 2:
            self._output.note(f"{subject}: {note}")

    def summarize(self, *, is_whole: bool) -> None:
        """Print the counts of the whole run."""
        seconds = self._clock() - self._began
        self._print(
            {
                "summary": True,
                "is_whole": is_whole,
                "clips": self.clips,
                "made": dict(self._by_kind),
                "failed": self.failed,
                "skipped": self.skipped,
                "unreadable": self.unreadable,
                "bytes": self.bytes,
                "seconds": round(seconds, 3),
            }
        )
        for note, count in self._repeated.items():
            if note in self._of_several:
                self._output.note(f"{count - 1} more output{'s' * (count > 2)}: {note}")
        rate = f", {self.clips / seconds:.1f} a second" if seconds > 0 and self.clips else ""
        self._output.note(
            f"{self.clips} clips, {self.made} outputs, {self.failed} failed, {self.skipped} done before,"
            f" {self.unreadable} rows unreadable, {seconds:.1f} s{rate}"
        )

    def _print(self, row: dict[str, object], text: str | None = None) -> None:
        self._output.row({name: value for name, value in row.items() if value is not None}, text)

    def _show_status(self) -> None:
        seconds = max(self._clock() - self._began, 1e-9)
        seen = self.clips + self.skipped + self.unreadable
        left = ""
        if self._total and self.clips:
            left = f", {_clock_text((self._total - seen) / (self.clips / seconds))} left"
        total = f" of {self._total}" if self._total else ""
        self._output.status(
            f"{seen}{total} clips, {self.failed} failed, {self.clips / seconds:.1f} a second{left}", is_long=True
        )


def _clock_text(seconds: float) -> str:
    whole = max(int(seconds), 0)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
