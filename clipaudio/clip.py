"""One finished clip: its callback and its audio, and everything people make of them."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from clipaudio import files, formats
from clipaudio.api.callback import ClipCallback, read_callback
from clipaudio.errors import AudioError, CallbackError
from clipaudio.timing.aligned import Aligned, align

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clipaudio.api.transport import Transport
    from clipaudio.audio.convert import ConvertReport
    from clipaudio.timing.findings import RepairReport
    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["Clip", "fetch", "open_clip"]

CallbackSource = ClipCallback | bytes | str | dict[str, Any] | os.PathLike[str]


class Clip:
    """A finished clip; made by `open_clip` and `fetch`.

    Parameters
    ----------
    callback
        What the service told.
    audio
        The local audio file; without it, times are checked against nothing and the clip cannot be converted.
    language
        ISO 639-1 code of the text, for sentences.
    policy
        "repair" mends messy times and reports it, "strict" raises at the first thing to mend.

    Examples
    --------
    >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
    >>> clip = open_clip({"id": "cecad6f9", "audio_timestamps": stamps})
    >>> clip.words[0]
    Entry(label='Hi', start=0.0, end=0.3)
    """

    def __init__(
        self,
        callback: ClipCallback,
        audio: str | os.PathLike[str] | None = None,
        *,
        language: str = "en",
        policy: Literal["repair", "strict"] = "repair",
    ) -> None:
        self.callback = callback
        self.audio = None if audio is None else Path(audio)
        self._language = language
        self._policy = policy

    @property
    def id(self) -> str | None:
        """The clip's id, None where the payload has none."""
        return self.callback.id

    @cached_property
    def aligned(self) -> Aligned:
        """All levels of the clip, repaired.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        UntidyTimelineError
            *policy* is "strict" and something would have to be mended.
        AudioError
            The audio file is none.
        """
        graphemes, phones = self.callback.graphemes, self.callback.phones
        duration, sample_rate = self.measure()
        return align(
            graphemes,
            phones,
            duration=duration,
            sample_rate=sample_rate,
            policy=self._policy,
            found=self.callback.found,
            language=self._language,
        )

    @property
    def graphemes(self) -> Timeline:
        """Letters, spaces and marks with tidy times."""
        return self.aligned.graphemes

    @property
    def phones(self) -> Timeline:
        """Phones with tidy times; empty when the voice gives none."""
        return self.aligned.phones

    @property
    def words(self) -> Spans:
        """Words; `runs` are rows of `graphemes`."""
        return self.aligned.words

    @property
    def sentences(self) -> Spans:
        """Sentences; `runs` are rows of `words`."""
        return self.aligned.sentences

    @property
    def duration(self) -> float:
        """Seconds: of the audio where it is at hand, else what the payload says, else the last end."""
        return self.aligned.duration

    @property
    def report(self) -> Mapping[str, RepairReport]:
        """What repair changed, by level: "graphemes" and "phones"."""
        return self.aligned.reports

    @property
    def source(self) -> formats.Source:
        """What exporters need of the clip."""
        return formats.Source(
            aligned=self.aligned,
            id=self.callback.id,
            project_id=self.callback.project_id,
            issues=self.callback.issues,
            sound_file=os.fsencode(self.audio.absolute()).decode("utf-8", "replace") if self.audio else "",
        )

    def dumps(self, format_name: str) -> str:
        """Give the text of the clip in a format: "srt", "vtt", "textgrid", "rhubarb", "timeline", ….

        Raises
        ------
        ExportError
            There is no such format, or it cannot hold this clip.
        """
        return formats.dumps(self.source, format_name)

    def to_praatio(self) -> Any:  # noqa: ANN401 - praatio has no types
        """Give the levels of the clip as a praatio Textgrid, from sentences to graphemes.

        Raises
        ------
        ExportError
            A TextGrid cannot hold this clip.
        """
        from clipaudio.tiers.textgrid import to_praatio  # noqa: PLC0415 - praatio loads on use

        return to_praatio(formats.tiers_of(self.aligned), self.duration)

    def save(self, path: str | os.PathLike[str], *, format_name: str | None = None) -> Path:
        """Write the clip to *path*, whose extension names the format unless *format_name* does.

        Raises
        ------
        ExportError
            There is no such format, or it cannot hold this clip; nothing was written.
        OSError
            The file cannot be written; an old one stays as it was.
        """
        target = Path(path)
        found = formats.find_format(format_name, path=target)
        files.write_text(target, found.dumps(self.source))
        return target

    def convert(
        self,
        target: str | os.PathLike[str],
        *,
        sample_rate: int | None = None,
        subtype: str | None = None,
        with_words: bool = False,
        **options: Any,  # noqa: ANN401 - those of the function it calls, which checks them
    ) -> ConvertReport:
        """Write the audio to *target* at another rate, depth or format; the clip's id is its comment.

        Parameters
        ----------
        target, sample_rate, subtype, **options
            As in `clipaudio.audio.convert.convert`.
        with_words
            Put the words into a WAV as cue points with labels and lengths, which sound editors show as regions.

        Raises
        ------
        AudioError
            There is no audio file, it is no audio, or it cannot be written as asked.
        TimestampsMissingError
            Words are asked for, and the clip came without times.
        """
        from clipaudio.audio.convert import convert  # noqa: PLC0415 - soxr and soundfile load on use

        if self.audio is None:
            raise AudioError("this clip has no audio file; fetch it, or pass audio= to open_clip")
        if with_words:
            options["chunks"] = self._word_chunks(sample_rate, options)
        options.setdefault("comment", self.id)
        return convert(self.audio, target, sample_rate=sample_rate, subtype=subtype, **options)

    def _word_chunks(self, sample_rate: int | None, options: Mapping[str, Any]) -> bytes:
        """Give the words as chunks of a WAV at *sample_rate*, that of the audio when None."""
        from clipaudio.audio.marks import Mark, mark_chunks  # noqa: PLC0415 - audio loads on use
        from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - as above

        times = self.words.times
        assert self.audio is not None
        with open_audio(self.audio, compensate_delay=options.get("compensate_delay", False)) as audio:
            if options.get("trim_silence"):
                from clipaudio.audio.measure import trim_silence  # noqa: PLC0415 - as above

                kept = trim_silence(np.concatenate(list(audio.blocks(1 << 18))), audio.sample_rate)
                times = np.clip(times - kept.offset, 0, len(kept.samples) / audio.sample_rate)
            if sample_rate is None:
                sample_rate = audio.sample_rate
        frames = np.rint(times * sample_rate).astype(np.int64).tolist()
        marks = [Mark(label, a, b - a) for label, (a, b) in zip(self.words.labels, frames, strict=True)]
        return mark_chunks(marks)

    def to_dict(self) -> dict[str, Any]:
        """Give the clip as plain values for JSON; see `clipaudio.formats.to_dict`."""
        return formats.to_dict(self.source)

    def __repr__(self) -> str:
        return f"<Clip {self.id or '(no id)'}: audio {self.audio.name if self.audio else 'not at hand'}>"

    def measure(self) -> tuple[float | None, float | None]:
        """Give duration in seconds and sample rate by the audio itself, else as the payload tells them.

        Raises
        ------
        AudioError
            The audio file is none.
        """
        if self.audio is None:
            return self.callback.duration, self.callback.sample_rate
        from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - audio loads on use

        with open_audio(self.audio) as audio:
            # a WAV tells its frames truly, by its bytes; what is compressed must be read to know
            frames = audio.frames if audio.format == "WAV" else sum(map(len, audio.blocks(1 << 18)))
            return frames / audio.sample_rate, float(audio.sample_rate)


def open_clip(
    source: CallbackSource,
    *,
    audio: str | os.PathLike[str] | None = None,
    language: str = "en",
    policy: Literal["repair", "strict"] = "repair",
) -> Clip:
    """Open a clip without network.

    Parameters
    ----------
    source
        A callback: `ClipCallback`, JSON, dict or path.
    audio
        Its audio file. Without one, a `url` that is a relative file name means a file beside the JSON, where there
        is one.
    language, policy
        As in `Clip`.

    Raises
    ------
    CallbackError
        *source* is no callback.
    OSError
        A file cannot be read.
    """
    callback = source if isinstance(source, ClipCallback) else read_callback(source)
    if audio is None and callback.url and _is_path(source):
        from clipaudio.api.download import local_audio  # noqa: PLC0415 - the network's room loads on use

        beside = local_audio(callback.url, Path(str(source)).parent)
        audio = beside if beside is not None and beside.is_file() else None
    elif audio is not None and not Path(audio).is_file():
        raise FileNotFoundError(f"{audio}: no such audio file")
    return Clip(callback, audio, language=language, policy=policy)


def fetch(
    source: CallbackSource,
    folder: str | os.PathLike[str],
    *,
    transport: Transport | None = None,
    allow_private: bool = False,
    language: str = "en",
) -> Clip:
    """Download the audio of a callback into *folder* and open the clip.

    Writes `<id>.wav` (or .mp3, .ogg, .flac, by its bytes) and `<id>.json`, the callback as it came. Do it at once:
    the url dies within the hour.

    Raises
    ------
    CallbackError
        *source* is no callback, or has no id or no url.
    DownloadError
        The audio did not arrive whole; `UrlExpiredError` when the url has died.
    """
    from clipaudio.api.download import download, safe_name  # noqa: PLC0415 - the network's room loads on use

    callback = source if isinstance(source, ClipCallback) else read_callback(source)
    for field, value in (("id", callback.id), ("url", callback.url)):
        if not value:
            issues = f"; its issues: {', '.join(callback.issues)}" if callback.issues else ""
            raise CallbackError(f"the callback has no {field}, there is nothing to fetch{issues}", path=f"$.{field}")
    name = safe_name(callback.id or "")
    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True)
    files.write_bytes(into / f"{name}.json", callback.to_json())
    done = download(callback.url or "", into / name, transport=transport, allow_private=allow_private, add_suffix=True)
    return Clip(callback, done.path, language=language)


def _is_path(source: CallbackSource) -> bool:
    return isinstance(source, os.PathLike) or (
        isinstance(source, str) and not source.lstrip("\ufeff \t\r\n").startswith(("{", "["))
    )
