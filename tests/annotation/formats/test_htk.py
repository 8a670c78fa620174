"""Labels of HTK: another reader finds the same phones and words, in units of 100 ns."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.annotation.formats import htk
from clipaudio.timing.timeline import Timeline

LABELS = ["HH", "AY1", "ə", "5", "don't", "sil"]


def line_of(labels, steps, first=0.0):
    edges = np.cumsum(np.array(steps, float).ravel()).reshape(-1, 2) / 100 + first
    return Timeline(tuple(labels), edges)


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.integers(0, 9), st.integers(1, 30)), min_size=1, max_size=10))
def test_textgrid_reads_phones_and_words_of_a_master_label_file(needs, tmp_path_factory, rows):
    reader = needs("textgrid").MLF
    phones = line_of([row[0] for row in rows], [row[1:] for row in rows])
    word_of = [row // 2 for row in range(len(rows))]
    starts = phones.times[::2, 0]
    ends = phones.times[[*range(1, len(rows), 2), *([len(rows) - 1] if len(rows) % 2 else [])], 1]
    words = Timeline(tuple(f"w{row}" for row in range(len(starts))), np.c_[starts, ends])
    path = tmp_path_factory.mktemp("htk") / "a.mlf"
    path.write_text(htk.dumps_mlf(phones, words, word_of, duration=float(ends[-1]) + 0.5, name="a"), "utf-8")
    (grid,) = reader(str(path))
    found = [one for one in grid[0] if one.mark != "sil"]
    kept = [
        (label, *times) for label, times in zip(phones.labels, phones.times.tolist(), strict=True) if label != "sil"
    ]
    assert [one.mark for one in found] == [label for label, _, _ in kept]
    assert [(one.minTime, one.maxTime) for one in found] == [pytest.approx(row[1:], abs=1e-4) for row in kept]
    assert [one.mark for one in grid[1]] == list(words.labels)


@given(st.lists(st.tuples(st.text(max_size=8), st.integers(0, 9), st.integers(1, 30)), max_size=8))
def test_label_files_cover_the_clip_without_gaps_whatever_the_labels(rows):
    line = line_of([row[0] for row in rows], [row[1:] for row in rows], first=36_000.0)
    text = htk.dumps_lab(line, duration=36_100.0)
    edges = [(int(start), int(end)) for start, end, _ in (row.split(" ", 2) for row in text.split("\n")[:-1])]
    assert all(start < end for start, end in edges)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(edges))
    assert edges == [] or (edges[0][0], edges[-1][1]) == (0, 361_000_000_000)


QUOTED = [
    ("a b", '"a b"'),
    ('"x"', '"\\"x\\""'),
    ("a\\b", '"a\\\\b"'),
    (".", '"."'),
    ("'tis", '"\'tis"'),
    ("a\t\nb", '"a b"'),
    ("5", "5"),
    ("don't", "don't"),
]


@pytest.mark.parametrize(("label", "written"), QUOTED)
def test_labels_that_htk_would_misread_are_quoted(label, written):
    assert htk.dumps_lab(Timeline((label,), [[0, 1]]), duration=1) == f"0 10000000 {written}\n"


def test_without_phones_the_words_are_written_and_without_labels_nothing():
    none = Timeline((), np.empty((0, 2)))
    assert "5000000 10000000 Hi\n" in htk.dumps_mlf(none, Timeline(("Hi",), [[0.5, 1.0]]), [], duration=1.0)
    assert htk.dumps_lab(none, duration=1.0) == ""
    assert htk.dumps_mlf(none, none, [], duration=1.0) == '#!MLF!#\n"*/clip.lab"\n.\n'
