"""Callbacks that are damaged, forged, late or too many, against a real socket and a real inbox."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sqlite3
import threading
import tracemalloc
from urllib.parse import quote, urlsplit

import numpy as np
import pytest

from clipaudio.errors import CallbackError, DeadlineError, InboxError
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.listener import listening
from clipaudio.receive.receiver import Receiver
from clipaudio.resemble.callback import read_callback
from clipaudio.timing.repair import repair

STAMPS = '{"graph_chars": ["H", "i"], "graph_times": [[0, 0.1], [0.1, 0.2]]}'
GOOD = f'{{"id": "c1", "project_id": "p1", "url": "https://example.com/a.wav", "audio_timestamps": {STAMPS}}}'.encode()


@pytest.fixture
def listener(inbox):
    with listening(Receiver(inbox=inbox, max_bytes=2_000_000), read_deadline=20) as one:
        yield one


def post(url, body, kind="application/json"):
    """Post a callback; give the status."""
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)) as connection:
        connection.request("POST", parts.path, body, {"Content-Type": kind})
        return connection.getresponse().status


def bodies(inbox):
    return [entry.body for entry in inbox.list()]


def test_without_its_secret_a_callback_is_answered_as_a_wrong_path_and_not_kept(listener, inbox):
    listener.url_for("p1", "c1")
    assert post(f"{listener.url}/callbacks/{'A' * 32}", GOOD) == post(f"{listener.url}/nowhere", GOOD) == 404
    assert bodies(inbox) == []


@pytest.mark.parametrize(("project", "clip"), [("p1", "c2"), ("p2", "c1")])
def test_the_right_secret_keeps_no_callback_of_another_clip(listener, inbox, project, clip):
    assert post(listener.url_for(project, clip), GOOD) == 409
    assert bodies(inbox) == []


def test_a_replay_counts_once_and_after_the_path_has_expired_not_at_all(listener, inbox, clock):
    url = listener.url_for("p1", "c1")
    assert [post(url, GOOD) for _ in range(3)] == [200] * 3
    clock.now += 86_400
    assert post(url, GOOD) == 404
    assert post(url, GOOD + b" ") == 404
    assert bodies(inbox) == [GOOD]


def test_a_callback_that_comes_after_everyone_has_given_up_is_kept(listener, inbox):
    url = listener.url_for("p1", "c1")
    with pytest.raises(DeadlineError, match="no callback for the clip c1"):
        listener.wait("c1", 0)
    assert post(url, GOOD) == 200
    assert inbox.claim("received").clip == "c1"


TAKEN = {
    "unknown keys": GOOD[:-1] + b', "new": {"deep": [1]}, "also": null}',
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "16 bits a letter": GOOD.decode().encode("utf-16"),
    "duplicate keys": b'{"id": "c0", "audio_timestamps": null, ' + GOOD[1:],
    "NaN": GOOD.replace(b"0.2]", b"NaN]"),
    "infinity": GOOD.replace(b"0.2]", b"1e999]"),
    "half a letter": GOOD.replace(b'"i"', b'"\\ud83d"'),
    "fewer times": GOOD.replace(b"[[0, 0.1], ", b"["),
    "fewer letters": GOOD.replace(b'"H", ', b""),
    "no issues": GOOD,
    "an empty list of issues": GOOD[:-1] + b', "issues": []}',
}


@pytest.mark.parametrize("odd", TAKEN)
def test_an_odd_callback_is_taken_kept_byte_for_byte_and_mended(listener, inbox, odd):
    assert post(listener.url_for("p1", "c1"), TAKEN[odd]) == 200
    assert bodies(inbox) == [TAKEN[odd]]
    callback = read_callback(bodies(inbox)[0])
    assert callback.id == "c1"
    assert np.isfinite(repair(callback.graphemes).timeline.times).all()


KINDS = [
    "",
    "/;;",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/html",
    "text/plain; charset=latin-1",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [GOOD, b"\r\n " + GOOD, b"\xef\xbb\xbf" + GOOD, GOOD.decode().encode("utf-16")])
def test_json_is_read_under_any_content_type(listener, inbox, kind, body):
    assert post(listener.url_for("p1", "c1"), body, kind) == 200
    assert bodies(inbox) == [body]


def test_a_callback_sent_as_a_form_is_kept_as_json(listener, inbox):
    form = f"id=c1&project_id=p1&url=https%3A%2F%2Fexample.com%2Fa.wav&audio_timestamps={quote(STAMPS)}"
    assert post(listener.url_for("p1", "c1"), form, "application/x-www-form-urlencoded") == 200
    assert json.loads(bodies(inbox)[0]) == json.loads(GOOD)


REFUSED = {
    "500,000 deep": (b'{"id": "c1", "audio_timestamps": ' + b"[" * 500_000, 400),
    "500,000 deep and closed": (b'{"id": "c1", "x": ' + b"[" * 500_000 + b"]" * 500_000 + b"}", 400),
    "too long": (GOOD + b" " * 2_000_000, 413),
    "nothing": (b"", 400),
    "a page": (b"<html><body>502 Bad Gateway</body></html>", 400),
    "half": (GOOD[: len(GOOD) // 2], 400),
    "a number beyond all": (GOOD.replace(b"0.2]", b"9" * 400 + b"]"), 400),
    "a word for a time": (GOOD.replace(b"0.2]", b'"late"]'), 400),
    "no id": (GOOD.replace(b'"id"', b'"di"'), 400),
}


@pytest.mark.parametrize("broken", REFUSED)
def test_a_broken_callback_is_refused_and_a_sound_one_after_it_is_taken(listener, inbox, broken):
    body, status = REFUSED[broken]
    url = listener.url_for("p1", "c1")
    assert post(url, body) == status
    assert post(url, GOOD) == 200
    assert bodies(inbox) == [GOOD]


def test_chunks_without_end_are_refused_at_the_cap_in_little_memory(listener, inbox):
    parts = urlsplit(listener.url_for("p1", "c1"))
    chunk = b"ffff\r\n" + b" " * 0xFFFF + b"\r\n"
    tracemalloc.start()
    with socket.create_connection((parts.hostname, parts.port), 20) as sock:
        sock.sendall(f"POST {parts.path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                sock.sendall(chunk)
        with contextlib.suppress(ConnectionError):
            assert sock.recv(12) in {b"HTTP/1.1 413", b""}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    assert bodies(inbox) == []


def test_a_database_that_is_locked_for_a_while_does_not_cost_a_callback(listener, inbox):
    url = listener.url_for("p1", "c1")
    other = sqlite3.connect(inbox.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    unlocking = threading.Timer(0.2, other.execute, ["COMMIT"])
    unlocking.start()
    assert post(url, GOOD) == 200
    unlocking.join()
    other.close()
    assert bodies(inbox) == [GOOD]


def test_a_database_that_stays_locked_acknowledges_nothing(inbox):
    receiver = Receiver(inbox=inbox)
    path = receiver.expect("p1", "c1")
    with inbox._file.reading() as database:
        database.execute("PRAGMA busy_timeout = 20")
    with contextlib.closing(sqlite3.connect(inbox.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert receiver.handle("POST", path, {}, GOOD)[0] == 503
        other.execute("COMMIT")
    assert receiver.handle("POST", path, {}, GOOD)[0] == 200
    assert bodies(inbox) == [GOOD]


def test_a_damaged_database_acknowledges_nothing_and_says_so(tmp_path):
    inbox = Inbox(tmp_path / "inbox.db")
    receiver = Receiver(inbox=inbox)
    path = receiver.expect("p1", "c1")
    assert receiver.handle("POST", path, {}, GOOD)[0] == 200
    inbox.close()
    whole = (tmp_path / "inbox.db").read_bytes()
    (tmp_path / "inbox.db").write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    again = Inbox(tmp_path / "inbox.db")
    with listening(Receiver(inbox=again)) as listener:
        assert post(listener.url + path, GOOD + b" ") == 503
    with pytest.raises(InboxError, match="cannot be read"):
        list(again.list())
    again.close()


@pytest.mark.parametrize("jumps", [[-86_400 * 365], [86_400 * 365, -86_400 * 365], [3600, -7200]])
def test_a_clock_that_jumps_and_comes_back_costs_no_callback(listener, inbox, clock, jumps):
    url = listener.url_for("p1", "c1")
    for jump in jumps:
        clock.now += jump
    assert post(url, GOOD) == 200
    assert inbox.claim("received").clip == "c1"


def test_a_clock_that_stays_ahead_ends_what_was_handed_out_and_nothing_that_came(listener, inbox, clock):
    url, other = listener.url_for("p1", "c1"), listener.url_for("p1", "c1")
    assert post(url, GOOD) == 200
    clock.now += 86_400 * 365
    assert post(other, GOOD) == 404
    assert inbox.claim("received").clip == "c1"


def test_what_is_refused_is_refused_by_a_typed_error_that_names_the_field():
    for body in (REFUSED["a number beyond all"][0], REFUSED["a word for a time"][0]):
        with pytest.raises(CallbackError, match=r"\$\.audio_timestamps\.graph_times\[1\]"):
            read_callback(body)
