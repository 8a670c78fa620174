"""The public values behave as Python values do: typed options, indexing, equality, pickling, pandas."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.audio.encode import encode
from clipaudio.clip.tables import LEVELS
from clipaudio.errors import ExportError, OptionError, TimelineError

STAMPS = {
    "graph_chars": list("Hi you."),
    "graph_times": [[row / 10, row / 10 + 0.1] for row in range(7)],
    "phon_chars": ["h", "aɪ", "j", "uː"],
    "phon_times": [[0.0, 0.1], [0.1, 0.2], [0.3, 0.4], [0.4, 0.6]],
}
CALLBACK = {"id": "a", "project_id": "p", "issues": ["quiet"], "audio_timestamps": STAMPS}


def open_one(tmp_path):
    (tmp_path / "a.wav").write_bytes(encode(np.zeros(7000), 10_000))
    return clipaudio.open_clip(CALLBACK, audio=tmp_path / "a.wav", language="en-GB")


def values_of(clip):
    levels = {name: getattr(clip.aligned, name) for name in LEVELS}
    return levels, clip.duration, clip.language, clip.dumps("timeline"), clip.dumps("srt")


def used(clip):
    """Return *clip* after everything about it was asked for."""
    values_of(clip)
    for name in ("phone_words", "sounds", "grapheme_phones", "disagreeing_graphemes", "word_phones"):
        getattr(clip.aligned, name)
    return clip


@pytest.mark.parametrize("again", [lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy, copy.copy])
@pytest.mark.parametrize(
    "make",
    [
        lambda clip: clip,
        lambda clip: clip.cut(0.1, 0.5),
        lambda clip: clip.speed(1.5).pad(0.2, 0.1),
        lambda clip: clipaudio.join([clip, clip.cut(0.0, 0.3)], gap=0.2),
    ],
    ids=["opened", "cut", "faster", "joined"],
)
def test_clips_pickle_and_copy_after_use(tmp_path, make, again):
    clip = used(make(open_one(tmp_path)))
    other = again(clip)
    assert values_of(other) == values_of(clip)
    assert other.convert(tmp_path / "b.wav").frames == clip.convert(tmp_path / "c.wav").frames


def test_an_edited_clip_without_audio_pickles():
    clip = clipaudio.open_clip(CALLBACK).cut(0.1, 0.5)
    assert values_of(pickle.loads(pickle.dumps(clip))) == values_of(clip)


@pytest.mark.parametrize("again", [lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy])
def test_aligned_levels_pickle_and_copy_after_use(tmp_path, again):
    aligned = used(open_one(tmp_path)).aligned
    other = again(aligned)
    assert [getattr(other, name) for name in LEVELS] == [getattr(aligned, name) for name in LEVELS]
    assert other.reports["graphemes"].kinds == aligned.reports["graphemes"].kinds
    with pytest.raises(TypeError):
        other.reports["graphemes"] = None


def test_a_clip_tells_what_the_payload_said(tmp_path):
    clip = open_one(tmp_path)
    assert (clip.text, clip.project_id, clip.issues, clip.language) == ("Hi you.", "p", ("quiet",), "en-GB")
    assert clip.syllables.labels == clip.aligned.syllables.labels
    joined = clipaudio.join([clip, clip])
    assert (joined.project_id, joined.issues, joined.text) == (None, (), "Hi you.Hi you.")


def test_reprs_are_one_short_line(tmp_path):
    clip = used(open_one(tmp_path))
    for value in (clip, clip.aligned, clip.words, clip.graphemes, clip.words[0], clip.callback):
        assert len(repr(value)) < 160, repr(value)
        assert "\n" not in repr(value)


@given(st.lists(st.sampled_from("abc"), max_size=6), st.data())
def test_indexing_agrees_with_a_list(labels, data):
    line = clipaudio.Timeline(tuple(labels), np.arange(2 * len(labels)).reshape(-1, 2))
    start, stop = data.draw(st.integers(-7, 7)), data.draw(st.integers(-7, 7))
    assert list(line[start:stop]) == list(line)[start:stop]
    mask = data.draw(st.lists(st.booleans(), min_size=len(labels), max_size=len(labels)))
    assert list(line[mask]) == [entry for entry, kept in zip(line, mask, strict=True) if kept]
    rows = data.draw(st.lists(st.integers(0, max(len(labels) - 1, 0)), max_size=4 if labels else 0))
    assert list(line[rows]) == [line[row] for row in rows]
    assert line[np.array(rows, int)] == line[rows]


def test_a_selection_of_words_keeps_its_child_ranges(tmp_path):
    words = open_one(tmp_path).words
    assert isinstance(words[0:2], clipaudio.Spans)
    assert words[[1]].child_ranges.tolist() == [words.child_ranges[1].tolist()]
    assert words[[1]][0] == words[-1]


@pytest.mark.parametrize("index", [[9], np.array([True]), ["a"], 1.5])
def test_rows_that_are_not_there_are_a_typed_error(tmp_path, index):
    with pytest.raises(TimelineError, match="no such rows"):
        open_one(tmp_path).words[index]
    with pytest.raises(IndexError):
        open_one(tmp_path).words[2]


def test_spans_are_equal_only_with_equal_child_ranges():
    one = clipaudio.Spans(("a",), [[0, 1]], [[0, 1]])
    assert one == clipaudio.Spans(("a",), [[0, 1]], [[0, 1]])
    assert one != clipaudio.Spans(("a",), [[0, 1]], [[0, 2]])
    assert one != clipaudio.Timeline(("a",), [[0, 1]])
    assert clipaudio.Timeline(("a",), [[0, 1]]) != one


def test_an_entry_unpacks():
    label, start, end = clipaudio.Timeline(("a",), [[0.0, 0.5]])[0]
    assert (label, start, end) == ("a", 0.0, 0.5)


@pytest.mark.parametrize("call", ["save", "dumps", "cues", "convert"])
def test_an_unknown_option_is_refused_with_the_nearest(tmp_path, call):
    clip = open_one(tmp_path)
    first = {"save": ["a.srt"], "dumps": ["srt"], "cues": [], "convert": [tmp_path / "b.wav"]}[call]
    wrong, nearest = ("sample_rat", "sample_rate") if call == "convert" else ("profle", "profile")
    with pytest.raises(OptionError, match=f"no option '{wrong}'; did you mean '{nearest}'") as caught:
        getattr(clip, call)(*first, **{wrong: 1})
    assert isinstance(caught.value, TypeError)
    assert (caught.value.name, caught.value.nearest) == (wrong, nearest)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_becomes_a_table(tmp_path, level, needs):
    needs("pandas")
    clip = open_one(tmp_path)
    table = clip.to_pandas(level)
    line = getattr(clip, level)
    assert table["label"].tolist() == list(line.labels)
    assert table[["start", "end"]].to_numpy().tolist() == line.times.tolist()
    if level == "phones":
        assert table["word"].tolist() == [0, 0, 1, 1]
    elif level != "graphemes":
        assert table[["first", "stop"]].to_numpy().tolist() == line.child_ranges.tolist()
    with pytest.raises(ExportError, match="no level 'letters'"):
        clip.to_pandas("letters")
