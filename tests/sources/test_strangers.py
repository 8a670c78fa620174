"""What other programs write: doubled line ends, lyrics that come again, numbers for no time, moved media."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import sbv, srt, webvtt
from clipaudio.captions.formats.line_ends import unify_line_ends
from clipaudio.sources.document import decode_document
from clipaudio.sources.lyrics import read_lyrics
from clipaudio.sources.tiers import with_marks
from clipaudio.sources.timed_text import read_timed_text

WORDS = st.lists(
    st.builds("{}{}".format, st.sampled_from("abcäß"), st.text("abcäß7.,'", max_size=4)), min_size=1, max_size=8
)


@st.composite
def cues(draw):
    found, now = [], 0
    for _ in range(draw(st.integers(1, 5))):
        start = now + draw(st.integers(0, 3000))
        now = start + draw(st.integers(100, 5000))
        lines = tuple(" ".join(words) for words in draw(st.lists(WORDS, min_size=1, max_size=2)))
        found.append(Cue(start / 1000, now / 1000, lines))
    return found


@pytest.mark.parametrize("write", [srt.dumps, webvtt.dumps, sbv.dumps])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\n", "\r\n\r\n"])
@given(given_cues=cues())
def test_cues_are_the_same_whatever_ends_their_lines(write, end, given_cues):
    text = write(given_cues).replace("\r\n", "\n")
    plain = clipaudio.open_clip(text.encode()).words
    assert clipaudio.open_clip(text.replace("\n", end).encode()).words == plain
    assert unify_line_ends(text) == (text, False)


def test_doubled_line_ends_of_webvtt_are_a_problem_because_players_show_no_text():
    problems = []
    text = "WEBVTT\r\r\n\r\r\n00:01.000 --> 00:02.000\r\r\nHi there\r\r\n"
    [cue] = webvtt.loads(text, problems=problems)
    assert cue.lines == ("Hi there",)
    assert [str(problem) for problem in problems] == [
        "line 2: line ends are doubled, so that players show no text; halve them"
    ]


def stamp(hundredths, *, hours=False):
    minutes, rest = divmod(hundredths, 6000)
    head = f"{minutes // 60}:{minutes % 60:02d}" if hours else f"{minutes:02d}"
    return f"{head}:{rest // 100:02d}.{rest % 100:02d}"


LINES = st.lists(
    st.tuples(WORDS, st.lists(st.integers(0, 900_000), min_size=1, max_size=4, unique=True)), min_size=1, max_size=6
)


@given(LINES, st.booleans(), st.integers(-2000, 2000), st.sampled_from(["[offset:{:+d}]", "[offset: {}]", ""]))
def test_lines_of_lyrics_are_sung_at_each_of_their_stamps(lines, hours, offset, tag):
    text = tag.format(offset) + "\n" + "[ar:Ann]\n[ve:1.0]\n"
    expected = []
    for words, times in lines:
        text += "".join(f"[{stamp(time, hours=hours)}]" for time in times) + " ".join(words) + "\n"
        expected += [(time / 100, " ".join(words)) for time in times]
    read = read_lyrics(decode_document(text.encode())).words
    by = offset / 1000 if tag else 0.0
    expected.sort(key=lambda line: line[0])
    assert list(read.labels) == [label for _, label in expected]
    np.testing.assert_allclose(read.times[:, 0], [start - by for start, _ in expected], atol=1e-9)


@given(
    st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.integers(1, 90), st.booleans()), min_size=2),
    st.sampled_from(["[{}]", "<{}>"]),
    st.booleans(),
)
def test_parts_of_a_word_of_lyrics_are_one_word(parts, form, has_end):
    now, text, expected, is_open = 100, "[00:01.00]", [], False
    for row, (label, length, has_blank) in enumerate(parts):
        text += (form.format(stamp(now)) if row else "") + label + " " * has_blank
        if is_open:
            expected[-1][0] += label
        else:
            expected.append([label, now / 100])
        is_open = not has_blank
        now += length
    text += form.format(stamp(now)) * has_end
    read = read_lyrics(decode_document(text.encode())).words
    assert list(read.labels) == [label for label, _ in expected]
    np.testing.assert_allclose(read.times[:, 0], [start for _, start in expected], atol=1e-9)
    np.testing.assert_allclose(read.times[-1, 1], now / 100 if has_end else np.nan, atol=1e-9)


def test_an_end_below_zero_stands_for_an_unknown_one():
    words = [("one", 0.0, 0.5), ("two", 0.5, -1), ("three", 1.5, 2.0), ("four", -1, -1)]
    rows = [{"word": f" {label}", "start": start, "end": end} for label, start, end in words]
    clip = clipaudio.open_clip(json.dumps({"segments": [{"words": rows}]}).encode())
    assert [(word.start, word.end) for word in clip.words][:3] == [(0.0, 0.5), (0.5, 1.5), (1.5, 2.0)]
    assert clip.report["words"]["estimated_word"].tolist() == [1, 3]
    assert not {"reversed", "negative", "shared"} & set(clip.report["words"].kinds)


def test_an_empty_time_of_ttml_is_none():
    body = '<p begin="1s" end="2s">Hi</p><p begin="" end=""/><p begin="3s" end="" dur="1s">you</p>'
    text = f'<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body><div>{body}</div></body></tt>'
    assert [(cue.start, cue.end) for cue in read_timed_text(text.encode()).cues] == [(1.0, 2.0), (3.0, 4.0)]


def elan(tiers, media=""):
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{time}" TIME_VALUE="{time}"/>' for time in range(0, 5000, 500))
    return (
        f'<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds">{media}</HEADER><TIME_ORDER>{slots}</TIME_ORDER>'
        f"{tiers}</ANNOTATION_DOCUMENT>"
    ).encode()


SPOKEN = (
    '<TIER TIER_ID="sentences"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a" TIME_SLOT_REF1="t500"'
    ' TIME_SLOT_REF2="t2500"><ANNOTATION_VALUE>so it is</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>'
)
PARTS = "".join(
    f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b{row}" ANNOTATION_REF="a"><ANNOTATION_VALUE>{label}'
    "</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
    for row, label in enumerate(("so", "it"))
)
CHILDREN = f'<TIER TIER_ID="words" PARENT_REF="sentences">{PARTS}</TIER>'


@pytest.mark.parametrize("tiers", [SPOKEN + CHILDREN, CHILDREN + SPOKEN])
def test_annotations_have_the_time_of_their_parents_wherever_its_tier_stands(tiers):
    words = clipaudio.open_clip(elan(tiers)).words
    assert [(word.label, word.start, word.end) for word in words] == [("so", 0.5, 1.5), ("it", 1.5, 2.5)]


def test_tiers_that_are_parents_of_each_other_are_read():
    loop = CHILDREN.replace("words", "x").replace("sentences", "words") + CHILDREN.replace("sentences", "x")
    assert clipaudio.open_clip(elan(loop)).words.labels == ("so", "it")  # nobody knows when


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=8), st.data())
def test_the_words_of_a_tier_are_all_there_whatever_its_sentences_say(words, data):
    written = [word for word in words if data.draw(st.booleans())]
    for _ in range(data.draw(st.integers(0, 3))):
        written.insert(data.draw(st.integers(0, len(written))), data.draw(st.text("xyz", min_size=1, max_size=3)))
    kept = with_marks(" ".join(written), words).split()
    assert "".join(kept) == "".join(words)


@pytest.mark.parametrize(
    ("media", "origin"),
    [
        ('<MEDIA_DESCRIPTOR MIME_TYPE="audio/x-wav" TIME_ORIGIN="1500"/>', 1.5),
        ('<MEDIA_DESCRIPTOR MIME_TYPE="video/mp4" TIME_ORIGIN="900"/><MEDIA_DESCRIPTOR MIME_TYPE="audio/x-wav"/>', 0.0),
        ('<MEDIA_DESCRIPTOR MIME_TYPE="video/mp4" TIME_ORIGIN="900"/>', 0.9),
        ("", 0.0),
    ],
)
def test_annotations_count_from_where_the_sound_begins_in_its_file(media, origin):
    clip = clipaudio.open_clip(elan(SPOKEN + CHILDREN, media))
    assert clip.words.starts.tolist() == [0.5 + origin, 1.5 + origin]
    assert ("media_origin" in clip.report["words"].kinds) == bool(origin)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize(
    ("named", "tag"), [("Language: de", "de"), ("language:pt-br ", "pt-BR"), ("Language: und", None)]
)
def test_the_header_of_webvtt_names_the_language(end, named, tag):
    lines = ["WEBVTT", "Kind: captions", named, "", "00:01.000 --> 00:02.000", "Ciao!", ""]
    assert clipaudio.read_source(end.join(lines).encode()).language == tag
    spoken = ["WEBVTT", "", "00:01.000 --> 00:02.000", named, ""]
    assert clipaudio.read_source(end.join(spoken).encode()).language is None


@pytest.mark.parametrize(("named", "tag"), [("[la:EN]", "en"), ("[la: deu]", "de"), ("[la:]", None), ("[ti:de]", None)])
def test_a_tag_of_lyrics_names_the_language(named, tag):
    for lines in ([named, "[00:01.00]Ciao!"], ["[00:01.00]Ciao!", named]):
        assert clipaudio.read_source("\n".join(lines)).language == tag
