from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clipaudio.emulator import tone
from clipaudio.emulator.script import read_body
from clipaudio.emulator.shapes import SHAPES, cells, shaped

LEGACY = 275 / 22050
PAIRS = (("graph_chars", "graph_times"), ("phon_chars", "phon_times"))
GRIDS = {"overlap": (LEGACY, 5e-5), "v1": (256 / 22050, 5e-5), "nophon": (0.01, 1e-9), "milliseconds": (1, 0)}


@pytest.fixture(params=sorted(SHAPES))
def shape(request):
    """Return each shape."""
    return request.param


def frames(times):
    return np.rint(np.array(times) / LEGACY).astype(int)


def test_arrays_are_whole_sorted_and_inside_the_audio(hostile, engine, shape, spoken):
    body, voice = hostile
    speech = spoken(body, engine, voice)
    check_arrays(speech, shaped(speech, shape), shape)


def check_arrays(speech, payload, shape):
    assert "".join(payload["graph_chars"]) == speech.text
    last = speech.duration * (1000 if shape == "milliseconds" else 1)
    for labels, times in PAIRS:
        assert len(payload[labels]) == len(payload[times])
        pairs = np.array(payload[times]).reshape(-1, 2)
        assert (pairs >= 0).all()
        assert (pairs <= last + 1e-9).all()
        assert (pairs[:, 1] > pairs[:, 0]).all(), "every entry lasts"
        assert (np.diff(pairs[:, 0]) >= 0).all(), "starts do not fall"
    assert json.loads(json.dumps(payload)) == payload


@pytest.mark.parametrize("shape", sorted(GRIDS))
def test_times_lie_on_the_grid_of_their_shape(hostile, engine, shape, spoken):
    body, voice = hostile
    payload = shaped(spoken(body, engine, voice), shape)
    step, residual = GRIDS[shape]
    for _, times in PAIRS:
        values = np.array(payload[times]).ravel()
        assert np.allclose(values, np.rint(values / step) * step, atol=residual + 1e-12, rtol=0)


@pytest.mark.parametrize("shape", ["contiguous", "milliseconds", "nophon"])
def test_intervals_touch(hostile, engine, shape, spoken):
    body, voice = hostile
    payload = shaped(spoken(body, engine, voice), shape)
    for _, times in PAIRS:
        assert all(a[1] == b[0] for a, b in pairwise(payload[times]))


def test_words_start_where_the_engine_says(hostile, engine, spoken):
    """The bound is 20 ms with a median of 0; ours is the rounding to 4 decimals."""
    body, voice = hostile
    speech = spoken(body, engine, voice)
    times = shaped(speech, "contiguous")["graph_times"]
    for word in speech.words:
        assert times[word.first][0] == pytest.approx(word.start / speech.sample_rate, abs=6e-5)


def test_pauses_are_silent_and_vowels_are_not(engine, spoken):
    body = 'Well, here we are. Nobody knows why; <break time="0.3s"/> not even (he said) the old man!'
    speech = spoken(body, engine)
    payload = shaped(speech, "contiguous")
    quiet, loud = [], []
    for letter, (start, end) in zip(payload["graph_chars"], payload["graph_times"], strict=True):
        cut = speech.samples[round(start * 22050) : round(end * 22050)].astype(float)
        if letter.lower() in "aeiou":
            loud.append(np.sqrt(np.mean(cut**2)))
        elif not letter.isalpha() and end - start > 0.03:
            quiet.append(np.sqrt(np.mean(cut**2)))
    assert len(quiet) > 5
    assert max(quiet) < 0.01 * np.median(loud)


def overlaps(pairs):
    return [a[1] - b[0] for a, b in pairwise(pairs.tolist())]


def check_legacy(payload, *, silence):
    """Check what the vendor's sample shows; an entry of `silence` frames or more is a pause."""
    phones = frames(payload["phon_times"])
    assert all(2 <= overlap <= 4 for overlap in overlaps(phones))
    steps = np.diff(phones[:, 0])
    assert (steps >= 3).all()
    lengths = (phones[:, 1] - phones[:, 0])[:-1]
    assert all(5 <= length <= 12 or length >= silence for length in lengths)
    starts = {start: i for i, (start, _) in enumerate(phones.tolist())}
    ends = {end: i for i, (_, end) in enumerate(phones.tolist())}
    for start, end in frames(payload["graph_times"]).tolist():
        assert 1 <= ends[end] - starts[start] + 1 <= 4, "a letter spans a run of phones"
    return np.mean(overlaps(phones)) / np.mean(lengths)


def test_the_checks_of_the_legacy_shape_hold_for_the_vendors_sample(data):
    sample = json.loads((data / "v2_doc_hey_there.json").read_text(encoding="utf-8"))
    assert 0.25 < check_legacy(sample, silence=13) < 0.45


def sharing(payload):
    """Say for each letter which entries of the phone row its interval runs over."""
    starts = [start for start, _ in payload["phon_times"]]
    ends = [end for _, end in payload["phon_times"]]
    return [(starts.index(start), ends.index(end)) for start, end in payload["graph_times"]]


def test_the_legacy_shape_has_the_labels_and_the_sharing_of_the_vendors_sample(data, spoken):
    sample = json.loads((data / "v2_doc_hey_there.json").read_text(encoding="utf-8"))
    payload = shaped(spoken("Hey there."), "overlap")
    assert payload["graph_chars"] == sample["graph_chars"]
    assert payload["phon_chars"] == sample["phon_chars"]
    assert sharing(payload) == sharing(sample)
    assert 0.25 < check_legacy(payload, silence=13) < 0.45


@pytest.mark.parametrize(
    "body",
    [
        "Resemble increases productivity through an easy to use API. What do you think?",
        "On 2024-01-15 Dr. Lee paid $4.50; isn’t it “cheap”?",
        "A",
    ],
)
def test_the_legacy_shape_keeps_its_properties_on_other_texts(body, engine, spoken):
    check = shaped(spoken(body, engine), "overlap")
    phones = frames(check["phon_times"])
    assert all(2 <= overlap <= 4 for overlap in overlaps(phones))
    assert (np.diff(phones[:, 0]) >= 3).all()
    graph = frames(check["graph_times"]).tolist()
    starts, ends = {a for a, _ in phones.tolist()}, {b for _, b in phones.tolist()}
    assert all(start in starts and end in ends for start, end in graph)


def test_v1_gives_stress_an_entry_of_its_own_and_shares_intervals(spoken):
    payload = shaped(spoken("This is a test."), "v1")
    assert "ˈ" in payload["phon_chars"]
    assert not any(label.startswith("ˈ") and len(label) > 1 for label in payload["phon_chars"])
    assert payload["graph_times"][0] == payload["graph_times"][1], "th"
    assert all(a[1] == b[0] for a, b in pairwise(payload["phon_times"]))


def test_nophon_has_no_phones_and_ends_with_the_audio(hostile, engine, spoken):
    body, voice = hostile
    speech = spoken(body, engine, voice)
    payload = shaped(speech, "nophon")
    assert payload["phon_chars"] == payload["phon_times"] == []
    assert payload["graph_times"][-1][1] == pytest.approx(speech.duration)


def test_spaces_and_punctuation_stand_in_both_rows(hostile, engine, spoken):
    body, voice = hostile
    speech = spoken(body, engine, voice)
    row = cells(speech)
    covered = {i for word in speech.words for i in range(word.first, word.stop)}
    between = [speech.text[i] for i in range(len(speech.text)) if i not in covered]
    named = [row.phones[first] for a, _, first, _ in row.cells if a not in covered]
    assert named == between
    assert [cell[0] for cell in row.cells[1:]] == [cell[1] for cell in row.cells[:-1]]
    assert [cell[2] for cell in row.cells[1:]] == [cell[3] for cell in row.cells[:-1]]
    assert (row.cells[-1][1], row.cells[-1][3]) == (len(row.letters), len(row.phones))


def test_an_empty_text_has_no_times(shape, spoken):
    assert shaped(spoken("", "tone"), shape) == {
        "graph_chars": [],
        "graph_times": [],
        "phon_chars": [],
        "phon_times": [],
    }


AWKWARD = st.sampled_from("ab \u0301'’-.,1$\u200d👩ไั&<\u200b")


@settings(deadline=None)
@given(
    st.text(AWKWARD | st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(sorted(SHAPES)),
)
@example("\u0301", "overlap")
def test_any_text_has_whole_sorted_times_in_every_shape(text, shape):
    speech = tone.speak(read_body(text))
    check_arrays(speech, shaped(speech, shape), shape)
