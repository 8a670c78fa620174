"""Measure how well the times of words fit the sound: offset, drift, and words or sound without the other.

Where an aligner has heard the words, offset and drift are a robust line through the differences. Else they are those
that correlate a mask of the words best with the level of the sound, which needs no language, only pauses.

Conventions
-----------
Seconds. A time t fits the sound at offset + (1 + drift) * t: a positive offset means that the times are too early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.audio.envelope import find_sound
from clipaudio.timing.fit_report import Fit, FitFinding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.audio.envelope import Envelope
    from clipaudio.timing.timeline import Timeline

__all__ = ["Heard", "measure_fit"]

_HOP: Final = 0.01
_MOST_STEPS: Final = 120_000  # a longer recording is measured in coarser steps
_REACH: Final = 1.0  # seconds of the largest offset
_DRIFTS: Final = np.arange(-40, 41) / 1000
_SMALLEST_OFFSET: Final = 0.04
_SMALLEST_DRIFT: Final = 0.01
_GAIN: Final = 0.02  # of the correlation, below which a correction is no better
_DRIFT_GAIN: Final = 0.05
_SHORTEST: Final = 20.0  # seconds in which pauses alone show a drift
_SHORTEST_HEARD: Final = 4.0  # seconds in which heard words show one
_FEWEST_HEARD: Final = 4
_FEWEST_EDGES: Final = 6  # that show a drift
_SURE: Final = 0.5
_WRONG: Final = 0.15
_MOST_UNHEARD: Final = 0.3  # of all words, where an offset is sure
_CLEAR: Final = 0.8  # the mean confidence where few edges or pauses are compared; noise in bursts reaches 0.75
_SCATTERED: Final = 0.1  # seconds: the largest median distance from the line
_MISPLACED: Final = 0.15  # seconds
_APART: Final = 0.3
_MOST_PAIRS: Final = 300  # words whose pairs are compared
_RANGE_DB: Final = 45.0
_SILENT_SHARE: Final = 0.2
_UNCOVERED: Final = 0.3  # seconds of sound without a word
_MARGIN: Final = 0.1  # seconds around a word that count as covered
_TAIL: Final = 0.02
_LOUD_TAIL: Final = 10 ** (-25 / 20)


class Heard(NamedTuple):
    """Words as an aligner heard them: times and confidences.

    Times are float64, shape (n, 2), seconds, NaN where there is nothing to compare; confidences have shape (n,).
    """

    times: NDArray[np.float64]
    confidences: NDArray[np.float64]


def measure_fit(words: Timeline, envelope: Envelope, duration: float, *, heard: Heard | None = None) -> Fit:
    """Measure how well *words* fit the sound of *envelope*.

    Parameters
    ----------
    words
        Words with tidy times.
    envelope
        The level of the sound, of `clipaudio.audio.envelope`.
    duration
        Of the sound, seconds.
    heard
        The words as an aligner heard them, if one did.

    Examples
    --------
    >>> from clipaudio.audio.envelope import Envelope
    >>> from clipaudio.timing.timeline import Timeline
    >>> levels = np.zeros(1000)
    >>> levels[100:300] = levels[400:700] = 0.2
    >>> words = Timeline(("one", "two"), [[0.5, 1.5], [2.0, 3.5]])
    >>> fit = measure_fit(words, Envelope(levels, 0.005), 5.0)
    >>> fit.score, fit.offset, fit.drift
    (100.0, 0.0, None)
    >>> late = Timeline(("one", "two"), words.times + 0.08)
    >>> abs(measure_fit(late, Envelope(levels, 0.005), 5.0).offset + 0.08) < 0.02
    True
    """
    sound = find_sound(envelope)
    if not len(sound):
        message = "nothing sounds in the audio"
        return Fit(0.0, 0.0, None, (FitFinding("silent_audio", 0.0, duration, (), message),) if len(words) else ())
    if not len(words):
        return Fit(0.0, 0.0, None, tuple(_find_uncovered(words.times, sound)))
    known = None if heard is None else _fit_line(words.times, heard, duration)
    is_heard = heard is None or _is_heard(heard, is_known=known is not None)
    if not is_heard:
        offset, drift = 0.0, None  # pauses say nothing of another text
    else:
        offset, drift = known or _find_offset_and_drift(words.times, envelope, duration)
    findings = list(_describe_shift(offset, drift, words.times))
    times = words.times * (1 + (drift or 0.0)) + offset
    silent = _find_silent_words(words, times, sound)
    uncovered = _find_uncovered(times, sound)
    findings += silent + uncovered + _find_truncation(words, times, envelope, duration)
    doubts = [] if heard is None else _compare_heard(words, times, heard, is_sure=known is not None)
    if not is_heard and all(finding.kind != "unheard_text" for finding in doubts):
        every = tuple(range(len(words)))
        start, end = float(words.times[0, 0]), float(words.times[-1, 1])
        doubts.append(FitFinding("unheard_text", start, end, every, "few words are heard clearly"))
    findings += doubts
    share_silent = len({row for finding in silent + doubts for row in finding.words}) / len(words)
    share_uncovered = sum(found.end - found.start for found in uncovered) / float(np.diff(sound).sum())
    moved = abs(offset) + abs(drift or 0.0) * duration / 2
    score = 100 * max(1 - share_silent, 0) * max(1 - share_uncovered, 0) - min(moved / 0.01, 60)
    score -= 10 * any(finding.kind == "truncated" for finding in findings)
    return Fit(round(max(score, 0.0), 1), offset, drift, tuple(sorted(findings, key=lambda found: found.start)))


def _is_heard(heard: Heard, *, is_known: bool) -> bool:
    """Return True if enough of the text is heard to move it; noise in bursts is taken for some words."""
    share_gone = float((heard.confidences < _WRONG).mean())
    return share_gone <= _MOST_UNHEARD and (is_known or float(heard.confidences.mean()) >= _CLEAR)


def _fit_line(times: NDArray[np.float64], heard: Heard, duration: float) -> tuple[float, float | None] | None:
    """Return offset and drift by the heard words (Theil-Sen), 0 if none sets them right; None if too few were heard."""
    known = np.isfinite(heard.times)
    sure = known & (heard.confidences >= _SURE)[:, None]
    expected = int(known.any(axis=1).sum())
    if int(sure.any(axis=1).sum()) < max(min(_FEWEST_HEARD, expected), expected / 2, 2):
        return None
    given, found = times[sure], heard.times[sure]
    drift: float | None = None
    if duration >= _SHORTEST_HEARD and len(given) >= _FEWEST_EDGES:
        few = np.unique(np.linspace(0, len(given) - 1, min(len(given), _MOST_PAIRS)).astype(np.intp))
        a, b = np.triu_indices(len(few), 1)
        apart = given[few[b]] - given[few[a]]
        is_far = apart > _APART
        if is_far.any():
            moved = found[few[b]] - found[few[a]]
            drift = round(float(np.median(moved[is_far] / apart[is_far])) - 1, 4)
            drift = drift if abs(drift) >= _SMALLEST_DRIFT else 0.0
    away = found - given * (1 + (drift or 0.0))
    offset = round(float(np.median(away)), 3)
    is_vague = len(given) < _FEWEST_EDGES and float(heard.confidences.mean()) < _CLEAR
    if is_vague or float(np.median(np.abs(away - offset))) > _SCATTERED:
        return 0.0, None
    return (offset if abs(offset) >= _SMALLEST_OFFSET or drift else 0.0), drift


def _compare_heard(words: Timeline, times: NDArray[np.float64], heard: Heard, *, is_sure: bool) -> list[FitFinding]:
    """Return findings for words that were heard elsewhere, and for runs of words that were not heard."""
    found = []
    gone = heard.confidences < _WRONG
    edges = np.flatnonzero(np.diff(np.concatenate(([False], gone, [False])).astype(np.int8))).reshape(-1, 2)
    for first, stop in edges.tolist():
        if stop - first >= 3 or stop - first == len(words):
            text = " ".join(words.labels[first:stop])
            text = text if len(text) <= 60 else text[:59] + "…"
            start, end = float(words.times[first, 0]), float(words.times[stop - 1, 1])
            found.append(
                FitFinding("unheard_text", start, end, tuple(range(first, stop)), f"not heard as written: {text}")
            )
    if is_sure:
        errors = np.nan_to_num(np.abs(heard.times - times)).min(axis=1)
        for row in np.flatnonzero((errors > _MISPLACED) & (heard.confidences >= _SURE)).tolist():
            message = (
                f"{words.labels[row]!r} is heard {heard.times[row, 0] - times[row, 0]:+.2f} s from where it stands"
            )
            start, end = words.times[row].tolist()
            found.append(FitFinding("misplaced_word", start, end, (row,), message))
    return found


def _find_offset_and_drift(
    times: NDArray[np.float64], envelope: Envelope, duration: float
) -> tuple[float, float | None]:
    """Return the offset and drift that correlate words and level best; 0 for what is not sure."""
    hop = _HOP * max(1.0, duration / _HOP / _MOST_STEPS)
    level = _level(envelope, hop)
    size = 1 << int(2 * len(level) + 2 * _REACH / hop).bit_length()
    spectrum = np.fft.rfft(level, size)
    plain = _correlate(times, spectrum, len(level), hop)
    at_rest, shifted = plain[len(plain) // 2], _peak(plain, hop)
    drift: float | None = None
    best = shifted
    if duration >= _SHORTEST and len(times) > 1:
        drift = 0.0
        peaks = [_peak(_correlate(times * (1 + share), spectrum, len(level), hop), hop) for share in _DRIFTS.tolist()]
        found = max(range(len(peaks)), key=lambda row: peaks[row][0])
        share = float(_DRIFTS[found])
        if abs(share) >= _SMALLEST_DRIFT and peaks[found][0] - shifted[0] >= _DRIFT_GAIN:
            drift, best = share, peaks[found]
    is_sure = best[0] - at_rest >= _GAIN and (abs(best[1]) >= _SMALLEST_OFFSET or bool(drift))
    return round(best[1], 3) if is_sure else 0.0, drift


def _level(envelope: Envelope, hop: float) -> NDArray[np.float64]:
    """Return the level in steps of *hop* in dB, from 45 dB below the peak up, minus its mean."""
    levels, step = envelope
    decibels = 20 * np.log10(np.maximum(levels, 1e-7))
    decibels = np.maximum(decibels, decibels.max() - _RANGE_DB)
    centres = np.arange(int(len(levels) * step / hop) + 1) * hop
    level: NDArray[np.float64] = np.interp(centres, (np.arange(len(levels)) + 0.5) * step, decibels)
    centred: NDArray[np.float64] = level - level.mean()
    scaled: NDArray[np.float64] = centred / max(float(np.linalg.norm(centred)), 1e-9)
    return scaled


def _correlate(
    times: NDArray[np.float64], spectrum: NDArray[np.complexfloating], count: int, hop: float
) -> NDArray[np.float64]:
    """Return the correlation of the words with the level for each offset from -1 to 1 s."""
    mask = np.zeros(count + 1)
    rows = np.clip(times / hop, 0, count)
    for edge, sign in ((rows[:, 0], 1), (rows[:, 1], -1)):  # an edge inside a step counts by its share
        whole = edge.astype(np.intp)
        part = edge - whole
        np.add.at(mask, whole, sign * (1 - part))
        np.add.at(mask, np.minimum(whole + 1, count), sign * part)
    mask = np.minimum(np.cumsum(mask)[:count], 1)
    size = 2 * (len(spectrum) - 1)
    found = np.fft.irfft(spectrum * np.conj(np.fft.rfft(mask, size)), size)
    reach = int(_REACH / hop)
    norm = max(float(np.linalg.norm(mask - mask.mean())), 1e-9)
    lags: NDArray[np.float64] = np.concatenate((found[-reach:], found[: reach + 1])) / norm
    return lags


def _peak(correlation: NDArray[np.float64], hop: float) -> tuple[float, float]:
    """Return the highest correlation and its offset in seconds, between steps by a parabola."""
    row = int(correlation.argmax())
    part = 0.0
    if 0 < row < len(correlation) - 1:
        before, here, after = correlation[row - 1 : row + 2]
        bend = before - 2 * here + after
        part = 0.5 * float((before - after) / bend) if bend < 0 else 0.0
    return float(correlation[row]), (row + part - len(correlation) // 2) * hop


def _describe_shift(offset: float, drift: float | None, times: NDArray[np.float64]) -> list[FitFinding]:
    start, end = float(times[0, 0]), float(times[-1, 1])
    rows = (0, len(times) - 1)
    found = []
    if offset:
        side = "early" if offset > 0 else "late"
        message = f"the times are {abs(offset) * 1000:.0f} ms too {side}; shift them by {offset:+.3f} s"
        found.append(FitFinding("offset", start, end, rows, message))
    if drift:
        message = f"the times drift by {drift * 100:+.1f} % against the sound; stretch them by {1 + drift:.3f}"
        found.append(FitFinding("drift", start, end, rows, message))
    return found


def _sounding(times: NDArray[np.float64], sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the seconds of sound inside each interval."""
    edges = np.concatenate(([0.0], sound.ravel()))
    heard = np.concatenate(([0.0], np.cumsum(np.diff(sound, axis=1).ravel())))
    total = np.repeat(heard, 2)[: len(edges)]
    heard_at: NDArray[np.float64] = np.interp(times, edges, total)
    return heard_at[:, 1] - heard_at[:, 0]


def _find_silent_words(words: Timeline, times: NDArray[np.float64], sound: NDArray[np.float64]) -> list[FitFinding]:
    """Return a finding for each word that lies where nothing sounds."""
    lengths = np.maximum(np.diff(times, axis=1).ravel(), 1e-9)
    rows = np.flatnonzero(_sounding(times, sound) / lengths < _SILENT_SHARE).tolist()
    return [
        FitFinding(
            "silent_word", float(words.times[row, 0]), float(words.times[row, 1]), (row,),
            f"nothing sounds where {words.labels[row]!r} stands",
        )
        for row in rows
    ]  # fmt: skip


def _find_uncovered(times: NDArray[np.float64], sound: NDArray[np.float64]) -> list[FitFinding]:
    """Return a finding for each stretch of sound that no word covers."""
    starts = np.concatenate((times[:, 0] - _MARGIN, [np.inf]))
    ends = np.maximum.accumulate(np.concatenate(([-np.inf], times[:, 1] + _MARGIN)))
    found = []
    gaps = [(low, high, row) for row, (low, high) in enumerate(zip(ends, starts, strict=True)) if high > low]
    place = 0
    for low, high, row in gaps:
        while place < len(sound) and sound[place, 1] <= low:
            place += 1
        part = place
        while part < len(sound) and sound[part, 0] < high:
            a, b = max(float(sound[part, 0]), low), min(float(sound[part, 1]), high)
            if b - a >= _UNCOVERED:
                beside = tuple(word for word in (row - 1, row) if 0 <= word < len(times))
                found.append(
                    FitFinding("uncovered_sound", round(a, 3), round(b, 3), beside, "no word covers this sound")
                )
            part += 1
    return found


def _find_truncation(
    words: Timeline, times: NDArray[np.float64], envelope: Envelope, duration: float
) -> list[FitFinding]:
    """Return a finding if the sound breaks off loudly at its end, or words lie behind it."""
    outside = np.flatnonzero(times[:, 0] >= duration).tolist()
    tail = envelope.levels[-max(1, round(_TAIL / envelope.step)) :]
    if outside:
        message = f"the sound ends before {words.labels[outside[0]]!r}"
        return [FitFinding("truncated", duration, float(times[-1, 1]), tuple(outside), message)]
    if tail.min() > envelope.levels.max() * _LOUD_TAIL and times[-1, 1] > duration - _MARGIN:
        message = "the sound breaks off at its end"
        return [FitFinding("truncated", max(duration - _TAIL, 0.0), duration, (len(words) - 1,), message)]
    return []
