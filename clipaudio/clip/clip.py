"""One finished clip: its callback and its audio, and everything people make of them."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clipaudio import export, files
from clipaudio.clip import editing
from clipaudio.clip.editing import ClipContent
from clipaudio.clip.word_marks import word_chunks
from clipaudio.errors import AudioError
from clipaudio.timing.aligned import align

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clipaudio.audio.convert import ConvertReport
    from clipaudio.audio.montage import Montage
    from clipaudio.captions.cue import Cue
    from clipaudio.captions.explanation import CueExplanation
    from clipaudio.resemble.callback import ClipCallback
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.repair_report import RepairReport
    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["Clip", "join"]


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
    >>> from clipaudio.clip import open_clip
    >>> clip = open_clip({"id": "cecad6f9", "audio_timestamps": stamps})
    >>> clip.words[0]
    Entry(label='Hi', start=0.0, end=0.3)
    """

    def __init__(
        self,
        callback: ClipCallback | None,
        audio: str | os.PathLike[str] | None = None,
        *,
        language: str = "en",
        policy: Literal["repair", "strict"] = "repair",
        material: ClipContent | None = None,
    ) -> None:
        self.callback = callback
        self.audio: Path | Montage | None = None if audio is None else Path(audio)
        if material is not None:
            self.audio = material.montage
            self.__dict__["material"] = material
        self._language = language
        self._policy = policy

    @property
    def id(self) -> str | None:
        """The clip's id, None where the payload has none, and for clips joined."""
        return None if self.callback is None else self.callback.id

    @cached_property
    def material(self) -> ClipContent:
        """What editing works on: what is spoken, and the audio where it is at hand.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        UntidyTimelineError
            *policy* is "strict" and something would have to be mended.
        AudioError
            The audio file is none.
        """
        assert self.callback is not None
        montage = self._montage
        duration, sample_rate = self.measure()
        aligned = align(
            self.callback.graphemes,
            self.callback.phones,
            duration=duration,
            sample_rate=sample_rate,
            policy=self._policy,
            found=self.callback.found,
            language=self._language,
        )
        part = export.Part(aligned=aligned, title=self.id)
        return ClipContent(parts=(part,), duration=aligned.duration, montage=montage)

    def measure(self) -> tuple[float | None, float | None]:
        """Give duration in seconds and sample rate by the audio itself, else as the payload tells them.

        Raises
        ------
        AudioError
            The audio file is none.
        """
        montage = self._montage
        if montage is not None:
            return montage.frames / montage.sample_rate, float(montage.sample_rate)
        return (None, None) if self.callback is None else (self.callback.duration, self.callback.sample_rate)

    def _sample_rate(self) -> int | None:
        """Give the rate of the audio, else the one the payload tells where it is whole."""
        if self.material.montage is not None:
            return self.material.montage.sample_rate
        told = None if self.callback is None else self.callback.sample_rate
        return int(told) if told is not None and told >= 1 and told == int(told) else None

    @cached_property
    def _montage(self) -> Montage | None:
        if not isinstance(self.audio, Path):
            return self.audio
        from clipaudio.audio.montage import montage_of  # noqa: PLC0415 - audio loads on use

        return montage_of(self.audio)

    @property
    def aligned(self) -> Aligned:
        """All levels of the clip, repaired; raises as `material` does."""
        return self.material.aligned

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
        """Words; `child_ranges` are rows of `graphemes`."""
        return self.aligned.words

    @property
    def sentences(self) -> Spans:
        """Sentences; `child_ranges` are rows of `words`."""
        return self.aligned.sentences

    @property
    def duration(self) -> float:
        """Seconds: of the audio where it is at hand, else what the payload says, else the last end."""
        return self.aligned.duration

    @property
    def report(self) -> Mapping[str, RepairReport]:
        """What repair changed, by level: "graphemes" and "phones"."""
        return self.aligned.reports

    def source(self, **options: Any) -> export.ExportContext:  # noqa: ANN401 - those of `export.Options`, which checks them
        """Give what exporters need of the clip; *options* are those of `clipaudio.export.Options`."""
        callback = self.callback
        return export.ExportContext(
            aligned=self.aligned,
            parts=self.material.parts,
            audio=self.audio,
            sample_rate=self._sample_rate(),
            id=self.id,
            project_id=None if callback is None else callback.project_id,
            issues=() if callback is None else callback.issues,
            sound_file=_text_of(self.audio) if isinstance(self.audio, Path) else "",
            options=export.Options(**options),
        )

    def cues(self, **options: Any) -> tuple[Cue, ...]:  # noqa: ANN401 - as above
        """Give the captions of the clip, timed for the screen.

        Parameters
        ----------
        **options
            `profile`, `fps` and `refine`, as in `clipaudio.export.Options`.

        Raises
        ------
        ExportError
            There is no such profile or rate, or refinement is asked for and there is no audio.
        TypeError
            There is no such option.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
        >>> open_clip({"id": "cecad6f9", "audio_timestamps": stamps}).cues(profile="none")[0].lines
        ('Hi',)
        """
        return self.source(**options).cues

    def explain_breaks(self, cue: int | Cue, **options: Any) -> CueExplanation:  # noqa: ANN401 - as above
        """Explain why *cue*, one of `cues(**options)` or its row, and its lines break where they do; can be printed."""
        return self.source(**options).explain_breaks(cue)

    def dumps(self, format_name: str, **options: Any) -> str:  # noqa: ANN401 - as above
        """Give the text of the clip in a format: "srt", "vtt", "textgrid", "rhubarb", "timeline", ….

        Raises
        ------
        ExportError
            There is no such format, or it cannot hold this clip.
        """
        return export.dumps(self.source(**options), format_name)

    def to_praatio(self) -> Any:  # noqa: ANN401 - praatio has no types
        """Give the levels of the clip as a praatio Textgrid, from sentences to graphemes.

        Raises
        ------
        ExportError
            A TextGrid cannot hold this clip.
        """
        from clipaudio.annotation.formats.textgrid import to_praatio  # noqa: PLC0415 - praatio loads on use

        return to_praatio(export.tiers_of(self.aligned), self.duration)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        format_name: str | None = None,
        **options: Any,  # noqa: ANN401 - as above
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
            There is no such format, or it cannot hold this clip; nothing was written.
        OSError
            The file cannot be written; an old one stays as it was.
        """
        target = Path(path)
        found = export.find_format(format_name, path=target)
        files.write_text(target, found.dumps(self.source(**options)))
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
            options["chunks"] = word_chunks(
                self.words,
                self.audio,
                sample_rate=sample_rate,
                trim_silence=options.get("trim_silence", False),
                compensate_delay=options.get("compensate_delay", False),
            )
        options.setdefault("comment", self.id)
        return convert(self.audio, target, sample_rate=sample_rate, subtype=subtype, **options)

    def to_dict(self) -> dict[str, Any]:
        """Give the clip as plain values for JSON; see `clipaudio.export.to_dict`."""
        return export.to_dict(self.source())

    def cut(self, start: float, stop: float) -> Clip:
        """Keep what lies from *start* until *stop*, seconds: samples, letters and phones; see `clipaudio.clip.editing`.

        Raises
        ------
        EditError
            There is nothing between the two, or a place is outside the clip.
        """
        return self._edited(editing.cut(self.material, start, stop))

    def pad(self, before: float = 0.0, after: float = 0.0) -> Clip:
        """Put so many seconds of silence before and after.

        Raises
        ------
        EditError
            A length is negative or not finite.
        """
        return self._edited(editing.pad(self.material, before, after))

    def speed(self, factor: float) -> Clip:
        """Speak *factor* times as fast, at the same pitch.

        Raises
        ------
        EditError
            The factor is outside 0.1 to 10.
        """
        return self._edited(editing.speed(self.material, factor))

    def shift(self, seconds: float) -> Clip:
        """Move the times against the audio: later by *seconds*, earlier where that is negative.

        Raises
        ------
        EditError
            The seconds are not finite.
        """
        return self._edited(editing.shift(self.material, seconds))

    def join(self, *others: Clip, gap: float = 0.0) -> Clip:
        """Put *others* behind this clip; see `clipaudio.join`."""
        return join([self, *others], gap=gap)

    def _edited(self, material: ClipContent) -> Clip:
        return Clip(self.callback, language=self._language, policy=self._policy, material=material)

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
    """Put clips behind one another: audio, captions with all their times, tiers, chapters.

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
    material = editing.join([clip.material for clip in clips], gap=gap, speakers=speakers, titles=titles)
    return Clip(None, material=material)


def _text_of(path: Path) -> str:
    return os.fsencode(path.absolute()).decode("utf-8", "replace")
