"""The requests of one connection of a listener, one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

from clipaudio.receive.body_spool import RefusedError, RequestBody
from clipaudio.receive.http_request import IncomingRequest, RequestReader, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.receive.listener import ListenerServer

__all__ = ["Conversation"]

_IDLE: Final = 5.0  # seconds a kept connection may be silent
_LINGER: Final = 1.0  # seconds to read on after a refusal


class Conversation:
    """The requests of one connection, one after the other."""

    def __init__(self, server: ListenerServer, peer: socket.socket) -> None:
        self._server = server
        self._peer = peer
        self._loop = asyncio.get_running_loop()
        self._reader = RequestReader(self._receive, send=self._send, max_bytes=server.receiver.max_bytes)

    async def run(self) -> None:
        """Answer requests until the client is done, or too slow."""
        with self._peer:
            self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            seconds = self._server.read_deadline
            while await self._exchange(seconds):
                self._reader.start_next()
                seconds = min(_IDLE, self._server.read_deadline)

    async def _exchange(self, seconds: float) -> bool:
        """Answer a request that begins within *seconds*; return True if another one may follow."""
        try:
            with contextlib.ExitStack() as opened:
                request, body = await self._read(seconds, opened)
                status, text = await self._server.answer(request, body)
            self._server.report(status, text)
            stays = self._reader.can_stay and not self._server.is_full and not self._server.is_stopping
            await self._send(self._reader.write_answer(status, text, stays=stays))
        except RefusedError as error:
            self._server.report(error.status, refusal(error))
            await self._send(self._reader.write_answer(error.status, refusal(error), stays=False))
            await self._read_on()
            return False
        except TimeoutError:  # too slow; an idle client that is done ends the same way
            return False
        return stays

    async def _read(self, seconds: float, opened: contextlib.ExitStack) -> tuple[IncomingRequest, RequestBody]:
        """Read a request within the deadline; its body is closed by *opened*.

        Raises
        ------
        TimeoutError
            The client is done, or too slow.
        """
        with self._interruptible():
            async with asyncio.timeout(seconds) as limit:
                if not await self._reader.begins():
                    raise TimeoutError
                if seconds != self._server.read_deadline:
                    limit.reschedule(self._loop.time() + self._server.read_deadline)
                request = await self._reader.read_head()
                body = RequestBody(self._server.spool, lambda: self._server.find_project(request.path))
                opened.enter_context(contextlib.closing(body))
                if request.method == "POST":
                    await self._reader.read_body(request, body)
                return request, body

    async def _read_on(self) -> None:
        """Read what a refused client still sends: closing at once would take the refusal from it."""
        self._peer.shutdown(socket.SHUT_WR)
        with self._interruptible(), contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(_LINGER, self._server.read_deadline)):
                while await self._receive(1 << 18):
                    pass

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let the end of the server cancel the block."""
        task = asyncio.current_task()
        assert task is not None
        if task in self._server.reading:  # in an outer block
            yield
            return
        self._server.reading[task] = self._loop.time()
        if self._server.is_stopping:  # the cancellation came before the block
            task.cancel()
        try:
            yield
        finally:
            self._server.reading.pop(task, None)

    async def _receive(self, count: int) -> bytes:
        data = await self._loop.sock_recv(self._peer, count)
        if len(data) == count:  # more may wait already, which asyncio reads without a look at the others
            await asyncio.sleep(0)
        return data

    async def _send(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            data = data[self._peer.send(data) :]
        if data:  # the client does not read: it is as slow as one that does not write
            with self._interruptible():
                async with asyncio.timeout(self._server.read_deadline):
                    await self._loop.sock_sendall(self._peer, data)
