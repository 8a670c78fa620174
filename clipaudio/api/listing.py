"""The clips of a project, page after page.

Conventions
-----------
Pages are asked for as they are needed. The service answers in two envelopes: an old one that counts pages in
``num_pages``, and a new one that counts them in ``page_count``; the last page is known by either, or by being short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.api.answer import ClipItem
    from clipaudio.api.client import Client

__all__ = ["list_clips"]

_PAGE_SIZE = 1000  # the most the service gives


def list_clips(client: Client, project: str, *, page_size: int = _PAGE_SIZE) -> Iterator[ClipItem]:
    """Give every clip of *project* as the service describes it, in its order.

    A clip that is made or removed meanwhile may be met twice or not at all.

    Parameters
    ----------
    page_size
        Clips asked for at once, 10 to 1000.

    Raises
    ------
    ApiError
        The service refuses; see `Client.update_clip`.
    """
    page = 1
    while True:
        found = client.get_page(project, page=page, size=page_size)
        yield from found.items
        if page >= found.pages or not found.items:
            return
        page += 1
