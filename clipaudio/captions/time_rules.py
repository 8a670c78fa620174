"""Check the times of cues: each rule takes measurements and yields violations.

Each function is a row of `quality.RULES`. A rule about two cues is reported for the earlier one.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.captions.cue_metrics import CueMetrics, RuleFinding
from clipaudio.captions.limits import FOREVER

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = [
    "check_beyond_audio",
    "check_chain",
    "check_frame",
    "check_gap",
    "check_hold",
    "check_lead",
    "check_max_duration",
    "check_min_duration",
    "check_order",
    "check_overlap",
    "check_reading_speed",
    "check_word_speed",
]


def check_order(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues that do not end after they start, or start before the one before."""
    times = facts.milliseconds / 1000
    for i in np.flatnonzero(facts.milliseconds[:, 1] <= facts.milliseconds[:, 0]).tolist():
        start, end = times[i].tolist()
        yield RuleFinding(i, end, start, True, f"ends at {end:.3f} but starts at {start:.3f} seconds")
    for i in np.flatnonzero(~facts.in_order).tolist():
        before, start = times[i, 0].item(), times[i + 1, 0].item()
        message = f"starts at {start:.3f} but the cue before at {before:.3f} seconds"
        yield RuleFinding(i + 1, start, before, True, message)


def check_overlap(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues that overlap."""
    broken = facts.in_order & (facts.milliseconds[1:, 0] < facts.milliseconds[:-1, 1])
    for i in np.flatnonzero(broken).tolist():
        shared = (facts.milliseconds[i, 1] - facts.milliseconds[i + 1, 0]).item() / 1000
        can = bool(facts.starts[i + 1] > min(facts.starts[i], facts.free_from[i]))
        yield RuleFinding(i, shared, 0.0, can, f"stands {shared:.3f} seconds into the next cue")


def check_gap(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find gaps below the minimum."""
    least = facts.limits.gap
    broken = facts.in_order & (facts.gaps >= 0) & (facts.gaps < least)
    broken &= facts.milliseconds[1:, 0] >= facts.milliseconds[:-1, 1]
    for i in np.flatnonzero(broken).tolist():
        found = facts.gaps[i].item()
        can = bool(facts.free_to[i] - min(facts.starts[i], facts.free_from[i]) >= 1)
        yield RuleFinding(i, facts.seconds(found), facts.seconds(least), can, _apart(facts, found, "<", least))


def check_chain(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find gaps that look like a flicker."""
    limits = facts.limits
    broken = facts.in_order & (facts.gaps > limits.closed) & (facts.gaps < limits.chain)
    for i in np.flatnonzero(broken).tolist():
        found = facts.gaps[i].item()
        can = bool(facts.starts[i + 1] - facts.strict.gap - facts.starts[i] <= facts.strict.longest)
        message = f"{_apart(facts, found, '<', limits.chain)}; closed it would be {facts.seconds(limits.gap):.3f}"
        yield RuleFinding(i, facts.seconds(found), facts.seconds(limits.chain), can, message)


def check_min_duration(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues too short to be seen."""
    least = facts.limits.shortest if facts.profile.min_duration else 0
    lasting = facts.ends - facts.starts
    room = facts.free_to - facts.opens
    for i in np.flatnonzero(facts.forward & (lasting < least)).tolist():
        value, limit = facts.seconds(lasting[i].item()), facts.profile.min_duration
        yield RuleFinding(
            i, value, limit, bool(room[i] >= facts.strict.shortest), _beside(value, "<", limit, "seconds")
        )


def check_max_duration(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues that stay too long; speech that lasts as long is unavoidable."""
    lasting = facts.ends - facts.starts
    spoken = facts.has_words & (facts.sound_ends - facts.sound_starts > facts.strict.longest)
    for i in np.flatnonzero(lasting > facts.limits.longest).tolist():
        value, limit = facts.seconds(lasting[i].item()), facts.profile.max_duration
        yield RuleFinding(i, value, limit, not spoken[i], _beside(value, ">", limit, "seconds"))


def check_reading_speed(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues too short for their characters."""
    limit = facts.profile.reading_speed
    for i, can in _too_fast(facts, by_words=False):
        value = facts.columns[i] / facts.profile.char_columns / facts.seconds((facts.ends[i] - facts.starts[i]).item())
        yield RuleFinding(i, value, limit, can, _beside(value, ">", limit, "characters a second"))


def check_word_speed(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues too short for their words."""
    limit = facts.profile.seconds_per_word
    for i, can in _too_fast(facts, by_words=True):
        value = facts.seconds((facts.ends[i] - facts.starts[i]).item()) / facts.words[i]
        yield RuleFinding(i, value, limit, can, _beside(value, "<", limit, "seconds a word"))


def _too_fast(facts: CueMetrics, *, by_words: bool) -> Iterator[tuple[int, bool]]:
    """Yield the cues too short to be read, and whether there is room within hold and lead."""
    counts = [(0, count) for count in facts.words] if by_words else [(count, 0) for count in facts.columns]
    needs = np.array([min(FOREVER, facts.limits.reading(*count)) for count in counts], np.int64)
    strict = facts.strict
    held = facts.sound_ends + strict.hold
    following = np.append(facts.starts[1:], FOREVER)[: len(held)]
    closing = (following < held + strict.chain) & (following - strict.gap - facts.starts <= strict.longest)
    stop = np.where(closing, facts.free_to, np.minimum(facts.free_to, held))
    room = np.minimum(stop - np.maximum(facts.opens, facts.first_start), strict.longest)
    room = np.maximum(
        room, np.minimum(facts.free_to - facts.opens, strict.shortest)
    )  # the minimum duration is always allowed
    for i in np.flatnonzero(facts.forward & (facts.ends - facts.starts < needs)).tolist():
        yield i, bool(room[i] >= strict.reading(*counts[i]))


def check_lead(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues that start after their sound, or before it by more than lead or minimum duration require."""
    one = 1 if facts.fps is not None else ceil(facts.limits.rate / 24)
    for i in np.flatnonzero(facts.has_words & (facts.starts < facts.first_start)).tolist():
        early = facts.seconds((facts.sound_starts[i] - facts.starts[i]).item())
        limit = float(facts.profile.lead(facts.fps))
        yield RuleFinding(i, early, limit, True, f"starts {early:.3f} seconds before its sound")
    for i in np.flatnonzero(facts.has_words & (facts.starts > facts.sound_starts + one)).tolist():
        late = facts.seconds((facts.sound_starts[i] - facts.starts[i]).item())
        can = bool(facts.free_from[i] <= facts.sound_starts[i] + one)
        yield RuleFinding(i, late, 0.0, can, f"starts {-late:.3f} seconds after its sound")


def check_hold(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues that stay too long after their sound, unless the next one follows."""
    limits = facts.limits
    most = np.maximum(facts.sound_ends + limits.hold, facts.starts + facts.strict.shortest)
    closed = (facts.gaps <= limits.closed) & (facts.starts[1:] < most[:-1] + facts.strict.chain)
    alone = np.append(~closed, True)[: len(facts.starts)]
    for i in np.flatnonzero(facts.has_words & alone & (facts.ends > most)).tolist():
        value = facts.seconds((facts.ends[i] - facts.sound_ends[i]).item())
        message = _beside(value, ">", facts.profile.hold, "seconds after its sound")
        yield RuleFinding(i, value, facts.profile.hold, True, message)


def check_frame(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find times that are not those of a video frame, truncated or rounded to milliseconds."""
    if facts.fps is None:
        return
    up, down = facts.limits.rate.numerator, 1000 * facts.limits.rate.denominator
    frames = np.stack([facts.starts, facts.ends], axis=1)
    broken = abs(facts.milliseconds * up - frames * down) >= up  # a whole millisecond away from the frame
    for i in np.flatnonzero(broken.any(axis=1)).tolist():
        side = 0 if broken[i, 0] else 1
        value = facts.milliseconds[i, side].item() / 1000
        limit = float(frames[i, side].item() / facts.limits.rate)
        which = ("starts", "ends")[side]
        yield RuleFinding(i, value, limit, True, f"{which} at {value:.3f}, the nearest frame at {limit:.4f} seconds")


def check_beyond_audio(facts: CueMetrics) -> Iterator[RuleFinding]:
    """Find cues that end after the audio."""
    if facts.audio is None:
        return
    for i in np.flatnonzero(facts.milliseconds[:, 1] > facts.audio).tolist():
        value, limit = facts.milliseconds[i, 1].item() / 1000, facts.audio / 1000
        can = bool(facts.stop - facts.starts[i] >= 1)
        yield RuleFinding(i, value, limit, can, f"ends at {value:.3f}, the audio at {limit:.3f} seconds")


def _apart(facts: CueMetrics, found: int, sign: str, limit: int) -> str:
    """Compare two gaps in words, also in frames if there is a rate."""
    text = f"{facts.seconds(found):.3f} {sign} {facts.seconds(limit):.3f} seconds"
    return text if facts.fps is None else f"{text} ({found} {sign} {limit} frames)"


def _beside(value: float, sign: str, limit: float, unit: str) -> str:
    """Compare two numbers in words, with enough digits to show the difference."""
    limit_text = f"{limit:.3g}"
    for digits in (3, 4, 5, 6):
        text = f"{value:.{digits}g}"
        if text != limit_text:
            break
    return f"{text} {sign} {limit_text} {unit}"
