"""Faults drawn at random strike a listener: whatever it acknowledged is kept and done, and nothing secret is shown.

CLIPAUDIO_FAULT_SECONDS says for how long (40), CLIPAUDIO_FAULT_SEED in which order (16). --log-cli-level=INFO
tells each fault.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import sqlite3
import sys
import time
from collections import Counter

import pytest

from clipaudio.audio.decode import read_audio
from clipaudio.emulator import Faults

log = logging.getLogger(__name__)
SECONDS = float(os.environ.get("CLIPAUDIO_FAULT_SECONDS", "40"))
SEED = int(os.environ.get("CLIPAUDIO_FAULT_SEED", "16"))


@contextlib.contextmanager
def limited(service, kind, value):
    """Lower a limit of the running process, and lift it again."""
    import resource

    number = getattr(resource, f"RLIMIT_{kind}")
    soft, hard = resource.prlimit(service.process.pid, number)
    resource.prlimit(service.process.pid, number, (value, hard))
    try:
        yield
    finally:
        resource.prlimit(service.process.pid, number, (soft, hard))


@contextlib.contextmanager
def full_disk(service):
    """No file may grow."""
    with limited(service, "FSIZE", 0):
        yield


@contextlib.contextmanager
def no_descriptors(service):
    with limited(service, "NOFILE", len(list((service.proc / "fd").iterdir()))):
        yield


@contextlib.contextmanager
def no_memory(service):
    pages = int((service.proc / "statm").read_text("ascii").split()[0])
    with limited(service, "AS", (pages + 256) * os.sysconf("SC_PAGE_SIZE")):
        yield


@contextlib.contextmanager
def kill(service):
    yield
    service.end(signal.SIGKILL)
    service.start()


@contextlib.contextmanager
def stop(service):
    yield
    service.check_code(service.end(service.dice.choice([signal.SIGTERM, signal.SIGINT])))
    service.start()


@contextlib.contextmanager
def frozen(service):
    service.process.send_signal(signal.SIGSTOP)
    yield
    service.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def slow_peers(service):
    """Connections that send a request byte by byte, and then leave in the middle."""
    with contextlib.ExitStack() as opened:
        peers = []
        for _ in range(150):
            with contextlib.suppress(OSError):
                peers.append(opened.enter_context(socket.create_connection(("127.0.0.1", service.port), 5)))
        for byte in b"POST /callbacks/x HTTP":
            for peer in peers:
                with contextlib.suppress(OSError):
                    peer.sendall(bytes([byte]))
        yield


@contextlib.contextmanager
def slow_audio(service):
    kinds = [{"audio_delay": 0.5}, {"audio_truncated": True}, {"audio_reset": True}, {"audio_no_length": True}]
    service.emulator.faults = Faults(**service.dice.choice(kinds))
    yield
    service.emulator.faults = Faults()


@contextlib.contextmanager
def closed_output(service):
    """Nobody reads stdout and stderr any more, until the next start."""
    service.streams.close()
    yield


@contextlib.contextmanager
def clock(service):
    service.offset.write_text(str(service.dice.uniform(-80_000, 80_000)))
    yield
    service.offset.write_text("0")


@contextlib.contextmanager
def removed_inbox(service):
    away = service.out.with_name("away")
    away.mkdir(exist_ok=True)
    names = [path.name for path in service.out.glob("inbox.db*")]
    for name in names:
        (service.out / name).rename(away / name)
    yield
    assert not list(service.out.glob("inbox.db*"))  # nobody made another one
    for name in names:
        (away / name).rename(service.out / name)


@contextlib.contextmanager
def locked_inbox(service):
    with contextlib.closing(sqlite3.connect(service.out / "inbox.db", isolation_level=None, timeout=30)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


@contextlib.contextmanager
def removed_log(service):
    """The log is rotated away, and its folder with it."""
    logs = service.out / "logs"
    shutil.rmtree(logs.rename(service.out.with_name("old logs")))
    yield
    logs.mkdir()


FAULTS = (
    full_disk,
    no_descriptors,
    no_memory,
    kill,
    stop,
    frozen,
    slow_peers,
    slow_audio,
    closed_output,
    clock,
    removed_inbox,
    locked_inbox,
    removed_log,
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of a running process can be set on Linux only")
def test_listener_survives_faults_at_random_and_keeps_all_it_acknowledged(make_service):
    service = make_service(SEED)
    service.start()
    service.send()
    end = time.monotonic() + SECONDS
    struck = Counter()
    while time.monotonic() < end or len(struck) < len(FAULTS):
        left = [fault for fault in FAULTS if time.monotonic() < end or fault not in struck]
        fault = service.dice.choice(left)
        with fault(service):
            time.sleep(service.dice.uniform(0.1, 2.0))
        struck[fault] += 1
        log.info("%s, %d acknowledged", fault.__name__, len(service.posts))
        service.check()
    service.stop_sending()
    service.check_code(service.end(signal.SIGTERM))
    runs = service.finish()
    service.check_kept()
    log.info("%d acknowledged, %d faults, %d runs at the end", len(service.posts), struck.total(), runs)
    clips = set(service.posts.values())
    names = {path.stem for path in service.out.glob("*.srt")}
    assert clips <= names
    assert all(read_audio(service.out / f"{clip}.wav").issues == () for clip in sorted(clips)[:200])
    known = {".srt", ".wav", ".json", ".db"}
    assert {path.name for path in service.out.iterdir() if path.suffix not in known} <= {"logs", "clock"}
