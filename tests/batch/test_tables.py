"""Tables of what was done are read back by those they are made for."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.ledger import Failure, Ledger, Result
from clipaudio.batch.manifest import ClipSpec, Unreadable, rows
from clipaudio.batch.tables import (
    nemo_rows,
    open_row,
    result_rows,
    supervision_rows,
    write_jsonl,
    write_parquet,
)
from clipaudio.errors import ClipAudioError, ManifestError
from clipaudio.text import replace_surrogates

KINDS = [("srt", "0123456789abcdef"), ("wav-16000-PCM_16", "")]


def callback(text="Hi you.", id_="a"):
    edges = [number / 8 for number in range(len(text) + 1)]
    stamps = {"graph_chars": list(text), "graph_times": list(itertools.pairwise(edges))}
    stamps |= {"phon_chars": ["h", "aɪ"], "phon_times": [[0.0, 0.125], [0.125, 0.25]]}
    return json.dumps({"id": id_, "audio_timestamps": stamps}).encode()


@pytest.fixture
def ledger(tmp_path):
    """Yield a ledger of two clips, one of which failed in part."""
    (srt, options), (wav, _) = KINDS
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        ledger.append(
            [
                Result(id="a", kind=srt, options=options, status="ok", output="a.srt"),
                Result(id="a", kind=wav, status="ok", output="a.wav", duration=0.75),
                Result(id="b", kind=srt, options=options, status="ok", output="b.srt"),
                Result(
                    id="b",
                    kind=wav,
                    status="error",
                    error=Failure(stage="convert", type="AudioError", message="no audio"),
                ),
                Result(id="a", kind=srt, options="other", status="ok", output="other/a.srt"),
            ]
        )
        yield ledger


def test_a_manifest_for_nemo_is_what_came_in_and_what_was_written(ledger):
    given_rows = [
        ClipSpec(id="a", audio="in/a.mp3", text="Hi.", fields={"duration": 0.5, "mood": "calm"}),
        Unreadable("m.jsonl:2", "torn"),
        ClipSpec(id="b", audio="in/b.mp3", fields={"offset": 1.5, "duration": 2}),
        ClipSpec(id="c", audio="in/c.mp3", text="Never."),
        ClipSpec(id="d", where="m.jsonl:5"),
    ]
    assert list(nemo_rows(given_rows, ledger, KINDS, place="out/")) == [
        {
            "audio_filepath": "in/a.mp3",
            "duration": 0.75,
            "text": "Hi.",
            "mood": "calm",
            "srt_filepath": "out/a.srt",
            "wav-16000-PCM_16_filepath": "out/a.wav",
        },
        Unreadable("m.jsonl:2", "torn"),
        {"audio_filepath": "in/b.mp3", "duration": 2, "text": "", "offset": 1.5, "srt_filepath": "out/b.srt"},
        {"audio_filepath": "in/c.mp3", "text": "Never."},
        Unreadable("m.jsonl:5", "d has no audio"),
    ]


def test_the_audio_of_a_manifest_may_be_what_was_converted(ledger):
    given_rows = [
        ClipSpec(id="a", audio="in/a.mp3", callback=callback()),
        ClipSpec(id="b", audio="in/b.mp3", where="m.jsonl:2"),
    ]
    found = list(nemo_rows(given_rows, ledger, KINDS, audio="wav-16000-PCM_16"))
    assert (found[0]["audio_filepath"], found[0]["duration"], found[0]["text"]) == ("a.wav", 0.75, "Hi you.")
    assert found[1] == Unreadable("m.jsonl:2", "b has no audio of kind wav-16000-PCM_16")


def test_a_row_that_is_a_part_of_its_audio_keeps_its_own_length(ledger):
    row = ClipSpec(id="a", audio="in/a.mp3", text="Hi.", fields={"offset": 0.25, "duration": 0.5})
    [found] = nemo_rows([row], ledger, KINDS, audio="wav-16000-PCM_16")
    assert (found["audio_filepath"], found["offset"], found["duration"]) == ("a.wav", 0.25, 0.5)


def test_a_row_whose_id_another_row_has_is_not_given_the_files_of_that(ledger):
    given_rows = [
        ClipSpec(id="a", audio="1.mp3", text="Hi."),
        ClipSpec(id="a", audio="2.mp3", text="Bye.", where="m.jsonl:2"),
    ]
    for audio in (None, "wav-16000-PCM_16"):
        first, second = nemo_rows(given_rows, ledger, KINDS, audio=audio)
        assert first["text"] == "Hi."
        assert str(second) == "m.jsonl:2: an earlier row has the id a and its files; give this one another id"
    twice = [ClipSpec(id="a", callback=callback()), ClipSpec(id="a", callback=callback(), where="m.jsonl:2")]
    assert [type(one) for one in supervision_rows(twice)] == [dict, Unreadable]


@pytest.mark.parametrize("given", ["bytes", "path", "kept"])
def test_nemo_rows_carry_the_text_of_the_callback(ledger, tmp_path, given):
    (tmp_path / "a.json").write_bytes(callback())
    at = {"bytes": callback(), "path": str(tmp_path / "a.json"), "kept": None}[given]
    ledger.append([Result(id="a", kind="callback", status="ok", output="a.json")])
    kinds = [("callback", "")] if given == "kept" else []
    [found] = nemo_rows([ClipSpec(id="a", audio="a.wav", callback=at)], ledger, kinds, place=str(tmp_path))
    assert found["text"] == "Hi you."


def test_nemo_rows_prefer_the_text_of_the_manifest(ledger):
    [found] = nemo_rows([ClipSpec(id="a", audio="a.wav", callback=callback(), text="Hi, you!")], ledger, [])
    assert found["text"] == "Hi, you!"


def test_nemo_rows_without_any_text_keep_their_audio(ledger):
    specs = [ClipSpec(id="a", audio="a.wav"), ClipSpec(id="b", audio="b.wav", callback=b'{"id": "b"}')]
    assert [row["text"] for row in nemo_rows(specs, ledger, [])] == ["", ""]


def test_nemo_row_with_an_unreadable_callback_is_named(ledger, tmp_path):
    [found] = nemo_rows([ClipSpec(id="a", audio="a.wav", callback=str(tmp_path / "gone"), where="-:1")], ledger, [])
    assert found.where == "-:1"
    assert "gone" in found.message


def test_a_manifest_that_was_written_is_read_again(ledger, tmp_path):
    given_rows = [
        ClipSpec(id="a", audio="in/a.mp3", text="Hi ü \ud800.", fields={"score": math.nan}),
        ClipSpec(id="none", where="m.jsonl:2"),
    ]
    for name in ("out.jsonl", "out.jsonl.gz"):
        over = []
        found = nemo_rows(given_rows, ledger, KINDS, place="s3://bucket")
        assert write_jsonl(found, tmp_path / name, passed_over=over.append) == 1
        assert over == [Unreadable("m.jsonl:2", "none has no audio")]
        [row] = rows(tmp_path / name)
        assert row.audio == f"{tmp_path}/in/a.mp3"
        assert row.text == "Hi ü \ud800."
        assert row.fields["score"] is None
        assert row.fields["srt_filepath"] == "s3://bucket/a.srt"
    first = (tmp_path / "out.jsonl.gz").read_bytes()
    write_jsonl(nemo_rows(given_rows, ledger, KINDS, place="s3://bucket"), tmp_path / "out.jsonl.gz")
    assert (tmp_path / "out.jsonl.gz").read_bytes() == first
    assert gzip.decompress(first) == (tmp_path / "out.jsonl").read_bytes()


def test_a_supervision_holds_words_and_phones_as_symbol_start_duration_score(tmp_path):
    (tmp_path / "b.json").write_bytes(callback("Bye.", "b"))
    given_rows = [
        ClipSpec(id="a", callback=callback()),
        ClipSpec(id="b", callback=str(tmp_path / "b.json"), audio="https://example.com/b.wav"),
        Unreadable("-:3", "torn"),
        ClipSpec(id="c", callback="s3://bucket/c.json", where="-:4"),
        ClipSpec(id="d", callback=b'{"id": "d"}', where="-:5"),
        ClipSpec(id="e", callback=str(tmp_path / "gone.json")),
        ClipSpec(id="g", callback=b'{"audio_timestamps": {"graph_chars": [], "graph_times": []}}', where="-:8"),
    ]
    first, second, *others = supervision_rows(given_rows)
    assert first == {
        "id": "a",
        "recording_id": "a",
        "start": 0.0,
        "duration": 0.875,
        "channel": 0,
        "text": "Hi you.",
        "language": "en",
        "alignment": {
            "word": [["Hi", 0.0, 0.25, None], ["you", 0.375, 0.375, None]],
            "phone": [["h", 0.0, 0.125, None], ["aɪ", 0.125, 0.125, None]],
        },
    }
    assert second["text"] == "Bye."
    assert [row.where for row in others] == ["-:3", "-:4", "-:5", "e", "-:8"]
    assert others[-1].message == "clip g has no length; lhotse expects one above 0"
    assert "came without audio_timestamps" in others[2].message


def test_lhotse_reads_the_supervisions(tmp_path):
    lhotse = pytest.importorskip("lhotse", reason="lhotse is not installed: it brings 5 GB")
    write_jsonl(supervision_rows([ClipSpec(id="a", callback=callback())]), tmp_path / "supervisions.jsonl.gz")
    [found] = lhotse.SupervisionSet.from_file(tmp_path / "supervisions.jsonl.gz")
    assert [item.symbol for item in found.alignment["word"]] == ["Hi", "you"]
    assert found.alignment["phone"][1].end == 0.25


def test_supervisions_of_every_sample_lie_within_their_clip(samples):
    checked = 0
    for name, payload in samples.items():
        raw = json.dumps(payload).encode()
        [found] = supervision_rows([ClipSpec(id=name, callback=raw)])
        for items in found["alignment"].values():
            starts = [start for _, start, _, _ in items]
            assert starts == sorted(starts)
            assert all(length >= 0 and start + length <= found["duration"] + 1e-9 for _, start, length, _ in items)
            checked += len(items)
    assert checked > 20


def test_results_are_flat_rows_as_json_lines_and_as_parquet(ledger, tmp_path, needs):
    parquet = needs("pyarrow.parquet")
    found = list(result_rows(ledger.latest()))
    assert [row["id"] for row in found] == list("aabba")
    assert (found[3]["stage"], found[3]["type"], found[3]["message"]) == ("convert", "AudioError", "no audio")
    assert write_jsonl(iter(found), tmp_path / "results.jsonl") == 5
    assert [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()] == found
    assert write_parquet(ledger.latest(), tmp_path / "results.parquet") == 5
    assert parquet.read_table(tmp_path / "results.parquet").to_pylist() == found


@given(st.lists(st.builds(Result, id=st.text(st.characters(codec=None)), kind=st.just("srt"), status=st.just("ok"))))
def test_parquet_takes_any_id(tmp_path_factory, needs, results):
    parquet = needs("pyarrow.parquet")
    path = tmp_path_factory.mktemp("table") / "results.parquet"
    write_parquet(results, path)
    ids = [replace_surrogates(one.id) for one in results]
    assert parquet.read_table(path).column("id").to_pylist() == ids


def test_without_pyarrow_one_sentence_says_how_to_get_it(tmp_path):
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from clipaudio.batch.tables import write_parquet\n"
        "try: write_parquet([], sys.argv[1])\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.parquet"], check=True, capture_output=True)
    assert b'pip install "pyarrow>=17"' in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_fails_half_way_leaves_nothing(tmp_path):
    def broken():
        yield {"id": "a"}
        raise ClipAudioError("half way")

    with pytest.raises(ClipAudioError, match="half way"):
        write_jsonl(broken(), tmp_path / "out.jsonl.gz")
    assert list(tmp_path.iterdir()) == []


def test_a_row_without_a_callback_cannot_be_opened():
    with pytest.raises(ManifestError, match="its callback is not on this machine; copy it here first"):
        open_row(ClipSpec(id="a"))


def test_a_supervision_has_sounds_only_among_its_phones():
    times = [[0.0, 0.1], [0.1, 0.2], [0.2, 0.3], [0.3, 0.4]]
    stamps = {"graph_chars": list("no.!"), "graph_times": times, "phon_chars": ["n", "oʊ", ".", " "]}
    payload = json.dumps({"id": "a", "audio_timestamps": {**stamps, "phon_times": times}}).encode()
    (made,) = supervision_rows([ClipSpec(id="a", callback=payload)])
    assert [label for label, *_ in made["alignment"]["phone"]] == ["n", "oʊ"]
