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
