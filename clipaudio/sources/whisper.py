"""Whisper and its kin: segments of words, whose keys differ from program to program.

A segment without words keeps its text: it is one piece, in which words are estimated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.fields import Items, collect, find, number, numbers, texts
from clipaudio.sources.language_tags import language_tag
from clipaudio.sources.layout import join_texts, messages_of, spans, speaker_names
from clipaudio.sources.source import Source
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clipaudio.sources.document import Document
    from clipaudio.timing.timeline import Times

__all__ = ["SOURCES"]

_FAR, _CLOSE = 500.0, 1.0
"""Milliseconds by which tokens may lie outside their segment, and by which they are not moved."""
_SPECIAL: Final = re.compile(r"\[_[A-Z]+_?\d*_?\]|<\|.*\|>")


def _segments(name: str, path: str = "segments[]") -> Callable[[Document], SpeechTimes]:
    """Return the reader of segments at *path*, with their words."""

    def read(document: Document) -> SpeechTimes:
        segments = collect(messages_of(document), path)
        labels: list[str] = []
        times = [np.empty((0, 2))]
        speakers: list[str | None] = []
        for row, segment in enumerate(segments.values):
            items = collect(segments.take([row]), "words[]")
            if not items.values:
                items = segments.take([row])
            found = texts(items, ("word", "text"))
            if found and labels and not found[0][:1].isspace() and _has_blanks(segment):
                found[0] = f" {found[0]}"
            labels += found
            times.append(spans(items))
            speakers += speaker_names(items, "speaker") or [segment.get("speaker", segment.get("speaker_id"))] * len(
                found
            )
        is_spaced = sum(label[:1].isspace() for label in labels[1:]) * 2 > len(labels) - 1
        spoken = join_texts(texts(segments, ("text",)))
        return SpeechTimes(
            source=name,
            words=TimedText(tuple(labels), np.concatenate(times), is_spaced, _unit(segments)),
            speakers=_names(speakers),
            text=None if is_spaced else spoken or None,
            language=language_tag(find(document.messages[0], "language")),
        )

    return read


def _has_blanks(segment: dict[str, Any]) -> bool:
    return str(segment.get("text", ""))[:1].isspace()


def _unit(segments: Items) -> str:
    """Return "sentences" if no segment has words."""
    return "words" if any(segment.get("words") for segment in segments.values) else "sentences"


def _names(speakers: list[Any]) -> tuple[str | None, ...]:
    if all(speaker is None for speaker in speakers):
        return ()
    return tuple(None if speaker is None else str(speaker) for speaker in speakers)


def _read_openai(document: Document) -> SpeechTimes:
    """Read words beside segments; the words lack the marks, which the text has."""
    items = collect(messages_of(document), "words[]")
    first = document.messages[0]
    text = join_texts([found for message in document.messages if isinstance(found := find(message, "text"), str)])
    length = find(first, "duration")
    return SpeechTimes(
        source="openai",
        words=TimedText(tuple(texts(items, ("word",))), spans(items)),
        text=text or None,
        language=language_tag(find(first, "language")),
        duration=number(length, "$.duration") if length else None,
    )


def _read_cpp(document: Document) -> SpeechTimes:
    """Read tokens, which are pieces of words and of characters; a segment without them is one piece."""
    segments = collect(messages_of(document), "transcription[]").where(_is_said)
    tokens = [collect(segment, "tokens[]").where(_is_said) for segment in segments.split()]
    parts = [part if part.values else whole for part, whole in zip(tokens, segments.split(), strict=True)]
    has_tokens = any(part.values for part in tokens)
    items = Items.chain(parts)
    times = _offsets(items)
    counts = [len(part.values) for part in parts]
    pairs = np.split(times, np.cumsum(counts[:-1])) if counts else []
    shifts = _shifts(pairs, _offsets(segments))
    moved = np.flatnonzero(np.repeat(np.abs(shifts) > _CLOSE, counts))
    times = times + np.repeat(shifts, counts)[:, None]
    kept, times = _join_bytes(texts(items, ("text",)), times / 1e3)
    moved = moved[moved < len(kept)]
    return SpeechTimes(
        source="whisper-cpp",
        words=TimedText(tuple(kept), times, is_spaced=True, unit="words" if has_tokens else "sentences"),
        language=language_tag(find(document.messages[0], "result.language")),
        found={"words": (Finding("segment_times", moved),)} if len(moved) else {},
    )


def _is_said(item: dict[str, Any]) -> bool:
    return not _SPECIAL.fullmatch(str(item.get("text") or ""))


def _offsets(items: Items) -> Times:
    """Return starts and ends in milliseconds."""
    offsets = items.map(lambda item: item["offsets"] if isinstance(item.get("offsets"), dict) else {})
    return np.column_stack((numbers(offsets, ("from",)), numbers(offsets, ("to",))))


def _shifts(tokens: list[Times], segments: Times) -> NDArray[np.float64]:
    """Return the milliseconds by which the tokens of each segment are moved: none, if they lie in their segments.

    With `--vad`, whisper.cpp times segments in the recording, but tokens in what is left of it without its silence.
    """
    shifts = np.zeros(len(tokens))
    is_other = False
    for row, (pairs, (start, end)) in enumerate(zip(tokens, segments.tolist(), strict=True)):
        known = pairs[np.isfinite(pairs).all(axis=1)]
        if not len(known):
            continue
        shifts[row] = start - known[:, 0].min()
        middles = known.mean(axis=1)
        is_other |= bool(((middles < start - _FAR) | (middles > end + _FAR)).mean() > 0.5)
    return np.nan_to_num(shifts) if is_other else np.zeros(len(tokens))


def _join_bytes(labels: list[str], times: Any) -> tuple[list[str], Any]:  # noqa: ANN401 - an array
    """Join tokens that hold parts of one character."""
    if not any(re.search("[\udc80-\udcff]", label) for label in labels):
        return labels, times
    joined: list[str] = []
    spans: list[list[float]] = []
    is_open = False
    for label, (start, end) in zip(labels, times.tolist(), strict=True):
        if is_open:
            joined[-1] += label
            spans[-1][1] = end
        else:
            joined.append(label)
            spans.append([start, end])
        is_open = bool(re.search("[\udc80-\udcff]", _decoded(joined[-1])))
    return [_decoded(label).encode("utf-8", "replace").decode() for label in joined], np.array(spans).reshape(-1, 2)


def _decoded(label: str) -> str:
    return label.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _row(
    name: str,
    title: str,
    tells: tuple[str, ...],
    read: Callable[[Document], SpeechTimes],
    unit: str = "seconds",
    *,
    is_list: bool = False,
) -> Source:
    return Source(
        name=name, title=title, kind="recogniser", level="words", unit=unit, tells=tells, read=read, is_list=is_list
    )


SOURCES: Final = (
    _row("stable-ts", "stable-ts", ("segments[].words", "ori_dict"), _segments("stable-ts")),
    _row("whisperx", "WhisperX", ("segments", "word_segments"), _segments("whisperx")),
    _row("whisper-timestamped", "whisper-timestamped", ("segments[].words[].text",), _segments("whisper-timestamped")),
    _row("whisper", "Whisper, faster-whisper", ("segments[].words[].word",), _segments("whisper")),
    _row("whisper", "Whisper, a list of segments", ("words[].word", "text", "start", "end"), _segments("whisper", ""),
         is_list=True),
    _row("openai", "OpenAI transcription, verbose", ("words[].word", "text", "words[].start"), _read_openai),
    _row("whisper", "Whisper without words", ("segments[].text", "segments[].start"), _segments("whisper")),
    _row("whisper", "Whisper without speech", ("segments", "text"), _segments("whisper")),
    _row("whisper-cpp", "whisper.cpp", ("transcription[].offsets",), _read_cpp, "milliseconds"),
)  # fmt: skip
