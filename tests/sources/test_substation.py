"""ASS and SSA as speech times: cues as pysubs2 reads them, words of karaoke."""

from __future__ import annotations

import numpy as np
import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import ass
from clipaudio.captions.formats.pysubs2_bridge import from_pysubs2
from clipaudio.cli.main import main
from clipaudio.errors import SourceError
from clipaudio.sources.substation import read_dialogues

HEAD = "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
WORDS = st.lists(st.text("abcxyzäß.,!?'{}\\", min_size=1, max_size=6), min_size=1, max_size=6)


@st.composite
def cues(draw):
    found, now = [], 0.0
    for words in draw(st.lists(WORDS, min_size=1, max_size=5)):
        start = now + draw(st.integers(3, 300)) / 100
        now = start + draw(st.integers(10, 500)) / 100
        half = len(words) // 2
        lines = tuple(line for line in (" ".join(words[:half]), " ".join(words[half:])) if line)
        found.append(Cue(start, now, lines, speaker=draw(st.sampled_from([None, "Ann", "Bob"]))))
    return found


@given(cues())
def test_what_is_written_is_read_as_pysubs2_reads_it(given_cues):
    text = ass.dumps(given_cues)
    read = read_dialogues(text)
    assert read == list(from_pysubs2(pysubs2.SSAFile.from_string(text)))
    times = [(cue.start, cue.end) for cue in read]
    np.testing.assert_allclose(times, [(cue.start, cue.end) for cue in given_cues], atol=0.0101)


@given(st.text("[]Evntsdialogue:,0123456789.{}\\kKfo\n ", max_size=200), st.booleans())
def test_any_text_is_cues_or_a_typed_error(text, has_head):
    try:
        read = read_dialogues((HEAD if has_head else "") + text)
    except SourceError as error:
        assert "line" in str(error) or "[Events]" in str(error)  # noqa: PT017 - either is fine
    else:
        assert all(cue.lines for cue in read)


@pytest.fixture
def spoken():
    words = "Well, um, I think we should meet on Monday. Is that okay?".split()
    return clipaudio.open_clip(
        [{"word": word, "start": 0.1 + row * 0.4, "end": 0.4 + row * 0.4} for row, word in enumerate(words)]
    )


def test_words_of_karaoke_come_back(spoken):
    read = clipaudio.open_clip(spoken.dumps("ass-karaoke"))
    assert read.source == "ass-words"
    assert read.words.labels == spoken.words.labels
    np.testing.assert_allclose(read.words.starts, spoken.words.starts, atol=0.011)


def test_a_cue_repeated_for_each_of_its_words_is_one_cue(spoken):
    text = spoken.dumps("ass-words")
    assert text.count("Dialogue:") > len(spoken.cues())
    assert [cue.lines for cue in read_dialogues(text)] == [cue.lines for cue in spoken.cues()]
    same = r"Dialogue: 0,0:00:0{}.00,0:00:0{}.00,Default,,0,0,0,,No."
    assert len(read_dialogues(HEAD + "\n".join(same.format(row, row + 1) for row in range(3)))) == 3  # said three times


def test_words_keep_their_times_beside_a_cue_without(spoken):
    karaoke = spoken.dumps("ass-karaoke")
    plain = "Dialogue: 0,0:00:09.00,0:00:10.00,Default,,0,0,0,,These have no times\n"
    mixed = clipaudio.open_clip(karaoke.rstrip() + "\n" + plain)
    alone = clipaudio.open_clip(karaoke)
    count = len(alone.words)
    assert mixed.words.labels == (*alone.words.labels, "These", "have", "no", "times")
    np.testing.assert_array_equal(mixed.words.times[:count], alone.words.times)
    assert (mixed.words.starts[count], mixed.words.ends[-1]) == (9.0, 10.0)
    assert mixed.report["words"]["estimated_word"].tolist() == [count]


def test_the_ends_of_karaoke_are_the_ends_of_words():
    raw = r"Dialogue: 0,0:00:01.00,0:00:05.00,Default,,0,0,0,,{\k30}Go {\k50}{\k40}far away {\k20}now"
    clip = clipaudio.open_clip(HEAD + raw)
    assert [(word.start, word.end) for word in (clip.words[0], clip.words[3])] == [(1.0, 1.3), (2.2, 2.4)]
    assert (clip.words[1].start, clip.words[2].end) == (1.8, 2.2)  # one syllable, two words
    assert clip.report["words"]["estimated_word"].tolist() == [1]


@pytest.mark.parametrize("columns", ["Start, End, Text", "Marked, Start, End, Style, Name, Text", "end,start,text"])
def test_columns_are_those_of_the_file(columns):
    names = [name.strip().lower() for name in columns.split(",")]
    values = {"start": "0:00:01.50", "end": "1:02:03.4", "name": "Ann", "text": r"Hello, {\i1}you{\i0}\Nthere"}
    line = ",".join(values.get(name, "0") for name in names)
    [cue] = read_dialogues(f"{HEAD}Format: {columns}\nDialogue: {line}\n")
    assert cue == Cue(1.5, 3723.4, ("Hello, you", "there"), speaker="Ann" if "name" in names else None)


def test_comments_drawings_and_empty_lines_are_no_cues():
    rows = [
        "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not said",
        r"Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,{\p1}m 0 0 l 9 9{\p0}",
        r"Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,{\an8}",
        "Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,second",
        "Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,first",
    ]
    assert [cue.text for cue in read_dialogues(HEAD + "\r\n".join(rows))] == ["first", "second"]


@pytest.mark.parametrize(
    "raw", [r"{\p1}m 0 0 l 10 10{\p0}Real words", r"Real {\pos(1,2)\p4}m 0 0{\p0\b1}words", r"Real words{\p1}m 1 1"]
)
def test_only_the_drawing_of_a_line_is_left_out(raw):
    [cue] = read_dialogues(f"{HEAD}Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{raw}")
    assert cue.lines == ("Real words",)


@given(st.permutations(range(4)), st.booleans())
def test_lines_of_karaoke_are_read_in_place_of_what_effects_made_of_them(order, has_comment):
    row = "{}: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,{},{}"
    line = row.format("Comment", "karaoke", r"{\kf50}hel{\kf50}lo {\kf100}world")
    made = [row.format("Dialogue", "fx", rf"{{\pos(1,1)}}{text}") for text in ("hel", "lo", "world")]
    template = row.format("Comment", "template syl", r"{\pos($x,$y)}")
    rows = [*made, line if has_comment else template]
    file = "\n".join([HEAD + template, *(rows[k] for k in order)])
    words = [label for label, _, _ in clipaudio.open_clip(file.encode()).words]
    assert words == ["hello", "world"] if has_comment else sorted(words) == ["hel", "lo", "world"]


def test_layers_of_one_text_are_one_cue_with_the_words_of_any():
    row = r"Dialogue: {},0:00:01.00,0:00:02.00,Default,{},0,0,0,,{}"
    layers = [(0, "", r"{\blur3}Go away"), (1, "", r"{\k30}Go {\k20}away"), (2, "", "Go away"), (3, "Ann", "Go away")]
    read = read_dialogues(HEAD + "\n".join(row.format(*layer) for layer in layers))
    assert [(cue.lines, cue.speaker, len(cue.words)) for cue in read] == [
        (("Go away",), None, 2),
        (("Go away",), "Ann", 0),
    ]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x85"])
def test_only_line_ends_end_a_dialogue(separator):
    raw = f"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Hello{separator}there"
    [cue] = read_dialogues(HEAD + raw + "\r")
    assert cue.text == f"Hello{separator}there"
    assert clipaudio.open_clip(HEAD + raw).words.labels == ("Hello", "there")


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        (r"{\i1}No!{\i0}", "No!", 2),
        (r"No, {\i1}no{\i0}!", "No, no!", 2),
        (r"{\an8}No!", r"{\an2}No!", 2),
        (r"{\k50}La {\k50}la", r"{\k40}La {\k60}la", 2),
        (r"{\c&H00FFFF&}No, {\r}no!", r"No, {\c&H00FFFF&}no!{\r}", 1),
        (r"{\c&H00FFFF&}Well, {\c&HFFFFFF&}no!", r"{\c&HFFFFFF&}Well, no!", 1),
        (r"{\1c&H00D7FF&}No!", r"{\1c&HFFFFFF&}No!", 1),
    ],
)
def test_only_a_cue_whose_words_light_up_goes_on(first, second, count):
    row = "Dialogue: 0,0:00:0{}.00,0:00:0{}.00,Default,,0,0,0,,{}"
    read = read_dialogues(HEAD + "\n".join([row.format(1, 2, first), row.format(2, 3, second)]))
    assert (len(read), read[0].start, read[-1].end) == (count, 1.0, 3.0)


def test_syllables_may_have_times_of_their_own():
    raw = r"{\k 50}Hello {\kt200\k60}there {\kf40.5}you"
    [cue] = read_dialogues(HEAD + f"Dialogue: 0,0:00:01.00,0:00:09.00,Default,,0,0,0,,{raw}")
    assert [word[3:] for word in cue.words] == [(1.0, 1.5), (3.0, 3.6), (3.6, 4.005)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("Dialogue: 0,0:00:0x.00,0:00:01.00,Default,,0,0,0,,a", r"line 5: no times and text of a dialogue"),
        ("Dialogue: 0,0:00:01.00", "line 5: no times and text"),
        ("Format: Start, Text, End", "line 5: expected Start, End and, last, Text"),
    ],
)
def test_damage_is_told_with_its_line(rows, told):
    with pytest.raises(SourceError, match=told):
        read_dialogues(HEAD + rows)
    with pytest.raises(SourceError, match=r"no \[Events\]"):
        read_dialogues("[Script Info]\n")


def test_captions_are_made_again_from_ass(spoken, tmp_path):
    path = tmp_path / "old.ass"
    path.write_text(spoken.dumps("ass"), "utf-8-sig")
    assert main(["recaption", str(path), "--to", "srt,ass", "--max-chars", "20", "--out", str(tmp_path / "new")]) == 0
    new = clipaudio.open_clip(tmp_path / "new" / "old.srt")
    assert new.words.labels == spoken.words.labels
    assert main(["recaption", str(path), "--to", "ass"]) == 1  # never over its source
