"""Many expiring urls become files, several at once, oldest first; one that fails stops none."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clipaudio.download.lanes import Lanes
from clipaudio.download.task import Download, download
from clipaudio.errors import ClipAudioError
from clipaudio.http.transport import HttpTransport

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from clipaudio.http.transport import Transport

__all__ = ["Outcome", "download_async", "download_many"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one url: a `Download`, or the error that ended it."""

    url: str = field(repr=False)  # it may be signed
    done: Download | None = None
    error: ClipAudioError | OSError | None = None


def download_many(
    items: Iterable[tuple[str, str | os.PathLike[str]]],
    *,
    jobs: int = 8,
    transport: Transport | None = None,
    **options: Any,  # noqa: ANN401 - those of the function it calls, which checks them
) -> Iterator[Outcome]:
    """Fetch the audio of each url into its file, *jobs* at once; give what became of each, in order.

    Connections are kept and used again. Items are taken as they are needed, so that there may be any number.

    Parameters
    ----------
    items
        Urls with their targets, oldest first: a url dies within the hour.
    jobs
        Downloads at once, 8 to 32 are of use; fewer run where the processor is what they wait for.
    transport
        What sends the requests; one `HttpTransport` for all when None.
    **options
        As in `clipaudio.download.task.download`.

    Raises
    ------
    RequestError
        *jobs* is less than 1.

    Examples
    --------
    >>> [outcome.error.__class__.__name__ for outcome in download_many([("https://10.0.0.1/a", "a.wav")])]
    ['UnsafeAddressError']
    """
    owned = HttpTransport() if transport is None else None
    stop = _Stop(options.pop("progress", None), options.pop("sleep", None))
    fetch = functools.partial(_one, transport=owned or transport, progress=stop.progress, sleep=stop.sleep, **options)
    with contextlib.ExitStack() as opened:
        if owned is not None:
            opened.callback(owned.close)
        lanes = opened.enter_context(contextlib.closing(Lanes(fetch, jobs)))

        def leave() -> None:
            stop.event.set()
            lanes.close()

        atexit.register(leave)  # where nobody takes the rest, nor says so, no part of a file is left behind
        opened.callback(atexit.unregister, leave)
        opened.callback(stop.event.set)  # first, or Ctrl-C would wait for the last of them
        yield from lanes.map((url, target) for url, target in items)  # as they are now: who gives them may change them


class _StoppedError(Exception):
    """Nobody waits for this download any more."""


class _Stop:
    """End downloads at their next block, or in their wait for the next go, once `event` is set."""

    def __init__(
        self, progress: Callable[[int, int | None], None] | None, sleep: Callable[[float], object] | None
    ) -> None:
        self.event = threading.Event()
        self._progress = progress
        self._sleep = sleep or self.event.wait

    def progress(self, received: int, total: int | None) -> None:
        self._check()
        if self._progress is not None:
            self._progress(received, total)

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds)
        self._check()

    def _check(self) -> None:
        if self.event.is_set():
            raise _StoppedError


async def download_async(url: str, target: str | os.PathLike[str], **options: Any) -> Download:  # noqa: ANN401 - as above
    """Fetch one url without blocking the event loop, see `clipaudio.download.task.download`."""
    return await asyncio.to_thread(download, url, target, **options)


def _one(item: tuple[str, str | os.PathLike[str]], **options: Any) -> Outcome:  # noqa: ANN401 - as above
    url, target = item
    try:
        return Outcome(url, download(url, target, **options))
    except (ClipAudioError, OSError) as error:
        return Outcome(url, error=error)
