"""Files that are cut, lack keys, have wrong types or are huge: an error that names the field, or a finding."""

from __future__ import annotations

import json
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_shapes import WRITERS
from source_writing import Word

import clipaudio
from clipaudio.audio.encode import encode
from clipaudio.cli.main import main
from clipaudio.errors import ClipAudioError, SourceError
from clipaudio.sources import read_source

HELLO = [Word("Hello", 50, 420), Word("world", 460, 1050)]


def read_all(raw):
    """Open *raw* and make all levels; errors of clipaudio are what a user may see."""
    try:
        clip = clipaudio.open_clip(raw)
        assert clip.dumps("timeline")
    except ClipAudioError as error:
        return error
    return clip


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_cut_anywhere_is_an_error_or_what_was_there(name):
    raw = WRITERS[name](HELLO)
    for stop in range(0, len(raw), 7):
        found = read_all(raw[:stop])
        assert isinstance(found, ClipAudioError) or set(found.text) <= set("Hello world.") | set(raw.decode())


VALUES = [None, True, -1, 1e308, float("nan"), "x", [], {}, [[1]], {"a": 1}, "\ud800", 10**400]


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in {"ctm", "audacity", "htk"}])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_in_the_place_of_another_is_an_error_with_its_path_or_a_finding(name, data):
    raw = WRITERS[name](HELLO)
    messages = [json.loads(line.removeprefix(b"data: ")) for line in raw.splitlines() if line and b"[DONE]" not in line]
    place = messages
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not isinstance(inner, dict | list) or data.draw(st.integers(0, 3)) == 0:
            break
        place = inner
    if isinstance(place, dict | list) and place:
        place[key] = data.draw(st.sampled_from(VALUES))
    found = read_all(b"\n".join(json.dumps(message).encode() for message in messages))
    if isinstance(found, SourceError):
        assert found.path
        assert len(str(found)) < 600
        assert str(pickle.loads(pickle.dumps(found))) == str(found)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\x01", b"[]", b"{}", b"[1, 2]", b'{"error": "x"}', b'"words"', b"null", b"hello", b"\xff\xfe",
     b"data: \n\n",
     b"[" * 100_000, b'{"a":' * 100_000, b"WEBVTT", b"[00:", b"{\n}\n{\n}", b"<?xml version='1.0'?><a/>"],
)  # fmt: skip
def test_what_is_no_source_is_one_sentence(raw, tmp_path, capsys):
    path = tmp_path / "file.json"
    path.write_bytes(raw)
    for words in (["inspect", str(path)], ["export", str(path), "--to", "srt"]):
        assert main(words) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert len(captured.err.splitlines()) == 1
        assert "Traceback" not in captured.err


def test_an_unknown_shape_names_its_keys_and_the_nearest_shapes():
    with pytest.raises(SourceError, match=r"keys name, version.* nearest .*, .*, .*clipaudio sources"):
        read_source({"name": "a", "version": "1"})
    with pytest.raises(SourceError, match="murf"):
        read_source({"wordDuration": [{"word": "a", "startMs": 1}]})


def test_an_entity_in_xml_is_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]><ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>'
    with pytest.raises(SourceError, match="entities"):
        read_source(bomb)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["elevenlabs", "cartesia", "deepgram", "whisper", "ctm", "fish"])
def test_memory_is_at_most_some_times_the_file(name):
    words = [Word("word", 100 * row, 100 * row + 90) for row in range(300 if name == "fish" else 20_000)]
    raw = WRITERS[name](words)
    read_source(raw[:0] + WRITERS[name](words[:10]))  # what is loaded on first use does not count
    tracemalloc.start()
    read_source(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 16 * len(raw)


def test_many_forms_of_messages_and_long_labels_are_read():
    messages = [{f"key{row}": row} for row in range(5000)]
    messages.append(
        {
            "type": "timestamps",
            "context_id": "c",
            "word_timestamps": {"words": ["a" * 50_000], "start": [0], "end": [1]},
        }
    )
    with pytest.raises(SourceError):
        read_source(messages)
    assert len(clipaudio.open_clip(messages[-1:]).text) == 50_000


@pytest.mark.parametrize("name", ["wav", "flac", "ogg", "opus", "mp3", "m4a", "aac"])
def test_a_file_of_sound_is_told_how_its_times_are_found(needs, name):
    if name in {"m4a", "aac"}:
        needs.program("ffmpeg")
    noise = np.random.default_rng(0).normal(0, 0.1, 8000)
    with pytest.raises(SourceError, match=r"a file of sound, .* `clipaudio align` finds"):
        read_source(encode(noise, 16_000, format=name))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["MAC and TTA1 are words", "V\u00e9lo", "\u00ff\u00fb", "OggS wvpk"])
def test_text_is_not_taken_for_sound(text, encoding):
    with pytest.raises(SourceError) as caught:
        read_source(text.encode(encoding))
    assert "a file of sound" not in str(caught.value)
