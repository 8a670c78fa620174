"""What is to be said of the language of a run: once, before it begins, not for each file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["tell_of_language"]


def tell_of_language(command: str, language: str, formats: Iterable[str]) -> str | None:
    """Say on the standard error where one of *formats* has cues and *language* is not known; give the note, if any."""
    from clipaudio.captions.languages import note_on_language

    note = note_on_language(language)
    if note is None:
        return None
    from clipaudio.export import find_format

    if any(find_format(name).has_cues for name in formats):
        sys.stderr.write(f"clipaudio {command}: {note}\n")
    return note
