"""Serve a `Receiver` on a port of its own: one thread for all connections, h11 for HTTP.

Conventions
-----------
A callback that is turned away may never come again. So connections without a place wait in the system's queue. A slow
client holds its own place only, until the deadline for a whole request, and gives way to those that wait: after half a
second, because what they send is there when they get a place, or after 3 seconds with a long body of a known path.
Whole requests are answered in another thread. Memory is bounded: a connection holds two blocks of 64 kB, and a longer
body goes to a temporary file. Nothing is logged, because paths hold secrets.
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

from clipaudio.errors import ListenerEndedError
from clipaudio.receive.body_spool import BodySpool, RefusedError, RequestBody
from clipaudio.receive.commit_batcher import CommitBatcher
from clipaudio.receive.conversation import Conversation
from clipaudio.receive.descriptors import has_input, most_connections
from clipaudio.waits import join, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from clipaudio.receive.http_request import IncomingRequest
    from clipaudio.receive.receiver import Receiver
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["Listener", "listening"]

_BACKLOG: Final = 4096  # connections the system queues; it may allow fewer
_THREADS: Final = 2  # for questions to the inbox other than the callbacks
_SPOOL_BYTES: Final = 512 * 1024 * 1024
_LONG_BODIES: Final = 4  # in memory at once
_FULL: Final = 0.5  # seconds without a free place after which slow connections give way
_PATIENCE: Final = 0.4  # seconds a request may take then
_LONG_PATIENCE: Final = 3.0  # the same for a long body of a path that was handed out
_NO_DESCRIPTORS: Final = 0.1  # seconds until accepting is tried again
_HEALTH_SECONDS: Final = 1.0  # for which an answer to GET /healthz is given again: anyone may ask
_BUSY: Final = "try again later"


class _Answer(msgspec.Struct):
    message: str = ""


class Listener:
    """A receiver that listens at `url`, as `listening` yields it.

    `on_failure` is called if the listener ends before its block does, because of an error that it cannot survive;
    `error` is that error then.
    """

    def __init__(self, receiver: Receiver, url: str) -> None:
        self.receiver = receiver
        self.url = url
        self.on_failure: Callable[[], None] = lambda: None
        self.error: BaseException | None = None

    def url_for(self, project: str, clip: str | None = None) -> str:
        """Return a fresh callback_uri for *clip*; None for a clip that is still to be created."""
        return self.url + self.receiver.expect(project, clip)

    def wait(self, clip: str, timeout: float) -> ClipCallback:
        """Wait for the callback of *clip*, see `Receiver.wait`.

        Raises
        ------
        ListenerEndedError
            No callback can come any more.
        """
        return self.receiver.wait(clip, timeout, check=self.check)

    def check(self) -> None:
        """Raise `ListenerEndedError` if the listener has ended before its block."""
        if self.error is not None:
            found = f"{type(self.error).__name__}: {self.error}"
            raise ListenerEndedError(f"the listener has ended ({found}); start it again") from self.error


@contextlib.contextmanager
def listening(
    receiver: Receiver,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    read_deadline: float = 30.0,
    max_connections: int = 512,
    spool_bytes: int = _SPOOL_BYTES,
    health: Callable[[], Mapping[str, object]] | None = None,
    on_refusal: Callable[[int, str], None] | None = None,
) -> Iterator[Listener]:
    """Serve *receiver* over plain HTTP until the block ends.

    Parameters
    ----------
    receiver
        It answers the requests.
    host, port
        Where to listen; port 0 takes a free one. ``::`` takes IPv4 too, where the system can do that.
    read_deadline
        Seconds in which a whole request must arrive, counted from when its connection has a place.
    max_connections
        Connections served at once; more wait in the system's queue. There are fewer if the process may not open two
        files for each and keep some for its own work.
    spool_bytes
        Bytes of bodies above 64 kB that may be in temporary files at once. They are only read for paths that were
        handed out. A project may hold as much as it leaves free; beyond that its long bodies are answered 503.
    health
        Return what ``GET /healthz`` answers with status 200; None has no such path.
    on_refusal
        Called with the status and the reason of each refusal, neither of which holds a secret. It must not block.

    Raises
    ------
    OSError
        The port is taken.
    ListenerEndedError
        The listener cannot serve, or had ended when the block did.

    Examples
    --------
    >>> from clipaudio.receive.receiver import Receiver
    >>> with listening(Receiver()) as listener:
    ...     listener.url_for("3700a2f1", "cecad6f9").startswith("http://127.0.0.1:")
    True
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    spool = BodySpool(max_bytes=spool_bytes, folder=None if receiver.inbox is None else receiver.inbox.path.parent)
    places = min(max_connections, most_connections())
    takes_both = host == "::" and socket.has_dualstack_ipv6()
    with socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=takes_both) as door:
        door.setblocking(False)
        shown = f"[{host}]" if ":" in host else host
        listener = Listener(receiver, f"http://{shown}:{door.getsockname()[1]}")
        server = ListenerServer(door, listener, spool, read_deadline, places, health, on_refusal)
        thread = threading.Thread(target=server.run, name="clipaudio-listener", daemon=True)
        thread.start()
        wait(server.ready)
        listener.check()
        try:
            yield listener
        finally:
            server.stop()
            join(thread)
        listener.check()


class ListenerServer:
    """The connections, in one thread; complete requests are answered in another."""

    def __init__(
        self,
        door: socket.socket,
        listener: Listener,
        spool: BodySpool,
        read_deadline: float,
        max_connections: int,
        health: Callable[[], Mapping[str, object]] | None,
        on_refusal: Callable[[int, str], None] | None,
    ) -> None:
        self.receiver = listener.receiver
        self.spool = spool
        self.read_deadline = read_deadline
        self.ready = threading.Event()
        self.is_stopping = self._is_told_to_stop = False
        self.reading: dict[asyncio.Task[None], float] = {}  # since when; those with more patience seem younger
        self._long_bodies = asyncio.Semaphore(_LONG_BODIES)
        self._door = door
        self._places = asyncio.Semaphore(max_connections)
        self._health = health
        self._known_health: tuple[float, bytes] | None = None
        self._on_refusal = on_refusal
        self._listener = listener
        self._batcher = CommitBatcher(self.receiver)
        self._threads = ThreadPoolExecutor(_THREADS, "clipaudio-listener")

    @property
    def is_full(self) -> bool:
        """Whether connections may be waiting for a place."""
        return self._places.locked()

    def run(self) -> None:
        """Serve until `stop`."""
        try:
            with (
                self._threads,
                contextlib.closing(self._batcher),
                asyncio.Runner(
                    loop_factory=asyncio.SelectorEventLoop
                ) as runner,  # the usual loop of Windows is another
            ):
                runner.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - raised by `Listener.check` in the threads that wait
            self._listener.error = error
        finally:
            self.ready.set()
            if not self._is_told_to_stop:
                self._listener.on_failure()

    def stop(self) -> None:
        """Stop: answer requests that were read whole, and drop those still being read."""
        self._is_told_to_stop = True
        with contextlib.suppress(RuntimeError, AttributeError):  # it has ended by itself, or never began
            self._loop.call_soon_threadsafe(self._accepting.cancel)

    async def answer(self, request: IncomingRequest, body: RequestBody) -> tuple[int, bytes]:
        """Return the status and JSON of the answer; only a few long bodies are in memory at once."""
        if request.method in {"GET", "HEAD"} and request.path == "/healthz" and self._health is not None:
            return 200, await self._ask_health(self._health)
        async with self._long_bodies if body.is_long else contextlib.nullcontext():
            return await self._batcher.answer(request.method, request.path, request.headers, body.read())

    def report(self, status: int, text: bytes) -> None:
        """Report a refusal with the answer *text*."""
        if status >= 400 and self._on_refusal is not None:
            self._on_refusal(status, msgspec.json.decode(text, type=_Answer).message)

    async def find_project(self, path: str) -> str:
        """Return the project that expects a callback at *path*; refuse the request if none does."""
        try:
            expected = await self._loop.run_in_executor(self._threads, self.receiver.expected, path)
        except Exception as error:  # an inbox that cannot be read, or no thread
            raise RefusedError(503, _BUSY) from error
        if expected is None:
            raise RefusedError(404, "not found")
        task = asyncio.current_task()
        if task in self.reading:
            self.reading[task] += _LONG_PATIENCE - _PATIENCE
        return expected.project

    async def _ask_health(self, health: Callable[[], Mapping[str, object]]) -> bytes:
        now = self._loop.time()
        if self._known_health is None or now > self._known_health[0] + _HEALTH_SECONDS:
            try:
                found = await self._loop.run_in_executor(self._threads, health)
            except Exception as error:  # an inbox that cannot be read, or no thread
                raise RefusedError(503, _BUSY) from error
            self._known_health = now, msgspec.json.encode(dict(found))
        return self._known_health[1]

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._accepting = asyncio.ensure_future(self._accept())
        self.ready.set()
        with contextlib.suppress(asyncio.CancelledError):
            await self._accepting

    async def _accept(self) -> None:
        """Accept connections while there is a place; others wait in the system's queue."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                await self._take_place()
                try:
                    peer = await self._next_peer()
                except Exception:  # noqa: BLE001 - the client left, or no descriptor or memory is free: wait for it
                    self._places.release()
                    await asyncio.sleep(_NO_DESCRIPTORS)
                    continue
                task = asyncio.ensure_future(Conversation(self, peer).run())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                task.add_done_callback(self._end)
        finally:
            self.is_stopping = True
            for task in list(self.reading):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_place(self) -> None:
        """Wait for a place; while others wait in the system's queue, the slowest connections give theirs up."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FULL):
                    await self._places.acquire()
                    return
            if not has_input(self._door):
                continue
            before = self._loop.time() - _PATIENCE
            slow = [task for task, since in self.reading.items() if since < before]
            for task in slow[: len(slow) * 3 // 4 + 1]:
                task.cancel()

    async def _next_peer(self) -> socket.socket:
        """Accept a connection. Nothing is awaited after that, so a cancelled `_accept` loses none."""
        while True:
            try:
                peer, _ = self._door.accept()
            except BlockingIOError:
                is_readable = asyncio.Event()
                self._loop.add_reader(self._door, is_readable.set)
                try:
                    await is_readable.wait()
                finally:
                    self._loop.remove_reader(self._door)
            else:
                peer.setblocking(False)
                return peer

    def _end(self, task: asyncio.Task[None]) -> None:
        """Free the place. A client that went away is ignored; any other error is a bug and is shown."""
        self._places.release()
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, OSError):
            traceback.print_exception(error)
