"""Leases name their holder; those of processes that are gone are free at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clipaudio.receive.inbox import Inbox
from clipaudio.receive.lease_holder import is_gone, name_holder

CLAIM = """
import sys
from clipaudio.receive.inbox import Inbox
inbox = Inbox(sys.argv[1])
assert inbox.claim("received").number == 1
assert inbox.claim_forward().number == 1
print("claimed", flush=True)
sys.stdin.read()
"""
posix = pytest.mark.skipif(os.name != "posix", reason="processes are asked for by their number on POSIX")


def changed(holder, place, value):
    parts = holder.split(":")
    parts[place] = value
    return ":".join(parts)


@posix
def test_lease_of_a_living_process_stays_and_that_of_a_killed_one_is_free(tmp_path):
    inbox = Inbox(tmp_path / "inbox.db", forwards=True)
    inbox.add("s", "a", b"1")
    command = [sys.executable, "-c", CLAIM, str(inbox.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"claimed\n"
        assert (inbox.claim("received"), inbox.claim_forward()) == (None, None)
        process.kill()
        process.wait()
    claimed = inbox.claim("received"), inbox.claim_forward()
    assert [entry.number for entry in claimed] == [1, 1]
    # the attempt that was cut off is resumed: restarts do not use up attempts
    assert (claimed[0].attempts, claimed[1].forward_attempts) == (1, 1)
    assert (inbox.claim("received"), inbox.claim_forward()) == (None, None)
    inbox.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")
def test_lease_of_a_killed_process_is_free_before_its_parent_has_noticed(tmp_path):
    """A supervisor in a container may never ask how its child ended."""
    inbox = Inbox(tmp_path / "inbox.db", forwards=True)
    inbox.add("s", "a", b"1")
    command = [sys.executable, "-c", CLAIM, str(inbox.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"claimed\n"
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert (inbox.claim("received").number, inbox.claim_forward().number) == (1, 1)
    inbox.close()


def test_holders_are_gone_only_if_that_is_certain():
    own = name_holder("token")
    assert not is_gone(own)
    assert not is_gone("")
    assert not is_gone(changed(own, 0, "another"))
    assert not is_gone(changed(changed(own, 0, "another"), 2, "999999999"))


@posix
def test_a_reused_process_number_or_an_earlier_boot_is_another_process():
    own = name_holder("token")
    assert is_gone(changed(own, 2, "999999999"))
    assert is_gone(changed(own, 1, "an earlier boot"))
    if own.split(":")[3]:
        assert is_gone(changed(own, 3, "1"))


def test_released_leases_are_free_and_their_attempts_do_not_count(inbox):
    inbox.add("s", "a", b"1")
    inbox.add("s", "b", b"2")
    other = Inbox(inbox.path, clock=lambda: 2_000_000_000.0)
    assert inbox.claim("received").number == 1
    assert other.claim("received").number == 2
    inbox.release()
    assert (inbox.claim("received").number, inbox.get(1).attempts) == (1, 1)
    assert inbox.claim("received") is None
    other.close()
