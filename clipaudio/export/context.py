"""Everything that exporters need of one clip or several, computed on first use and cached.

Exporters stand above this module and import it; it imports none of them.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from clipaudio.errors import ExportError
from clipaudio.export.options import Options, Part
from clipaudio.export.tiers import WrittenGrids, find_speakers, make_tier_set

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from clipaudio.annotation.sanitize import SanitizedTiers
    from clipaudio.annotation.tier import TierSet
    from clipaudio.audio.reader import Recording
    from clipaudio.captions.captioning import Passage
    from clipaudio.captions.cue import Cue
    from clipaudio.captions.explanation import CueExplanation
    from clipaudio.captions.profiles import Profile
    from clipaudio.captions.refinement import Refinement
    from clipaudio.export.mouth_track import DrawnTracks, MouthInput
    from clipaudio.export.page_sound import EmbeddedSound
    from clipaudio.lipsync.mouth_track import MouthTrack
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.fit_report import Fit
    from clipaudio.timing.timeline import Timeline, Times

__all__ = ["ExportContext", "PhonedLevels"]

_OF_CAPTIONS: Final = ("cues", "timed_cues", "passages", "refinement", "page_sound")
"""What phones do not change."""


class PhonedLevels(NamedTuple):
    """The levels of a clip with phones where none came.

    Attributes
    ----------
    aligned, parts
        As in `ExportContext`, given phones in the alphabet that was chosen.
    notes
        What was estimated, and how.
    hint
        How to get phones for the parts that still have none; "" if all have some.
    """

    aligned: Aligned
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class ExportContext:
    """Everything that an exporter may need.

    Parameters
    ----------
    aligned
        The levels of the whole.
    parts
        The clips it is made of; empty for a single clip.
    audio
        Its file or recording, None if it is not at hand.
    sample_rate
        Of the audio, None if unknown.
    source, id, project_id, issues, sound_file
        Facts about the clip and its audio; *source* names the shape of its times.
    folder
        The folder that the output is written to, None if unknown: outputs that name other files do so from there.
    options
        Those of the user.
    find_phones
        Returns the levels with phones where none came, None if there are phones; None if it is not known how.
    phones_found
        What it returned, in a context that has these levels.
    measure_fit
        Returns how well the times fit the audio; None if it is not known how.
    """

    aligned: Aligned
    parts: tuple[Part, ...] = ()
    audio: str | os.PathLike[str] | Recording | None = None
    sample_rate: int | None = None
    source: str | None = None
    id: str | None = None
    project_id: str | None = None
    issues: tuple[str, ...] = ()
    sound_file: str = ""
    folder: str | None = None
    options: Options = field(default_factory=Options)
    find_phones: Callable[[Options], PhonedLevels | None] | None = None
    phones_found: PhonedLevels | None = None
    measure_fit: Callable[[], Fit] | None = None

    def __post_init__(self) -> None:
        name = self.options.alphabet
        if (
            name is not None and self.phones_found is None
        ):  # named by the user: all levels that depend on it are read so
            object.__setattr__(self, "aligned", self.aligned.with_alphabet(name))
            parts = tuple(replace(part, aligned=part.aligned.with_alphabet(name)) for part in self.parts)
            object.__setattr__(self, "parts", parts)

    @property
    def with_phones(self) -> ExportContext:
        """The same clip with phones where none came, as `Options.phones` says; itself if there are phones.

        Raises
        ------
        AlignmentError, MissingExtraError
            Phones are demanded, and there are none.
        """
        return self._with_found_phones or self

    @cached_property
    def _with_found_phones(self) -> ExportContext | None:
        """The clip with phones that were found; None if there is nothing to find, for a clip is never its own value.

        A context that refers to itself would keep its arrays until the garbage collector runs.
        """
        self.options.check_phones()
        if self.find_phones is None or self.options.phones == "given":
            return None
        found = self.find_phones(self.options)
        if found is None:
            return None
        context = replace(self, aligned=found.aligned, parts=found.parts, find_phones=None, phones_found=found)
        context.__dict__.update({name: self.__dict__[name] for name in _OF_CAPTIONS if name in self.__dict__})
        return context

    @cached_property
    def clips(self) -> tuple[Part, ...]:
        """The clips it is made of, at least one."""
        return self.parts or (Part(aligned=self.aligned, title=self.id),)

    @property
    def levels(self) -> tuple[Aligned, ...]:
        """The levels of the whole and of each clip, none twice."""
        return tuple(dict.fromkeys((self.aligned, *(part.aligned for part in self.clips))))

    @property
    def spoken_language(self) -> str:
        """The language of the words with times: with two languages in captions, the one that is spoken."""
        original = self.clips[0].original if self.options.bilingual else None
        return (original or self.aligned).language

    @cached_property
    def mouth(self) -> MouthTrack:
        """The track of the mouth, with phones where none came.

        Raises
        ------
        ExportError
            There is no such rate, or the clip lasts no time.
        """
        tracks, row = self.drawn_mouths
        return tracks.tracks[row]

    def draw_mouth(self, set_name: str) -> Timeline:
        """Return the shapes of the mouth, of a viseme set, from 0 to the end without a gap.

        Raises
        ------
        ExportError
            As for `mouth`, or there is no such set.
        """
        tracks, row = self.drawn_mouths
        return tracks.draw(set_name)[row]

    @cached_property
    def drawn_mouths(self) -> tuple[DrawnTracks, int]:
        """The track of the mouth among those that were made together with it, and its row."""
        from clipaudio.export.mouth_track import DrawnTracks, track_mouths  # noqa: PLC0415 - a format loads on use

        if self.with_phones is not self:
            return self.with_phones.drawn_mouths
        return DrawnTracks(track_mouths([self.mouth_input])), 0

    @property
    def mouth_input(self) -> MouthInput:
        """What the track of the mouth is made from; raises the errors of `mouth`."""
        from clipaudio.export.mouth_track import MouthInput  # noqa: PLC0415 - as above

        return MouthInput(self.with_phones.clips, self._lasting(), self.options, self.audio)

    @cached_property
    def page_sound(self) -> EmbeddedSound:
        """The sound that a page plays, and notes on it.

        Raises
        ------
        AudioError
            The file holds no audio.
        """
        from clipaudio.export.page_sound import EmbeddedSound, embed_sound  # noqa: PLC0415 - audio loads on use

        if self.audio is None:
            return EmbeddedSound(None)
        return embed_sound(self.audio, duration=self.aligned.duration, sound_file=self.sound_file, folder=self.folder)

    @cached_property
    def fit(self) -> Fit | None:
        """How well the times fit the audio; None unless `Options.fit` is chosen and there is audio.

        Raises
        ------
        AudioError
            The file holds no audio.
        """
        if not self.options.fit or self.measure_fit is None or self.audio is None:
            return None
        return self.measure_fit()

    @cached_property
    def speakers(self) -> Mapping[str, Aligned]:
        """What each speaker says, by name; "" is an unknown speaker."""
        return find_speakers(self.clips, self.aligned)

    @property
    def grid(self) -> SanitizedTiers:
        """The tiers of a TextGrid, and what was changed so that it can hold them."""
        grids, row = self._grids
        return grids.prepared[row]

    def dumps_grid(self, form: Literal["long", "short"]) -> str:
        """Return the text of a TextGrid; raises the errors of `grid`."""
        grids, row = self._grids
        return grids.dumps(form)[row]

    @cached_property
    def _grids(self) -> tuple[WrittenGrids, int]:
        """The TextGrid among those that are made together with it, and its row."""
        return WrittenGrids([self.tier_set]), 0

    @property
    def tier_set(self) -> TierSet:
        """What a TextGrid is made from; raises `ExportError` for a clip that lasts no time."""
        return make_tier_set(self.speakers, self._lasting(), self.options)

    def _lasting(self) -> float:
        """Return the duration of the clip; a clip without words and sound has none."""
        if not self.aligned.duration > 0:
            raise ExportError("the clip has no words and no sound, so it lasts no time; give its audio")
        return self.aligned.duration

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """The captions, timed for the screen; those too short to be seen are joined to a neighbour.

        Raises
        ------
        ExportError
            There is no such profile or rate, or `refine` is chosen and there is no audio.
        """
        from clipaudio.captions.fleeting import join_fleeting  # noqa: PLC0415 - as above

        return join_fleeting(self.timed_cues, max_lines=self._profile.max_lines)

    @cached_property
    def timed_cues(self) -> tuple[Cue, ...]:
        """The captions as they were cut, timed for the screen; raises the errors of `cues`."""
        from clipaudio.captions.captioning import make_cues, time_passages  # noqa: PLC0415 - as above

        profile, fps, duration = self._profile, self.options.rate(), self.aligned.duration
        if self.refinement is None and not self.options.bilingual:
            return make_cues(self.passages, profile=profile, fps=fps, duration=duration)
        cut = self._with_translation(self._cut if self.refinement is None else self.refinement.cues)
        return time_passages(cut, self.passages, profile=profile, fps=fps, duration=duration)

    def explain_breaks(self, cue: int | Cue) -> CueExplanation:
        """Explain why a cue begins, ends and breaks its lines where it does; print the result to read it.

        Parameters
        ----------
        cue
            One of `cues`, or its row.

        Raises
        ------
        ExportError
            There is no such cue.

        Examples
        --------
        >>> from clipaudio.timing.aligned import align
        >>> from clipaudio.timing.timeline import Timeline
        >>> text = "Go on. Now!"
        >>> clip = align(Timeline(text, [[i / 5, (i + 1) / 5] for i in range(len(text))]))
        >>> print(ExportContext(aligned=clip).explain_breaks(0))
        0.000 s: Go on.
        cost -0.10 = cue 1.50 + end -3.84 + inside 0.30 + short 1.94
          -    Go | on.: quality 9.5 (before preposition), 0.20 s of silence
          cue  on. | Now!: quality 0.0 (start of a sentence), 0.40 s of silence
        """
        from clipaudio.captions.captioning import explain_passages  # noqa: PLC0415 - as above

        try:
            start = (self.cues[cue] if isinstance(cue, int) else self.cues[self.cues.index(cue)]).start
            row = [each.start for each in self.timed_cues].index(start)
            return explain_passages(self.passages, profile=self._profile)[row]
        except (IndexError, ValueError) as error:
            raise ExportError(f"there is no such cue among the {len(self.cues)} of this clip: {cue!r}") from error

    @cached_property
    def refinement(self) -> Refinement | None:
        """How far the starts and ends of cues were moved to those of the sound; None unless `refine` is chosen.

        Raises
        ------
        ExportError
            There is no audio.
        """
        if not self.options.refine:
            return None
        from clipaudio.captions.refinement import refine_cues  # noqa: PLC0415 - as above

        return refine_cues(self._cut, _sound_of(self.audio))

    @cached_property
    def _cut(self) -> tuple[Cue, ...]:
        from clipaudio.captions.captioning import cut_passages  # noqa: PLC0415 - as above

        return cut_passages(self.passages, profile=self._profile)

    @cached_property
    def _profile(self) -> Profile:
        if not self.options.bilingual:
            return self.options.limits()
        from clipaudio.captions.bilingual import halve_lines  # noqa: PLC0415 - as above

        return halve_lines(self.options.limits())

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """What captions are cut from, one for each clip: with two languages, the one that is spoken."""
        if not self.options.bilingual:
            return tuple(_make_passage(part, part.aligned) for part in self.clips)
        if not any(part.original for part in self.clips):
            raise ExportError(
                "captions in two languages need a translation, made after all edits of words:"
                " call clip.translated(sentences)"
            )
        return tuple(_make_passage(part, part.original or part.aligned) for part in self.clips)

    def _with_translation(self, cues: tuple[Cue, ...]) -> tuple[Cue, ...]:
        """Return *cues* with the lines of the translation, if both languages are shown."""
        if not self.options.bilingual:
            return cues
        from clipaudio.captions.bilingual import add_translation  # noqa: PLC0415 - as above
        from clipaudio.captions.profiles import find_profile  # noqa: PLC0415 - as above

        result: list[Cue] = []
        middles = [(cue.start + cue.end) / 2 for cue in cues]
        bounds = [0, *(bisect_left(middles, part.offset) for part in self.clips[1:]), len(cues)]
        for part, first, stop in zip(self.clips, bounds, bounds[1:], strict=False):
            own = cues[first:stop]
            passage = _make_passage(part, part.aligned)
            added = add_translation(own, passage, profile=find_profile(self._profile)) if part.original else own
            result += added
        return tuple(result)


def _make_passage(part: Part, levels: Aligned) -> Passage:
    from clipaudio.captions.captioning import Passage  # noqa: PLC0415 - as above

    return Passage(
        graphemes=levels.graphemes,
        words=levels.words,
        sentences=levels.sentences,
        language=levels.language,
        offset=part.offset,
        speaker=part.speaker,
    )


def _sound_of(source: str | os.PathLike[str] | Recording | None) -> Times:
    from clipaudio.audio.envelope import find_sound, read_envelope  # noqa: PLC0415 - audio loads on use
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - as above

    if source is None:
        raise ExportError("refining the times of captions needs the audio of the clip; give it, or leave refine out")
    with open_audio(source) as audio:
        return find_sound(read_envelope(audio))
