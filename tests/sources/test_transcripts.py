"""What files of strangers hold that the examples of vendors do not show."""

from __future__ import annotations

import json

import numpy as np
import pytest
from source_recognisers import google_v1
from source_writing import Word

import clipaudio
from clipaudio.errors import SourceError
from clipaudio.sources import read_source

HI = [("Hi", 0.5, 0.8), ("you", 1.0, 1.4)]


def words_of(clip):
    return [(label, round(start, 3), round(end, 3)) for label, start, end in clip.words]


def speakers_of(clip):
    return [(part.speaker, part.aligned.text.strip()) for part in clip.content.parts]


def segment(text, words):
    spoken = [{"word": f" {label}", "start": start, "end": end} for label, start, end in words]
    return {"id": 0, "start": words[0][1], "end": words[-1][2], "text": f" {text}", "words": spoken}


def test_a_list_of_whisper_segments_keeps_the_words_of_all():
    clip = clipaudio.open_clip([segment("Hi you.", HI), segment("Bye.", [("Bye.", 2.0, 2.4)])])
    assert clip.text == "Hi you Bye."
    assert words_of(clip) == [*HI, ("Bye", 2.0, 2.4)]


def test_answers_of_openai_in_a_list_keep_the_text_of_all():
    words = [{"word": label, "start": start, "end": end} for label, start, end in HI]
    later = [{"word": "Bye", "start": 2.0, "end": 2.4}]
    clip = clipaudio.open_clip([{"text": "Hi, you.", "words": words}, {"text": "Bye!", "words": later}])
    assert clip.text == "Hi, you. Bye!"
    assert len(clip.words) == 3


def test_segments_of_japanese_are_joined_without_a_blank():
    words = [{"text": "行きます。", "start": 0.0, "end": 1.0}, {"text": "今日は", "start": 1.0, "end": 2.0}]
    segments = [{**word, "words": [word]} for word in words]
    assert clipaudio.open_clip({"segments": segments}).text == "行きます。今日は"


def test_google_reads_durations_as_objects():
    raw = json.loads(google_v1([Word("so", 0, 1300), Word("it", 12_900, 13_000)]))
    words = raw["results"][0]["alternatives"][0]["words"]
    words[0] |= {"startTime": {}, "endTime": {"seconds": "1", "nanos": 300_000_000}}
    words[1] |= {"startTime": {"seconds": {"low": 12, "high": 0}, "nanos": 900_000_000}, "endTime": {"seconds": 13}}
    assert words_of(clipaudio.open_clip(raw)) == [("so", 0.0, 1.3), ("it", 12.9, 13.0)]


def test_google_reads_the_keys_of_python_and_a_bare_list_of_results():
    words = [
        {"word": "Hi", "start_time": "0.5s", "end_time": "0.8s", "speaker_tag": 1},
        {"word": "you", "start_time": "1s", "end_time": "1.4s", "speaker_tag": 2},
    ]
    clip = clipaudio.open_clip([{"alternatives": [{"transcript": "Hi you", "words": words}]}])
    assert words_of(clip) == HI
    assert speakers_of(clip) == [("1", "Hi"), ("2", "you")]


def test_google_words_of_a_bare_zero_begin_at_zero_in_the_keys_of_python():
    words = [{"word": "Hi", "end_offset": "0.8s"}]
    clip = clipaudio.open_clip({"results": [{"alternatives": [{"transcript": "Hi", "words": words}]}]})
    assert words_of(clip) == [("Hi", 0.0, 0.8)]


def test_transcribe_takes_speakers_that_stand_beside_the_items():
    items = [
        {"type": "pronunciation", "start_time": str(start), "end_time": str(end), "alternatives": [{"content": label}]}
        for label, start, end in HI
    ]
    items.insert(1, {"type": "punctuation", "alternatives": [{"content": ","}]})
    tags = [{"speaker_label": f"spk_{row}", "start_time": start} for row, start in enumerate(("0.5", "1.0"))]
    tags = [{**tag, "items": [tag]} for tag in tags]
    clip = clipaudio.open_clip({"results": {"items": items, "speaker_labels": {"speakers": 2, "segments": tags}}})
    assert speakers_of(clip) == [("spk_0", "Hi,"), ("spk_1", "you")]


def test_rev_leaves_tags_out_and_reads_clock_times():
    elements = [
        {"type": "text", "value": "Hi", "timestamp": "00:00:00,500", "end_timestamp": "00:00:00,800"},
        {"type": "tag", "name": "inaudible", "value": "inaudible", "timestamp": "00:00:00,900"},
        {"type": "punct", "value": " "},
        {"type": "text", "value": "you", "timestamp": "00:00:01,000", "end_timestamp": "00:00:01,400"},
    ]
    clip = clipaudio.open_clip({"monologues": [{"speaker": 1, "elements": elements}]})
    assert clip.text == "Hi you"
    assert words_of(clip) == HI
    assert "noise" in clip.report["words"].kinds


def test_watson_leaves_out_hesitations_and_guesses_that_were_replaced():
    def result(entries, *, final):
        return {"final": final, "alternatives": [{"transcript": "", "timestamps": entries}]}

    tags = [{"from": 0.5, "to": 0.8, "speaker": 0}, {"from": 1.0, "to": 1.4, "speaker": 1}]
    spoken = [list(HI[0]), ["%HESITATION", 0.85, 0.9], list(HI[1])]
    results = [result([["Hide", 0.5, 0.9]], final=False), result(spoken, final=True)]
    clip = clipaudio.open_clip({"results": results, "speaker_labels": tags})
    assert words_of(clip) == HI
    assert speakers_of(clip) == [("0", "Hi"), ("1", "you")]


def test_azure_batch_reads_one_channel_and_says_so():
    def phrase(channel, word, start):
        words = [{"word": word.lower(), "offsetInTicks": start * 10_000_000, "durationInTicks": 5_000_000}]
        return {"channel": channel, "speaker": 1, "nBest": [{"display": f"{word}.", "words": words}]}

    clip = clipaudio.open_clip({"recognizedPhrases": [phrase(0, "Hi", 1), phrase(1, "Ho", 1), phrase(0, "You", 2)]})
    assert clip.text == "Hi. You."
    assert words_of(clip) == [("Hi", 1.0, 1.5), ("You", 2.0, 2.5)]
    assert "other_channels" in clip.report["words"].kinds


def test_draft_takes_the_corrected_text_of_the_block():
    entities = {str(k): {"data": {"start": a, "end": b, "text": "old"}} for k, (_, a, b) in enumerate(HI)}
    ranges = [{"offset": 0, "length": 2, "key": 0}, {"offset": 3, "length": 3, "key": 1}]
    block = {"text": "Hi you", "data": {"speaker": "Ann"}, "entityRanges": ranges}
    assert words_of(clipaudio.open_clip({"blocks": [block], "entityMap": entities})) == HI


def test_words_in_whole_milliseconds_are_told_from_seconds():
    words = [{"text": label, "start": int(1000 * start), "end": int(1000 * end)} for label, start, end in HI]
    clip = clipaudio.open_clip({"words": words})
    assert words_of(clip) == HI
    assert "unit" in clip.report["words"].kinds


def test_places_of_names_in_a_text_are_no_times():
    with pytest.raises(SourceError, match="characters"):
        read_source([{"entity": "ORG", "word": "Acme", "start": 10, "end": 14, "score": 0.9}])


def test_an_alignment_of_elevenlabs_alone_is_read():
    times = {"character_start_times_seconds": [0.5, 0.6], "character_end_times_seconds": [0.6, 0.8]}
    assert words_of(clipaudio.open_clip({"characters": ["H", "i"], **times})) == [("Hi", 0.5, 0.8)]


def test_otranscribe_stamps_begin_lines():
    stamp = '<span class="timestamp" data-timestamp="{}">0:0{}</span>'
    text = f"<p>{stamp.format(1, 1)}Hi &amp; <b>you</b></p><p>{stamp.format(3.5, 3)} Bye</p>"
    speech = read_source({"text": text, "media": "a.mp3", "media-time": 9})
    assert speech.words.labels == ("Hi & you", "Bye")
    np.testing.assert_equal(speech.words.times, [[1.0, 3.5], [3.5, np.nan]])


def test_sbv_cues_keep_all_their_lines():
    raw = b"\xef\xbb\xbf0:00:01.500,0:00:03.000\r\nHi,\r\nyou!\r\n\r\n1:00:04.000,1:00:05.000\r\nBye\r\n"
    speech = read_source(raw)
    assert (speech.source, speech.words.labels) == ("sbv", ("Hi, you!", "Bye"))
    assert speech.words.times.tolist() == [[1.5, 3.0], [3604.0, 3605.0]]
    with pytest.raises(SourceError, match="line 4"):
        read_source(b"0:00:01.500,0:00:03.000\nHi\n\n0:00:x,0:00:09.000\nlost\n")


def test_tiers_without_a_label_are_told_from_tiers_that_hold_no_words():
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", "1", "<exists>", "1"]
    grid = "\n".join([*head, '"IntervalTier"', '"words"', "0", "1", "1", "0", "1", '""', ""])
    with pytest.raises(SourceError, match="'words' hold no label"):
        read_source(grid.encode())


@pytest.mark.parametrize(
    "text",
    [
        "Chapter One, A Long Heading\n\nOnce upon a time",
        "Once upon a very unspoken stretch of time",
        "Once upon a time. End.",
    ],
)
def test_text_that_nobody_spoke_moves_no_spoken_word(text):
    spoken = ["once", "upon", "a", "time"]
    words = [{"word": label, "start": 0.4 * row, "end": 0.4 * row + 0.4} for row, label in enumerate(spoken)]
    clip = clipaudio.open_clip(words, text=text)
    assert clip.text == text
    found = {label.lower(): (start, end) for label, start, end in clip.words if end - start > 0.3}
    for row, label in enumerate(spoken):
        np.testing.assert_allclose(found[label], (0.4 * row, 0.4 * row + 0.4), atol=0.0011)
    assert "estimated_word" in clip.report["words"].kinds


@pytest.mark.parametrize(
    ("raw", "says"),
    [(b"\x1f\x8b\x08\x00abc", "compressed"), (b"RIFF\0\0\0\0WAVE", "a file of sound"), (b"\x7fELF\0\0", "binary")],
)
def test_a_file_that_is_no_text_is_told_without_its_bytes(raw, says):
    with pytest.raises(SourceError, match=says):
        read_source(raw)


def test_ctm_lines_may_end_as_on_an_old_mac():
    assert read_source(b"a 1 0.5 0.3 Hi\ra 1 1.0 0.4 you\r").words.labels == ("Hi", "you")


def test_times_of_words_on_the_second_line_of_a_cue_belong_to_its_words():
    raw = b"WEBVTT\n\n00:01.000 --> 00:03.000\n<c>Hi,</c> <00:01.500><c>you</c>\n<00:02.000><c>there</c>\n"
    clip = clipaudio.open_clip(raw)
    assert clip.text == "Hi, you there"
    assert words_of(clip) == [("Hi", 1.0, 1.5), ("you", 1.5, 2.0), ("there", 2.0, 3.0)]


def test_lines_that_roll_are_said_once():
    cues = [
        ("00:00:01.000 --> 00:00:03.000", " ", "so<00:00:01.500><c> much</c><00:00:02.000><c> so</c>"),
        ("00:00:03.000 --> 00:00:03.010", "so much so", " "),
        ("00:00:03.010 --> 00:00:05.000", "so much so", "good<00:00:04.000><c> bye</c>"),
        ("00:00:05.000 --> 00:00:05.010", "good bye", " "),
    ]
    raw = "\n\n".join(["WEBVTT\nKind: captions", *("\n".join(cue) for cue in cues)]).encode()
    clip = clipaudio.open_clip(raw)
    assert clip.source == "webvtt-rolling"
    assert clip.text == "so much so good bye"
    assert [start for _, start, _ in words_of(clip)] == [1.0, 1.5, 2.0, 3.01, 4.0]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (("<b>", "▁we", "<b>", "nt", "▁on", "."), [("went", 0.5, 2.0), ("on", 2.0, 2.5)]),
        (("w", "e", "<space>", "<b>", "g", "o"), [("we", 0.0, 1.0), ("go", 2.0, 3.0)]),
        (("We", "<b>", "go"), [("We", 0.0, 0.5), ("go", 1.0, 1.5)]),
        (("▁oh", "<blk>"), [("oh", 0.0, 0.5)]),
        (("▁cri", "sp", "▁ba", "sil", "ica"), [("crisp", 0.0, 1.0), ("basilica", 1.0, 2.5)]),
    ],
)
def test_ctm_of_tokens_gives_the_words_without_the_blanks_of_the_recogniser(labels, words):
    text = "".join(f"a 1 {row / 2} 0.5 {label}\n" for row, label in enumerate(labels))
    assert words_of(clipaudio.open_clip(text.encode())) == words


@pytest.mark.parametrize("label", ["10\u00a0000", "12\u202f500", "東京\u3000都"])
def test_a_word_of_ctm_may_hold_blanks_that_are_no_ascii(label):
    speech = read_source(f"a 1 0.0 0.5 {label}\na 1 0.5 0.5 x\n".encode())
    assert speech.words.labels == (label, "x")


def test_ctm_of_tokens_joins_no_words_of_two_recordings_and_refuses_two_channels():
    rows = ["a 1 0.0 0.5 ▁we", "b 1 0.0 0.5 go", "b 1 0.5 0.5 es"]
    assert clipaudio.open_clip("\n".join(rows).encode()).words.labels == ("we", "goes")
    with pytest.raises(SourceError, match="tokens of several channels"):
        clipaudio.open_clip("\n".join([*rows, "b 2 0.7 0.5 ▁no"]).encode())


def test_ctm_merges_channels_by_time_and_reads_the_first_alternative():
    raw = b"""call A 0.5 0.3 Hi
call A * * <ALT_BEGIN>
call A 1.0 0.4 you
call A * * <ALT>
call A 1.0 0.4 ewe
call A * * <ALT_END>
call A 3.0 0.4 bye
call B 2.0 0.4 ho
"""
    clip = clipaudio.open_clip(raw)
    assert [label for label, _, _ in clip.words] == ["Hi", "you", "ho", "bye"]
    assert speakers_of(clip) == [("A", "Hi you"), ("B", "ho"), ("A", "bye")]
    assert not {"disorder", "restart"} & set(clip.report["words"].kinds)
