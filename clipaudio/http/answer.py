"""Read the head and the body of a response as a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.errors import ConnectionFailedError, DownloadError
from clipaudio.http.address import address_problem
from clipaudio.http.head import read_head

if TYPE_CHECKING:
    from clipaudio.errors import ClipAudioError
    from clipaudio.http.head import Head
    from clipaudio.http.loop import Steps
    from clipaudio.http.message import Request
    from clipaudio.http.transfer import Transfer

__all__ = ["Answer", "read_answer"]


class Answer:
    """A response to a task: its head, and its body as it arrives."""

    def __init__(self, transfer: Transfer, head: Head, max_bytes: int, url: str) -> None:
        self.status, self.headers, self.length = head.status, head.headers, head.length
        self.url, self.shown = url, transfer.shown
        self.close = transfer.close
        self._transfer, self._max_bytes, self._received = transfer, max_bytes, 0

    def blocks(self) -> Steps[list[bytes]]:
        """Return the next blocks of the body, none at its end.

        Raises
        ------
        DownloadError
            The body is longer than allowed.
        ConnectionFailedError, DeadlineError
            It is not whole, or not there in time.
        """
        transfer = self._transfer
        while not (blocks := transfer.take()):
            if transfer.is_over:
                if transfer.error is not None:
                    raise self._named(transfer.error)
                return []
            yield transfer
        self._received += sum(map(len, blocks))
        if self._received > self._max_bytes:
            raise _too_large(transfer.shown, self._max_bytes)
        return blocks

    @property
    def is_private(self) -> bool:
        """True if it came from a private address, which only *allow_private* permits."""
        return address_problem(self._transfer.peer) is not None

    def _named(self, error: ClipAudioError) -> ClipAudioError:
        if type(error) is ConnectionFailedError and self.length is not None and self._received < self.length:
            return ConnectionFailedError(
                f"{self._transfer.shown} closed the connection after {self._received} of {self.length} bytes;"
                " try again",
                received=self._received,
                expected=self.length,
            )
        return error


def read_answer(transfer: Transfer, request: Request, url: str) -> Steps[Answer]:
    """Send *transfer* and wait for the head of its response; *url* is where it goes.

    Raises
    ------
    ConnectionFailedError, DeadlineError
        There is no whole head, or not in time.
    DownloadError
        The body is declared longer than allowed, or its length or encoding cannot be trusted.
    """
    most, shown = request.policy.max_bytes, transfer.shown
    try:
        while True:
            yield transfer
            head = read_head(transfer.lines, request.method, shown)
            if head is not None:
                _check_length(head, most, shown)
                return Answer(transfer, head, most, url)
            _check_failure(transfer)
    except BaseException:  # whatever ends this, also an interrupt: the connection is not left open
        transfer.close()
        raise


def _check_failure(transfer: Transfer) -> None:
    if transfer.is_over:
        raise transfer.error or ConnectionFailedError(
            f"{transfer.shown} closed the connection in mid-header; try again"
        )


def _check_length(head: Head, max_bytes: int, shown: str) -> None:
    if head.length is not None and head.length > max_bytes:
        raise _too_large(shown, max_bytes)


def _too_large(shown: str, max_bytes: int) -> DownloadError:
    return DownloadError(f"{shown} sends more than {max_bytes} bytes; refused (raise max_bytes to take it)")
