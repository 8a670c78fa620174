"""Answers that lie about their length, never end, or never begin."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import time

import pytest

from clipaudio.audio.decode import read_audio
from clipaudio.errors import ConnectionFailedError, DeadlineError, DownloadError
from clipaudio.http.client import HttpTransport
from clipaudio.http.retry import Retry
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.worker import InboxWorker

START = b"HTTP/1.1 200 X\r\n"
BLOCK = bytes(65_536)


def test_zero_bytes_are_no_answer(trial, peer):
    trial.fails(peer.script(trial.path(), b""), ConnectionFailedError, "failed|closed")


def test_an_empty_body_is_no_audio(trial, peer):
    trial.fails(peer.answer(trial.path(), 200, b""), DownloadError, "empty body")


@pytest.mark.parametrize("length", ["-1", "0x10", "+5", "5000 ", "18446744073709551616", "5 5"])
def test_a_length_that_is_none_is_refused_or_not_reached(trial, peer, wav, length):
    answer = START + f"Content-Length: {length}\r\n\r\n".encode() + wav(100)
    trial.fails(peer.script(trial.path(), answer), DownloadError, "Content-Length|did not arrive whole")


def test_two_lengths_that_differ_are_refused_and_one_said_twice_is_one(trial, peer, wav):
    body = wav(100)
    line = f"Content-Length: {len(body)}\r\n".encode()
    url = peer.script(trial.path(), START + line + b"Content-Length: 9\r\n\r\n" + body)
    trial.fails(url, DownloadError, "Content-Length")
    assert trial.get(peer.script("/twice", START + 2 * line + b"\r\n" + body)).bytes == len(body)


def test_a_body_longer_than_declared_is_cut_there_and_reading_it_tells(trial, peer, wav):
    done = trial.get(peer.answer(trial.path(), 200, wav(), Content_Length="20044"))
    assert (done.bytes, trial.target.stat().st_size) == (20_044, 20_044)
    assert [issue.kind for issue in read_audio(done.path).issues] == ["truncated"]


def test_a_body_shorter_than_declared_that_stays_open_is_a_deadline(trial, peer, wav):
    url = peer.script(trial.path(), START + b"Content-Length: 50000\r\n\r\n" + wav(100), 20.0)
    transport = HttpTransport(read_timeout=0.2)
    trial.fails(url, DeadlineError, "silent for|in time|not done", transport=transport)


def test_a_connection_that_goes_silent_is_given_up_for_another(trial, peer, wav):
    body = wav()
    stalled = START + f'Content-Length: {len(body)}\r\nETag: "v1"\r\n\r\n'.encode() + body[:100]
    url = peer.script(trial.path(), stalled, 20.0)
    done = trial.get(
        url,
        transport=HttpTransport(read_timeout=0.2),
        retry=Retry(attempts=2, first=0.01),
        sleep=lambda _: peer.answer(trial.path(), 200, body),
    )
    assert trial.target.read_bytes() == body
    assert done.bytes == len(body)


def test_a_server_that_is_silent_for_a_while_does_not_cost_a_callback(peer, wav, tmp_path):
    now = [2_000_000_000.0]
    inbox = Inbox(tmp_path / "inbox.db", clock=lambda: now[0])
    callback = {"id": "cecad6f9", "url": peer.script("/clip.wav", 20.0)}
    inbox.add("s", "cecad6f9", json.dumps(callback).encode(), project="p")
    told = []
    work = InboxWorker(
        inbox=inbox,
        folder=tmp_path / "clips",
        transport=HttpTransport(read_timeout=0.1),
        allow_private=True,
        tell=told.append,
    )
    work.work_once()
    peer.answer("/clip.wav", 200, wav())
    now[0] += 3600
    work.work_once()
    inbox.close()
    assert [one.step for one in told] == ["postponed", "downloaded"]


def test_one_endless_header_is_refused(trial, peer, in_little_memory):
    url = peer.script(trial.path(), START + b"A: ", *[BLOCK.replace(b"\0", b"x")] * 100)
    with in_little_memory():
        trial.fails(url, ConnectionFailedError, "failed|header")


def test_endless_headers_are_refused(trial, peer, in_little_memory):
    url = peer.script(trial.path(), START, *[b"A: b\r\n" * 1000] * 1000)
    with in_little_memory():
        trial.fails(url, ConnectionFailedError, "failed|header")


def test_an_endless_line_of_status_is_refused(trial, peer, in_little_memory):
    url = peer.script(trial.path(), b"HTTP/1.1 200 ", *[BLOCK.replace(b"\0", b"x")] * 100)
    with in_little_memory():
        trial.fails(url, ConnectionFailedError, "failed|header")


def test_a_server_that_says_continue_for_ever_is_stopped(trial, peer):
    says = itertools.chain.from_iterable((b"HTTP/1.1 100 Continue\r\n\r\n", 0.01) for _ in range(500))
    trial.fails(peer.script(trial.path(), *says), ConnectionFailedError, "closed|failed|arrive|not done", deadline=0.3)


@pytest.mark.parametrize(
    "chunks",
    [
        b"1" * 200_000,
        b"5;" + b"x" * 200_000,
        b"-5\r\nabc",
        b"ffffffffffffffffffff\r\nabc",
        b"\r\n\r\n",
        b"5\r\nRIFFx",
    ],
    ids=["size", "extension", "negative", "huge", "empty", "cut"],
)
def test_chunks_that_are_none_are_refused(trial, peer, chunks):
    url = peer.script(trial.path(), START + b"Transfer-Encoding: chunked\r\n\r\n", chunks)
    trial.fails(url, (ConnectionFailedError, DownloadError), "closed|failed|arrive|not done")


def test_trailers_without_end_are_stopped(trial, peer, wav):
    body = wav(100)
    chunks = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n" % (len(body), body)
    trailers = itertools.chain.from_iterable((b"A: b\r\n", 0.01) for _ in range(500))
    url = peer.script(trial.path(), START + chunks, *trailers)
    trial.fails(url, (ConnectionFailedError, DownloadError), "closed|failed|arrive|not done", deadline=0.3)


def test_a_body_without_end_is_stopped_at_the_cap_in_little_memory(trial, peer, wav, in_little_memory, is_long):
    most = 1_000_000_000 if is_long else 50_000_000
    url = peer.script(trial.path(), START + b"\r\n" + wav(100), *[BLOCK] * (most // len(BLOCK) + 100))
    with in_little_memory():
        trial.fails(url, DownloadError, f"more than {most} bytes", max_bytes=most, deadline=120.0)


def test_a_gigabyte_of_zeros_is_refused_by_its_first_bytes(trial, peer, in_little_memory):
    url = peer.script(trial.path(), START + b"Content-Length: 1073741824\r\n\r\n", *[BLOCK] * 16_384)
    with in_little_memory():
        trial.fails(url, DownloadError, "instead of audio", max_bytes=2**31)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x-gzip, identity"])
def test_a_compressed_bomb_stays_compressed(trial, peer, in_little_memory, encoding):
    bomb = gzip.compress(b"RIFF" + bytes(20_000_000))
    url = peer.answer(trial.path(), 200, bomb, Content_Encoding=encoding)
    with in_little_memory():
        trial.fails(url, DownloadError, "compressed as")


def test_a_bomb_that_does_not_say_so_is_no_audio(trial, peer, wav):
    url = peer.answer(trial.path(), 200, gzip.compress(wav()), Content_Type="audio/wav")
    trial.fails(url, DownloadError, "something else instead of audio")


def test_a_drip_is_stopped_by_the_deadline_of_the_whole(trial, peer, wav):
    drip = itertools.chain.from_iterable((b"\0", 0.02) for _ in range(500))
    url = peer.script(trial.path(), START + b"Content-Length: 50000\r\n\r\n" + wav(100), *drip)
    trial.fails(url, DeadlineError, "not done within", deadline=0.3)


def test_a_reset_after_the_head_is_tried_again_and_then_told(trial, peer, wav):
    url = peer.script(trial.path(), START + b"Content-Length: 50000\r\n\r\n" + wav(100), 0.02, None)
    waits = []
    trial.fails(url, DownloadError, "did not arrive whole", retry=Retry(attempts=3), sleep=waits.append)
    assert (len(peer.requests), len(waits)) == (3, 2)


def test_nobody_who_takes_the_connection_is_a_deadline(trial):
    """A full backlog: the connection is neither taken nor refused."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        address = busy.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        url = f"http://127.0.0.1:{address[1]}{trial.path()}"
        transport = HttpTransport(connect_timeout=0.3, read_timeout=0.3)
        trial.fails(url, DeadlineError, "no connection|in time|silent", transport=transport)
        for one in waiting:
            one.close()


@pytest.mark.parametrize("host", ["clips.example", "other.example"])
def test_an_expired_certificate_is_refused_whatever_the_name(trial, expired_peer, wav, host):
    peer, trusting = expired_peer
    peer.answer(trial.path(), 200, wav())
    trial.fails(
        peer.url(trial.path(), host),
        ConnectionFailedError,
        r"certificate of https://.* was refused \(.*(expired|subject name)",
        transport=HttpTransport(trust=trusting, resolver=own_address),
    )
    assert peer.requests == []


def test_a_certificate_of_another_name_is_refused(trial, tls_peer, trusting, wav):
    tls_peer.answer(trial.path(), 200, wav())
    transport = HttpTransport(trust=trusting, resolver=own_address)
    trial.fails(tls_peer.url(trial.path(), "other.example"), ConnectionFailedError, "subject name", transport=transport)
    assert trial.get(tls_peer.url(trial.path(), "clips.example"), transport=transport).bytes == len(wav())


def test_a_handshake_that_stalls_is_a_deadline(trial):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}{trial.path()}"
        transport = HttpTransport(connect_timeout=0.2, read_timeout=0.2)
        trial.fails(url, DeadlineError, "in time|no connection|silent", transport=transport)


def test_a_clock_that_jumps_ends_the_download_or_does_not_stall_it(trial, peer, wav):
    url = peer.script(trial.path(), START + b"Content-Length: 50000\r\n\r\n" + wav(100), 20.0)
    for jump in (1e6, -1e6):
        jumps = itertools.chain([0.0], itertools.repeat(jump))
        transport = HttpTransport(read_timeout=0.2, clock=lambda jumps=jumps: time.monotonic() + next(jumps))
        trial.fails(url, DeadlineError, "not done within|silent for|in time", transport=transport)


def own_address(_host, port):
    """Lead every name to this machine."""
    return [(socket.AF_INET, ("127.0.0.1", port))]
