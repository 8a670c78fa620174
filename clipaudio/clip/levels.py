"""What a clip holds: its callback, its audio, and the levels from graphemes to sentences."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from clipaudio.clip.editing import ClipContent
from clipaudio.clip.moving import find_early, move_levels, move_speech
from clipaudio.clip.turns import split_turns
from clipaudio.errors import ClipAudioError, EditError
from clipaudio.resemble.callback import ClipCallback
from clipaudio.timing.aligned import Aligned, AlignInput, align, align_together

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.audio.montage import Montage
    from clipaudio.timing.repair_report import RepairReport
    from clipaudio.timing.sounds import Sounds
    from clipaudio.timing.speech_times import SpeechTimes
    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["ClipLevels", "tidy_together"]

_CUT: Final = frozenset({"past_end", "outside", "negative"})
"""Findings of repair on times before the start and behind the end of the audio."""
_LONGEST: Final = 2
_BEYOND: Final = 60.0
"""Times count as given up to twice the length of the audio and a minute."""


class ClipLevels:
    """The base of `clipaudio.Clip`: everything that can be read of a clip."""

    def __init__(
        self,
        callback: ClipCallback | SpeechTimes | None,
        audio: str | os.PathLike[str] | None = None,
        *,
        language: str | None = None,
        policy: Literal["repair", "strict"] = "repair",
        content: ClipContent | None = None,
        text: str | None = None,
    ) -> None:
        self.callback = callback if isinstance(callback, ClipCallback) else None
        self._times = callback
        self._edited_content = content
        self.audio: Path | Montage | None = None if audio is None else Path(audio)
        if content is not None:
            self.audio = content.montage
            self.__dict__["content"] = content
        self._language = language
        self._policy = policy
        self._text = text
        self._tidied: Aligned | None = None

    @property
    def id(self) -> str | None:
        """The clip's id; None if the payload has none, and for joined clips."""
        return None if self._times is None else self._times.id

    @property
    def project_id(self) -> str | None:
        """The id of the clip's project; None if the payload has none, and for joined clips."""
        return None if self._times is None else self._times.project_id

    @property
    def issues(self) -> tuple[str, ...]:
        """What the service reported about the clip."""
        return () if self._times is None else self._times.issues

    @property
    def language(self) -> str:
        """The language tag of the text: as given, or found from the text."""
        return self._language or self.aligned.language

    @cached_property
    def speech_times(self) -> SpeechTimes:
        """The times as the source gave them, before repair.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        EditError
            The clip is made of others.
        """
        if self._times is None:
            raise EditError("this clip is made of others; each of them has its own speech times")
        return self._times.speech_times if isinstance(self._times, ClipCallback) else self._times

    @property
    def source(self) -> str | None:
        """Name of the shape that the times came in, such as "resemble" or "whisperx"; None for joined clips."""
        if isinstance(self._times, ClipCallback):
            return "resemble"
        return None if self._times is None else self._times.source

    @property
    def _caption_starts(self) -> NDArray[np.float64] | None:
        """Starts of the sentences that the source gave instead of words, None where it gave words or letters."""
        words = self.speech_times.words if self._times is not None else None
        return words.times[:, 0] if words is not None and words.unit == "sentences" else None

    @cached_property
    def content(self) -> ClipContent:
        """What editing works on: the spoken parts, and the audio if there is one.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        UntidyTimelineError
            *policy* is "strict" and something would have to be repaired.
        AudioError
            The audio file holds no audio.
        """
        aligned = self._tidied or align(**self._given()._asdict())
        spoken = split_turns(aligned, title=self.id)
        return ClipContent(parts=spoken.parts, duration=aligned.duration, montage=self._montage, whole=spoken.whole)

    @cached_property
    def content_as_given(self) -> ClipContent:
        """`content` with the times outside the audio as they were given; they move before they are cut."""
        kinds = {kind for report in self.content.aligned.reports.values() for kind in report.kinds}
        if self._edited_content is not None or self.content.montage is None or not kinds & _CUT:
            return self.content
        longest = _LONGEST * self.content.duration + _BEYOND
        given = self._given()
        early = find_early(given.times)
        speech = given.times if not early else move_speech(given.times, early)
        aligned = align(**given._replace(times=speech, duration=longest + early)._asdict())
        spoken = split_turns(aligned, title=self.id)
        if not early:
            return replace(self.content, parts=spoken.parts, whole=spoken.whole)
        parts = tuple(replace(part, offset=part.offset - early) for part in spoken.parts)
        return replace(self.content, parts=parts, whole=move_levels(aligned, -early))

    @property
    def spoken_content(self) -> ClipContent:
        """`content_as_given` in the language that is spoken."""
        content = self.content_as_given
        if all(part.original is None for part in content.parts):
            return content
        parts = tuple(replace(part, aligned=part.original or part.aligned) for part in content.parts)
        return replace(content, parts=parts, whole=None)

    def count_letters(self) -> int:
        """Return how many letters the source times, 0 if it has no times."""
        try:
            times = self.speech_times
        except (ClipAudioError, OSError):
            return 0
        return len(times.graphemes or ()) or sum(map(len, times.words.labels if times.words else ()))

    def _given(self) -> AlignInput:
        """Return what is known of the times of the clip; raises the errors of `content`."""
        duration, sample_rate = (None, None) if self._montage is None else self.measure()  # else as the source says
        return AlignInput(
            self.speech_times,
            duration=duration,
            sample_rate=sample_rate,
            policy=self._policy,
            language=self._language,
            text=self._text,
        )

    def measure(self) -> tuple[float | None, float | None]:
        """Return the duration in seconds and the sample rate, of the audio if there is one, else of the payload.

        Raises
        ------
        AudioError
            The audio file holds no audio.
        """
        montage = self._montage
        if montage is not None:
            return montage.frames / montage.sample_rate, float(montage.sample_rate)
        return (None, None) if self._times is None else (self._times.duration, self._times.sample_rate)

    def _sample_rate(self) -> int | None:
        """Return the sample rate of the audio, else that of the payload if it is a whole number."""
        if self.content.montage is not None:
            return self.content.montage.sample_rate
        told = None if self._times is None else self._times.sample_rate
        return int(told) if told is not None and told >= 1 and told == int(told) else None

    @cached_property
    def _montage(self) -> Montage | None:
        if not isinstance(self.audio, Path):
            return self.audio
        from clipaudio.audio.montage import montage_of  # noqa: PLC0415 - audio loads on use

        return montage_of(self.audio)

    @property
    def aligned(self) -> Aligned:
        """All levels of the clip, repaired; raises the errors of `content`."""
        return self.content.aligned

    @property
    def graphemes(self) -> Timeline:
        """Graphemes (letters, spaces, punctuation) with repaired times."""
        return self.aligned.graphemes

    @property
    def phones(self) -> Timeline:
        """Phones with repaired times, as the voice sends them: marks and blanks may stand among them; may be empty."""
        return self.aligned.phones

    @property
    def sounds(self) -> Sounds:
        """Phones without stress, spaces and punctuation, diphthongs joined; `child_ranges` are rows of `phones`."""
        return self.aligned.sounds

    @property
    def words(self) -> Spans:
        """Words; `child_ranges` are rows of `graphemes`."""
        return self.aligned.words

    @property
    def sentences(self) -> Spans:
        """Sentences; `child_ranges` are rows of `words`."""
        return self.aligned.sentences

    @property
    def text(self) -> str:
        """The spoken text as the service sent it."""
        return self.aligned.text

    @property
    def syllables(self) -> Spans:
        """Syllables; `child_ranges` are rows of `sounds`. Empty without phones."""
        return self.aligned.syllables

    @property
    def duration(self) -> float:
        """Seconds: of the audio if there is one, else of the payload, else the last end."""
        return self.aligned.duration

    @property
    def report(self) -> Mapping[str, RepairReport]:
        """What repair changed, by level: "graphemes" and "phones"."""
        return self.aligned.reports


def tidy_together(clips: Sequence[ClipLevels]) -> None:
    """Find the levels of many clips at once, which takes less time for short ones.

    Each gets those that it would find by itself. A clip that fails is left as it is; it raises its error when its
    levels are asked for.
    """
    asked: list[tuple[ClipLevels, AlignInput]] = []
    for clip in clips:
        try:
            asked.append((clip, clip._given()))  # noqa: SLF001 - of the same class
        except (ClipAudioError, OSError):
            continue
    for (clip, _), aligned in zip(asked, align_together([given for _, given in asked]), strict=True):
        if isinstance(aligned, Aligned):
            clip._tidied = aligned  # noqa: SLF001 - as above
