"""A listener under a supervisor that starts it again whenever it ends, as systemd does with Restart=always.

CLIPAUDIO_ROUNDS says how often (20).
"""

from __future__ import annotations

import contextlib
import http.server
import logging
import os
import signal
import threading
import time
from collections import defaultdict

import pytest

log = logging.getLogger(__name__)
ROUNDS = int(os.environ.get("CLIPAUDIO_ROUNDS", "20"))


@contextlib.contextmanager
def taking():
    """Run a server that callbacks are handed on to; yield its url and the bodies it got, by number."""
    got = defaultdict(list)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got[int(self.headers["Clipaudio-Callback"])].append(body)
            with contextlib.suppress(OSError):  # the listener was killed
                self.send_response(204)
                self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", got
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM")
def test_listener_restarted_at_random_loses_nothing_and_does_the_same_again(make_service):
    """All callbacks have the same text and audio, so whatever is done twice must end in the same bytes."""
    with taking() as (url, got):
        service = make_service(3, words=["--forward-to", url])
        service.start()
        service.send(threads=3, pause=0.05)
        codes = []
        for _ in range(ROUNDS):
            time.sleep(service.dice.uniform(0.0, 2.0))
            number = service.dice.choice([signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
            codes.append(service.end(number))
            if number == signal.SIGKILL:
                assert codes[-1] == -signal.SIGKILL
            else:
                service.check_code(codes[-1])
            service.start()
        service.check()
        service.stop_sending()
        service.check_code(service.end(signal.SIGTERM))
        runs = service.finish()
        assert service.count("forward != 'done'") == 0
    service.check_kept()
    service.check_secrets()
    clips = set(service.posts.values())
    for suffix in (".srt", ".wav"):
        made = {path.stem: path.read_bytes() for path in service.out.glob(f"*{suffix}")}
        assert clips <= made.keys()
        assert len(set(made.values())) == 1
    assert set(got) == set(range(1, service.count("1") + 1))
    assert all(len(set(bodies)) == 1 for bodies in got.values())
    known = {".srt", ".wav", ".json", ".db"}
    assert {path.name for path in service.out.iterdir() if path.suffix not in known} == {"logs"}
    log.info("%d acknowledged, exit codes %s, %d runs at the end", len(service.posts), codes, runs)
