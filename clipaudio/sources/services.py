"""Services and engines that time each word of the speech they make, some with phones and visemes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.arrays import Arrays, find_spans, join_arrays, read_arrays, start_offsets
from clipaudio.sources.fields import Items, collect, find, number, numbers, texts
from clipaudio.sources.layout import WordLayout, messages_of, with_paths
from clipaudio.sources.markup import drop_tags
from clipaudio.sources.source import Source
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clipaudio.sources.document import Document

__all__ = ["SOURCES"]

_WORDS: Final = ("words", "start", "end")
_PHONES: Final = ("phonemes", "start", "end")


def _socket_words(name: str, *, restarts: bool) -> Callable[[Document], SpeechTimes]:
    """Return the reader of messages with `word_timestamps` and `phoneme_timestamps`; *restarts* at 0 in each."""

    def read(document: Document) -> SpeechTimes:
        words, phones = [], []
        for path, message in with_paths(document):
            if "word_timestamps" in message:
                words.append(read_arrays(message["word_timestamps"], f"{path}.word_timestamps", _WORDS))
            if "phoneme_timestamps" in message:
                phones.append(read_arrays(message["phoneme_timestamps"], f"{path}.phoneme_timestamps", _PHONES))
        said = join_arrays(words, _one_after_another(words) if restarts else [])
        sound = join_arrays(phones)
        labels = tuple([drop_tags(label) if "<" in label else label for label in said.labels])
        return SpeechTimes(
            source=name,
            words=TimedText(labels, said.times, any(label.isspace() for label in labels)),
            phones=Timeline(tuple(sound.labels), sound.times),
        )

    return read


def _one_after_another(parts: list[Arrays]) -> NDArray[np.float64]:
    """Return the second at which each part begins if it follows the one before."""
    return start_offsets(find_spans(parts))


def _rime_span(message: dict[str, Any]) -> float:
    return read_arrays(message.get("word_timestamps"), "$", _WORDS).span


def _smallest_span(message: dict[str, Any]) -> float:
    """Return the last time of a word."""
    found = message.get("data")
    ends = [number(found.get(key), "$.data") for key in ("start", "end")] if isinstance(found, dict) else []
    return max((end for end in ends if not np.isnan(end)), default=0.0)


def _read_hume(document: Document) -> SpeechTimes:
    """Read words and phones of Octave, which stand mixed in one list, or one a line."""
    messages = messages_of(document)
    items = collect(messages, "generations[0].snippets[][].timestamps[]")
    is_stream = not items.values
    if is_stream:
        items = collect(messages, "timestamp")
    times = items.map(lambda item: item["time"] if isinstance(item.get("time"), dict) else {})
    pairs = np.column_stack((numbers(times, ("begin",)), numbers(times, ("end",)))) / 1e3
    labels, kinds = texts(items, ("text",)), [item.get("type") for item in items.values]
    words = [row for row, kind in enumerate(kinds) if kind == "word"]
    phones = [row for row, kind in enumerate(kinds) if kind == "phoneme"]
    snippets = collect(messages, "generations[0].snippets[][]")
    text = " ".join(texts(snippets, ("text",))) or None
    return SpeechTimes(
        source="hume-stream" if is_stream else "hume",
        words=TimedText(tuple(labels[row] for row in words), pairs[words].reshape(-1, 2)),
        phones=Timeline(tuple(labels[row] for row in phones), pairs[phones].reshape(-1, 2)),
        text=text,
        duration=_positive(find(document.messages[0], "generations[0].duration")),
    )


def _positive(value: object) -> float | None:
    """Return a length in seconds; None where it is none."""
    seconds = number(value, "$") if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
    return seconds if 0 < seconds < float("inf") else None


def _read_fish(document: Document) -> SpeechTimes:
    """Read snapshots: the last one of each chunk counts, moved by the offset of its chunk."""
    messages = messages_of(document).where(lambda message: isinstance(message.get("alignment"), dict))
    last = {str(message.get("chunk_seq")): row for row, message in enumerate(messages.values)}
    chunks = messages.take(list(last.values()))
    parts = []
    for chunk, offset in zip(chunks.split(), numbers(chunks, ("chunk_audio_offset_sec",)).tolist(), strict=True):
        items = collect(chunk, "alignment.segments[]")
        times = np.column_stack((numbers(items, ("start",)), numbers(items, ("end",))))
        parts.append(Arrays(texts(items, ("text",)), times + (0.0 if np.isnan(offset) else offset)))
    whole = join_arrays(parts)
    contents = list(dict.fromkeys(text for text in texts(chunks, ("content",)) if text))
    return SpeechTimes(
        source="fish", words=TimedText(tuple(whole.labels), whole.times), text=" ".join(contents) or None
    )


def _read_smallest(document: Document) -> SpeechTimes:
    """Read words whose times count from the start of their request; one request follows another."""
    messages = messages_of(document).where(lambda message: message.get("status") == "word_timestamp")
    rows: dict[str, list[int]] = {}
    for row, message in enumerate(messages.values):
        rows.setdefault(str(message.get("request_id")), []).append(row)
    arrays = []
    for own in rows.values():
        items = collect(messages.take(own), "data")
        times = np.column_stack((numbers(items, ("start",)), numbers(items, ("end",))))
        arrays.append(Arrays(texts(items, ("word",)), times))
    whole = join_arrays(arrays, _one_after_another(arrays))
    return SpeechTimes(source="smallest", words=TimedText(tuple(whole.labels), whole.times))


def _read_speechify(document: Document) -> SpeechTimes:
    """Read speech marks: pieces of words touch in the text, words do not."""
    messages = messages_of(document)
    bare = any(isinstance(message.get("speech_marks"), list) for message in messages.values)
    top = collect(messages, "speech_marks[]" if bare else "speech_marks")
    inner = [(collect(mark, "chunks[]"), mark) for mark in top.split()]
    items = Items.chain([chunks if chunks.values else mark for chunks, mark in inner])
    items = _leaves(items)
    labels, places = texts(items, ("value",)), numbers(items, ("start",))
    stops = numbers(items, ("end",))
    for row in range(1, len(labels)):
        if not places[row] <= stops[row - 1]:
            labels[row] = f" {labels[row]}"
    times = np.column_stack((numbers(items, ("start_time",)), numbers(items, ("end_time",)))) / 1e3
    text = None if bare else " ".join(texts(top, ("value",))).strip() or None
    name = "speechify-stream" if bare else "speechify"
    return SpeechTimes(source=name, words=TimedText(tuple(labels), times, is_spaced=text is None), text=text)


def _leaves(items: Items) -> Items:
    """Return marks without the sentences among them, whose words stand there too."""
    words = items.where(lambda item: item.get("type", "word") == "word")
    return words if words.values else items


def _read_headtts(document: Document) -> SpeechTimes:
    """Read parallel arrays of words, visemes and phones; a duration may run over the next start."""
    parts: dict[str, list[Arrays]] = {"words": [], "visemes": [], "phonemes": []}
    for path, message in with_paths(document):
        inner = message.get("data", message)
        if not isinstance(inner, dict):
            continue
        for name, start, length in (
            ("words", "wtimes", "wdurations"),
            ("visemes", "vtimes", "vdurations"),
            ("phonemes", "vtimes", "vdurations"),
        ):
            found = read_arrays(inner, path, (name, start, length), per_second=1e3, durations=True)
            parts[name].append(_end_by_next(found))
    words, shapes, sounds = (join_arrays(parts[name]) for name in ("words", "visemes", "phonemes"))
    is_spaced = any(label[-1:].isspace() or label[:1].isspace() for label in words.labels)
    return SpeechTimes(
        source="headtts",
        words=TimedText(tuple(words.labels), words.times, is_spaced),
        phones=Timeline(tuple(sounds.labels), sounds.times),
        visemes=Timeline(tuple(shapes.labels), shapes.times),
        viseme_set="oculus" if shapes.labels else "",
    )


def _end_by_next(arrays: Arrays) -> Arrays:
    """Return entries that end at the latest where the next one begins."""
    times = arrays.times.copy()
    if len(times) > 1:
        later = times[1:, 0] > times[:-1, 0]
        times[:-1, 1] = np.where(later, np.fmin(times[:-1, 1], times[1:, 0]), times[:-1, 1])
    return Arrays(arrays.labels, times)


def _read_kokoro(document: Document) -> SpeechTimes:
    """Read tokens of misaki, each with the blank behind it."""
    items = messages_of(document)
    labels = [text + item for text, item in zip(texts(items, ("text",)), texts(items, ("whitespace",)), strict=True)]
    times = np.column_stack((numbers(items, ("start_ts",)), numbers(items, ("end_ts",))))
    return SpeechTimes(source="kokoro-tokens", words=TimedText(tuple(labels), times, is_spaced=True))


def _read_piper(document: Document) -> SpeechTimes:
    """Read phones in a row, each with its length; words are those of the text, timed by the blanks among the phones."""
    messages = messages_of(document)
    items = collect(messages, "last.alignments[]")
    if not items.values:
        items = collect(messages, "alignments[]") if find(document.messages[0], "alignments") else messages
    labels = texts(items, ("phoneme",))
    ends = np.cumsum(np.nan_to_num(numbers(items, ("seconds",))))
    times = np.column_stack((np.concatenate(([0.0], ends[:-1])), ends)) if len(ends) else np.empty((0, 2))
    sounds = [row for row, label in enumerate(labels) if label not in {"^", "$", "_", ""}]
    text = next((value for message in document.messages if (value := find(message, "last.text"))), None)
    language = next((value for message in document.messages if (value := find(message, "voice.language"))), None)
    from clipaudio.sources.language_tags import language_tag  # noqa: PLC0415 - as one family of many

    return SpeechTimes(
        source="piper",
        words=_words_of_phones(labels, times, text),
        phones=Timeline(tuple(labels[row] for row in sounds), times[sounds].reshape(-1, 2)),
        text=text if isinstance(text, str) else None,
        language=language_tag(language),
        duration=float(ends[-1]) if len(ends) else None,
    )


def _words_of_phones(labels: list[str], times: Any, text: object) -> TimedText | None:  # noqa: ANN401 - an array
    """Return the words of *text* with the times of the groups of phones between blanks, if there are as many."""
    if not isinstance(text, str):
        return None
    groups: list[tuple[float, float]] = []
    is_open = False
    for label, (start, end) in zip(labels, times.tolist(), strict=True):
        if label in {"^", "$", "_", ""}:
            continue
        if not any(letter.isalpha() for letter in label):
            is_open = is_open and label not in {" ", ".", ",", "!", "?", ";", ":", "…", "—"}
            continue
        if is_open:
            groups[-1] = (groups[-1][0], end)
        else:
            groups.append((start, end))
        is_open = True
    words = text.split()
    spoken = [word for word in words if any(letter.isalnum() for letter in word)]
    if len(spoken) == len(groups) or not groups:
        pairs = groups or [(np.nan, np.nan)] * len(spoken)
        return TimedText(tuple(spoken), np.array(pairs).reshape(-1, 2), unit="phones")
    whole = [(groups[0][0], groups[-1][1])]
    return TimedText((text,), np.array(whole), unit="sentences")


def _is_word(item: dict[str, Any]) -> bool:
    return bool(item.get("sentence")) is False


_ALIBABA: Final = WordLayout(
    items="subtitles[]", text=("text",), start=("begin_time",), end=("end_time",), per_second=1e3, keep=_is_word
)
_ASSEMBLY: Final = WordLayout(items="words[]", per_second=1e3, keep=lambda item: "word" in item)
_AZURE_BATCH: Final = WordLayout(items="", text=("Text",), start=("AudioOffset",), duration="Duration", per_second=1e3)
_GRADIUM: Final = WordLayout(
    items="", text=("text",), start=("start_s",), end=("stop_s",), keep=lambda item: "start_s" in item
)
_HUAWEI: Final = WordLayout(items="result[]", text=("text",), start=("start_time",), end=("end_time",), per_second=1e3)
_KOKORO_API: Final = WordLayout(items="timestamps[]", start=("start_time",), end=("end_time",))
_LMNT: Final = WordLayout(items="timestamps[]", text=("text",), duration="duration", is_spaced=True)
_LMNT_OLD: Final = WordLayout(items="durations[]", text=("text",), duration="duration", is_spaced=True)
_VLLM: Final = WordLayout(items="timestamps[]", start=("start_ms",), end=("end_ms",), per_second=1e3)
_KUGEL: Final = WordLayout(items="word_timestamps[]", start=("start_ms",), end=("end_ms",), per_second=1e3)
_MURF: Final = WordLayout(
    items="wordDurations[]", start=("startMs",), end=("endMs",), per_second=1e3, length="audioLengthInSeconds"
)
_TENCENT: Final = WordLayout(
    items="Response.Subtitles[]", text=("Text",), start=("BeginTime",), end=("EndTime",), per_second=1e3
)
_TENCENT_BARE: Final = WordLayout(
    items="Subtitles[]", text=("Text",), start=("BeginTime",), end=("EndTime",), per_second=1e3
)


def _read_huawei(document: Document) -> SpeechTimes:
    words = _HUAWEI.read(document, "huawei")
    items = collect(messages_of(document), "result[].phonemes[]")
    times = np.column_stack((numbers(items, ("start_time",)), numbers(items, ("end_time",)))) / 1e3
    phones = Timeline(tuple(texts(items, ("phoneme",))), times)
    return SpeechTimes(source="huawei", words=words.words, phones=phones)


_LAYOUTS: Final[tuple[tuple[str, str, str, tuple[str, ...], WordLayout, bool], ...]] = (
    ("lmnt", "LMNT", "seconds", ("timestamps[].text", "timestamps[].duration"), _LMNT, False),
    ("lmnt", "LMNT, older", "seconds", ("durations[].text", "durations[].duration"), _LMNT_OLD, False),
    (
        "kokoro-fastapi", "Kokoro-FastAPI", "seconds", ("timestamps[].word", "timestamps[].start_time"), _KOKORO_API,
        False,
    ),
    (
        "vllm-omni", "vLLM-Omni", "milliseconds", ("timestamps[].word", "timestamps[].start_ms"),
        _VLLM, False,
    ),
    (
        "kugelaudio", "KugelAudio", "milliseconds", ("word_timestamps[].word", "word_timestamps[].start_ms"),
        _KUGEL, False,
    ),
    ("murf", "Murf", "milliseconds", ("wordDurations[].word",), _MURF, False),
    ("gradium", "Gradium", "seconds", ("start_s", "text"), _GRADIUM, False),
    ("tencent", "Tencent Cloud", "milliseconds", ("Response.Subtitles[].BeginTime",), _TENCENT, False),
    ("tencent", "Tencent Cloud, the inner object", "milliseconds", ("Subtitles[].BeginTime",), _TENCENT_BARE, False),
    ("alibaba", "Alibaba Cloud", "milliseconds", ("subtitles[].begin_time",), _ALIBABA, False),
    ("azure-batch", "Azure batch synthesis", "milliseconds", ("Text", "AudioOffset"), _AZURE_BATCH, True),
    ("assemblyai-tts", "AssemblyAI speech", "milliseconds", ("type=WordBoundaries", "words[].word"), _ASSEMBLY, False),
)  # fmt: skip

_STREAMED: Final = frozenset({"gradium", "kokoro-fastapi", "vllm-omni", "kugelaudio", "lmnt", "assemblyai-tts"})
"""Layouts that come in several messages."""

SOURCES: Final = (
    Source(
        name="cartesia", title="Cartesia WebSocket", kind="service", level="words, phones", unit="seconds",
        tells=("word_timestamps.words", "context_id"), read=_socket_words("cartesia", restarts=False),
        stream="runs",
    ),
    Source(
        name="cartesia", title="Cartesia WebSocket, phones alone", kind="service", level="phones", unit="seconds",
        tells=("phoneme_timestamps.phonemes",), read=_socket_words("cartesia", restarts=False),
    ),
    Source(
        name="rime", title="Rime WebSocket", kind="service", level="words",
        unit="seconds, from the start of each message", tells=("word_timestamps.words",),
        read=_socket_words("rime", restarts=True), stream="restarts", span=_rime_span,
    ),
    Source(
        name="hume", title="Hume Octave", kind="service", level="words, phones", unit="milliseconds",
        tells=("generations[].snippets[][].timestamps",), read=_read_hume,
    ),
    Source(
        name="hume-stream", title="Hume Octave stream", kind="service", level="words, phones", unit="milliseconds",
        tells=("type=timestamp", "timestamp.time.begin"), read=_read_hume, stream="runs",
    ),
    Source(
        name="speechify", title="Speechify", kind="service", level="words", unit="milliseconds",
        tells=("speech_marks.start_time",), read=_read_speechify,
    ),
    Source(
        name="speechify-stream", title="Speechify stream", kind="service", level="words", unit="milliseconds",
        tells=("speech_marks[].start_time",), read=_read_speechify, stream="runs",
    ),
    Source(
        name="smallest", title="Smallest.ai", kind="service", level="words",
        unit="seconds, from the start of each request", tells=("status=word_timestamp", "data.word"),
        read=_read_smallest, stream="requests", span=_smallest_span,
    ),
    Source(
        name="fish", title="Fish Audio stream", kind="service", level="words", unit="seconds, of each chunk",
        tells=("alignment.segments",), read=_read_fish,
        stream="snapshots",
    ),
    Source(
        name="headtts", title="HeadTTS, TalkingHead", kind="engine", level="words, phones, visemes",
        unit="milliseconds", tells=("words", "wtimes", "wdurations"), read=_read_headtts,
    ),
    Source(
        name="headtts", title="HeadTTS socket", kind="engine", level="words, phones, visemes",
        unit="milliseconds", tells=("data.words", "data.wtimes"), read=_read_headtts,
    ),
    Source(
        name="kokoro-tokens", title="Kokoro and misaki tokens", kind="engine", level="words", unit="seconds",
        tells=("text", "whitespace", "start_ts"), read=_read_kokoro,
    ),
    Source(
        name="piper", title="Piper server", kind="engine", level="phones", unit="seconds, lengths in a row",
        tells=("last.alignments[].phoneme",), read=_read_piper,
    ),
    Source(
        name="piper", title="Piper alignments", kind="engine", level="phones", unit="seconds, lengths in a row",
        tells=("phoneme", "seconds"), read=_read_piper, is_list=True,
    ),
    Source(
        name="huawei", title="Huawei Cloud", kind="service", level="words, phones", unit="milliseconds",
        tells=("result[].word_index",), read=_read_huawei,
    ),
    *(
        Source(
            name=name, title=title, kind="service", level="words", unit=unit, tells=tells, read=layout.reader(name),
            is_list=is_list, stream="runs" if name in _STREAMED else "",
        )
        for name, title, unit, tells, layout, is_list in _LAYOUTS
    ),
)  # fmt: skip
