"""``clipaudio fetch`` as people type it."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clipaudio.cli.main import make_parser

WAV = (
    b"RIFF"
    + struct.pack("<I", 36)
    + b"WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, 22050, 44100, 2, 16)
    + b"data\0\0\0\0"
)
OGG = b"OggS" + bytes(60)
FILES = {"/a.wav": WAV, "/b.wav": OGG, "/page.wav": b"<html>Sign in</html>"}


class Storage(BaseHTTPRequestHandler):
    """Serve FILES; everything else has expired."""

    def do_GET(self):
        self.server.seen.append(self.path)
        body = FILES.get(self.path.partition("?")[0])
        self.send_response(200 if body is not None else 403)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


@pytest.fixture
def storage():
    """Yield the storage: its `seen` lists the paths asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Storage) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def saved(storage, tmp_path):
    """Return a function that saves a callback whose url leads to the storage."""

    def save(clip, path, **fields):
        url = f"http://127.0.0.1:{storage.server_address[1]}{path}" if path.startswith("/") else path
        file = tmp_path / f"callback-{clip}.json"
        file.write_text(json.dumps({"id": clip, "project_id": "p1", "url": url, **fields}, indent=1))
        return file

    return save


@pytest.fixture
def call(tmp_path):
    """Return a function that runs the command into the folder ``out``."""

    def run(*arguments, private=True):
        allowed = ["--allow-private"] if private else []
        options = make_parser().parse_args(["fetch", *map(str, arguments), "--out", str(tmp_path / "out"), *allowed])
        return options.run(options)

    return run


def test_audio_and_json_lie_side_by_side_named_after_the_id(call, saved, tmp_path, capsys):
    one, other = saved("c1", "/a.wav?sig=SECRET"), saved("c2", "/b.wav")
    assert call(one, other) == 0
    out = tmp_path / "out"
    assert (out / "c1.wav").read_bytes() == WAV
    assert (out / "c2.ogg").read_bytes() == OGG
    assert (out / "c1.json").read_bytes() == one.read_bytes()
    assert sorted(path.name for path in out.iterdir()) == ["c1.json", "c1.wav", "c2.json", "c2.ogg"]
    assert capsys.readouterr() == (f"fetched\tc1\t{out / 'c1.wav'}\nfetched\tc2\t{out / 'c2.ogg'}\n", "")


def test_one_bad_clip_does_not_stop_the_others(call, saved, tmp_path, capsys):
    bad = [saved("gone", "/gone.wav?sig=SECRET"), saved("page", "/page.wav"), saved("none", "/a.wav", url=None)]
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    missing = tmp_path / "missing.json"
    anonymous = tmp_path / "anonymous.json"
    anonymous.write_text('{"url": "https://example.com/a.wav", "issues": ["no voice"]}')
    good = saved("good", "/a.wav")
    assert call(*bad, broken, missing, anonymous, good, "--json") == 1
    out, err = capsys.readouterr()
    outcomes = {one["source"]: one for one in map(json.loads, out.splitlines())}
    assert [one["status"] for one in outcomes.values()] == ["failed"] * 6 + ["fetched"]
    assert "ask for the clip again" in outcomes[str(bad[0])]["error"]
    assert "HTML or XML instead of audio" in outcomes[str(bad[1])]["error"]
    assert "has no url" in outcomes[str(bad[2])]["error"]
    assert "has no id, so there is nothing to fetch; its issues: no voice" in outcomes[str(anonymous)]["error"]
    assert outcomes[str(good)]["sha256"] == hashlib.sha256(WAV).hexdigest()
    assert err.count("clipaudio fetch: ") == 6
    assert "SECRET" not in out + err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["good.json", "good.wav"]


def test_what_is_there_is_kept_unless_told(call, saved, storage, tmp_path, capsys):
    callback = saved("c1", "/a.wav")
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "c1.mp3"
    old.write_bytes(b"old")
    assert call(callback) == 1
    assert "c1.mp3 exists; pass --overwrite or --skip-existing" in capsys.readouterr().err
    assert call(callback, "--skip-existing") == 0
    assert capsys.readouterr().out == f"skipped\tc1\t{old}\n"
    assert (old.read_bytes(), storage.seen) == (b"old", [])
    assert call(callback, "--overwrite") == 0
    assert sorted(path.name for path in old.parent.iterdir()) == ["c1.json", "c1.wav"]
    assert call(callback, "--overwrite") == 0
    assert (tmp_path / "out" / "c1.wav").read_bytes() == WAV


def test_an_overwrite_that_fails_keeps_the_old_audio(call, saved, tmp_path):
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "c1.wav"
    old.write_bytes(b"old")
    assert call(saved("c1", "/gone.wav"), "--overwrite") == 1
    assert old.read_bytes() == b"old"


def test_a_dry_run_fetches_nothing_and_makes_no_folder(call, saved, storage, tmp_path, capsys):
    assert call(saved("c1", "/a.wav"), "--dry-run") == 0
    assert capsys.readouterr().out == "planned\tc1\n"
    assert (storage.seen, (tmp_path / "out").exists()) == ([], False)


def test_a_callback_that_lies_in_the_folder_already_is_left_as_it_is(call, saved, tmp_path):
    (tmp_path / "out").mkdir()
    callback = saved("c1", "/a.wav").rename(tmp_path / "out" / "c1.json")
    before = callback.stat().st_ino
    assert call(callback) == 0
    assert callback.stat().st_ino == before


def test_a_callback_whose_audio_lies_beside_it_needs_no_fetching(call, saved, tmp_path, capsys):
    assert call(saved("c1", "clip.wav")) == 0
    assert capsys.readouterr().out == f"skipped\tc1\t{tmp_path / 'clip.wav'}\n"
    assert call(saved("c2", "../clip.wav")) == 1


def test_two_ids_that_differ_by_case_only_are_not_one_file(call, saved, tmp_path):
    first, second = saved("clip", "/a.wav"), saved("CLIP", "/b.wav")
    assert call(first, second) == 0
    names = sorted(path.name.lower() for path in (tmp_path / "out").iterdir())
    assert names == ["clip-3a0d9b38.json", "clip-3a0d9b38.ogg", "clip.json", "clip.wav"]


def test_two_callbacks_of_one_clip_are_not_fetched_over_each_other(call, saved, tmp_path, capsys):
    first = saved("clip", "/a.wav")
    second = first.rename(tmp_path / "earlier.json")
    assert call(second, saved("clip", "/b.wav")) == 1
    assert f"was fetched from {second} already" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["clip.json", "clip.wav"]


def test_an_address_inside_needs_a_permission(call, saved, storage, capsys):
    assert call(saved("c1", "/a.wav"), private=False) == 1
    assert "is not https; refused (pass --allow-private" in capsys.readouterr().err
    assert storage.seen == []


def test_an_id_that_is_no_name_stays_in_the_folder(call, saved, tmp_path):
    callback = saved("c1", "/a.wav", id="../../evil")
    assert call(callback) == 0
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert not list(tmp_path.glob("evil*"))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("arguments", [[], ["a.json", "--overwrite", "--skip-existing"]])
def test_a_wrong_call_is_a_usage_error(call, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        call(*arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_an_id_moves_no_cursor_and_keeps_to_its_row(call, tmp_path, capsys):
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({"id": "a\x1b[31m\n\tb", "url": "clip.wav"}), "utf-8")
    assert call(path) == 0
    assert capsys.readouterr().out == f"skipped\ta?[31m??b\t{tmp_path / 'clip.wav'}\n"
