"""Check every address libcurl connects to, and every kept connection before it is used again.

Conventions
-----------
A host is resolved by `clipaudio.http.address` and its tested addresses are handed to libcurl. The guard is the second
lock: libcurl asks it for each socket it opens, and before it sends a request, also on a kept connection.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
from typing import TYPE_CHECKING, Any, Final

import pycurl

from clipaudio.errors import UnsafeAddressError
from clipaudio.http.address import Address, address_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.http.route import Route

__all__ = ["Guard"]

_BAD_SOCKET: Final[int] = pycurl.SOCKET_BAD
_ABORT: Final[int] = pycurl.PREREQFUNC_ABORT
_OK: Final[int] = pycurl.PREREQFUNC_OK


class Guard:
    """The addresses one transfer may use.

    Parameters
    ----------
    dial
        Opens the connection to an address within some seconds; for tests. libcurl connects when None.
    timeout
        Seconds that *dial* gets.
    """

    def __init__(self, dial: Callable[[Address, float], socket.socket] | None, timeout: float) -> None:
        self._dial, self._timeout = dial, timeout
        self._sockets: list[socket.socket] = []
        self._route: Route | None = None
        self.admit(None)

    def admit(self, route: Route | None) -> None:
        """Admit the addresses of *route* for the next transfer, and no others."""
        if route is not self._route or route is None:
            self._route = route
            addresses = () if route is None else route.addresses
            self._admitted = {_packed(str(one.socket_address[0])): one for one in addresses}
        self.is_connected = False
        self.problem: UnsafeAddressError | None = None
        self.failure: OSError | None = None

    def watch(self, curl: pycurl.Curl) -> None:
        """Let libcurl ask this guard about each connection of *curl*."""
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open_socket)
        curl.setopt(pycurl.PREREQFUNCTION, self._check_peer)
        if self._dial is not None:
            curl.setopt(pycurl.SOCKOPTFUNCTION, lambda _fd, _purpose: pycurl.SOCKOPT_ALREADY_CONNECTED)

    def release(self) -> None:
        """Close our copies of the sockets that were handed to libcurl, which duplicates them."""
        while self._sockets:
            self._sockets.pop().close()

    def _open_socket(self, _purpose: int, asked: Any) -> socket.socket | int:  # noqa: ANN401 - a tuple of pycurl's own
        """Open a socket for an admitted address."""
        address = self._admitted.get(_packed(str(asked.addr[0])))
        if address is None:
            self.problem = UnsafeAddressError("a connection to an address that was not tested was refused; try again")
            return _BAD_SOCKET
        try:
            if self._dial is None:
                opened = socket.socket(asked.family, asked.socktype, asked.protocol)
            else:
                opened = self._dial(address, self._timeout)
        except OSError as error:
            self.failure = error
            return _BAD_SOCKET
        self._sockets.append(opened)
        return opened

    def _check_peer(self, address: str, _own: str, _port: int, _own_port: int) -> int:
        """Allow the request on its connection, which may have been opened under other rules."""
        self.release()
        route = self._route
        if route is None:
            return _ABORT
        if route.proxy is None:
            found = address_problem(address, allow_private=route.allow_private)
            if found is None and route.requires_private and address_problem(address) is None:
                found = "public"
            if found is not None:
                self.problem = UnsafeAddressError(
                    f"the kept connection leads to {address}, which is {found}; refused", address=address
                )
                return _ABORT
        self.is_connected = True
        return _OK


@functools.lru_cache(maxsize=1024)
def _packed(text: str) -> bytes:
    """Return the bytes of an address, however it is spelled."""
    return ipaddress.ip_address(text).packed
