"""How well the times of a clip fit its sound: a score, offset, drift, and findings, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Fit", "FitFinding"]


class FitFinding(NamedTuple):
    """One thing that does not fit: its kind, interval in seconds, the rows of the words, and a sentence."""

    kind: str
    start: float
    end: float
    words: tuple[int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Fit:
    """How well times fit the sound.

    Attributes
    ----------
    score
        From 0 to 100.
    offset
        Seconds to add to the times; 0.0 where none is sure.
    drift
        Share by which times run too fast, 0.01 is 1 %; 0.0 where none is sure, None where the clip is too short for it.
    findings
        What does not fit, in order of time.
    """

    score: float
    offset: float
    drift: float | None
    findings: tuple[FitFinding, ...]

    def __post_init__(self) -> None:
        """Make all numbers plain: those of numpy have no JSON form."""
        drift = None if self.drift is None else float(self.drift)
        plain = {"score": float(self.score), "offset": float(self.offset), "drift": drift}
        findings = [
            FitFinding(found.kind, float(found.start), float(found.end), tuple(map(int, found.words)), found.message)
            for found in self.findings
        ]
        for name, value in (*plain.items(), ("findings", tuple(findings))):
            object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        findings = [{**finding._asdict(), "words": list(finding.words)} for finding in self.findings]
        return {"score": self.score, "offset": self.offset, "drift": self.drift, "findings": findings}

    def describe(self, *, most: int = 3) -> str:
        """Return the score and the messages of its findings, *most* at most, in one sentence.

        Examples
        --------
        >>> Fit(0.0, 0.0, None, (FitFinding("silent_audio", 0.0, 1.0, (), "nothing sounds in the audio"),)).describe()
        'fit to the sound 0 of 100: nothing sounds in the audio'
        """
        said = list(dict.fromkeys(finding.message for finding in self.findings))
        more = [f"{len(said) - most} more"] if len(said) > most else []
        reasons = "; ".join([*said[:most], *more])
        return f"fit to the sound {self.score:.0f} of 100{reasons and f': {reasons}'}"
