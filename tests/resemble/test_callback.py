"""Every shape of payload is understood, kept whole, or refused by the name of the field."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio import open_clip
from clipaudio.errors import CallbackError, TimestampsMissingError
from clipaudio.resemble.callback import read_callback
from clipaudio.timing.repair import repair
from clipaudio.timing.timeline import Timeline

HEY = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.25]], "phon_chars": [], "phon_times": []}


def test_the_callback_of_the_documentation_is_read(data):
    stamps = json.loads((data / "v2_doc_hey_there.json").read_text("utf-8"))
    payload = {"id": "cecad6f9", "project_id": "3700a2f1", "url": "https://x/a.wav", "audio_timestamps": stamps}
    callback = read_callback(json.dumps(payload).encode())
    assert (callback.id, callback.project_id, callback.url) == ("cecad6f9", "3700a2f1", "https://x/a.wav")
    assert callback.issues == ()
    assert callback.graphemes.text == "Hey there."
    assert callback.phones.labels == ("h", "ˈe", "ɪ", " ", "ð", "ˈɛ", "ɹ", ".")
    assert callback.graphemes.times.tolist() == stamps["graph_times"]
    assert callback.has_timestamps
    assert callback.has_phones


def test_a_callback_without_times_complains_only_when_times_are_asked_for(data):
    callback = read_callback(data / "v2_callback_observed_no_timestamps.json")
    assert callback.id == "cecad6f9"
    assert not callback.has_timestamps
    assert not callback.has_phones
    with pytest.raises(TimestampsMissingError, match="include_timestamps=True"):
        _ = callback.graphemes
    with pytest.raises(TimestampsMissingError, match="cecad6f9"):
        _ = callback.phones


@pytest.mark.parametrize("wrap", ["item", "clip", "bare", "synthesize", "v1"])
def test_every_envelope_is_understood(wrap):
    payload = {
        "item": {"success": True, "item": {"uuid": "c", "audio_src": "u", "duration": 0.5, "timestamps": HEY}},
        "clip": {"uuid": "c", "audio_src": "u", "timestamps": HEY, "voice_name": "Vivian"},
        "bare": HEY,
        "synthesize": {"success": True, "audio_timestamps": HEY, "duration": 0.5, "sample_rate": 22050, "issues": []},
        "v1": {"uuid": "c", "link": "u", "audio_timestamps": HEY},
    }[wrap]
    callback = read_callback(payload)
    assert callback.graphemes.text == "Hi"
    assert callback.has_phones is False
    assert callback.id == (None if wrap in {"bare", "synthesize"} else "c")
    assert callback.url == (None if wrap in {"bare", "synthesize"} else "u")
    assert callback.duration == (0.5 if wrap in {"item", "synthesize"} else None)


def test_every_source_gives_the_same_callback(tmp_path):
    text = json.dumps({"id": "a", "audio_timestamps": HEY})
    path = tmp_path / "callback.json"
    path.write_text(text, "utf-8")
    sources = [text, text.encode(), bytearray(text.encode()), json.loads(text), path, str(path)]
    sources += [("\ufeff" + text).encode(), text.encode("utf-16")]
    for source in sources:
        assert read_callback(source).graphemes == Timeline(("H", "i"), HEY["graph_times"])
        assert read_callback(source).id == "a"


def test_what_came_can_be_had_back_exactly(data):
    for path in sorted(data.glob("v*.json")):
        assert read_callback_or_none(path) in {None, path.read_bytes()}
    payload = {"id": "a", "ünknown": {"b": [1, None]}, "issues": ["x"]}
    callback = read_callback(payload)
    assert json.loads(callback.to_json()) == payload
    assert callback.extra == {"ünknown": {"b": [1, None]}}
    assert read_callback({"success": True, "item": {"uuid": "a", "title": "t"}}).extra == {
        "success": True,
        "title": "t",
    }


def read_callback_or_none(path):
    try:
        return read_callback(path).to_json()
    except CallbackError:
        return None


def test_numpy_values_in_a_dict_are_read():
    payload = {**HEY, "graph_times": np.array(HEY["graph_times"]), "duration": np.float64(0.5)}
    callback = read_callback(payload)
    assert callback.graphemes.times.tolist() == HEY["graph_times"]
    assert callback.duration == 0.5


def test_a_callback_survives_pickling():
    callback = pickle.loads(pickle.dumps(read_callback({"id": "a", "audio_timestamps": HEY})))
    assert callback.graphemes.text == "Hi"
    assert "graph_chars" not in repr(callback)


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"id": []}, "$.id", r"\$\.id is a list; expected a string"),
        ({"id": True}, "$.id", r"\$\.id is a boolean"),
        ({"url": 1.5}, "$.url", r"\$\.url is a number"),
        ({"issues": "x"}, "$.issues", r"\$\.issues is a string; expected a list"),
        ({"issues": [{}]}, "$.issues[0]", r"\$\.issues\[0\] is an object"),
        ({"duration": "1"}, "$.duration", r"\$\.duration is a string; expected a number"),
        ({"audio_timestamps": [1]}, "$.audio_timestamps", r"\$\.audio_timestamps is a list; expected an object"),
        ({"audio_timestamps": {**HEY, "graph_chars": "Hi"}}, "$.audio_timestamps.graph_chars", "expected a list"),
        ({"audio_timestamps": {**HEY, "graph_chars": ["H", 5]}}, "$.audio_timestamps.graph_chars[1]", "is a number"),
        ({"audio_timestamps": {"graph_chars": ["H"]}}, "$.audio_timestamps", r"graph_times is missing"),
        (
            {"audio_timestamps": {**HEY, "graph_times": [[0, 1], [1, "2"]]}},
            "$.audio_timestamps.graph_times[1][1]",
            r"\$\.audio_timestamps\.graph_times\[1\]\[1\] is a string \('2'\); expected a number",
        ),
        ({"audio_timestamps": {**HEY, "graph_times": [[0, 1], [1]]}}, "$.audio_timestamps.graph_times[1]", "1 values"),
        ({"audio_timestamps": {**HEY, "phon_times": 7}}, "$.audio_timestamps.phon_times", "is a number"),
        ({"clips": [{}, {}]}, "$.clips", "2 clips of a batch"),
        ({"item": {"uuid": "a", "timestamps": 1}}, "$.item.timestamps", "is a number"),
    ],
)
def test_a_wrong_type_is_refused_by_the_path_of_its_field(change, path, message):
    with pytest.raises(CallbackError, match=message) as caught:
        read_callback({"id": "a", **change})
    assert caught.value.path == path
    assert pickle.loads(pickle.dumps(caught.value)).path == path


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not valid JSON"),
        (b"<html>AccessDenied</html>", "not valid JSON.*AccessDenied"),
        (b"[1, 2]", "is a JSON list"),
        (b"null", "is a JSON null"),
        (b'"text"', "is a JSON str"),
        (b'{"id": "a"', "not valid JSON"),
        (b'{"id": "\xff"}', "not valid JSON"),
        (b'{"a":' * 500_000 + b"1" + b"}" * 500_000, "nested too deeply"),
        (b'{"id": "a", "audio_timestamps": ' + b"[" * 500_000, "nested too deeply"),
        (b'{"id": 1' + b"0" * 5000 + b"}", "not valid JSON"),
    ],
)
def test_what_is_no_callback_is_refused(raw, message):
    with pytest.raises(CallbackError, match=message):
        read_callback(raw)


def test_sources_that_are_no_json_are_refused(tmp_path):
    with pytest.raises(CallbackError, match="JSON list"):
        read_callback([])
    with pytest.raises(CallbackError, match="not int"):
        read_callback(7)
    with pytest.raises(CallbackError, match="cannot be written as JSON"):
        read_callback({"id": object()})
    for text in ("a\0b", "\ud800.json"):
        with pytest.raises(CallbackError, match="is neither JSON nor a path"):
            read_callback(text)
    with pytest.raises(FileNotFoundError):
        read_callback(tmp_path / "none.json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "null"])
def test_numbers_that_are_no_times_are_left_to_repair(number):
    raw = f'{{"graph_chars": ["a","b"], "graph_times": [[0, 0.5], [0.5, {number}]]}}'
    callback = read_callback(raw)
    assert not math.isfinite(callback.graphemes.times[1, 1])
    tidy, report = repair(callback.graphemes, duration=1.0)
    assert tidy.times.tolist() == [[0, 0.5], [0.5, 1.0]]
    assert report["not_finite"].tolist() == [1]


def test_arrays_of_unequal_length_are_paired_and_reported():
    callback = read_callback({**HEY, "graph_chars": ["H", "i", "!"]})
    tidy, report = repair(callback.graphemes, duration=1.0, found=callback.found["graphemes"])
    assert tidy.text == "Hi!"
    assert report["unpaired_label"].tolist() == [2]
    short = read_callback({**HEY, "graph_chars": ["H"]})
    assert short.found["graphemes"][0].kind == "unpaired_time"


@pytest.mark.parametrize("value", [0, -1, -0.5, 10**400])
@pytest.mark.parametrize("more", [{}, {"other": math.nan}], ids=["msgspec", "tolerant"])
def test_a_duration_or_rate_that_measures_nothing_is_none(value, more):
    payload = {"id": "a", "duration": value, "sample_rate": value, "audio_timestamps": HEY, **more}
    callback = read_callback(json.dumps(payload))
    assert callback.duration is None
    assert callback.sample_rate is None


no_audio_has = st.sampled_from([-1, -0.5, 1e-9, 1e7 + 1, 1e308, 10**400, 5e-324]) | st.floats(
    min_value=1.1e7, allow_infinity=False
)


@given(st.sampled_from(["duration", "sample_rate"]), no_audio_has, st.sampled_from([{}, {"other": math.nan}]))
def test_a_duration_or_rate_that_no_audio_has_is_ignored_and_reported(key, value, more):
    payload = {"id": "a", key: value, "audio_timestamps": HEY, **more}
    clip = open_clip(json.loads(json.dumps(payload)))
    assert getattr(clip.callback, key) is None
    assert f"payload_{key}" in clip.report["graphemes"].kinds
    assert max(map(len, str(clip.report["graphemes"]).split())) < 40
    assert clip.duration == 0.25
    assert clip.dumps("eaf")
    assert clip.dumps("emu")
    assert clip.dumps("rhubarb")


def test_a_usual_duration_and_rate_are_no_findings():
    callback = read_callback({"duration": 86400.5, "sample_rate": 44100, "audio_timestamps": HEY})
    assert (callback.duration, callback.sample_rate, callback.found["graphemes"]) == (86400.5, 44100, ())


@pytest.mark.parametrize("stamps", [{}, dict.fromkeys(HEY), {"other": 1}])
@pytest.mark.parametrize("more", [{}, {"other": math.nan}], ids=["msgspec", "tolerant"])
def test_time_stamps_without_any_array_are_absent(stamps, more):
    callback = read_callback(json.dumps({"id": "a", "audio_timestamps": stamps, **more}))
    assert not callback.has_timestamps
    with pytest.raises(TimestampsMissingError, match="came without audio_timestamps"):
        _ = callback.graphemes


@pytest.mark.parametrize("more", [{}, {"other": math.nan}], ids=["msgspec", "tolerant"])
def test_phones_alone_are_read(more):
    stamps = {"phon_chars": ["h"], "phon_times": [[0, 0.1]]}
    callback = read_callback(json.dumps({"id": "a", "audio_timestamps": stamps, **more}))
    assert len(callback.graphemes) == 0
    assert callback.phones.labels == ("h",)


def test_halves_of_characters_outside_the_arrays_are_replaced():
    payload = {"id": "a\ud800", "project_id": "\udfff", "url": "\ud83d\ude00.wav", "issues": ["\ud800"]}
    callback = read_callback(payload)
    assert (callback.id, callback.project_id, callback.url) == ("a\ufffd", "\ufffd", "😀.wav")
    assert callback.issues == ("\ufffd",)
    assert json.loads(callback.to_json()) == json.loads(json.dumps(payload))


def test_phones_without_any_times_are_no_phones():
    callback = read_callback({**HEY, "phon_chars": ["h", "aɪ"], "phon_times": None})
    assert not callback.has_phones


@pytest.mark.parametrize(
    "pairs",
    [[{"start": 0.0, "end": 0.1}, {"start": 0.1, "duration": 0.15}], [[0, 0.1], {"start": 0.1, "end": 0.25}]],
)
def test_records_are_read_as_pairs(pairs):
    assert read_callback({**HEY, "graph_times": pairs}).graphemes.times == pytest.approx(np.array(HEY["graph_times"]))


def test_halves_of_characters_are_joined():
    """A service of 16-bit strings can send one emoji as two entries."""
    times = [[0, 0.1], [0.1, 0.2], [0.2, 0.3], [0.3, 0.4]]
    raw = json.dumps({"graph_chars": ["a", "\ud83d", "\ude00", "\ude00"], "graph_times": times})
    for source in (raw, raw.encode(), json.loads(raw), json.dumps(json.loads(raw), ensure_ascii=False)):
        callback = read_callback(source)
        assert callback.graphemes.labels[:2] == ("a", "😀")
        assert callback.graphemes.text == "a😀\ufffd"
        assert callback.found["graphemes"][0].rows.tolist() in ([1, 2, 3], [3])


@pytest.mark.slow
def test_fifty_megabytes_are_read():
    count = 1_200_000
    times = ",".join(f"[{i / 10:.4f},{(i + 1) / 10:.4f}]" for i in range(count))
    chars = ",".join(['"a"'] * count)
    pad = "x" * 20_000_000
    raw = f'{{"id":"a","pad":"{pad}","audio_timestamps":{{"graph_chars":[{chars}],"graph_times":[{times}]}}}}'
    assert len(raw) > 50_000_000
    assert len(read_callback(raw).graphemes) == count


pair = st.lists(st.one_of(st.floats(0, 100), st.integers(0, 100)), min_size=2, max_size=2)


@given(st.lists(pair), st.sampled_from([None, 1]), st.booleans())
def test_times_are_those_plain_json_reads(times, indent, ascii_only):
    payload = {"graph_chars": ["é"] * len(times), "graph_times": times}
    raw = json.dumps(payload, indent=indent, ensure_ascii=ascii_only)
    assert read_callback(raw).graphemes.times.tolist() == [list(map(float, t)) for t in times]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*HEY, "id", "url", "issues", "duration", "item", "timestamps"]), json_values))
def test_any_object_is_read_or_refused_with_a_typed_error(payload):
    try:
        callback = read_callback(payload)
    except CallbackError as error:
        refused = error
    else:
        levels = (callback.graphemes, callback.phones) if callback.has_timestamps else ()
        assert all(np.isfinite(repair(level).timeline.times).all() for level in levels)
        return
    assert refused.path.startswith("$")


@given(st.dictionaries(st.sampled_from([*HEY, "id", "url", "issues", "duration", "item", "timestamps"]), json_values))
def test_reading_field_by_field_agrees_with_msgspec(payload):
    """NaN in a key of no meaning is all it takes to read the same payload the tolerant way."""
    found = []
    for more in ({}, {"other": math.nan}):
        try:
            callback = read_callback({**payload, **more})
        except CallbackError as error:
            found.append(error.path)
        else:
            levels = (callback.graphemes, callback.phones) if callback.has_timestamps else ()
            facts = (callback.id, callback.url, callback.issues, callback.duration, callback.has_timestamps)
            found.append(repr((facts, [(level.labels, level.times.tolist()) for level in levels])))
    assert found[0] == found[1]
