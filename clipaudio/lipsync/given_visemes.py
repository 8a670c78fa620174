"""Mouth shapes that a source gave, as the phones that stand for them.

A viseme names a class of sounds. It is read as one sound of that class, chosen so that the rule of its set gives the
same viseme back. So a track of Azure visemes that was given comes out as it was, and every other set gets the nearest.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from clipaudio.lipsync.visemes import SETS, shapes_of
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VISEME_SETS", "phones_of_visemes"]

_SOUNDS: Final = "ə a ɛ i o u ɔ e ʌ ɪ ʊ ɑ æ ɝ aʊ ɔɪ aɪ p b m f v θ ð t d n s z ʃ tʃ dʒ k ɡ h ɹ l w j ŋ ɲ x c".split()
"""Candidates, the commonest first."""
_INWORLD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aei": "ɛ", "o": "o", "ee": "i", "u": "u", "qw": "w", "r": "ɹ", "l": "l", "th": "θ", "fv": "f", "bmp": "m",
        "chjsh": "ʃ", "cdgknstxyz": "t", "sil": "sil", "": "sil",
    }
)  # fmt: skip
_SILENCE: Final = "sil"
VISEME_SETS: Final = frozenset({"azure", "polly", "oculus", "inworld"})
"""Sets that sources give mouth shapes in."""


@lru_cache(maxsize=8)
def _sounds_of(set_name: str) -> Mapping[str, str]:
    """Return the sound that stands for each viseme of a set."""
    if set_name == "inworld":
        return _INWORLD
    name = "polly-l" if set_name == "polly" else set_name
    found: dict[str, str] = {}
    for sound in _SOUNDS:
        shapes = shapes_of(sound, name)
        if len(shapes) == 1:
            found.setdefault(shapes[0], sound)
    return MappingProxyType({**found, SETS[name].rest: _SILENCE})


def phones_of_visemes(visemes: Timeline, set_name: str) -> Timeline:
    """Return the phones (IPA) that stand for *visemes*, "sil" for a rest; unknown labels have none.

    Examples
    --------
    >>> line = Timeline(("0", "21", "6"), [[0.0, 0.1], [0.1, 0.2], [0.2, 0.4]])
    >>> phones_of_visemes(line, "azure").labels
    ('sil', 'p', 'i')
    """
    sounds = _sounds_of(set_name)
    rows = [row for row, label in enumerate(visemes.labels) if label in sounds]
    return Timeline(tuple(sounds[visemes.labels[row]] for row in rows), visemes.times[rows].reshape(-1, 2))
