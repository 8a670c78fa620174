"""Find the words and sentences of many clips at once, which takes less time for short ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.timing.sentences import TextWords, find_sentences_together
from clipaudio.timing.words import find_words_together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.aligned import Aligned

__all__ = ["find_sentences_of", "find_words_of"]


def find_words_of(clips: Sequence[Aligned]) -> None:
    """Find `words` of *clips*; each gets those that it would find by itself.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> letters = Timeline("Go! Now!", [[row / 10, (row + 1) / 10] for row in range(8)])
    >>> clips = [align(letters), align(letters[:3])]
    >>> find_words_of(clips)
    >>> find_sentences_of(clips)
    >>> [clip.sentences.labels for clip in clips]
    [('Go!', 'Now!'), ('Go!',)]
    """
    found = find_words_together([clip.graphemes for clip in clips])
    for clip, words in zip(clips, found, strict=True):
        clip.__dict__["words"] = words


def find_sentences_of(clips: Sequence[Aligned]) -> None:
    """Find `sentences` of *clips*, whose words are found; each gets those that it would find by itself."""
    clips = [clip for clip in clips if "sentences" not in clip.__dict__]
    found = find_sentences_together([TextWords(clip.graphemes, clip.words, clip.language) for clip in clips])
    for clip, sentences in zip(clips, found, strict=True):
        clip.__dict__["sentences"] = sentences
