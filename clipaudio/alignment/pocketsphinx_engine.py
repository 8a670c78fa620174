"""Align English with pocketsphinx, whose model of recorded speech comes inside its package.

Words of its dictionary are pronounced as there, all others, and numbers, as espeak-ng says them. It has no filler: all
words are said, and nothing else is.
"""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.alignment.phone_classes import CLASSES, classes_of
from clipaudio.alignment.pronunciation import pronounce, voice_of_language
from clipaudio.errors import AlignmentError
from clipaudio.extras import import_extra
from clipaudio.phonetics.alphabets import to_ipa
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import Pronunciation, SpokenWord
    from clipaudio.alignment.sound import MonoSound

__all__ = ["align_with_pocketsphinx", "load"]

_log = logging.getLogger(__name__)

_RATE: Final = 16_000
_FRAMES: Final = 100  # a second
_PAD: Final = 0.3  # seconds of faint noise at both ends: digital silence breaks its model of noise
_MOST_SECONDS: Final = 1800.0
_SINGLE: Final = dict(
    pair.split(":")
    for pair in (
        "a:AA ɑ:AA æ:AE ʌ:AH ɔ:AO o:OW ə:AH ɜ:ER e:EY ɛ:EH ɪ:IH i:IY ʊ:UH u:UW y:UW ø:ER p:P b:B t:T d:D k:K ɡ:G f:F"
        " v:V θ:TH ð:DH s:S z:Z ʃ:SH ʒ:ZH x:K h:HH m:M n:N ŋ:NG l:L r:R ɹ:R j:Y w:W"
    ).split()
)
_DOUBLE: Final = {"aɪ": "AY", "aʊ": "AW", "ɔɪ": "OY", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW", "tʃ": "CH", "dʒ": "JH"}


def load() -> Any:  # noqa: ANN401 - a module of another project
    """Return the module of pocketsphinx.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    return import_extra("pocketsphinx", extra="pocketsphinx", purpose='engine="pocketsphinx"')


def align_with_pocketsphinx(sound: MonoSound, text: str, language: str) -> SpeechTimes:
    """Return the words and phones of an English *text* in *sound*, without confidences.

    Raises
    ------
    AlignmentError
        The text is not English, the sound lasts more than half an hour, or no path leads through it.
    MissingExtraError
        pocketsphinx or espeakng-loader is not installed.
    """
    module = load()
    if not voice_of_language(language).startswith("en"):
        raise AlignmentError(f"pocketsphinx aligns English, not {language!r}; take the engine clipaudio")
    spoken = pronounce(text, language=language)
    samples = np.concatenate([np.empty(0, np.float32), *sound.blocks(_RATE, most_seconds=_MOST_SECONDS)])
    decoder = module.Decoder(beam=1e-80, wbeam=1e-60, pbeam=1e-80, bestpath=False, lm=None, loglevel="FATAL")
    names = _add_words(decoder, spoken)
    decoder.set_align_text(" ".join(names))
    data = _to_pcm(samples)
    _decode(decoder, data)
    frames = [(entry.start_frame, entry.end_frame + 1) for entry in decoder.seg() or () if entry.word[0] not in "<["]
    if len(frames) != len(names):
        raise AlignmentError(f"pocketsphinx hears {len(frames)} of {len(names)} words; is the text what is said?")
    phones = _align_phones(decoder, data, spoken, frames)
    limits = (0.0, sound.duration)
    return SpeechTimes(
        source="pocketsphinx",
        words=TimedText(tuple(word.text for word in spoken.words), np.clip(_seconds(frames), *limits)),
        phones=Timeline(tuple(label for label, _ in phones), np.clip(_seconds([pair for _, pair in phones]), *limits)),
        text=spoken.text,
        language="en",
        duration=sound.duration,
        is_estimated=True,
    )


def _add_words(decoder: Any, spoken: Pronunciation) -> list[str]:  # noqa: ANN401 - of another project
    """Return the name of each word in the dictionary, and add those that it lacks."""
    names: list[str] = []
    added: set[str] = set()
    for word in spoken.words:
        plain = word.text.lower().replace("’", "'")
        name = plain
        if not plain.replace("'", "").isalpha() or decoder.lookup_word(plain) is None:
            phones = " ".join(_to_arpabet(spoken, word))
            name = "_".join(["w", *phones.split()]).lower()  # one entry for each pronunciation
            if name not in added:
                decoder.add_word(name, phones, False)
                added.add(name)
        names.append(name)
    return names


def _to_arpabet(spoken: Pronunciation, word: SpokenWord) -> list[str]:
    """Return the phones of *word* in ARPABET."""
    found = []
    for label in spoken.phones[slice(*word.phones)]:
        letters = "".join(CLASSES[number] for number in classes_of(label))
        found += [_DOUBLE[letters]] if letters in _DOUBLE else [_SINGLE[letter] for letter in letters]
    return found


def _to_pcm(samples: NDArray[np.float32]) -> bytes:
    """Return 16-bit samples with noise of two steps, padded at both ends."""
    padded = np.pad(samples * np.float32(32767), round(_PAD * _RATE))
    noise = np.random.default_rng(0).integers(-2, 3, len(padded))
    pcm: NDArray[np.int16] = np.clip(np.round(padded) + noise, -32768, 32767).astype("<i2")
    return pcm.tobytes()


def _decode(decoder: Any, data: bytes) -> None:  # noqa: ANN401 - of another project
    decoder.start_utt()
    decoder.process_raw(data, full_utt=True)
    decoder.end_utt()


def _align_phones(
    decoder: Any,  # noqa: ANN401 - of another project
    data: bytes,
    spoken: Pronunciation,
    frames: list[tuple[int, int]],
) -> list[tuple[str, tuple[float, float]]]:
    """Return the phones, IPA, with their frames; where the second pass fails, those of espeak-ng by typical lengths."""
    try:
        decoder.set_alignment()
        _decode(decoder, data)
        alignment = decoder.get_alignment()
        return [  # in one go: an entry is gone when the next one is read
            (to_ipa(phone.name, "arpabet"), (phone.start, phone.start + phone.duration))
            for word in alignment
            if word.name[0] not in "<["
            for phone in word
        ]
    except RuntimeError as error:  # it often loses its way at the last phone
        _log.info("pocketsphinx times no phones (%s); they have typical lengths", error)
    phones: list[tuple[str, tuple[float, float]]] = []
    for word, (start, end) in zip(spoken.words, frames, strict=True):
        ends = np.cumsum(np.append(0.0, spoken.durations[slice(*word.phones)]))
        places = (start + ends / max(float(ends[-1]), 1e-9) * (end - start)).tolist()
        phones += zip(spoken.phones[slice(*word.phones)], pairwise(places), strict=True)
    return phones


def _seconds(frames: list[tuple[int, int]] | list[tuple[float, float]]) -> NDArray[np.float64]:
    seconds: NDArray[np.float64] = np.array(frames, np.float64).reshape(-1, 2) / _FRAMES - _PAD
    return seconds
