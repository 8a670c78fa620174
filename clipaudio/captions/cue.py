"""A cue: what stands on screen, from when until when."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cue"]


@dataclass(frozen=True, slots=True)
class Cue:
    r"""Lines shown from *start* until *end*, seconds, half-open.

    The text is plain: each format escapes for itself.

    Examples
    --------
    >>> cue = Cue(0.5, 2.0, ("Hello there,", "General."))
    >>> cue.duration, cue.text
    (1.5, 'Hello there,\nGeneral.')
    """

    start: float
    end: float
    lines: tuple[str, ...]

    @property
    def duration(self) -> float:
        """Seconds on screen."""
        return self.end - self.start

    @property
    def text(self) -> str:
        """The lines, joined by line feeds."""
        return "\n".join(self.lines)
