"""Download one long file over several connections from a server that is slow on each.

Conventions
-----------
The first connection continues from the beginning. Others take pieces from the end, each the one before the piece taken
last, smaller as the gap shrinks, until the first connection reaches them. A piece needs the same strong proof as a
resumed download (RFC 9110, 13.1.5 and 14). If a piece fails, the first connection continues alone.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clipaudio.download.partial_file import says_same
from clipaudio.errors import ClipAudioError, DownloadError
from clipaudio.http.client import Request
from clipaudio.http.loop import Sleep, Spawn
from clipaudio.http.retry import Attempts, Retry

if TYPE_CHECKING:
    import io

    from clipaudio.http.client import HttpTransport, Policy
    from clipaudio.http.loop import LoopTask, Steps

__all__ = ["MultipartDownload", "is_worth_spreading"]

_SLOW: Final = 50e6  # bytes a second: what one connection should reach
_LOOK_AFTER: Final = 0.05  # seconds
_LEAST_GAP: Final = 8 * 1024 * 1024
_PIECES: Final = (256 * 1024, 8 * 1024 * 1024)
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


def is_worth_spreading(left: int, received: int, seconds: float) -> bool:
    """Return True if many bytes are *left* and the connection that took *received* so far is slow.

    >>> is_worth_spreading(98_000_000, 2_000_000, 0.1), is_worth_spreading(80_000_000, 20_000_000, 0.1)
    (True, False)
    """
    return left > _LEAST_GAP and seconds > _LOOK_AFTER and received / seconds < _SLOW


@dataclass
class MultipartDownload:
    """The pieces from the end of a file.

    Parameters
    ----------
    transport, url, policy
        What sends the requests, for what, and what they may do.
    validator
        The strong ETag, or Last-Modified, that the pieces must have.
    path
        The file that is written to.
    start, total
        The first missing byte, and the length of the file.
    connections
        How many are opened besides the first.
    """

    transport: HttpTransport
    url: str = field(repr=False)
    policy: Policy
    validator: str = field(repr=False)
    path: str
    start: int
    total: int
    connections: int = 7

    def __post_init__(self) -> None:
        self.front = self.total
        self._is_given_up = False
        self._end = time.monotonic() + self.policy.deadline
        self._tasks: list[LoopTask[Any]] = []
        self._file: io.FileIO | None = None  # of its own: the first connection writes at another place

    def begin(self) -> Steps[None]:
        """Start the connections; `cancel` ends them."""
        try:
            self._file = Path(self.path).open("r+b", buffering=0)  # noqa: SIM115 - `cancel` closes it
        except OSError:  # the first connection continues alone
            return
        for _ in range(self.connections):
            self._tasks.append((yield Spawn(self._work())))

    def meet(self, received: int) -> int:
        """Return how far the first connection, at *received*, has to go; no piece is taken before that."""
        self.start = received
        return self.front

    def finish(self) -> Steps[bool]:
        """Wait for the pieces under way; return False if one failed, so that the first connection continues alone."""
        yield from self._tasks
        return self.front < self.total

    def cancel(self) -> None:
        """Cancel all pieces: nothing is written after this."""
        self._is_given_up = True
        self.front = self.total
        for task in self._tasks:
            task.cancel()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _work(self) -> Steps[None]:
        """Download piece after piece; a failure would leave a hole, so all pieces are given up."""
        is_done = False
        try:
            with contextlib.suppress(ClipAudioError, OSError):
                while (piece := self._next()) is not None:
                    yield from self._take(*piece)
                is_done = True
        finally:
            if not is_done:
                self._is_given_up = True
                self.front = self.total

    def _next(self) -> tuple[int, int] | None:
        """Return the piece before the one taken last, None if the gap is too small to be worth a request."""
        gap = self.front - self.start
        size = min(max(gap // (4 * (self.connections + 1)), _PIECES[0]), _PIECES[1])
        if self._is_given_up or gap < 2 * size:
            return None
        last = self.front
        self.front -= size
        return self.front, last

    def _take(self, first: int, last: int) -> Steps[None]:
        """Receive the bytes from *first* to before *last*, resuming where an attempt broke off."""
        at = [first]
        attempts = Attempts(Retry(attempts=4, first=0.3, deadline=self.policy.deadline))
        while True:
            try:
                yield from self._ask(at, last)
            except ClipAudioError as error:
                wait = attempts.wait_after(error)
            else:
                return
            yield Sleep(wait)

    def _ask(self, at: list[int], last: int) -> Steps[None]:
        headers = {"Range": f"bytes={at[0]}-{last - 1}", "If-Range": self.validator}
        policy = replace(self.policy, deadline=max(self._end - time.monotonic(), 0.01))
        request = Request(method="GET", url=self.url, headers=headers, policy=policy)
        with contextlib.closing((yield from self.transport.ask(request))) as answer:
            found = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
            expected = (at[0], last - 1, self.total)
            fits = found is not None and tuple(map(int, found.groups())) == expected
            if answer.status != 206 or not fits or not says_same(answer.headers, self.validator):
                raise DownloadError("the server sent another part than was asked for", status=answer.status)
            while blocks := (yield from answer.blocks()):
                if at[0] + sum(map(len, blocks)) > last:
                    raise DownloadError("the server sent more than was asked for")
                self._write(b"".join(blocks), at)
        if at[0] != last:  # a part may be shorter than its Content-Range says, and yet whole by its own length
            raise DownloadError("the server sent less than was asked for", received=at[0], expected=last)

    def _write(self, block: bytes, at: list[int]) -> None:
        """Write *block* at its place, unless all was given up."""
        if self._is_given_up or self._file is None:
            raise DownloadError("the download was given up")
        view = memoryview(block)
        while view:
            self._file.seek(at[0])
            written = self._file.write(view) or 0
            at[0] += written
            view = view[written:]
