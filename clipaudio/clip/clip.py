"""A finished clip: its captions, tiers, lip-sync and audio, and edited copies of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from clipaudio.clip import editing
from clipaudio.clip.exportable import ExportableClip
from clipaudio.export.options import Options

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from clipaudio.clip.editing import ClipContent
    from clipaudio.clip.tables import Level
    from clipaudio.export.options import ExportOptions
    from clipaudio.resemble.callback import ClipCallback
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["Clip", "join"]


class Clip(ExportableClip):
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

    def plot(
        self,
        levels: Sequence[str] = ("words", "phones"),
        *,
        ax: Axes | None = None,
        **options: Unpack[ExportOptions],
    ) -> Axes:
        """Draw the waveform and *levels* with matplotlib.

        Parameters
        ----------
        levels
            Of "cues", "sentences", "words", "syllables", "phones" and "graphemes"; the first one is at the top.
        ax
            Axes to draw into; None makes a new figure.
        **options
            For cues, as in `cues`.

        Raises
        ------
        ExportError
            There is no such level.
        MissingExtraError
            matplotlib is not installed.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
        >>> clip = open_clip({"id": "cecad6f9", "audio_timestamps": stamps})
        >>> [text.get_text() for text in clip.plot(["words", "graphemes"]).texts]
        ['H', 'i', 'Hi']
        """
        from clipaudio.clip.plots import plot_levels  # noqa: PLC0415 - matplotlib loads on use

        return plot_levels(self, levels, ax=ax, **options)

    def plot_mouth(self, *, viseme_set: str = "oculus", ax: Axes | None = None) -> Axes:
        """Draw the visemes of a set, and how far the jaw opens, the lips close and round, with matplotlib.

        Raises
        ------
        ExportError
            There is no such set.
        MissingExtraError
            matplotlib is not installed.
        """
        from clipaudio.clip.plots import plot_mouth  # noqa: PLC0415 - matplotlib loads on use

        return plot_mouth(self, viseme_set=viseme_set, ax=ax)

    def plot_repair(self, level: Literal["graphemes", "phones"] = "graphemes", *, ax: Axes | None = None) -> Axes:
        """Draw the times of a level as they were given, and as they were repaired, with matplotlib.

        Raises
        ------
        TimestampsMissingError
            The source gave no times of this level.
        EditError
            The clip is made of others.
        MissingExtraError
            matplotlib is not installed.
        """
        from clipaudio.clip.plots import plot_repair  # noqa: PLC0415 - matplotlib loads on use

        return plot_repair(self, level, ax=ax)

    def _repr_html_(self) -> str:
        """Return a player and a picture for notebooks."""
        from clipaudio.clip.notebook import to_html  # noqa: PLC0415 - used in notebooks alone

        return to_html(self)

    def retime(self, offset: float, drift: float = 0.0) -> Clip:
        """Move the times against the audio: a time t becomes offset + (1 + drift) * t, seconds; see `fit`.

        Times are moved as they were given, also those outside the audio. No letter is lost: what then lies
        outside the audio stands at its edge, a millisecond for each letter.

        Raises
        ------
        EditError
            A number is not finite, or the drift is outside -0.5 to 1.
        """
        return self._edited(editing.retime(self.content_as_given, offset, drift))

    def with_phones(self, *, lexicon: str | os.PathLike[str] | None = None) -> Clip:
        """Return the clip with estimated phones, for sources that give none; one that has phones is returned as it is.

        The phones are those of the text as espeak-ng says it, laid into each word by the sound if there is audio,
        else by typical lengths. The report of the level "phones" says `estimated_phone`. Exports that need phones do
        the same by themselves; see `clipaudio.export.Options`.

        Parameters
        ----------
        lexicon
            A file of words and their phones; see `clipaudio.phonetics.lexicon`.

        Raises
        ------
        MissingExtraError
            espeakng-loader is not installed.
        AlignmentError
            There is no word to speak, or espeak-ng does not speak the language.
        LexiconError
            The file is no lexicon.
        """
        found = self._find_phones(Options(phones="estimated", lexicon=lexicon))
        if found is None:
            return self
        whole = None if self.content.whole is None else found.aligned
        return self._edited(replace(self.content, parts=found.parts, whole=whole))

    def join(self, *others: Clip, gap: float = 0.0) -> Clip:
        """Append *others* to this clip; see `clipaudio.join`."""
        return join([self, *others], gap=gap)

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
