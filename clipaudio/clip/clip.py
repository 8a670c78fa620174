"""A finished clip: its captions, tiers, lip-sync and audio, and edited copies of it."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from clipaudio import export, files
from clipaudio.clip import editing
from clipaudio.clip.levels import ClipLevels
from clipaudio.clip.word_marks import word_chunks
from clipaudio.errors import AudioError, check_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from clipaudio.audio.convert import ConvertOptions, ConvertReport
    from clipaudio.captions.cue import Cue
    from clipaudio.captions.explanation import CueExplanation
    from clipaudio.clip.editing import ClipContent
    from clipaudio.clip.fit import Fit
    from clipaudio.clip.tables import Level
    from clipaudio.export.options import ExportOptions
    from clipaudio.resemble.callback import ClipCallback
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["Clip", "join"]


class Clip(ClipLevels):
    """A finished clip; returned by `open_clip`, `fetch` and `join`.

    Parameters
    ----------
    callback
        What the service sent, or speech times of any other source.
    audio
        The local audio file. Without it, times are not checked against the sound, and the clip cannot be converted.
    language
        Language tag of the text, such as "en" or "pt-BR". None finds it from the text, and takes English where that is
        uncertain.
    policy
        "repair" repairs the times and reports every change; "strict" raises an error instead.
    text
        The text as written, to be put over the words that were timed; None takes that of the source.

    Examples
    --------
    >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
    >>> from clipaudio.clip import open_clip
    >>> clip = open_clip({"id": "cecad6f9", "audio_timestamps": stamps})
    >>> clip.words[0]
    Entry(label='Hi', start=0.0, end=0.3)
    """

    def export_context(
        self, *, folder: str | os.PathLike[str] | None = None, **options: Unpack[ExportOptions]
    ) -> export.ExportContext:
        """Return the context for exporters.

        Parameters
        ----------
        folder
            The folder that the output is written to, if known: a page names a long sound file from there.
        **options
            As in `clipaudio.export.Options`.
        """
        return export.ExportContext(
            aligned=self.aligned,
            parts=self.content.parts,
            audio=self.audio,
            sample_rate=self._sample_rate(),
            source=self.source,
            id=self.id,
            project_id=self.project_id,
            issues=self.issues,
            sound_file=_text_of(self.audio) if isinstance(self.audio, Path) else "",
            folder=None if folder is None else os.path.abspath(folder),  # noqa: PTH100 - may be text or a path
            options=export.Options.of(options),
        )

    def cues(self, **options: Unpack[ExportOptions]) -> tuple[Cue, ...]:
        """Return the captions of the clip, timed for the screen.

        Parameters
        ----------
        **options
            `profile`, `fps` and `refine`, as in `clipaudio.export.Options`.

        Raises
        ------
        ExportError
            There is no such profile or rate, or refinement is asked for and there is no audio.
        OptionError
            There is no such option; the message names the nearest.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
        >>> open_clip({"id": "cecad6f9", "audio_timestamps": stamps}).cues(profile="none")[0].lines
        ('Hi',)
        """
        return self.export_context(**options).cues

    def explain_breaks(self, cue: int | Cue, **options: Unpack[ExportOptions]) -> CueExplanation:
        """Explain why *cue*, one of `cues(**options)` or its row, and its lines break where they do; can be printed."""
        return self.export_context(**options).explain_breaks(cue)

    def dumps(self, format_name: str, **options: Unpack[ExportOptions]) -> str:
        """Return the text of the clip in a format: "srt", "vtt", "textgrid", "rhubarb", "timeline", ….

        Raises
        ------
        ExportError
            There is no such format, or it cannot hold this clip.
        """
        return export.dumps(self.export_context(**options), format_name)

    def to_praatio(self) -> Any:  # noqa: ANN401 - praatio has no types
        """Return the levels of the clip as a praatio Textgrid, from sentences to graphemes.

        Raises
        ------
        ExportError
            A TextGrid cannot hold this clip.
        """
        from clipaudio.annotation.formats.textgrid import to_praatio  # noqa: PLC0415 - praatio loads on use

        return to_praatio(export.tiers_by_speaker(self.export_context().speakers), self.duration)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        format_name: str | None = None,
        **options: Unpack[ExportOptions],
    ) -> Path:
        """Write the clip to *path*, whose extension names the format unless *format_name* does.

        Parameters
        ----------
        path
            The file to write.
        format_name
            Name of a format, where the extension does not tell it.
        **options
            As in `clipaudio.export.Options`: `profile="bbc"`, `fps=25`, ….

        Raises
        ------
        ExportError
            There is no such format, or it cannot hold this clip. Nothing is written.
        OSError
            The file cannot be written; an existing one stays unchanged.
        """
        target = Path(path)
        found = export.find_format(format_name, path=target)
        files.write_text(target, found.iterate(self.export_context(folder=target.parent, **options)))
        return target

    @cached_property
    def fit(self) -> Fit:
        """How well the times fit the sound: a score, offset, drift and findings; see `clipaudio.clip.fit`.

        The aligner hears the words if espeak-ng is installed and speaks the language; else pauses alone count.

        Raises
        ------
        AudioError
            There is no audio file, or it is no audio.
        """
        from clipaudio.clip.hearing import fit_of  # noqa: PLC0415 - audio loads on use

        if self.audio is None:
            raise AudioError("this clip has no audio file; fetch it, or pass audio= to open_clip")
        starts = None if self._edited_content is not None else self._caption_starts
        return fit_of(self.aligned, self.audio, language=self.language, starts=starts)

    def convert(
        self,
        target: str | os.PathLike[str],
        *,
        with_words: bool = False,
        **options: Unpack[ConvertOptions],
    ) -> ConvertReport:
        """Write the audio to *target* at another rate, depth or format; the clip's id is its comment.

        Parameters
        ----------
        target, **options
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
        from clipaudio.audio.convert import ConvertOptions, convert  # noqa: PLC0415 - soxr and soundfile load on use

        check_options(options, ["with_words", *ConvertOptions.__annotations__])
        if self.audio is None:
            raise AudioError("this clip has no audio file; fetch it, or pass audio= to open_clip")
        if with_words:
            options["chunks"] = word_chunks(
                self.words,
                self.audio,
                sample_rate=options.get("sample_rate"),
                trim_silence=options.get("trim_silence", False),
                compensate_delay=options.get("compensate_delay", False),
            )
        options.setdefault("comment", self.id)
        return convert(self.audio, target, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the clip as plain values for JSON; see `clipaudio.export.to_dict`."""
        return export.to_dict(self.export_context())

    def to_pandas(self, level: Level = "words") -> pd.DataFrame:
        """Return one level as a DataFrame with the columns "label", "start", "end" and "duration" (seconds).

        Levels above another one also have "first" and "stop", the half-open rows of the level below. Phones have
        "word", the row of their word or -1.

        Parameters
        ----------
        level
            "graphemes", "phones", "words", "sentences" or "syllables".

        Raises
        ------
        ExportError
            There is no such level.
        MissingExtraError
            pandas is not installed.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
        >>> clip = open_clip({"id": "cecad6f9", "audio_timestamps": stamps})
        >>> clip.to_pandas().to_dict("records")
        [{'label': 'Hi', 'start': 0.0, 'end': 0.3, 'duration': 0.3, 'first': 0, 'stop': 2}]
        """
        from clipaudio.clip.tables import to_pandas  # noqa: PLC0415 - pandas loads on use

        return to_pandas(self.aligned, level)

    def cut(self, start: float, stop: float) -> Clip:
        """Keep the samples, graphemes and phones from *start* to *stop*, seconds; see `clipaudio.clip.editing`.

        Raises
        ------
        EditError
            There is nothing between the two, or a place is outside the clip.
        """
        return self._edited(editing.cut(self.content, start, stop))

    def pad(self, before: float = 0.0, after: float = 0.0) -> Clip:
        """Add seconds of silence before and after.

        Raises
        ------
        EditError
            A length is negative or not finite.
        """
        return self._edited(editing.pad(self.content, before, after))

    def speed(self, factor: float) -> Clip:
        """Speak *factor* times as fast, at the same pitch.

        Raises
        ------
        EditError
            The factor is outside 0.1 to 10.
        """
        return self._edited(editing.speed(self.content, factor))

    def shift(self, seconds: float) -> Clip:
        """Move the times against the audio: later by *seconds*, earlier where that is negative.

        Raises
        ------
        EditError
            The seconds are not finite.
        """
        return self._edited(editing.shift(self.content, seconds))

    def retime(self, offset: float, drift: float = 0.0) -> Clip:
        """Move the times against the audio: a time t becomes offset + (1 + drift) * t, seconds; see `fit`.

        Raises
        ------
        EditError
            A number is not finite, or the drift is outside -0.5 to 1.
        """
        return self._edited(editing.retime(self.content, offset, drift))

    def with_phones(self) -> Clip:
        """Return the clip with estimated phones, for sources that give none; one that has phones is returned as it is.

        The phones are those of the text as espeak-ng says it, laid into each word by the sound if there is audio,
        else by typical lengths. The report of the level "phones" says `estimated_phone`.

        Raises
        ------
        MissingExtraError
            espeakng-loader is not installed.
        AlignmentError
            There is no word to speak, or the sound is silent.
        """
        if len(self.phones):
            return self
        from clipaudio.clip.hearing import with_estimated_phones  # noqa: PLC0415 - audio loads on use

        return self._edited(with_estimated_phones(self.content, self.audio, language=self.language))

    def join(self, *others: Clip, gap: float = 0.0) -> Clip:
        """Append *others* to this clip; see `clipaudio.join`."""
        return join([self, *others], gap=gap)

    def _edited(self, content: ClipContent) -> Clip:
        return Clip(self._times, language=self._language, policy=self._policy, content=content)

    def __reduce__(self) -> tuple[Any, ...]:
        audio = self.audio if isinstance(self.audio, Path) else None
        return _restore, (self._times, audio, self._language, self._policy, self._edited_content, self._text)

    def __repr__(self) -> str:
        audio = "not at hand" if self.audio is None else getattr(self.audio, "name", "edited")
        return f"<Clip {self.id or '(no id)'}: audio {audio}>"


def join(
    clips: Iterable[Clip],
    *,
    gap: float = 0.0,
    speakers: Sequence[str | None] = (),
    titles: Sequence[str | None] = (),
) -> Clip:
    """Concatenate clips: audio, captions, tiers and chapters.

    Parameters
    ----------
    clips
        At least one; the audio takes the sample rate of the first. Where one has no audio, the whole has none.
    gap
        Seconds of silence between two.
    speakers
        Who speaks in each clip; captions say so. None or nothing where that is not known.
    titles
        What each clip is called in chapters; its id where there is none.

    Raises
    ------
    EditError
        There is nothing to join, the gap is negative, or there are more or fewer names than clips.
    AudioError
        Their numbers of channels do not go together.

    Examples
    --------
    >>> from clipaudio.clip import open_clip
    >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
    >>> hi = open_clip({"id": "cecad6f9", "audio_timestamps": stamps})
    >>> join([hi, hi], gap=0.5).words.times.round(3).tolist()
    [[0.0, 0.3], [0.8, 1.1]]
    """
    content = editing.join([clip.content for clip in clips], gap=gap, speakers=speakers, titles=titles)
    return Clip(None, content=content)


def _restore(
    times: ClipCallback | SpeechTimes | None,
    audio: Path | None,
    language: str | None,
    policy: Literal["repair", "strict"],
    content: ClipContent | None,
    text: str | None,
) -> Clip:
    """Return the clip that was pickled; what it computed is computed again on use."""
    return Clip(times, audio, language=language, policy=policy, content=content, text=text)


def _text_of(path: Path) -> str:
    return os.fsencode(path.absolute()).decode("utf-8", "replace")
