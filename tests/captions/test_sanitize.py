"""The one door: what is mended, what is refused, and that each change is told."""

from __future__ import annotations

import pickle
from math import inf, nan

import pytest

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import ass, lrc, srt, transcript, tsv, ttml, webvtt, words_json
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.errors import ExportError

WRITERS = (ass, lrc, srt, transcript, tsv, ttml, webvtt, words_json)


def kinds(cues):
    return [(change.index, change.kind) for change in prepare(cues).changes]


@pytest.mark.parametrize(
    ("text", "lines", "told"),
    [
        ("plain", ("plain",), []),
        ("a\x00b", ("ab",), ["control"]),
        ("a\x1bb\x7f", ("ab",), ["control"]),
        ("a\rb", ("a", "b"), ["line end"]),
        ("a\r\nb", ("a", "b"), ["line end"]),
        ("a\nb", ("a", "b"), ["line end"]),
        ("a\n\nb", ("a", "b"), ["blank line", "line end"]),
        ("a\n \u3000\nb", ("a", "b"), ["blank line", "line end"]),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f\tg", ("a b c d e f g",), ["space"]),
        ("\ufeffa", ("a",), ["byte order mark"]),
        (" \ufeff \ufeffa", ("a",), ["byte order mark"]),
        ("a\ufeffb", ("a\ufeffb",), []),
        ("a\ud800b", ("a\ufffdb",), ["surrogate"]),
        (" a ", ("a",), ["edge"]),
        ("\u3000a", ("\u3000a",), []),
        ("👩\u200d👧 شم\u200f", ("👩\u200d👧 شم\u200f",), []),
        ("a \u202eشم\u202c \u2067b\u2069", ("a \u202eشم\u202c \u2067b\u2069",), []),
        ("a\u202eb \u2066c ", ("a\u202eb \u2066c\u2069\u202c",), ["direction"]),
        ("a\u2069b\n\u202c", ("ab",), ["direction", "line end"]),
    ],
)
def test_text_becomes_lines_that_every_format_can_hold(text, lines, told):
    prepared = prepare([Cue(0, 1, (text,))])
    assert [cue.lines for cue in prepared.cues] == [lines]
    assert [change.kind for change in prepared.changes] == told


@pytest.mark.parametrize("lines", [(), ("",), (" ", "\u3000"), ("\x00\ufeff",), ("\ufeff\n\ufeff",)])
def test_a_cue_without_text_is_left_out_and_told(lines):
    prepared = prepare([Cue(0, 1, lines), Cue(1, 2, ("a",))])
    assert [cue.text for cue in prepared.cues] == ["a"]
    assert (0, "no text") in [(change.index, change.kind) for change in prepared.changes]


@pytest.mark.parametrize(
    ("start", "end", "now", "told"),
    [
        (-1.0, 2.0, (0.0, 2.0), ["negative"]),
        (-2.0, -1.0, (0.0, 0.001), ["negative", "too short"]),
        (3.0, 3.0, (3.0, 3.001), ["too short"]),
        (3.0, 2.0, (3.0, 3.001), ["too short"]),
        (360_000.0, 360_000.5, (360_000.0, 360_000.5), []),
    ],
)
def test_times_are_mended_and_told(start, end, now, told):
    prepared = prepare([Cue(start, end, ("a",))])
    assert [(cue.start, cue.end) for cue in prepared.cues] == [now]
    assert [change.kind for change in prepared.changes] == told


@pytest.mark.parametrize("bad", [nan, inf, -inf, 1e308])
@pytest.mark.parametrize("room", WRITERS)
def test_every_writer_refuses_a_time_that_is_none_and_names_the_cue(room, bad):
    good = Cue(0, 1, ("a",))
    for wrong in (Cue(bad, 1, ("b",)), Cue(0, bad, ("b",))):
        with pytest.raises(ExportError, match=r"cue 1 lasts from .* to .* s; expected finite seconds") as caught:
            room.dumps([good, wrong])
        assert caught.value.index == 1
        assert pickle.loads(pickle.dumps(caught.value)).index == 1


def test_a_word_without_a_time_is_refused_by_those_that_write_words():
    cue = Cue(0, 1, ("a",), (CueWord(0, 0, 1, nan, 1.0),))
    with pytest.raises(ExportError, match=r"cue 0 has a word from nan to 1\.0 s"):
        prepare([cue])
    assert "a" in srt.dumps([cue])


def test_cues_are_put_in_order_and_that_is_told():
    cues = [Cue(5, 6, ("later",)), Cue(1, 2, ("first",)), Cue(5, 7, ("last",))]
    assert [cue.text for cue in prepare(cues).cues] == ["first", "later", "last"]
    assert kinds(cues) == [(1, "order")]


@pytest.mark.parametrize(
    ("word", "now"),
    [
        (CueWord(0, 4, 6, -1.0, 0.5), [(0, 4, 6, 0.0, 0.5)]),
        (CueWord(0, 4, 6, 0.5, 9.0), [(0, 4, 6, 0.5, 1.0)]),
        (CueWord(0, 4, 60, 0.5, 0.9), [(0, 4, 6, 0.5, 0.9)]),
        (CueWord(0, 2, 6, 0.5, 0.9), [(0, 2, 6, 0.5, 0.9)]),
        (CueWord(0, 4, 4, 0.5, 0.9), []),
        (CueWord(3, 0, 1, 0.5, 0.9), []),
        (CueWord(-1, 0, 1, 0.5, 0.9), []),
    ],
)
def test_words_stay_within_the_text_and_the_time_of_their_cue(word, now):
    cue = Cue(0, 1, ("Oh, no",), (word,))
    prepared = prepare([cue])
    assert [tuple(word) for word in prepared.cues[0].words] == now
    assert bool(prepared.changes) == (prepared.cues != (cue,))


def test_words_follow_the_text_and_one_that_is_gone_goes():
    words = (CueWord(0, 1, 3, 0.1, 0.2), CueWord(0, 4, 5, 0.3, 0.4), CueWord(0, 6, 7, 0.5, 0.6), CueWord(7, 0, 1, 0, 0))
    (cue,) = prepare([Cue(0, 1, ("\x00ab\n\x01\x02c",), words)]).cues
    assert cue.lines == ("ab", "c")
    assert cue.words == (CueWord(0, 0, 2, 0.1, 0.2), CueWord(1, 0, 1, 0.5, 0.6))


def test_a_name_becomes_one_clean_line_and_that_is_told():
    cues = [
        Cue(0, 1, ("a",), speaker="Ann\r\nLee "),
        Cue(1, 2, ("b",), speaker=" \x00"),
        Cue(2, 3, ("c",), speaker="Bo"),
    ]
    assert [cue.speaker for cue in prepare(cues).cues] == ["Ann Lee", None, "Bo"]
    assert kinds(cues) == [(0, "speaker"), (1, "speaker")]


def test_labels_come_where_the_speaker_changes_and_words_move_along():
    word = CueWord(0, 0, 2, 0, 1)
    cues = [
        Cue(0, 1, ("Hi", "you"), (word, CueWord(1, 0, 3, 1, 1)), "Ann"),
        Cue(1, 2, ("Hi",), (word,), "Ann"),
        Cue(2, 3, ("Hi",), (word,), None),
        Cue(3, 4, ("Hi",), (word,), "Ann"),
    ]
    labelled = label_speakers(cues)
    assert [cue.lines[0] for cue in labelled] == ["Ann: Hi", "Hi", "Hi", "Ann: Hi"]
    assert labelled[0].words == (CueWord(0, 5, 7, 0, 1), CueWord(1, 0, 3, 1, 1))


def test_prepared_cues_and_what_was_given_stay_the_same_objects():
    cues = (Cue(0, 1, ("a",), (CueWord(0, 0, 1, 0, 1),)), Cue(1, 2, ("b",)))
    assert all(one is other for one, other in zip(prepare(cues).cues, cues, strict=True))
    assert prepare([]) == ((), ())


def test_words_that_end_with_their_cue_up_to_rounding_are_no_change():
    end = 3.25
    cue = Cue(0.1, end, ("Hi you",), (CueWord(0, 0, 2, 0.1, 0.5), CueWord(0, 3, 6, 0.5, end + 4e-16)))
    prepared = prepare([cue])
    assert prepared.changes == ()
    assert prepared.cues[0].words[-1].end == end
    late = Cue(0.1, end, cue.lines, (cue.words[0], CueWord(0, 3, 6, 0.5, end + 0.01)))
    assert [change.kind for change in prepare([late]).changes] == ["words"]
