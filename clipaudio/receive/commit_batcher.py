"""Answer requests of an event loop in a thread, all waiting ones in one commit.

Conventions
-----------
While one batch is committed the next one gathers, so more requests cost fewer syncs each. An answer is sent after the
commit of its batch, never before.
"""

from __future__ import annotations

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clipaudio.receive.receiver import Receiver

__all__ = ["CommitBatcher"]

Request = tuple[str, str, "Mapping[str, str]", bytes]


class CommitBatcher:
    """Batch the requests of one event loop for a receiver.

    Examples
    --------
    >>> from clipaudio.receive.receiver import Receiver
    >>> asyncio.run(CommitBatcher(Receiver()).answer("GET", "/", {}, b""))[0]
    405
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._thread = ThreadPoolExecutor(1, "clipaudio-receiver")
        self._waiting: list[tuple[Request, asyncio.Future[tuple[int, bytes]]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Return the answer of the receiver."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[int, bytes]] = loop.create_future()
        self._waiting.append(((method, path, headers, body), future))
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        return await future

    def close(self) -> None:
        """Stop the thread."""
        self._thread.shutdown()

    async def _work(self) -> None:
        """Answer until no request is waiting."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            requests = [request for request, _ in batch]
            job = loop.run_in_executor(self._thread, self._receiver.handle_many, requests)
            await asyncio.wait([job])
            error = job.exception()
            answers = itertools.repeat((500, b"")) if error is not None else job.result()
            for (_, future), answer in zip(batch, answers, strict=False):
                if future.done():  # the client has left
                    continue
                if error is None:
                    future.set_result(answer)
                else:
                    future.set_exception(error)
