"""What an inbox holds: callbacks that are waited for, and those that came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

__all__ = ["STATES", "Addition", "Expected", "InboxEntry", "State"]

State = Literal["received", "downloaded", "exported", "failed"]
STATES: Final[tuple[State, ...]] = ("received", "downloaded", "exported", "failed")


@dataclass(frozen=True, slots=True)
class Expected:
    """A callback that is waited for: of *clip* (None for one still to be created) in *project*."""

    project: str
    clip: str | None
    expires: float


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A callback that came.

    `number` counts from 1 in the order of arrival; `body` are its bytes; `note` is the last error, or what was done.
    `forward` is "due", "done", "failed" or, where nobody wanted it handed on, empty.
    """

    number: int
    clip: str
    project: str | None
    body: bytes = field(repr=False)  # it holds a url
    received: float
    state: State
    attempts: int
    next_try: float
    note: str
    forward: str = ""
    forward_attempts: int = 0


class Addition(NamedTuple):
    """A callback to be kept: the secret of its path, its clip, its bytes, and the project that was expected."""

    secret: str
    clip: str
    body: bytes
    project: str | None
