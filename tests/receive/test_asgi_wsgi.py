"""A receiver behind ASGI and WSGI, in real servers and frameworks, and against clients that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import threading
import wsgiref.simple_server
import wsgiref.validate

import pytest

from clipaudio.receive.asgi_wsgi import asgi_app, wsgi_app
from clipaudio.receive.receiver import Receiver

BODY = b'{"id": "cecad6f9", "url": "https://example.com/a.wav"}'


@pytest.fixture
def receiver():
    return Receiver(max_bytes=10_000)


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def wsgi_server(app):
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, wsgiref.validate.validator(app), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@contextlib.contextmanager
def asgi_server(needs, app):
    uvicorn = needs("uvicorn")
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def post(port, path, body=BODY, method="POST", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read()


@contextlib.contextmanager
def served(kind, receiver, needs):
    with wsgi_server(wsgi_app(receiver)) if kind == "wsgi" else asgi_server(needs, asgi_app(receiver)) as port:
        yield port


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_a_real_server_takes_callbacks_and_refuses_the_rest(needs, receiver, kind):
    path = receiver.expect("p", "cecad6f9")
    with served(kind, receiver, needs) as port:
        assert post(port, path) == (200, b'{"success":true}')
        assert receiver.wait("cecad6f9", 1).url == "https://example.com/a.wav"
        assert post(port, "/callbacks/guess")[0] == 404
        assert post(port, path, method="GET", body=None)[0] == 405
        assert post(port, path, b"{")[0] == 400
        assert post(port, path, b"x" * 10_001)[0] == 413


def test_starlette_and_its_mounts_lead_to_the_receiver(needs, receiver):
    applications, routing = needs("starlette.applications"), needs("starlette.routing")
    path = receiver.expect("p", "cecad6f9")
    app = applications.Starlette(routes=[routing.Mount("/hooks", app=asgi_app(receiver))])
    with asgi_server(needs, app) as port:
        assert post(port, "/hooks" + path)[0] == 200
        assert post(port, "/hooks/callbacks/x")[0] == 404


def talk(app, messages, **scope):
    """Run an ASGI application on *messages* and give what it sent."""
    sent = []
    queue = list(messages)

    async def receive():
        message = queue.pop(0)
        if message is None:
            await asyncio.sleep(60)
        return message

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/callbacks/x", "headers": [], **scope}
    asyncio.run(app(scope, receive, send))
    return sent


def request(body, *, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


def test_asgi_counts_what_comes_without_a_length(receiver):
    app = asgi_app(receiver)
    assert talk(app, [request(b"x" * 6000, more=True)] * 3)[0]["status"] == 413
    assert talk(app, [request(b"{", more=True), {"type": "http.disconnect"}])[0]["status"] == 400
    assert talk(app, [], headers=[(b"content-length", b"999999999")])[0]["status"] == 413
    assert talk(app, [], type="websocket") == []


def test_asgi_does_not_wait_for_ever(receiver):
    assert talk(asgi_app(receiver, read_deadline=0.05), [request(b"{", more=True), None])[0]["status"] == 408


def ask_wsgi(app, body, **environ):
    seen = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/callbacks/x",
        "wsgi.input": io.BytesIO(body),
        **{name.replace("__", "."): value for name, value in environ.items()},
    }
    list(app(environ, lambda status, _headers: seen.append(int(status[:3]))))
    return seen[0]


def test_wsgi_counts_what_comes(receiver):
    app = wsgi_app(receiver)
    assert ask_wsgi(app, b"{}", CONTENT_LENGTH="2") == 404
    assert ask_wsgi(app, b"{}", CONTENT_LENGTH="3") == 400
    assert ask_wsgi(app, b"{}", CONTENT_LENGTH="-1") == 400
    assert ask_wsgi(app, b"{}") == 400
    assert ask_wsgi(app, b"{}", wsgi__input_terminated=True) == 404
    assert ask_wsgi(app, b"x" * 10_001, wsgi__input_terminated=True) == 413
