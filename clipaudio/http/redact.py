"""Secrets removed from what messages quote: urls, and the bodies of responses."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["one_line", "redact", "redactor", "snippet"]

_SCHEMES: Final = frozenset({"http", "https"})
_SNIPPET: Final = 300
_LEAST_VALUE: Final = 8  # characters: what is shorter in a query is a number or a word
_LEAST_PART: Final = 20  # what is shorter in a path is a name


def redact(url: str) -> str:
    """Return *url* without its path, query, user name and password.

    Examples
    --------
    >>> redact("https://me:password@storage.example:8443/blob/token?X-Amz-Signature=abc")
    'https://storage.example:8443/…'
    >>> redact("voices/clip.wav?x=1")
    'a url without a host'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "a malformed url"
    if not host or parts.scheme not in _SCHEMES:
        return "a url without a host" if not parts.scheme else f"a url of scheme {parts.scheme[:12]!r}"
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}/…" if port is None else f"{parts.scheme}://{shown}:{port}/…"


def redactor(*urls: str) -> Callable[[str], str]:
    """Return a function that removes the tokens and signatures of *urls* from a text (servers quote what they refuse).

    Examples
    --------
    >>> hide = redactor("https://store.example/clip?X-Amz-Signature=0123456789abcdef")
    >>> hide("<SignatureProvided>0123456789abcdef</SignatureProvided>")
    '<SignatureProvided>…</SignatureProvided>'
    """
    words: set[str] = set()
    for url in urls:
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        values = [field.partition("=")[2] or field for field in parts.query.split("&")]
        words.update(one for one in values if len(one) >= _LEAST_VALUE)
        values += [part for value in values for part in unquote(value).split("/")]  # a credential holds a key's name
        words.update(one for one in (*values, *parts.path.split("/")) if len(one) >= _LEAST_PART)
    spelled = {form for one in words for form in (one, unquote(one), html.escape(unquote(one)))}
    if not spelled:
        return str
    found = re.compile("|".join(map(re.escape, sorted(spelled, key=len, reverse=True))), re.IGNORECASE)
    return lambda text: found.sub("…", text)


def snippet(body: bytes, *, scrub: Callable[[str], str] = str) -> str:
    r"""Return the first characters of *body* on one line, for a message.

    *scrub* sees them before they are cut: a secret across the cut would leave its first half behind.

    Examples
    --------
    >>> snippet(b"<html>\n  <title>Oops</title>")
    '<html> <title>Oops</title>'
    """
    return one_line(scrub(body.decode("utf-8", "replace")))


def one_line(text: str) -> str:
    """Return *text* on one line, shortened, without control characters."""
    line = " ".join(text[: 4 * _SNIPPET].split())
    kept = "".join(character if character.isprintable() else "?" for character in line)
    return kept if len(kept) <= _SNIPPET else kept[:_SNIPPET] + "…"
