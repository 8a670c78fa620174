"""One clip becomes its outputs: what one of them meets stops no other, and is told with its stage."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.batch.clip_spec import ClipSpec
from clipaudio.batch.job import Conversion, Job, Task
from clipaudio.batch.output_store import Folder
from clipaudio.batch.worker import failed, work

RATE = (Conversion.parse("8000:PCM_16"),)


@pytest.fixture
def make(tmp_path):
    """Return a function that makes outputs of a row and gives their results by kind."""

    def once(row, *exports, audio=None, **more):
        job = Job(place=Folder(str(tmp_path / "out")), exports=exports, allow_private=True, **more)
        results = work(job, [Task(row, tuple((kind, 3) for kind in job.kinds), audio)])
        assert [(one.kind, one.options, one.attempt) for one in results] == [
            (kind.name, kind.options, 3) for kind in job.kinds
        ]
        return {one.kind: one for one in results}

    return once


@pytest.fixture
def row(clips):
    """Return one whole clip."""
    return clips.add("cecad6f9")[0]


def problem(result):
    """Return what a result says that failed."""
    assert (result.status, result.output, result.bytes) == ("error", None, None)
    return result.error.stage, result.error.type, result.error.message


def test_each_output_is_what_its_result_says(make, row, tmp_path):
    found = make(row, "srt", "textgrid", conversions=(*RATE, Conversion.parse("::flac")), is_fetching=True)
    for one in found.values():
        path = tmp_path / "out" / one.output
        assert one.is_ok
        assert path.stat().st_size == one.bytes
    assert found["audio"].output == "ce/cecad6f9.wav"
    assert (tmp_path / "out/ce/cecad6f9.wav").read_bytes() == Path(row.audio).read_bytes()
    assert read_audio(tmp_path / "out/ce/cecad6f9.8000-PCM_16.wav").sample_rate == 8000
    assert found["wav-8000-PCM_16"].duration == pytest.approx(0.3)
    assert "Hi you." in (tmp_path / "out/ce/cecad6f9.srt").read_text()


def test_the_fetched_folder_is_a_source_of_its_own(make, row, tmp_path):
    make(row, is_fetching=True)
    again = ClipSpec(id="cecad6f9", callback=str(tmp_path / "out/ce/cecad6f9.json"))
    kept = (tmp_path / "out").rename(tmp_path / "kept")
    found = make(replace(again, callback=str(kept / "ce/cecad6f9.json"), audio=str(kept / "ce/cecad6f9.wav")), "srt")
    assert found["srt"].is_ok


def test_audio_that_is_not_there_costs_what_needs_it_and_is_a_note_to_what_does_not(make, row):
    found = make(replace(row, audio="gone.wav"), "srt", conversions=RATE, is_fetching=True, language="en")
    for kind in ("audio", "wav-8000-PCM_16"):
        assert problem(found[kind]) == ("read", "FileNotFoundError", "gone.wav: no such audio file")
    assert found["callback"].is_ok
    assert found["srt"].notes == ("made without the audio: gone.wav: no such audio file",)


@pytest.mark.parametrize("damage", [b"<html>Sign in</html>", b"", b"RIFF\x04\0\0\0WAVE"])
def test_damaged_audio_is_told_by_all_that_read_it(make, row, damage):
    Path(row.audio).write_bytes(damage)
    found = make(row, "srt", conversions=RATE)
    assert found["wav-8000-PCM_16"].status == "error"
    assert found["wav-8000-PCM_16"].error.stage == "convert"
    assert found["srt"].status == "error"
    assert row.audio in found["wav-8000-PCM_16"].error.message


def test_audio_of_a_kind_nobody_knows_is_not_kept(make, row, tmp_path):
    Path(row.audio).write_bytes(b"<html>Sign in</html>")
    stage, kind, message = problem(make(row, is_fetching=True)["audio"])
    assert (stage, kind) == ("fetch", "AudioError")
    assert "is no audio of a known format; expected WAV, MP3, Ogg or FLAC" in message
    assert [path.name for path in (tmp_path / "out/ce").iterdir()] == ["cecad6f9.json"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"{", ("read", "SourceError")),
        (b"[]", ("read", "SourceError")),
        (b"\xff", ("read", "SourceError")),
        (b'{"id": "a"}', ("export", "TimestampsMissingError")),
    ],
)
def test_a_callback_that_is_none_costs_what_needs_its_times(make, row, text, fault):
    found = make(replace(row, callback=text), "srt", "vtt", conversions=RATE)
    for name in ("srt", "vtt"):
        assert problem(found[name])[:2] == fault
    assert found["wav-8000-PCM_16"].is_ok


def test_a_callback_that_is_not_there_is_told(make, row):
    stage, kind, message = problem(make(replace(row, callback="gone.json"), "srt")["srt"])
    assert (stage, kind) == ("read", "FileNotFoundError")
    assert "gone.json" in message


def test_a_path_that_no_system_has_is_told_as_any_that_is_not_there(make, row):
    for path in ("a\0.json", "a\ud800.json"):
        assert problem(make(replace(row, callback=path), "srt")["srt"])[:2] == ("read", "FileNotFoundError")


@pytest.mark.parametrize("scheme", ["HTTP:", "Http:"])
def test_the_scheme_of_a_url_is_read_in_any_case(make, row, peer, clip_sound, scheme):
    url = peer.answer("/a.wav", 200, clip_sound("a")).replace("http:", scheme)
    whole = json.loads(Path(row.callback).read_text())
    Path(row.callback).write_text(json.dumps({**whole, "url": url}))
    assert make(replace(row, audio=None), conversions=RATE)["wav-8000-PCM_16"].is_ok


def test_a_callback_without_times_costs_the_exports(make, clips):
    [row] = clips.add("a", audio_timestamps=None)
    found = make(row, "srt", conversions=RATE)
    stage, kind, _ = problem(found["srt"])
    assert (stage, kind) == ("export", "TimestampsMissingError")
    assert found["wav-8000-PCM_16"].is_ok


def test_a_row_with_nothing_but_an_id_says_what_it_lacks(make):
    found = make(ClipSpec(id="a"), "srt", conversions=RATE)
    assert problem(found["srt"]) == ("read", "CallbackError", "a: the row has no callback, so there are no times")
    assert "has no audio: its row names none" in problem(found["wav-8000-PCM_16"])[2]


def test_a_callback_without_url_and_a_row_without_audio_say_so(make, clip_callback):
    row = ClipSpec(id="a", callback=json.dumps(clip_callback("a")).encode())
    found = make(row, "srt", conversions=RATE)
    assert found["srt"].is_ok
    assert "the callback of a has no url, and its row no audio" in problem(found["wav-8000-PCM_16"])[2]


def test_the_url_of_a_callback_names_the_audio_beside_it_and_nothing_elsewhere(make, row):
    assert make(replace(row, audio=None), conversions=RATE)["wav-8000-PCM_16"].is_ok
    whole = json.loads(Path(row.callback).read_text())
    Path(row.callback).write_text(json.dumps({**whole, "url": "../../etc/passwd.wav"}))
    stage, kind, _ = problem(make(replace(row, audio=None), conversions=RATE)["wav-8000-PCM_16"])
    assert (stage, kind) == ("read", "UnsafeAddressError")


def test_audio_behind_a_url_is_asked_for_once_and_only_where_it_is_needed(make, peer, clip_callback, clip_sound):
    url = peer.answer("/a.wav", 200, clip_sound("a"))
    row = ClipSpec(id="a", callback=json.dumps(clip_callback("a", url)).encode())
    assert make(row, "srt", "vtt", language="en")["srt"].notes == ()
    assert peer.requests == []
    found = make(row, "srt", conversions=(*RATE, Conversion.parse("::flac")), is_fetching=True)
    assert all(one.is_ok for one in found.values())
    assert len(peer.requests) == 1


def test_no_bytes_tell_of_a_copy_that_is_gone_tomorrow(make, peer, clip_callback, clip_sound, tmp_path):
    url = peer.answer("/a.wav", 200, clip_sound("a"))
    row = ClipSpec(id="a", callback=json.dumps(clip_callback("a", url)).encode())
    kinds = ("rhubarb", "rhubarb-xml", "papagayo", "eaf")
    first = make(row, *kinds, conversions=RATE)
    assert '"soundFile": "a.wav"' in (tmp_path / "out" / first["rhubarb"].output).read_text()
    assert make(row, *kinds, conversions=RATE) == first
    kept = make(row, *kinds, is_fetching=True)["audio"].output
    assert {name: one.sha256 for name, one in make(row, *kinds, audio=kept).items()} == {
        name: first[name].sha256 for name in kinds
    }


@pytest.mark.parametrize(
    ("url", "is_made"),
    [
        ("https://169.254.169.254/a.wav", True),  # refused for good
        ("http://127.0.0.1:1/a.wav", False),  # nobody listens just now
    ],
)
def test_an_export_waits_for_audio_that_may_come_and_for_no_other(make, clip_callback, url, is_made):
    """What is made without the audio counts as done: it must not be so because of one bad moment."""
    found = make(ClipSpec(id="a", callback=json.dumps(clip_callback("a", url)).encode()), "srt", conversions=RATE)[
        "srt"
    ]
    assert found.is_ok == is_made
    if is_made:
        assert "made without the audio" in found.notes[0]
    else:
        assert problem(found)[:2] == ("fetch", "ConnectionFailedError")


def test_a_url_that_expired_is_told_without_its_signature(make, peer, clip_callback):
    url = peer.answer("/a.wav?X-Amz-Signature=5ec2e7", 403, b"<Error><Code>AccessDenied</Code></Error>")
    found = make(ClipSpec(id="a", callback=json.dumps(clip_callback("a", url)).encode()), "srt", conversions=RATE)
    stage, kind, message = problem(found["wav-8000-PCM_16"])
    assert (stage, kind) == ("fetch", "UrlExpiredError")
    assert "5ec2e7" not in message
    assert "made without the audio" in found["srt"].notes[0]
    assert len(peer.requests) == 1


def test_audio_that_an_earlier_run_fetched_is_read_from_the_place(make, peer, clip_callback, clip_sound):
    url = peer.answer("/a.wav", 200, clip_sound("a"))
    row = ClipSpec(id="a", callback=json.dumps(clip_callback("a", url)).encode())
    kept = make(row, is_fetching=True)["audio"].output
    peer.close()
    assert make(row, "srt", conversions=RATE, audio=kept)["wav-8000-PCM_16"].is_ok


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/x", "été 🎧", "x" * 300, "a\0b", "CON", "..", "\ud800"])
def test_no_id_leads_out_of_the_folder_and_each_is_done(make, clips, tmp_path, name):
    [row] = clips.add(name)
    row = replace(row, callback=Path(row.callback).read_bytes())
    found = make(row, "srt", conversions=RATE, is_fetching=True)
    assert {one.status for one in found.values()} == {"ok"}
    out = tmp_path / "out"
    written = [path for path in tmp_path.rglob("*") if path.is_file() and clips.folder not in path.parents]
    assert len(written) == 4
    assert all(out in path.resolve().parents for path in written)
    assert {one.id for one in found.values()} == {name}


def test_what_a_conversion_met_is_a_note(make, row, clips):
    Path(row.audio).write_bytes(Path(row.audio).read_bytes()[:-100])
    assert any("truncated" in note for note in make(row, conversions=RATE)["wav-8000-PCM_16"].notes)
    import numpy as np

    from clipaudio.audio.encode import encode

    loud = clips.folder / "loud.wav"
    loud.write_bytes(encode(np.full(800, 1.5), 8000, subtype="FLOAT"))
    notes = make(replace(row, audio=str(loud)), conversions=RATE)["wav-8000-PCM_16"].notes
    assert any("samples clipped" in note for note in notes)


def test_a_place_where_no_file_can_stand_is_told_and_nothing_else_is_touched(make, row, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/ce").write_text("a file")
    for one in make(row, "srt", conversions=RATE, is_fetching=True).values():
        stage, kind, _ = problem(one)
        assert kind in {"FileExistsError", "NotADirectoryError"}
        assert stage in {"store", "convert"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ce"]


@pytest.mark.skipif(os.name != "posix", reason="a limit of POSIX")
def test_a_file_that_may_not_grow_leaves_nothing_half_written(row, tmp_path):
    """In a process of its own: no file beyond some bytes, as on a disk that is full."""
    import subprocess
    import sys

    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "from clipaudio.batch.worker import work\n"
        "from clipaudio.batch.job import *; from clipaudio.batch.clip_spec import ClipSpec\n"
        "from clipaudio.batch.output_store import Folder\n"
        "job = Job(place=Folder(sys.argv[1]), exports=('srt',), conversions=(Conversion.parse('8000'),),"
        " is_fetching=True)\n"
        "row = ClipSpec(id='a', callback=sys.argv[2], audio=sys.argv[3])\n"
        "for one in work(job, [Task(row, tuple((kind, 1) for kind in job.kinds))]):\n"
        "    print(one.kind, one.status, one.error and one.error.stage, one.error and one.error.type)\n"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", program, str(tmp_path / "out"), row.callback, row.audio]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout.splitlines()
    assert told[0] == "audio error store OSError"
    assert told[1:3] == ["callback ok None None", "srt ok None None"]
    assert told[3].startswith("wav-8000 error convert ")
    assert sorted(path.name for path in (tmp_path / "out/a").iterdir()) == ["a.json", "a.srt"]


def test_what_went_down_with_its_worker_is_named_by_what_was_met():
    job = Job(place=Folder("out"), exports=("srt", "vtt"))
    rows = [Task(ClipSpec(id=name), tuple((kind, 2) for kind in job.kinds)) for name in "ab"]
    results = failed(rows, "lost", RuntimeError("x" * 900))
    assert [(one.id, one.kind, one.status, one.attempt) for one in results] == [
        (name, kind, "lost", 2) for name in "ab" for kind in ("srt", "vtt")
    ]
    assert results[0].error.stage == "worker"
    assert len(results[0].error.message) == 500


def test_scratch_folders_are_gone_when_a_clip_is_done(make, peer, clip_callback, clip_sound, tmp_path, monkeypatch):
    url = peer.answer("/a.wav", 200, clip_sound("a"))
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    make(ClipSpec(id="a", callback=json.dumps(clip_callback("a", url)).encode()), conversions=RATE)
    assert any((tmp_path / "out").iterdir())
    assert not any((tmp_path / "scratch").iterdir())


@pytest.mark.skipif(os.name != "posix", reason="Windows lets few users make links")
def test_links_in_place_of_outputs_are_replaced(make, row, tmp_path):
    """The names are made of ids, which come from outside; the folder itself is the user's choice."""
    (tmp_path / "real" / "ce").mkdir(parents=True)
    (tmp_path / "out").symlink_to("real")
    victims = [tmp_path / f"victim{number}" for number in range(4)]
    names = ["cecad6f9.wav", "cecad6f9.json", "cecad6f9.srt", "cecad6f9.8000-PCM_16.wav"]
    for victim, name in zip(victims, names, strict=True):
        victim.write_bytes(b"precious")
        (tmp_path / "real" / "ce" / name).symlink_to(victim)
    (tmp_path / "real" / "ce" / "cecad6f9.vtt").symlink_to(tmp_path / "nowhere")
    found = make(row, "srt", "vtt", conversions=RATE, is_fetching=True)
    assert all(one.is_ok for one in found.values())
    assert {victim.read_bytes() for victim in victims} == {b"precious"}
    assert not (tmp_path / "nowhere").exists()
    assert not any(path.is_symlink() for path in (tmp_path / "real" / "ce").iterdir())


@pytest.mark.skipif(os.name != "posix", reason="Windows lets few users make links")
def test_link_in_place_of_a_folder_of_outputs_is_not_followed(make, row, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "ce").symlink_to(tmp_path / "elsewhere")
    stage, kind, message = problem(make(row, "srt")["srt"])
    assert (stage, kind) == ("store", "OSError")
    assert message.endswith("is a symbolic link, and outputs are not written through links; remove it")
    assert not list((tmp_path / "elsewhere").iterdir())
    assert make(row, "srt", is_flat=True)["srt"].is_ok


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_callback_holds_a_url_and_is_for_its_owner_only(make, row, tmp_path):
    mask = os.umask(0o022)
    try:
        make(row, is_fetching=True)
    finally:
        os.umask(mask)
    assert (tmp_path / "out/ce/cecad6f9.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "out/ce/cecad6f9.wav").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("kind", ["rhubarb", "rhubarb-xml", "papagayo"])
def test_a_batch_names_the_audio_as_export_does(make, row, tmp_path, kind):
    relative = os.path.relpath(row.audio)
    made = make(replace(row, audio=relative), kind)[kind]
    written = (tmp_path / "out" / made.output).read_text("utf-8")
    assert row.audio in written
    assert clipaudio.open_clip(row.callback, audio=relative).dumps(kind) == written
