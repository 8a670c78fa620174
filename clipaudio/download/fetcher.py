"""Download clips over shared connections; a url that has expired is replaced once by a fresh one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clipaudio.download.task import Download, download
from clipaudio.errors import UrlExpiredError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from clipaudio.http.client import HttpTransport

__all__ = ["Fetcher"]


class Fetcher:
    """Download the audio of clips.

    Parameters
    ----------
    transport
        What sends the requests; the one that all callers share when None, with its connections and its trust.
    refresh
        Returns a fresh url for a clip whose url has expired, or None if there is none. None never asks.
    **options
        Options of every download, see `clipaudio.download.task.download_steps`.

    Examples
    --------
    >>> Fetcher(allow_private=False).download("https://192.168.0.1/clip.wav", "clip.wav")
    Traceback (most recent call last):
    clipaudio.errors.UnsafeAddressError: '192.168.0.1' leads to 192.168.0.1, which is private; only public
    addresses are opened (pass allow_private for a server of your own)
    """

    def __init__(
        self,
        transport: HttpTransport | None = None,
        *,
        refresh: Callable[[], str | None] | None = None,
        **options: Any,  # noqa: ANN401 - those of the function it calls, which checks them
    ) -> None:
        self._refresh = refresh
        self._options = {"transport": transport, **options}

    def download(self, url: str, target: str | os.PathLike[str], **options: Any) -> Download:  # noqa: ANN401 - as above
        """Download the audio at *url* into the file *target*; ask once for a fresh url if it has expired.

        Raises
        ------
        UrlExpiredError
            The url has expired, and there is no fresh one, or it has expired too.
        ClipAudioError
            As `clipaudio.download.task.download_steps`.
        """
        options = {**self._options, **options}
        try:
            return download(url, target, **options)
        except UrlExpiredError:
            fresh = self._refresh() if self._refresh is not None else None
            if fresh is None:
                raise
        return download(fresh, target, **options)
