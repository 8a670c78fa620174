"""What a page shows of one clip.

Conventions
-----------
Seconds, half-open. Rows of each level are ascending and do not overlap, so that at most one is active at a time. Text
is plain; `document` escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index

__all__ = ["PageClip", "PageCue", "PageFinding", "PageMoves", "PageSound", "PageWaveform"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PageWaveform:
    """The lowest and highest sample of each step of the sound, int8, shape (n, 2), -127 to 127; a step in seconds."""

    extremes: NDArray[np.int8]
    step: float


@dataclass(frozen=True, kw_only=True, eq=False)
class PageMoves:
    """Weights of the mouth's blend shapes, uint8, shape (n, number of names), 255 is full; *fps* rows a second."""

    names: tuple[str, ...]
    weights: NDArray[np.uint8]
    fps: int


@dataclass(frozen=True, kw_only=True)
class PageSound:
    """The sound that the page plays: the bytes of a file of *media_type*, or a relative *url* if *data* is None."""

    media_type: str = ""
    data: bytes | None = None
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class PageFinding:
    """One kind of finding of a level, its number of rows, and the (start, end) seconds of some of them."""

    level: str
    kind: str
    message: str
    count: int
    is_guess: bool
    places: tuple[tuple[float, float], ...] = ()
    places_left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class PageCue:
    """A caption as it is shown: lines from *start* to *end*."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class PageClip:
    """What a page shows of one clip.

    Parameters
    ----------
    title
        The heading.
    duration
        Seconds.
    language
        Language tag of the text.
    facts
        Names and values for the header.
    words, phones, sentences, speakers, mouth
        Levels; each may be empty. The mouth is a viseme set's shapes.
    sentence_words
        Half-open rows of words of each sentence, intp, shape (n, 2).
    cues
        Captions by the name of their profile; the first is shown first.
    moves, waveform, sound
        None if unknown.
    findings, issues, notes
        What repair found, what the service reported, what was guessed to make the page.

    Examples
    --------
    >>> words = Timeline(("Hi",), [[0.0, 0.3]])
    >>> PageClip(title="clip", duration=0.3, words=words).words.labels
    ('Hi',)
    """

    title: str
    duration: float
    language: str = "en"
    facts: tuple[tuple[str, str], ...] = ()
    words: Timeline = field(default_factory=Timeline.empty)
    phones: Timeline = field(default_factory=Timeline.empty)
    sentences: Timeline = field(default_factory=Timeline.empty)
    sentence_words: Index | None = None
    speakers: Timeline = field(default_factory=Timeline.empty)
    mouth: Timeline = field(default_factory=Timeline.empty)
    moves: PageMoves | None = None
    waveform: PageWaveform | None = None
    sound: PageSound | None = None
    cues: Mapping[str, tuple[PageCue, ...]] = field(default_factory=dict)
    findings: tuple[PageFinding, ...] = ()
    issues: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
