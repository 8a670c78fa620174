"""Every caller downloads over the same kept connections, and a url that has expired is replaced once."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys

import pytest

import clipaudio
from clipaudio.audio.encode import encode
from clipaudio.batch.clip_spec import ClipSpec
from clipaudio.batch.job import Job, Task
from clipaudio.batch.output_store import Folder
from clipaudio.batch.worker import work
from clipaudio.cli.main import main
from clipaudio.download import Fetcher
from clipaudio.errors import DownloadError, UrlExpiredError
from clipaudio.http.retry import Retry
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.worker import InboxWorker

WAV = encode([0.0] * 1000, 8000)
CLIPS = 20


def by_function(callbacks, folder):
    for callback in callbacks:
        clipaudio.fetch(callback, folder, allow_private=True)


def by_command(callbacks, folder):
    saved = []
    for callback in callbacks:
        saved.append(folder.parent / f"{callback['id']}.json")
        saved[-1].write_text(json.dumps(callback), "utf-8")
    assert main(["fetch", *map(str, saved), "--out", str(folder), "--allow-private"]) == 0


def by_inbox(callbacks, folder):
    inbox = Inbox(folder.parent / "inbox.db")
    for callback in callbacks:
        inbox.add(callback["id"], callback["id"], json.dumps(callback).encode(), project="p")
    worker = InboxWorker(inbox=inbox, folder=folder, allow_private=True)
    while worker.work_once():
        pass
    inbox.close()


def by_batch(callbacks, folder):
    job = Job(place=Folder(str(folder)), is_fetching=True, allow_private=True)
    rows = [ClipSpec(id=callback["id"], audio=callback["url"]) for callback in callbacks]
    kinds = tuple((kind, 1) for kind in job.kinds if kind.name == "audio")
    results = work(job, [Task(row, kinds) for row in rows])
    assert [result.error for result in results] == [None] * CLIPS


@pytest.mark.parametrize("caller", [by_function, by_command, by_inbox, by_batch])
def test_twenty_clips_in_turn_come_over_one_connection(keeping, tmp_path, caller):
    peer = keeping(b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n" % len(WAV) + WAV)
    callbacks = [{"id": f"clip{number}", "url": peer.url} for number in range(CLIPS)]
    caller(callbacks, tmp_path / "out")
    assert len(list((tmp_path / "out").rglob("*.wav"))) == CLIPS
    assert (peer.connections, peer.requests) == (1, CLIPS)


def test_twenty_clips_over_tls_need_one_handshake_and_the_trust_of_the_system(keeping, needs, tmp_path):
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    command = [needs.program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=own", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    peer = keeping(b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n" % len(WAV) + WAV, tls=context)
    code = f"""
import os
os.environ["SSL_CERT_FILE"] = {cert!r}
import clipaudio
for number in range({CLIPS}):
    clipaudio.fetch({{"id": f"clip{{number}}", "url": {peer.url!r}}}, {str(tmp_path / "out")!r}, allow_private=True)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (peer.connections, peer.requests) == (1, CLIPS)


def test_an_expired_url_is_replaced_once(peer, tmp_path):
    dead, alive = peer.answer("/dead", 403), peer.answer("/alive", 200, WAV)
    asked = []

    def refresh():
        asked.append(1)
        return alive

    done = Fetcher(refresh=refresh, allow_private=True).download(dead, tmp_path / "a.wav")
    assert (done.bytes, asked) == (len(WAV), [1])
    peer.answer("/alive", 410)
    with pytest.raises(UrlExpiredError):
        Fetcher(refresh=refresh, allow_private=True).download(dead, tmp_path / "a.wav")
    assert asked == [1, 1]
    assert (tmp_path / "a.wav").read_bytes() == WAV


@pytest.mark.parametrize("refresh", [None, lambda: None])
def test_without_a_fresh_url_the_expired_one_is_told(peer, tmp_path, refresh):
    with pytest.raises(UrlExpiredError):
        Fetcher(refresh=refresh, allow_private=True).download(peer.answer("/dead", 403), tmp_path / "a.wav")
    assert len(peer.requests) == 1


def test_what_is_no_expiry_asks_for_no_fresh_url(peer, tmp_path):
    def refresh():
        raise AssertionError("nobody may be asked")

    fetcher = Fetcher(refresh=refresh, allow_private=True, retry=Retry(attempts=1))
    with pytest.raises(DownloadError):
        fetcher.download(peer.answer("/broken", 500), tmp_path / "a.wav")


def test_fetch_takes_the_times_of_the_clip_it_asked_for_again(peer, tmp_path):
    stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.05], [0.05, 0.1]]}
    fresh = clipaudio.read_callback({"id": "a", "url": peer.answer("/b", 200, WAV), "audio_timestamps": stamps})
    clip = clipaudio.fetch(
        {"id": "a", "url": peer.answer("/a", 403)}, tmp_path, allow_private=True, refresh=lambda: fresh
    )
    assert clip.words.labels == ("Hi",)
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["url"] == fresh.url
