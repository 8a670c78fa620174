"""One row of the table of sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from clipaudio.sources.fields import has

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.sources.document import Document
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["Source"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A shape of speech times: what tells it, and what reads it.

    Parameters
    ----------
    name
        Name of the shape, in lower case with dashes.
    title
        The service, engine, recogniser, aligner or program, for users.
    kind
        What it is.
    level
        The levels that are timed, such as "words" or "words, phones".
    unit
        The unit of its times.
    tells
        Fields that one message has, all of them; see `clipaudio.sources.fields.has`. Empty for text.
    read
        Reads the document.
    is_list
        Whether only a list of messages or lines is this shape, never one object.
    detect
        Recognizes what `tells` cannot, such as plain text.
    stream
        How times count over the messages of a stream: they go on ("runs"), each message "restarts" or each request does
        ("requests"), or a later message of a chunk replaces it ("snapshots"). "" if it is read as a whole only.
    span
        Returns the seconds by which a message moves those after it, where times restart.
    """

    name: str
    title: str
    kind: Literal["service", "engine", "recogniser", "aligner", "editor", "clipaudio"]
    level: str
    unit: str
    tells: tuple[str, ...]
    read: Callable[[Document], SpeechTimes]
    is_list: bool = False
    detect: Callable[[Document], bool] | None = None
    stream: Literal["", "runs", "restarts", "requests", "snapshots"] = ""
    span: Callable[[dict[str, Any]], float] | None = None

    def matches(self, document: Document) -> bool:
        """Return True if *document* has this shape."""
        if self.detect is not None:
            return self.detect(document)
        if self.is_list and document.is_one:
            return False
        return any(all(has(message, pattern) for pattern in self.tells) for message in document.samples)
