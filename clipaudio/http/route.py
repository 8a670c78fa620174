"""How requests to one origin are sent: its addresses, the names they are shown by, and the proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clipaudio.http.address import Address
    from clipaudio.http.proxy import Proxy

__all__ = ["Route"]


@dataclass(frozen=True, slots=True)
class Route:
    """How requests to one origin are sent.

    `addresses` are those of the host, or of the *proxy*. `pin` binds them to the host's name for libcurl. A connection
    may lead to a private address with `allow_private`, and must with `requires_private`.
    """

    authority: str
    shown: str
    reached: str
    base_url: str
    pin: str
    addresses: tuple[Address, ...]
    proxy: Proxy | None
    allow_private: bool
    requires_private: bool
