"""Writers of the shapes of older services, editors and scripts; see `source_shapes`."""

from __future__ import annotations

from source_writing import dump, lines, seconds, text_of


def ticks(w):
    return {"offsetInTicks": w.start * 10_000, "durationInTicks": (w.end - w.start) * 10_000}


def azure_batch_stt(words):
    spoken = [{"word": w.label.lower(), **ticks(w)} for w in words]
    best = {"lexical": text_of(words).lower(), "display": text_of(words), "words": spoken}
    phrase = {"recognitionStatus": "Success", "channel": 0, "speaker": 1, "nBest": [best, {"display": "other"}]}
    return dump({"source": "a.wav", "combinedRecognizedPhrases": [{"channel": 0}], "recognizedPhrases": [phrase]})


def azure_fast_stt(words):
    spoken = [{"text": w.label, "offsetMilliseconds": w.start, "durationMilliseconds": w.end - w.start} for w in words]
    phrase = {"offsetMilliseconds": words[0].start, "text": text_of(words), "words": spoken, "locale": "en-US"}
    return dump({"combinedPhrases": [{"text": text_of(words)}], "phrases": [phrase]})


def triples(words):
    return [[w.label, seconds(w.start), seconds(w.end)] for w in words]


def watson_stt(words):
    best = {"transcript": text_of(words), "timestamps": triples(words)}
    return dump({"result_index": 0, "results": [{"final": True, "alternatives": [best]}]})


def watson_tts(words):
    return lines({"binary_streams": [{"content_type": "audio/wav"}]}, *({"words": [one]} for one in triples(words)))


def bbc_kaldi(words):
    spoken = [{"word": w.label.lower(), "punct": w.label, "start": seconds(w.start), "end": seconds(w.end)}
              for w in words]  # fmt: skip
    return dump({"action": "audio-transcribe", "retval": {"status": True, "words": spoken}})


def speechmatics_first(words):
    spoken = [
        {"name": w.label, "time": str(seconds(w.start)), "duration": str(seconds(w.end - w.start))} for w in words
    ]
    return dump({"job": {"lang": "en"}, "speakers": [], "words": spoken, "format": "1.0"})


def podcast(words):
    spoken = [{"speaker": "Ann", "startTime": seconds(w.start), "endTime": seconds(w.end), "body": w.label}
              for w in words]  # fmt: skip
    return dump({"version": "1.0.0", "segments": spoken})


def draftjs(words):
    ranges, entities, place = [], {}, 0
    for row, w in enumerate(words):
        ranges.append({"offset": place, "length": len(w.label), "key": row})
        entities[str(row)] = {"type": "WORD", "data": {"start": seconds(w.start), "end": seconds(w.end), "text": "?"}}
        place += len(w.label) + 1
    block = {"text": text_of(words), "data": {"speaker": "Ann"}, "entityRanges": ranges}
    return dump({"blocks": [block], "entityMap": entities})


def autoedit(words):
    line = [{"id": k, "text": w.label, "startTime": seconds(w.start), "endTime": seconds(w.end)}
            for k, w in enumerate(words)]  # fmt: skip
    return dump({"title": "x", "text": [{"speaker": "Ann", "paragraph": [{"id": 0, "line": line}]}]})


def plain_words(words):
    return dump([{"word": w.label, "start": seconds(w.start), "end": seconds(w.end)} for w in words])
