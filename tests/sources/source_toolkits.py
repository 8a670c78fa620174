"""Writers of the shapes of toolkits and hosted transcription; see `source_shapes`."""

from __future__ import annotations

from source_writing import dump, lines, seconds, text_of


def spoken(words, label="word", start="start", end="end", *, each=seconds):
    return [{label: w.label, start: each(w.start), end: each(w.end)} for w in words]


def same(milliseconds):
    return milliseconds


def nemo(words):
    stamps = [
        {"word": w.label, "start_offset": w.start // 80, "end_offset": w.end // 80, "start": seconds(w.start),
         "end": seconds(w.end)}
        for w in words
    ]  # fmt: skip
    segment = {"segment": text_of(words), "start": seconds(words[0].start), "end": seconds(words[-1].end)}
    return dump({"word": stamps, "segment": [segment], "char": []})


def parakeet(words):
    """Write each word as its first letter and the rest, as tokens are pieces of words."""
    tokens = []
    for w in words:
        middle = (w.start + w.end) / 2
        pieces = [(f" {w.label[0]}", w.start, middle), (w.label[1:], middle, w.end)]
        pieces = [(f" {w.label}", w.start, w.end)] if len(w.label) == 1 else pieces
        tokens += [{"id": 1, "text": t, "start": a / 1e3, "end": b / 1e3, "duration": (b - a) / 1e3}
                   for t, a, b in pieces]  # fmt: skip
    sentence = {"text": f" {text_of(words)}", "start": seconds(words[0].start), "end": seconds(words[-1].end)}
    return dump({"text": text_of(words), "sentences": [{**sentence, "tokens": tokens}]})


def funasr(words):
    pairs = [[w.start, w.end] for w in words]
    sentence = {"text": text_of(words), "start": words[0].start, "end": words[-1].end, "timestamp": pairs, "spk": 0}
    return dump({"key": "x", "text": text_of(words), "timestamp": pairs, "sentence_info": [sentence]})


def sherpa(words):
    tokens = [f"▁{w.label}" for w in words]
    starts, lengths = [seconds(w.start) for w in words], [seconds(w.end - w.start) for w in words]
    facts = {"lang": "<|en|>", "emotion": "", "event": "", "text": text_of(words)}
    return dump({**facts, "timestamps": starts, "durations": lengths, "tokens": tokens, "words": []})


def coqui(words):
    best = [{"word": w.label, "start_time": seconds(w.start), "duration": seconds(w.end - w.start)} for w in words]
    other = [{"word": "other", "start_time": 0.1, "duration": 0.2}]
    return dump({"transcripts": [{"confidence": -9.5, "words": best}, {"confidence": -20.1, "words": other}]})


def picovoice(words):
    return dump({"transcript": text_of(words), "words": spoken(words, start="start_sec", end="end_sec")})


def lhotse(words):
    """Write a supervision a word."""
    rows = []
    for row, w in enumerate(words):
        facts = {"id": f"a-{row}", "recording_id": "a", "start": seconds(w.start), "channel": 0, "text": w.label}
        length = seconds(w.end - w.start)
        rows.append({**facts, "duration": length, "alignment": {"word": [[w.label, seconds(w.start), length, None]]}})
    return lines(*rows)


def gladia(words):
    phrase = {"text": text_of(words), "language": "en", "start": seconds(words[0].start), "speaker": 0}
    transcription = {"full_transcript": text_of(words), "utterances": [{**phrase, "words": spoken(words)}]}
    return dump({"id": "x", "status": "done", "result": {"transcription": transcription}})


def volcengine(words):
    pause = {"text": " ", "start_time": -1, "end_time": -1}
    own = spoken(words, "text", "start_time", "end_time", each=same)
    phrase = {"definite": True, "text": text_of(words), "start_time": words[0].start, "words": [*own, pause]}
    return dump({"audio_info": {"duration": 99_999}, "result": {"text": text_of(words), "utterances": [phrase]}})


def paraformer(words):
    own = [{**item, "punctuation": ""} for item in spoken(words, "text", "begin_time", "end_time", each=same)]
    own = [{**item, "text": f"{item['text']} "} for item in own]
    sentence = {"text": text_of(words), "begin_time": words[0].start, "end_time": words[-1].end, "words": own}
    return dump({"file_url": "x", "transcripts": [{"channel_id": 0, "text": "", "sentences": [sentence]}]})


def speechkit(words):
    own = spoken(words, "text", "startTimeMs", "endTimeMs", each=str)
    return dump({"final": {"alternatives": [{"words": own, "text": text_of(words)}], "channelTag": "0"}})


def salute(words):
    own = spoken(words, each=lambda value: f"{seconds(value)}s")
    return dump({"results": [{"text": text_of(words), "normalized_text": text_of(words), "word_alignments": own}]})


def sonix(words):
    own = spoken(words, "text", "start_time", "end_time")
    phrase = {"text": text_of(words), "start_time": seconds(words[0].start), "speaker": "Speaker1", "words": own}
    return dump({"name": "x", "transcript": [phrase]})


def trint(words):
    own = [{"id": w.start, "time": str(w.start), "duration": str(w.end - w.start), "value": w.label} for w in words]
    return dump({"transcript": {"words": own, "paragraphs": [{"time": str(words[0].start), "speaker": "Ann"}]}})


def premiere(words):
    own = [{"text": w.label, "start": seconds(w.start), "duration": seconds(w.end - w.start), "confidence": 1,
            "eos": w is words[-1], "tags": [], "type": "word"} for w in words]  # fmt: skip
    segment = {"start": seconds(words[0].start), "duration": 1, "language": "en-us", "speaker": "7", "words": own}
    return dump({"language": "en-us", "segments": [segment], "speakers": [{"id": "7", "name": "Ann"}]})


def minimax(words):
    own = spoken(words, "word", "time_begin", "time_end", each=same)
    whole = {"text": text_of(words), "time_begin": words[0].start, "time_end": words[-1].end, "text_begin": 0}
    return dump([{**whole, "timestamped_words": own}])


WRITERS = {
    "nemo": nemo, "parakeet-mlx": parakeet, "funasr": funasr, "sherpa-onnx": sherpa, "coqui": coqui,
    "picovoice": picovoice, "lhotse": lhotse, "gladia": gladia, "volcengine": volcengine, "paraformer": paraformer,
    "speechkit": speechkit, "salutespeech": salute, "sonix": sonix, "trint": trint, "premiere": premiere,
    "minimax": minimax,
}  # fmt: skip
