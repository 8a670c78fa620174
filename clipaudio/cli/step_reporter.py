"""Report the steps of `clipaudio listen`: a line on stdout or stderr, and a line of JSON in its log.

Conventions
-----------
Nothing here stops or delays the work. A new log is for its owner only; no secret is in it.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clipaudio.cli.output import Output, printable, to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clipaudio.cli.background import Background
    from clipaudio.receive.worker import Progress

__all__ = ["StepReporter"]

_DONE = {"downloaded", "exported", "forwarded", "superseded"}


class StepReporter:
    """Append each step to the log and print it in the background; what cannot be written is reported once.

    Parameters
    ----------
    options
        Those of `listen`.
    output
        Where steps and messages are printed.
    background
        What makes the calls.
    """

    def __init__(self, options: argparse.Namespace, output: Output, background: Background) -> None:
        from clipaudio.receive.troubles import Troubles

        self._options = options
        self._output = output
        self._background = background
        self._log_troubles = Troubles(lambda text: output.message(f"{options.log}: {text}"))
        self._inbox_troubles = Troubles(self.warn)
        self._print_troubles = Troubles(lambda text: output.message(f"steps cannot be printed: {text}"))

    def __call__(self, progress: Progress) -> None:
        """Report one step."""
        values = progress.to_dict()
        self._background.call(lambda: self._write(progress.step, values, lambda: self._print(progress)))

    def warn(self, text: str) -> None:
        """Print one sentence about an error that belongs to no callback."""
        self._background.call(lambda: self._output.message(text))

    def note_trouble(self, error: Exception | None) -> None:
        """Print why callbacks cannot be stored, once; with None, that they can again."""
        if error is None:
            self._inbox_troubles.clear()
        else:
            self._inbox_troubles.add(error, advice="callbacks are refused with 503 until it can be")

    def report_refusal(self, status: int, reason: str, count: int) -> None:
        """Report requests that were refused."""
        values: dict[str, object] = {"number": None, "clip": None, "step": "refused", "files": [], "message": reason}
        values |= {"status": status, "count": count}
        times = "" if count == 1 else f" ({count} times)"
        text = f"a request was refused with {status}{times}: {reason}"
        is_json = self._output.is_json
        show = (lambda: self._output.row(values)) if is_json else (lambda: self._output.message(text))
        self._background.call(lambda: self._write("refused", values, show))

    def _write(self, event: str, values: dict[str, object], show: Callable[[], None]) -> None:
        if self._options.log is not None:
            try:
                self._log(event, values)
                self._log_troubles.clear()
            except Exception as error:  # noqa: BLE001 - a log that cannot be written must not stop the work
                self._log_troubles.add(error, advice="the work goes on without this log")
        try:
            show()
            self._print_troubles.clear()
        except BrokenPipeError as error:
            self._print_troubles.add(error, advice="the work goes on")
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads it any more
        except Exception as error:  # noqa: BLE001 - as above
            self._print_troubles.add(error, advice="the work goes on")

    def _log(self, event: str, values: dict[str, object]) -> None:
        row: dict[str, object] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        row |= {name: value for name, value in values.items() if name != "step"}
        with open(self._options.log, "a", encoding="utf-8", errors="backslashreplace", opener=_open_private) as log:
            log.write(to_json(row) + "\n")

    def _print(self, progress: Progress) -> None:
        output = self._output
        if progress.step == "forwarded" and not progress.message:
            return  # the callback itself was printed
        is_done = progress.step in _DONE
        if not output.is_json and (self._options.print_json or not is_done):
            message = "" if is_done else f": {output.in_flags(progress.message)}"
            output.message(f"clip {printable(progress.clip)} {progress.step}{message}")
            return
        output.row(progress.to_dict(), f"{progress.step}\t{' '.join(progress.files) or printable(progress.clip)}")
        if progress.message and not output.is_json:
            output.note(f"clip {printable(progress.clip)}: {progress.message}")


def _open_private(path: str, flags: int) -> int:
    """Open a file; a new one is for its owner only."""
    return os.open(path, flags, 0o600)
