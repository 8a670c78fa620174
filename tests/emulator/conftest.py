"""Callers, a receiver and speeches for the emulator's tests."""

from __future__ import annotations

import functools
import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from clipaudio.emulator import tone
from clipaudio.emulator.script import read_body
from clipaudio.synthesis import espeak


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def _call(url, method="GET", fields=None, *, key="any", headers=None, body=None):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        data = body if fields is None else json.dumps(fields).encode()
        auth = {} if key is None else {"Authorization": f"Bearer {key}"}
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, data, auth | (headers or {}))
        with connection.getresponse() as response:
            return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


@pytest.fixture(scope="session")
def call():
    """Return the function that sends one request and reads the whole reply."""
    return _call


@pytest.fixture(scope="session")
def fetch():
    """Return the function that follows the lasting url of audio to its bytes."""

    def fetch(url, **options):
        first = _call(url, key=None)
        assert first.status == 302, first
        return _call(first.headers["Location"], key=None, **options)

    return fetch


class Receiver:
    """A callback receiver that answers what it is told and keeps what it got."""

    def __init__(self):
        self.statuses = []
        self.posts = []
        self.got = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.got:
                    receiver.posts.append((self.path, dict(self.headers), body))
                    status = receiver.statuses.pop(0) if receiver.statuses else 200
                    receiver.got.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}/done?secret=s"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def contents(self):
        return [json.loads(body) for _, _, body in self.posts]

    def wait(self, count, timeout=20):
        with self.got:
            assert self.got.wait_for(lambda: len(self.posts) >= count, timeout)
        return self.contents

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver():
    """Yield a receiver of callbacks on a free port."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def update(call, receiver):
    """Return the function that makes a clip on an emulator and updates it, calling back to `receiver`."""

    def update(emulator, body="Hello there.", **fields):
        clip = emulator.add_clip("proj")
        fields = {"body": body, "callback_uri": receiver.uri, "include_timestamps": True} | fields
        return clip, call(f"{emulator.base_url}/projects/proj/clips/{clip}", "PUT", fields)

    return update


@pytest.fixture(scope="session")
def spoken(needs):
    """Return the function that speaks a body once with an engine."""

    @functools.cache
    def speak(body, engine="espeak", voice="en-us"):
        script = read_body(body)
        if engine == "tone":
            return tone.speak(script)
        needs("espeakng_loader")
        return espeak.speak(script, voice=voice)

    return speak


HOSTILE = [
    ("A", "en-us"),
    ("...", "en-us"),
    ("?!¿ ‽ ★", "en-us"),
    ("x" * 60, "en-us"),
    ("Hey 👩‍👩‍👧 you, 50% 🎉!", "en-us"),
    ("e\u0301te\u0301 nai\u0308ve \u200bzero", "fr"),
    ("On 2024-01-15 at 12:30, Dr. Lee paid $4.50 for 3/4.", "en-us"),
    ("“Hi,” he said—it’s ‘fine’, isn’t it?", "en-gb"),
    ('<speak><p>One.</p> <break time="0.4s"/> Two &amp; three <3</speak>', "en-us"),
    ("Wait<break time='300ms'/>ing", "en-us"),
    ("well-known U.S.A. and/or 1.000.000", "en-us"),
    ("¿Qué? ¡Sí!", "es"),
    ("Привет, мир.", "ru"),
    ("مرحبا بالعالم", "ar"),
    ("नमस्ते दुनिया", "hi"),
    ("你好世界, 再见。", "cmn"),
    ("สวัสดีครับ", "th"),
    ("  a \t\n  b  ", "en-us"),
    ("\x00\x07bell \ud800 lone", "en-us"),
]


@pytest.fixture(params=range(len(HOSTILE)), ids=lambda i: ascii(HOSTILE[i][0])[:24])
def hostile(request):
    """Return each hostile body with its voice."""
    return HOSTILE[request.param]


@pytest.fixture(params=["espeak", "tone"])
def engine(request):
    """Return each engine's name."""
    return request.param
