"""The inbox: on the disk before it says so, shared by threads and processes, honest when the disk is not."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from clipaudio.errors import InboxError
from clipaudio.receive.inbox import Addition, Inbox
from clipaudio.receive.receiver import Receiver

BODY = b'{"id": "cecad6f9", "url": "https://example.com/a.wav"}'


def test_the_same_body_under_the_same_secret_is_kept_once(inbox):
    assert inbox.add("s", "clip", BODY) == 1
    assert inbox.add("s", "clip", BODY) is None
    assert inbox.add("s", "clip", BODY + b" ") is not None  # a clip is updated many times
    assert inbox.add("t", "clip", BODY) is not None
    assert [entry.body for entry in inbox.list()] == [BODY, BODY + b" ", BODY]


def test_what_was_added_is_there_for_the_next_process(tmp_path):
    one = Inbox(tmp_path / "inbox.db")
    one.expect("s", "p", "clip", lifetime=60)
    one.add("s", "clip", BODY, project="p")
    other = Inbox(tmp_path / "inbox.db")
    assert other.find("s").clip == "clip"
    assert other.get(1).body == BODY
    one.close()
    other.close()


def test_no_secret_stands_in_the_file(tmp_path):
    inbox = Inbox(tmp_path / "inbox.db")
    inbox.expect("very-secret-indeed", "p", None, lifetime=60)
    inbox.add("very-secret-indeed", "clip", BODY)
    inbox.close()
    assert all(b"very-secret-indeed" not in path.read_bytes() for path in tmp_path.iterdir())


def test_an_expectation_ends(inbox, clock):
    inbox.expect("s", "p", None, lifetime=60)
    clock.now += 59
    assert inbox.find("s").project == "p"
    clock.now += 1
    assert inbox.find("s") is None
    assert inbox.find("other") is None


def test_many_are_looked_for_at_once(inbox, clock):
    for number in range(0, 1200, 2):
        inbox.expect(f"s{number}", "p", f"c{number}", lifetime=60 if number else 1)
    clock.now += 1
    found = inbox.find_many([f"s{number}" for number in range(1200)] + ["s2"])
    clips = [None if one is None else one.clip for one in found]
    assert clips == [None, None, *(None if number % 2 else f"c{number}" for number in range(2, 1200)), "c2"]
    assert inbox.find_many([]) == []


def test_an_entry_goes_its_way_and_comes_back_when_told(inbox, clock):
    inbox.add("s", "clip", BODY)
    entry = inbox.claim("received")
    assert (entry.state, entry.attempts) == ("received", 1)
    inbox.postpone(entry.number, seconds=30, note="503")
    assert inbox.claim("received") is None
    clock.now += 30
    assert inbox.claim("received").attempts == 2
    inbox.move(1, "downloaded", note="clips/a.wav")
    assert inbox.claim("received") is None
    assert inbox.claim("downloaded").attempts == 1
    inbox.move(1, "exported")
    assert inbox.counts() == {"received": 0, "downloaded": 0, "exported": 1, "failed": 0}
    inbox.replay(1)
    assert inbox.get(1).state == "received"
    with pytest.raises(InboxError, match="no callback number 9"):
        inbox.replay(9)
    with pytest.raises(InboxError, match="no callback number 9"):
        inbox.get(9)


def test_a_lease_ends_and_a_clock_put_back_locks_nothing(inbox, clock):
    inbox.add("s", "clip", BODY)
    assert inbox.claim("received", lease=60) is not None
    assert inbox.claim("received") is None
    clock.now += 60
    assert inbox.claim("received", lease=60) is not None
    clock.now -= 86_400 * 365
    assert inbox.claim("received") is not None
    inbox.postpone(1, seconds=1e9, note="an absurd Retry-After")
    clock.now += 86_400
    assert inbox.claim("received") is not None


def test_purge_removes_what_is_old_and_done(inbox, clock):
    for number in range(4):
        inbox.add("s", "clip", b"%d" % number)
        clock.now += 10
    inbox.move(1, "exported")
    inbox.move(3, "exported")
    inbox.move(2, "failed")
    assert inbox.purge(before=clock.now - 20) == 1
    assert inbox.purge(before=clock.now, states=("exported", "failed")) == 2
    assert [entry.number for entry in inbox.list()] == [4]
    assert inbox.add("s", "clip", b"new") == 5  # numbers are never used again


def test_what_is_to_be_handed_on_is_a_matter_of_its_own(tmp_path, clock):
    inbox = Inbox(tmp_path / "inbox.db", clock=clock, forwards=True)
    for clip in ("a", "b"):
        inbox.add("s", clip, clip.encode())
    inbox.move(1, "failed")
    inbox.move(2, "exported")
    assert inbox.purge(before=clock.now + 1, states=("failed", "exported")) == 0  # both still wait
    assert inbox.claim_forward(states=("downloaded", "exported")).clip == "b"
    entry = inbox.claim_forward(lease=60)
    assert (entry.clip, entry.forward, entry.forward_attempts, entry.attempts) == ("a", "due", 1, 0)
    assert inbox.claim_forward() is None
    clock.now += 60
    assert inbox.claim_forward().forward_attempts == 2
    inbox.postpone_forward(1, seconds=30)
    assert inbox.claim_forward() is None
    clock.now -= 86_400 * 365  # nothing is locked by a clock that is put back
    assert inbox.claim_forward().number == 1
    inbox.end_forward(1, "done")
    inbox.end_forward(2, "failed")
    assert inbox.count_forwards() == {"due": 0, "done": 1, "failed": 1}
    inbox.replay(1)
    assert inbox.get(1).state == "received"
    assert inbox.claim_forward().forward_attempts == 1
    inbox.close()


def test_what_is_not_finished_when_handing_on_begins_is_handed_on_too(inbox, tmp_path, clock):
    for number in range(4):
        inbox.add("s", "clip", b"%d" % number)
    inbox.move(2, "downloaded")
    inbox.move(3, "exported")
    inbox.move(4, "failed")
    assert inbox.claim_forward() is None
    other = Inbox(tmp_path / "inbox.db", clock=clock, forwards=True)
    assert [other.claim_forward().number for _ in range(2)] == [1, 2]
    assert other.claim_forward() is None
    other.close()


SCHEMA_1 = """
CREATE TABLE expected (secret BLOB PRIMARY KEY, project TEXT NOT NULL, clip TEXT, expires REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE callbacks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, secret BLOB NOT NULL, body_hash BLOB NOT NULL, clip TEXT NOT NULL,
    project TEXT, body BLOB NOT NULL, received REAL NOT NULL, state TEXT NOT NULL DEFAULT 'received',
    attempts INTEGER NOT NULL DEFAULT 0, next_try REAL NOT NULL DEFAULT 0, leased_until REAL NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '', UNIQUE (secret, body_hash)
);
CREATE INDEX callbacks_by_state ON callbacks (state, number);
CREATE INDEX callbacks_by_clip ON callbacks (clip, number);
INSERT INTO callbacks (secret, body_hash, clip, body, received) VALUES (x'00', x'01', 'old', x'7b7d', 5.0);
PRAGMA user_version = 1;
"""


def test_a_replay_forgets_no_handing_on_that_is_due(inbox, tmp_path, clock):
    other = Inbox(tmp_path / "inbox.db", clock=clock, forwards=True)
    other.add("s", "clip", BODY)
    inbox.replay(1)
    assert other.claim_forward().number == 1
    other.close()


def test_an_inbox_of_the_first_version_is_taken_over(tmp_path, clock):
    with sqlite3.connect(tmp_path / "inbox.db") as old:
        old.executescript(SCHEMA_1)
    old.close()
    inbox = Inbox(tmp_path / "inbox.db", clock=clock, forwards=True)
    assert inbox.add("s", "new", BODY) == 2
    assert [inbox.claim_forward().clip for _ in range(2)] == ["old", "new"]
    assert inbox.get(1).received == 5.0
    inbox.close()
    Inbox(tmp_path / "inbox.db").close()


def test_a_long_list_comes_in_pages(inbox):
    for number in range(205):
        inbox.add("s", f"clip{number % 2}", b"%d" % number)
    assert [entry.number for entry in inbox.list()] == list(range(1, 206))
    assert sum(1 for _ in inbox.list("received", clip="clip1", after=100)) == 52


def test_threads_share_the_work_and_none_does_it_twice(inbox):
    for number in range(60):
        inbox.add("s", "clip", b"%d" % number)
    done = []

    def work():
        while (entry := inbox.claim("received")) is not None:
            done.append(entry.number)
            inbox.move(entry.number, "downloaded")

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(1, 61))


def test_a_receiver_that_cannot_keep_a_callback_does_not_acknowledge_it(tmp_path):
    inbox = Inbox(tmp_path / "inbox.db")
    receiver = Receiver(inbox=inbox)
    path = receiver.expect("p", "cecad6f9")
    with inbox._file.reading() as database:
        database.execute("PRAGMA max_page_count = 1")  # the disk is full
    body = BODY[:-1] + b', "issues": ["' + b"x" * 50_000 + b'"]}'
    assert receiver.handle("POST", path, {}, body)[0] == 503
    database.execute("PRAGMA max_page_count = 1073741823")
    assert list(inbox.list()) == []
    assert receiver.handle("POST", path, {}, body)[0] == 200
    assert receiver.handle("POST", path, {}, body)[0] == 200  # again, taken and not kept twice
    assert len(list(inbox.list())) == 1
    assert receiver.wait("cecad6f9", 1).id == "cecad6f9"
    inbox.close()


KILLED = """
import sys
from clipaudio.receive.inbox import Inbox
inbox = Inbox(sys.argv[1])
number = 0
while True:
    inbox.add("s", "clip", b"%d %d" % (int(sys.argv[2]), number))
    print(number, flush=True)
    number += 1
"""


def test_what_was_acknowledged_survives_sigkill(tmp_path):
    path = tmp_path / "inbox.db"
    Inbox(path).close()
    acknowledged = set()
    rounds = 100 if os.environ.get("CLIPAUDIO_LONG") else 5
    for round_number in range(rounds):
        arguments = [sys.executable, "-c", KILLED, str(path), str(round_number)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(0.01 + 0.013 * (round_number % 7))
            process.send_signal(signal.SIGKILL)
            lines = b"0\n" + process.stdout.read()
        acknowledged |= {
            b"%d %s" % (round_number, line) for line in lines.splitlines(keepends=True) if line[-1:] == b"\n"
        }
    inbox = Inbox(path)
    kept = {entry.body for entry in inbox.list()}
    assert {one.strip() for one in acknowledged} <= kept
    assert len(acknowledged) > rounds
    with inbox._file.reading() as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    inbox.close()


def test_callbacks_that_wait_make_no_step_longer(inbox, clock):
    """Looking for due ones takes the same steps of SQLite, however many were postponed or are to be handed on later."""

    def count_steps():
        steps = []
        with inbox._file.reading() as database:
            database.set_progress_handler(lambda: steps.append(1), 1)
            assert (inbox.claim("received"), inbox.claim_forward(), inbox.claim("downloaded")) == (None, None, None)
            database.set_progress_handler(None, 1)
        return len(steps)

    def add(numbers):
        inbox.add_many([Addition("s", f"clip{number}", str(number).encode(), "p") for number in numbers])
        with inbox._file.changing() as database:
            later = "next_try = ?, attempts = 1, forward = 'due', forward_at = ?"
            database.execute(f"UPDATE callbacks SET {later}", (clock.now + 100, clock.now + 100))

    add(range(10))
    few = count_steps()
    add(range(10, 2000))
    assert count_steps() < 2 * few
    clock.now += 200
    assert (inbox.claim("received").number, inbox.claim_forward().number) == (1, 1)


def test_new_callbacks_come_before_those_that_are_retried(inbox, clock):
    for number in range(3):
        inbox.add("s", f"clip{number}", str(number).encode(), project="p")
    first = inbox.claim("received")
    inbox.postpone(first.number, seconds=1, note="")
    clock.now += 2
    inbox.add("s", "clip3", b"3", project="p")
    assert [inbox.claim("received").number for _ in range(4)] == [2, 3, 4, 1]
