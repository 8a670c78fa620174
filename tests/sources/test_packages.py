"""Responses that vendors' own packages build are read: their types, not our idea of them."""

from __future__ import annotations

import json

import numpy as np

import clipaudio

TEXT = "Hello world."
TIMES = [(0.05, 0.42), (0.46, 1.05)]


def check(source, *, ends=TIMES, labels=("Hello", "world"), text=TEXT):
    clip = clipaudio.open_clip(source)
    assert clip.words.labels == labels
    np.testing.assert_allclose(clip.words.times, ends, atol=1e-3)
    assert clip.text == text
    return clip


def letters():
    edges = np.round(np.linspace(0.05, 0.42, 6), 4).tolist()
    more = np.round(np.linspace(0.46, 0.95, 6), 4).tolist()
    starts = [*edges[:-1], 0.42, *more[:-1], 0.95]
    return list(TEXT), starts, [*starts[1:], 1.05]


def test_elevenlabs_responses(needs):
    types = needs("elevenlabs.types")
    labels, starts, ends = letters()
    spoken = types.CharacterAlignmentResponseModel(
        characters=labels, character_start_times_seconds=starts, character_end_times_seconds=ends
    )
    whole = types.AudioWithTimestampsResponse(audio_base64="UklGRg==", alignment=spoken, normalized_alignment=spoken)
    check(whole.model_dump(mode="json"), ends=[(0.05, 0.42), (0.46, 0.95)])
    check(json.loads(whole.model_dump_json(by_alias=True)), ends=[(0.05, 0.42), (0.46, 0.95)])


def test_elevenlabs_scribe_chunk(needs):
    types = needs("elevenlabs.types")
    words = [
        types.SpeechToTextWordResponseModel(text=text, start=start, end=end, type=kind, logprob=0.0)
        for text, start, end, kind in (
            ("Hello", 0.05, 0.42, "word"),
            (" ", 0.42, 0.46, "spacing"),
            ("world.", 0.46, 1.05, "word"),
            ("(laughs)", 1.05, 1.5, "audio_event"),
        )
    ]
    whole = types.SpeechToTextChunkResponseModel(language_code="eng", language_probability=1, text=TEXT, words=words)
    assert check(whole.model_dump(mode="json")).language == "en"


def test_cartesia_messages(needs):
    responses = needs("cartesia.types.websocket_response")
    shared = {"context_id": "c", "done": False, "status_code": 206}
    spoken = {"words": ["Hello", "world."], "start": [0.05, 0.46], "end": [0.42, 1.05]}
    sounds = {"phonemes": ["h", "ə"], "start": [0.05, 0.2], "end": [0.2, 0.42]}
    messages = [
        responses.Chunk(type="chunk", data="UklGRg==", step_time=1.0, **shared),
        responses.Timestamps(type="timestamps", word_timestamps=spoken, **shared),
        responses.PhonemeTimestamps(type="phoneme_timestamps", phoneme_timestamps=sounds, **shared),
        responses.Done(type="done", context_id="c", done=True, status_code=200),
    ]
    clip = check("\n".join(message.model_dump_json() for message in messages))
    assert clip.phones.labels == ("h", "ə")


def test_hume_generation(needs):
    types = needs("hume.tts.types")
    stamps = [
        types.Timestamp(type=kind, text=text, time={"begin": begin, "end": end})
        for kind, text, begin, end in (
            ("word", "Hello", 50, 420),
            ("phoneme", "h", 50, 120),
            ("word", "world", 460, 950),
        )
    ]
    snippet = types.Snippet(audio="UklGRg==", generation_id="g", id="s", text=TEXT, timestamps=stamps)
    whole = types.ReturnGeneration(
        audio="UklGRg==",
        duration=1.1,
        encoding={"format": "mp3", "sample_rate": 48_000},
        file_size=4,
        generation_id="g",
        snippets=[[snippet]],
    )
    answer = {"request_id": "r", "generations": [json.loads(whole.model_dump_json(by_alias=True))]}
    check(answer, ends=[(0.05, 0.42), (0.46, 0.95)])


def test_hume_stream(needs):
    types = needs("hume.tts.types")
    stamps = [
        types.Timestamp(type="word", text=text, time={"begin": begin, "end": end})
        for text, begin, end in (("Hello", 50, 420), ("world", 460, 1050))
    ]
    lines = [
        types.TimestampMessage(
            type="timestamp", generation_id="g", request_id="r", snippet_id="s", timestamp=stamp
        ).model_dump_json(by_alias=True)
        for stamp in stamps
    ]
    check("\n".join(lines) + "\n", text="Hello world")


def test_edge_tts_chunks_and_raw_frames(needs):
    communicate = needs("edge_tts").communicate.Communicate("Hello world.", boundary="WordBoundary")
    frames = [
        {"Metadata": [{"Type": "WordBoundary", "Data": {"Offset": offset, "Duration": length, "text": {"Text": text}}}]}
        for offset, length, text in ((500_000, 3_700_000, "R&amp;D"), (4_600_000, 5_900_000, "world"))
    ]
    parse = communicate._Communicate__parse_metadata
    chunks = [parse(json.dumps(frame).encode()) for frame in frames]
    for source in (chunks, frames):
        check(source, labels=("R&D", "world"), text="R&D world")


def test_deepgram_response(needs):
    types = needs("deepgram.types")
    words = [
        types.ListenV1ResponseResultsChannelsItemAlternativesItemWordsItem(
            word=word, punctuated_word=shown, start=start, end=end, confidence=0.9
        )
        for word, shown, (start, end) in zip(("hello", "world"), ("Hello", "world."), TIMES, strict=True)
    ]
    best = types.ListenV1ResponseResultsChannelsItemAlternativesItem(transcript=TEXT, confidence=0.9, words=words)
    channel = types.ListenV1ResponseResultsChannelsItem(alternatives=[best])
    check({"metadata": {}, "results": {"channels": [json.loads(channel.model_dump_json())]}})


def test_assemblyai_words(needs):
    types = needs("assemblyai.types")
    words = [
        types.Word(text=text, start=start, end=end, confidence=0.9, speaker="A")
        for text, start, end in (("Hello", 50, 420), ("world.", 460, 1050))
    ]
    dumped = [word.model_dump(mode="json") for word in words]
    check({"id": "x", "status": "completed", "text": TEXT, "words": dumped, "audio_duration": 1})


def test_textgrid_as_the_montreal_forced_aligner_writes_it(needs, tmp_path):
    praatio = needs("praatio.textgrid")
    grid = praatio.Textgrid()
    words = [(0.05, 0.42, "hello"), (0.46, 0.95, "world")]
    phones = [(0.05, 0.2, "HH"), (0.2, 0.42, "OW1"), (0.46, 0.95, "D"), (0.95, 1.1, "spn")]
    grid.addTier(praatio.IntervalTier("Ann - words", words, 0, 1.1))
    grid.addTier(praatio.IntervalTier("Ann - phones", phones, 0, 1.1))
    path = tmp_path / "take.TextGrid"
    grid.save(str(path), format="long_textgrid", includeBlankSpaces=True)
    clip = check(path, labels=("hello", "world"), text="hello world", ends=[(0.05, 0.42), (0.46, 0.95)])
    assert clip.phones.labels == ("HH", "OW1", "D")
