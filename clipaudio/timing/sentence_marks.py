"""Find the sentences of a text by its marks alone, where sentencex has no wheel.

`clipaudio.timing.sentences` corrects what is found here by its rules for full stops, as it does with sentencex.
"""

from __future__ import annotations

import functools
import importlib.util
from typing import Final

import regex

__all__ = ["has_segmenter", "note_on_sentences", "starts_by_marks"]

_CLOSING: Final = r"[\p{Pe}\p{Pf}\"'»*]*"
_END: Final = regex.compile(
    rf"(?:(?<!\b\p{{Lu}})[.…]+|(?!\.)\p{{Sentence_Terminal}}+){_CLOSING}\s+(?=\S)"
    rf"|[。！？｡．]+[\p{{Pe}}\p{{Pf}}]*(?=[^\s\p{{Pe}}\p{{Pf}}])"
    r"|\n\s*\n\s*(?=\S)"
)


@functools.cache
def has_segmenter() -> bool:
    """Return True if sentencex is installed."""
    return importlib.util.find_spec("sentencex") is not None


def note_on_sentences() -> str | None:
    """Return a note for each output if sentences are found by marks alone, else None."""
    if has_segmenter():
        return None
    return "sentences were found by their marks alone: sentencex, which knows more, has no wheel for this platform"


def starts_by_marks(string: str) -> list[int]:
    """Return the first character of each sentence, 0 first.

    Examples
    --------
    >>> starts_by_marks("One. Two? 三。四")
    [0, 5, 10, 12]
    """
    return [0, *(found.end() for found in _END.finditer(string))]
