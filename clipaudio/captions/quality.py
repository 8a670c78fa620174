"""Check cues against a guideline: report every broken rule, and whether it could be met.

Conventions
-----------
Cues count from 1, as in subtitle files: `cues[violation.cue - 1]`. Values and limits are seconds, characters or counts,
by rule.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clipaudio.captions import text_rules, time_rules
from clipaudio.captions.cue_metrics import CueMetrics, RuleFinding, measure
from clipaudio.captions.frame_rate import parse_fps
from clipaudio.captions.profiles import find_profile
from clipaudio.captions.timestamp import format_timestamp
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from fractions import Fraction

    from numpy.typing import ArrayLike

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.profiles import Profile

__all__ = ["RULES", "QualityReport", "Rule", "Violation", "check_cues"]


class Rule(NamedTuple):
    """A rule: its name, its requirement, and the function that checks it."""

    name: str
    what: str
    find: Callable[[CueMetrics], Iterator[RuleFinding]]


RULES: Final = (
    Rule("order", "cues end after they start, and start in order", time_rules.check_order),
    Rule("overlap", "no two cues at once", time_rules.check_overlap),
    Rule("line-length", "characters of a line", text_rules.check_line_length),
    Rule("lines", "lines of a cue", text_rules.check_lines),
    Rule("one-line", "lines of a cue whose text fits into one", text_rules.check_one_line),
    Rule("words", "words of a cue", text_rules.check_words),
    Rule("reading-speed", "characters a second", time_rules.check_reading_speed),
    Rule("word-speed", "seconds a word", time_rules.check_word_speed),
    Rule("min-duration", "seconds a cue stays at least", time_rules.check_min_duration),
    Rule("max-duration", "seconds a cue stays at most", time_rules.check_max_duration),
    Rule("gap", "seconds between two cues at least", time_rules.check_gap),
    Rule("chain", "seconds between two cues that are too few for a gap", time_rules.check_chain),
    Rule("lead", "seconds a cue starts before its sound", time_rules.check_lead),
    Rule("hold", "seconds a cue stays after its sound", time_rules.check_hold),
    Rule("frame", "seconds, those of a video frame", time_rules.check_frame),
    Rule("end-beyond-audio", "seconds the audio lasts", time_rules.check_beyond_audio),
    Rule("white-space", "spaces at the ends of lines, doubled, or before a closing mark", text_rules.check_white_space),
    Rule("text", "text that shows, without characters players trip over", text_rules.check_care),
)
_BY_NAME: Final = {rule.name: rule for rule in RULES}


class Violation(NamedTuple):
    """A rule broken by a cue, counted from 1.

    `can_be_met` is whether the cue alone could meet it, with its neighbours and its text unchanged.
    """

    cue: int
    rule: str
    value: float
    limit: float
    can_be_met: bool
    message: str
    start: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return self._asdict()

    def __str__(self) -> str:
        met = "could be met" if self.can_be_met else "could not be met"
        return f"cue {self.cue}  {format_timestamp(max(0.0, self.start))}  {self.rule} {self.message} ({met})"


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Violations of a guideline by a list of cues.

    Parameters
    ----------
    profile, language, fps
        Limits that were checked.
    rules
        Names of the rules that were checked.
    cues
        Number of cues.
    violations
        All violations, in the order of cues.
    """

    profile: str
    language: str
    fps: Fraction | None
    rules: tuple[str, ...]
    cues: int
    violations: tuple[Violation, ...]

    @property
    def avoidable(self) -> tuple[Violation, ...]:
        """The violations of rules that could be met."""
        return tuple(violation for violation in self.violations if violation.can_be_met)

    @property
    def counts(self) -> dict[str, int]:
        """Violations of each rule that has any, in the order of the rules."""
        found = Counter(violation.rule for violation in self.violations)
        return {rule: found[rule] for rule in self.rules if found[rule]}

    @property
    def share_met(self) -> float:
        """The share of cues that break no rule, 0 to 1; 1 without cues."""
        return 1.0 - len({violation.cue for violation in self.violations}) / self.cues if self.cues else 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {
            "profile": self.profile,
            "language": self.language,
            "fps": None if self.fps is None else str(self.fps),
            "rules": list(self.rules),
            "cues": self.cues,
            "share_met": self.share_met,
            "counts": self.counts,
            "avoidable": len(self.avoidable),
            "violations": [violation.to_dict() for violation in self.violations],
        }

    def to_text(self, *, misread: int = 0) -> str:
        """Return the report as text: one line per violation, and a summary."""
        return "".join(f"{line}\n" for line in (*self.violations, self.summary(misread=misread)))

    def summary(self, *, misread: int = 0) -> str:
        """Return the report in one line; *misread* is how many lines of the file players misread."""
        count = len(self.violations)
        head = f"{self.cues} cue{'s' * (self.cues != 1)}, {self.share_met:.1%} within {self.profile}"
        if misread:
            lines = "a line" if misread == 1 else f"{misread} lines"
            head = f"{self.cues} cue{'s' * (self.cues != 1)}, not within {self.profile}: players misread {lines}"
        if not count:
            return head
        rules = ", ".join(f"{rule} {found}" for rule, found in self.counts.items())
        return f"{head}; {count} violation{'s' * (count != 1)}, {len(self.avoidable)} could be met: {rules}"


def check_cues(
    cues: Sequence[Cue],
    profile: str | Profile,
    *,
    language: str = "en",
    fps: Fraction | None = None,
    duration: float | None = None,
    speech: ArrayLike | None = None,
    rules: Iterable[str] | None = None,
) -> QualityReport:
    """Check *cues* against every rule of a guideline.

    Parameters
    ----------
    cues
        Cues made here or read from a file, with their times on screen, seconds. The name of the speaker counts as text
        if it is part of the text, as in SubRip.
    profile
        The limits, by name or as a `Profile`.
    language
        Language tag of the text; limits differ by language.
    fps
        Video frames per second: durations and gaps are frames, and times off the grid are reported. None judges in
        milliseconds, with frames at 24 per second, and tolerates rounding to milliseconds.
    duration
        Seconds of audio.
    speech
        float64, shape (n, 2), seconds of speech of each cue. None uses the words of a cue; if these have no times, its
        start and end are not compared with its sound.
    rules
        Names of the rules to check, see `RULES`; None for all.

    Returns
    -------
    QualityReport
        Empty without cues.

    Raises
    ------
    ExportError
        There is no such profile or rule, the rate is invalid, times of speech and cues differ in number, or a time
        is negative, not finite, or above a billion seconds; `index` names its cue.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> cues = [Cue(1.0, 2.0, ("A line that is far too much to read in a second.",)), Cue(2.5, 3.0, ("Oh .",))]
    >>> print(check_cues(cues, "netflix", fps=parse_fps(25)).to_text(), end="")
    cue 1  00:00:01.000  line-length 48 > 42 characters in line 1 (could be met)
    cue 1  00:00:01.000  reading-speed 48 > 20 characters a second (could not be met)
    cue 2  00:00:02.500  min-duration 0.48 < 0.833 seconds (could be met)
    cue 2  00:00:02.500  frame starts at 2.500, the nearest frame at 2.5200 seconds (could be met)
    cue 2  00:00:02.500  white-space space before '.' in line 1 (could not be met)
    2 cues, 0.0% within netflix; 5 violations, 3 could be met:
    line-length 1, reading-speed 1, min-duration 1, frame 1, white-space 1
    """
    limits = find_profile(profile).for_language(language)
    chosen = RULES if rules is None else tuple(_find_rule(name) for name in dict.fromkeys(rules))
    rate = None if fps is None else parse_fps(fps)
    if duration is not None and not 0 <= duration <= 1e9:
        raise ExportError(f"the duration is {duration} s; expected a number from 0 to a billion")
    facts = measure(cues, limits, language=language, fps=rate, duration=duration, speech=speech)
    found = [
        Violation(finding.place + 1, rule.name, *finding[1:], cues[finding.place].start)
        for rule in chosen
        for finding in rule.find(facts)
    ]
    found.sort(key=lambda violation: violation.cue)  # stable: the rules of a cue keep their order
    return QualityReport(
        profile=limits.name,
        language=language,
        fps=rate,
        rules=tuple(rule.name for rule in chosen),
        cues=len(cues),
        violations=tuple(found),
    )


def _find_rule(name: str) -> Rule:
    found = _BY_NAME.get(name.strip().lower())
    if found is None:
        raise ExportError(f"no rule {name!r}; there are {', '.join(_BY_NAME)}")
    return found
