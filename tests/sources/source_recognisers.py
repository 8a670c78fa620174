"""Writers of the shapes of recognisers, aligners and editors; see `source_shapes`."""

from __future__ import annotations

from source_writing import dump, seconds, text_of


def openai(words):
    spoken = [{"word": w.label, "start": seconds(w.start), "end": seconds(w.end)} for w in words]
    return dump({"task": "transcribe", "language": "english", "text": text_of(words), "words": spoken})


def whisper(words):
    spoken = [{"word": f" {w.label}", "start": seconds(w.start), "end": seconds(w.end)} for w in words]
    segment = {"start": seconds(words[0].start), "end": seconds(words[-1].end), "text": f" {text_of(words)}"}
    return dump({"text": text_of(words), "segments": [{**segment, "words": spoken}], "language": "en"})


def whisper_timestamped(words):
    spoken = [{"text": w.label, "start": seconds(w.start), "end": seconds(w.end)} for w in words]
    segment = {"start": seconds(words[0].start), "end": seconds(words[-1].end), "text": f" {text_of(words)}"}
    return dump({"text": text_of(words), "segments": [{**segment, "words": spoken}], "language": "en"})


def whisperx(words):
    spoken = [{"word": w.label, "start": seconds(w.start), "end": seconds(w.end), "score": 0.9} for w in words]
    segment = {"start": seconds(words[0].start), "end": seconds(words[-1].end), "text": text_of(words)}
    return dump({"segments": [{**segment, "words": spoken}], "word_segments": spoken, "language": "en"})


def whisper_cpp(words):
    tokens = [{"text": "[_BEG_]", "offsets": {"from": 0, "to": 0}}]
    tokens += [{"text": f" {w.label}", "offsets": {"from": w.start, "to": w.end}} for w in words]
    segment = {"offsets": {"from": words[0].start, "to": words[-1].end}, "text": f" {text_of(words)}"}
    return dump({"result": {"language": "en"}, "transcription": [{**segment, "tokens": tokens}]})


def transformers(words):
    chunks = [{"text": f" {w.label}", "timestamp": [seconds(w.start), seconds(w.end)]} for w in words]
    return dump({"text": f" {text_of(words)}", "chunks": chunks})


def deepgram(words):
    spoken = [{"word": w.label.lower(), "punctuated_word": w.label, "start": seconds(w.start), "end": seconds(w.end)}
              for w in words]  # fmt: skip
    best = {"transcript": text_of(words), "words": spoken}
    return dump({"metadata": {"duration": 1e4}, "results": {"channels": [{"alternatives": [best]}]}})


def assemblyai(words):
    spoken = [{"text": w.label, "start": w.start, "end": w.end, "confidence": 0.9} for w in words]
    return dump({"id": "x", "status": "completed", "text": text_of(words), "audio_duration": 9, "words": spoken})


def speechmatics(words):
    items = [
        {"type": "word", "start_time": seconds(w.start), "end_time": seconds(w.end),
         "alternatives": [{"content": w.label, "language": "en"}]}
        for w in words
    ]  # fmt: skip
    return dump({"format": "2.9", "results": items})


def rev(words):
    elements = []
    for row, w in enumerate(words):
        elements += [{"type": "punct", "value": " "}] if row else []
        elements.append({"type": "text", "value": w.label, "ts": seconds(w.start), "end_ts": seconds(w.end)})
    return dump({"monologues": [{"speaker": 0, "elements": elements}]})


def aws(words):
    items = [
        {"type": "pronunciation", "start_time": str(seconds(w.start)), "end_time": str(seconds(w.end)),
         "alternatives": [{"content": w.label}]}
        for w in words
    ]  # fmt: skip
    return dump({"results": {"transcripts": [{"transcript": text_of(words)}], "items": items}})


def google_v1(words):
    spoken = [{"startTime": f"{seconds(w.start)}s", "endTime": f"{seconds(w.end)}s", "word": w.label} for w in words]
    return dump({"results": [{"alternatives": [{"transcript": text_of(words), "words": spoken}]}]})


def google_v2(words):
    spoken = [
        {**({"startOffset": f"{seconds(w.start)}s"} if w.start else {}), "endOffset": f"{seconds(w.end)}s",
         "word": w.label}
        for w in words
    ]  # fmt: skip
    return dump({"results": [{"alternatives": [{"transcript": text_of(words), "words": spoken}]}]})


def azure_stt(words):
    spoken = [{"Word": w.label, "Offset": w.start * 10_000, "Duration": (w.end - w.start) * 10_000} for w in words]
    return dump({"RecognitionStatus": "Success", "NBest": [{"Display": text_of(words), "Words": spoken}]})


def soniox_stt(words):
    """Write each word as two pieces; the blank stands before the first."""
    tokens = []
    for row, w in enumerate(words):
        half, middle = (len(w.label) + 1) // 2, (w.start + w.end) // 2
        blank = " " if row else ""
        tokens.append({"text": blank + w.label[:half], "start_ms": w.start, "end_ms": middle})
        if w.label[half:]:
            tokens.append({"text": w.label[half:], "start_ms": middle, "end_ms": w.end})
        else:
            tokens[-1]["end_ms"] = w.end
    return dump({"text": text_of(words), "tokens": tokens})


def vosk(words):
    spoken = [{"conf": 1.0, "start": seconds(w.start), "end": seconds(w.end), "word": w.label} for w in words]
    return dump({"result": spoken, "text": text_of(words)})


def gentle(words):
    spoken, place = [], 0
    for w in words:
        stop = place + len(w.label)
        times = {"start": seconds(w.start), "end": seconds(w.end)}
        spoken.append({"case": "success", "word": w.label, "startOffset": place, "endOffset": stop, **times})
        place = stop + 1
    return dump({"transcript": text_of(words), "words": spoken})


def mfa(words):
    entries = [[seconds(w.start), seconds(w.end), w.label] for w in words]
    tiers = {"words": {"type": "interval", "entries": entries}, "phones": {"type": "interval", "entries": []}}
    return dump({"start": 0, "end": seconds(words[-1].end), "tiers": tiers})


def bbc(words):
    spoken = [
        {"id": k, "start": seconds(w.start), "end": seconds(w.end), "word": w.label.lower(), "punct": w.label}
        for k, w in enumerate(words)
    ]
    return dump({"words": spoken})


def hyperaudio(words):
    spoken = [{"text": w.label, "start": seconds(w.start), "end": seconds(w.end)} for w in words]
    return dump({"words": spoken, "paragraphs": [{"speaker": "S1", "start": 0, "end": 1e4}]})


def remotion(words):
    return dump(
        [{"text": f" {w.label}" if k else w.label, "startMs": w.start, "endMs": w.end, "timestampMs": w.start}
         for k, w in enumerate(words)]
    )  # fmt: skip


def htk(words):
    return "".join(f"{word.start * 10_000} {word.end * 10_000} {word.label}\n" for word in words).encode()


def ctm(words):
    rows = [f"clip 1 {seconds(w.start)} {(w.end - w.start) / 1000} {w.label}" for w in words]
    return "\n".join([";; made by hand", *rows, ""]).encode()


def audacity(words):
    return "".join(f"{seconds(w.start)}\t{seconds(w.end)}\t{w.label}\n" for w in words).encode()
