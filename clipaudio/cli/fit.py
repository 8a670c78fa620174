"""Check the times of a clip against its sound, for `check` and `inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from clipaudio import files
from clipaudio.captions.restamping import restamp
from clipaudio.clip import open_clip
from clipaudio.errors import CaptionError
from clipaudio.export import find_format

if TYPE_CHECKING:
    from clipaudio.clip import Clip
    from clipaudio.timing.fit_report import Fit

__all__ = ["Fix", "describe_fit", "fix_times"]

_LEAST_SCORE: Final = 50.0
_CLOSE: Final = 0.011  # seconds: formats round
_RESTAMPED: Final[dict[str, Literal["srt", "webvtt", "ass"]]] = {"srt": "srt", "webvtt": "webvtt", "ass": "ass"}
_SUFFIXES: Final = {"srt": (".srt",), "webvtt": (".vtt",), "ass": (".ass", ".ssa")}


def describe_fit(fit: Fit) -> str:
    """Return lines for people: the score, then each finding with its time."""
    drift = "too short for drift" if fit.drift is None else f"drift {fit.drift * 100:+.1f} %"
    lines = [f"fit to the sound: {fit.score:.0f} of 100; offset {fit.offset * 1000:+.0f} ms, {drift}"]
    lines += [f"{found.start:9.3f} {found.end:9.3f}  {found.kind}: {found.message}" for found in fit.findings]
    return "\n".join([*lines, ""])


class Fix(NamedTuple):
    """What `fix_times` did: values of the file that it wrote or None, a sentence, and if that is a failure."""

    written: dict[str, Any] | None
    message: str
    is_failure: bool = False


def fix_times(clip: Clip, source: Path, target: Path) -> Fix:
    """Write the times of *source*, opened as *clip*, moved to fit its sound, to *target*.

    Captions whose format *target* names, too, are moved in their text. All else is written anew in the format that
    *target* names. Nothing is written where the text is not heard, or where the moved times would not fit either.
    """
    before = clip.fit
    if not before.offset and not before.drift:
        is_heard = all(found.kind != "unheard_text" for found in before.findings)
        reason = "no offset or drift is sure" if is_heard else "the text is not heard in the sound"
        return Fix(None, reason, is_failure=before.score < _LEAST_SCORE)
    offset, drift = before.offset, before.drift or 0.0
    raw = _restamp(clip, source, target, offset, drift)
    fixed = clip.retime(offset, drift) if raw is None else _reopen(clip, raw)
    is_estimated = raw is None and "sentences" in clip.speech_times.given  # then only the starts of captions were given
    after = None if is_estimated else fixed.fit
    if after is not None and (after.score < min(_LEAST_SCORE, before.score + 1) or after.score < before.score):
        message = f"moved by {offset:+.3f} s and {drift * 100:+.1f} % the times fit no better"
        return Fix(None, f"{message}: {after.describe()}", is_failure=True)
    notes = []
    if raw is None:
        fixed.save(target, phones="given")  # nothing that did not come
        if find_format(None, path=target).has_cues:
            notes = ["the captions were made anew; to keep them, name a file of the same format (SRT, WebVTT, ASS)"]
    else:
        files.write_bytes(target, raw)
    values = {"target": str(target), "offset": offset, "drift": before.drift}
    score = None if after is None else after.score
    return Fix({**values, "score": score, "notes": notes}, "; ".join([f"written: {target}", *notes]))


def _restamp(clip: Clip, source: Path, target: Path, offset: float, drift: float) -> bytes | None:
    """Return the file with its times moved in its text; None if *target* has another format, or it cannot be done.

    Raises
    ------
    CaptionError
        Times are written so that they cannot be moved in their text.
    """
    kind = _RESTAMPED.get((clip.source or "").partition("-")[0])
    if kind is None or target.suffix.lower() not in _SUFFIXES[kind]:
        return None
    raw = restamp(source.read_bytes(), kind, offset=offset, drift=drift)
    given, moved = clip.speech_times.words, _reopen(clip, raw).speech_times.words
    assert given is not None
    wanted = np.maximum(given.times * (1 + drift) + offset, 0.0)
    if (
        moved is None
        or sorted(moved.labels) != sorted(given.labels)
        or not np.allclose(moved.times, wanted, rtol=0, atol=_CLOSE, equal_nan=True)
    ):
        raise CaptionError(
            f"{source}: times are not written as usual and cannot be moved as they stand; convert it first"
        )
    return raw


def _reopen(clip: Clip, raw: bytes) -> Clip:
    return open_clip(raw, audio=clip.audio if isinstance(clip.audio, Path) else None, language=clip.language)
