"""The same calls for asyncio."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Unpack

from clipaudio.api.client import BASE_URL, Client, Method
from clipaudio.api.retrying import Retry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clipaudio.api.answer import ClipItem
    from clipaudio.api.authentication import ApiKey
    from clipaudio.api.callback import ClipCallback
    from clipaudio.api.receiver import Receiver
    from clipaudio.api.request import ClipFields
    from clipaudio.api.transport import Transport

__all__ = ["AsyncClient"]


class AsyncClient:
    """`Client` for asyncio: the same methods, each in a thread of its own.

    Examples
    --------
    >>> AsyncClient("k3y-of-mine")
    AsyncClient('https://app.resemble.ai/api/v2')
    """

    def __init__(
        self,
        key: str | ApiKey | None = None,
        *,
        base_url: str = BASE_URL,
        timeout: float = 60.0,
        transport: Transport | None = None,
        environ: Mapping[str, str] | None = None,
        allow_http: bool = False,
        retry: Retry | None = None,
        rate: float = 40.0,
    ) -> None:
        self._client = Client(
            key,
            base_url=base_url,
            timeout=timeout,
            transport=transport,
            environ=environ,
            allow_http=allow_http,
            retry=retry or Retry(),
            rate=rate,
        )

    def __repr__(self) -> str:
        return f"Async{self._client!r}"

    async def update_clip(
        self, project: str, clip: str, *, method: Method = "PUT", **fields: Unpack[ClipFields]
    ) -> ClipItem:
        """Update *clip*, see `Client.update_clip`."""
        return await asyncio.to_thread(self._client.update_clip, project, clip, method=method, **fields)

    async def update_and_wait(
        self,
        project: str,
        clip: str,
        *,
        receiver: Receiver | None = None,
        public_url: str = "",
        timeout: float = 120.0,  # noqa: ASYNC109 - the wait itself is in a thread, which a cancelled task would leave
        poll: float = 2.0,
        method: Method = "PUT",
        **fields: Unpack[ClipFields],
    ) -> ClipCallback:
        """Update *clip* and wait until it is spoken, see `Client.update_and_wait`."""
        call = functools.partial(
            self._client.update_and_wait,
            project,
            clip,
            receiver=receiver,
            public_url=public_url,
            timeout=timeout,
            poll=poll,
            method=method,
        )
        return await asyncio.to_thread(call, **fields)

    async def create_clip(self, project: str, **fields: Unpack[ClipFields]) -> ClipItem:
        """Make a new clip, see `Client.create_clip`."""
        return await asyncio.to_thread(self._client.create_clip, project, **fields)

    async def get_clip(self, project: str, clip: str) -> ClipItem:
        """Ask for *clip*, see `Client.get_clip`."""
        return await asyncio.to_thread(self._client.get_clip, project, clip)
