"""An inbox on the disk, and a clock that goes when it is told to."""

from __future__ import annotations

import pytest

from clipaudio.receive.inbox import Inbox


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self):
        self.now = 2_000_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    """Return a clock that stands until it is set."""
    return Clock()


@pytest.fixture
def inbox(tmp_path, clock):
    """Yield an inbox on the disk that goes by that clock."""
    made = Inbox(tmp_path / "inbox.db", clock=clock)
    yield made
    made.close()
