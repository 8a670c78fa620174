"""Many expiring urls become files, several at once, oldest first; one that fails stops none."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clipaudio.api.download import Download, download
from clipaudio.api.transport import HttpTransport
from clipaudio.errors import ClipAudioError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from clipaudio.api.transport import Transport

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
        Downloads at once, 8 to 32 are of use.
    transport
        What sends the requests; one `HttpTransport` for all when None.
    **options
        As in `clipaudio.api.download.download`.

    Examples
    --------
    >>> [outcome.error.__class__.__name__ for outcome in download_many([("https://10.0.0.1/a", "a.wav")])]
    ['UnsafeAddressError']
    """
    owned = HttpTransport() if transport is None else None
    fetch = functools.partial(_one, transport=owned or transport, **options)
    waiting: deque[Future[Outcome]] = deque()
    try:
        with ThreadPoolExecutor(jobs, thread_name_prefix="clipaudio-download") as pool:
            try:
                for url, target in items:
                    waiting.append(pool.submit(fetch, url, target))
                    if len(waiting) >= 4 * jobs:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()
    finally:
        if owned is not None:
            owned.close()


async def download_async(url: str, target: str | os.PathLike[str], **options: Any) -> Download:  # noqa: ANN401 - as above
    """Fetch one url without blocking the event loop, see `clipaudio.api.download.download`."""
    return await asyncio.to_thread(download, url, target, **options)


def _one(url: str, target: str | os.PathLike[str], **options: Any) -> Outcome:  # noqa: ANN401 - as above
    try:
        return Outcome(url, download(url, target, **options))
    except (ClipAudioError, OSError) as error:
        return Outcome(url, error=error)
