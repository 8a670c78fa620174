"""The file of an inbox: what is changed is on the disk, whole, and what is no inbox is left alone."""

from __future__ import annotations

import gc
import os
import sqlite3
import threading

import pytest

from clipaudio.errors import InboxError
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.inbox_file import InboxFile
from clipaudio.receive.receiver import Receiver

COUNT = "SELECT count(*) FROM expected"
ADD = "INSERT INTO expected VALUES (?, 'p', NULL, 0)"


@pytest.fixture
def file(tmp_path):
    """Yield a new file."""
    made = InboxFile(tmp_path / "inbox.db")
    yield made
    made.close()


def test_every_connection_syncs_each_change_to_the_disk(file):
    def look():
        with file.reading() as database:
            found.append(database)
            kept.append([database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")])

    found, kept = [], []
    look()
    other = threading.Thread(target=look)
    other.start()
    other.join()
    assert kept == [[2, "wal"]] * 2  # 2 is FULL
    assert found[0] is not found[1]


@pytest.mark.skipif(os.name != "posix", reason="Windows lets few users make links")
def test_link_to_an_inbox_that_does_not_exist_yet_makes_a_private_one(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "inbox.db").symlink_to("disk/inbox.db")
    inbox = Inbox(tmp_path / "inbox.db")
    assert inbox.add("s", "a", b"1") == 1
    assert (tmp_path / "disk" / "inbox.db").stat().st_mode & 0o777 == 0o600
    inbox.close()


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps open files")
def test_removed_index_of_the_log_acknowledges_nothing(tmp_path):
    """Some backup programs remove it: the next process makes its own, and the two write over each other."""
    inbox = Inbox(tmp_path / "inbox.db")
    receiver = Receiver(inbox=inbox)
    path = receiver.expect("p")
    assert receiver.handle("POST", path, {}, b'{"id": "a"}')[0] == 200
    (tmp_path / "inbox.db-shm").unlink()
    other = Inbox(tmp_path / "inbox.db")
    assert receiver.handle("POST", path, {}, b'{"id": "b"}')[0] == 503
    other.close()
    inbox.close()


@pytest.mark.parametrize(
    ("error", "match"),
    [
        (sqlite3.IntegrityError("twice the same"), r"cannot be written \(twice the same\); nothing was changed"),
        (InboxError("no such callback"), "no such callback"),
    ],
)
def test_a_block_that_fails_has_changed_nothing(file, error, match):
    def fail():
        with file.changing() as database:
            database.execute(ADD, (b"a",))
            raise error

    with pytest.raises(InboxError, match=match):
        fail()
    with file.reading() as database:
        assert database.execute(COUNT).fetchone() == (0,)


def test_a_file_that_was_closed_is_opened_anew_as_it_was(file, tmp_path):
    with file.changing() as database:
        database.execute(ADD, (b"a",))
    file.close()
    other = InboxFile(tmp_path / "inbox.db")
    with other.reading() as database:
        assert database.execute(COUNT).fetchone() == (1,)
    other.close()


def test_a_connection_lasts_no_longer_than_its_thread(file):
    def look():
        with file.reading() as database:
            found.append(database)

    found = []
    for _ in range(3):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    look()
    assert [_is_open(database) for database in found] == [False, False, False, True]


def test_a_file_that_nobody_closed_is_closed_with_its_last_user(tmp_path):
    made = InboxFile(tmp_path / "inbox.db")
    with made.reading() as database:
        pass
    assert _is_open(database)
    del made
    gc.collect()
    assert not _is_open(database)


def _is_open(database):
    try:
        return database.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False


def test_what_is_no_inbox_is_named(tmp_path):
    (tmp_path / "text.db").write_text("no database at all, but long enough to look at" * 40, "utf-8")
    with pytest.raises(InboxError, match="file is not a database"):
        InboxFile(tmp_path / "text.db")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE things (x)")
    other.close()
    with pytest.raises(InboxError, match="the database of another program"):
        InboxFile(tmp_path / "other.db")
    with sqlite3.connect(tmp_path / "newer.db") as newer:
        newer.execute("PRAGMA user_version = 7")
    newer.close()
    with pytest.raises(InboxError, match="newer clipaudio"):
        InboxFile(tmp_path / "newer.db")
    with pytest.raises(InboxError, match="unable to open"):
        InboxFile(tmp_path / "none" / "inbox.db")


@pytest.mark.skipif(os.name != "posix", reason="Windows removes no open file")
@pytest.mark.parametrize("which", ["all", "log", "moved", "replaced"])
def test_inbox_removed_or_replaced_while_open_acknowledges_nothing(tmp_path, which):
    path = tmp_path / "inbox.db"
    receiver = Receiver(inbox=Inbox(path))
    uris = [receiver.expect("p", name) for name in ("a", "b", "c")]

    def post(number):
        return receiver.handle("POST", uris[number], {}, b'{"id": "%s"}' % b"abc"[number : number + 1])[0]

    assert post(0) == 200
    for file in tmp_path.glob("inbox.db-wal" if which == "log" else "inbox.db*"):
        file.rename(tmp_path / file.name.replace("inbox", "away"))
    if which == "replaced":
        Inbox(path).close()
    assert post(1) == 503
    answers = []
    thread = threading.Thread(target=lambda: answers.append(post(1)))  # with a connection of its own
    thread.start()
    thread.join()
    assert answers == [503]
    if which == "moved":
        for file in tmp_path.glob("away.db*"):
            file.rename(tmp_path / file.name.replace("away", "inbox"))
        assert post(2) == 200
    receiver.inbox.close()


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_new_inbox_is_for_its_owner_only_and_a_chosen_mode_stays(tmp_path):
    before = os.umask(0o022)
    try:
        path = tmp_path / "inbox.db"
        inbox = Inbox(path)
        assert {oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {"0o600"}
        inbox.close()
        path.chmod(0o640)
        Inbox(path).close()
        assert path.stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)
