"""SubRip and WebVTT as strangers write them: no text is lost in silence, and segments of a stream have one clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import webvtt
from clipaudio.captions.timestamp import format_milliseconds
from clipaudio.errors import CaptionError
from clipaudio.sources.web_captions import read_webvtt

ROUND = 1 << 33  # ticks after which the clock of a stream begins anew


def found_in(speech):
    return {found.kind: str(found) for found in speech.found["words"]}


def times_of(speech):
    return [(label, *times) for label, times in zip(speech.words.labels, speech.words.times.tolist(), strict=True)]


def segment(cues, local_ms, ticks, *, is_first=False):
    """Return a segment in which *cues*, in milliseconds of the stream, count from a clock of its own."""
    ahead = round(ticks / 90) - local_ms
    head = f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{ticks % ROUND},LOCAL:{format_milliseconds(local_ms)}\n\n"
    rows = [f"{format_milliseconds(a - ahead)} --> {format_milliseconds(b - ahead)}\n{text}\n\n" for a, b, text in cues]
    return ("" if is_first else "\ufeff") + head + "".join(rows)


@given(
    st.lists(st.integers(400, 5000), min_size=4, max_size=12),
    st.integers(0, ROUND // 90 - 1),
    st.integers(1, 6),
    st.data(),
)
def test_segments_that_were_joined_have_the_times_of_the_stream(lengths, base, count, data):
    """Also where the clock of the stream begins anew between them, and where they share a caption."""
    cues, now = [], base + 20_000
    for row, length in enumerate(lengths):
        cues.append((now, now + length, f"line {row}"))
        now += length
    parts = [cues[k * len(cues) // count : (k + 1) * len(cues) // count] for k in range(count)]
    text = ""
    for row, own in enumerate(parts):
        shared = [parts[row - 1][-1]] if row and parts[row - 1] and data.draw(st.booleans()) else []
        local = data.draw(st.integers(0, 10_000))
        ahead = base + 10_000 if row == 0 else data.draw(st.integers(base, base + 15_000))
        text += segment([*shared, *own], local, (ahead + local) * 90, is_first=row == 0)
    speech = read_webvtt(text)
    expected = [(text, (a - base - 10_000) / 1000, (b - base - 10_000) / 1000) for a, b, text in cues]
    assert times_of(speech) == expected
    assert "stream_clock" in found_in(speech)


def test_a_clock_at_zero_is_not_told():
    speech = read_webvtt(segment([(1000, 2000, "hello")], 0, 0, is_first=True))
    assert not speech.found
    assert "10 s ahead" in found_in(read_webvtt(segment([(11_000, 12_000, "hello")], 0, 900_000)))["stream_clock"]


def test_a_text_that_is_said_twice_stays_in_one_file():
    cues = [Cue(1.0, 2.0, ("No.",)), Cue(1.0, 2.0, ("No.",))]
    assert len(read_webvtt(webvtt.dumps(cues)).words.labels) == 2


def test_a_text_that_speaks_of_webvtt_is_no_header():
    speech = read_webvtt("WEBVTT\n\n00:01.000 --> 00:02.000\nWEBVTT\nis a format\n")
    assert times_of(speech) == [("WEBVTT is a format", 1.0, 2.0)]


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n\nmy friend\n", "my friend"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n\nup --> down\nmy friend\n", "up --> down"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello\n\nAnn\n00:00:03,000 --> 00:00:04,000\nBye\n", "Ann"),
    ],
)
def test_text_that_is_lost_or_doubtful_is_told_by_whatever_reads_it(tmp_path, text, lost):
    clip = clipaudio.open_clip(text.encode())
    assert lost in str(clip.report["words"])
    path = tmp_path / "translation"
    path.write_text(text, encoding="utf-8")
    told = []
    clipaudio.clip.translation.read_translation(path, tell=told.append)
    assert lost in " ".join(told)


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT\n\n00:01,000 --> 00:02,000\nHello\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\na < b\n",
        "WEBVTT\n\nNOTE my friend\n\n1\n00:01.000 --> 00:02.000\nHello\n",
    ],
)
def test_what_is_read_whole_is_not_told_here(text):
    assert not read_webvtt(text).found.get("words")


def test_a_line_of_a_later_segment_has_its_number_in_the_file():
    first = segment([(1000, 2000, "hello")], 0, 0, is_first=True)
    text = first + segment([(3000, 4000, "you")], 0, 0) + "stray\n"
    number = text.split("\n").index("stray") + 1
    assert f"line {number}: " in found_in(read_webvtt(text))["lost_text"]


def test_times_that_cannot_be_read_are_an_error_as_before():
    with pytest.raises(CaptionError, match="line 3: expected times"):
        read_webvtt("WEBVTT\n\n00:01 --> 00:02\nHello\n")
