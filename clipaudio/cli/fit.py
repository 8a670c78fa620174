"""Check the times of a clip against its sound, for `check` and `inspect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from clipaudio.clip import Clip
    from clipaudio.timing.fit_report import Fit

__all__ = ["describe_fit", "fix_times"]


def describe_fit(fit: Fit) -> str:
    """Return lines for people: the score, then each finding with its time."""
    drift = "too short for drift" if fit.drift is None else f"drift {fit.drift * 100:+.1f} %"
    lines = [f"fit to the sound: {fit.score:.0f} of 100; offset {fit.offset * 1000:+.0f} ms, {drift}"]
    lines += [f"{found.start:9.3f} {found.end:9.3f}  {found.kind}: {found.message}" for found in fit.findings]
    return "\n".join([*lines, ""])


def fix_times(clip: Clip, target: Path) -> dict[str, Any] | None:
    """Write the clip, moved to fit its sound, to *target*; return what was done, None if nothing was sure.

    The extension of *target* names the format. Times are written if they then fit no worse; those of captions, of
    which only starts can be compared, always.
    """
    before = clip.fit
    if not before.offset and not before.drift:
        return None
    fixed = clip.retime(before.offset, before.drift or 0.0)
    after = fixed.fit
    if after.score < before.score and "sentences" not in clip.speech_times.given:
        return None
    fixed.save(target, phones="given")  # nothing that did not come
    return {"target": str(target), "offset": before.offset, "drift": before.drift, "score": after.score}
