"""`clipaudio listen` ends in time when it is told to, and a killed one leaves nothing locked."""

from __future__ import annotations

import http.server
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import wave

import pytest

from clipaudio.receive.inbox import Inbox

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM")


class SlowServer(http.server.ThreadingHTTPServer):
    """A server of one WAV: it sends the first half, sets `is_asked`, and the rest when `may_go_on` is set."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SlowHandler)
        self.is_asked, self.may_go_on = threading.Event(), threading.Event()
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setparams((1, 2, 8000, 0, "NONE", ""))
            out.writeframes(bytes(range(200)) * 20)
        self.audio = file.getvalue()


class SlowHandler(http.server.BaseHTTPRequestHandler):
    """Answer with the audio of the server."""

    def do_GET(self):
        server, half = self.server, len(self.server.audio) // 2
        self.send_response(200)
        self.send_header("Content-Length", str(len(server.audio)))
        self.end_headers()
        self.wfile.write(server.audio[:half])
        server.is_asked.set()
        server.may_go_on.wait(120)
        self.wfile.write(server.audio[half:])

    def log_message(self, *_):
        pass


@pytest.fixture
def slow():
    with SlowServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.may_go_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def listener(slow, tmp_path):
    """Start a listener that downloads a clip of which the second half does not come."""
    command = [sys.executable, "-m", "clipaudio", "listen", "--out", str(tmp_path / "out"), "--port", "0"]
    command += ["--allow-private", "--expect", "p/a"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        uri = re.search(r"http://\S+", process.stdout.readline())[0]
        body = json.dumps({"id": "a", "url": f"http://127.0.0.1:{slow.server_port}/a.wav"}).encode()
        with urllib.request.urlopen(urllib.request.Request(uri, body)) as answer:
            assert answer.status == 200
        assert slow.is_asked.wait(60)
        yield process
        process.kill()


def run_once(tmp_path):
    command = [sys.executable, "-m", "clipaudio", "listen", "--out", str(tmp_path / "out"), "--once", "--allow-private"]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_signal_gives_up_a_download_that_hangs_and_the_next_run_does_it(listener, slow, tmp_path, number):
    listener.send_signal(number)
    _, stderr = listener.communicate(timeout=60)
    assert (listener.returncode, stderr.count("gave up 1 step")) == (0, 1)
    inbox = Inbox(tmp_path / "out" / "inbox.db")
    assert (inbox.get(1).state, inbox.get(1).attempts) == ("received", 0)
    inbox.close()
    slow.may_go_on.set()
    assert run_once(tmp_path).stdout.startswith("downloaded")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["a.json", "a.wav", "inbox.db"]


def test_signal_lets_a_short_step_finish(listener, slow, tmp_path):
    listener.send_signal(signal.SIGTERM)
    slow.may_go_on.set()
    stdout, _ = listener.communicate(timeout=60)
    assert listener.returncode == 0
    assert stdout.startswith("downloaded")
    assert (tmp_path / "out" / "a.wav").read_bytes() == slow.audio


def test_killed_listener_leaves_nothing_locked(listener, slow, tmp_path):
    listener.kill()
    listener.wait(60)
    slow.may_go_on.set()
    done = run_once(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "a.wav").read_bytes() == slow.audio


def test_second_signal_ends_the_process_at_once(listener):
    listener.send_signal(signal.SIGINT)
    while listener.poll() is None:  # the first one may not have been handled when the second is sent
        listener.send_signal(signal.SIGINT)
    assert listener.returncode == 128 + signal.SIGINT


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a pipe can be set on Linux only")
def test_reader_that_stalls_stops_nothing(slow, tmp_path):
    """Nobody reads stdout and stderr, and nobody closes them: a supervisor that hangs, or a pager."""
    import fcntl

    slow.may_go_on.set()
    inbox = Inbox(tmp_path / "inbox.db")
    for number in range(200):
        body = {"id": f"clip{number}", "url": f"http://127.0.0.1:{slow.server_port}/a.wav"}
        inbox.add(str(number), f"clip{number}", json.dumps(body).encode(), project="p")
    words = ["--out", str(tmp_path / "out"), "--inbox", str(inbox.path), "--port", "0", "--allow-private", "--json"]
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    command = [sys.executable, "-m", "clipaudio", "listen", *words]
    with subprocess.Popen(command, stdout=write_end, stderr=write_end) as process:
        os.close(write_end)
        try:
            end = time.monotonic() + 60
            while inbox.counts()["exported"] < 200:
                assert time.monotonic() < end, inbox.counts()
                time.sleep(0.1)
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
            os.close(read_end)
    inbox.close()
