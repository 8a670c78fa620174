"""Forward a kept or confirmed callback: print it, or post it to an address of the user."""

from __future__ import annotations

import json
import sys
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.http.client import Transport
    from clipaudio.receive.inbox import InboxEntry

__all__ = ["forwarder", "make_forward"]

_SECONDS = 30.0
_REMEMBERED = 1000  # callbacks that were printed and could not be posted yet


def make_forward(url: str | None, *, is_printing: bool) -> Callable[[InboxEntry], str] | None:
    """Return a function that posts each callback to *url*, and prints it once a process if *is_printing*.

    Return None if there is nothing to do.
    """
    from clipaudio.resemble.payload import decode

    post = forwarder(url) if url else None
    if not is_printing:
        return post

    printed: deque[int] = deque(maxlen=_REMEMBERED)

    def forward(entry: InboxEntry) -> str:
        # an attempt of a process that was killed may have printed nothing: better twice than never
        if entry.forward_attempts == 1 or entry.number not in printed:
            sys.stdout.write(json.dumps(decode(entry.body)) + "\n")
            sys.stdout.flush()
            printed.append(entry.number)
        return "" if post is None else post(entry)

    return forward


def forwarder(url: str, *, transport: Transport | None = None) -> Callable[[InboxEntry], str]:
    """Return a function that posts the JSON of an entry to *url* and returns what was answered.

    The user named the address, so it may be on this machine or network, and plain http. The header Clipaudio-Clip holds
    the id of the clip, Clipaudio-Callback the number in the inbox: the same number twice is the same callback.

    Raises
    ------
    UnsafeAddressError
        *url* is no url of http or https.
    """
    from clipaudio.errors import DownloadError, ServerError, UnsafeAddressError
    from clipaudio.file_names import safe_name
    from clipaudio.http.client import Policy, Request, shared_transport
    from clipaudio.http.redact import redact
    from clipaudio.http.url import parse_url

    parse_url(url)
    sender = transport if transport is not None else shared_transport()
    policy = Policy(deadline=_SECONDS, allow_http=True, allow_private=True)

    def forward(entry: InboxEntry) -> str:
        headers = {
            "Content-Type": "application/json",
            "Clipaudio-Clip": safe_name(entry.clip),
            "Clipaudio-Callback": str(entry.number),
        }
        request = Request(method="POST", url=url, headers=headers, body=entry.body, policy=policy)
        try:
            with sender.open(request) as answer:
                status = answer.status
                answer.read()
        except UnsafeAddressError:
            raise
        except DownloadError as error:
            raise ServerError(f"{redact(url)} answered something unreadable: {error}", status=502, body="") from error
        if not 200 <= status < 300:
            # the user's own handler may be repaired or started later: any refusal is transient
            raise ServerError(f"{redact(url)} answered {status} to the callback", status=503, body="")
        return f"forwarded, {redact(url)} answered {status}"

    return forward
