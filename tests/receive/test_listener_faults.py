"""A listener without descriptors or threads, with clients that do not read, or asked for its health all the time."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import threading
import time

import pytest

from clipaudio.errors import InboxError, ListenerEndedError
from clipaudio.receive.body_spool import BodySpool
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.listener import Listener, ListenerServer, listening
from clipaudio.receive.receiver import Receiver

BODY = b'{"id": "a", "url": null}'
LONG = {"text": "a" * 30_000_000}


def post(listener, path, timeout=20):
    """Post a callback and return the status."""
    port = int(listener.url.rpartition(":")[2])
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request("POST", path, BODY)
        return connection.getresponse().status


def ask_health(listener):
    """Return the status and the JSON of an answer."""
    port = int(listener.url.rpartition(":")[2])
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def connect(listener):
    return socket.create_connection(("127.0.0.1", int(listener.url.rpartition(":")[2])), 20)


def hang(listener):
    """Ask for an answer that no buffer holds, and do not read it."""
    sock = connect(listener)
    sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
    assert sock.recv(1)
    return sock


@contextlib.contextmanager
def no_descriptors():
    """Let this process open no further file."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such limit")
def test_full_listener_without_descriptors_serves_again_when_there_are_some():
    with listening(Receiver(), max_connections=1) as listener:
        path = listener.receiver.expect("p")
        with connect(listener) as silent, connect(listener):
            silent.sendall(b"POST")
            time.sleep(0.1)
            with no_descriptors():
                time.sleep(1)  # it looks for others that wait
        assert post(listener, path) == 200


def test_clients_that_do_not_read_give_way_to_those_that_wait():
    with listening(Receiver(), max_connections=2, read_deadline=600, health=lambda: LONG) as listener:
        path = listener.receiver.expect("p")
        with hang(listener), hang(listener):
            assert post(listener, path) == 200


def test_client_that_does_not_read_does_not_keep_the_listener_from_stopping():
    with contextlib.ExitStack() as opened, listening(Receiver(), read_deadline=600, health=lambda: LONG) as listener:
        opened.enter_context(hang(listener))


def test_health_is_read_once_however_many_ask():
    asked = []
    with listening(Receiver(), health=lambda: {"n": len(asked), "asked": asked.append(1)}) as listener:
        answers = [ask_health(listener) for _ in range(100)]
    assert {status for status, _ in answers} == {200}
    assert len(asked) < 50


def test_health_that_cannot_be_read_is_503():
    def fail():
        raise InboxError("it is gone")

    with listening(Receiver(), health=fail) as listener:
        assert ask_health(listener)[0] == 503


def test_listener_that_ends_by_itself_says_so():
    ended = threading.Event()
    door = socket.create_server(("127.0.0.1", 0))
    listener = Listener(Receiver(), "")
    listener.on_failure = ended.set
    server = ListenerServer(door, listener, BodySpool(max_bytes=1), 30.0, 0, None, None)
    door.close()
    server.run()
    assert ended.is_set()
    with pytest.raises(ListenerEndedError, match=r"ValueError.* -1.*start it again") as caught:
        listener.wait("a", timeout=60)
    assert isinstance(caught.value.__cause__, ValueError)
    server.stop()


@pytest.mark.parametrize("length", [1000, 1001, 100_000])
def test_ids_have_a_limit(tmp_path, length):
    """An id stands in each message about its clip."""
    inbox = Inbox(tmp_path / "inbox.db")
    receiver = Receiver(inbox=inbox)
    status, _ = receiver.handle("POST", receiver.expect("p"), {}, json.dumps({"id": "ä" * length}).encode())
    assert status == (200 if length <= 1000 else 400)
    inbox.close()


def test_reason_of_a_refusal_holds_no_secret_of_a_url():
    reasons = []
    body = b'{"url": "https://store.example/0123456789abcdef/x?s=0123456789abcdef", "id": '
    with listening(Receiver(), on_refusal=lambda *facts: reasons.append(facts)) as listener:
        port = int(listener.url.rpartition(":")[2])
        for sent in (body, body.replace(b"//", b"\\/\\/"), body[:40]):
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
                connection.request("POST", listener.receiver.expect("p"), sent)
                assert connection.getresponse().status == 400
    assert [status for status, _ in reasons] == [400] * 3
    assert not [reason for _, reason in reasons if "0123" in reason]
