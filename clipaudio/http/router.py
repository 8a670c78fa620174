"""Decide how the host of a url is reached: at its tested addresses, or through a proxy."""

from __future__ import annotations

import functools
import ipaddress
import time
from typing import TYPE_CHECKING, Final

from clipaudio.errors import ConnectionFailedError, UnsafeAddressError
from clipaudio.http.address import Address, resolve, system_resolver
from clipaudio.http.loop import ThreadCall
from clipaudio.http.proxy import check_name, choose_proxy
from clipaudio.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clipaudio.http.address import Resolver
    from clipaudio.http.loop import Steps
    from clipaudio.http.message import Policy
    from clipaudio.http.proxy import Proxy
    from clipaudio.http.url import Target

__all__ = ["Router"]

_KEPT_SECONDS: Final = 30.0
_MOST_KEPT: Final = 1000


class Router:
    """Routes to origins, each kept for 30 seconds.

    Parameters
    ----------
    resolver, proxies, clock
        As in `clipaudio.http.client.HttpTransport`.
    """

    def __init__(
        self,
        *,
        resolver: Resolver | None = None,
        proxies: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._resolver, self._proxies, self._clock = resolver, proxies, clock
        self._kept: dict[tuple[object, ...], tuple[float, Route]] = {}

    def find(self, target: Target, policy: Policy, seconds: float, *, allow_private: bool) -> Steps[Route]:
        """Return the route to *target*; a name is resolved in a helper thread, within *seconds*.

        Raises
        ------
        UnsafeAddressError
            An address of the host may not be opened, or plain http is not allowed.
        ConnectionFailedError, DeadlineError
            A name does not resolve, or not in time.
        """
        key = *target.origin, allow_private, policy.allow_http
        now = self._clock()
        kept = self._kept.get(key)
        if kept is not None and 0 <= now - kept[0] <= _KEPT_SECONDS:
            return kept[1]
        proxy = choose_proxy(target, self._proxies)
        if proxy is None:
            route = yield from self._direct(target, policy, seconds, allow_private=allow_private)
        else:
            route = yield from self._proxied(target, proxy, policy, seconds, allow_private=allow_private)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = now, route
        return route

    def _direct(self, target: Target, policy: Policy, seconds: float, *, allow_private: bool) -> Steps[Route]:
        """Test all addresses of the host; plain http needs permission or an allowed private address."""
        if target.scheme == "http" and not (policy.allow_http or allow_private):
            raise UnsafeAddressError(
                f"{target.shown} is not https; refused (pass allow_private or allow_http for a server of your own)"
            )
        call = functools.partial(
            resolve, target.host, target.port, allow_private=allow_private, resolver=self._resolver
        )
        addresses = call() if _is_literal(target.host) else (yield ThreadCall(call, seconds))
        requires_private = target.scheme == "http" and not policy.allow_http
        if requires_private and not all(one.is_private for one in addresses):
            raise UnsafeAddressError(f"{target.shown} is not https; refused (only a private address may be plain http)")
        return _route(target, None, addresses, allow_private=allow_private, requires_private=requires_private)

    def _proxied(
        self, target: Target, proxy: Proxy, policy: Policy, seconds: float, *, allow_private: bool
    ) -> Steps[Route]:
        """Test the name as far as it resolves here; the proxy, which the user chose, may be anywhere."""
        if target.scheme == "http" and not policy.allow_http:
            raise UnsafeAddressError(f"{target.shown} is not https; refused through a proxy (pass allow_http)")
        check = functools.partial(check_name, target, allow_private=allow_private, resolver=self._resolver)
        yield ThreadCall(check, seconds)
        addresses = yield ThreadCall(functools.partial(_resolve_proxy, proxy), seconds)
        return _route(target, proxy, addresses, allow_private=allow_private, requires_private=False)


def _route(
    target: Target, proxy: Proxy | None, addresses: list[Address], *, allow_private: bool, requires_private: bool
) -> Route:
    host, port = (target.host, target.port) if proxy is None else (proxy.host, proxy.port)
    pins = ",".join(_bracketed(str(one.socket_address[0])) for one in addresses)
    return Route(
        authority=target.authority,
        shown=target.shown,
        reached=target.shown if proxy is None else f"the proxy {proxy.host}",
        base_url=f"{target.scheme}://{_bracketed(target.host)}:{target.port}/",
        pin=f"+{host}:{port}:{pins}",
        addresses=tuple(addresses),
        proxy=proxy,
        allow_private=allow_private,
        requires_private=requires_private,
    )


def _resolve_proxy(proxy: Proxy) -> list[Address]:
    try:
        found = system_resolver(proxy.host, proxy.port)
    except (OSError, UnicodeError) as error:
        raise ConnectionFailedError(f"the proxy {proxy.host!r} does not resolve ({error}); check its url") from error
    return [Address(family, where, is_private=True) for family, where in found]


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
