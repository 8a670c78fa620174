"""Labels of HTK: what other tools write is read, and what only looks alike is not."""

from __future__ import annotations

import numpy as np
import pytest

import clipaudio
from clipaudio.errors import SourceError
from clipaudio.export import find_format
from clipaudio.sources import read_source

VITERBI = """#!MLF!#
"*/s1.rec"
0 2000000 sil -1200.5
2000000 3100000 HH -600.25 HI
3100000 4500000 AY1 -700
4500000 5000000 sp -10
5000000 6000000 Y -90 YOU
6000000 7500000 UW1 -90
.
"""


def test_a_viterbi_alignment_with_scores_has_its_words_and_phones():
    clip = clipaudio.open_clip(VITERBI.encode())
    assert clip.source == "htk"
    assert clip.words.labels == ("HI", "YOU")
    np.testing.assert_allclose(clip.words.times, [[0.2, 0.45], [0.5, 0.75]])
    assert clip.phones.labels == ("HH", "AY1", "Y", "UW1")


@pytest.mark.parametrize("name", ["lab", "mlf"])
def test_what_is_written_is_read_back(name):
    clip = clipaudio.open_clip(VITERBI.encode())
    again = clipaudio.open_clip(clip.dumps(name).encode())
    assert again.words.labels == clip.words.labels
    np.testing.assert_allclose(again.words.times, clip.words.times, atol=1e-7)
    if name == "mlf":
        assert again.phones.labels == clip.phones.labels


def test_labels_between_quotes_are_read_back():
    text = '0 5000000 "\\"a\\" b"\n5000000 9000000 \'c\\\'d\'\n'
    assert read_source(text.encode()).words.labels == ('"a" b', "c'd")


def test_labels_of_timit_in_samples_are_not_taken_for_units_of_100_ns():
    with pytest.raises(SourceError, match="no known shape"):
        read_source(b"0 3050 h#\n3050 4559 sh\n4559 5723 ix\n5723 6642 hv\n")


def test_several_recordings_are_refused():
    with pytest.raises(SourceError, match="2 recordings"):
        read_source((VITERBI + VITERBI.split("\n", 1)[1]).encode())


@pytest.mark.parametrize(("name", "text"), [("rttm", "turns of speakers without words"), ("scc", "is not read")])
def test_files_without_words_are_told_apart_from_those_with_words(name, text):
    clip = clipaudio.open_clip(VITERBI.encode())
    with pytest.raises(SourceError, match=text):
        read_source(b"".join(find_format(name).iterate(clip.export_context())))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"{1}{1}25.000\n{10}{60}Hello|there\n", "MicroDVD file counts frames"),
        (b"<SAMI><BODY><SYNC Start=100><P>Hello</BODY></SAMI>", "SAMI file is not read"),
        (b"//Font = Arial\n$Bold = False\n00:02:17:10 , 00:02:20:10 , Hello\n", "Spruce STL file is not read"),
        (b"850STL25.0100" + b" " * 1011 + b"\0\xff\x8f", "EBU STL file is not read"),
    ],
)
def test_captions_that_are_not_read_are_named_with_what_to_do(raw, text):
    with pytest.raises(SourceError, match=f"{text}.*convert it to srt or vtt"):
        read_source(raw)


PHONES = ["sil", "g", "uh", "d", "m", "ao", "r", "n", "ih", "ng", "t", "uw", "y", "uw", "sil"]


def _lines(labels, *, step=500_000):
    return "".join(f"{row * step} {(row + 1) * step} {label}\n" for row, label in enumerate(labels)).encode()


def _in_context(form, labels):
    sides = ["x", *labels, "x"]
    return [form.format(a, b, c) for a, b, c in zip(sides, sides[1:], sides[2:], strict=False)]


@pytest.mark.parametrize("form", ["x^{}-{}+{}=x@1_2/A:0_0_0/B:1-1+2", "n@x^{}-{}+{}=x_x%00^00/A:x-x@x~x", "{}-{}+{}"])
def test_phones_named_by_those_around_them_are_those_that_stand_alone(form):
    alone = read_source(_lines(PHONES))
    assert alone.words is None
    assert alone.phones.labels == tuple(PHONES[1:-1])
    named = read_source(_lines(_in_context(form, PHONES)))
    assert named.words is None
    assert named.phones == alone.phones


def test_the_states_of_a_phone_are_one_phone():
    labels = [f"{label}[{state}]" for label in _in_context("x^{}-{}+{}=x/A:0", ["sil", *PHONES]) for state in (2, 3, 4)]
    found = read_source(_lines(labels, step=150_000)).phones
    assert found.labels == tuple(PHONES[1:-1])
    np.testing.assert_allclose(found.ends - found.starts, 0.045)


def test_states_with_models_and_words_behind_them_are_phones_and_words():
    text = "0 400000 s2 -1 h -9 HI -9\n400000 900000 s3 -1\n900000 1500000 s2 -1 ay -8\n1500000 2000000 s3 -1\n"
    clip = clipaudio.open_clip(text.encode())
    assert clip.words.labels == ("HI",)
    assert clip.phones.labels == ("h", "ay")
    np.testing.assert_allclose(clip.phones.times, [[0, 0.09], [0.09, 0.2]])


def test_the_letters_of_the_alphabet_are_words():
    assert read_source(_lines("abcdefghijklmnopqrstuvwxyz")).words.labels == tuple("abcdefghijklmnopqrstuvwxyz")


def test_of_alternatives_the_first_is_read():
    other = VITERBI.replace("\n.\n", "\n///\n0 2000000 sil\n2000000 7500000 DH THEY\n.\n")
    assert read_source(other.encode()).words.labels == ("HI", "YOU")


def test_times_with_decimals_are_read():
    text = VITERBI.replace("3100000", "3100000.0").replace("5000000", "5e+06")
    np.testing.assert_array_equal(read_source(text.encode()).words.times, read_source(VITERBI.encode()).words.times)


@pytest.mark.parametrize("line", ["-1 7500000 UW1", "HELLO", "6000000 UW1", "6000000 7500000", "6000000 ? UW1"])
def test_a_line_without_a_label_or_times_is_refused(line):
    with pytest.raises(SourceError, match=r"line 8 is .*; expected start, end and label"):
        read_source(VITERBI.replace("6000000 7500000 UW1 -90", line).encode())
