"""What a clip is written as: captions, tiers, mouth tracks and other formats, and converted audio."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from clipaudio import export, files
from clipaudio.clip.editable import EditableClip
from clipaudio.clip.saving import to_callback
from clipaudio.clip.word_marks import word_chunks
from clipaudio.errors import AudioError, check_options

if TYPE_CHECKING:
    from clipaudio.audio.convert import ConvertOptions, ConvertReport
    from clipaudio.captions.cue import Cue
    from clipaudio.captions.explanation import CueExplanation
    from clipaudio.clip.hearing import Hearing
    from clipaudio.export.context import PhonedLevels
    from clipaudio.export.options import ExportOptions
    from clipaudio.timing.fit_report import Fit

__all__ = ["ExportableClip"]


class ExportableClip(EditableClip):
    """The part of `clipaudio.Clip` that writes it."""

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
            find_phones=self._find_phones,
            measure_fit=lambda: self.fit,
        )

    def _find_phones(self, options: export.Options) -> PhonedLevels | None:
        """Return the levels with phones where none came, None if all are there; the same options are asked once."""
        from clipaudio.clip.phones import estimate_levels, has_phones  # noqa: PLC0415 - most exports need no phones

        if has_phones(self.content):
            return None
        lexicon = options.find_lexicon()
        key = options.phones, lexicon, options.alphabet
        if key not in self._found_phones:
            self._found_phones[key] = estimate_levels(
                self.content,
                self._hearing,
                lexicon=lexicon,
                alphabet=options.alphabet,
                is_demanded=options.phones == "estimated",
            )
        return self._found_phones[key]

    @cached_property
    def _found_phones(self) -> dict[tuple[Any, ...], PhonedLevels]:
        return {}

    @cached_property
    def _hearing(self) -> Hearing:
        from clipaudio.clip.hearing import Hearing  # noqa: PLC0415 - audio loads on use

        return Hearing(self.audio, self.content.montage)

    @cached_property
    def fit(self) -> Fit:
        """How well the times fit the sound: a score, offset, drift and findings; see `clipaudio.clip.fit`.

        The aligner hears the words if espeak-ng is installed and speaks the language; else pauses alone count. Times
        outside the audio are compared as they were given. Of a translation, the words that are spoken are.

        Raises
        ------
        AudioError
            There is no audio file, or it is no audio.
        """
        if self.audio is None:
            raise AudioError("this clip has no audio file; fetch it, or pass audio= to open_clip")
        content = self.spoken_content
        starts = None if self._edited_content is not None else self._caption_starts
        is_translated = any(part.original is not None for part in content.parts)
        language = content.aligned.language if is_translated else self.language
        return self._hearing.fit(content.aligned, language=language, starts=starts)

    def cues(self, **options: Unpack[ExportOptions]) -> tuple[Cue, ...]:
        """Return the captions of the clip, timed for the screen.

        Parameters
        ----------
        **options
            `profile`, `fps`, `refine` and limits such as `max_chars`, as in `clipaudio.export.Options`.

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

    def to_praatio(self, **options: Unpack[ExportOptions]) -> Any:  # noqa: ANN401 - praatio has no types
        """Return the levels of the clip as a praatio Textgrid, from sentences to graphemes.

        Parameters
        ----------
        **options
            `phones`, `lexicon` and `alphabet`, as in `clipaudio.export.Options`.

        Raises
        ------
        ExportError
            A TextGrid cannot hold this clip.
        """
        from clipaudio.annotation.formats.textgrid import to_praatio  # noqa: PLC0415 - praatio loads on use

        return to_praatio(export.tiers_by_speaker(self.export_context(**options).with_phones.speakers), self.duration)

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
            As in `clipaudio.export.Options`: `profile="bbc"`, `fps=25`, `style="shorts"`, ….

        Raises
        ------
        ExportError
            There is no such format, or it cannot hold this clip. Nothing is written.
        MissingExtraError
            The format needs a package that is not installed.
        OSError
            The file cannot be written; an existing one stays unchanged.
        """
        target = Path(path)
        found = export.find_format(format_name, path=target)
        files.write_bytes(target, found.iterate(self.export_context(folder=target.parent, **options)))
        return target

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

    def to_callback(self, *, url: str | None = None, name: str | None = None) -> dict[str, Any]:
        """Return the clip as a callback, edited or not, which `open_clip` opens again; see `clipaudio.clip.saving`.

        Parameters
        ----------
        url
            The audio: the name of a file beside the JSON, or a web address.
        name
            The id, if the clip has none.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> clip = open_clip([{"word": "Hi", "start": 0.25, "end": 0.5}]).pad(1.0)
        >>> open_clip(clip.to_callback()).words[0]
        Entry(label='Hi', start=1.25, end=1.5)
        """
        return to_callback(self, url=url, name=name)


def _text_of(path: Path) -> str:
    return os.fsencode(os.path.abspath(path)).decode("utf-8", "replace")  # noqa: PTH100 - without ".." inside
