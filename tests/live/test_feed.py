"""What comes out of a stream, cut in any way, is what the whole file holds: each once, in order, never withdrawn."""

from __future__ import annotations

import contextlib
import json
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_streams import SENTENCES, STREAMS, run_with_mouth, spoken, utterances
from source_shapes import WRITERS
from source_writing import AUDIO, Word, lines

import clipaudio
from clipaudio.errors import ClipAudioError, ExportError, SourceError
from clipaudio.live import Feed
from clipaudio.sources import SOURCES

SLOW = os.environ.get("CLIPAUDIO_SLOW") == "1"


def run(feed, parts):
    """Push *parts*, and return the words and cues that came before the end, and all."""
    early, words, cues, _ = run_with_mouth(feed, parts)
    return early[:2], words, cues


def check_same(feed, raw, parts, **options):
    _, words, cues = run(feed, parts)
    whole = clipaudio.open_clip(raw, language=options.pop("language", None))
    assert feed.differences == ()
    assert [word.label for word in words] == list(whole.words.labels)
    for word, expected in zip(words, whole.words, strict=True):
        assert tuple(word)[1:] == pytest.approx(tuple(expected)[1:], abs=1e-9)
    expected = whole.cues(**options)
    assert [(cue.start, cue.end, cue.lines) for cue in cues] == [(cue.start, cue.end, cue.lines) for cue in expected]
    assert feed.clip.words.times.tolist() == whole.words.times.tolist()
    assert feed.clip.cues(**options) == expected


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=10 if SLOW else 3)
@given(data=st.data(), words=utterances(shortest=120))
def test_bytes_cut_anywhere_give_the_words_and_cues_of_the_whole(name, data, words):
    raw = WRITERS[name](words)
    places = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=30)))
    parts = [raw[a:b] for a, b in zip([0, *places], [*places, len(raw)], strict=True)]
    profile = data.draw(st.sampled_from(["netflix", "bbc", "social", "word", "none"]))
    language = data.draw(st.sampled_from(["en", None]))
    check_same(Feed(language=language, profile=profile), raw, parts, profile=profile, language=language)


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=10 if SLOW else 3)
@given(data=st.data(), words=utterances(shortest=120))
def test_messages_in_any_groups_give_the_words_and_cues_of_the_whole(name, data, words):
    raw = WRITERS[name](words)
    messages = [json.loads(line.removeprefix(b"data: ")) for line in raw.splitlines() if b"{" in line]
    parts = []
    while messages:
        count = data.draw(st.integers(1, 4))
        parts.append(messages[0] if count == 1 else messages[:count])
        del messages[:count]
    fps = data.draw(st.sampled_from([None, 25, "24000/1001"]))
    check_same(Feed(language="en", fps=fps), raw, parts, fps=fps, language="en")


@pytest.mark.slow
@pytest.mark.parametrize("name", STREAMS)
def test_byte_by_byte_and_every_place_of_one_cut(name):
    raw = WRITERS[name](spoken("Hello there. Go on!"))
    check_same(Feed(), raw, [raw[row : row + 1] for row in range(len(raw))])
    for place in range(0, len(raw), 97):
        check_same(Feed(), raw, [raw[:place], raw[place:]])


@pytest.mark.parametrize("name", ["cartesia", "elevenlabs-stream"])
def test_lists_events_and_values_without_lines_are_streams_too(name):
    raw = WRITERS[name](spoken("Hello there. Go on!"))
    messages = raw.splitlines()
    forms = [
        b"[" + b",\n".join(messages) + b"]",
        b"".join(messages),
        b"\xef\xbb\xbf" + b"\r\n".join(messages),
        b": hello\n\n" + b"".join(b"event: x\r\ndata: " + one + b"\r\n\r\n" for one in messages) + b"data: [DONE]\n\n",
        json.dumps([json.loads(one) for one in messages], indent=1).encode(),
    ]
    for form in forms:
        for step in (1, 7, len(form)):
            check_same(Feed(), raw, [form[row : row + step] for row in range(0, len(form), step)])


@pytest.mark.parametrize("name", [name for name in STREAMS if name not in {"fish", "vllm-omni", "kugelaudio"}])
def test_a_word_comes_when_the_next_one_has_begun(name):
    raw = WRITERS[name](spoken("one two three four"))
    early, words, _ = run(Feed(language="en"), [raw])
    assert early[0] == 3
    assert [word.label for word in words] == ["one", "two", "three", "four"]


def test_cues_come_a_few_words_after_their_end():
    text = " ".join(["We went to the old house on the hill.", "Then it rained, and nobody knew what to do."] * 20)
    feed, waiting, most = Feed("cartesia", language="en"), 0, 0
    for part in WRITERS["cartesia"](spoken(text)).splitlines():
        update = feed.push(part)
        waiting += len(update.words) - sum(len(cue.words) for cue in update.cues)
        most = max(most, waiting)
    assert most <= 36  # words of two cues, of up to 17 each, and those that tell where the second one ends


def test_a_long_silence_settles_the_cue_before_it():
    words = [
        *spoken("So we went home."),
        *(Word(w, 9000 + 300 * k, 9280 + 300 * k) for k, w in enumerate("It was late and dark".split())),
    ]
    early, _, cues = run(Feed("cartesia", language="en"), [WRITERS["cartesia"](words)])
    assert early[1] == 1
    assert cues[0].text == "So we went home."


def test_nothing_that_came_out_changes_whatever_follows():
    words = spoken(" ".join(SENTENCES * 2))
    parts = WRITERS["elevenlabs-websocket"](words).splitlines()
    for stop in range(1, len(parts), 5):
        feed = Feed(language="en")
        run(feed, parts[:stop])
        assert feed.differences == ()


@pytest.mark.slow
def test_work_grows_with_the_messages_and_not_with_their_square():
    def count_reads(count):
        feed = Feed("elevenlabs-websocket", language="en")
        for part in WRITERS["elevenlabs-websocket"](spoken("So it goes on. " * count)).splitlines():
            feed.push(part)
        views = len(feed._words._labels), len(feed._cues._labels), len(feed._cues._cut)
        return feed.reads, views

    small, few = count_reads(125)
    large, many = count_reads(2500)  # 10 000 messages
    assert large <= 3 * 10_001
    assert large <= 21 * small
    assert max(many) <= max(*few, 400)  # what is laid out again is of the last sentences only


@pytest.mark.slow
@pytest.mark.parametrize(("label", "profile"), [("a", "netflix"), ("a ", "none"), ("(a ", "none")])
def test_a_word_or_cue_that_never_ends_waits_and_no_view_grows(label, profile):
    feed, words, cues, views = Feed("soniox", language="en", profile=profile), [], [], []
    for row in range(560):
        times = [0.01 * (12 * row + k) for k in range(12)]
        spoken = {"characters": list((label * 12)[:12]), "character_start_times_seconds": times}
        update = feed.push({"timestamps": {**spoken, "character_end_times_seconds": [t + 0.01 for t in times]}})
        words, cues = [*words, *update.words], [*cues, *update.cues]
        views.append(len(feed._words._labels) + len(feed._cues._labels))
    rest = feed.finish()
    assert max(views) <= 2000 + 6000 + 100
    assert [*words, *rest.words] == list(feed.clip.words)
    assert len(cues) + len(rest.cues) == len(feed.clip.cues(profile=profile))


def test_audio_is_not_kept():
    feed = Feed("cartesia")
    message = json.loads(WRITERS["cartesia"](spoken("Hi"))[:200].splitlines()[0])
    for _ in range(10):
        feed.push({**message, "data": "A" * 100_000})
    assert len(json.dumps(feed._messages)) < 2000
    assert message["data"] == AUDIO


def test_a_bad_message_is_refused_with_its_path_and_changes_nothing():
    raw = WRITERS["cartesia"](spoken("one two three four five"))
    good = [json.loads(line) for line in raw.splitlines()]
    bad = {"type": "timestamps", "context_id": "c", "word_timestamps": {"words": [1, {}], "start": ["x"], "end": 3}}
    feed, words = Feed(), []
    for row, message in enumerate(good):
        with pytest.raises(SourceError, match="expected") as caught:
            feed.push([bad, message] if row % 2 else bad)
        assert caught.value.path.startswith(f"$[{row}]")
        if row % 2 == 0:
            words += feed.push(message).words
    words += feed.finish().words
    assert [word.label for word in words] == "one two three four five".split()
    assert feed.clip.words.labels == clipaudio.open_clip(raw).words.labels


@pytest.mark.parametrize(
    "noise",
    [b"hello\n", b'{"a": [1, 2\n', b'{"a": "b\n', b"<html>\n", b"\xff\xfe\n", b"data: {]\n\n", b'{"a": 1]}\n', b"}\n",
     b"[" * 5000 + b"\n", b'{"a":' * 5000 + b"1\n"],
)  # fmt: skip
def test_a_line_that_is_no_message_does_not_spoil_the_next(noise):
    parts = WRITERS["cartesia"](spoken("one two three")).splitlines(keepends=True)
    feed, words, errors = Feed(), [], []
    for part in parts:
        for piece in (noise, part):
            try:
                words += feed.push(piece).words
            except SourceError as error:
                errors.append(str(error))
    words += feed.finish().words
    assert errors or noise.startswith(b"[")
    assert max(map(len, errors), default=0) < 400
    assert [word.label for word in words] == ["one", "two", "three"]


VALUES = [None, True, -1, 1e308, float("nan"), "x", [], {}, [[1]], {"a": 1}, "\ud800", 10**400]


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=40 if SLOW else 6)
@given(data=st.data())
def test_any_value_in_the_place_of_another_is_an_error_of_the_message_or_read(name, data):
    raw = WRITERS[name](spoken("one two three. four five six seven"))
    messages = [json.loads(line.removeprefix(b"data: ")) for line in raw.splitlines() if b"{" in line]
    place = messages
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not isinstance(inner, dict | list) or data.draw(st.integers(0, 3)) == 0:
            break
        place = inner
    if isinstance(place, dict | list) and place:
        place[key] = data.draw(st.sampled_from(VALUES))
    feed, errors = Feed(language="en"), []
    for message in messages:
        try:
            feed.push(message)
        except SourceError as error:
            errors.append(error)
    with contextlib.suppress(ClipAudioError):
        feed.finish()
        assert feed.clip.words is not None
    assert all(error.path.startswith("$") for error in errors)


def test_a_stream_that_ends_inside_a_message_says_so_and_then_gives_the_rest():
    raw = WRITERS["cartesia"](spoken("one two"))
    feed = Feed()
    feed.push(raw + b'{"type": "timest')
    with pytest.raises(SourceError, match="ends"):
        feed.finish()
    assert [word.label for word in feed.finish().words] == ["two"]
    assert not feed.finish()
    with pytest.raises(SourceError, match="has ended"):
        feed.push(raw)


def test_no_known_shape_an_unknown_source_and_an_unknown_profile_are_told():
    feed = Feed()
    assert not feed.push({"type": "ready"})
    with pytest.raises(SourceError, match="no known shape"):
        feed.finish()
    with pytest.raises(SourceError, match="no source 'nobody'"):
        Feed("nobody")
    with pytest.raises(ExportError):
        Feed(profile="nothing")
    with pytest.raises(SourceError, match="expected an object"):
        Feed().push([3])


def test_a_second_context_waits_for_the_end():
    def message(context, label):
        part = {"chars": [*label, " "], "charStartTimesMs": [90 * k for k in range(len(label) + 1)]}
        part["charDurationsMs"] = [90] * (len(label) + 1)
        return {"alignment": part, "contextId": context}

    pairs = [("a", "one"), ("b", "five"), ("a", "two"), ("b", "six"), ("a", "three"), ("a", "four")]
    messages = [message(*pair) for pair in pairs]
    early, words, _ = run(Feed(language="en"), messages)
    assert early[0] == 3
    assert [word.label for word in words] == "one two three four five six".split()
    check_same(Feed(), lines(*messages), messages)


def test_requests_follow_each_other_and_one_that_comes_back_waits():
    def message(request, label, start):
        return {
            "status": "word_timestamp",
            "request_id": request,
            "data": {"word": label, "start": start, "end": start + 0.4},
        }

    messages = [
        message("p", "one", 0.0),
        message("p", "two", 0.5),
        message("q", "three", 0.0),
        message("q", "four", 0.5),
    ]
    check_same(Feed(), lines(*messages), messages)
    late = [*messages, message("p", "late", 1.0), message("q", "five", 1.0)]
    feed = Feed()
    _, words, _ = run(feed, late)
    assert len(words) == 6
    assert {difference.level for difference in feed.differences} <= {"words", "cues"}
    assert feed.differences  # the late word stands before those that came out already


def test_a_text_as_written_waits_for_the_end():
    raw = WRITERS["cartesia"](spoken("hello there"))
    early, words, _ = run(Feed(text="Hello, there!"), [raw])
    assert early == (0, 0)
    assert [word.label for word in words] == ["Hello", "there"]


def test_times_that_run_back_are_told_as_differences():
    words = [*spoken("one two three four five six"), *spoken("seven eight nine ten")]
    feed = Feed(language="en")
    _, found, _ = run(feed, [WRITERS["cartesia"](words)])
    assert [word.label for word in found] == [word.label for word in words]
    assert all(one.whole is None or one.given != one.whole for one in feed.differences)


def test_a_sentence_that_is_written_again_is_not_given_out_twice():
    def message(text, spoken_text):
        parts = [
            {"chars": list(part), "charStartTimesMs": [50 * row for row in range(len(part))],
             "charDurationsMs": [50] * len(part)}
            for part in (text, spoken_text)
        ]  # fmt: skip
        return {"audio": "AAAA", "alignment": parts[0], "normalizedAlignment": parts[1]}

    messages = [message("We leave to", " We leave to"), message("We leave tomorrow.", "morrow.")]
    feed = Feed(language="en")
    _, found, _ = run(feed, messages)
    assert [word.label for word in found] == ["We", "leave", "tomorrow"]
    assert feed.clip.words.labels == clipaudio.open_clip(lines(*messages)).words.labels


def test_every_source_that_is_read_live_has_a_stream_here():
    names = {re.sub("-characters$", "", name) for name in STREAMS} | {"elevenlabs", "elevenlabs-dialogue"}
    assert {source.name for source in SOURCES if source.stream} - names == {"speechify-stream"}
