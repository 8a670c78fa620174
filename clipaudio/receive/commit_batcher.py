"""Requests of an event loop are answered by a receiver in a thread, all that wait in one go.

Conventions
-----------
While one batch is written to the disk the next one gathers, so that the more requests come the fewer syncs each of them
costs. An answer is given when the commit of its batch has returned, never before.
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
    """Where requests of one event loop wait for a receiver's answer.

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
        """Give the receiver's answer."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[int, bytes]] = loop.create_future()
        self._waiting.append(((method, path, headers, body), future))
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        return await future

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    async def _work(self) -> None:
        """Answer until nobody waits."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            requests = [request for request, _ in batch]
            job = loop.run_in_executor(self._thread, self._receiver.handle_many, requests)
            await asyncio.wait([job])
            error = job.exception()
            answers = itertools.repeat((500, b"")) if error is not None else job.result()
            for (_, future), answer in zip(batch, answers, strict=False):
                if future.done():  # who asked has left
                    continue
                if error is None:
                    future.set_result(answer)
                else:
                    future.set_exception(error)
