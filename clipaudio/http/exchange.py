"""A head on a connection becomes an answer, and the connection is kept or closed as the answer ends."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Self

from clipaudio.errors import ClipAudioError, ConnectionFailedError, DeadlineError, DownloadError
from clipaudio.http.message import Response
from clipaudio.http.wire import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clipaudio.http.pool import Connection
    from clipaudio.http.stream import Stream
    from clipaudio.http.url import Target
    from clipaudio.http.wire import Head

__all__ = ["Closing", "Exchange", "Translated", "too_large"]


class Exchange:
    """An answer on its connection, which is kept where it ends whole and well, else closed."""

    def __init__(
        self, connection: Connection, head: Head, max_bytes: int, target: Target, keep: Callable[[], None]
    ) -> None:
        self.connection = connection
        self._head, self._keep = head, keep
        self._body = _Body(connection.stream, head, max_bytes, target.shown)
        self.answer = Response(
            status=head.status, headers=head.headers, url=target.url, blocks=iter(self._body), length=head.length
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is None and self._body.is_over and not self._head.is_last and not self.connection.stream.has_more:
            self._keep()
        else:
            self.connection.stream.close()


class _Body:
    """The body of an answer, counted: neither shorter than declared nor longer than allowed.

    It knows nothing of its exchange: in a circle both would outlive it, with all that their stream holds.
    """

    def __init__(self, stream: Stream, head: Head, max_bytes: int, shown: str) -> None:
        self._stream, self._head, self._max_bytes, self._shown = stream, head, max_bytes, shown
        self.is_over = head.is_bodiless or head.length == 0

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        with Translated(self._shown):
            for block in read_body(self._stream, self._head, self._shown):
                received += len(block)
                if received > self._max_bytes:
                    raise too_large(self._shown, self._max_bytes)
                yield block
        self.is_over = True


class Closing:
    """Close a stream where the block fails."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            self._stream.close()


class Translated:
    """Turn what sockets and TLS raise into errors of this library."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, OSError) or isinstance(error, ClipAudioError):
            return
        if isinstance(error, ssl.SSLCertVerificationError):
            raise ConnectionFailedError(
                f"the certificate of {self._shown} was refused ({error.verify_message});"
                " do not trust it, or pass an ssl_context that knows its issuer"
            ) from error
        if isinstance(error, TimeoutError):
            raise DeadlineError(f"{self._shown} did not answer in time; try again or allow more time") from error
        raise ConnectionFailedError(f"the connection to {self._shown} failed ({error}); try again") from error


def too_large(shown: str, max_bytes: int) -> DownloadError:
    """Say that more comes than may."""
    return DownloadError(f"{shown} sends more than {max_bytes} bytes; refused (raise max_bytes to take it)")
