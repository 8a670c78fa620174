"""Callbacks become files: through faults, restarts and several workers, and `clipaudio listen` does it all."""

from __future__ import annotations

import json
import os
import threading
import time

import pytest

from clipaudio.cli import listen, update
from clipaudio.cli.main import main, make_parser
from clipaudio.emulator import Faults, running
from clipaudio.errors import ExportError
from clipaudio.receive.inbox import Inbox
from clipaudio.receive.receiver import Receiver
from clipaudio.receive.worker import InboxWorker
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.client import Client

FIELDS = {"body": "Hello there.", "voice_uuid": "v"}


@pytest.fixture
def service():
    with running(engine="tone") as emulator:
        yield emulator


def spoken(service, text="Hello there.", clip=None):
    """Let the service speak a clip nobody listens for; give its id and what its callback would have been."""
    clip = clip or service.add_clip("p")
    client = Client("key", base_url=service.base_url)
    callback = client.update_and_wait(
        "p", clip, poll=0.05, callback_uri="http://127.0.0.1:9/x", body=text, voice_uuid="v"
    )
    return clip, callback


def add(inbox, clip, callback, secret="s"):
    return inbox.add(secret, clip, callback.to_json(), project="p")


def intake(inbox, tmp_path, **options):
    told = []
    work = InboxWorker(inbox=inbox, folder=tmp_path / "clips", allow_private=True, tell=told.append, **options)
    return work, told


def finish(work):
    while work.work_once():
        pass


def test_a_callback_becomes_audio_and_captions(service, inbox, tmp_path):
    clip, callback = spoken(service)
    add(inbox, clip, callback)
    work, told = intake(inbox, tmp_path, formats=["srt", "textgrid"], options={"profile": "bbc"})
    finish(work)
    names = sorted(path.name for path in (tmp_path / "clips").iterdir())
    assert names == sorted(f"{clip}{end}" for end in (".json", ".wav", ".srt", ".TextGrid"))
    assert [progress.step for progress in told] == ["downloaded", "exported"]
    assert inbox.get(1).state == "exported"
    assert told[1].to_dict()["files"] == [str(tmp_path / "clips" / f"{clip}{end}") for end in (".srt", ".TextGrid")]


def test_what_passes_is_tried_again_later(service, inbox, clock, tmp_path):
    clip, callback = spoken(service)
    add(inbox, clip, callback)
    service.faults = Faults(audio_truncated=True)
    work, told = intake(inbox, tmp_path)
    finish(work)
    assert [progress.step for progress in told] == ["postponed"]
    assert not list((tmp_path / "clips").glob("*.wav"))
    service.faults = Faults()
    finish(work)
    assert len(told) == 1  # not due yet
    clock.now += 3600
    finish(work)
    assert told[-1].step == "downloaded"
    assert inbox.get(1).state == "exported"


def test_what_never_passes_fails_and_can_be_replayed(service, inbox, clock, tmp_path):
    clip, callback = spoken(service)
    add(inbox, clip, callback)
    service.faults = Faults(audio_truncated=True)
    work, told = intake(inbox, tmp_path, attempts=3)
    for _ in range(5):
        finish(work)
        clock.now += 3600
    assert [progress.step for progress in told] == ["postponed", "postponed", "failed"]
    assert "bytes" in inbox.get(1).note
    service.faults = Faults()
    inbox.replay(1)
    finish(work)
    assert inbox.get(1).state == "exported"


def test_a_dead_url_is_asked_for_anew_once(service, inbox, tmp_path):
    clip, callback = spoken(service)
    add(inbox, clip, callback)
    client = Client("key", base_url=service.base_url)

    def refresh(project, clip):
        asked.append((project, clip))
        service.faults = Faults()
        return read_callback(client.get_clip(project, clip).raw)

    asked = []
    service.faults = Faults(audio_expired=True)
    work, told = intake(inbox, tmp_path, refresh=refresh)
    finish(work)
    assert asked == [("p", clip)]
    assert told[-1].step == "downloaded"


def test_a_dead_url_without_anyone_to_ask_has_failed(service, inbox, tmp_path):
    clip, callback = spoken(service)
    add(inbox, clip, callback)
    service.faults = Faults(audio_expired=True)
    work, told = intake(inbox, tmp_path)
    finish(work)
    assert told[-1].step == "failed"
    assert "signed to live until" in told[-1].message


def test_only_the_newest_callback_of_a_clip_counts(service, inbox, tmp_path):
    clip, first = spoken(service, "First.")
    _, second = spoken(service, "Second.", clip)
    add(inbox, clip, first)
    add(inbox, clip, second)
    work, told = intake(inbox, tmp_path, formats=["txt"])
    finish(work)
    assert [progress.step for progress in told] == ["superseded", "downloaded", "exported"]
    assert "Second." in (tmp_path / "clips" / f"{clip}.txt").read_text("utf-8")


def test_callbacks_out_of_order_end_in_what_the_service_has_where_it_is_asked(service, inbox, tmp_path):
    """The callback of the first update comes last, and nothing in it says so."""
    clip, first = spoken(service, "One.")
    _, second = spoken(service, "Two, and more.", clip)
    add(inbox, clip, second, "s2")
    add(inbox, clip, first, "s1")
    client = Client("key", base_url=service.base_url)
    work, told = intake(
        inbox, tmp_path, formats=["txt"], confirm=True, refresh=lambda *ids: read_callback(client.get_clip(*ids).raw)
    )
    finish(work)
    assert [(step.number, step.step) for step in told] == [(1, "superseded"), (2, "downloaded"), (2, "exported")]
    assert (tmp_path / "clips" / f"{clip}.txt").read_text("utf-8").strip() == "Two, and more."


def test_times_are_those_of_the_audio_that_came_last(service, inbox, tmp_path):
    """A clip that was a WAV and is an MP3 now leaves both files."""
    clip, callback = spoken(service)
    (tmp_path / "clips").mkdir()
    old = tmp_path / "clips" / f"{clip}.ogg"
    old.write_bytes(b"of an earlier update, and no audio any more")
    stale = tmp_path / "clips" / f"{clip}.wav"
    add(inbox, clip, callback)
    work, told = intake(inbox, tmp_path, formats=["srt"])
    assert work.work_once()
    stale.rename(tmp_path / "clips" / f"{clip}.mp3")  # the bytes decide what it is
    stale.write_bytes(b"an earlier update too")
    os.utime(stale, (1, 1))
    os.utime(old, (1, 1))
    finish(work)
    assert [progress.step for progress in told] == ["downloaded", "exported"]


def test_nobody_works_on_a_clip_twice_at_once(inbox):
    inbox.add("s", "a", b"1")
    inbox.add("s", "a", b"2")
    inbox.add("s", "b", b"3")
    assert inbox.claim("received").body == b"1"
    assert inbox.claim("received").body == b"3"
    assert inbox.claim("received") is None


def test_a_format_nobody_knows_is_told_before_anything_is_done(inbox, tmp_path):
    with pytest.raises(ExportError, match="no format 'docx'"):
        intake(inbox, tmp_path, formats=["docx"])


def parsed(*words):
    return make_parser().parse_args([*map(str, words)])


def until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "nothing came within half a minute"
        time.sleep(0.02)


def test_listen_walks_the_road_from_update_to_captions(service, tmp_path, capfd):
    clip = service.add_clip("p")
    out, stop = tmp_path / "out", threading.Event()
    options = parsed(
        "listen", "--out", out, "--port", 0, "--export", "srt,vtt", "--allow-private", "--json", "--expect", f"p/{clip}"
    )
    codes = []
    thread = threading.Thread(target=lambda: codes.append(listen.run(options, stop=stop)))
    thread.start()
    lines = []

    def next_line():
        lines.extend(capfd.readouterr().out.splitlines())
        return lines

    until(next_line)
    uri = json.loads(lines.pop(0))["callback_uri"]
    Client("key", base_url=service.base_url).update_clip("p", clip, callback_uri=uri, **FIELDS)
    until((out / f"{clip}.vtt").exists)
    stop.set()
    thread.join(30)
    assert codes == [0]
    assert "Hello there." in (out / f"{clip}.srt").read_text("utf-8")
    steps = [json.loads(line)["step"] for line in next_line()]
    assert steps == ["downloaded", "exported"]


def test_what_came_before_is_done_by_the_next_run(service, tmp_path, capsys):
    clip, callback = spoken(service)
    inbox = Inbox(tmp_path / "inbox.db")
    receiver = Receiver(inbox=inbox)
    path = receiver.expect("p", clip)
    assert receiver.handle("POST", path, {}, callback.to_json())[0] == 200
    inbox.close()
    words = [
        "listen",
        "--out",
        str(tmp_path / "out"),
        "--inbox",
        str(tmp_path / "inbox.db"),
        "--once",
        "--allow-private",
    ]
    assert main([*words, "--export", "srt"]) == 0
    assert (tmp_path / "out" / f"{clip}.srt").exists()
    (tmp_path / "out" / f"{clip}.srt").unlink()
    assert main([*words, "--export", "srt", "--replay", "1"]) == 0
    assert (tmp_path / "out" / f"{clip}.srt").exists()
    assert capsys.readouterr().out.count("exported\t") == 2


def test_listen_tells_what_makes_no_sense(tmp_path, capsys):
    assert main(["listen", "--out", str(tmp_path), "--export", "docx"]) == 2
    assert main(["listen", "--out", str(tmp_path), "--export", "srt", "--profile", "imax"]) == 2
    assert "no profile 'imax'" in capsys.readouterr().err


def test_update_makes_the_uri_of_an_inbox(service, tmp_path, capsys):
    clip = service.add_clip("p")
    words = ["update", "p", clip, "--body", "Hi.", "--voice", "v", "--base-url", service.base_url]
    words += ["--inbox", str(tmp_path / "inbox.db")]

    def ask(*more):
        return update.run(parsed(*words, *more), environ={"RESEMBLE_API_KEY": "key"})

    assert ask() == 2
    assert ask("--public-url", "http://127.0.0.1:9", "--dry-run") == 0
    assert "/callbacks/…" in capsys.readouterr().out
    assert ask("--public-url", "http://127.0.0.1:9/") == 0
    made = Inbox(tmp_path / "inbox.db")
    with made._file.reading() as database:
        assert database.execute("SELECT project, clip FROM expected").fetchall() == [("p", clip)]
    made.close()


def test_each_callback_is_handed_on_whatever_becomes_of_its_audio(service, tmp_path, clock):
    """One without a url, one that a newer one replaces, and one that is sound."""
    inbox = Inbox(tmp_path / "inbox.db", clock=clock, forwards=True)
    clip, callback = spoken(service)
    inbox.add("s", "none", b'{"id": "none", "url": null}', project="p")
    add(inbox, clip, callback, "first")
    add(inbox, clip, callback, "second")
    handed = []
    work, told = intake(inbox, tmp_path, forward=lambda entry: handed.append(entry.body) or "taken")
    finish(work)
    assert handed == [b'{"id": "none", "url": null}', callback.raw, callback.raw]
    steps = [(step.number, step.step, step.message) for step in told if step.step.startswith("forward")]
    assert steps == [(number, "forwarded", "taken") for number in (1, 2, 3)]
    assert inbox.counts() == {"received": 0, "downloaded": 0, "exported": 2, "failed": 1}
    inbox.close()


def test_a_taker_that_fails_is_asked_again_by_the_next_run_and_at_last_given_up(tmp_path, clock):
    tries = []

    def refuse(entry):
        tries.append(entry.forward_attempts)
        raise OSError("nobody there")

    told = []
    for _ in range(4):  # each a run of its own
        inbox = Inbox(tmp_path / "inbox.db", clock=clock, forwards=True)
        inbox.add("s", "none", b'{"id": "none", "url": null}', project="p")
        work, news = intake(inbox, tmp_path, forward=refuse, attempts=3)
        finish(work)
        told += [one.step for one in news]
        clock.now += 3600
        inbox.close()
    assert tries == [1, 2, 3]
    assert told == ["failed", "forward postponed", "forward postponed", "forward failed"]


def test_a_taker_that_is_slow_keeps_no_audio_waiting(service, tmp_path):
    inbox = Inbox(tmp_path / "inbox.db", forwards=True)
    clip, callback = spoken(service)
    add(inbox, clip, callback)
    stop, downloaded, handing = threading.Event(), threading.Event(), threading.Event()

    def hang(_entry):
        handing.set()
        assert downloaded.wait(20)
        return "at last"

    work, told = intake(inbox, tmp_path, forward=hang)
    work.tell = lambda step: (told.append(step.step), downloaded.set() if step.step == "downloaded" else None)
    running_ = threading.Thread(target=work.run, args=(stop,), kwargs={"workers": 1})
    running_.start()
    assert handing.wait(20)
    assert downloaded.wait(20)
    stop.set()
    running_.join()
    assert told == ["downloaded", "forwarded"]
    inbox.close()


def audio_of(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_clip_of_another_project_does_not_replace_files(service, inbox, tmp_path):
    clip, callback = spoken(service)
    other, forged = spoken(service, "Something much longer than the first one.")
    add(inbox, clip, callback)
    work, _ = intake(inbox, tmp_path, formats=["txt"])
    finish(work)
    before = audio_of(tmp_path / "clips")
    body = json.dumps(json.loads(forged.to_json()) | {"id": clip, "project_id": "p2"}).encode()
    inbox.add("s2", clip, body, project="p2")
    finish(work)
    after = audio_of(tmp_path / "clips")
    assert other != clip
    assert {name: after[name] for name in before} == before
    assert len(after) == 2 * len(before)
    assert inbox.counts()["exported"] == 2


def test_project_that_expects_a_clip_by_name_keeps_its_file_names(inbox):
    inbox.expect("s1", "p1", "c1", lifetime=60)
    inbox.add("s2", "c1", b"2", project="p2")
    inbox.add("s1", "c1", b"1", project="p1")
    assert inbox.name_files(inbox.get(2)) == "c1"
    of_other = inbox.name_files(inbox.get(1))
    assert of_other.startswith("c1-")
    inbox.add("s3", of_other, b"3", project="p1")  # an id that is the name of the other's files
    assert inbox.name_files(inbox.get(3)) not in {"c1", of_other}
    assert inbox.name_files(inbox.get(1)) == of_other


def test_with_confirm_a_clip_without_times_gets_none_of_what_came(service, inbox, tmp_path):
    clip, callback = spoken(service, "Forged words.")
    add(inbox, clip, callback)
    fresh = read_callback({"id": clip, "project_id": "p", "url": callback.url})
    work, _ = intake(inbox, tmp_path, formats=["txt", "srt"], confirm=True, refresh=lambda *_: fresh)
    finish(work)
    files = audio_of(tmp_path / "clips")
    assert f"{clip}.wav" in files
    assert not [name for name, data in files.items() if b"Forged" in data or b"graph" in data]


@pytest.mark.skipif(os.name != "posix", reason="links need a right of their own on Windows")
def test_links_under_the_names_of_a_clip_are_replaced(service, inbox, tmp_path):
    clip, callback = spoken(service)
    add(inbox, clip, callback)
    folder, away = tmp_path / "clips", tmp_path / "away"
    away.mkdir()
    (tmp_path / "real").mkdir()
    folder.symlink_to(tmp_path / "real")  # the folder itself may be a link
    for suffix in ("json", "wav", "srt", "ogg"):
        (away / suffix).write_bytes(b"precious")
        (folder / f"{clip}.{suffix}").symlink_to(away / suffix)
    work, told = intake(inbox, tmp_path, formats=["srt"])
    finish(work)
    assert [step.step for step in told] == ["downloaded", "exported"]
    assert {file.read_bytes() for file in away.iterdir()} == {b"precious"}
    assert not any((folder / f"{clip}.{suffix}").is_symlink() for suffix in ("json", "wav", "srt"))
    assert (folder / f"{clip}.json").stat().st_mode & 0o777 == 0o600
