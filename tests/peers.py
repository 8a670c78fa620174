"""A peer on loopback that misbehaves as told, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass

import pytest

from clipaudio.http.trust import Trust


def http_answer(status=200, body=b"", **headers):
    """Return the bytes of a whole answer; a header given as None is left out."""
    fields = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode("latin-1") + body


@dataclass
class Received:
    """One request the peer got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Peer:
    """Answer each path with its pieces: bytes are sent, numbers are seconds to wait, None resets the connection.

    A function makes bytes of the request. An ellipsis ends TLS politely, which a closed connection alone does not.
    """

    def __init__(self, tls: ssl.SSLContext | None = None):
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.greeting: bytes | None = None
        self.requests: list[Received] = []
        self._scripts: dict[str, tuple] = {}
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, path="/", host="127.0.0.1"):
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def script(self, path, *pieces):
        """Set what is sent for *path* and give its url."""
        self._scripts[path] = pieces
        return self.url(path)

    def answer(self, path, status=200, body=b"", **headers):
        """Set a whole answer for *path* and give its url."""
        return self.script(path, http_answer(status, body, **headers))

    def close(self):
        self._done.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self):
        while not self._done.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(5)
            if self.greeting is not None:
                connection.sendall(self.greeting)
                return
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as reader:
                request = self._read(reader)
                if request is None:
                    return
                self.requests.append(request)
                self._send(connection, self._scripts.get(request.path, (http_answer(404),)), request)

    @staticmethod
    def _read(reader):
        first = reader.readline().decode("latin-1").split()
        if len(first) != 3:
            return None
        headers = {}
        while (line := reader.readline().decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Received(first[0], first[1], headers, reader.read(int(headers.get("content-length", 0))))

    def _send(self, connection, pieces, request):
        for told in pieces:
            piece = told(request) if callable(told) else told
            if piece is None:  # closing with lingering data off sends a reset
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                return
            if piece is ...:
                connection.unwrap()
            elif isinstance(piece, bytes):
                connection.sendall(piece)
            elif self._done.wait(piece):
                return


class KeepingPeer:
    """A peer that answers on one connection as often as it is asked, and counts its connections."""

    def __init__(
        self, answer=b"HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\nabc", requests_each=1000, *, silently=False, tls=None
    ):
        self._tls = tls
        self.answer = answer or http_answer(200, b"abc")
        self.requests_each, self.silently = requests_each, silently
        self.connections = self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}/a"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self._open = []

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            self._answer(self._tls.wrap_socket(connection, server_side=True) if self._tls else connection)

    def _answer(self, connection):
        with connection, connection.makefile("rb") as reader:
            for number in range(self.requests_each + self.silently):
                length = 0
                while (line := reader.readline()) not in {b"\r\n", b""}:
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                if line == b"":
                    return
                reader.read(length)
                if number == self.requests_each:
                    return  # takes the request, and goes without a word
                self.requests += 1
                connection.sendall(self.answer)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def keeping():
    """Yield the maker of such peers."""
    made = []

    def make(*arguments, **options):
        made.append(KeepingPeer(*arguments, **options))
        return made[-1]

    yield make
    for peer in made:
        peer.close()


@pytest.fixture
def peer():
    """Yield a peer that speaks plain HTTP."""
    one = Peer()
    yield one
    one.close()


@pytest.fixture
def other_peer():
    """Yield a second peer: another origin."""
    one = Peer()
    yield one
    one.close()


@pytest.fixture(scope="session")
def certificate(needs, tmp_path_factory):
    """Make a certificate for clips.example, valid a day, and give its PEM file and its key."""
    folder = tmp_path_factory.mktemp("tls")
    command = [needs.program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=clips.example", "-addext", "subjectAltName=DNS:clips.example"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls_peer(certificate):
    """Yield a peer that speaks HTTPS as clips.example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    one = Peer(context)
    yield one
    one.close()


@pytest.fixture
def expired_peer(needs, tmp_path):
    """Yield a peer that speaks HTTPS as clips.example with a certificate that has ended, and who trusts its maker."""
    (tmp_path / "ca").mkdir()
    folder = tmp_path / "ca"
    (folder / "index").touch()
    (folder / "serial").write_text("01")
    (folder / "config").write_text(
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/index\nserial={folder}/serial\nnew_certs_dir={folder}\n"
        "default_md=sha256\npolicy=any\nx509_extensions=names\n[any]\ncommonName=supplied\n"
        "[names]\nsubjectAltName=DNS:clips.example\n"
    )
    key, request, made = (str(folder / name) for name in ("key.pem", "request.pem", "cert.pem"))
    command = [needs.program("openssl"), "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-subj", "/CN=clips.example", "-keyout", key, "-out", request]
    subprocess.run(command, check=True, capture_output=True)
    command = [needs.program("openssl"), "ca", "-batch", "-config", str(folder / "config"), "-selfsign", "-notext"]
    command += ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]
    subprocess.run([*command, "-keyfile", key, "-in", request, "-out", made], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    one = Peer(context)
    yield one, Trust(cafile=made)
    one.close()


@pytest.fixture
def trusting(certificate):
    """Return what trusts the issuer of that certificate."""
    return Trust(cafile=certificate[0])


@pytest.fixture
def whole_answer():
    """Return the maker of whole answers."""
    return http_answer
