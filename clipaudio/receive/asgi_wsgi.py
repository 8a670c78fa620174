"""Wrap a `Receiver` as an ASGI or WSGI application, to be mounted in any web framework.

Conventions
-----------
A body is refused by its declared length before it is read, and counted while it is read. A receiver may write to disk,
so ASGI runs it in a thread. Nothing is logged: paths contain secrets, so turn access logs off for them, or log without
the path.
"""

from __future__ import annotations

import asyncio
import http
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from clipaudio.receive.commit_batcher import CommitBatcher

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping

    from clipaudio.receive.receiver import Receiver

__all__ = ["asgi_app", "wsgi_app"]

_JSON: Final = "application/json"
_BLOCK: Final = 1 << 16
_TOO_LONG: Final = (413, b'{"success":false,"message":"too long"}')
_UNREADABLE: Final = (400, b'{"success":false,"message":"the body ends early, or has no length"}')
_LATE: Final = (408, b'{"success":false,"message":"the body did not come in time"}')


def asgi_app(
    receiver: Receiver, *, read_deadline: float = 30.0
) -> Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]:
    """Return *receiver* as an ASGI 3 application, for Starlette, FastAPI, Django or a bare server.

    Parameters
    ----------
    receiver
        It answers the requests. Its paths begin with ``/callbacks/``: mount the application so that they reach it.
    read_deadline
        Seconds in which a body must arrive.

    Examples
    --------
    >>> from clipaudio.receive.receiver import Receiver
    >>> app = asgi_app(Receiver())  # Starlette(routes=[Mount("/hooks", app=app)]) serves /hooks/callbacks/…
    """
    batchers: WeakKeyDictionary[asyncio.AbstractEventLoop, CommitBatcher] = WeakKeyDictionary()

    async def app(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await _answer_lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            async with asyncio.timeout(read_deadline):
                body = await _asgi_body(receiver, scope["method"], headers, receive)
        except TimeoutError:
            body = None
            status, text = _LATE
        if isinstance(body, tuple):
            status, text = body
        elif body is not None:
            path = (scope.get("root_path", "") and scope["path"].removeprefix(scope["root_path"])) or scope["path"]
            loop = asyncio.get_running_loop()
            if loop not in batchers:
                batchers[loop] = CommitBatcher(receiver)
            status, text = await batchers[loop].answer(scope["method"], path, headers, body)
        fields = [(b"content-type", _JSON.encode()), (b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": text})

    return app


def wsgi_app(receiver: Receiver) -> Callable[[Mapping[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return *receiver* as a WSGI application, for Flask, Django or a bare server.

    Parameters
    ----------
    receiver
        It answers the requests. Its paths begin with ``/callbacks/``: mount the application so that they reach it.

    Examples
    --------
    >>> from clipaudio.receive.receiver import Receiver
    >>> app = wsgi_app(Receiver())
    >>> list(app({"REQUEST_METHOD": "GET", "PATH_INFO": "/callbacks/x"}, lambda status, headers: print(status)))
    405 Method Not Allowed
    [b'{"success":false,"message":"POST only"}']
    """

    def app(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        headers = {
            "content-type": environ.get("CONTENT_TYPE", ""),
            "content-encoding": environ.get("HTTP_CONTENT_ENCODING", ""),
        }
        body = _wsgi_body(receiver, method, environ)
        if isinstance(body, tuple):
            status, text = body
        else:
            status, text = receiver.handle(method, environ.get("PATH_INFO", ""), headers, body)
        line = f"{status} {http.HTTPStatus(status).phrase}"
        start_response(line, [("Content-Type", _JSON), ("Content-Length", str(len(text)))])
        return [text]

    return app


async def _answer_lifespan(
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Answer the lifespan events; there is nothing to start or stop."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _asgi_body(
    receiver: Receiver,
    method: str,
    headers: Mapping[str, str],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
) -> bytes | tuple[int, bytes]:
    """Return the body, or the answer that refuses it."""
    if method != "POST":
        return b""
    declared = headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > receiver.max_bytes:
        return _TOO_LONG
    blocks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return _UNREADABLE
        blocks.append(message.get("body", b""))
        size += len(blocks[-1])
        if size > receiver.max_bytes:
            return _TOO_LONG
        if not message.get("more_body", False):
            return b"".join(blocks)


def _wsgi_body(receiver: Receiver, method: str, environ: Mapping[str, Any]) -> bytes | tuple[int, bytes]:
    """Return the body, or the answer that refuses it."""
    if method != "POST":
        return b""
    declared = environ.get("CONTENT_LENGTH") or ""
    if not declared:
        # a server that accepts chunks ends the stream itself, and announces that
        if not environ.get("wsgi.input_terminated"):
            return _UNREADABLE
        declared = str(receiver.max_bytes + 1)
        is_known = False
    else:
        is_known = True
    if not (declared.isascii() and declared.isdigit()):
        return _UNREADABLE
    left = int(declared[:18])
    if is_known and left > receiver.max_bytes:
        return _TOO_LONG
    blocks = []
    while left > 0:
        block = environ["wsgi.input"].read(min(left, _BLOCK))
        if not block:
            break
        blocks.append(block)
        left -= len(block)
    if is_known and left:
        return _UNREADABLE
    return b"".join(blocks) if is_known or left else _TOO_LONG
