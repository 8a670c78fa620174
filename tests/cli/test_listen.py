"""`clipaudio listen` as a process: what it confirms, refreshes, forwards, prints and logs."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading

import pytest

from clipaudio.emulator import Faults, running
from clipaudio.errors import ConnectionFailedError
from clipaudio.receive.inbox import Inbox
from clipaudio.resemble.client import Client


@pytest.fixture(scope="module")
def emulator():
    with running(engine="tone", key="K3Y") as one:
        yield one


@pytest.fixture
def service(emulator):
    emulator.faults = Faults()
    return emulator


@pytest.fixture
def spoken(service):
    """Return the id of a clip that was spoken, and the callback it would have had."""
    clip = service.add_clip("p")
    client = Client("K3Y", base_url=service.base_url)
    told = client.update_and_wait(
        "p", clip, poll=0.05, callback_uri="http://127.0.0.1:9/x", body="Hello there.", voice_uuid="v"
    )
    payload = {"id": clip, "project_id": "p", "url": told.url}
    stamps = {"graph_chars": list("Hi."), "graph_times": [[0.0, 0.1], [0.1, 0.2], [0.2, 0.3]]}
    return clip, payload | {"audio_timestamps": stamps, "issues": []}


@contextlib.contextmanager
def target(*statuses):
    """Run a server that answers these statuses, then 204; give its url and what it got."""
    got, left = [], list(statuses)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), body))
            self.send_response(left.pop(0) if left else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/mine?token=s3cret", got
        server.shutdown()
        thread.join()


def listen(service, out, *words):
    """Work through an inbox in a process of its own."""
    command = [sys.executable, "-m", "clipaudio", "listen", "--out", str(out), "--once", "--allow-private"]
    return subprocess.run(
        [*command, "--base-url", service.base_url, *map(str, words)],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"RESEMBLE_API_KEY": "K3Y"},
        timeout=60,
    )


def saved(folder, payload):
    file = folder / "saved.json"
    file.write_text(json.dumps(payload), "utf-8")
    return file


def test_a_saved_callback_is_done_as_if_it_came(service, spoken, tmp_path):
    clip, payload = spoken
    done = listen(service, tmp_path / "out", "--replay", saved(tmp_path, payload), "--export", "txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / f"{clip}.txt").read_text("utf-8").strip() == "Hi."


def test_a_language_nothing_is_known_of_is_told_once(service, spoken, tmp_path):
    done = listen(
        service, tmp_path / "out", "--replay", saved(tmp_path, spoken[1]), "--export", "srt", "--language", "xx"
    )
    assert done.returncode == 0
    assert done.stderr.startswith("clipaudio listen: no words of 'xx' are known")
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_no_callback_is_not_replayed(service, tmp_path):
    done = listen(service, tmp_path / "out", "--replay", saved(tmp_path, {"url": "https://example.com/a.wav"}))
    assert done.returncode == 1
    assert "has no id" in done.stderr


def test_with_confirm_only_what_the_service_says_counts(service, spoken, tmp_path):
    """The callback lies about its url and its times."""
    clip, payload = spoken
    lie = saved(tmp_path, payload | {"url": "http://127.0.0.1:9/of-a-stranger.wav"})
    done = listen(service, tmp_path / "out", "--replay", lie, "--export", "txt", "--confirm")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / f"{clip}.txt").read_text("utf-8").strip() == "Hello there."


@pytest.mark.parametrize("changed", [{"id": "00000000"}, {"project_id": "other"}])
def test_a_clip_the_service_does_not_know_is_not_touched(service, spoken, tmp_path, changed):
    _, payload = spoken
    done = listen(service, tmp_path / "out", "--replay", saved(tmp_path, payload | changed), "--confirm")
    assert done.returncode == 1
    assert "it did not send this callback" in done.stderr
    assert [path.name for path in (tmp_path / "out").iterdir() if "inbox" not in path.name] == []


def test_a_callback_of_no_project_cannot_be_confirmed(service, spoken, tmp_path):
    _, payload = spoken
    done = listen(service, tmp_path / "out", "--replay", saved(tmp_path, payload | {"project_id": None}), "--confirm")
    assert done.returncode == 1
    assert "has no project" in done.stderr


def test_with_refresh_a_dead_url_is_asked_for_anew(service, spoken, tmp_path):
    clip, payload = spoken
    service.faults = Faults(audio_expired=True, audio_times=1)
    done = listen(service, tmp_path / "out", "--replay", saved(tmp_path, payload), "--refresh")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / f"{clip}.wav").stat().st_size > 44


def test_a_callback_is_posted_on_as_it_came(service, spoken, tmp_path):
    clip, payload = spoken
    file, log = saved(tmp_path, payload), tmp_path / "log"
    with target() as (url, got):
        words = ["--forward-to", url, "--export", "srt", "--log", log, "--print-json"]
        done = listen(service, tmp_path / "out", "--replay", file, *words)
    assert done.returncode == 0
    ((path, headers, body),) = got
    assert (path, body) == ("/mine?token=s3cret", file.read_bytes())
    assert (headers["Clipaudio-Clip"], headers["Clipaudio-Callback"]) == (clip, "1")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [payload]
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [(row["event"], row["number"], row["clip"]) for row in rows] == [
        ("downloaded", 1, clip),
        ("exported", 1, clip),
        ("forwarded", 1, clip),
    ]
    assert "answered 204" in rows[2]["message"]
    assert "s3cret" not in done.stderr + log.read_text("utf-8")


def test_a_callback_whose_audio_cannot_be_had_is_posted_on_too(service, spoken, tmp_path):
    _, payload = spoken
    file = saved(tmp_path, payload | {"url": None})
    with target() as (url, got):
        done = listen(service, tmp_path / "out", "--replay", file, "--forward-to", url, "--json")
    assert done.returncode == 1
    assert [json.loads(line)["step"] for line in done.stdout.splitlines()] == ["failed", "forwarded"]
    assert [body for _, _, body in got] == [file.read_bytes()]


def test_with_confirm_nothing_is_posted_on_that_the_service_does_not_know(service, spoken, tmp_path):
    _, payload = spoken
    file = saved(tmp_path, payload | {"id": "00000000"})
    with target() as (url, got):
        assert listen(service, tmp_path / "out", "--replay", file, "--forward-to", url, "--confirm").returncode == 1
        assert listen(service, tmp_path / "out", "--forward-to", url).returncode == 0
    assert got == []


def test_with_confirm_what_the_service_says_is_handed_on(service, spoken, tmp_path):
    """Two forged callbacks of a true clip: nothing but their id is handed on, also of the one that is superseded."""
    clip, payload = spoken
    out = tmp_path / "out"
    lie = payload | {"url": "http://127.0.0.1:9/F0RGED.wav", "issues": ["F0RGED"], "note": "F0RGED"}
    words = ["--replay", saved(tmp_path, lie)]
    (tmp_path / "b").mkdir()
    words += ["--replay", saved(tmp_path / "b", lie | {"issues": ["F0RGED too"]})]
    with target() as (url, got):
        done = listen(service, out, *words, "--forward-to", url, "--print-json", "--confirm", "--export", "txt")
    assert done.returncode == 0
    handed = [json.loads(body) for _, _, body in got]
    assert [json.loads(line) for line in done.stdout.splitlines()] == handed
    assert len(handed) == 2
    for one in handed:
        assert (one["id"], one["project_id"], one["issues"]) == (clip, "p", [])
        assert one["url"].startswith(service.base_url.removesuffix("/api/v2"))
        assert "".join(one["audio_timestamps"]["graph_chars"]) == "Hello there."
    assert "F0RGED" not in done.stdout + done.stderr + str(got)
    assert [path.name for path in out.iterdir() if b"F0RGED" in path.read_bytes()] == ["inbox.db"]


def test_printing_resumes_after_a_process_that_was_killed(capsys):
    from clipaudio.cli.callback_forwarder import make_forward
    from clipaudio.receive.inbox import InboxEntry

    entry = InboxEntry(1, "a", "p", b'{"id": "a"}', 0.0, "received", 0, 0.0, "", "due", 2)
    assert make_forward(None, is_printing=True)(entry) == ""
    assert capsys.readouterr().out == '{"id": "a"}\n'


def test_once_reports_what_is_left_and_ends_with_1(service, spoken, tmp_path):
    clip, payload = spoken
    out = tmp_path / "out"
    service.faults = Faults(audio_truncated=True)
    done = listen(service, out, "--replay", saved(tmp_path, payload))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "clipaudio listen: 1 callback is left, 1 to be tried again later; run the command again"
    )
    service.faults = Faults()
    inbox = Inbox(out / "inbox.db")
    inbox.replay(1)
    assert inbox.claim("received").clip == clip
    done = listen(service, out)
    assert (done.returncode, done.stderr) == (
        1,
        "clipaudio listen: 1 callback is left, 1 held by another process; run the command again\n",
    )
    inbox.release()
    inbox.close()
    assert listen(service, out).returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_log_is_for_its_owner_only_and_a_chosen_mode_stays(service, spoken, tmp_path):
    file, log = saved(tmp_path, spoken[1]), tmp_path / "log"
    listen(service, tmp_path / "out", "--replay", file, "--log", log)
    assert log.stat().st_mode & 0o777 == 0o600
    log.chmod(0o640)
    listen(service, tmp_path / "out", "--replay", file, "--log", log)
    assert log.stat().st_mode & 0o777 == 0o640
    assert log.read_text("utf-8").count('"downloaded"') == 2


def test_whatever_was_taken_is_printed_whole(service, tmp_path):
    file = tmp_path / "saved.json"
    file.write_bytes('{"id": "a", "issues": ["tab\tand é"]}'.encode("utf-16"))
    done = listen(service, tmp_path / "out", "--replay", file, "--print-json")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"id": "a", "issues": ["tab\tand é"]}]


def test_a_target_that_refuses_is_tried_again_later(service, spoken, tmp_path):
    clip, payload = spoken
    out = tmp_path / "out"
    with target(500) as (url, got):
        done = listen(service, out, "--replay", saved(tmp_path, payload), "--forward-to", url)
        assert "answered 500" in done.stderr
        assert "s3cret" not in done.stderr
        inbox = Inbox(out / "inbox.db")
        with inbox._file.changing() as database:
            database.execute("UPDATE callbacks SET forward_at = 0")
        inbox.close()
        assert "forwarded" in listen(service, out, "--forward-to", url).stdout
    assert len(got) == 2
    assert (out / f"{clip}.wav").exists()


def test_an_address_that_is_none_is_a_fault_of_usage(service, tmp_path):
    assert listen(service, tmp_path, "--forward-to", "ftp://example.com/x").returncode == 2


def test_an_error_of_the_target_holds_no_secret(spoken):
    from clipaudio.cli.callback_forwarder import forwarder
    from clipaudio.receive.inbox import InboxEntry

    clip, payload = spoken
    entry = InboxEntry(1, clip, "p", json.dumps(payload).encode(), 0.0, "downloaded", 1, 0.0, "")
    with pytest.raises(ConnectionFailedError, match=r"127\.0\.0\.1") as caught:
        forwarder("http://127.0.0.1:9/s3cret?s3cret")(entry)
    assert "s3cret" not in str(caught.value)


def test_a_callback_is_printed_once_however_often_it_is_handed_on(capsys):
    from clipaudio.cli.callback_forwarder import make_forward
    from clipaudio.receive.inbox import InboxEntry

    forward = make_forward(None, is_printing=True)
    for attempt in (1, 2, 3):
        entry = InboxEntry(1, "a", "p", b'{"id": "a"}', 0.0, "received", 0, 0.0, "", "due", attempt)
        assert forward(entry) == ""
    assert capsys.readouterr().out == '{"id": "a"}\n'
    assert make_forward(None, is_printing=False) is None


def test_log_that_cannot_be_written_stops_nothing(service, spoken, tmp_path):
    clip, payload = spoken
    log = tmp_path / "folder"
    log.mkdir()
    done = listen(service, tmp_path / "out", "--replay", saved(tmp_path, payload), "--export", "txt", "--log", log)
    assert done.returncode == 0
    assert (tmp_path / "out" / f"{clip}.txt").exists()
    assert done.stderr.count("the work goes on without this log") == 1


@pytest.mark.skipif(os.name != "posix", reason="the shell of POSIX closes and pipes descriptors")
@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-", "| true", "2>&1 | true"])
def test_closed_streams_stop_nothing(spoken, tmp_path, streams):
    clip, payload = spoken
    out, file = tmp_path / "out", saved(tmp_path, payload)
    words = f"listen --out {out} --once --allow-private --replay {file} --export txt --language xx"
    subprocess.run(["sh", "-c", f"'{sys.executable}' -m clipaudio {words} {streams}"], check=False, timeout=60)
    assert (out / f"{clip}.txt").exists()
