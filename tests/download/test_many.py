"""Many downloads at once: in order, none stopping the others, connections kept."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from clipaudio.audio.encode import encode
from clipaudio.download.many import download_async, download_many
from clipaudio.errors import RequestError, UrlExpiredError
from clipaudio.http.retry import Retry

WAV = encode([0.0] * 1000, 8000)


def test_each_url_becomes_its_file_or_its_error_in_order(peer, tmp_path):
    items = [(peer.answer(f"/{n}", 403 if n % 5 == 2 else 200, WAV), tmp_path / f"{n}.wav") for n in range(40)]
    outcomes = list(download_many(items, jobs=3, allow_private=True, retry=Retry(attempts=1)))
    assert [outcome.url for outcome in outcomes] == [url for url, _ in items]
    for number, outcome in enumerate(outcomes):
        if number % 5 == 2:
            assert isinstance(outcome.error, UrlExpiredError)
        else:
            assert outcome.done.path.read_bytes() == WAV
    assert len(list(tmp_path.iterdir())) == 32


def test_items_are_taken_as_they_are_needed(peer, tmp_path):
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield peer.answer("/a", 200, WAV), tmp_path / f"{number}.wav"

    outcomes = download_many(items(), jobs=2, allow_private=True)
    assert next(outcomes).done is not None
    outcomes.close()
    assert len(taken) < 20


def test_an_item_that_is_used_again_for_the_next_is_taken_as_it_was(peer, tmp_path):
    def items():
        item = ["", ""]
        for number in range(9):
            item[:] = peer.answer(f"/{number}", 200, WAV), tmp_path / f"{number}.wav"
            yield item

    outcomes = list(download_many(items(), allow_private=True))
    assert [outcome.url for outcome in outcomes] == [peer.url(f"/{number}") for number in range(9)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{number}.wav" for number in range(9)]


@pytest.mark.parametrize("jobs", [0, -1])
def test_no_jobs_are_refused(tmp_path, jobs):
    with pytest.raises(RequestError, match="expected 1 or more"):
        next(download_many([("https://10.0.0.1/a", tmp_path / "a.wav")], jobs=jobs))


def test_it_can_be_awaited(peer, tmp_path):
    done = asyncio.run(download_async(peer.answer("/a", 200, WAV), tmp_path / "a.wav", allow_private=True))
    assert done.bytes == len(WAV)
    with pytest.raises(UrlExpiredError):
        asyncio.run(download_async(peer.answer("/b", 404), tmp_path / "b.wav", allow_private=True))


@pytest.mark.parametrize("waits", [False, True], ids=["in a body", "between two goes"])
def test_who_stops_early_does_not_wait_for_what_is_under_way(peer, whole_answer, tmp_path, waits):
    sent, has_begun = [], threading.Event()

    def note():
        sent.append(1)
        has_begun.set()

    body = whole_answer(200, b"RIFF\0\0\0\0WAVE" + bytes(100))
    drip = [part for _ in range(200) for part in (0.05, lambda _: note() or b"xxxx")]
    slowly = [b"HTTP/1.1 200 X\r\nContent-Length: 10000\r\n\r\nRIFF\0\0\0\0WAVE", *drip]
    slow = peer.script("/slow", *([lambda _: note() or whole_answer(503, b"", Retry_After="20")] if waits else slowly))
    outcomes = download_many(
        [(peer.script("/a", body), tmp_path / "a.wav"), (slow, tmp_path / "slow.wav")], jobs=2, allow_private=True
    )
    assert next(outcomes).done is not None
    assert has_begun.wait(30)
    outcomes.close()
    assert len(sent) < (2 if waits else 200)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_program_that_ends_meanwhile_leaves_no_parts(peer, tmp_path):
    """What is left open at the end of the interpreter is ended first: its threads would else vanish in mid-file."""
    head = f"HTTP/1.1 200 X\r\nContent-Length: {len(WAV)}\r\n\r\n".encode()
    slow = peer.script("/slow", head + WAV[:50], *[part for _ in range(200) for part in (0.05, b"xxxx")])
    code = f"""
import time
from pathlib import Path
from clipaudio.download.many import download_many
folder = Path({str(tmp_path)!r})
urls = [{peer.answer("/a", 200, WAV)!r}, {slow!r}]
outcomes = download_many([(url, folder / url[-1]) for url in urls], allow_private=True)
assert next(outcomes).done
while not [*folder.glob(".*.part")]:
    time.sleep(0.001)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("busy", ["with a result", "with the next item"])
def test_a_busy_caller_keeps_no_download_waiting(peer, tmp_path, busy):
    """The second download ends while the caller does something else, which waits for just that."""
    paths = [tmp_path / f"{number}.wav" for number in range(3)]
    urls = [peer.answer(f"/{number}", 200, WAV) for number in range(3)]

    def is_there(path):
        for _ in range(2000):
            if path.exists():
                return True
            time.sleep(0.005)
        return False

    def items():
        yield urls[0], paths[0]
        yield urls[1], paths[1]
        assert busy != "with the next item" or is_there(paths[1])
        yield urls[2], paths[2]

    outcomes = download_many(items(), jobs=2, allow_private=True)
    assert next(outcomes).done is not None
    assert busy != "with a result" or is_there(paths[1])
    assert all(outcome.done for outcome in outcomes)


def test_a_slow_download_keeps_none_of_the_others_waiting(peer, whole_answer, tmp_path):
    last = threading.Event()
    slow = peer.script("/slow", lambda _: last.wait(20) and whole_answer(200, WAV))
    fast = [peer.script(f"/{number}", lambda _: whole_answer(200, WAV)) for number in range(5)]
    peer.script("/5", lambda _: last.set() or whole_answer(200, WAV))
    urls = [slow, *fast, peer.url("/5")]
    items = [(url, tmp_path / f"{number}.wav") for number, url in enumerate(urls)]
    assert all(outcome.done for outcome in download_many(items, jobs=2, allow_private=True))


def test_an_error_of_another_kind_is_raised_in_its_place(peer, tmp_path):
    def progress(_received, _expected):
        if len(peer.requests) > 1:
            raise ZeroDivisionError("in the caller's own code")

    urls = [peer.answer(f"/{number}", 200, WAV) for number in range(3)]
    items = [(url, tmp_path / f"{number}.wav") for number, url in enumerate(urls)]
    outcomes = download_many(items, jobs=1, allow_private=True, progress=progress)
    assert next(outcomes).done is not None
    with pytest.raises(ZeroDivisionError):
        next(outcomes)
    assert [path.name for path in tmp_path.iterdir()] == ["0.wav"]


def test_an_interrupt_ends_all_downloads_at_once(peer, tmp_path):
    def progress(_received, _expected):
        raise KeyboardInterrupt

    items = [(peer.answer(f"/{number}", 200, WAV), tmp_path / f"{number}.wav") for number in range(9)]
    with pytest.raises(KeyboardInterrupt):
        list(download_many(items, jobs=3, allow_private=True, progress=progress))
    assert list(tmp_path.iterdir()) == []
