"""Live with few open files: how many connections they allow, and a look at a socket that needs no further one."""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING, Final

from clipaudio.system import MOST_SOCKETS, most_open_files

if TYPE_CHECKING:
    import socket

__all__ = ["has_input", "most_connections"]

_OWN_DESCRIPTORS: Final = 128  # for downloads, exports and the inbox
_OWN_SOCKETS: Final = 2  # the one that accepts, and the one that wakes the loop
_FEWEST: Final = 8  # connections


def most_connections() -> int:
    """Return how many connections leave enough descriptors: each takes a socket and maybe a temporary file."""
    by_files = max((most_open_files() - _OWN_DESCRIPTORS) // 2, _FEWEST)
    return min(by_files, MOST_SOCKETS - _OWN_SOCKETS)


def has_input(peer: socket.socket) -> bool:
    """Return True if *peer* can be read, or accept, at once. The usual selector would open a descriptor.

    Examples
    --------
    >>> import socket
    >>> one, other = socket.socketpair()
    >>> has_input(one), other.send(b"1"), has_input(one)
    (False, 1, True)
    >>> one.close(), other.close()
    (None, None)
    """
    with getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:
        selector.register(peer, selectors.EVENT_READ)
        return bool(selector.select(0))
