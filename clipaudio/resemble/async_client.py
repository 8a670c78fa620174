"""`AsyncClient`: the calls of `Client` for asyncio."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Unpack

from clipaudio.resemble.client import CallbackReceiver, Client, Method

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.resemble.api_response import ClipItem
    from clipaudio.resemble.callback import ClipCallback
    from clipaudio.resemble.clip_update import ClipFields

__all__ = ["AsyncClient"]

_Options = ParamSpec("_Options")


def _with_options_of(
    make: Callable[_Options, Client],
) -> Callable[[Callable[[AsyncClient, Client], None]], Callable[Concatenate[AsyncClient, _Options], None]]:
    """Let a method that takes a client take the options of `Client` instead, which are documented there."""

    def decorate(method: Callable[[AsyncClient, Client], None]) -> Callable[Concatenate[AsyncClient, _Options], None]:
        @functools.wraps(Client.__init__)  # its signature is shown
        def with_options(self: AsyncClient, /, *args: _Options.args, **options: _Options.kwargs) -> None:
            method(self, make(*args, **options))

        return with_options

    return decorate


class AsyncClient:
    """`Client` for asyncio: the same options, the same methods, each in a thread of its own.

    Examples
    --------
    >>> AsyncClient("k3y-of-mine")
    AsyncClient('https://app.resemble.ai/api/v2')
    """

    @_with_options_of(Client)
    def __init__(self, client: Client) -> None:
        self._client = client

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
        receiver: CallbackReceiver | None = None,
        public_url: str = "",
        timeout: float = 120.0,  # noqa: ASYNC109 - the wait is in a thread, which cancellation would leave running
        poll: float = 2.0,
        method: Method = "PUT",
        **fields: Unpack[ClipFields],
    ) -> ClipCallback:
        """Update *clip* and wait for its audio, see `Client.update_and_wait`."""
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

    async def wait_for_clip(
        self,
        project: str,
        clip: str,
        *,
        before: str | None = None,
        timeout: float = 120.0,  # noqa: ASYNC109 - as above
        poll: float = 2.0,
    ) -> ClipItem:
        """Poll until *clip* has audio, see `Client.wait_for_clip`."""
        return await asyncio.to_thread(
            self._client.wait_for_clip, project, clip, before=before, timeout=timeout, poll=poll
        )

    async def create_clip(self, project: str, **fields: Unpack[ClipFields]) -> ClipItem:
        """Create a clip, see `Client.create_clip`."""
        return await asyncio.to_thread(self._client.create_clip, project, **fields)

    async def get_clip(self, project: str, clip: str) -> ClipItem:
        """Get *clip*, see `Client.get_clip`."""
        return await asyncio.to_thread(self._client.get_clip, project, clip)
