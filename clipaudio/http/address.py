"""Resolve a host to addresses that may be opened: all answers are tested, one bad answer refuses them all.

Conventions
-----------
Addresses are tested, never the text of a host: the resolver turns ``0x7f.1``, ``2130706433`` and ``0177.0.0.1`` into
127.0.0.1, so only its answers count. The lists below are our own, because
`ipaddress.is_global` calls multicast, NAT64 and 6to4 addresses global and its answers differ between
Python builds. Sources: the IANA registries of special-purpose addresses (RFC 6890 and its updates),
RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo).
"""

from __future__ import annotations

import functools
import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from clipaudio.errors import ConnectionFailedError, UnsafeAddressError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Address", "Resolver", "address_problem", "is_loopback", "resolve", "system_resolver"]

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
Resolver: TypeAlias = "Callable[[str, int], Sequence[tuple[socket.AddressFamily, SocketAddress]]]"
IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_V4_PRIVATE = {
    ipaddress.IPv4Network("127.0.0.0/8"): "loopback",
    ipaddress.IPv4Network("10.0.0.0/8"): "private",
    ipaddress.IPv4Network("172.16.0.0/12"): "private",
    ipaddress.IPv4Network("192.168.0.0/16"): "private",
}
_V4_NEVER = {
    ipaddress.IPv4Network("0.0.0.0/8"): "unspecified",
    ipaddress.IPv4Network("100.64.0.0/10"): "shared by carriers",
    ipaddress.IPv4Network("168.63.129.16/32"): "a host agent (cloud metadata)",  # Azure
    ipaddress.IPv4Network("169.254.0.0/16"): "link-local (cloud metadata)",
    ipaddress.IPv4Network("192.0.0.0/24"): "for protocols",
    ipaddress.IPv4Network("192.0.2.0/24"): "for documentation",
    ipaddress.IPv4Network("192.88.99.0/24"): "a 6to4 relay",
    ipaddress.IPv4Network("198.18.0.0/15"): "for benchmarks",
    ipaddress.IPv4Network("198.51.100.0/24"): "for documentation",
    ipaddress.IPv4Network("203.0.113.0/24"): "for documentation",
    ipaddress.IPv4Network("224.0.0.0/4"): "multicast",
    ipaddress.IPv4Network("240.0.0.0/4"): "reserved",
}
_V6_PRIVATE = {
    ipaddress.IPv6Network("::1/128"): "loopback",
    ipaddress.IPv6Network("fc00::/7"): "private",
}
_V6_NEVER = {
    ipaddress.IPv6Network("fd00:42::42/128"): "cloud metadata",  # Scaleway
    ipaddress.IPv6Network("fd00:a9fe:a9fe::/48"): "cloud metadata",  # Akamai
    ipaddress.IPv6Network("fd00:c1::a9fe:a9fe/128"): "cloud metadata",  # Oracle
    ipaddress.IPv6Network("fd00:ec2::/32"): "cloud metadata",  # Amazon
    ipaddress.IPv6Network("fd20:ce::254/128"): "cloud metadata",  # Google
    ipaddress.IPv6Network("2001::/23"): "for protocols (Teredo among them)",
    ipaddress.IPv6Network("2001:db8::/32"): "for documentation",
    ipaddress.IPv6Network("2002::/16"): "6to4",
    ipaddress.IPv6Network("3fff::/20"): "for documentation",
}
_V6_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Address:
    """One tested answer of the resolver; `is_private` if only ``allow_private`` permits it."""

    family: socket.AddressFamily
    socket_address: SocketAddress
    is_private: bool


@functools.lru_cache(maxsize=1024)
def address_problem(text: str, *, allow_private: bool = False) -> str | None:
    """Return why the address *text* must not be opened, None if it may be opened.

    With *allow_private* loopback and private networks pass; link-local, cloud metadata, multicast and the
    rest never do. An IPv4 address inside an IPv6 one (mapped, or NAT64 as IPv6-only networks use it) is
    judged as itself; the other embedded forms (6to4, Teredo, compatible, local NAT64) are always refused.

    Examples
    --------
    >>> address_problem("1.1.1.1")
    >>> address_problem("::ffff:127.0.0.1")
    'loopback'
    >>> address_problem("127.0.0.1", allow_private=True)
    >>> address_problem("169.254.169.254", allow_private=True)
    'link-local (cloud metadata)'
    """
    try:
        address = _unwrap(ipaddress.ip_address(text))
    except ValueError:
        return "not an address"
    private, refused = _kinds(address)
    if refused:
        return refused
    return None if allow_private else private


def resolve(host: str, port: int, *, allow_private: bool = False, resolver: Resolver | None = None) -> list[Address]:
    """Ask the resolver once for *host* and test every answer.

    Raises
    ------
    UnsafeAddressError
        At least one answer leads where no clip lives; the message names the kind.
    ConnectionFailedError
        The name does not resolve.

    Examples
    --------
    >>> resolve("127.0.0.1", 80, allow_private=True)[0].socket_address
    ('127.0.0.1', 80)
    """
    try:
        answers = (resolver or system_resolver)(host, port)
    except (OSError, UnicodeError) as error:
        raise ConnectionFailedError(
            f"the name {host!r} does not resolve ({error}); check the url and the network"
        ) from error
    if not answers:
        raise ConnectionFailedError(f"the name {host!r} resolves to no address; check the url and the network")
    addresses = []
    for family, socket_address in answers:
        text = str(socket_address[0])
        problem = address_problem(text, allow_private=allow_private)
        if problem is not None:
            would_pass = not allow_private and address_problem(text, allow_private=True) is None
            raise UnsafeAddressError(
                f"{host!r} leads to {text}, which is {problem}; only public addresses are opened"
                + (" (pass allow_private for a server of your own)" if would_pass else ""),
                host=host,
                address=text,
            )
        addresses.append(Address(family, socket_address, address_problem(text) is not None))
    return addresses


def is_loopback(host: str) -> bool:
    """Return True if the host of a url is this machine by its spelling: localhost, 127.x.x.x or ::1.

    Examples
    --------
    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "localhost.example.com")]
    [True, True, True, False]
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def system_resolver(host: str, port: int) -> list[tuple[socket.AddressFamily, SocketAddress]]:
    """Ask the operating system for the stream addresses of *host*.

    Examples
    --------
    >>> system_resolver("127.0.0.1", 80)[0][1]
    ('127.0.0.1', 80)
    """
    return [(family, where) for family, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _unwrap(address: IPAddress) -> IPAddress:
    """Return the IPv4 address inside a mapped or NAT64 one, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _kinds(address: IPAddress) -> tuple[str | None, str | None]:
    """Return the private kind and the refused kind of *address*, None for what it is not."""
    if isinstance(address, ipaddress.IPv4Address):
        private = next((kind for network, kind in _V4_PRIVATE.items() if address in network), None)
        return private, next((kind for network, kind in _V4_NEVER.items() if address in network), None)
    private = next((kind for network, kind in _V6_PRIVATE.items() if address in network), None)
    refused = next((kind for network, kind in _V6_NEVER.items() if address in network), None)
    if refused is None and private is None and address not in _V6_UNICAST:
        refused = "multicast" if address.is_multicast else "not a global unicast address"
    return private, refused
