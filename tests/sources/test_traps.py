"""What vendors' files do that a simple loop gets wrong, one trap a test."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

import clipaudio
from clipaudio.errors import ExportError, SourceError, TimelineError


def open_lines(*messages):
    return clipaudio.open_clip(b"".join(json.dumps(message).encode() + b"\n" for message in messages))


def words_of(clip):
    return [(label, round(start, 3), round(end, 3)) for label, start, end in clip.words]


def kinds(clip, level="words"):
    return clip.report[level].kinds


def characters(text, start=0.0, step=0.1):
    return {
        "characters": list(text),
        "character_start_times_seconds": [round(start + step * k, 4) for k in range(len(text))],
        "character_end_times_seconds": [round(start + step * (k + 1), 4) for k in range(len(text))],
    }


def test_elevenlabs_takes_the_text_as_written_not_as_normalized():
    clip = clipaudio.open_clip(
        {"alignment": characters("5 km"), "normalized_alignment": characters(" five kilometers")}
    )
    assert clip.text == "5 km"
    assert clip.words.labels == ("5", "km")


def test_elevenlabs_takes_the_normalized_text_where_the_written_one_is_said_twice():
    doubled = characters("tomatoes")
    doubled["characters"] += list("tomatoes")
    doubled["character_start_times_seconds"] += [0.1 * k for k in range(8)]
    doubled["character_end_times_seconds"] += [0.1 * (k + 1) for k in range(8)]
    clip = clipaudio.open_clip({"alignment": doubled, "normalized_alignment": characters(" tomahtoes")})
    assert clip.text == "tomahtoes"
    assert "spoken_text" in kinds(clip, "graphemes")


def test_elevenlabs_stream_passes_over_lines_without_times():
    clip = open_lines(
        {"audio_base64": "AAAA", "alignment": characters("ab "), "normalized_alignment": None},
        {"audio_base64": "AAAA", "alignment": None, "normalized_alignment": None},
        {"audio_base64": "AAAA", "alignment": characters("cd", start=0.3), "normalized_alignment": None},
    )
    assert words_of(clip) == [("ab", 0.0, 0.2), ("cd", 0.3, 0.5)]


def test_elevenlabs_socket_adds_the_span_of_a_message_that_ends_no_word():
    def message(text, starts, lengths):
        part = {"chars": list(text), "charStartTimesMs": starts, "charDurationsMs": lengths}
        return {"audio": "AAAA", "isFinal": None, "alignment": part, "normalizedAlignment": part}

    clip = open_lines(message("ca", [0, 100], [100, 100]), message("ts", [0, 50], [50, 150]))
    assert words_of(clip) == [("cats", 0.0, 0.4)]


def socket_message(text, spoken, step=50):
    def part(letters):
        starts = [step * row for row in range(len(letters))]
        return {"chars": list(letters), "charStartTimesMs": starts, "charDurationsMs": [step] * len(letters)}

    return {"audio": "AAAA", "isFinal": None, "alignment": part(text), "normalizedAlignment": part(spoken)}


def test_elevenlabs_socket_that_writes_a_sentence_again_is_read_as_it_is_spoken():
    clip = open_lines(
        socket_message("We leave to", " We leave to"),
        socket_message("We leave tomorrow. ", "morrow. "),
        socket_message("Pack ea", " Pack ea"),
        socket_message("Pack early.", "rly."),
    )
    assert clip.text.split() == ["We", "leave", "tomorrow.", "Pack", "early."]
    assert clip.duration == pytest.approx(0.05 * 32)
    assert "spoken_text" in kinds(clip, "graphemes")


def test_elevenlabs_socket_loses_no_message_that_has_one_of_the_two_texts():
    only_written = socket_message(" And more.", "")
    again = [socket_message("Good day to you.", "Good day"), socket_message("Good day to you.", " to you.")]
    assert open_lines(*again, only_written).text == "Good day to you. And more."
    assert open_lines(socket_message("Good day", "Good day"), socket_message("", " to you")).text == "Good day to you"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        (("Very ", "Very good."), (" Very ", "Very good.")),  # said twice
        (("No. 5 ", "is 6."), (" Number five ", "is six.")),
        (("I ", "It"), (" I ", "t")),  # too short to be sure
    ],
)
def test_elevenlabs_socket_keeps_what_is_written_where_both_go_on(written, spoken):
    clip = open_lines(*map(socket_message, written, spoken))
    assert clip.text == "".join(written)


def test_contexts_on_one_elevenlabs_socket_are_not_mixed():
    def message(context, text):
        part = {"chars": list(text), "charStartTimesMs": [0, 100], "charDurationsMs": [100, 100]}
        return {"contextId": context, "alignment": part, "normalizedAlignment": part}

    clip = open_lines(message("a", "go"), message("b", "no"), message("a", "ne"))
    assert clip.text == "goneno"


def test_zero_length_runs_keep_their_letters_and_are_reported():
    late = characters("fine so")
    late["character_start_times_seconds"][4:] = [61.0] * 3
    late["character_end_times_seconds"][4:] = [61.0] * 3
    clip = clipaudio.open_clip({"alignment": late, "normalized_alignment": None})
    assert clip.text == "fine so"
    assert np.isfinite(clip.words.times).all()
    assert clip.report["graphemes"]


def test_dialogue_names_the_voice_of_each_turn():
    voices = [
        {"voice_id": "ann", "character_start_index": 0, "character_end_index": 3},
        {"voice_id": "bob", "character_start_index": 3, "character_end_index": 6},
    ]
    clip = clipaudio.open_clip(
        {"alignment": characters("Hi Bob"), "normalized_alignment": None, "voice_segments": voices}
    )
    assert [(part.speaker, part.aligned.text.strip()) for part in clip.content.parts] == [("ann", "Hi"), ("bob", "Bob")]
    assert "ann" in clip.dumps("vtt")


def test_fish_takes_the_last_snapshot_of_each_chunk_and_its_offset():
    def event(chunk, offset, *words):
        segments = [{"text": text, "start": start, "end": end} for text, start, end in words]
        return {"alignment": {"segments": segments}, "chunk_seq": chunk, "chunk_audio_offset_sec": offset}

    clip = open_lines(
        event(0, 0.0, ("One", 0.0, 0.2)),
        event(0, 0.0, ("One", 0.0, 0.3), ("two.", 0.3, 0.6)),
        {"alignment": None, "chunk_seq": 0},
        event(1, 0.6, ("Three.", 0.1, 0.5)),
    )
    assert words_of(clip) == [("One", 0.0, 0.3), ("two", 0.3, 0.6), ("Three", 0.7, 1.1)]


def test_chinese_characters_are_words_without_blanks_between():
    message = {"type": "timestamps", "context_id": "c"}
    spoken = {
        "words": ["你", "好", "，", "世", "界"],
        "start": [0, 0.2, 0.4, 0.5, 0.7],
        "end": [0.2, 0.4, 0.5, 0.7, 0.9],
    }
    clip = open_lines({**message, "word_timestamps": spoken})
    assert clip.text == "你好，世界"
    assert words_of(clip)[0] == ("你", 0.0, 0.2)


def test_a_tag_inside_a_word_is_no_text():
    spoken = {"words": ["<spell>A1</spell>", "ok"], "start": [0, 0.5], "end": [0.4, 0.8]}
    clip = open_lines({"type": "timestamps", "context_id": "c", "word_timestamps": spoken})
    assert clip.text == "A1 ok"


def test_speechify_joins_pieces_that_touch_in_the_text():
    marks = [
        {"type": "word", "start": 0, "end": 4, "start_time": 0, "end_time": 200, "value": "Cara"},
        {"type": "word", "start": 4, "end": 6, "start_time": 200, "end_time": 300, "value": "v!"},
        {"type": "word", "start": 7, "end": 9, "start_time": 400, "end_time": 500, "value": "Go"},
    ]
    clip = open_lines({"type": "speech.chunk", "speech_marks": marks})
    assert clip.text == "Carav! Go"
    assert words_of(clip)[0] == ("Carav", 0.0, 0.3)


def test_headtts_words_end_where_the_next_begins():
    clip = clipaudio.open_clip({"words": ["This ", "is"], "wtimes": [440, 656], "wdurations": [236, 200]})
    assert words_of(clip) == [("This", 0.44, 0.656), ("is", 0.656, 0.856)]


@pytest.mark.parametrize("kind", ["Punctuation", "SpeechSynthesisBoundaryType.Punctuation"])
def test_azure_marks_are_no_words_and_sentences_are_not_said_twice(kind):
    events = [
        {"audio_offset": 500_000, "duration": 37_000_000, "text": "One two.", "boundary_type": "Sentence"},
        {"audio_offset": 500_000, "duration": 1_000_000, "text": "One", "boundary_type": "Word"},
        {"audio_offset": 2_000_000, "duration": 1_000_000, "text": "two", "boundary_type": "Word"},
        {"audio_offset": 3_000_000, "duration": 500_000, "text": ".", "boundary_type": kind},
    ]
    clip = clipaudio.open_clip({"word_boundaries": events})
    assert clip.text == "One two."
    assert words_of(clip) == [("One", 0.05, 0.15), ("two", 0.2, 0.3)]


def test_a_length_that_lost_its_seconds_is_restored_and_reported():
    events = [
        {"audio_offset": 0, "duration_milliseconds": 200, "text": "Extraordinarily", "boundary_type": "Word"},
        {"audio_offset": 12_500_000, "duration_milliseconds": 300, "text": "good", "boundary_type": "Word"},
    ]
    clip = clipaudio.open_clip({"word_boundaries": events})
    assert words_of(clip)[0] == ("Extraordinarily", 0.0, 1.2)
    assert "lost_second" in kinds(clip)


def test_references_in_raw_frames_are_decoded():
    message = {"type": "WordBoundary", "offset": 0, "duration": 5_000_000, "text": "R&amp;D"}
    assert open_lines(message).words.labels == ("R&D",)


def test_polly_offsets_are_not_used_and_words_rest_with_the_mouth():
    clip = open_lines(
        {"time": 0, "type": "sentence", "start": 7, "end": 40, "value": "Größe zählt."},
        {"time": 10, "type": "word", "start": 7, "end": 14, "value": "Größe"},
        {"time": 10, "type": "viseme", "value": "k"},
        {"time": 400, "type": "viseme", "value": "sil"},
        {"time": 700, "type": "word", "start": 15, "end": 22, "value": "zählt"},
        {"time": 700, "type": "viseme", "value": "s"},
        {"time": 1100, "type": "viseme", "value": "sil"},
    )
    assert clip.text == "Größe zählt."
    assert words_of(clip) == [("Größe", 0.01, 0.4), ("zählt", 0.7, 1.1)]


def test_points_without_an_end_last_until_the_next_and_say_so():
    clip = open_lines(
        {"time": 100, "type": "word", "start": 0, "end": 3, "value": "one"},
        {"time": 300, "type": "word", "start": 4, "end": 7, "value": "two"},
    )
    assert words_of(clip)[0] == ("one", 0.1, 0.3)
    assert clip.words[1].end > 0.35
    assert "estimated_word" in kinds(clip)


def test_whisperx_numbers_without_times_share_the_room():
    spoken = [{"word": "in", "start": 0.1, "end": 0.2}, {"word": "1984"}, {"word": "was.", "start": 1.0, "end": 1.3}]
    segment = {"start": 0.1, "end": 1.3, "text": "in 1984 was.", "words": spoken}
    clip = clipaudio.open_clip({"segments": [segment], "word_segments": spoken})
    assert words_of(clip) == [("in", 0.1, 0.2), ("1984", 0.2, 1.0), ("was", 1.0, 1.3)]


def test_whisperx_segments_without_words_keep_their_text():
    segments = [
        {"start": 0.0, "end": 1.0, "text": " Known.", "words": [{"word": "Known.", "start": 0.1, "end": 0.9}]},
        {"start": 1.0, "end": 2.0, "text": " Quite lost.", "words": [], "chars": None},
    ]
    clip = clipaudio.open_clip({"segments": segments, "word_segments": [{"word": "Known.", "start": 0.1, "end": 0.9}]})
    assert clip.text == "Known. Quite lost."
    assert clip.words[0].end == 0.9
    assert 1.0 <= clip.words[1].start < clip.words[2].end <= 2.0


def test_scores_that_are_no_json_numbers_are_read():
    word = b'{"word": "a", "start": 0, "end": 1, "score": NaN}'
    raw = b'{"segments": [{"text": "a", "words": [' + word + b']}], "word_segments": []}'
    assert words_of(clipaudio.open_clip(raw)) == [("a", 0.0, 1.0)]


def test_whisper_cpp_tokens_may_hold_parts_of_a_character():
    raw = (
        b'{"transcription": [{"offsets": {"from": 0, "to": 900}, "text": " Gr\xc3\xb6\xc3\x9fe", "tokens": ['
        b'{"text": " Gr\xc3", "offsets": {"from": 0, "to": 300}},'
        b'{"text": "\xb6\xc3", "offsets": {"from": 300, "to": 500}},'
        b'{"text": "\x9fe", "offsets": {"from": 500, "to": 900}}]}]}'
    )
    assert words_of(clipaudio.open_clip(raw)) == [("Größe", 0.0, 0.9)]


def test_the_last_chunk_of_a_pipeline_may_have_no_end():
    chunks = [{"text": " one", "timestamp": [0.0, 0.4]}, {"text": " two", "timestamp": [0.5, None]}]
    clip = clipaudio.open_clip({"text": " one two", "chunks": chunks})
    assert words_of(clip)[0] == ("one", 0.0, 0.4)
    assert clip.words[1].end > 0.6


def test_google_says_all_words_again_where_it_names_speakers():
    def result(*words):
        return {"alternatives": [{"transcript": " ".join(word["word"] for word in words), "words": list(words)}]}

    one = {"word": "hi", "startTime": "0s", "endTime": "0.400s"}
    two = {"word": "yes", "startTime": "0.500s", "endTime": "0.900s"}
    tagged = result({**one, "speakerTag": 1}, {**two, "speakerTag": 2})
    clip = clipaudio.open_clip({"results": [result(one), result(two), tagged]})
    assert clip.words.labels == ("hi", "yes")
    assert [part.speaker for part in clip.content.parts] == ["1", "2"]


def test_google_leaves_a_zero_start_out():
    words = [{"word": "hi", "endOffset": "0.400s"}]
    clip = clipaudio.open_clip({"results": [{"alternatives": [{"transcript": "hi", "words": words}]}]})
    assert words_of(clip) == [("hi", 0.0, 0.4)]


def test_gentle_words_that_were_not_found_follow_those_that_were():
    words = [
        {"case": "success", "word": "One", "start": 0.1, "end": 0.5, "phones": [{"phone": "w_B", "duration": 0.1}]},
        {"case": "not-found-in-audio", "word": "two"},
        {"case": "not-found-in-audio", "word": "three"},
    ]
    clip = clipaudio.open_clip({"transcript": "One two, three.", "words": words})
    assert clip.text == "One two, three."
    assert clip.words[0].end <= clip.words[1].start < clip.words[2].start
    assert words_of(clip)[0] == ("One", 0.1, 0.5)
    assert clip.phones.labels == ("w_B",)


def test_a_transcript_lends_its_marks_and_capitals_to_bare_words():
    words = [{"word": "i", "start": 0.0, "end": 0.2}, {"word": "paid", "start": 0.2, "end": 0.5},
             {"word": "twelve", "start": 0.5, "end": 0.8}]  # fmt: skip
    clip = clipaudio.open_clip({"text": "I paid 12.", "duration": 1.0, "words": words})
    assert clip.text == "I paid 12."
    assert words_of(clip) == [("I", 0.0, 0.2), ("paid", 0.2, 0.5), ("12", 0.5, 0.8)]


def test_written_text_is_put_over_spoken_words():
    words = [("it", 0.0), ("cost", 0.3), ("four", 0.6), ("dollars", 0.9), ("fifty", 1.2), ("uh", 1.5), ("ok", 1.8)]
    spoken = "\n".join(f"clip 1 {start} 0.25 {word}" for word, start in words)
    clip = clipaudio.open_clip(spoken + "\n", text="It cost $4.50. OK?")
    assert clip.text == "It cost $4.50. OK?"
    # "uh" cannot be told from the words of the price, so the stretch up to the next match has the time of all four
    assert words_of(clip) == [("It", 0.0, 0.25), ("cost", 0.3, 0.55), ("$4.50", 0.6, 1.75), ("OK", 1.8, 2.05)]
    assert "estimated_word" in kinds(clip)


def test_written_text_goes_over_letters_with_times_too():
    clip = clipaudio.open_clip({"alignment": characters("five km"), "normalized_alignment": None}, text="5 km!")
    assert words_of(clip) == [("5", 0.0, 0.4), ("km", 0.5, 0.7)]


def test_marks_of_ssml_are_words_only_with_a_text_of_as_many():
    points = {"timepoints": [{"markName": "w0", "timeSeconds": 0.1}, {"markName": "w1", "timeSeconds": 0.5}]}
    with pytest.raises(TimelineError, match="text"):
        clipaudio.open_clip(points).words  # noqa: B018 - the levels are made on use
    assert clipaudio.open_clip(points, text="Hello, you.").words[1][:2] == ("you", 0.5)


def test_speakers_of_a_recogniser_become_parts():
    words = [
        {"word": "hi", "punctuated_word": "Hi.", "start": 0.0, "end": 0.4, "speaker": 0},
        {"word": "hello", "punctuated_word": "Hello.", "start": 0.5, "end": 0.9, "speaker": 1},
    ]
    best = {"transcript": "Hi. Hello.", "words": words}
    clip = clipaudio.open_clip({"results": {"channels": [{"alternatives": [best]}]}})
    assert "0 - words" in clip.dumps("textgrid")
    assert [cue.speaker for cue in clip.cues(profile="none")] == ["0", "1"]


def test_one_speaker_is_not_named():
    words = [{"word": "hi", "start": 0.0, "end": 0.4, "speaker": 0}]
    clip = clipaudio.open_clip({"results": {"channels": [{"alternatives": [{"words": words}]}]}})
    assert [cue.lines for cue in clip.cues(profile="none")] == [("hi",)]
    assert [part.speaker for part in clip.content.parts] == [None]


def test_lengths_that_a_service_rounds_down_do_not_cut_the_last_word():
    clip = clipaudio.open_clip(
        {"wordDurations": [{"word": "hi", "startMs": 0, "endMs": 1400}], "audioLengthInSeconds": 1}
    )
    assert words_of(clip) == [("hi", 0.0, 1.4)]


def test_ids_of_fragments_are_no_words():
    with pytest.raises(SourceError, match="ids of fragments, not words; let aeneas write JSON or SRT"):
        clipaudio.open_clip(b"0.000\t2.680\tf000001\n2.680\t5.880\tf000002\n")
    assert len(clipaudio.open_clip(b"0.000\t2.680\tf000001\n2.680\t5.880\tgo\n").words) == 2


def test_a_transcript_of_silence_is_empty_and_what_needs_a_length_says_so(tmp_path):
    clip = clipaudio.open_clip(b'{"text": "", "segments": [], "language": "en"}')
    assert clip.dumps("srt") == ""
    for name in ("textgrid", "rhubarb"):
        with pytest.raises(ExportError, match="no words and no sound, so it lasts no time; give its audio"):
            clip.dumps(name)
    soundfile.write(tmp_path / "a.wav", np.zeros(8000), 8000)
    (tmp_path / "a.json").write_text('{"text": "", "segments": [], "language": "en"}')
    assert "xmax = 1" in clipaudio.open_clip(tmp_path / "a.json", audio=tmp_path / "a.wav").dumps("textgrid")


def test_a_line_of_lyrics_without_word_times_is_told_beside_lines_with_them():
    timed = "[00:01.00]<00:01.00>Go <00:01.50>away<00:02.00>\n"
    clip = clipaudio.open_clip(timed + "[00:03.00]these are whole\n[00:04.00]\n[00:05.00]<00:05.00>Bye\n")
    assert [word.start for word in clip.words][:3] == [1.0, 1.5, 3.0]
    assert clip.words[4].end == pytest.approx(4.0)
    assert 2 in clip.report["words"]["estimated_word"]
