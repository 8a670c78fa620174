"""Whatever a cue says, it can be had back from every format, white space aside."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.direction import isolate_mixed
from clipaudio.captions.escaping import JOINER, escape, find_changes, narrow_braces, unescape, widen_braces
from clipaudio.captions.formats import ass, lrc, srt, transcript, tsv, ttml, webvtt, words_json
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.timestamp import round_to_units
from clipaudio.errors import CaptionError
from clipaudio.text import unescape_formula

TOKENS = [
    *(
        "--> -- > < b /b i v & amp; &#60; {an8} { } \\ N n h : 00:00:01.000 1:02:03,4 00:01.000 . , 42 [ ] ti: NOTE "
        "\x00 \x0b \x85 \u2028 \r \r\n \n \t \ufeff \u3000 \ufffe \ud800 \u2060 ش é 字 👩 NULL STYLE WEBVTT "
        "\u202a \u202c \u202e \u2067 \u2069 ｛ ｝ = +1 @ ' ＝"
    ).split(" "),
    " ",
    "\n",
    "a",
]
TEXTS = st.one_of(
    st.text(st.characters(), max_size=20),
    st.lists(st.sampled_from(TOKENS), max_size=12).map("".join),
)
SECONDS = st.floats(-1, 400_000)
NAMES = st.one_of(st.none(), TEXTS)


@st.composite
def given_cues(draw, *, wild=True):
    """Return cues with words, of which nothing is sure."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        lines = tuple(draw(st.lists(TEXTS, max_size=3)))
        start = draw(SECONDS)
        end = draw(SECONDS) if wild else start + draw(st.floats(0, 9))
        words = []
        for line, text in enumerate(lines):
            cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
            for first, stop in zip(cuts[::2], cuts[1::2], strict=False):
                a = start + draw(st.floats(-1 if wild else 0, 9))
                words.append(CueWord(line, first, stop, a, a + draw(st.floats(-1 if wild else 0, 2))))
        found.append(Cue(start, end, lines, tuple(words), draw(NAMES)))
    return found


CUES = given_cues()


def squeezed(text):
    return "".join(text.replace(JOINER, "").split())


def shown(cues):
    return [squeezed(cue.text) for cue in prepare(cues).cues]


def rounded(cues, *, per_second=1000):
    kept = prepare(cues).cues
    units = round_to_units(kept, per_second)
    return tuple(
        replace(cue, start=a / per_second, end=b / per_second, words=(), speaker=None)
        for cue, (a, b) in zip(kept, units, strict=True)
    )


@given(CUES)
def test_what_was_prepared_needs_no_more(cues):
    prepared = prepare(cues)
    assert prepare(prepared.cues) == (prepared.cues, ())
    assert prepared.cues == tuple(cues) or prepared.changes
    for cue in prepared.cues:
        assert 0 <= cue.start < cue.end
        assert cue.lines
        assert not re.search("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]", "".join(cue.lines))
        assert all(line.strip() and line == line.strip(" ") for line in cue.lines)
        times = [time for word in cue.words for time in (word.start, word.end)]
        assert all(cue.start <= time <= cue.end for time in times)
        assert all((a.line, a.stop) <= (b.line, b.first) or a.line < b.line for a, b in pairwise(cue.words))
        assert all(0 <= word.first < word.stop <= len(cue.lines[word.line]) for word in cue.words)
    assert [cue.start for cue in prepared.cues] == sorted(cue.start for cue in prepared.cues)


@given(st.lists(st.text("abc \x00\u2028\ud800\n\r", max_size=12), min_size=1, max_size=3), st.data())
def test_words_follow_their_characters(lines, data):
    where = [(line, place) for line, text in enumerate(lines) for place, c in enumerate(text) if c in "abc"]
    chosen = sorted(data.draw(st.sets(st.sampled_from(where)))) if where else []
    words = tuple(CueWord(line, place, place + 1, 0.5, 0.5) for line, place in chosen)
    prepared = prepare([Cue(0, 1, tuple(lines), words)])
    if chosen:
        (cue,) = prepared.cues
        letters = [cue.lines[word.line][word.first : word.stop] for word in cue.words]
        assert letters == [lines[line][place] for line, place in chosen]


@given(st.one_of(TEXTS, st.text("{}｛｝\u2060\\a")))
def test_wide_braces_are_read_back_and_no_other_is_left(text):
    written = widen_braces(text)
    assert narrow_braces(written) == text
    assert not set("{}") & set(written)
    if not set("{}") & set(text) and JOINER not in text:
        assert written == text


@given(TEXTS, st.sampled_from(["srt", "webvtt", "ass", "lrc"]))
def test_joiners_put_in_are_taken_out_and_told(text, name):
    written = escape(text, name)
    assert unescape(written, name) == text
    assert written.replace(JOINER, "") == text.replace(JOINER, "")
    told = {change.kind for change in find_changes([Cue(0, 1, (text,))], name)}
    assert bool(told - {"brace"}) <= (written != text)
    assert told or written == text
    assert name != "ass" or ("brace" in told) == bool(set("{}") & set(text))


@given(CUES)
def test_srt_is_read_back_as_it_was(cues):
    assert srt.loads(srt.dumps(cues)) == rounded(cues)


@given(CUES)
def test_labels_of_speakers_stand_before_the_text_in_srt(cues):
    labelled = label_speakers(prepare(cues).cues)
    assert [cue.lines for cue in srt.loads(srt.dumps(cues, speakers=True))] == [cue.lines for cue in labelled]


@given(CUES)
def test_webvtt_is_read_back_as_it_was_with_its_speakers(cues):
    assert webvtt.loads(webvtt.dumps(cues)) == rounded(cues)
    kept = prepare(cues).cues
    speakers = tuple(replace(cue, speaker=told.speaker) for cue, told in zip(rounded(cues), kept, strict=True))
    assert webvtt.loads(webvtt.dumps(cues, speakers=True)) == speakers


@given(CUES, st.sampled_from([{"words": True}, {"word_class": "w"}, {"karaoke": True}]), st.booleans())
def test_webvtt_with_the_times_of_words_is_read_back(cues, options, speakers):
    read = webvtt.loads(webvtt.dumps(cues, **options, speakers=speakers))
    assert [(cue.start, cue.end) for cue in read] == [(cue.start, cue.end) for cue in rounded(cues)]
    for cue, told in zip(read, prepare(cues).cues, strict=True):
        assert squeezed(cue.text) == squeezed(told.text)
        stamps = {round(word.start * 1000) for word in cue.words} - {round(cue.start * 1000)}
        assert stamps <= {int(piece.start * 1000 + 0.5) for line in told.pieces() for piece in line}
        assert all(a.start < b.start or a.line < b.line for a, b in pairwise(cue.words))


@given(CUES)
def test_isolates_are_all_that_is_added(cues):
    kept = prepare(cues).cues
    for cue, told in zip(isolate_mixed(kept), kept, strict=True):
        for line, was in zip(cue.lines, told.lines, strict=True):
            assert line in (was, f"\u2066{was}\u2069", f"\u2067{was}\u2069")
        for word, before in zip(cue.words, told.words, strict=True):
            a, b = cue.lines[word.line], told.lines[before.line]
            assert a[word.first : word.stop] == b[before.first : before.stop]


def ass_events(text):
    found = []
    for line in text.split("[Events]")[1].splitlines()[2:]:
        _, start, end, *_, shown_ = line.removeprefix("Dialogue: ").split(",", 9)
        found.append((start, end, shown_))
    return found


def ass_text(text):
    return narrow_braces(re.sub(r"\{[^{}]*\}", "", text).replace(r"\N", "\n"))


@given(CUES, st.sampled_from(["plain", "k", "kf"]))
def test_ass_holds_every_text_once(cues, words):
    events = ass_events(ass.dumps(cues, words=words))
    assert [squeezed(ass_text(text)) for _, _, text in events] == shown(cues)


@given(CUES)
def test_karaoke_fills_the_time_from_the_start_to_the_end_of_the_last_word(cues):
    kept = prepare(cues).cues
    for cue, (_, _, text), (start, _) in zip(
        kept, ass_events(ass.dumps(kept, words="k")), round_to_units(kept, 100), strict=True
    ):
        spent = sum(map(int, re.findall(r"\{\\k(\d+)\}", text)))
        if cue.words:
            begun = [piece.start for line in cue.pieces() for piece in line]
            assert spent == int(max(cue.words[-1].end, *begun) * 100 + 0.5) - start


@given(CUES)
def test_highlights_meet_fill_the_cue_and_show_the_whole_text(cues):
    for cue in prepare(cues).cues:
        events = ass_events(ass.dumps([cue], words="highlight"))
        ((start, end, _),) = ass_events(ass.dumps([cue]))
        assert (events[0][0], events[-1][1]) == (start, end)
        assert all(a[1] == b[0] and a[0] != a[1] for a, b in pairwise(events))
        assert {squeezed(ass_text(text)) for _, _, text in events} == {squeezed(cue.text)}


@given(CUES, st.sampled_from([None, "#ffff00"]), st.booleans())
def test_ttml_is_xml_with_every_text(cues, colour, speakers):
    tree = ET.fromstring(ttml.dumps(cues, word_colour=colour, speakers=speakers, language="en").encode())
    space = "{http://www.w3.org/ns/ttml}"
    texts = []
    for paragraph in tree.iter(f"{space}p"):
        for end in paragraph.iter(f"{space}br"):
            end.text = "\n"
        texts.append(squeezed("".join(paragraph.itertext())))
    wanted = (re.sub("[\ufffe\uffff]", "", cue.text) for cue in prepare(cues).cues)
    assert texts == [squeezed(text) for text in wanted if text.strip()]


@pytest.mark.parametrize("words", [False, True])
@given(CUES)
def test_lyrics_hold_every_text(words, cues):
    lines = [line for line in lrc.dumps(cues, words=words).splitlines() if re.match(r"\[\d+:\d\d\.\d\d\].", line)]
    stamp = r"<\d+:\d\d\.\d\d>" if words else "$^"
    kept = prepare(cues).cues
    # a cue without words has no times of words
    read = [
        squeezed(re.sub(stamp if cue.words else "$^", "", line.partition("]")[2]))
        for cue, line in zip(kept, lines, strict=True)
    ]
    assert read == shown(cues)


@given(CUES)
def test_tables_json_and_transcripts_hold_every_text(cues):
    rows = tsv.dumps(cues).removesuffix("\n").split("\n")[1:]
    assert [squeezed(unescape_formula(row.split("\t")[2])) for row in rows] == shown(cues)
    told = json.loads(words_json.dumps(cues))
    assert [squeezed(segment["text"]) for segment in told["segments"]] == shown(cues)
    assert "".join(segment["text"] for segment in told["segments"]) == told["text"]
    for segment, cue in zip(told["segments"], prepare(cues).cues, strict=True):
        if cue.words:
            assert "".join(word["word"] for word in segment["words"]) == segment["text"]
    assert squeezed(transcript.dumps(cues)) == "".join(shown(cues))


@given(TEXTS, st.sampled_from(["", "WEBVTT\n\n", "00:01.000 --> 00:02.000\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n"]))
def test_any_text_is_read_or_refused_with_its_line(text, before):
    for room in (srt, webvtt):
        try:
            cues = room.loads(before + text)
        except CaptionError as error:
            cues = ()
            line = error.line
        else:
            line = 1
        assert line >= 1
        assert all(cue.lines and all(line.strip() for line in cue.lines) for cue in cues)
