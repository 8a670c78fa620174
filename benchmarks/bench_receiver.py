"""Callbacks of 20 kB over 32 kept connections, each on the disk before it is acknowledged: requests a second.

The measure is a bare ASGI application that makes the same commit (SQLite, write-ahead log, synchronous=FULL, one a
request) and checks nothing: no secret, no JSON, no clip, no copy that came twice. Every server is a process of its own
with a database of its own on one file system; the requests come from another process that speaks plain sockets.

What this cannot show: absolute speed (two shared cores, which the sender uses too), a network, a disk under load, and
power loss. Times are those of a fixed number of requests, so ours over theirs is the reciprocal of the rates' ratio.

    python benchmarks/bench_receiver.py [ROUNDS]        # needs uvicorn
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import selectors
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from interleave import race, write

CONNECTIONS = 32
REQUESTS = 1600
DATABASE = (
    "CREATE TABLE callbacks (number INTEGER PRIMARY KEY, secret BLOB, hash BLOB, body BLOB, UNIQUE (secret, hash))"
)


def make_body() -> bytes:
    """Make a callback of 20 kB with a place for its number."""
    letters = 860
    stamps = {
        "graph_chars": ["e"] * letters,
        "graph_times": [[round(n * 0.07, 4), round(n * 0.07 + 0.0812, 4)] for n in range(letters)],
    }
    fields = {"id": "cecad6f9", "project_id": "3700a2f1", "url": "https://example.com/clip.wav?n=########"}
    return json.dumps({**fields, "audio_timestamps": stamps, "issues": []}).encode()


def bare_app(folder: Path):
    """Return the application to be measured against: the commit, and nothing else."""
    database = sqlite3.connect(folder / "nothing-else.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(DATABASE)

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        blocks = []
        while True:
            message = await receive()
            blocks.append(message["body"])
            if not message["more_body"]:
                break
        body = b"".join(blocks)
        database.execute("BEGIN IMMEDIATE")
        values = (scope["path"].encode(), hashlib.sha256(body).digest(), body)
        database.execute("INSERT INTO callbacks (secret, hash, body) VALUES (?, ?, ?)", values)
        database.execute("COMMIT")
        headers = [(b"content-type", b"application/json"), (b"content-length", b"16")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"success":true}'})

    return app


def serve(kind: str, folder: Path) -> None:
    """Run one server: print the url to post to, end with standard input."""
    from clipaudio.receive.asgi_wsgi import asgi_app
    from clipaudio.receive.inbox import Inbox
    from clipaudio.receive.listener import listening
    from clipaudio.receive.receiver import Receiver

    receiver = Receiver(inbox=Inbox(folder / f"{kind}.db"))
    path = receiver.expect("3700a2f1", "cecad6f9")
    if kind == "listening":
        with listening(receiver) as listener:
            print(listener.url + path, flush=True)
            sys.stdin.read()
        return
    import uvicorn

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:  # the protocol: no Nagle
        door.bind(("127.0.0.1", 0))
        door.listen(1024)
        print(f"http://127.0.0.1:{door.getsockname()[1]}{path}", flush=True)
        app = bare_app(folder) if kind == "bare" else asgi_app(receiver)
        config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off")
        uvicorn.Server(config).run([door])


def load(url: str, first: int) -> None:
    """Post REQUESTS callbacks, each of its own, over CONNECTIONS sockets that are kept; all must be taken."""
    parts = urlsplit(url)
    body = make_body()
    headers = f"Host: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    head = f"POST {parts.path} HTTP/1.1\r\n{headers}"
    before, _, after = (head.encode() + body).partition(b"########")
    numbers = iter(range(first, first + REQUESTS))
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            sock = socket.create_connection((parts.hostname, parts.port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each waits 40 ms for an acknowledgement
            sock.sendall(b"%s%08d%s" % (before, next(numbers), after))
            selector.register(sock, selectors.EVENT_READ, bytearray())
        left = REQUESTS
        while left:
            for key, _ in selector.select():
                came = key.data
                came += key.fileobj.recv(65536)
                if not came.endswith(b'{"success":true}'):
                    assert came, "the server closed the connection"
                    continue
                assert came.startswith(b"HTTP/1.1 200")
                came.clear()
                left -= 1
                number = next(numbers, None)
                if number is not None:
                    key.fileobj.sendall(b"%s%08d%s" % (before, number, after))
        for key in list(selector.get_map().values()):
            key.fileobj.close()


@contextlib.contextmanager
def start(command: list[str]):
    """Start a process of this file that ends with the block."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, contextlib.ExitStack() as stack:
        me = [sys.executable, __file__]
        urls, firsts = {}, {}
        for kind in ("asgi", "bare", "listening"):
            server = stack.enter_context(start([*me, "serve", kind, name]))
            urls[kind], firsts[kind] = server.stdout.readline().strip(), 0
            while True:
                parts = urlsplit(urls[kind])
                with contextlib.suppress(OSError), socket.create_connection((parts.hostname, parts.port), 1):
                    break

        sender = stack.enter_context(start([*me, "load"]))

        def run(kind: str):
            firsts[kind] += REQUESTS
            sender.stdin.write(f"{urls[kind]} {firsts[kind]}\n")
            sender.stdin.flush()
            assert sender.stdout.readline() == "done\n"

        rivals = {
            "Receiver, uvicorn": lambda: run("asgi"),
            "bare commit, uvicorn": lambda: run("bare"),
            "Receiver, listening": lambda: run("listening"),
        }
        rows = race(rivals, rounds=rounds)
    size = f"{REQUESTS} of {len(make_body()) / 1000:.0f} kB, {CONNECTIONS} connections"
    write("receiver", [{"what": "callbacks kept with FULL durability", "size": size, "rivals": rows}])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", kind, folder]:
            serve(kind, Path(folder))
        case ["load"]:
            for line in sys.stdin:
                url, first = line.split()
                load(url, int(first))
                print("done", flush=True)
        case _:
            main()
