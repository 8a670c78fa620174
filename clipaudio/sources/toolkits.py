"""Recognisers that people run on their own machine: NeMo, Parakeet, FunASR, sherpa-onnx, Coqui, Picovoice, Lhotse.

Most time tokens, which are pieces of words. A token carries its blank, as a space or as "▁"; tokens of scripts without
blanks stand side by side.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import regex

from clipaudio.errors import SourceError
from clipaudio.sources.fields import Items, as_numbers, as_texts, collect, texts, wrong
from clipaudio.sources.language_tags import language_tag
from clipaudio.sources.layout import (
    WordLayout,
    join_texts,
    messages_of,
    phrases_reader,
    spans,
    speaker_names,
    with_paths,
)
from clipaudio.sources.recognisers import row_of
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.sources.document import Document

__all__ = ["SOURCES"]

_SCRIPT: Final = r"\p{Han}\p{Hiragana}\p{Katakana}ー"
"""Characters of scripts without blanks: FunASR times each by itself."""
_TOKENS: Final = (
    regex.compile(rf"(?V1)[{_SCRIPT}]|[\w--[{_SCRIPT}]]++(?:['’\-.][\w--[{_SCRIPT}]]++)*+"),
    regex.compile(rf"[{_SCRIPT}]|[^\s{_SCRIPT}]++"),
)
"""What has a time of its own: such a character, or a word; and the same where marks such as "/" part no words."""
_LETTER: Final = regex.compile(r"\w")
_BLANK: Final = "▁"
"""A blank in the tokens of SentencePiece."""

_NEMO: Final = WordLayout(items="word[]", length="duration")
_NEMO_HYPOTHESIS: Final = WordLayout(items="timestamp.word[]")
_NEMO_STEPS: Final = WordLayout(items="timestep.word[]")
_PARAKEET: Final = WordLayout(items="", text=("text",), is_spaced=True)
_PICOVOICE: Final = WordLayout(items="", start=("start_sec",), end=("end_sec",))
_COQUI: Final = WordLayout(items="transcripts[0].words[]", start=("start_time",), duration="duration")


def _read_funasr(document: Document) -> SpeechTimes:
    """Read the sentences, or the whole text, with a pair of milliseconds for each word or character."""
    results = messages_of(document)
    parts = [collect(result, "sentence_info[]") for result in results.split()]
    phrases = Items.chain(
        [part if part.values else result for part, result in zip(parts, results.split(), strict=True)]
    )
    said = texts(phrases, ("text", "sentence"))
    pairs = [_pairs(phrase.get("timestamp"), f"{phrases.path(row)}.timestamp") for row, phrase in
             enumerate(phrases.values)]  # fmt: skip
    pieces = [_pieces(text, len(times)) for text, times in zip(said, pairs, strict=True)]
    names = speaker_names(phrases, "spk") or speaker_names(phrases, "speaker") or (None,) * len(said)
    if all(len(labels) == len(times) for labels, times in zip(pieces, pairs, strict=True)):
        labels = [label for row, own in enumerate(pieces) for label in _joined(own, said[row - 1] if row else "")]
        times = np.concatenate([np.empty((0, 2)), *pairs]) / 1e3
        speakers = tuple(name for name, own in zip(names, pieces, strict=True) for _ in own)
        words = TimedText(tuple(labels), times, is_spaced=True)
    else:  # other words are timed than are written: a sentence is one piece
        ends = [[own[0, 0], own[-1, 1]] if len(own) else [np.nan, np.nan] for own in pairs]
        whole = spans(phrases)
        times = np.where(np.isnan(whole), np.array(ends).reshape(-1, 2), whole) / 1e3
        words, speakers = TimedText(tuple(said), times, unit="sentences"), names
    return SpeechTimes(source="funasr", words=words, speakers=speakers if any(speakers) else ())


def _pairs(value: object, path: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a list of [start, end] as an array; an empty one for null."""
    rows = [] if value is None else value
    if not isinstance(rows, list):
        raise wrong(path, value, "a list of [start, end]")
    for row, pair in enumerate(rows):
        if not isinstance(pair, list) or len(pair) != 2:
            raise wrong(f"{path}[{row}]", pair, "[start, end]")
    sides = [as_numbers([pair[side] for pair in rows], lambda row: f"{path}[{row}]") for side in (0, 1)]
    return np.column_stack(sides).reshape(-1, 2)


def _pieces(text: str, count: int) -> list[str]:
    """Return the words and characters of *text*, each with the marks and blanks before it; the last with the rest.

    Where that is not *count*, another opinion of what a word is may give as many.

    Examples
    --------
    >>> _pieces("Hi, 大家 there.", 4), _pieces("欢 迎", 2), _pieces("TCP/IP?", 1), _pieces("TCP/IP?", 2)
    (['Hi', ', 大', '家', ' there.'], ['欢', '迎'], ['TCP/IP?'], ['TCP', '/IP?'])
    """
    text = regex.sub(r"(?<=\p{Han})\s+(?=\p{Han})", "", text)
    stops = _ends(_TOKENS[0], text)
    if len(stops) != count and len(other := _ends(_TOKENS[1], text)) == count:
        stops = other
    if not stops:
        return []
    stops[-1] = len(text)
    return [text[start:stop] for start, stop in zip([0, *stops], stops, strict=False)]


def _ends(tokens: regex.Pattern[str], text: str) -> list[int]:
    """Return where each of the *tokens* that holds a letter or a digit ends."""
    return [found.end() for found in tokens.finditer(text) if _LETTER.search(found[0])]


def _joined(pieces: list[str], before: str) -> list[str]:
    """Return *pieces* with the blank that parts them from the text *before*, if the script has blanks."""
    if before and pieces and join_texts([before, pieces[0]]) != f"{before.strip()}{pieces[0].strip()}":
        return [f" {pieces[0].lstrip()}", *pieces[1:]]
    return pieces


def _read_sherpa(document: Document) -> SpeechTimes:
    """Read tokens and the second at which each begins; without lengths, a token lasts until the next one."""
    labels: list[str] = []
    times = [np.empty((0, 2))]
    for path, message in with_paths(document):
        tokens = [token.replace(_BLANK, " ") for token in _texts(message.get("tokens"), f"{path}.tokens")]
        starts = _numbers(message.get("timestamps"), f"{path}.timestamps")
        lengths = _numbers(message.get("durations"), f"{path}.durations")
        if tokens and not len(starts):
            raise SourceError("the recogniser gave tokens without times; use a model that has them", path=path)
        if len(starts) != len(tokens):
            raise wrong(f"{path}.timestamps", message.get("timestamps"), f"a list of {len(tokens)}, one for each token")
        ends = np.append(starts[1:], np.nan)[: len(starts)]
        if len(lengths) == len(starts):
            ends = starts + lengths
        labels += _joined(tokens, labels[-1] if labels else "")
        times.append(np.column_stack((starts, ends)).reshape(-1, 2))
    words = TimedText(tuple(labels), np.concatenate(times), is_spaced=True)
    return SpeechTimes(source="sherpa-onnx", words=words, language=_language(document))


def _language(document: Document) -> str | None:
    """Return the language that a message names, as "en" or "<|en|>"."""
    found = [message.get("lang") for _, message in with_paths(document)]
    return language_tag(next((tag.strip("<|>") for tag in found if isinstance(tag, str)), None))


def _texts(value: object, path: str) -> list[str]:
    if not isinstance(value, list):
        raise wrong(path, value, "a list")
    return as_texts(value, lambda row: f"{path}[{row}]")


def _numbers(value: object, path: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    if value is None:
        return np.empty(0)
    if not isinstance(value, list):
        raise wrong(path, value, "a list")
    return as_numbers(value, lambda row: f"{path}[{row}]")


def _picovoice(path: str) -> Callable[[Document], SpeechTimes]:
    """Return the reader of words at *path* and of the phones that some of them hold."""

    def read(document: Document) -> SpeechTimes:
        words = collect(messages_of(document), path)
        phones = collect(words, "phonemes[]")
        are_told = all(word.get("speaker_tag") for word in words.values)  # 0 is nobody: no one was told apart
        speech = SpeechTimes(
            source="picovoice",
            words=_PICOVOICE.pieces(words),
            speakers=speaker_names(words, "speaker_tag") if are_told else (),
        )
        if not phones.values:
            return speech
        line = Timeline(tuple(texts(phones, ("phoneme",))), spans(phones, _PICOVOICE.start, _PICOVOICE.end))
        return replace(speech, phones=line)

    return read


def _read_lhotse(document: Document) -> SpeechTimes:
    """Read the aligned words of supervisions, `[word, start, length, score]`, else their texts."""
    segments = messages_of(document)
    labels: list[str] = []
    times = [np.empty((0, 2))]
    speakers: list[str | None] = []
    aligned = [collect(segment, "alignment").values for segment in segments.split()]
    has_words = any(found and found[0].get("word") for found in aligned)
    for row, segment in enumerate(segments.values):
        rows = (aligned[row][0].get("word") if aligned[row] else None) or []
        if has_words and isinstance(rows, list) and rows:
            own = [entry if isinstance(entry, list) else [] for entry in rows]
            found = as_texts([entry[0] if entry else None for entry in own], segments.path)
            sides = [as_numbers([entry[k] if len(entry) > k else None for entry in own], segments.path) for k in (1, 2)]
            spoken = np.column_stack((sides[0], sides[0] + sides[1])).reshape(-1, 2)
        else:
            found, spoken = texts(segments.take([row]), ("text",)), spans(segments.take([row]))
        labels += found
        times.append(spoken)
        speakers += [None if segment.get("speaker") is None else str(segment["speaker"])] * len(found)
    return SpeechTimes(
        source="lhotse",
        words=TimedText(tuple(labels), np.concatenate(times), unit="words" if has_words else "sentences"),
        speakers=tuple(speakers) if any(speakers) else (),
        language=language_tag(next((segment.get("language") for segment in segments.values), None)),
    )


SOURCES: Final = (
    row_of("nemo", "NVIDIA NeMo timestamps", "seconds", ("word[].word", "word[].start", "word[].start_offset"), _NEMO),
    row_of("nemo", "NVIDIA NeMo hypothesis", "seconds", ("timestamp.word[].word", "timestamp.word[].start"),
         _NEMO_HYPOTHESIS),
    row_of("nemo", "NVIDIA NeMo hypothesis, older", "seconds", ("timestep.word[].word", "timestep.word[].start"),
         _NEMO_STEPS),
    row_of("parakeet-mlx", "parakeet-mlx", "seconds", ("sentences[].tokens[].text", "sentences[].tokens[].start"),
         phrases_reader("parakeet-mlx", "sentences[]", "tokens[]", _PARAKEET)),
    row_of("funasr", "FunASR", "milliseconds", ("key", "text", "timestamp[][1]"), _read_funasr),
    row_of("funasr", "FunASR, by sentences", "milliseconds", ("sentence_info[].start",), _read_funasr),
    row_of("sherpa-onnx", "sherpa-onnx", "seconds, points", ("tokens[]", "timestamps", "text"), _read_sherpa),
    row_of("coqui", "Coqui STT, DeepSpeech", "seconds", ("transcripts[].words[].start_time",), _COQUI),
    row_of("picovoice", "Picovoice Leopard, Cheetah and Orca", "seconds", ("word", "start_sec", "end_sec"),
         _picovoice(""), level="words, phones", is_list=True),
    row_of("picovoice", "Picovoice, with the transcript", "seconds", ("words[].word", "words[].start_sec"),
         _picovoice("words[]"), level="words, phones"),
    row_of("lhotse", "Lhotse supervisions", "seconds", ("recording_id", "start", "duration", "text"), _read_lhotse),
)  # fmt: skip
