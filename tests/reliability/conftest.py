"""A `clipaudio listen` that is started and ended again and again while callbacks are sent to it."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import random
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from clipaudio.emulator import running
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.receiver import Receiver
from clipaudio.resemble.client import Client

SECONDS = 60.0  # for what needs a moment; a machine that runs the tests may be slow
MOST_MEMORY = 200_000  # kB
FIELDS = {"body": "Hi.", "voice_uuid": "v"}
CLOCK = """
import pathlib, sys, time
machine_time, offset = time.time, pathlib.Path(sys.argv.pop(1))
def shifted_time():
    try:
        return machine_time() + float(offset.read_text() or 0)
    except OSError:
        return machine_time()
time.time = shifted_time  # only root could set the clock of the machine
from clipaudio.cli.main import main
sys.exit(main())
"""


class Streams:
    """Read stdout and stderr of a process as text, until they are told to close."""

    def __init__(self):
        self.text = ""
        self._closing = threading.Event()
        self._read_end, self.write_end = os.pipe()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def close(self):
        self._closing.set()
        self._thread.join()

    def _read(self):
        while not self._closing.is_set():
            if select.select([self._read_end], [], [], 0.1)[0]:
                data = os.read(self._read_end, 1 << 16)
                if not data:
                    break
                self.text += data.decode("utf-8", "backslashreplace")
        os.close(self._read_end)


class Service:
    """A listener with one inbox; *posts* is what has been acknowledged, by the digest of the body."""

    def __init__(self, out, emulator, seed, *, words=()):
        self.out, self.emulator, self.dice = out, emulator, random.Random(seed)
        self.words = [
            "--export",
            "srt",
            "--allow-private",
            "--workers",
            "3",
            "--log",
            str(out / "logs" / "log"),
            *words,
        ]
        self.offset = out / "clock"
        (out / "logs").mkdir(parents=True)
        inbox = Inbox(out / "inbox.db")
        # a clock that jumps by hours must not end the path
        self.path = Receiver(inbox=inbox, lifetime=1e8).expect("p", None)
        inbox.close()
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as probe:
            self.port = probe.getsockname()[1]
        client = Client("key", base_url=emulator.base_url)
        clip = emulator.add_clip("p")
        spoken = client.update_and_wait("p", clip, poll=0.05, callback_uri="http://127.0.0.1:9/x", **FIELDS)
        self._times = json.loads(spoken.to_json())["item"]["timestamps"]
        self._ask = lambda: client.get_clip("p", clip).raw
        self.renew()
        self.posts: dict[bytes, str] = {}
        self.shown = ""
        self.failed_before = 0
        self._lock, self._stop, self._count = threading.Lock(), threading.Event(), 0
        self._senders = []

    def renew(self):
        """Ask for a fresh url: a signed one lives for an hour."""
        item = json.loads(self._ask())["item"]
        self.url = item["audio_src"]
        self._renewed = time.monotonic()

    def start(self):
        """Start the listener, and wait until it answers."""
        self.failed_before = self.count("state = 'failed'")
        self.streams = Streams()
        words = ["listen", "--out", str(self.out), "--port", str(self.port), *self.words]
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLOCK, str(self.offset), *words],
            stdout=self.streams.write_end,
            stderr=self.streams.write_end,
        )
        os.close(self.streams.write_end)
        self.wait_until(self.is_healthy, "the listener does not answer")

    def end(self, *signals):
        """Send *signals*, wait for the end, and return the exit code."""
        for number in signals:
            self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self.streams.close()
        self.shown += self.streams.text
        return code

    def check_code(self, code):
        """Check the exit code of a run that was stopped: 1 if a callback has failed for good, else 0."""
        assert code == int(self.count("state = 'failed'") > self.failed_before), self.shown[-2000:]

    def is_healthy(self):
        assert self.process.poll() is None, f"the listener ended by itself: {self.streams.text[-2000:]}"
        try:
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def send(self, threads=2, pause=0.2):
        """Begin to send callbacks from several threads."""
        self._stop.clear()
        self._senders = [threading.Thread(target=self._send, args=(pause, n)) for n in range(threads)]
        for sender in self._senders:
            sender.start()

    def stop_sending(self):
        self._stop.set()
        for sender in self._senders:
            sender.join()

    def post(self, body, path=None):
        """Post *body*; return the status, None if there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("POST", path or self.path, body, {"Content-Type": "application/json"})
            return connection.getresponse().status
        return None

    def _send(self, pause, seed):
        dice = random.Random(seed)
        while not self._stop.wait(pause * dice.random() * 2):
            if time.monotonic() - self._renewed > 1200:
                self.renew()
            with self._lock:
                self._count += 1
                number = self._count
            # one in ten comes again with another body, as after an update
            clip = f"clip{dice.randint(1, number) if number % 10 == 0 else number}"
            payload = {"id": clip, "project_id": "p", "url": self.url, "audio_timestamps": self._times}
            body = json.dumps(payload | {"issues": [str(number)]}).encode()
            if self.post(body) == 200:
                with self._lock:
                    self.posts[hashlib.sha256(body).digest()] = clip
            if number % 7 == 0:
                assert self.post(body[: dice.randrange(len(body))]) != 200
                assert self.post(body, self.path[:-1]) != 200

    def wait_until(self, is_true, problem):
        end = time.monotonic() + SECONDS
        while not is_true():
            assert time.monotonic() < end, f"{problem}: {self.streams.text[-2000:]}"
            time.sleep(0.05)

    def count(self, condition):
        with contextlib.closing(sqlite3.connect(self.out / "inbox.db", timeout=SECONDS)) as database:
            return database.execute(f"SELECT count(*) FROM callbacks WHERE {condition}").fetchone()[0]

    def check(self):
        """Check all that must hold after each fault: it lives, takes callbacks, and kept what it acknowledged."""
        self.wait_until(self.is_healthy, "the listener does not answer")
        before = len(self.posts)
        self.wait_until(lambda: len(self.posts) > before, "no callback is taken any more")
        self.check_kept()
        memory = re.search(r"VmRSS:\s+(\d+)", (self.proc / "status").read_text("ascii"))
        assert int(memory[1]) < MOST_MEMORY
        self.check_secrets()

    @property
    def proc(self):
        return self.out.__class__(f"/proc/{self.process.pid}")

    def check_kept(self):
        """Check that each acknowledged callback is in the inbox."""
        with self._lock:
            acknowledged = set(self.posts)
        with contextlib.closing(sqlite3.connect(self.out / "inbox.db", timeout=SECONDS)) as database:
            kept = {row[0] for row in database.execute("SELECT body_hash FROM callbacks")}
        assert not acknowledged - kept

    def check_secrets(self):
        """Check that neither the secret of the path nor a signature was printed or logged."""
        log = self.out / "logs" / "log"
        told = self.shown + self.streams.text + (log.read_text("utf-8") if log.is_file() else "")
        for secret in (self.path.rpartition("/")[2], self.url.rpartition("Signature=")[2]):
            assert len(secret) > 20
            assert secret not in told

    def finish(self):
        """Work through the inbox with `listen --once`, as often as something is left; return how many runs it took."""
        command = [sys.executable, "-m", "clipaudio", "listen", "--out", str(self.out), "--once", *self.words]
        for runs in range(1, 100):
            done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")
            left = self.count("state IN ('received', 'downloaded') OR forward = 'due'")
            failed = self.count("state = 'failed'")
            assert not failed, done.stderr
            assert (done.returncode == 0) == (left == 0), done.stderr
            if not left:
                return runs
            assert f"{left} callback" in done.stderr
            with contextlib.closing(sqlite3.connect(self.out / "inbox.db")) as database:
                due = database.execute(
                    "SELECT min(CASE WHEN forward = 'due' THEN min(next_try, forward_at) ELSE next_try END)"
                    " FROM callbacks WHERE state IN ('received', 'downloaded') OR forward = 'due'"
                ).fetchone()[0]
            time.sleep(max(due - time.time(), 0.0) + 0.5)
        raise AssertionError(f"{left} callbacks are left: {done.stderr}")


@pytest.fixture
def make_service(tmp_path):
    """Return the maker of a listener to torment; its emulator, processes and threads end with the test."""
    made = []
    with running(engine="tone", tries=1) as emulator:

        def make(seed, **options):
            made.append(Service(tmp_path / "out", emulator, seed, **options))
            return made[-1]

        yield make
        for service in made:
            service.stop_sending()
            with contextlib.suppress(ProcessLookupError, AttributeError):
                service.process.send_signal(signal.SIGKILL)
                service.process.send_signal(signal.SIGCONT)
                service.process.wait(SECONDS)
                service.streams.close()
