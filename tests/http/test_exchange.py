"""An answer leaves its connection as it should be: kept, or closed and gone."""

from __future__ import annotations

import gc
import socket
import weakref

import pytest

from clipaudio.http.transport import HttpTransport, Policy, Request

OWN = Policy(allow_private=True)


@pytest.mark.parametrize("reads", [False, True])
def test_what_an_answer_took_is_free_once_it_is_closed(peer, reads):
    dialled = []

    def dial(address, timeout):
        opened = socket.create_connection(address.socket_address, timeout)
        dialled.append(weakref.ref(opened))
        return opened

    url = peer.answer("/a", 404, b"x" * 1000, Connection="close")
    gc.disable()
    try:
        with HttpTransport(dial=dial).open(Request(method="GET", url=url, policy=OWN)) as answer:
            assert not reads or answer.read() == b"x" * 1000
        del answer
        assert [opened() for opened in dialled] == [None]
    finally:
        gc.enable()
