"""Hear the words of a clip in its audio, and compare their times with those that were given."""

from __future__ import annotations

import logging
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.audio.envelope import read_envelope
from clipaudio.audio.reader import open_audio
from clipaudio.clip.fit import Fit, Heard, measure_fit
from clipaudio.errors import AlignmentError, MissingExtraError, SynthesisError
from clipaudio.timing.repair_report import Finding, RepairReport

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from clipaudio.audio.montage import Montage
    from clipaudio.clip.editing import ClipContent
    from clipaudio.timing.aligned import Aligned

__all__ = ["fit_of", "with_estimated_phones"]

_log = logging.getLogger(__name__)

_SAME: Final = 0.002  # seconds
_MOST_COMPARED: Final = 5000  # words; comparing lists of words takes the square of their number


def fit_of(aligned: Aligned, audio: Path | Montage, *, language: str, starts: NDArray[np.float64] | None = None) -> Fit:
    """Return how well the words of *aligned* fit the sound of *audio*.

    Parameters
    ----------
    aligned, audio, language
        Of one clip.
    starts
        float64, shape (n,), seconds: the times that were given, where those of most words were estimated (captions).
        Only words that start at one of them are compared.
    """
    with open_audio(audio) as opened:
        envelope = read_envelope(opened)
    duration = len(envelope.levels) * envelope.step
    heard = _hear(aligned, audio, language)
    if heard is not None and starts is not None:
        places = np.append(np.sort(starts[np.isfinite(starts)]), np.inf)
        after = np.searchsorted(places, aligned.words.starts - _SAME)
        is_given = places[after] <= aligned.words.starts + _SAME
        times = np.where(is_given.reshape(-1, 1), heard.times, np.nan)
        times[:, 1] = np.nan  # captions stay after the last word
        heard = heard._replace(times=times)
    return measure_fit(aligned.words, envelope, duration, heard=heard)


def _hear(aligned: Aligned, audio: Path | Montage, language: str) -> Heard | None:
    """Return the words as the aligner hears them, None where it cannot run."""
    from clipaudio.alignment.aligner import align_text  # noqa: PLC0415 - its model loads on use

    try:
        found = align_text(audio, aligned.text, language=language)
    except (MissingExtraError, AlignmentError, SynthesisError) as error:
        _log.info("the fit is measured without an aligner: %s", error)
        return None
    if found.words is None:
        return None
    given, heard = aligned.words.labels, found.words.labels
    times = np.full((len(given), 2), np.nan)
    confidences = np.full(len(given), np.nan)
    if given == heard:
        return Heard(found.words.times, np.array(found.confidences))
    if max(len(given), len(heard)) > _MOST_COMPARED:
        return None
    for a, b, size in SequenceMatcher(None, given, heard, autojunk=False).get_matching_blocks():
        times[a : a + size] = found.words.times[b : b + size]
        confidences[a : a + size] = found.confidences[b : b + size]
    confidences = np.where(np.isnan(confidences), np.nanmean(found.confidences), confidences)
    return Heard(times, confidences)


def with_estimated_phones(content: ClipContent, audio: Path | Montage | None, *, language: str) -> ClipContent:
    """Return *content* with phones estimated from the text, and from the sound where there is any."""
    from clipaudio.alignment.phone_estimation import estimate_phones  # noqa: PLC0415 - its model loads on use

    parts = []
    for part in content.parts:
        levels = part.aligned
        is_whole = len(content.parts) == 1 and not part.offset
        sound = audio if is_whole else None  # the sound of one turn of several is not apart
        phones = estimate_phones(levels.words, levels.text, language=language, audio=sound)
        finding = Finding("estimated_phone", np.arange(len(phones)))
        report = RepairReport("s", (finding,), phones.times)
        parts.append(
            replace(part, aligned=replace(levels, phones=phones, reports={**levels.reports, "phones": report}))
        )
    return replace(content, parts=tuple(parts), whole=None)
