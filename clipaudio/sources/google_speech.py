"""Google Speech-to-Text, and Riva, which has the same fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.channels import merge_channels
from clipaudio.sources.fields import Items, collect, find, number
from clipaudio.sources.language_tags import language_tag
from clipaudio.sources.layout import WordLayout, join_texts, messages_of, speaker_names
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.time_units import detect_unit

if TYPE_CHECKING:
    from clipaudio.sources.document import Document

__all__ = ["read_google"]

_START: Final = ("startTime", "startOffset", "start_time", "start_offset")
_END: Final = ("endTime", "endOffset", "end_time", "end_offset")
_RESULT_END: Final = ("resultEndTime", "resultEndOffset", "result_end_time", "result_end_offset")
_SPEAKER: Final = ("speakerTag", "speaker_tag", "speakerLabel", "speaker_label")
_CHANNEL: Final = ("channelTag", "channel_tag")


def read_google(document: Document) -> SpeechTimes:
    """Read the best alternative of each result; with speakers, the last result says all words again.

    Riva has the same fields with milliseconds as bare numbers, where Google writes "1.2s" or seconds and nanoseconds.
    """
    results = _results(messages_of(document))
    tags = [_first_of(result, _CHANNEL) for result in results.values]
    spoken = [tag for tag, result in zip(tags, results.values, strict=True) if find(result, "alternatives[0].words[0]")]
    channels = list(dict.fromkeys(spoken))
    is_riva = _is_riva(results)
    if None in channels and len(channels) > 1 and _is_tagged(results.values[-1]) and tags[-1] is None:
        return _read_channel(results.take([len(tags) - 1]), document, is_riva=is_riva)  # it says all words again
    if len(channels) < 2:
        return _read_channel(results, document, is_riva=is_riva)
    rows = [[row for row, tag in enumerate(tags) if tag == channel] for channel in channels]
    read = [_read_channel(results.take(own), document, is_riva=is_riva) for own in rows]
    return merge_channels([(str(channel), speech) for channel, speech in zip(channels, read, strict=True)])


def _is_riva(results: Items) -> bool:
    """Return True if the times of all words together are bare numbers of milliseconds."""
    whole = _all_words(results)
    values = [word.get(key) for word in whole.values for key in (*_START, *_END)]
    if not all(isinstance(value, int | float | None) for value in values):
        return False
    return detect_unit(WordLayout(items="", start=_START, end=_END).pieces(whole).times) == "ms"


def _read_channel(results: Items, document: Document, *, is_riva: bool) -> SpeechTimes:
    """Read the results of one channel."""
    tagged = [row for row, result in enumerate(results.values) if _is_tagged(result)]
    has_tags = bool(tagged) and len(results.values) > 1
    results = results.take(tagged[-1:]) if has_tags else results
    whole = _all_words(results)
    if any(isinstance(word.get(key), dict) for key in (*_START, *_END) for word in whole.values[:20]):
        whole = whole.map(_plain_durations)
    spoken = [find(result, "alternatives[0].transcript") for result in results.values]
    layout = WordLayout(items="", start=_START, end=_END)
    words = _with_zero_starts(layout.pieces(whole), whole)
    notes: tuple[Finding, ...] = ()
    tags = [find(document.messages[0], f"results[].{key}") for key in ("languageCode", "language_code")]
    if is_riva:
        notes = (Finding("unit", np.arange(len(words.labels)), "milliseconds"),)
    return SpeechTimes(
        source="google-stt",
        words=words._replace(times=words.times / 1e3) if is_riva else words,
        speakers=next(filter(None, (speaker_names(whole, key) for key in _SPEAKER)), ()),
        text=None if has_tags else join_texts([text for text in spoken if isinstance(text, str)]) or None,
        language=language_tag(tags[0] or tags[1]),
        found={"words": notes} if notes else {},
    )


def _results(messages: Items) -> Items:
    for path in ("results[]", "response.results[]"):
        results = collect(messages, path)
        if results.values:
            return results
    return messages


def _first_of(item: dict[str, Any], keys: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    return next((item[key] for key in keys if item.get(key) is not None), None)


def _all_words(results: Items) -> Items:
    if all(find(result, "alternatives[0].words[0]") for result in results.values):
        return collect(results, "alternatives[0].words[]")
    befores = [{}, *results.values[:-1]]
    return Items.chain([_words_of(result, before) for result, before in zip(results.split(), befores, strict=False)])


def _words_of(result: Items, before: dict[str, Any]) -> Items:
    """Return the words of a result; one without words is one piece, from the end of the one before it to its own."""
    words = collect(result, "alternatives[0].words[]")
    said = find(result.values[0], "alternatives[0].transcript")
    end = _first_of(result.values[0], _RESULT_END)
    if words.values or end is None or not isinstance(said, str) or not said.strip():
        return words
    return result.map(lambda _: {"word": said.strip(), "startTime": _first_of(before, _RESULT_END), "endTime": end})


def _with_zero_starts(words: TimedText, items: Items) -> TimedText:
    """Return words whose starts are 0 where the source leaves a zero out: newer answers leave zeros out."""
    missing = np.flatnonzero(np.isnan(words.times[:, 0])).tolist()
    rows = [row for row in missing if any(key in items.values[row] for key in ("endOffset", "end_offset"))]
    words.times[rows, 0] = 0.0
    return words


def _is_tagged(result: dict[str, Any]) -> bool:
    return any(find(result, f"alternatives[0].words[0].{key}") is not None for key in _SPEAKER[:2])


def _plain_durations(word: dict[str, Any]) -> dict[str, Any]:
    """Return a word whose times are numbers; some clients write `{"seconds": "12", "nanos": 900000000}`."""
    times = {key: word[key] for key in (*_START, *_END) if isinstance(word.get(key), dict)}
    return {**word, **{key: _duration(value, key) for key, value in times.items()}} if times else word


def _duration(value: dict[str, Any], key: str) -> float:
    whole = value.get("seconds") or 0
    whole = whole.get("low") if isinstance(whole, dict) else whole  # a whole number of 64 bits in JavaScript
    return number(whole, f"$.{key}.seconds") + number(value.get("nanos") or 0, f"$.{key}.nanos") / 1e9
