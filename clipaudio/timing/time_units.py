"""Detect the unit of times, and whether pairs are [start, end] or [start, duration].

The service documents seconds and [start, end]. Some pages of its documentation show milliseconds, its stream counts
samples, and other vendors send [start, duration]. A payload does not name its unit, so the numbers decide, and only if
seconds are implausible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Times

__all__ = ["UNITS", "Unit", "are_duration_pairs", "detect_unit", "unit_divisor"]

Unit = Literal["s", "ms", "samples"]
UNITS: Final[tuple[Unit, ...]] = ("s", "ms", "samples")
TOO_LONG: Final = 20.0
"""Times that exceed the audio's length by this factor are not seconds."""
SLOW: Final = 5.0
"""Seconds per entry: whole numbers with a higher mean than this are not seconds."""
GLACIAL: Final = 50.0
"""Seconds per entry: any numbers with a higher mean than this are not seconds."""


def detect_unit(times: Times, *, duration: float | None = None, sample_rate: float | None = None) -> Unit:
    """Return the unit of *times*: "s", "ms" or, if *sample_rate* is known, "samples".

    With a *duration*: seconds unless the largest time exceeds it twentyfold; else the unit that comes nearest to
    it. Without: whole numbers that would mean more than five seconds per entry, from the first to the last, or any
    numbers that would mean more than fifty, are milliseconds, or samples if even milliseconds would be that slow. If no
    unit is plausible: "s". Seconds may begin late, as those of a stream do.

    Examples
    --------
    >>> detect_unit(np.array([[0, 120], [120, 240.0]]))
    'ms'
    >>> detect_unit(np.array([[1024, 2048], [2048, 48128.0]]), duration=1.504, sample_rate=32000)
    'samples'
    """
    finite = times[np.isfinite(times)]
    largest = float(finite.max(initial=0.0))
    if not len(times) or largest <= 0 or (duration is not None and duration <= 0):
        return "s"
    divisors: dict[Unit, float] = {"ms": 1000.0}
    if sample_rate:
        divisors["samples"] = float(sample_rate)
    if duration is not None:
        if largest <= TOO_LONG * duration:
            return "s"
        misfit = {unit: abs(np.log(largest / by / duration)) for unit, by in divisors.items()}
        unit: Unit = min(misfit, key=misfit.__getitem__)
        return unit if largest / divisors[unit] <= TOO_LONG * duration else "s"
    mean = (largest - float(finite.min())) / len(times)
    if mean < SLOW or (mean < GLACIAL and not np.array_equal(finite, np.rint(finite))):
        return "s"
    return next((unit for unit, by in divisors.items() if mean / by < SLOW), "s")


def unit_divisor(unit: str, sample_rate: float | None) -> float:
    """Return the divisor that converts times in *unit* to seconds."""
    return {"s": 1.0, "ms": 1000.0, "samples": float(sample_rate or 1.0)}[unit]


def are_duration_pairs(times: Times) -> bool:
    """Return True if the pairs are [start, duration].

    They are if most second numbers are below their first, starts ascend, each start + duration stays before the next
    start, and the second numbers are not the starts of neighbours (which would be reversed pairs).

    Examples
    --------
    >>> are_duration_pairs(np.array([[0.0, 0.1], [0.1, 0.08], [0.2, 0.15], [0.35, 0.1]]))
    True
    >>> are_duration_pairs(np.array([[0.1, 0.0], [0.2, 0.1], [0.3, 0.2]]))
    False
    """
    first, second = times[:, 0], times[:, 1]
    if len(times) < 3 or not 2 * np.count_nonzero(second < first) > len(times):
        return False
    if not (np.isfinite(times).all() and (second >= 0).all() and (first[1:] >= first[:-1]).all()):
        return False
    with np.errstate(over="ignore"):
        fits = first[:-1] + second[:-1] <= first[1:] + 1e-3
    reverses = second[1:] >= first[:-1]
    return bool(fits.mean() > 0.9 and reverses.mean() < 0.9)
