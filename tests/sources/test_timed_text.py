"""TTML as speech times: cues as ttconv and pysubs2 read them, words of spans and of animations."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction

import numpy as np
import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import srt, ttml
from clipaudio.cli.main import main
from clipaudio.errors import SourceError
from clipaudio.sources.timed_text import read_timed_text
from clipaudio.sources.timed_text_clock import TimedTextClock

NAMESPACES = (
    'xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'
    ' xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xmlns:tts="http://www.w3.org/ns/ttml#styling"'
)
WORDS = st.lists(st.text("abcxyzäß.,!?'<&>", min_size=1, max_size=6), min_size=2, max_size=6)


def document(body, *, attributes="", head=""):
    return f'<?xml version="1.0"?><tt {NAMESPACES} xml:lang="en" {attributes}>{head}<body>{body}</body></tt>'.encode()


@st.composite
def cues(draw):
    found, now = [], 0
    for words in draw(st.lists(WORDS, min_size=1, max_size=5)):
        start = now + draw(st.integers(2, 3000))
        now = start + draw(st.integers(100, 5000))
        half = len(words) // 2
        found.append(Cue(start / 1000, now / 1000, (" ".join(words[:half]), " ".join(words[half:]))))
    return found


@given(cues())
def test_what_is_written_is_read_as_ttconv_and_pysubs2_read_it(given_cues):
    reader = pytest.importorskip("ttconv.imsc.reader")
    writer = pytest.importorskip("ttconv.srt.writer")
    text = ttml.dumps(given_cues)
    read = read_timed_text(text.encode()).cues
    assert read == given_cues
    events = pysubs2.SSAFile.from_string(text, format_="ttml")
    assert [(event.start, event.end) for event in events] == [
        (round(cue.start * 1000), round(cue.end * 1000)) for cue in read
    ]
    if any("<" in line for cue in read for line in cue.lines):
        return  # SubRip, in which ttconv writes, cannot tell such text from tags
    theirs = srt.loads(writer.from_model(reader.to_model(ET.ElementTree(ET.fromstring(text)))))
    assert [(cue.start, cue.end, cue.lines) for cue in theirs] == [(cue.start, cue.end, cue.lines) for cue in read]


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ('begin="00:00:01.500" end="00:00:02.5"', (1.5, 2.5)),
        ('begin="00:00:01:12" end="00:00:02:00"', (1.5, 2.0)),
        ('begin="15000t" end="25000t"', (1.5, 2.5)),
        ('begin="36f" dur="24f"', (1.5, 2.5)),
        ('begin="1.5s" dur="1000ms"', (1.5, 2.5)),
        ('begin="0.5h" end="31m"', (1800.0, 1860.0)),
        ('begin="1:02.5" end="1:03"', (62.5, 63.0)),
        ('begin="1.5" end="2.25"', (1.5, 2.25)),
    ],
)
def test_every_form_of_time_is_read(times, seconds):
    rates = 'ttp:frameRate="24" ttp:tickRate="10000"'
    [cue] = read_timed_text(document(f"<div><p {times}>Hello</p></div>", attributes=rates)).cues
    assert (cue.start, cue.end) == seconds
    slow = 'ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"'
    [cue] = read_timed_text(document('<div><p begin="24f" end="48f">a</p></div>', attributes=slow)).cues
    assert (cue.start, cue.end) == (1.001, 2.002)


def test_times_count_from_the_parent_and_in_a_sequence_from_the_one_before():
    nested = '<div begin="10s"><p begin="1s" end="2s">a</p><p><span begin="3s" end="4s">b</span></p></div>'
    assert [(cue.start, cue.end) for cue in read_timed_text(document(nested)).cues] == [(11, 12), (13, 14)]
    sequence = '<div timeContainer="seq"><p dur="2s">a</p><p begin="1s" dur="2s">b</p><p dur="1s">c</p></div>'
    assert [(cue.start, cue.end) for cue in read_timed_text(document(sequence)).cues] == [(0, 2), (3, 5), (5, 6)]


def test_lyrics_that_give_the_time_of_the_whole_file_are_read_so():
    head = '<head><metadata><ttm:agent xml:id="v1"><ttm:name>Ann</ttm:name></ttm:agent></metadata></head>'
    lines = (
        '<div begin="10.1" end="20"><p begin="10.1" end="14" ttm:agent="v1"><span begin="10.1" end="10.5">Hel</span>'
        '<span begin="10.5" end="11">lo</span> <span begin="11.2" end="14">world</span></p>'
        '<p begin="15" end="20" ttm:agent="v1"><span begin="15" end="20">Bye</span></p></div>'
    )
    clip = clipaudio.open_clip(document(lines, head=head))
    assert [(word.label, word.start) for word in clip.words] == [("Hello", 10.1), ("world", 11.2), ("Bye", 15.0)]
    assert [cue.speaker for cue in read_timed_text(document(lines, head=head)).cues] == ["Ann", "Ann"]


def test_words_that_are_coloured_one_by_one_come_back():
    words = "Well, um, I think we should meet on Monday. Is that okay?".split()
    said = [{"word": word, "start": 0.1 + row * 0.4, "end": 0.4 + row * 0.4} for row, word in enumerate(words)]
    clip = clipaudio.open_clip(said)
    read = clipaudio.open_clip(clip.dumps("ttml-words"))
    assert read.source == "ttml-words"
    assert read.words.labels == clip.words.labels
    np.testing.assert_allclose(read.words.starts, clip.words.starts, atol=0.0011)
    assert clipaudio.open_clip(clip.dumps("ebu-tt-d")).words.labels == clip.words.labels


def test_words_keep_their_times_beside_a_line_without():
    body = (
        '<div><p begin="1s" end="5s"><span begin="0s" end="0.5s">Hello</span> <span begin="2s" end="3s">you</span></p>'
        '<p begin="6s" end="8s">and all others</p></div>'
    )
    clip = clipaudio.open_clip(document(body))
    assert [(word.start, word.end) for word in clip.words][:2] == [(1.0, 1.5), (3.0, 4.0)]
    assert (clip.source, clip.words[2].start, clip.words[4].end) == ("ttml-words", 6.0, 8.0)
    assert clip.report["words"]["estimated_word"].tolist() == [2]


RUBY = (
    '<span tts:ruby="container"><span tts:ruby="base">漢字</span><span tts:ruby="delimiter">(</span>'
    '<span tts:ruby="{}"><span>かんじ</span></span><span tts:ruby="delimiter">)</span></span>です'
)
STYLES = (
    '<head><styling><style xml:id="gone" tts:display="none"/><style xml:id="unseen" tts:visibility="hidden"/>'
    '<style xml:id="chain" style="other unseen"/><style xml:id="other" style="chain"/></styling></head>'
)


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (RUBY.format("text"), "漢字です"),
        (RUBY.format("textContainer"), "漢字です"),
        ('you <span ttm:role="x-translation" xml:lang="de">du</span><span ttm:role="x-roman">yu</span>', "you"),
        ('you<span ttm:role="x-bg">(ooh)</span>', "you (ooh)"),
        ('you<span ttm:role="x-bg x-translation">(uh)</span>', "you"),
        ('you <span tts:display="none">not</span>', "you"),
        ('you <span tts:visibility="hidden">not <span tts:visibility="visible">but</span> not</span>', "you but"),
        ('you <span style="gone">not</span> <span style="chain">nor</span>', "you"),
        ('you <span style="gone" tts:display="auto">too</span>', "you too"),
        ('<span style="unseen">you<set begin="0s" tts:visibility="visible"/></span>', "you"),
    ],
)
def test_text_that_is_not_shown_or_spoken_is_left_out(inside, text):
    body = f'<div><p begin="1s" end="3s">{inside}</p><p begin="4s" end="5s" style="gone">not</p></div>'
    assert [cue.text for cue in read_timed_text(document(body, head=STYLES)).cues] == [text]


def test_styles_that_refer_to_very_many_others_are_refused():
    chain = "".join(f'<style xml:id="s{row}" style="s{row + 1}"/>' for row in range(2000))
    body = '<div><p begin="1s" end="2s" style="s0">a</p></div>'
    with pytest.raises(SourceError, match="styles of the TTML"):
        read_timed_text(document(body, head=f"<head><styling>{chain}</styling></head>"))


def test_background_words_are_words_of_their_own():
    inside = (
        '<span begin="0s" end="1s">Hel</span><span begin="1s" end="2s">lo</span>'
        '<span ttm:role="x-bg"><span begin="2.5s" end="3s">(ooh)</span></span>'
    )
    clip = clipaudio.open_clip(document(f'<div><p begin="1s" end="5s">{inside}</p></div>'))
    assert clip.text == "Hello (ooh)"
    assert [(word.start, word.end) for word in clip.words] == [(1.0, 3.0), (3.5, 4.0)]


@pytest.mark.parametrize(
    ("mode", "rate", "multiplier", "time", "seconds"),
    [
        ("nonDrop", "30", "1000 1001", "00:10:00:00", 600.6),
        ("dropNTSC", "30", "1000 1001", "00:10:00:00", 599.9994),
        ("dropNTSC", "30", "1000 1001", "00:01:00:02", 60.06),
        ("dropNTSC", "30", "1000 1001", "01:00:00:00", 3599.9964),
        ("dropPAL", "30", "1000 1001", "00:02:00:04", 120.12),
        ("nonDrop", "24", "1000 1001", "00:00:10:12", 10.5105),
        ("nonDrop", "25", "1 1", "00:10:00:05", 600.2),
        ("dropNTSC", "30", "1000 1001", "600.5s", 600.5),
        ("dropNTSC", "30", None, "01:00:00:00", 3599.9964),
        ("dropNTSC", None, None, "01:00:00:00", 3599.9964),
        ("nonDrop", None, None, "01:00:00:15", 3600.5),
    ],
)
def test_time_codes_of_smpte_count_frames(mode, rate, multiplier, time, seconds):
    given = {"frameRate": rate, "frameRateMultiplier": multiplier, "dropMode": mode}
    attributes = " ".join(f'ttp:{name}="{value}"' for name, value in given.items() if value is not None)
    body = f'<div><p begin="{time}" end="02:00:00:00">a</p></div>'
    [cue] = read_timed_text(document(body, attributes=f'{attributes} ttp:timeBase="smpte"')).cues
    assert cue.start == pytest.approx(seconds, abs=5e-6)


@given(st.integers(0, 24 * 107892 - 1))
def test_each_frame_has_one_drop_frame_time_code(frame):
    minutes, rest = divmod(frame, 17982)
    minutes = minutes * 10 + max(0, (rest - 2) // 1798)
    label = frame + 2 * (minutes - minutes // 10)
    code = f"{label // 108000:02}:{label // 1800 % 60:02}:{label // 30 % 60:02}:{label % 30:02}"
    clock = TimedTextClock(Fraction(30000, 1001), Fraction(1), Fraction(30), "dropNTSC")
    assert clock.seconds(code) == float(Fraction(frame * 1001, 30000))


def test_spans_of_a_sequence_follow_each_other():
    inside = '<span dur="1s">One</span> <span begin="0.5s" dur="2s">two</span> <span end="1s">three</span>'
    [cue] = read_timed_text(document(f'<div><p begin="1s" end="9s" timeContainer="seq">{inside}</p></div>')).cues
    assert [word[3:] for word in cue.words] == [(1.0, 2.0), (2.5, 4.5), (4.5, 5.5)]


def test_text_between_the_spans_of_a_sequence_is_left_out_as_by_ttconv_and_told():
    reader, writer = map(pytest.importorskip, ("ttconv.imsc.reader", "ttconv.srt.writer"))
    inside = 'zero <span dur="1s">one</span> half <span dur="2s">two</span> three'
    whole = document(f'<div><p begin="1s" end="5s" timeContainer="seq">{inside}</p></div>')
    shown = writer.from_model(reader.to_model(ET.ElementTree(ET.fromstring(whole))))
    assert not any(word in shown for word in ("zero", "half", "three"))
    clip = clipaudio.open_clip(whole)
    assert [tuple(word) for word in clip.words] == [("one", 1.0, 2.0), ("two", 2.0, 4.0)]
    assert len(clip.report["words"]["unseen_text"]) == 3


@pytest.mark.parametrize("begin", ["", ' begin="2s"'])
def test_a_sequence_of_text_alone_has_no_length_as_in_ttconv_and_is_told(begin):
    reader, writer = map(pytest.importorskip, ("ttconv.imsc.reader", "ttconv.srt.writer"))
    inside = f'<p dur="1s">one</p><p{begin} timeContainer="seq">the second</p><p dur="1s">three</p>'
    whole = document(f'<div timeContainer="seq" dur="9s">{inside}</div>')
    shown = pysubs2.SSAFile.from_string(writer.from_model(reader.to_model(ET.ElementTree(ET.fromstring(whole)))))
    file = read_timed_text(whole)
    assert [(cue.start, cue.end, cue.text) for cue in file.cues] == [
        (event.start / 1000, event.end / 1000, event.plaintext) for event in shown
    ]
    assert file.unseen == ("the second",)


def test_what_has_no_length_in_a_sequence_is_refused():
    """It lasts until the end of the sequence, so that nothing behind it would ever be seen."""
    with pytest.raises(SourceError, match="'the second' stands in a sequence and has no dur or end"):
        read_timed_text(document('<div timeContainer="seq"><p dur="1s">a</p><p>the second</p><p dur="1s">c</p></div>'))
    with pytest.raises(SourceError, match="'b' stands in a sequence and has no dur or end"):
        read_timed_text(document('<p dur="3s" timeContainer="seq"><span>b</span><span dur="1s">c</span></p>'))


def test_what_is_as_long_as_its_spans_has_a_length_in_a_sequence():
    timed = '<p><span begin="1s" end="2s">b</span></p>'  # as long as its span
    read = read_timed_text(document(f'<div timeContainer="seq"><p dur="1s">a</p>{timed}<p/><p dur="1s">c</p></div>'))
    assert [(cue.start, cue.end) for cue in read.cues] == [(0.0, 1.0), (2.0, 3.0), (3.0, 4.0)]


def test_text_that_begins_after_its_parent_is_left_out_and_told():
    body = (
        '<div begin="0s" end="5s"><p begin="6s" end="8s">late</p><p begin="5s" end="6s">too</p>'
        '<p begin="1s" end="3s">seen <span begin="3s" end="4s">never</span></p></div>'
    )
    clip = clipaudio.open_clip(document(body))
    assert clip.text == "seen"
    assert len(clip.report["words"]["unseen_text"]) == 3
    assert "unseen_text: 3 texts begin after the end" in str(clip.report["words"])
    assert "(first: 'late')" in str(clip.report["words"])


def test_times_taken_as_of_the_whole_file_are_told():
    inside = (
        '<span begin="10" end="11">Hello</span> <span begin="11" end="12">you</span>'
        '<span ttm:role="x-bg" begin="12" end="14.5"><span begin="12.5" end="14.5">ooh</span></span>'
    )
    clip = clipaudio.open_clip(document(f'<div><p begin="10" end="14">{inside}</p></div>'))
    assert [word.start for word in clip.words] == [10.0, 11.0, 12.5]
    assert clip.report["words"]["file_times"].tolist() == [0, 1, 2]
    assert "read so (first: 0 'Hello' [10, 11])" in str(clip.report["words"])
    standard = clipaudio.open_clip(
        document('<div><p begin="10s" end="14s"><span begin="0s" end="2s">a</span></p></div>')
    )
    assert "file_times" not in standard.report["words"].kinds


def test_a_span_without_an_end_lasts_until_the_next():
    inside = '<span begin="0s">one</span>, <span begin="1s">two</span>! <span begin="2s" end="3s">three</span>'
    clip = clipaudio.open_clip(document(f'<div><p begin="1s" end="9s">{inside}</p></div>'))
    assert [(word.start, word.end) for word in clip.words] == [(1.0, 2.0), (2.0, 3.0), (3.0, 4.0)]


def test_words_keep_their_times_beside_words_without():
    inside = 'I <span begin="1s" end="2s">say</span>, un<span begin="3s" end="4s">do</span>ne so it <br/>is — no'
    clip = clipaudio.open_clip(document(f'<div><p begin="1s" end="9s">{inside}</p></div>'))
    assert clip.text == "I say, undone so it is — no"
    times = {word.label: (word.start, word.end) for word in clip.words}
    assert (times["I"], times["say"], times["undone"]) == ((1.0, 2.0), (2.0, 3.0), (4.0, 5.0))
    assert (times["so"][0], times["no"][1]) == (5.0, 9.0)
    assert clip.report["words"]["estimated_word"].tolist() == [0, 3]


PARTS = st.tuples(st.text("abc,—", min_size=1, max_size=3), st.booleans(), st.sampled_from(["", " ", "<br/>"]))


@given(st.lists(PARTS, min_size=1, max_size=8))
def test_the_text_and_the_given_starts_stay_whatever_has_a_time(parts):
    inside, now, times = "", 0, {}
    for text, is_timed, behind in parts:
        inside += f'<span begin="{now}s" end="{now + 1}s">{text}</span>' if is_timed else text
        inside += behind
        times[now] = is_timed
        now += 1
    raw = document(f'<div><p begin="0s" end="{now}s">{inside}</p></div>')
    written = " ".join("".join(text + behind.replace("<br/>", " ") for text, _, behind in parts).split())
    speech = clipaudio.read_source(raw)
    assert " ".join(speech.words.labels) == written
    starts = speech.words.times[:, 0]
    guessed = {row for finding in speech.found.get("words", ()) for row in finding.rows.tolist()}
    assert all(row in guessed or speech.words.unit == "sentences" or times[start] for row, start in enumerate(starts))
    assert clipaudio.open_clip(raw).text.replace(" ", "") == written.replace(" ", "")


def test_white_space_is_that_of_xml_and_breaks_are_lines():
    body = '<div><p begin="1s" end="2s">\n   Hello,\n   <span>you\t</span>\n  <br/> there <!-- not said --> </p></div>'
    assert [cue.lines for cue in read_timed_text(document(body)).cues] == [("Hello, you", "there")]
    assert read_timed_text(document('<div><p begin="1s" end="2s"> <br/> </p></div>')).cues == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_unicode_is_read_whatever_the_file_declares(encoding):
    text = document('<div><p begin="1s" end="2s">Grüße</p></div>').decode()
    text = text.replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    assert clipaudio.open_clip(text.encode(encoding)).text == "Grüße"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (document('<div><p begin="soon" end="2s">a</p></div>'), "'soon' is no time of TTML"),
        (document("<div></div>"), "no cue with text"),
        (document("<div>" * 200 + "</div>" * 200), "nested too deeply"),
        (
            document('<div><p begin="1s" end="2s">' + "<span>" * 200 + "a" + "</span>" * 200 + "</p></div>"),
            "too deeply",
        ),
        (document("", attributes='ttp:frameRate="0"'), "rate of the TTML"),
        (b'<!DOCTYPE tt [<!ENTITY a "b">]><tt ><body/></tt>', "declares entities"),
        (b"<tt ><body>", "not valid XML"),
    ],
)
def test_what_cannot_be_read_is_told(raw, told):
    with pytest.raises(SourceError, match=told):
        clipaudio.open_clip(raw)


@given(st.text("<>/=\"' abp0123456789.:sft", max_size=120))
def test_any_text_inside_is_cues_or_a_typed_error(text):
    try:
        read = read_timed_text(document(text))
    except SourceError:
        return
    assert all(any(cue.lines) for cue in read.cues)


def test_captions_are_made_again_from_ttml(tmp_path):
    path = tmp_path / "old.ttml"
    path.write_text(ttml.dumps([Cue(1.0, 4.0, ("This is an old caption", "of two lines."))]), "utf-8")
    assert main(["recaption", str(path), "--to", "srt", "--max-chars", "20", "--out", str(tmp_path / "new")]) == 0
    assert clipaudio.open_clip(tmp_path / "new" / "old.srt").text == "This is an old caption of two lines."
