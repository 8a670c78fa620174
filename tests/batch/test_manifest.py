"""Any source of clips becomes rows, and what is no row is named."""

from __future__ import annotations

import gzip
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from clipaudio.batch import manifest
from clipaudio.batch.manifest import ClipSpec, Unreadable, rows
from clipaudio.errors import InboxError, ManifestError, MissingExtraError
from clipaudio.receive.inbox import Inbox
from clipaudio.resemble.api_response import ClipItem
from clipaudio.resemble.callback import read_callback

STAMPS = {"graph_chars": ["a"], "graph_times": [[0.0, 0.1]], "phon_chars": [], "phon_times": []}


def callback(id_="cecad6f9", **more):
    return {"id": id_, "project_id": "3700a2f1", "audio_timestamps": STAMPS, **more}


def put(path, content):
    """Write a file of text, bytes, or JSON, in folders that may be new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    path.write_bytes(content)
    return str(path)


def only(source, **options):
    [row] = rows(source, **options)
    return row


@pytest.fixture
def folder(tmp_path):
    """Return a folder of callbacks, their audio, and what is neither."""
    put(tmp_path / "clips/1.json", callback("one", url="speech.wav"))
    put(tmp_path / "clips/speech.wav", b"RIFF")
    put(tmp_path / "clips/2.json", callback("two", url="https://example.com/2.wav"))
    put(tmp_path / "clips/2.mp3", b"ID3")
    put(tmp_path / "clips/3.json", callback("three", url="../clips/speech.wav"))
    put(tmp_path / "clips/settings.json", {"id": "x", "colour": "blue"})
    put(tmp_path / "clips/torn.json", '{"id": "x", "url"')
    put(tmp_path / "clips/nameless.json", callback(None))
    put(tmp_path / "clips/.hidden.json", callback("hidden"))
    put(tmp_path / "clips/deep/4.json", callback("four"))
    return tmp_path / "clips"


def test_a_folder_gives_every_callback_with_the_audio_beside_it(folder):
    found = {row.id: row for row in rows(folder) if isinstance(row, ClipSpec)}
    assert found.keys() == {"one", "two", "three", "nameless"}  # a callback without an id is called like its file
    assert found["one"] == ClipSpec(
        id="one",
        callback=str(folder / "1.json"),
        audio=str(folder / "speech.wav"),
        project="3700a2f1",
        where=str(folder / "1.json"),
    )
    assert found["two"].audio == str(folder / "2.mp3")
    assert found["three"].audio is None  # who opens it says that its url is unsafe


@pytest.mark.parametrize("url", [f"{'a' * 300}.wav", "a\0.wav", "a/" * 3000])
def test_a_url_that_no_file_can_be_called_by_costs_nothing_but_the_audio(tmp_path, url):
    whole = {"id": "a", "url": url, "audio_timestamps": {}}
    put(tmp_path / "clips/a.json", json.dumps(whole))
    put(tmp_path / "m.jsonl", json.dumps({"callback": whole}))
    for source in ("clips", "m.jsonl"):
        row = only(tmp_path / source)
        assert (row.id, row.audio) == ("a", None)


def test_what_is_no_callback_is_named_and_passed_over(folder):
    found = {Path(row.where).name: row.message for row in rows(folder) if isinstance(row, Unreadable)}
    assert found.keys() == {"settings.json", "torn.json"}
    assert "no known shape of speech times: it has the keys id, colour" in found["settings.json"]
    assert "not valid JSON" in found["torn.json"]


def test_folders_in_a_folder_are_searched_when_asked_for(folder):
    assert "four" in {row.id for row in rows(folder, recursive=True) if isinstance(row, ClipSpec)}


def test_the_name_of_a_folder_is_no_pattern(tmp_path):
    put(tmp_path / "take [1]*/a.json", callback())
    assert only(tmp_path / "take [1]*").id == "cecad6f9"


def test_patterns_are_expanded_and_one_without_a_match_is_an_error(folder):
    found = rows(f"{folder}/**/[24].json")
    assert sorted(row.id for row in found) == ["four", "two"]
    with pytest.raises(ManifestError, match=r"no file matches '.*\*\.flac'; quote the pattern"):
        rows(f"{folder}/*.flac")


def test_a_file_is_one_row(folder, tmp_path):
    assert only(folder / "1.json").audio == str(folder / "speech.wav")
    assert only(folder / "2.mp3").id == "two"
    assert "not valid JSON" in only(folder / "torn.json").message
    put(tmp_path / "pretty.json", json.dumps(callback(), indent=1))
    assert only(tmp_path / "pretty.json").id == "cecad6f9"


def test_a_pattern_takes_manifests_and_audio_too(tmp_path):
    put(tmp_path / "a.json", callback("a"))
    put(tmp_path / "a.wav", b"RIFF")
    put(tmp_path / "b.wav", b"RIFF")
    put(tmp_path / "c.jsonl", '{"id": "c"}\n{"id": "d"}\n')
    put(tmp_path / "e.txt", "e")
    found = list(rows(f"{tmp_path}/*"))
    assert sorted(row.id for row in found if isinstance(row, ClipSpec)) == ["a", "b", "c", "d"]
    assert ["is no list of clips" in row.message for row in found if isinstance(row, Unreadable)] == [True]
    by_audio = {row.id: row for row in rows(f"{tmp_path}/*.wav")}
    assert by_audio["a"].callback == str(tmp_path / "a.json")
    assert (by_audio["b"].callback, by_audio["b"].audio) == (None, str(tmp_path / "b.wav"))


def test_a_place_that_cannot_be_looked_at_is_named_and_passed_over(tmp_path):
    put(tmp_path / "a.json", callback())
    (tmp_path / "loop.json").symlink_to("loop.json")
    found = sorted(rows(tmp_path), key=lambda row: row.where)
    assert found[0].id == "cecad6f9"
    assert str(found[1]).startswith(f"{tmp_path}/loop.json: cannot be read: ")
    assert [str(row)[: len(str(tmp_path)) + 10] for row in rows(f"{tmp_path}/loop.json/*")] == [f"{tmp_path}/loop.json"]


def test_ids_and_rows_come_on_the_standard_input():
    lines = [b"cecad6f9\n", b"\n", b'{"id": "b", "mood": "calm"}\n', b"\xff\n", b"../../etc\r\n", b'{"torn": \n']
    found = list(rows("-", stdin=lines))
    assert [row.id for row in found if isinstance(row, ClipSpec)] == ["cecad6f9", "b", "../../etc"]
    assert found[1].fields == {"mood": "calm"}
    assert [row.where for row in found if isinstance(row, Unreadable)] == ["<stdin>:4", "<stdin>:6"]
    code = "from clipaudio.batch.manifest import rows; print(*(row.id for row in rows('-')))"
    done = subprocess.run([sys.executable, "-c", code], input=b"a\nb\n", check=True, capture_output=True)
    assert done.stdout == b"a b\n"


@pytest.mark.parametrize("name", ["m.jsonl", "m.ndjson", "m.JSONL", "m.jsonl.gz"])
def test_json_lines_are_rows(tmp_path, name):
    text = b'\xef\xbb\xbf{"id": "a", "text": "Hi.", "project": 7}\n\n{"uuid": "b"}'
    put(tmp_path / name, gzip.compress(text) if name.endswith("gz") else text)
    assert list(rows(tmp_path / name)) == [
        ClipSpec(id="a", text="Hi.", project="7", where=f"{tmp_path}/{name}:1"),
        ClipSpec(id="b", where=f"{tmp_path}/{name}:3"),
    ]


def test_a_manifest_of_nemo_is_rows_named_by_their_audio(tmp_path):
    lines = [
        {"audio_filepath": "a/b.wav", "duration": 0.5, "text": "Hi."},
        {"audio_filepath": "/a/b.wav", "duration": 0.5, "text": "Hi.", "offset": 1.25},
        {"audio_filepath": "s3://bucket/c.flac?x=1", "duration": 0.5, "text": "", "offset": None},
    ]
    put(tmp_path / "train.json", "\n".join(map(json.dumps, lines)))
    found = list(rows(tmp_path / "train.json"))
    assert [row.id for row in found] == ["a-b", "a-b@1.25", "c"]
    assert [row.audio for row in found] == [f"{tmp_path}/a/b.wav", "/a/b.wav", "s3://bucket/c.flac?x=1"]
    assert [row.text for row in found] == ["Hi.", "Hi.", None]
    assert [row.fields for row in found] == [
        {"duration": 0.5},
        {"duration": 0.5, "offset": 1.25},
        {"duration": 0.5, "offset": None},
    ]


def test_callback_of_a_row_is_an_object_text_a_path_or_its_own_keys(tmp_path):
    whole = callback(url="speech.wav")
    put(tmp_path / "in/speech.wav", b"RIFF")
    put(tmp_path / "in/saved.json", whole)
    put(tmp_path / "speech.wav", b"RIFF")
    lines = [
        {"callback": whole, "mood": "calm"},
        {"callback": json.dumps(whole), "mood": "calm"},
        {"callback": "in/saved.json", "mood": "calm"},
        {**whole, "mood": "calm", "duration": 0.1},
    ]
    put(tmp_path / "m.jsonl", "\n".join(map(json.dumps, lines)))
    found = list(rows(tmp_path / "m.jsonl"))
    assert [(row.id, row.project) for row in found] == [("cecad6f9", "3700a2f1")] * 4
    for row in found:
        path = row.callback if isinstance(row.callback, bytes) else tmp_path / "in/saved.json"
        assert read_callback(path).graphemes.labels == ("a",)
    assert found[2].callback == f"{tmp_path}/in/saved.json"
    assert [row.fields for row in found] == [{"mood": "calm"}] * 3 + [{"mood": "calm", "duration": 0.1}]
    assert [row.audio for row in found] == [f"{tmp_path}/{where}speech.wav" for where in ("", "", "in/", "")]


def test_a_callback_whose_row_has_an_id_is_left_to_the_worker(tmp_path):
    lines = [
        '{"id": "a", "callback": "gone.json"}',
        '{"id": "b", "callback": {"id": 1, "url": []}}',
        '{"callback": "s3://bucket/clips/c.json"}',
    ]
    put(tmp_path / "m.jsonl", "\n".join(lines))
    found = list(rows(tmp_path / "m.jsonl"))
    assert [row.id for row in found] == ["a", "b", "c"]
    assert [row.callback for row in found[:2]] == [f"{tmp_path}/gone.json", b'{"id": 1, "url": []}']
    assert found[2].callback == "s3://bucket/clips/c.json"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "a"', "the line is not valid JSON"),
        ("[1]", "is a JSON list; expected an object"),
        ('"a"', "is a JSON str; expected an object"),
        ("{}", "no id, and no callback or audio file to take one from"),
        ('{"id": ""}', "no id"),
        ('{"id": []}', "id is no text"),
        ('{"id": "a", "callback": 7}', "neither an object nor a path"),
        ('{"callback": {"colour": "blue"}}', "not a callback: it has neither url nor audio_timestamps"),
        ('{"callback": "gone.json"}', "No such file"),
        ('{"callback": "s3://bucket/"}', "no id"),
        ('{"callback": {"url": []}}', r"\$\.url is a list; expected a string"),
        ("[" * 100_000, "the line is not valid JSON"),
        ('{"id": "a", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply for a row"),
        ('{"id": "a", "x": ' + "1" * 5000 + "}", "limit"),
        ('{"callback": "a\\u0000.json"}', "null byte"),
        ('{"callback": "a\\ud800.json"}', "surrogates not allowed"),
        ('{"audio": "https://[x/a.wav"}', "Invalid IPv6 URL"),
        (b'{"id": "\xff"}', "invalid start byte"),
    ],
)
def test_a_line_that_is_no_row_is_named_with_its_number(tmp_path, line, message):
    line = line if isinstance(line, bytes) else line.encode()
    put(tmp_path / "m.jsonl", line + b'\n{}\n{"id": "next"}\n')
    found = list(rows(tmp_path / "m.jsonl"))
    assert found[-1].id == "next"
    assert found[0].where == f"{tmp_path}/m.jsonl:1"
    with pytest.raises(ValueError, match=message):
        raise ValueError(str(found[0]))


def test_what_only_pythons_json_understands_is_read(tmp_path):
    put(tmp_path / "m.jsonl", '{"id": "\\ud800", "duration": NaN, "callback": {"url": "\\udfff"}}')
    row = only(tmp_path / "m.jsonl")
    assert row.id == "\ud800"
    assert row.fields["duration"] != row.fields["duration"]
    assert read_callback(row.callback).url == "\ufffd"
    assert pickle.loads(pickle.dumps(row)).id == row.id


def test_a_compressed_manifest_that_breaks_off_gives_what_is_whole(tmp_path):
    whole = gzip.compress(b"".join(b'{"id": "%d"}\n' % number for number in range(9999)))
    put(tmp_path / "m.jsonl.gz", whole[: len(whole) // 2])
    *found, last = rows(tmp_path / "m.jsonl.gz")
    assert len(found) > 1000
    assert isinstance(last, Unreadable)
    assert "the rest cannot be read: Compressed file ended" in last.message
    assert last.where == f"{tmp_path}/m.jsonl.gz:{len(found) + 1}"


def test_parquet_is_rows(tmp_path, needs):
    pa, parquet = needs("pyarrow"), needs("pyarrow.parquet")
    table = pa.Table.from_pylist(
        [
            {"id": str(number), "callback": json.dumps(callback()).encode(), "text": None, "score": number / 2}
            for number in range(200)
        ]
    )
    parquet.write_table(table, tmp_path / "m.parquet", row_group_size=50)
    found = list(rows(tmp_path / "m.parquet"))
    assert [row.id for row in found] == [str(number) for number in range(200)]
    assert found[3].fields == {"score": 1.5}
    assert found[3].where == f"{tmp_path}/m.parquet:4"
    assert read_callback(found[3].callback).id == "cecad6f9"
    whole = (tmp_path / "m.parquet").read_bytes()
    middle = len(whole) // 2
    put(tmp_path / "m.parquet", whole[:middle] + b"\xff" * 200 + whole[middle + 200 :])
    *found, last = rows(tmp_path / "m.parquet")
    assert 0 < len(found) < 200
    assert last.where == f"{tmp_path}/m.parquet:{len(found) + 1}"
    assert "the rest cannot be read" in last.message
    put(tmp_path / "bad.parquet", "no table")
    with pytest.raises(ManifestError, match="cannot be read as Parquet"):
        rows(tmp_path / "bad.parquet")


def test_without_pyarrow_one_sentence_says_how_to_get_it(tmp_path):
    put(tmp_path / "m.parquet", "")
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from clipaudio.batch.manifest import rows\n"
        "try: rows(sys.argv[1])\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "m.parquet"], check=True, capture_output=True)
    assert done.stdout.decode().strip() == (
        f'{MissingExtraError.__name__} Parquet needs pyarrow; install it with: pip install "pyarrow>=17"'
    )


def test_an_inbox_gives_the_newest_callback_of_each_clip(tmp_path):
    inbox = Inbox(tmp_path / "inbox.db")
    bodies = [json.dumps(callback(clip, take=take)).encode() for clip, take in (("a", 1), ("b", 1), ("a", 2))]
    for clip, body in zip("aba", bodies, strict=True):
        inbox.add("secret", clip, body, project="p")
    inbox.close()
    assert [(row.id, row.callback, row.project) for row in rows(tmp_path / "inbox.db")] == [
        ("b", bodies[1], "p"),
        ("a", bodies[2], "p"),
    ]
    put(tmp_path / "other.db", "no database, and longer than nothing")
    with pytest.raises(InboxError, match="cannot be"):
        list(rows(tmp_path / "other.db"))
    assert [type(row) for row in rows(f"{tmp_path}/*.db")].count(Unreadable) == 1


def test_audio_that_was_fetched_is_found_by_the_id(tmp_path):
    put(tmp_path / "audio/a.flac", b"fLaC")
    found = list(rows("-", stdin=[b"a", b"b", b'{"id": "a", "audio": "c.wav"}', b"{}"], audio=tmp_path / "audio"))
    assert [row.audio for row in found[:3]] == [f"{tmp_path}/audio/a.flac", None, "c.wav"]


def test_the_clips_of_a_project_are_listed_as_they_are_asked_for():
    asked = []

    def list_clips(project):
        for clip in ("a", ClipItem(uuid="b", raw=b"{}"), ClipItem(uuid="c")):
            asked.append(project)
            yield clip

    found = rows("project:p", list_clips=list_clips)
    assert next(found) == ClipSpec(id="a", project="p", where="project:p")
    assert asked == ["p"]
    assert [(row.id, row.callback) for row in found] == [("b", b"{}"), ("c", None)]
    with pytest.raises(ManifestError, match="pass list_clips"):
        rows("project:p")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("gone.json", "'gone.json' is no file, folder or pattern; check the path$"),
        ("s3://bucket/*.json", "copy it here first"),
        (__file__, "is no list of clips; expected one of .json .jsonl"),
    ],
)
def test_a_source_that_is_none_is_an_error_at_once(source, message):
    with pytest.raises(ManifestError, match=message):
        rows(source)


def test_rows_are_small_and_travel(folder):
    found = list(rows(folder))
    assert pickle.loads(pickle.dumps(found)) == found
    assert max(len(pickle.dumps(row)) for row in found) < 1000


@pytest.mark.slow
def test_a_long_manifest_needs_no_more_memory_than_a_short_one(tmp_path, peak):
    code = (
        "import sys\n"
        "from clipaudio.batch.manifest import rows\n"
        "assert sum(1 for row in rows(sys.argv[1])) == int(sys.argv[2])\n"
    )
    peaks = []
    for count in (1000, 100_000):
        put(tmp_path / "m.jsonl", "".join(f'{{"id": "{n:032}", "text": "Hello there."}}\n' for n in range(count)))
        peaks.append(peak(code, tmp_path / "m.jsonl", count))
    assert peaks[1] - peaks[0] < 5000  # KiB


def test_rows_are_counted_where_that_is_cheap(folder, tmp_path, needs):
    assert manifest.count(folder) == len(list(rows(folder)))
    assert manifest.count(folder, recursive=True) == len(list(rows(folder, recursive=True)))
    lines = put(tmp_path / "m.jsonl", '{"id": "a"}\n\n{"id": "b"}')
    assert manifest.count(lines) == len(list(rows(lines))) == 2
    nemo = put(tmp_path / "nemo.json", '{"audio_filepath": "a.wav"}\n{"audio_filepath": "b.wav"}\n')
    assert manifest.count(nemo) == len(list(rows(nemo))) == 2
    assert manifest.count(put(tmp_path / "a.json", callback())) == manifest.count(put(tmp_path / "a.wav", b"RIFF")) == 1
    parquet, pyarrow = needs("pyarrow.parquet"), needs("pyarrow")
    parquet.write_table(pyarrow.table({"id": ["a", "b", "c"]}), tmp_path / "m.parquet")
    assert manifest.count(tmp_path / "m.parquet") == len(list(rows(tmp_path / "m.parquet"))) == 3


@pytest.mark.parametrize("source", ["-", "project:p", "gone.jsonl", "gone.wav", "*.json", "m.jsonl.gz", "inbox.db"])
def test_rows_of_what_takes_long_or_is_not_there_are_not_counted(tmp_path, source):
    assert manifest.count(source) is None
    (tmp_path / "bad.parquet").write_bytes(b"none")
    assert manifest.count(tmp_path / "bad.parquet") is None
    with (tmp_path / "large.jsonl").open("wb") as file:
        file.truncate(1 << 29)  # no block of the disk is taken
    assert manifest.count(tmp_path / "large.jsonl") is None
