"""One long file over several connections, where its server is slow on each: the ends meet.

Conventions
-----------
The first connection goes on from the beginning. Others take pieces from the end, each the one before the piece taken
last, smaller the smaller the gap is, until the first connection reaches them. A piece is only taken with the same
strong proof that lets a broken download go on (RFC 9110, 13.1.5 and 14); a server without ranges loses nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, cast

from clipaudio.download.partial_file import says_same
from clipaudio.errors import ClipAudioError, DownloadError
from clipaudio.http.retry import Retry, call_with_retry
from clipaudio.http.transport import Request

if TYPE_CHECKING:
    from clipaudio.http.transport import Policy, Transport

__all__ = ["MultipartDownload", "is_worth_spreading"]

_SLOW: Final = 50e6  # bytes a second: what one connection should give
_LOOK_AFTER: Final = 0.05  # seconds
_LEAST_GAP: Final = 8 * 1024 * 1024
_PARTING: Final = 1.0  # seconds: how long those who were sent away are waited for
_PIECES: Final = (256 * 1024, 8 * 1024 * 1024)
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


def is_worth_spreading(left: int, received: int, seconds: float) -> bool:
    """Tell whether the *left* bytes of a file are many, and the connection that took *received* so far is slow.

    >>> is_worth_spreading(98_000_000, 2_000_000, 0.1), is_worth_spreading(80_000_000, 20_000_000, 0.1)
    (True, False)
    """
    return left > _LEAST_GAP and seconds > _LOOK_AFTER and received / seconds < _SLOW and hasattr(os, "pwrite")


@dataclass
class MultipartDownload:
    """The far end of a file, on its way.

    Parameters
    ----------
    transport, url, policy
        Who is asked, for what, and what that may do.
    validator
        The strong ETag, or the date of change, the pieces must have.
    file
        The descriptor of the file that is written to.
    start, total
        From which byte on the file is missing, and how long it is.
    connections
        How many are opened besides the first.
    """

    transport: Transport
    url: str = field(repr=False)
    policy: Policy
    validator: str = field(repr=False)
    file: int
    start: int
    total: int
    connections: int = 7

    def __post_init__(self) -> None:
        self.front = self.total
        self.received = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._end = time.monotonic() + self.policy.deadline
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Open the connections; from here on `cancel` is owed, whatever happens."""
        for number in range(self.connections):
            thread = threading.Thread(target=self._work, name=f"spread-{number}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system gives no more threads: fewer connections do it too
                return
            self._threads.append(thread)

    def meet(self, received: int) -> int:
        """Tell how far the first connection, at *received*, has to go; the far end keeps off what it takes next."""
        with self._lock:
            self.start = received
            return self.front

    def finish(self) -> bool:
        """Wait for the pieces that are under way; False where one failed, and the first connection goes on alone."""
        for thread in self._threads:
            while thread.is_alive() and not self._stop.is_set():
                thread.join(_LOOK_AFTER)
        return self.front < self.total

    def cancel(self) -> None:
        """Give up what is under way: nothing is written after this, and a silent server is not waited for."""
        self._give_up()
        end = time.monotonic() + _PARTING
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))

    def _work(self) -> None:
        """Take piece after piece; whatever ends this before the last of them leaves a hole, so all is given up."""
        is_done = False
        try:
            with contextlib.suppress(ClipAudioError, OSError):
                while (piece := self._next()) is not None:
                    self._take(*piece)
                is_done = True
        finally:
            if not is_done:
                self._give_up()

    def _give_up(self) -> None:
        with self._lock:
            self._stop.set()
            self.front = self.total

    def _next(self) -> tuple[int, int] | None:
        """Give the piece before the one taken last, None where the gap is too small to be worth a request."""
        with self._lock:
            gap = self.front - self.start
            size = min(max(gap // (4 * (self.connections + 1)), _PIECES[0]), _PIECES[1])
            if self._stop.is_set() or gap < 2 * size:
                return None
            last = self.front
            self.front -= size
            return self.front, last

    def _take(self, first: int, last: int) -> None:
        """Receive the bytes from *first* to before *last*, going on from where a try broke off."""
        at = [first]

        def go() -> None:
            self._ask(at, last)

        call_with_retry(
            go,
            retry=Retry(attempts=4, first=0.3, deadline=self.policy.deadline),
            sleep=lambda seconds: cast("None", self._stop.wait(seconds)),
        )

    def _ask(self, at: list[int], last: int) -> None:
        headers = {"Range": f"bytes={at[0]}-{last - 1}", "If-Range": self.validator}
        policy = replace(self.policy, deadline=max(self._end - time.monotonic(), 0.01))
        with self.transport.open(Request(method="GET", url=self.url, headers=headers, policy=policy)) as answer:
            found = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
            expected = (at[0], last - 1, self.total)
            fits = found is not None and tuple(map(int, found.groups())) == expected
            if answer.status != 206 or not fits or not says_same(answer.headers, self.validator):
                raise DownloadError("the server sent another part than was asked for", status=answer.status)
            for block in answer.blocks:
                if at[0] + len(block) > last:
                    raise DownloadError("the server sent more than was asked for")
                self._write(block, at)
        if at[0] != last:  # a part may be shorter than its Content-Range says, and yet whole by its own length
            raise DownloadError("the server sent less than was asked for", received=at[0], expected=last)

    def _write(self, block: bytes, at: list[int]) -> None:
        """Write *block* where it belongs, unless all was given up: the file may be closed, its number another's."""
        view = memoryview(block)
        with self._lock:
            if self._stop.is_set():
                raise DownloadError("the download was given up")
            while view:
                written = os.pwrite(self.file, view, at[0])
                at[0] += written
                view = view[written:]
            self.received += len(block)
