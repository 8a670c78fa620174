"""Report errors that come again and again: each one once, and how many there were when work goes on."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from clipaudio.errors import ClipAudioError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Troubles", "describe"]

_MOST: Final = 100  # different errors that are remembered


class Troubles:
    """Count errors and report each kind once, until `clear`. Safe to use from several threads, and never raises.

    Parameters
    ----------
    warn
        Called with one sentence; what it raises is ignored.

    Examples
    --------
    >>> troubles = Troubles(print)
    >>> for _ in range(3):
    ...     troubles.add(OSError("the disk is full"))
    the disk is full; it is tried again
    >>> troubles.clear()
    works again after 3 errors
    """

    def __init__(self, warn: Callable[[str], object]) -> None:
        self._warn = warn
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, error: BaseException, *, advice: str = "it is tried again") -> None:
        """Count *error*; report it, with *advice*, if it is new."""
        text = describe(error)
        with self._lock:
            is_new = text not in self._counts and len(self._counts) < _MOST
            if is_new or text in self._counts:
                self._counts[text] += 1
        if is_new:
            self._say(f"{text}; {advice}")

    def clear(self) -> None:
        """Forget the errors, because something works again; report how many there were."""
        if not self._counts:
            return
        with self._lock:
            count = self._counts.total()
            self._counts.clear()
        if count:
            self._say(f"works again after {count} error{'s' * (count != 1)}")

    def _say(self, text: str) -> None:
        with contextlib.suppress(Exception):  # a closed or full stderr must not stop the work
            self._warn(text)


def describe(error: BaseException) -> str:
    """Return what *error* says, as text that can be stored; the name of its class if its text says too little.

    >>> describe(KeyError("a")), describe(OSError(28, "No space left on device"))
    ("KeyError: 'a'", '[Errno 28] No space left on device')
    """
    text = str(error) or type(error).__name__
    if not isinstance(error, ClipAudioError | OSError):
        text = f"{type(error).__name__}: {error}".removesuffix(": ")
    return text.encode("utf-8", "backslashreplace").decode()
