"""Explain why captions break where they do: the terms of the cost of each cue, line by line.

The terms are those of `cost_model`, from the same functions that chose the cues. The cheapest whole is chosen, so a
single cue may cost more than another would.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from clipaudio.captions.break_quality import describe_breaks, find_sentence_starts, rate_breaks
from clipaudio.captions.break_units import find_units
from clipaudio.captions.cost_model import SCALE, measure_cue, price_terms
from clipaudio.captions.layout import Layout
from clipaudio.captions.segmentation import find_cheapest_cuts
from clipaudio.captions.tabulation import tabulate

if TYPE_CHECKING:
    from clipaudio.captions.break_units import Units
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["BreakExplanation", "CostTerm", "CueExplanation", "explain_cues"]


class CostTerm(NamedTuple):
    """One term of the cost of a cue; 0 is best."""

    name: str
    cost: float


class BreakExplanation(NamedTuple):
    """One place at which a cue could end or a line break.

    Attributes
    ----------
    after, before
        The text on either side.
    quality
        How bad a break is here, from `rate_breaks`: 0 is best, 5.4 is between two plain words.
    pause
        Seconds of silence.
    reason
        Marks and word classes on either side.
    taken
        "cue", "line" or "": what ends here.
    """

    after: str
    before: str
    quality: float
    pause: float
    reason: str
    taken: str


@dataclass(frozen=True, slots=True)
class CueExplanation:
    """Why a cue is as it is.

    Attributes
    ----------
    start
        Seconds: when its first sound begins.
    lines
        Its lines.
    terms
        Terms of its cost, in the order of `cost_model`; terms of 0 are left out.
    breaks
        Every place inside it, and the one at its end.
    """

    start: float
    lines: tuple[str, ...]
    terms: tuple[CostTerm, ...]
    breaks: tuple[BreakExplanation, ...]

    @property
    def cost(self) -> float:
        """The sum of the terms."""
        return sum(term.cost for term in self.terms)

    def __str__(self) -> str:
        terms = " + ".join(f"{term.name} {term.cost:.2f}" for term in self.terms)
        rows = [f"{self.start:.3f} s: {' / '.join(self.lines)}", f"cost {self.cost:.2f} = {terms}"]
        for place in self.breaks:
            reason = f" ({place.reason})" if place.reason else ""
            pause = f", {place.pause:.2f} s of silence" if place.pause > 0 else ""
            rows.append(
                f"  {place.taken or '-':<4} {place.after} | {place.before}: quality {place.quality:.1f}{reason}{pause}"
            )
        return "\n".join(rows)


def explain_cues(
    graphemes: Timeline,
    words: Spans,
    sentences: Spans,
    *,
    profile: Profile,
    language: str = "en",
    label: str = "",
) -> tuple[CueExplanation, ...]:
    """Explain each cue that `cut_cues` makes of the same arguments.

    Examples
    --------
    >>> from clipaudio.captions.profiles import Profile
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> text = "We left, and the rain began."
    >>> said = align(Timeline(text, [[i / 10, (i + 1) / 10] for i in range(len(text))]))
    >>> profile = Profile(name="narrow", max_chars=20)
    >>> print(explain_cues(said.graphemes, said.words, said.sentences, profile=profile)[0])
    0.000 s: We left, / and the rain began.
    cost 2.11 = cue 1.50 + inside 0.30 + line 1 0.31
      -    We | left,: quality 17.4 (after pronoun), 0.10 s of silence
      line left, | and: quality 0.5 (after comma; before conjunction), 0.20 s of silence
      -    and | the: quality 20.3 (after conjunction; before determiner), 0.10 s of silence
      -    the | rain: quality 27.4 (after determiner), 0.10 s of silence
      -    rain | began.: quality 7.4, 0.10 s of silence
      cue  began. | : quality 0.0 (end of the text)
    """
    profile = profile.for_language(language)
    units = find_units(
        graphemes, words, sentences, language=language, wide=profile.wide_columns, max_chars=profile.line_columns
    )
    if not len(units):
        return ()
    table = tabulate(units, profile=profile, language=language, label=label)
    layout = Layout(table)
    places = _places(units, language)
    explained = []
    for lines in layout.lines(find_cheapest_cuts(table)):
        first, stop = lines[0], lines[-1]
        terms = {
            name: int(term.flat[0]) for name, term in price_terms(profile, measure_cue(table, first, stop)).items()
        }
        upper = [
            layout.upper_line(begin, end, stop, len(lines) - 1 - number)
            for number, (begin, end) in enumerate(pairwise(lines[:-1]), 1)
        ]
        terms |= {f"line {number}": cost for number, cost in enumerate(upper, 1)}
        taken = {**dict.fromkeys(lines[1:-1], "line"), stop: "cue"}
        explained.append(
            CueExplanation(
                start=float(table.begin[first]) / 1e6,
                lines=tuple(units.text[units.first[a] : units.stop[b - 1]] for a, b in pairwise(lines)),
                terms=tuple(CostTerm(name, cost / SCALE) for name, cost in terms.items() if cost),
                breaks=tuple(
                    places[place]._replace(taken=taken.get(place, "")) for place in range(first + 1, stop + 1)
                ),
            )
        )
    return tuple(explained)


def _places(units: Units, language: str) -> list[BreakExplanation]:
    """Return every place of the text, from its start to its end."""
    opens = find_sentence_starts(units, language=language)
    quality = rate_breaks(units, opens, language=language).tolist()
    reasons = [*describe_breaks(units, language=language), "end of the text"]
    reasons[1:-1] = ["start of a sentence" if opens[row] else reason for row, reason in enumerate(reasons[1:-1], 1)]
    texts = ["", *units.texts, ""]
    pauses = [0.0, *(units.times[1:, 0] - units.times[:-1, 1]).round(6).tolist(), 0.0]
    return [
        BreakExplanation(texts[row], texts[row + 1], quality[row], pauses[row], reasons[row], "")
        for row in range(len(units) + 1)
    ]
