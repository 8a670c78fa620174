"""The edits of a clip: each method returns a new clip, whose audio, letters, phones and captions are edited alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from clipaudio.clip import editing, translation, word_editing
from clipaudio.clip.levels import ClipLevels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clipaudio.captions.cue import Cue
    from clipaudio.clip.editing import ClipContent

__all__ = ["EditableClip"]


class EditableClip(ClipLevels):
    """The base of `clipaudio.Clip`: everything that returns an edited copy."""

    def cut(self, start: float, stop: float) -> Self:
        """Keep the samples, graphemes and phones from *start* to *stop*, seconds; see `clipaudio.clip.editing`.

        Raises
        ------
        EditError
            There is nothing between the two, or a place is outside the clip.
        """
        return self._edited(editing.cut(self.content, start, stop))

    def pad(self, before: float = 0.0, after: float = 0.0) -> Self:
        """Add seconds of silence before and after.

        Raises
        ------
        EditError
            A length is negative or not finite.
        """
        return self._edited(editing.pad(self.content, before, after))

    def speed(self, factor: float) -> Self:
        """Speak *factor* times as fast, at the same pitch.

        Raises
        ------
        EditError
            The factor is outside 0.1 to 10.
        """
        return self._edited(editing.speed(self.content, factor))

    def shift(self, seconds: float) -> Self:
        """Move the times against the audio: later by *seconds*, earlier where that is negative.

        Raises
        ------
        EditError
            The seconds are not finite.
        """
        return self._edited(editing.shift(self.content, seconds))

    def with_text(self, text: str) -> Self:
        """Replace the text; words that are kept keep the times of their letters exactly.

        Words are compared without case and marks, and as many as possible are kept. A word that replaces others has
        their time. A new word stands in the pause there, or the words beside it are shortened by half at most;
        `report["words"]` tells which. Audio and phones are unchanged, and so is everything if the text is the same.

        Parameters
        ----------
        text
            The whole text of the clip. That of several speakers is divided where the words of each end.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> clip = open_clip([{"word": "for", "start": 0.1, "end": 0.3}, {"word": "you", "start": 0.3, "end": 0.5}])
        >>> clip.with_text("Four, you!").words.times.tolist()
        [[0.1, 0.3], [0.3, 0.5]]
        """
        return self._edited(editing.with_text(self.content, text))

    def translated(self, sentences: Sequence[str | Cue], *, language: str | None = None) -> Self:
        """Translate the text: sentences of another language take the times of those that are spoken.

        Words are dealt out by their usual length over the time of their sentence, none over a pause. The phones are
        left out, because they are those of the language that is spoken. `bilingual=True` shows both languages in
        captions. Translate last: edits of the words drop the other language.

        Parameters
        ----------
        sentences
            One for each of `sentences`, "" where the one before translates it, too; or cues, which are matched by time.
        language
            Language tag of the translation; None finds it from the text.

        Raises
        ------
        EditError
            There are more or fewer lines than sentences, or no text.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> clip = open_clip([{"word": "Hello.", "start": 0.5, "end": 1.0}, {"word": "Go!", "start": 2.0, "end": 2.5}])
        >>> clip.translated(["Guten Tag.", "Los!"], language="de").words.times.round(2).tolist()
        [[0.5, 0.81], [0.81, 1.0], [2.0, 2.5]]
        """
        return self._edited(translation.translate(self.content, sentences, language=language), language=language)

    def without(self, words: Iterable[int | str]) -> Self:
        """Take words out: their samples, letters, phones and captions.

        The longer of the pauses around them remains. Cuts lie at zero crossings, with a fade of 3 ms.

        Parameters
        ----------
        words
            Rows of `words`, or words and phrases as text: `["um", "you know", 7]`. Text that is not found is ignored.

        Raises
        ------
        EditError
            There is no such row, or no word would be left.
        AudioError
            The audio cannot be read.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> said = ["I", "um", "see"]
        >>> clip = open_clip([{"word": word, "start": row, "end": row + 0.5} for row, word in enumerate(said)])
        >>> clip.without(["um"]).words.times.tolist()
        [[0.0, 0.5], [1.0, 1.5]]
        """
        return self._edited(word_editing.remove(self.content, word_editing.find_word_rows(self.words.labels, words)))

    def keep(self, words: Iterable[int | str]) -> Self:
        """Take all other words out; arguments and errors are those of `without`."""
        return self._edited(word_editing.keep(self.content, word_editing.find_word_rows(self.words.labels, words)))

    def move(self, first: int, stop: int, *, before: int) -> Self:
        """Move the words from row *first* to *stop*, half-open, before the word at row *before*.

        Raises
        ------
        EditError
            There are no such words, or *before* is one of them.
        AudioError
            The audio cannot be read.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> said = ["two", "three", "one"]
        >>> clip = open_clip([{"word": word, "start": row, "end": row + 0.5} for row, word in enumerate(said)])
        >>> clip.move(2, 3, before=0).text
        'one two three'
        """
        return self._edited(word_editing.move(self.content, first, stop, before))

    def shorten_pauses(self, longest: float) -> Self:
        """Shorten each pause between two words to *longest* seconds.

        Raises
        ------
        EditError
            *longest* is negative or not finite.
        AudioError
            The audio cannot be read.

        Examples
        --------
        >>> from clipaudio.clip import open_clip
        >>> clip = open_clip([{"word": "so", "start": 0.25, "end": 1.0}, {"word": "on", "start": 3.0, "end": 4.0}])
        >>> clip.shorten_pauses(0.5).words.times.tolist()
        [[0.25, 1.0], [1.5, 2.5]]
        """
        return self._edited(word_editing.shorten_pauses(self.content, longest))

    def _edited(self, content: ClipContent, *, language: str | None = None) -> Self:
        if content is self.content:
            return self
        return type(self)(self._times, language=language or self._language, policy=self._policy, content=content)
