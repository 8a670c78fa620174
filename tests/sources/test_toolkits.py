"""What toolkits and hosted services send in the wild: kinds that the writers of whole shapes do not have."""

from __future__ import annotations

import json

import numpy as np
import pytest

import clipaudio
from clipaudio.errors import SourceError
from clipaudio.sources import read_source


def words_of(content):
    clip = clipaudio.open_clip(json.dumps(content))
    return [(word.label, round(word.start, 3), round(word.end, 3)) for word in clip.words]


def test_a_word_without_an_end_lasts_as_long_as_it_says():
    segment = {"start": 0.1, "duration": 0.8, "text": "Hi there."}
    timed = [{"text": "Hi", "start": 0.1, "duration": 0.2}, {"text": "there.", "start": 0.5, "duration": 0.4}]
    assert words_of({"segments": [{**segment, "words": timed}]}) == [("Hi", 0.1, 0.3), ("there", 0.5, 0.9)]
    assert words_of({"text": "Hi there.", "segments": [segment]})[-1][2] == 0.9


def test_milliseconds_as_bare_numbers_in_the_fields_of_google_are_told():
    spoken = [{"word": "Hello", "startTime": 120, "endTime": 400}, {"word": "there.", "startTime": 480, "endTime": 800}]
    riva = {"results": [{"alternatives": [{"transcript": "Hello there.", "words": spoken}]}]}
    clip = clipaudio.open_clip(json.dumps(riva))
    assert clip.words.times.round(3).tolist() == [[0.12, 0.4], [0.48, 0.8]]
    assert "unit" in {finding.kind for finding in clip.speech_times.found["words"]}
    texts = [{**word, "startTime": f"{word['startTime']}s", "endTime": f"{word['endTime']}s"} for word in spoken]
    google = {"results": [{"alternatives": [{"transcript": "Hello there.", "words": texts}]}]}
    assert read_source(google).words.times[0].tolist() == [120.0, 400.0]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("欢 迎 大 家", "欢|迎|大|家"),
        ("你好，世界。", "你|好|世|界"),
        ("hello world, it's fine.", "hello|world|it's|fine"),
        ("TCP/IP是什么？", "TCP/IP|是|什|么"),
        ("我用 iPhone 打 电 话。", "我|用|iPhone|打|电|话"),
    ],
)
def test_funasr_times_each_character_or_word(text, labels):
    expected = labels.split("|")
    pairs = [[100 * row, 100 * row + 90] for row in range(len(expected))]
    found = words_of([{"key": "a", "text": text, "timestamp": pairs}])
    assert found == [(label, row / 10, round(row / 10 + 0.09, 3)) for row, label in enumerate(expected)]


def test_funasr_sentences_without_times_of_words_keep_their_own():
    info = [
        {"start": 0, "end": 800, "sentence": "嗯。", "spk": 0},
        {"start": 900, "end": 2000, "text": "好的。", "spk": 1},
    ]
    speech = read_source({"text": "嗯。好的。", "sentence_info": info})
    assert speech.words.times.tolist() == [[0.0, 0.8], [0.9, 2.0]]
    assert speech.words.unit == "sentences"
    assert speech.speakers == ("0", "1")


def test_tokens_of_sherpa_last_until_the_next_one_where_no_length_is_given():
    result = {"text": " AFTER EARLY", "tokens": [" AFTER", " E", "AR", "LY"], "timestamps": [0.0, 0.64, 0.72, 0.8]}
    found = words_of(result)
    assert found[0] == ("AFTER", 0.0, 0.64)
    assert found[1][:2] == ("EARLY", 0.64)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"text": " a b", "tokens": [" a", " b"], "timestamps": []}, "without times"),
        ({"text": " a b", "tokens": [" a", " b"], "timestamps": [0.1]}, "one for each token"),
        ({"key": "a", "text": "a", "timestamp": [[1, 2], [3]]}, r"timestamp\[1\]"),
        ([{"word": "a", "start_sec": "x", "end_sec": 1}], "start_sec"),
    ],
)
def test_damaged_results_are_refused_with_their_place(result, message):
    with pytest.raises(SourceError, match=message):
        read_source(result)


def test_phones_of_picovoice_are_read_with_the_words():
    sounds = [{"phoneme": "HH", "start_sec": 0.1, "end_sec": 0.2}, {"phoneme": "AY", "start_sec": 0.2, "end_sec": 0.4}]
    said = [{"word": "Hi", "start_sec": 0.1, "end_sec": 0.4, "speaker_tag": 0, "phonemes": sounds}]
    speech = read_source(said)
    assert speech.phones.labels == ("HH", "AY")
    np.testing.assert_allclose(speech.phones.times, [[0.1, 0.2], [0.2, 0.4]])
    assert speech.speakers == ()  # a tag of 0 means that nobody was told apart


@pytest.mark.parametrize("blank", [{"start_time": -1, "end_time": -1}, {"start_time": 200, "end_time": 240}])
def test_a_blank_with_a_time_of_its_own_is_no_word(blank):
    said = [{"text": "one", "start_time": 0, "end_time": 200}, {"text": " ", **blank}]
    said += [{"text": "two", "start_time": 240, "end_time": 300}]
    phrase = {"text": "one two", "start_time": 0, "end_time": 300, "words": said}
    assert words_of({"result": {"utterances": [phrase]}}) == [("one", 0.0, 0.2), ("two", 0.24, 0.3)]


def test_phrases_without_words_are_captions():
    whole = [{"text": "Hello there.", "time_begin": 0, "time_end": 1200.0, "timestamped_words": None}]
    speech = read_source([*whole, {"text": " Bye.", "time_begin": 1300.0, "time_end": 2000.0}])
    assert speech.words.unit == "sentences"
    assert speech.words.times.tolist() == [[0.0, 1.2], [1.3, 2.0]]


def test_rolling_captions_of_youtube_end_when_the_next_line_begins():
    rows = [{"text": "Hello there", "start": 0.1, "duration": 3.8}, {"text": "and bye", "start": 2.0, "duration": 1.2}]
    speech = read_source(rows)
    np.testing.assert_allclose(speech.words.times, [[0.1, 2.0], [2.0, 3.2]])
    assert speech.words.unit == "sentences"


def test_speakers_are_named_as_the_file_names_them():
    said = [{"text": "Hi", "start": 0.1, "duration": 0.3, "eos": True, "type": "word"}]
    noise = {"text": "[music]", "start": 0.5, "duration": 0.3, "eos": True, "type": "sound"}
    rows = [{"speaker": "7", "words": said}, {"speaker": "8", "words": [{**said[0], "start": 1.0}, noise]}]
    speech = read_source({"segments": rows, "speakers": [{"id": "7", "name": "Ann"}, {"id": "8", "name": None}]})
    assert (speech.words.labels, speech.speakers) == (("Hi", "Hi"), ("Ann", None))
    voxtral = {"text": "Hi.", "segments": [{"text": "Hi.", "start": 0.1, "end": 0.9, "speaker_id": "speaker_1"}]}
    assert read_source(voxtral).speakers == ("speaker_1",)


def test_supervisions_without_alignments_are_sentences():
    row = {"id": "a", "recording_id": "r", "start": 1.5, "duration": 1.0, "text": "Hi there", "speaker": "x"}
    speech = read_source([row, {**row, "id": "b", "start": 3.0}])
    assert speech.words.unit == "sentences"
    assert speech.words.times.tolist() == [[1.5, 2.5], [3.0, 4.0]]
    assert speech.speakers == ("x", "x")


def test_items_of_a_forced_alignment_with_long_keys_are_words():
    rows = [{"text": "你", "start_time": 0.1, "end_time": 0.2}, {"text": "好", "start_time": 0.2, "end_time": 0.4}]
    assert words_of(rows) == [("你", 0.1, 0.2), ("好", 0.2, 0.4)]


ROLLING = (
    '<?xml version="1.0" encoding="utf-8" ?><timedtext format="3"><head><ws id="0"/></head><body><w t="0" id="1"/>'
    '<p t="100" d="4880" w="1"><s ac="0">hello</s><s t="320" ac="0"> there</s></p>'
    '<p t="2590" d="2390" w="1" a="1">\n</p><p t="2600" d="3000" w="1"><s>so</s><s t="240"> bye</s></p></body>'
    "</timedtext>"
)
LINES = [
    (
        '<?xml version="1.0"?><transcript><text start="0.1" dur="1.8">Say &amp;#39;hi&amp;#39;.</text>'
        '<text start="2.0" dur="1.2">Bye!</text></transcript>'
    ),
    '<timedtext><text t="100" d="1800">Say \'hi\'.</text><text t="2000" d="1200">Bye!</text></timedtext>',
    json.dumps(
        {
            "events": [
                {"tStartMs": 100, "dDurationMs": 1800, "segs": [{"utf8": "Say 'hi'."}]},
                {"tStartMs": 2000, "dDurationMs": 1200, "segs": [{"utf8": "Bye!"}]},
            ]
        }
    ),
]


@pytest.mark.parametrize("content", LINES)
def test_lines_of_youtube_are_parted_by_a_blank_and_end_with_their_event(content):
    clip = clipaudio.open_clip(content.encode())
    assert clip.source == "youtube"
    assert clip.text == "Say 'hi'. Bye!"
    assert clip.words.times[1:].round(3).tolist() == [[clip.words.times[1, 0].round(3), 1.9], [2.0, 3.2]]


def test_words_of_rolling_captions_last_until_the_next_word():
    clip = clipaudio.open_clip(ROLLING.encode())
    assert clip.text == "hello there so bye"
    assert clip.words.times.round(3).tolist() == [[0.1, 0.42], [0.42, 2.6], [2.6, 2.84], [2.84, 5.6]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<transcript><text start='x' dur='1'>a</text></transcript>", r"text\[0\].start"),
        ("<transcript><text start='1' dur='1'>a</text>", "not valid XML"),
        ('<?xml version="1.0"?><transcript><!DOCTYPE a><text start="1">a</text></transcript>', "entities"),
    ],
)
def test_damaged_timed_text_is_refused(content, message):
    with pytest.raises(SourceError, match=message):
        read_source(content.encode())


def _word(start, end, label, text="word"):
    return {text: label, "start": start, "end": end}


def _azure(start, end):
    return {"offsetInTicks": start * 1e7, "durationInTicks": (end - start) * 1e7}


MIXED = {
    "whisper": {"segments": [
        {"start": 0, "end": 1, "text": " Hi you.", "words": [_word(0, 0.5, " Hi"), _word(0.5, 1, " you.")]},
        {"start": 2, "end": 3, "text": " More here.", "words": []}]},
    "whisper-cpp": {"transcription": [
        {"text": " Hi you.", "offsets": {"from": 0, "to": 1000}, "tokens": [
            {"text": " Hi", "offsets": {"from": 0, "to": 500}},
            {"text": " you.", "offsets": {"from": 500, "to": 1000}}]},
        {"text": " More here.", "offsets": {"from": 2000, "to": 3000}, "tokens": []}]},
    "parakeet-mlx": {"sentences": [
        {"text": "Hi you.", "start": 0, "end": 1, "tokens": [
            _word(0, 0.5, " Hi", "text"), _word(0.5, 1, " you.", "text")]},
        {"text": "More here.", "start": 2, "end": 3, "tokens": []}]},
    "lhotse": [
        {"recording_id": "a", "start": 0, "duration": 1, "text": "Hi you.",
         "alignment": {"word": [["Hi", 0, 0.5, 1], ["you.", 0.5, 0.5, 1]]}},
        {"recording_id": "a", "start": 2, "duration": 1, "text": "More here."}],
    "azure-batch-stt": {"recognizedPhrases": [
        {**_azure(0, 1), "nBest": [{"display": "Hi you.", "words": [
            {**_azure(0, 0.5), "word": "hi"}, {**_azure(0.5, 1), "word": "you"}]}]},
        {**_azure(2, 3), "nBest": [{"display": "More here."}]}]},
    "azure-stt": [
        {"DisplayText": "Hi you.", "NBest": [{"Display": "Hi you.", "Words": [
            {"Word": "hi", "Offset": 0, "Duration": 5e6}, {"Word": "you", "Offset": 5e6, "Duration": 5e6}]}]},
        {"DisplayText": "More here.", "Offset": 2e7, "Duration": 1e7, "NBest": [{"Display": "More here."}]}],
    "google-stt": {"results": [
        {"resultEndTime": "2s", "alternatives": [{"transcript": "Hi you.", "words": [
            {"word": "Hi", "startTime": "0s", "endTime": "0.5s"},
            {"word": "you.", "startTime": "0.5s", "endTime": "1s"}]}]},
        {"resultEndTime": "3s", "alternatives": [{"transcript": " More here."}]}]},
}  # fmt: skip


@pytest.mark.parametrize("name", MIXED)
def test_a_phrase_without_words_beside_those_with_words_keeps_its_time_and_is_told(name):
    clip = clipaudio.open_clip(json.dumps(MIXED[name]))
    assert clip.source == name
    assert clip.text == "Hi you. More here."
    assert clip.words.labels == ("Hi", "you", "More", "here")
    np.testing.assert_allclose(clip.words.times[:2], [[0, 0.5], [0.5, 1]])
    assert (clip.words.starts[2], clip.words.ends[3]) == (2, 3)
    assert "estimated_word" in clip.report["words"].kinds


def test_tokens_of_whisper_cpp_outside_their_segments_are_moved_into_them():
    def segment(start, end, shift, *labels):
        step = (end - start) // len(labels)
        begin = start - shift
        tokens = [{"text": label, "offsets": {"from": begin + row * step, "to": begin + (row + 1) * step}}
                  for row, label in enumerate(labels)]  # fmt: skip
        tokens = [{"text": "[_BEG_]", "offsets": {"from": begin, "to": begin}}, *tokens]
        return {"text": "".join(labels), "offsets": {"from": start, "to": end}, "tokens": tokens}

    content = {
        "transcription": [segment(500, 1500, 0, " Hi", " you."), segment(31000, 33000, 29000, " More", " here.")]
    }
    clip = clipaudio.open_clip(json.dumps(content))
    np.testing.assert_allclose(clip.words.times, [[0.5, 1], [1, 1.5], [31, 32], [32, 33]])
    assert [str(each) for each in clip.speech_times.found["words"]] == [
        "segment_times: 2 words have times outside the segment that they stand in: moved with it"
    ]
