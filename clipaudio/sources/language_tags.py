"""Language tags, as sources spell them: `en-US`, `eng`, `english`, all to one form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["header_language", "language_tag"]

_THREE: Final = {
    "ara": "ar", "ben": "bn", "bul": "bg", "cat": "ca", "ces": "cs", "cmn": "zh", "cze": "cs", "dan": "da",
    "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "est": "et", "fas": "fa", "fin": "fi", "fra": "fr",
    "fre": "fr", "ger": "de", "gre": "el", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id",
    "ita": "it", "jpn": "ja", "kat": "ka", "kor": "ko", "lav": "lv", "lit": "lt", "msa": "ms", "nld": "nl",
    "nor": "no", "per": "fa", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk",
    "slo": "sk", "slv": "sl", "spa": "es", "srp": "sr", "swe": "sv", "tam": "ta", "tel": "te", "tha": "th",
    "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "yue": "yue", "zho": "zh",
}  # fmt: skip
"""ISO 639-2 and 639-3 to 639-1."""
_NAMES: Final = {
    "arabic": "ar", "bengali": "bn", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr",
    "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi",
    "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu",
    "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko", "latvian": "lv", "lithuanian": "lt",
    "malay": "ms", "norwegian": "no", "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro",
    "russian": "ru", "serbian": "sr", "slovak": "sk", "slovenian": "sl", "spanish": "es", "swedish": "sv",
    "tamil": "ta", "telugu": "te", "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur",
    "vietnamese": "vi",
}  # fmt: skip
_NO_LANGUAGE: Final = frozenset({"und", "mul", "mis", "zxx"})
"""What ISO 639 has for texts whose language is unknown, for several, for one without a code, and for none."""
_HEADER: Final = re.compile(r"language:[ \t]*(\S+)[ \t]*|\[la:[ \t]*([^\s\]]+)[ \t]*\]", re.IGNORECASE)
"""The line of a WebVTT header, as YouTube writes it, and the tag of LRC."""
_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))*\Z")


def language_tag(value: object) -> str | None:
    """Return the tag for what a source says; None where it names no language.

    Examples
    --------
    >>> [language_tag(value) for value in ("en-us", "eng", "english", "pt_BR", "auto", "und", None, 7)]
    ['en-US', 'en', 'en', 'pt-BR', None, None, None, None]
    """
    if not isinstance(value, str):
        return None
    name = value.strip().lower()
    if name in _NAMES:
        return _NAMES[name]
    if name in _NO_LANGUAGE or not _TAG.match(name):
        return None
    language, *rest = re.split("[-_]", name)
    language = _THREE.get(language, language)
    return "-".join([language, *(part.upper() if len(part) == 2 else part.title() for part in rest)])


def header_language(lines: Iterable[str]) -> str | None:
    r"""Return the tag that a line of the header of WebVTT or LRC names; None where none does.

    The header of WebVTT ends at the first empty line; the tags of LRC may stand anywhere.

    Examples
    --------
    >>> header_language(["WEBVTT", "Kind: captions", "Language: de"]), header_language(["[ti:Lied]", "[la:de]"])
    ('de', 'de')
    """
    for line in lines:
        found = _HEADER.fullmatch(line.strip())
        if found:
            return language_tag(found[1] or found[2])
    return None
