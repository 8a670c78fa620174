"""Writers of every shape: one utterance as each service, engine, recogniser and aligner would send it.

Every writer returns the bytes of a file. They are written from the vendors' documentation, not from our readers.
"""

from __future__ import annotations

from source_recognisers import (
    assemblyai,
    audacity,
    aws,
    azure_stt,
    bbc,
    ctm,
    deepgram,
    gentle,
    google_v1,
    google_v2,
    htk,
    hyperaudio,
    mfa,
    openai,
    remotion,
    rev,
    soniox_stt,
    speechmatics,
    transformers,
    vosk,
    whisper,
    whisper_cpp,
    whisper_timestamped,
    whisperx,
)
from source_toolkits import WRITERS as TOOLKITS
from source_transcripts import (
    autoedit,
    azure_batch_stt,
    azure_fast_stt,
    bbc_kaldi,
    draftjs,
    plain_words,
    podcast,
    speechmatics_first,
    watson_stt,
    watson_tts,
)
from source_writing import AUDIO, dump, letters_of, lines, seconds, text_of


def alignment(words):
    labels, times = letters_of(words)
    return {
        "characters": labels,
        "character_start_times_seconds": [seconds(a) for a, _ in times],
        "character_end_times_seconds": [seconds(b) for _, b in times],
    }


def elevenlabs(words):
    spoken = alignment(words)
    return dump({"audio_base64": AUDIO, "alignment": spoken, "normalized_alignment": spoken})


def elevenlabs_stream(words):
    whole = alignment(words)
    parts = [{key: values[k : k + 5] for key, values in whole.items()} for k in range(0, len(whole["characters"]), 5)]
    return lines(*({"audio_base64": AUDIO, "alignment": part, "normalized_alignment": None} for part in parts))


def elevenlabs_websocket(words):
    """Write one message a word, with its blank; times begin anew in each, which lasts until the next word begins."""
    messages, begin = [], 0
    for row, word in enumerate(words):
        labels, times = letters_of([word])
        stop = words[row + 1].start if row + 1 < len(words) else word.end
        if row + 1 < len(words):
            labels, times = [*labels, " "], [*times, (word.end, stop)]
        part = {
            "chars": labels,
            "charStartTimesMs": [a - begin for a, _ in times],
            "charDurationsMs": [b - a for a, b in times],
        }
        messages.append({"audio": AUDIO, "isFinal": None, "alignment": part, "normalizedAlignment": part})
        begin = stop
    return lines(*messages, {"audio": None, "isFinal": True, "alignment": None, "normalizedAlignment": None})


def elevenlabs_forced(words):
    labels, times = letters_of(words)
    characters = [{"text": a, "start": seconds(b), "end": seconds(c)} for a, (b, c) in zip(labels, times, strict=True)]
    spoken = [{"text": w.label, "start": seconds(w.start), "end": seconds(w.end), "loss": 0.3} for w in words]
    return dump({"characters": characters, "words": spoken, "loss": 0.2})


def elevenlabs_scribe(words):
    items = []
    for row, w in enumerate(words):
        if row:
            gap = {"text": " ", "start": seconds(words[row - 1].end), "end": seconds(w.start), "type": "spacing"}
            items.append(gap)
        items.append({"text": w.label, "start": seconds(w.start), "end": seconds(w.end), "type": "word"})
    return dump({"language_code": "eng", "text": text_of(words), "words": items})


def soniox_tts(words):
    return lines({"stream_id": "s", "audio": AUDIO}, {"stream_id": "s", "timestamps": alignment(words)})


def inworld_words(words):
    spoken = {
        "words": [w.label for w in words],
        "wordStartTimeSeconds": [seconds(w.start) for w in words],
        "wordEndTimeSeconds": [seconds(w.end) for w in words],
    }
    return dump({"audioContent": AUDIO, "timestampInfo": {"wordAlignment": spoken}})


def inworld_characters(words):
    labels, times = letters_of(words)
    spoken = {
        "characters": labels,
        "characterStartTimeSeconds": [seconds(a) for a, _ in times],
        "characterEndTimeSeconds": [seconds(b) for _, b in times],
    }
    return lines({"result": {"audioContent": AUDIO, "timestampInfo": {"characterAlignment": spoken}}})


def resemble(words):
    labels, times = letters_of(words)
    pairs = [[seconds(a), seconds(b)] for a, b in times]
    return dump({"id": "c", "url": "c.wav", "audio_timestamps": {"graph_chars": labels, "graph_times": pairs}})


def resemble_stream(words):
    labels, times = letters_of(words)
    pairs = [[seconds(a), seconds(b)] for a, b in times]
    parts = [
        {"graph_chars": labels[k : k + 4], "graph_times": pairs[k : k + 4], "phon_chars": [], "phon_times": []}
        for k in range(0, len(labels), 4)
    ]
    return lines(*({"type": "audio", "audio_content": AUDIO, "audio_timestamps": part} for part in parts))


def cartesia(words):
    messages = [
        {
            "type": "timestamps",
            "context_id": "c",
            "word_timestamps": {"words": [w.label], "start": [seconds(w.start)], "end": [seconds(w.end)]},
        }
        for w in words
    ]
    return lines({"type": "chunk", "context_id": "c", "data": AUDIO}, *messages, {"type": "done", "context_id": "c"})


def rime(words):
    """Write one message a word; its times count from the end of the message before."""
    messages, begin = [], 0
    for w in words:
        spoken = {"words": [w.label], "start": [seconds(w.start - begin)], "end": [seconds(w.end - begin)]}
        messages.append({"type": "timestamps", "word_timestamps": spoken, "contextId": None})
        begin = w.end
    return lines({"type": "chunk", "data": AUDIO}, *messages, {"type": "done"})


def hume(words):
    stamps = [{"type": "word", "text": w.label, "time": {"begin": w.start, "end": w.end}} for w in words]
    snippet = {"id": "n", "text": text_of(words), "audio": AUDIO, "timestamps": stamps}
    return dump({"generations": [{"audio": AUDIO, "duration": seconds(words[-1].end), "snippets": [[snippet]]}]})


def hume_stream(words):
    stamps = [{"type": "word", "text": w.label, "time": {"begin": w.start, "end": w.end}} for w in words]
    return lines({"type": "audio", "audio": AUDIO}, *({"type": "timestamp", "timestamp": stamp} for stamp in stamps))


def lmnt(words):
    items = []
    for row, w in enumerate(words):
        if row:
            begin = words[row - 1].end
            items.append({"text": " ", "start": seconds(begin), "duration": seconds(w.start - begin)})
        items.append({"text": w.label, "start": seconds(w.start), "duration": seconds(w.end - w.start)})
    return dump({"audio": AUDIO, "timestamps": items, "seed": 1})


def speechify(words):
    chunks, place = [], 0
    for w in words:
        stop = place + len(w.label)
        chunks.append(
            {"type": "word", "start": place, "end": stop, "start_time": w.start, "end_time": w.end, "value": w.label}
        )
        place = stop + 1
    marks = {"type": "sentence", "start": 0, "end": place, "start_time": 0, "end_time": words[-1].end}
    return dump({"audio_data": AUDIO, "speech_marks": {**marks, "value": text_of(words), "chunks": chunks}})


def murf(words):
    spoken = [{"word": w.label, "startMs": w.start, "endMs": w.end} for w in words]
    return dump({"audioFile": "https://example.invalid/a.wav", "wordDurations": spoken})


def fish(words):
    """Write a snapshot after each word: the last one counts."""
    spoken = [{"text": w.label, "start": seconds(w.start), "end": seconds(w.end)} for w in words]
    events = [
        {"audio_base64": AUDIO, "alignment": {"segments": spoken[:k]}, "chunk_seq": 0, "chunk_audio_offset_sec": 0.0}
        for k in range(1, len(spoken) + 1)
    ]
    return b"".join(b"data: " + dump(event) + b"\n\n" for event in events) + b"data: [DONE]\n\n"


def gradium(words):
    spoken = [{"type": "text", "text": w.label, "start_s": seconds(w.start), "stop_s": seconds(w.end)} for w in words]
    return lines({"type": "ready"}, *spoken, {"type": "end_of_stream"})


def smallest(words):
    spoken = [{"word": w.label, "start": seconds(w.start), "end": seconds(w.end)} for w in words]
    return lines(*({"status": "word_timestamp", "request_id": "q", "data": word} for word in spoken))


def vllm_omni(words):
    spoken = [{"word": w.label, "start_ms": w.start, "end_ms": w.end} for w in words]
    return lines({"type": "audio.chunk", "audio": AUDIO, "timestamps": None}, {"audio": "", "timestamps": spoken})


def kugelaudio(words):
    return lines({"word_timestamps": [{"word": w.label, "start_ms": w.start, "end_ms": w.end} for w in words]})


def kokoro_fastapi(words):
    spoken = [{"word": w.label, "start_time": seconds(w.start), "end_time": seconds(w.end)} for w in words]
    return lines(*({"audio": AUDIO, "timestamps": [word]} for word in spoken), {"audio": AUDIO, "timestamps": []})


def kokoro_tokens(words):
    return dump(
        [
            {"text": w.label, "tag": "NN", "whitespace": " ", "phonemes": "", "start_ts": seconds(w.start),
             "end_ts": seconds(w.end)}
            for w in words
        ]
    )  # fmt: skip


def azure_events(words):
    spoken = [
        {"audio_offset": w.start * 10_000, "duration": (w.end - w.start) * 10_000, "text": w.label,
         "boundary_type": "Word"}
        for w in words
    ]  # fmt: skip
    return dump({"word_boundaries": spoken, "visemes": []})


def azure_batch(words):
    return dump([{"Text": w.label, "AudioOffset": w.start, "Duration": w.end - w.start} for w in words])


def edge_tts(words):
    spoken = [
        {"type": "WordBoundary", "offset": w.start * 10_000, "duration": (w.end - w.start) * 10_000, "text": w.label}
        for w in words
    ]
    return lines(*spoken)


def tencent(words):
    spoken = [{"Text": w.label, "BeginTime": w.start, "EndTime": w.end} for w in words]
    return dump({"Response": {"Audio": AUDIO, "Subtitles": spoken}})


def huawei(words):
    spoken = [{"start_time": w.start, "end_time": w.end, "text": w.label, "word_index": k} for k, w in enumerate(words)]
    return dump({"resp_type": "RESULT", "result": spoken})


def alibaba(words):
    whole = {"begin_time": 0, "end_time": words[-1].end, "text": "", "sentence": True}
    spoken = [{"begin_time": w.start, "end_time": w.end, "text": w.label, "sentence": False} for w in words]
    return dump({"subtitles": [whole, *spoken]})


def headtts(words):
    return dump(
        {
            "words": [f"{w.label} " for w in words],
            "wtimes": [w.start for w in words],
            "wdurations": [w.end - w.start for w in words],
            "visemes": ["aa"],
            "vtimes": [words[0].start],
            "vdurations": [50],
        }
    )


def tanstack(words):
    spoken = {
        "unit": "word",
        "texts": [w.label for w in words],
        "startSeconds": [seconds(w.start) for w in words],
        "endSeconds": [seconds(w.end) for w in words],
    }
    return dump({"alignment": spoken})


def assemblyai_tts(words):
    spoken = [{"word": w.label, "start": w.start, "end": w.end, "confidence": 0.9} for w in words]
    return lines({"type": "Begin"}, {"type": "WordBoundaries", "flush_id": 0, "audio_start_ms": 0, "words": spoken})


WRITERS = {
    "elevenlabs": elevenlabs, "elevenlabs-stream": elevenlabs_stream, "elevenlabs-websocket": elevenlabs_websocket,
    "elevenlabs-alignment": elevenlabs_forced, "elevenlabs-scribe": elevenlabs_scribe, "soniox": soniox_tts,
    "inworld": inworld_words, "inworld-characters": inworld_characters, "resemble": resemble,
    "resemble-stream": resemble_stream, "cartesia": cartesia, "rime": rime, "hume": hume, "hume-stream": hume_stream,
    "lmnt": lmnt, "speechify": speechify, "murf": murf, "fish": fish, "gradium": gradium, "smallest": smallest,
    "vllm-omni": vllm_omni, "kugelaudio": kugelaudio, "kokoro-fastapi": kokoro_fastapi,
    "kokoro-tokens": kokoro_tokens, "azure-events": azure_events, "azure-batch": azure_batch, "edge-tts": edge_tts,
    "tencent": tencent, "huawei": huawei, "alibaba": alibaba, "headtts": headtts, "tanstack": tanstack,
    "assemblyai-tts": assemblyai_tts, "openai": openai, "whisper": whisper,
    "whisper-timestamped": whisper_timestamped, "whisperx": whisperx, "whisper-cpp": whisper_cpp,
    "transformers": transformers, "deepgram": deepgram, "assemblyai": assemblyai, "speechmatics": speechmatics,
    "rev": rev, "aws-transcribe": aws, "google-stt": google_v1, "google-stt-v2": google_v2, "azure-stt": azure_stt,
    "soniox-stt": soniox_stt, "vosk": vosk, "gentle": gentle, "mfa": mfa, "bbc-transcript": bbc,
    "hyperaudio": hyperaudio, "remotion": remotion, "ctm": ctm, "htk": htk, "audacity": audacity,
    "azure-batch-stt": azure_batch_stt, "azure-fast-stt": azure_fast_stt, "watson-stt": watson_stt,
    "watson-tts": watson_tts, "bbc-kaldi": bbc_kaldi, "speechmatics-v1": speechmatics_first, "podcast": podcast,
    "draftjs": draftjs, "autoedit": autoedit, "words": plain_words,
    **TOOLKITS,
}  # fmt: skip
"""Shapes that keep the start and end of every word."""
