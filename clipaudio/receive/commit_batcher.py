"""Answer requests of an event loop in a thread, all waiting ones in one commit.

Conventions
-----------
While one batch is committed the next one gathers, so more requests cost fewer syncs each. An answer is sent after the
commit of its batch, never before.
"""

from __future__ import annotations

import asyncio
import itertools
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clipaudio.receive.receiver import Receiver

__all__ = ["CommitBatcher"]

_BUSY: Final = (503, b'{"success":false,"message":"try again later"}')
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
            answers: Iterable[tuple[int, bytes]]
            try:
                job = loop.run_in_executor(self._thread, self._receiver.handle_many, requests)
                await asyncio.wait([job])
                answers = job.result()
            except Exception as error:  # noqa: BLE001 - no thread or memory is left: those who wait need an answer
                traceback.print_exception(error)
                answers = itertools.repeat(_BUSY)
            for (_, future), answer in zip(batch, answers, strict=False):
                if not future.done():  # else the client has left
                    future.set_result(answer)
