"""A listener that is killed under load loses nothing it acknowledged. CLIPAUDIO_KILLS says how often (6)."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from clipaudio.audio.decode import read_audio
from clipaudio.cli.main import main
from clipaudio.emulator import running
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.receiver import Receiver
from clipaudio.resemble.client import Client

log = logging.getLogger(__name__)
KILLS = int(os.environ.get("CLIPAUDIO_KILLS", "100" if os.environ.get("CLIPAUDIO_LONG") == "1" else "6"))


@pytest.fixture
def service():
    with running(engine="tone") as emulator:
        yield emulator


class Load:
    """Post callbacks as fast as they are taken, from several threads, and note which were acknowledged."""

    def __init__(self, port, path, callback, *, senders=4):
        self.acknowledged, self.sent = set(), 0
        self._port, self._path, self._callback = port, path, callback
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(senders)]
        for thread in self._threads:
            thread.start()

    def _send(self):
        while not self._stop.is_set():
            with self._lock:
                self.sent += 1
                name = f"clip{self.sent}"
            body = json.dumps({**self._callback, "id": name})
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
                with contextlib.closing(connection):
                    connection.request("POST", self._path, body, {"Content-Type": "application/json"})
                    if connection.getresponse().status == 200:
                        with self._lock:
                            self.acknowledged.add(name)
                continue
            time.sleep(0.02)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def start(out, port):
    words = ["listen", "--out", str(out), "--port", str(port), "--export", "srt", "--allow-private", "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "clipaudio", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    process.stderr.readline()  # it listens
    return process


@pytest.mark.slow
def test_no_acknowledged_callback_is_lost_whenever_the_listener_is_killed(service, tmp_path):
    clip = service.add_clip("p")
    client = Client("key", base_url=service.base_url)
    spoken = client.update_and_wait(
        "p", clip, poll=0.05, callback_uri="http://127.0.0.1:9/x", body="Hi.", voice_uuid="v"
    )
    item = json.loads(spoken.to_json())
    callback = {"url": spoken.url, "audio_timestamps": item.get("item", item)["timestamps"]}
    out = tmp_path / "out"
    out.mkdir()
    inbox = Inbox(out / "inbox.db")
    path = Receiver(inbox=inbox).expect("p", None)
    inbox.close()
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    dice = random.Random(4)
    load = Load(port, path, callback)
    midway = 0
    try:
        for _ in range(KILLS):
            process = start(out, port)
            before = len(load.acknowledged)
            time.sleep(dice.uniform(0.05, 0.6))
            process.send_signal(signal.SIGKILL)
            process.stderr.close()
            process.wait()
            midway += len(load.acknowledged) > before
    finally:
        load.stop()
    assert midway > 2, "no kill struck while callbacks were taken"
    inbox = Inbox(out / "inbox.db")
    kept = {entry.clip for entry in inbox.list()}
    assert load.acknowledged <= kept
    with inbox._file.reading() as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    left = inbox.count_left().total
    inbox.close()
    assert main(["listen", "--out", str(out), "--export", "srt", "--allow-private", "--once"]) == 0
    names = {file.stem for file in out.glob("*.srt")}
    assert load.acknowledged <= names
    assert all(read_audio(out / f"{name}.wav").issues == () for name in list(load.acknowledged)[:50])
    assert not [
        file
        for file in out.iterdir()
        if file.suffix not in {".srt", ".wav", ".json", ".db"} and "inbox" not in file.name
    ]
    with contextlib.closing(sqlite3.connect(out / "inbox.db")) as database:
        assert database.execute("SELECT count(*) FROM callbacks WHERE state != 'exported'").fetchone() == (0,)
    log.info("%d kills, %d acknowledged, %d left for one run, none lost", KILLS, len(load.acknowledged), left)
