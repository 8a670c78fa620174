"""Results of a batch into lines on the standard output, progress on a terminal, and a summary."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Self

from clipaudio.batch.clip_spec import Unreadable
from clipaudio.batch.job import Task
from clipaudio.batch.planning import Skipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from clipaudio.batch.job import Job
    from clipaudio.batch.result import Result

__all__ = ["Tally", "print_row"]

_EVERY_S = 0.2  # on a terminal
_LINE_EVERY_S = 30.0  # elsewhere


class Tally:
    """Counts what a batch gives, and tells of it; progress is shown as long as the block lasts.

    Parameters
    ----------
    is_json
        Print JSON lines instead of paths.
    is_quiet
        Show no progress.
    total
        How many clips there are, where that is known: the time left is told.
    said
        A note on the whole run, which is not said again for each output.
    stream, clock
        Where progress goes, and what time it is; for tests.
    """

    def __init__(
        self,
        *,
        is_json: bool,
        is_quiet: bool,
        total: int | None = None,
        said: str | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_json = is_json
        self._is_quiet = is_quiet
        self._total = total
        self._said = said
        self._stream = stream or sys.stderr
        self._clock = clock
        self._began = self._shown = clock()
        self._is_terminal = self._stream.isatty()
        self._by_kind: Counter[str] = Counter()
        self._last_clip: str | None = None
        self.clips = self.made = self.failed = self.skipped = self.unreadable = self.bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wipe()

    def add(self, step: Result | Skipped | Unreadable) -> None:
        """Count *step* and tell of it."""
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
        self.tell(step)
        self._progress()

    def tell(self, step: Task | Result | Skipped | Unreadable, job: Job | None = None) -> None:
        """Print what was made or is planned, and what went wrong."""
        if isinstance(step, Unreadable):
            self._complain(str(step))
            row: dict[str, object] = {"status": "unreadable", "where": step.where, "error": step.message}
            print_row(row, None, is_json=self._is_json)
        elif isinstance(step, Skipped):
            print_row({"id": step.id, "status": "skipped"}, None, is_json=self._is_json)
        elif isinstance(step, Task):
            assert job is not None
            for kind, attempt in step.kinds:
                key = job.key(step.row.id, kind)
                row = {"id": step.row.id, "kind": kind.name, "status": "planned", "output": key, "attempt": attempt}
                print_row(row, f"planned\t{key}", is_json=self._is_json)
        else:
            if step.error is not None:
                self._complain(f"{step.id} {step.kind}: {step.error.message}")
            for note in step.notes:
                if note != self._said:
                    self._complain(f"{step.output}: {note}")
            print_row(asdict(step), step.output if step.is_ok else None, is_json=self._is_json)

    def summarize(self, *, is_whole: bool) -> None:
        """Say how it went, once."""
        seconds = self._clock() - self._began
        row = {
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
        print_row(row, None, is_json=self._is_json)
        rate = f", {self.clips / seconds:.1f} a second" if seconds > 0 and self.clips else ""
        self._stream.write(
            f"{self.clips} clips, {self.made} outputs, {self.failed} failed, {self.skipped} done before,"
            f" {self.unreadable} rows unreadable, {seconds:.1f} s{rate}\n"
        )

    def _complain(self, text: str) -> None:
        self._wipe()
        self._stream.write(f"clipaudio batch: {text}\n")

    def _progress(self) -> None:
        now = self._clock()
        if self._is_quiet or now - self._shown < (_EVERY_S if self._is_terminal else _LINE_EVERY_S):
            return
        self._shown = now
        seconds = max(now - self._began, 1e-9)
        gone = self.clips + self.skipped + self.unreadable
        left = ""
        if self._total and self.clips:
            left = f", {_clock_text((self._total - gone) / (self.clips / seconds))} left"
        of = f" of {self._total}" if self._total else ""
        line = f"{gone}{of} clips, {self.failed} failed, {self.clips / seconds:.1f} a second{left}"
        self._stream.write(f"\r\x1b[K{line}" if self._is_terminal else f"{line}\n")
        self._stream.flush()

    def _wipe(self) -> None:
        if self._is_terminal and not self._is_quiet:
            self._stream.write("\r\x1b[K")


def print_row(row: dict[str, object], text: str | None, *, is_json: bool) -> None:
    """Print *row* as JSON, or *text* where people read; None is nothing."""
    line = json.dumps({name: value for name, value in row.items() if value is not None}) if is_json else text
    if line is not None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _clock_text(seconds: float) -> str:
    whole = max(int(seconds), 0)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
