"""Choose the proxy for a url from the environment.

Conventions
-----------
The usual variables count (``https_proxy``, ``http_proxy``, ``all_proxy``, ``no_proxy``, also in upper case), and on
macOS and Windows the system's settings. This machine is never reached through a proxy. ``no_proxy`` names hosts with
their subdomains, addresses (``10.0.0.1``, ``[2001:db8::1]``) and networks (``10.0.0.0/8``); names and bracketed
addresses may carry a port. A name is not resolved to find its network.
"""

from __future__ import annotations

import base64
import ipaddress
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from clipaudio.errors import ConnectionFailedError
from clipaudio.http.address import is_loopback, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clipaudio.http.address import Resolver
    from clipaudio.http.url import Target

__all__ = ["Proxy", "check_name", "choose_proxy"]


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that speaks plain http; `authorization` is sent to it alone."""

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The proxy as libcurl names it."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers for the proxy itself."""
        own = {} if self.authorization is None else {"Proxy-Authorization": self.authorization}
        return {"User-Agent": "clipaudio", **own}


def choose_proxy(target: Target, proxies: Mapping[str, str] | None = None) -> Proxy | None:
    """Return the proxy for *target*, None if it is reached directly.

    Parameters
    ----------
    proxies
        Urls of proxies by scheme, ``all`` for any; None takes the environment's and honours its ``no_proxy``.

    Raises
    ------
    ConnectionFailedError
        The proxy's url is no http url.

    Examples
    --------
    >>> from clipaudio.http.url import parse_url
    >>> choose_proxy(parse_url("https://example.com/a"), {"https": "http://proxy.example:3128"})
    Proxy(host='proxy.example', port=3128)
    >>> choose_proxy(parse_url("https://localhost/a"), {"https": "http://proxy.example:3128"})
    """
    if is_loopback(target.host):
        return None
    if proxies is None:
        proxies = urllib.request.getproxies()
        if not proxies or _is_excepted(target, proxies.get("no", "")):
            return None
    text = proxies.get(target.scheme) or proxies.get("all")
    if not text:
        return None
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host, port = None, 0
    if not host or parts.scheme != "http":
        raise ConnectionFailedError(
            "the proxy for this url is not of the form http://host:port; correct the environment's https_proxy,"
            " or name the host in no_proxy"
        )
    if parts.username is None:
        return Proxy(host, port)
    account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(host, port, "Basic " + base64.b64encode(account.encode("utf-8")).decode("ascii"))


def _is_excepted(target: Target, exceptions: str) -> bool:
    """Return True if *target* is reached directly; urllib decides about names, it knows the system's settings."""
    if urllib.request.proxy_bypass(f"{target.host}:{target.port}"):
        return True
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        return False
    for exception in exceptions.split(","):
        network, port = exception.strip(), ""
        if network.startswith("["):
            network, _, port = network[1:].partition("]")
        try:
            is_inside = address in ipaddress.ip_network(network, strict=False)
        except ValueError:
            continue
        if is_inside and port in {"", f":{target.port}"}:
            return True
    return False


def check_name(target: Target, *, allow_private: bool, resolver: Resolver | None) -> None:
    """Refuse a *target* that is an address, or resolves here to one, where no clip lives.

    A name that does not resolve here is left to the proxy.

    Raises
    ------
    UnsafeAddressError
        As `clipaudio.http.address.resolve`.
    """
    try:
        resolve(target.host, target.port, allow_private=allow_private, resolver=resolver)
    except ConnectionFailedError:
        return
