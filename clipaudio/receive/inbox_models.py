"""The rows of an inbox: expected callbacks and received ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

__all__ = ["STATES", "Addition", "Expected", "InboxEntry", "Left", "State"]

State = Literal["received", "downloaded", "exported", "failed"]
STATES: Final[tuple[State, ...]] = ("received", "downloaded", "exported", "failed")


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected callback of *clip* (None for a clip still to be created) in *project*."""

    project: str
    clip: str | None
    expires: float


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A received callback.

    `number` counts from 1 in the order of arrival; `note` is the last error, or the last result. `forward` is "due",
    "done", "failed" or, if it is not to be forwarded, empty.
    """

    number: int
    clip: str
    project: str | None
    body: bytes = field(repr=False)  # it contains a url
    received: float
    state: State
    attempts: int
    next_try: float
    note: str
    forward: str = ""
    forward_attempts: int = 0


class Addition(NamedTuple):
    """A callback to store: the secret of its path, its clip, its bytes, and the expected project."""

    secret: str
    clip: str
    body: bytes
    project: str | None


class Left(NamedTuple):
    """How many entries are not done, and how many of them another process works on."""

    total: int
    held: int
