"""Streams of recognition repeat themselves: an interim message is replaced by the next one of its channel.

What is left is what was heard: all final messages, and at the end of a stream that broke off an interim one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from clipaudio.sources.fields import find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clipaudio.sources.document import Document
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["last_rows", "read_settled", "settled"]

_FLAGS: Final = ("is_final", "isFinal", "results[].is_final", "results[].isFinal")
_NAMES: Final = ("message", "message_type", "type")
_CHANNELS: Final = ("channel_index[0]", "channel", "channelTag", "results[].channelTag", "results[].channel_tag")


def read_settled(read: Callable[[Document], SpeechTimes]) -> Callable[[Document], SpeechTimes]:
    """Return a reader of the messages that last."""
    return lambda document: read(settled(document))


def settled(document: Document) -> Document:
    """Return *document* without messages, and tokens of messages, that later ones replace; null stands for them.

    Examples
    --------
    >>> from clipaudio.sources.document import decode_document
    >>> settled(decode_document(b'[{"is_final": false}, {"is_final": true}, {"is_final": false}]')).messages
    [None, {'is_final': True}, {'is_final': False}]
    """
    if document.is_one:
        return document
    messages = document.messages
    flags = [_is_interim(message) for message in messages]
    if False in flags:  # some leave out what is false
        flags = [
            _is_result(message) or None if flag is None else flag for message, flag in zip(messages, flags, strict=True)
        ]
    known = [row for row, flag in enumerate(flags) if flag is not None]
    rows = last_rows([flags[row] is True for row in known], [_group(messages[row]) for row in known])
    kept = {known[row] for row in rows}
    lasting = [message if flags[row] is None or row in kept else None for row, message in enumerate(messages)]
    return replace(document, messages=_without_interim_tokens(lasting))


def last_rows(are_interim: Sequence[bool], groups: Sequence[object]) -> list[int]:
    """Return the rows that no later row of their group replaces.

    Examples
    --------
    >>> last_rows([True, True, False, True], ["a", "b", "a", "a"])
    [1, 2, 3]
    """
    kept: list[int] = []
    seen: set[object] = set()
    for row in reversed(range(len(groups))):
        if not are_interim[row] or groups[row] not in seen:
            kept.append(row)
        seen.add(groups[row])
    return kept[::-1]


def _is_interim(message: object) -> bool | None:
    """Return whether a message is replaced by the next one; None if it does not say."""
    if not isinstance(message, dict):
        return None
    if "turn_order" in message:  # the last message of a turn holds all of it
        return True
    for key in _NAMES:
        name = str(message.get(key)).lower()
        if "partial" in name or "interim" in name:
            return True
        if name in {"addtranscript", "finaltranscript"}:
            return False
    flag = next((flag for key in _FLAGS if isinstance(flag := find(message, key), bool)), None)
    if flag is None and find(message, "results[].stability") is not None:
        return True
    return None if flag is None else not flag


def _is_result(message: object) -> bool:
    return isinstance(message, dict) and any(key in message for key in ("results", "alternatives"))


def _group(message: dict[str, Any]) -> str:
    """Return what the next message has in common with the one that it replaces: the turn or the channel."""
    if "turn_order" in message:
        return f"turn {message['turn_order']}"
    return str(next((found for key in _CHANNELS if isinstance(found := find(message, key), int | str)), ""))


def _without_interim_tokens(messages: list[Any]) -> list[Any]:
    """Return messages whose tokens are final; those of the last one may not be."""
    rows = [row for row, message in enumerate(messages) if isinstance(find(message, "tokens[].is_final"), bool)]
    for row in rows[:-1]:
        message = messages[row]
        tokens = [None if find(token, "is_final") is False else token for token in message["tokens"]]
        messages[row] = {**message, "tokens": tokens}
    return messages
