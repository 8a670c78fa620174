"""What a clip holds: its callback, its audio, and the levels from graphemes to sentences."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clipaudio.clip.editing import ClipContent
from clipaudio.clip.turns import split_turns
from clipaudio.errors import EditError
from clipaudio.resemble.callback import ClipCallback
from clipaudio.timing.aligned import align

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.audio.montage import Montage
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.repair_report import RepairReport
    from clipaudio.timing.sounds import Sounds
    from clipaudio.timing.speech_times import SpeechTimes
    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["ClipLevels"]


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

    @property
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
        montage = self._montage
        duration, sample_rate = (None, None) if montage is None else self.measure()  # else as the source says
        aligned = align(
            self.speech_times,
            duration=duration,
            sample_rate=sample_rate,
            policy=self._policy,
            language=self._language,
            text=self._text,
        )
        spoken = split_turns(aligned, title=self.id)
        return ClipContent(parts=spoken.parts, duration=aligned.duration, montage=montage, whole=spoken.whole)

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
