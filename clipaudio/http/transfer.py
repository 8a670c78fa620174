"""One request on a libcurl handle: its options, what has arrived, and its failure as an error of this library."""

from __future__ import annotations

import math
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import pycurl

from clipaudio.errors import ClipAudioError, ConnectionFailedError, DeadlineError, DownloadError
from clipaudio.http.guard import Guard
from clipaudio.http.redact import one_line
from clipaudio.http.trust import advice_on_issuers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clipaudio.http.route import Route


__all__ = ["Handle", "Transfer"]

_GATHERED: Final = 16  # blocks, of 16 kB at most
_GATHER_SECONDS: Final = 0.25
_PLAIN_OPTIONS: Final = 4
_AROUND_REASON: Final = re.compile(r"^SSL[^:]*: | \(\d+\)$")  # in what libcurl says of a certificate


class Handle:
    """A libcurl easy handle that is used again, with the lists it fills.

    No Python runs while libcurl receives: header lines and blocks are appended to lists.
    """

    def __init__(self, guard: Guard | None = None) -> None:
        self.curl = pycurl.Curl()
        self.guard = guard or Guard(None, 0.0)
        self.lines: list[bytes] = []
        self.blocks: list[bytes] = []
        self.curl.setopt(pycurl.HEADERFUNCTION, self.lines.append)
        self.curl.setopt(pycurl.WRITEFUNCTION, self.blocks.append)
        self.guard.watch(self.curl)


class Transfer:
    """A request to send and its response as it arrives.

    Parameters
    ----------
    route
        How it is sent.
    options
        libcurl options of this request.
    end_time, seconds
        When the deadline of the whole is, on the loop's clock, and how many seconds that was.
    read_timeout, connect_timeout
        Seconds without any progress, and to open a connection.
    """

    def __init__(
        self,
        route: Route,
        options: Mapping[int, Any],
        *,
        end_time: float,
        seconds: float,
        read_timeout: float,
        connect_timeout: float,
    ) -> None:
        self._route, self._options = route, options
        self.shown = route.shown
        self.is_plain = len(options) == _PLAIN_OPTIONS
        """True if the options replace those of the transfer before, so that the handle can be used again."""
        self._end_time, self._seconds = end_time, seconds
        self._read_timeout, self._connect_timeout = read_timeout, connect_timeout
        self.is_over = False
        self.error: ClipAudioError | None = None
        self.waiter: tuple[Any, int] | None = None  # the task that waits, and its turn
        self.due = math.inf
        self.handle: Handle | None = None
        self._release: Callable[[Transfer], None] | None = None

    def start(self, handle: Handle, release: Callable[[Transfer], None], now: float) -> None:
        """Prepare *handle*; *release* takes it back."""
        self.handle, self._release = handle, release
        self.guard, self.lines, self.blocks = handle.guard, handle.lines, handle.blocks
        self.lines.clear()
        self.blocks.clear()
        handle.guard.admit(self._route)
        for option, value in self._options.items():
            handle.curl.setopt(option, value)
        self._gathers = False
        self._seen = self._looked = self._sent = 0
        self._first = now
        self._silent_at = now + self._read_timeout
        self.due = min(self._end_time, self._silent_at)

    def close(self) -> None:
        """Release the handle; a transfer that has not ended is cancelled, and its connection closed."""
        if self._release is not None:
            release, self._release = self._release, None
            self.is_over = True
            release(self)
            self.guard.release()

    def take(self) -> list[bytes]:
        """Return the blocks that have arrived; from here on several are gathered before the task is resumed."""
        taken = self.blocks[:]
        self.blocks.clear()
        self.lines.clear()  # trailers
        self._gathers, self._seen = True, 0
        return taken

    def has_news(self, now: float) -> bool:
        """Return True if the task is to be resumed: something arrived, or a deadline has passed."""
        if self.is_over:
            return False
        arrived = len(self.blocks) + len(self.lines)
        if arrived != self._seen:
            if not self._seen:
                self._first = now
            self._seen = arrived
            self._silent_at = now + self._read_timeout
        if now >= self._end_time or (now >= self._silent_at and not self._still_sends(now)):
            self._end_late(now)
            return True
        if not self._gathers:
            is_ready, self._looked = arrived != self._looked, arrived
        else:
            is_ready = arrived > 0 and (len(self.blocks) >= _GATHERED or now - self._first >= _GATHER_SECONDS)
        self.due = min(self._end_time, self._silent_at)
        if self._gathers and arrived:
            self.due = min(self.due, self._first + _GATHER_SECONDS)
        return is_ready

    def _still_sends(self, now: float) -> bool:
        """Return True if more of the request was sent since the last look."""
        before, self._sent = self._sent, self._info(pycurl.SIZE_UPLOAD_T)
        if self._sent > before:
            self._silent_at = now + self._read_timeout
        return self._sent > before

    def _end_late(self, now: float) -> None:
        self.is_over, self.due = True, math.inf
        if now >= self._end_time:
            message = f"{self.shown} was not done within {self._seconds:g} s; try again or allow more time"
            self.error = DeadlineError(message, seconds=self._seconds)
        else:
            message = f"{self.shown} was silent for {self._read_timeout:g} s; try again or allow more time"
            self.error = DeadlineError(message, seconds=self._read_timeout)

    @property
    def peer(self) -> str:
        """The address of the other side."""
        return str(self._info(pycurl.PRIMARY_IP))

    def _info(self, what: int) -> Any:  # noqa: ANN401 - of the type of what is asked
        assert self.handle is not None
        return self.handle.curl.getinfo(what)

    def end(self, code: int, message: str) -> None:
        """Note that libcurl is done with it; *code* is 0 where all went well."""
        self.is_over = True
        self.guard.release()
        if code:
            self.error = self._failure(code, message)

    def _failure(self, code: int, message: str) -> ClipAudioError:
        """Return the error for a failure of libcurl, whose own message may quote what a server sent."""
        shown = self.shown
        if self.guard.problem is not None:
            return self.guard.problem
        if code == pycurl.E_OPERATION_TIMEDOUT or isinstance(self.guard.failure, TimeoutError):
            return DeadlineError(
                f"no connection to {self._route.reached} within {self._connect_timeout:g} s;"
                " check the network and the url",
                seconds=self._connect_timeout,
            )
        tunnel = 0 if self.guard.is_connected else self._info(pycurl.HTTP_CONNECTCODE)
        if tunnel not in {0, 200}:
            advice = "name its user and password in its url" if tunnel == 407 else "check the proxy"
            return ConnectionFailedError(
                f"{self._route.reached} answered {tunnel} to the request for {shown}; {advice}"
            )
        if code == pycurl.E_PEER_FAILED_VERIFICATION:
            reason = one_line(_AROUND_REASON.sub("", message))
            return ConnectionFailedError(
                f"the certificate of {shown} was refused ({reason}); do not trust it, or pass a trust that knows its"
                f" issuer{advice_on_issuers(sys.platform)}"
            )
        if code == pycurl.E_COULDNT_CONNECT:
            return ConnectionFailedError(
                f"no connection to {self._route.reached} ({self._reason(code)}); check the network and the url"
            )
        return self._bad_answer(code, message)

    def _bad_answer(self, code: int, message: str) -> ClipAudioError:
        shown = self.shown if self.guard.is_connected else self._route.reached
        if code == pycurl.E_BAD_CONTENT_ENCODING:
            return DownloadError(f"{shown} sent an unknown transfer encoding; refused")
        if code == pycurl.E_FTP_WEIRD_SERVER_REPLY:
            if "Content-Length" in message:
                return DownloadError(f"{shown} declared a Content-Length that is no single whole number; refused")
            return ConnectionFailedError(f"{shown} sent a header that is malformed; refused")
        return ConnectionFailedError(f"the connection to {shown} failed ({self._reason(code)}); try again")

    def _reason(self, code: int) -> str:
        """Return why a connection failed, as the system says it."""
        if self.guard.failure is not None:
            return str(self.guard.failure)
        if code in _REASONS:
            return _REASONS[code]
        number = self._info(pycurl.OS_ERRNO)
        return os.strerror(number) if number else "it broke off"


_REASONS: Final = {
    pycurl.E_GOT_NOTHING: "it closed without an answer",
    pycurl.E_UNSUPPORTED_PROTOCOL: "its answer is no HTTP/1",
    pycurl.E_PARTIAL_FILE: "it ended before the end of the body",
    pycurl.E_SSL_CONNECT_ERROR: "no agreement on TLS",
    pycurl.E_SSL_CACERT_BADFILE: "the trusted certificates cannot be read",
    pycurl.E_SSL_CERTPROBLEM: "the client certificate cannot be used",
    100: "its headers are too large",  # CURLE_TOO_LARGE, which pycurl does not name
}
