"""Parse a url into a checked target: scheme, host, port, path. No message shows a secret of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin, urlsplit

from clipaudio.errors import UnsafeAddressError
from clipaudio.http.redact import redact

__all__ = ["Target", "next_url", "parse_url"]

_PORTS = {"http": 80, "https": 443}
_NEVER = re.compile("[\x00-\x1f\x7f\\\\\ud800-\udfff]")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_PATH = r"/[\w!$%&'()*+,./:;=@~-]*(?:\?[\w!$%&'()*+,./:;=@~-]+)?"
_PLAIN = re.compile(
    rf"(https?)://({_LABEL}(?:\.{_LABEL})*)(?::([1-9][0-9]{{0,3}}|[1-5][0-9]{{4}}))?({_PLAIN_PATH})", re.ASCII
)
_PATH_SAFE = "!#$%&'()*+,/:;=?@[]~"  # RFC 3986 delimiters, and % as encoded already


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed url: `host` is ASCII and lower case, `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: a secret is sent to its own origin only."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port as a Host header names them: the usual port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The whole as messages show it: without its path, see `redact`."""
        return f"{self.scheme}://{self.authority}/…"

    @property
    def url(self) -> str:
        """The whole as one text."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_url(url: str) -> Target:
    """Parse an http or https *url*.

    Raises
    ------
    UnsafeAddressError
        Another scheme, no host, a user name or password, port 0, or characters no url has.

    Examples
    --------
    >>> target = parse_url("https://Bücher.example:8443/a b?c=d#e")
    >>> target.host, target.port, target.path
    ('xn--bcher-kva.example', 8443, '/a%20b?c=d')
    """
    plain = _PLAIN.fullmatch(url)
    if plain is not None:  # the usual form, which needs no further checks
        scheme, host, port, path = plain.groups()
        return Target(scheme, host, int(port) if port else _PORTS[scheme], path)
    return _parse_any(url)


def _parse_any(url: str) -> Target:
    """Parse a url that is not of the plain form."""
    if _NEVER.search(url):
        raise UnsafeAddressError("the url holds control characters, a backslash or half of a character; refused")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii_host(parts.hostname or "", is_bracketed="[" in parts.netloc)
    except (ValueError, UnicodeError):
        shown = redact(url)  # the cause quotes parts of the url, so it is left out
        raise UnsafeAddressError(f"the url cannot be understood ({shown}); check its host and port") from None
    if parts.scheme not in _PORTS:
        raise UnsafeAddressError(f"a url of scheme {parts.scheme[:12]!r} is not opened; use https")
    if not host:
        raise UnsafeAddressError("the url names no host; expected https://host/path")
    if "@" in parts.netloc:
        raise UnsafeAddressError(f"the url of {host!r} carries a user name or password; remove it")
    if port == 0:
        raise UnsafeAddressError(f"the url of {host!r} names port 0, where nothing can listen; check the url")
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], quote(path, safe=_PATH_SAFE))


def next_url(target: Target, location: str) -> str:
    """Return the absolute url of a redirect from *target*; headers come as latin-1, urls are UTF-8.

    Raises
    ------
    UnsafeAddressError
        It is no url, or one that is not opened.

    Examples
    --------
    >>> next_url(parse_url("https://example.com/a/b?c"), "../d.wav")
    'https://example.com/d.wav'
    """
    try:
        text = location.encode("latin-1").decode("utf-8").strip()
        url = urljoin(target.url, text)
    except (UnicodeError, ValueError):  # the cause quotes the url, so it is left out
        raise UnsafeAddressError(f"{redact(target.url)} redirects to something that is no url; refused") from None
    try:
        parse_url(url)
    except UnsafeAddressError as error:
        raise UnsafeAddressError(f"a redirect from {redact(target.url)} was refused: {error}") from None
    return url


def _ascii_host(host: str, *, is_bracketed: bool) -> str:
    """Return the name as the resolver and the certificate know it."""
    if is_bracketed and ":" not in host:
        raise ValueError("brackets around what is no IPv6 address")
    plain = host if host.isascii() else host.encode("idna").decode("ascii")  # which may hold what no host has
    plain = plain.rstrip(".") if "." in plain else plain
    if any(character in " %<>\"{}|^`'" for character in plain):
        raise ValueError("characters no host has")
    if plain and not all(0 < len(label) < 64 for label in plain.split(".")):
        raise ValueError("a part of the name that is empty or too long")
    return plain.lower()
