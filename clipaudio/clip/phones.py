"""Give each part of a clip that has no phones those of its text, for `Clip.with_phones` and every export.

Phones of a part are laid into its words by its sound, if the audio is at hand and says the text, else by their typical
lengths. Parts with phones stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import AlignmentError, AudioError, ClipAudioError, MissingExtraError, SynthesisError
from clipaudio.export.context import PhonedLevels
from clipaudio.phonetics.alphabets import check_alphabet, detect_alphabet
from clipaudio.timing.repair_report import Finding, RepairReport

if TYPE_CHECKING:
    from clipaudio.clip.editing import ClipContent
    from clipaudio.clip.hearing import Hearing
    from clipaudio.export.options import Part
    from clipaudio.phonetics.lexicon import Lexicon
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["estimate_levels", "has_phones"]

_FOR_PHONES: Final = "for phones of the text"
_OF_LETTERS: Final = ("words", "sentences")
"""Levels that are found already, and do not depend on phones."""


class _PhonedPart(NamedTuple):
    """A part with phones, the voice that said them, and whether the sound placed them."""

    part: Part
    voice: str
    by_sound: bool
    lettered: int
    silent: int


def has_phones(content: ClipContent) -> bool:
    """Return True if no part has words without phones."""
    return all(len(part.aligned.phones) or not len(part.aligned.words) for part in content.parts)


def estimate_levels(
    content: ClipContent,
    hearing: Hearing,
    *,
    lexicon: Lexicon | None = None,
    alphabet: str | None = None,
    is_demanded: bool = True,
) -> PhonedLevels:
    """Return the levels of *content* with estimated phones where none came, and notes on them.

    Parameters
    ----------
    content
        Of a clip.
    hearing
        Its sound.
    lexicon
        Phones of words.
    alphabet
        That of the given phones; None detects it.
    is_demanded
        Raise the error if a part cannot have phones. Else the parts that cannot stay without, and `PhonedLevels.hint`
        says how to get them.

    Raises
    ------
    AlignmentError
        There is nothing to speak, or espeak-ng does not speak the language.
    MissingExtraError
        espeakng-loader is not installed.
    """
    made: list[Part] = []
    found: list[_PhonedPart] = []
    hint = ""
    for part in content.parts:
        made.append(part)
        if len(part.aligned.phones) or not len(part.aligned.words):
            if alphabet is not None:
                made[-1] = replace(part, aligned=part.aligned.with_alphabet(alphabet))
            continue
        try:
            found.append(_estimate_part(part, content, hearing, lexicon))
        except (MissingExtraError, AlignmentError, SynthesisError) as error:
            if is_demanded:
                raise
            hint = _describe_remedy(error)
            continue
        made[-1] = found[-1].part
    changed = replace(content, parts=tuple(made), whole=None)
    if content.whole is not None:  # its letters were repaired as a whole
        reports = {**content.whole.reports, "phones": changed.aligned.reports["phones"]}
        changed = replace(changed, whole=replace(changed.aligned, reports=reports))
    return PhonedLevels(changed.aligned, changed.parts, _describe(found, len(content.parts)), hint)


def _estimate_part(part: Part, content: ClipContent, hearing: Hearing, lexicon: Lexicon | None) -> _PhonedPart:
    from clipaudio.alignment.phone_estimation import estimate_phones  # noqa: PLC0415 - most clips need no engine

    levels = part.aligned
    spoken = hearing.pronounce(levels.text, levels.language, lexicon)
    heard: SpeechTimes | None = None
    if hearing.audio is not None and part.original is None:  # nobody says a translation
        is_whole = len(content.parts) == 1 and not part.offset
        span = None if is_whole else (part.offset, part.offset + levels.duration)
        try:
            heard = hearing.align(levels.text, levels.language, lexicon, span=span)
        except (AlignmentError, AudioError):
            heard = None  # silence, or too short: typical lengths
    phones, lettered = estimate_phones(levels.words, spoken, heard=heard)
    if not len(phones):
        raise AlignmentError("no sound of the text is known")
    rows = np.arange(len(phones))
    findings = [Finding("estimated_phone", rows)]
    middles = phones.times.mean(axis=1)
    word_of_phone = np.searchsorted(levels.words.ends, middles).clip(max=len(levels.words) - 1)
    lettered = np.intersect1d(lettered, word_of_phone)
    if len(lettered):
        findings.append(
            Finding("letter_phone", rows[np.isin(word_of_phone, lettered)], levels.words.labels[lettered[0]])
        )
    report = RepairReport("s", tuple(findings), phones.times)
    aligned = replace(
        levels,
        phones=phones,
        reports={**levels.reports, "phones": report},
        known_alphabet=check_alphabet("espeak" if detect_alphabet(phones.labels).name == "espeak" else "ipa"),
    )
    aligned.__dict__.update({name: levels.__dict__[name] for name in _OF_LETTERS if name in levels.__dict__})
    silent = len(levels.words) - len(np.unique(word_of_phone))
    return _PhonedPart(replace(part, aligned=aligned), spoken.voice, heard is not None, len(lettered), silent)


def _describe(found: list[_PhonedPart], parts: int) -> tuple[str, ...]:
    """Return notes on the phones that were estimated."""
    if not found:
        return ()
    came = "no phones came" if len(found) == parts else "some of the clips came without phones"
    ways = {one.by_sound for one in found}
    way = "by the sound" if ways == {True} else "by typical lengths" if ways == {False} else "by the sound in part"
    voices = ", ".join(dict.fromkeys(one.voice for one in found))
    notes = [f"{came}: they are estimated from the text ({voices}), placed {way}"]
    if lettered := sum(one.lettered for one in found):
        notes.append(
            f"words that espeak-ng says otherwise than they are written have phones of their letters: {lettered}"
        )
    if silent := sum(one.silent for one in found):
        notes.append(f"words without a known sound, or too short for one, have no phones: {silent}")
    return tuple(notes)


def _describe_remedy(error: ClipAudioError) -> str:
    """Return how to get phones, after an error."""
    if isinstance(error, MissingExtraError):
        from clipaudio.extras import install_command  # noqa: PLC0415 - runs where a package is missing

        return f"{_FOR_PHONES}, {install_command('align')}"
    return str(error)
