"""A `Receiver` gets an address of its own: a small server of the standard library in a thread.

Conventions
-----------
A callback that is turned away may never come again, so nobody is: one thread waits for all peers at once, those that
find no place wait in the system's queue, and slow ones hold nothing but their own place until the deadline, which
counts for a request as a whole. Whole requests are answered in another thread. Nothing is logged: paths hold secrets.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import msgspec

from clipaudio.errors import InboxError
from clipaudio.receive.commit_batcher import CommitBatcher
from clipaudio.receive.http_request import Incoming, RequestReader, UnreadableError, answer_bytes, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from clipaudio.receive.receiver import Receiver
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["Listener", "listening"]

_BACKLOG: Final = 4096  # what the system queues; it may allow less
_THREADS: Final = 2  # for what is asked of the inbox beside the callbacks
_LONG_BODIES: Final = 4  # read at once
_IDLE: Final = 5.0  # seconds a kept connection may say nothing
_BLOCK: Final = 1 << 18
_LINGER: Final = 1.0  # seconds to hear a peer out that was refused
_NO_DESCRIPTORS: Final = 0.1  # seconds until accepting is tried again


class Listener:
    """A receiver that listens at `url`, as `listening` gives it."""

    def __init__(self, receiver: Receiver, url: str) -> None:
        self.receiver = receiver
        self.url = url

    def url_for(self, project: str, clip: str | None = None) -> str:
        """Hand out a fresh callback_uri for *clip*; None for a clip that is still to be created."""
        return self.url + self.receiver.expect(project, clip)

    def wait(self, clip: str, timeout: float) -> ClipCallback:
        """Wait for the callback of *clip*, see `Receiver.wait`."""
        return self.receiver.wait(clip, timeout)


@contextlib.contextmanager
def listening(
    receiver: Receiver,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    read_deadline: float = 30.0,
    max_connections: int = 512,
    health: Callable[[], Mapping[str, object]] | None = None,
) -> Iterator[Listener]:
    """Serve *receiver* over plain http as long as the block lasts.

    Parameters
    ----------
    receiver
        What answers the requests.
    host, port
        Where to listen; port 0 takes a free one.
    read_deadline
        Seconds one request may take to arrive in all, from when its connection has a place.
    max_connections
        Connections that have a place at once, each with at most 64 kB in memory; more wait for one. Longer bodies are
        only read for paths that were handed out, four at a time.
    health
        What ``GET /healthz`` answers, with status 200; None has no such path.

    Raises
    ------
    OSError
        The port is taken.

    Examples
    --------
    >>> from clipaudio.receive.receiver import Receiver
    >>> with listening(Receiver()) as listener:
    ...     listener.url_for("3700a2f1", "cecad6f9").startswith("http://127.0.0.1:")
    True
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=_BACKLOG) as door:
        door.setblocking(False)
        server = _Server(door, receiver, read_deadline, max_connections, health)
        thread = threading.Thread(target=server.run, name="clipaudio-listener", daemon=True)
        thread.start()
        server.ready.wait()
        try:
            shown = f"[{host}]" if ":" in host else host
            yield Listener(receiver, f"http://{shown}:{door.getsockname()[1]}")
        finally:
            server.stop()
            thread.join()


class _Server:
    """One thread for all that wait, one for those that are answered."""

    def __init__(
        self,
        door: socket.socket,
        receiver: Receiver,
        read_deadline: float,
        max_connections: int,
        health: Callable[[], Mapping[str, object]] | None,
    ) -> None:
        self.receiver = receiver
        self.read_deadline = read_deadline
        self.ready = threading.Event()
        self.is_stopping = False
        self.reading: set[asyncio.Task[None]] = set()
        self.long_bodies = asyncio.Semaphore(_LONG_BODIES)
        self._door = door
        self._places = asyncio.Semaphore(max_connections)
        self._health = health
        self._desk = CommitBatcher(receiver)
        self._threads = ThreadPoolExecutor(_THREADS, "clipaudio-listener")

    @property
    def is_full(self) -> bool:
        """Whether somebody may be waiting for a place."""
        return self._places.locked()

    def run(self) -> None:
        """Serve until `stop`."""
        with self._threads, contextlib.closing(self._desk):
            asyncio.run(self._serve())

    def stop(self) -> None:
        """End it: what was read whole is still answered, what is being read is not."""
        self._loop.call_soon_threadsafe(self._accepting.cancel)

    async def answer(self, incoming: Incoming) -> tuple[int, bytes]:
        """Let the receiver answer, in a thread: it may touch the disk."""
        if incoming.method in {"GET", "HEAD"} and incoming.path == "/healthz" and self._health is not None:
            found = await self._loop.run_in_executor(self._threads, self._health)
            return 200, msgspec.json.encode(dict(found))
        return await self._desk.answer(incoming.method, incoming.path, incoming.headers, incoming.body)

    async def is_expected(self, path: str) -> bool:
        """Tell whether *path* was handed out."""
        return await self._loop.run_in_executor(self._threads, self.receiver.is_expected, path)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._accepting = asyncio.ensure_future(self._accept())
        self.ready.set()
        with contextlib.suppress(asyncio.CancelledError):
            await self._accepting

    async def _accept(self) -> None:
        """Take connections while there is a place; the others wait in the system's queue."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                await self._places.acquire()
                try:
                    peer = await self._next_peer()
                except OSError:  # it went away again, or there is no descriptor left: one will be free soon
                    self._places.release()
                    await asyncio.sleep(_NO_DESCRIPTORS)
                    continue
                task = asyncio.ensure_future(_Conversation(self, peer).run())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                task.add_done_callback(self._end)
        finally:
            self.is_stopping = True
            for task in self.reading:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _next_peer(self) -> socket.socket:
        """Accept a connection. Nothing is awaited once it is there, so that none is lost when accepting ends."""
        while True:
            try:
                peer, _ = self._door.accept()
            except BlockingIOError:
                knock = asyncio.Event()
                self._loop.add_reader(self._door, knock.set)
                try:
                    await knock.wait()
                finally:
                    self._loop.remove_reader(self._door)
            else:
                peer.setblocking(False)
                return peer

    def _end(self, task: asyncio.Task[None]) -> None:
        """Give the place back; pass over a peer that went away, anything else is a fault of ours and shown."""
        self._places.release()
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, OSError):
            traceback.print_exception(error)


class _Conversation:
    """The requests of one connection, one after the other."""

    def __init__(self, server: _Server, peer: socket.socket) -> None:
        self._server = server
        self._peer = peer
        self._loop = asyncio.get_running_loop()
        self._has_long_body = False
        self._reader = RequestReader(
            self._receive, proceed=self._proceed, admit=self._admit, max_bytes=server.receiver.max_bytes
        )

    async def run(self) -> None:
        """Answer until the peer is done, or too slow."""
        with self._peer:
            self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            seconds = self._server.read_deadline
            while await self._exchange(seconds):
                seconds = min(_IDLE, self._server.read_deadline)

    async def _exchange(self, seconds: float) -> bool:
        """Read a request that begins within *seconds* and answer it; tell whether another may follow."""
        try:
            incoming = await self._read(seconds)
            if incoming is None:
                return False
            stays = incoming.can_stay and not self._server.is_full and not self._server.is_stopping
            status, body = await self._server.answer(incoming)
            await self._send(answer_bytes(status, body, method=incoming.method, stays=stays))
        except UnreadableError as error:
            await self._send(answer_bytes(error.status, failure(error), stays=False))
            await self._hear_out()
            return False
        finally:
            if self._has_long_body:
                self._has_long_body = False
                self._server.long_bodies.release()
        return stays

    async def _read(self, seconds: float) -> Incoming | None:
        """Read a request within the deadline for a whole one; None when the peer is done, or too slow."""
        with self._interruptible():
            try:
                async with asyncio.timeout(seconds) as limit:
                    if not await self._reader.begins():
                        return None
                    if seconds != self._server.read_deadline:
                        limit.reschedule(self._loop.time() + self._server.read_deadline)
                    return await self._reader.read()
            except TimeoutError:
                return None

    async def _hear_out(self) -> None:
        """Let a peer that is still sending read its refusal: an early end would take that from it."""
        self._peer.shutdown(socket.SHUT_WR)
        with self._interruptible(), contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(_LINGER, self._server.read_deadline)):
                while await self._receive(_BLOCK):
                    pass

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let the end of the server end what is done in the block."""
        task = asyncio.current_task()
        assert task is not None
        self._server.reading.add(task)
        if self._server.is_stopping:  # it began too late to be told
            task.cancel()
        try:
            yield
        finally:
            self._server.reading.discard(task)

    async def _receive(self, count: int) -> bytes:
        return await self._loop.sock_recv(self._peer, min(count, _BLOCK))

    async def _send(self, data: bytes) -> None:
        async with asyncio.timeout(self._server.read_deadline):
            await self._loop.sock_sendall(self._peer, data)

    async def _proceed(self) -> None:
        await self._send(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _admit(self, path: str) -> None:
        """Let a long body in when its path was handed out, and not too many are read already."""
        try:
            is_expected = await self._server.is_expected(path)
        except InboxError as error:
            raise UnreadableError(503, "try again later") from error
        if not is_expected:
            raise UnreadableError(404, "not found")
        await self._server.long_bodies.acquire()
        self._has_long_body = True
