"""Ask the service about the clip of a received callback: nothing of the posted body but its id is used.

Conventions
-----------
The service signs nothing, so the body may be forged. What the service answers itself cannot be.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from clipaudio.errors import CallbackError, ClipNotFoundError, ServerError
from clipaudio.resemble.payload import decode, to_bytes
from clipaudio.resemble.payload_models import ARRAY_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.receive.inbox import InboxEntry
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["ask_service", "replace_body"]


def ask_service(refresh: Callable[[str, str], ClipCallback] | None, entry: InboxEntry) -> ClipCallback:
    """Return the current clip of the service, which has a url.

    Parameters
    ----------
    refresh
        Return the current state of a clip, by project and clip.
    entry
        The callback.

    Raises
    ------
    CallbackError
        The callback has no project, or the service does not know the clip.
    ServerError
        The clip has no audio yet.
    """
    if refresh is None or entry.project is None:
        raise CallbackError("the callback has no project, so the service cannot be asked about it", path="$")
    try:
        fresh = refresh(entry.project, entry.clip)
    except ClipNotFoundError as error:
        raise CallbackError(
            f"the service has no clip {entry.clip} in project {entry.project}: it did not send this callback",
            path="$.id",
        ) from error
    if fresh.id != entry.clip or fresh.project_id not in {None, entry.project}:
        raise CallbackError(
            f"asked for clip {entry.clip} of project {entry.project}, the service answered with clip {fresh.id}"
            f" of project {fresh.project_id}",
            path="$.project_id",
        )
    if fresh.url is None:
        raise ServerError(f"the service has no audio of clip {entry.clip} yet", status=503, body="")
    return fresh


def replace_body(entry: InboxEntry, fresh: ClipCallback) -> InboxEntry:
    """Return *entry* with a body in the form of a callback that says what the service says.

    Examples
    --------
    >>> from clipaudio.receive.inbox import InboxEntry
    >>> from clipaudio.resemble.callback import read_callback
    >>> entry = InboxEntry(1, "a", "p", b'{"id": "a", "url": "https://forged"}', 0.0, "received", 1, 0.0, "")
    >>> replace_body(entry, read_callback('{"item": {"uuid": "a", "audio_src": "https://true"}}')).body
    b'{"id":"a","project_id":"p","url":"https://true","issues":[]}'
    """
    answer = decode(fresh.raw)
    item = answer["item"] if isinstance(answer.get("item"), dict) else answer
    body: dict[str, object] = {"id": entry.clip, "project_id": entry.project, "url": fresh.url}
    if fresh.has_timestamps:
        named = next((item[key] for key in ("audio_timestamps", "timestamps") if item.get(key) is not None), None)
        body["audio_timestamps"] = named or {key: item[key] for key in ARRAY_KEYS if key in item}
    return dataclasses.replace(entry, body=to_bytes(body | {"issues": list(fresh.issues)}))
