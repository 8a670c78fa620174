"""Read a lexicon: words with their phones, as dictionaries of recognisers and aligners have them.

A line is a word, then its phones: those of the CMU dictionary (`HELLO  HH AH0 L OW1`), of Kaldi and of the Montreal
Forced Aligner, whose numbers between word and phones are probabilities, and of lists of IPA, in which phones are not
apart (`hello<tab>/həˈloʊ/`). Of several pronunciations of a word the first counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipaudio.errors import LexiconError
from clipaudio.phonetics.alphabets import detect_alphabet, to_ipa
from clipaudio.phonetics.articulation import SoundKind
from clipaudio.phonetics.ipa import read_ipa, split_ipa
from clipaudio.phonetics.ipa_table import is_silent
from clipaudio.phonetics.label_cache import remember

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

__all__ = ["Lexicon", "loads", "read_lexicon"]

_COMMENTS: Final = (";;;", "# ", "##", "//")
_VARIANT: Final = re.compile(r"\(\d+\)$")
_NUMBER: Final = re.compile(r"\d*\.\d+|\d+\.?|\d+(?:\.\d+)?[eE][-+]?\d+")
_MOST_BYTES: Final = 64 << 20
_RUN: Final = 3  # phones in a label that are no diphthong or affricate
_SAMPLE: Final = 2000  # words whose labels show the alphabet, and are read at once
_NO_WORDS: Final = re.compile(r"<.*>|\[.*\]|!.+|\{.*\}")
"""Names of silence and noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Phones by word, read when they are asked for: a lexicon may have a million words, and a clip has a hundred.

    Attributes
    ----------
    entries
        The line of each word, in lower case, and its labels.
    alphabet
        The alphabet that they are spelled in.
    """

    entries: Mapping[str, tuple[int, tuple[str, ...]]]
    alphabet: str

    def find(self, word: str) -> tuple[str, ...] | None:
        r"""Return the phones of *word*, IPA; case and the shape of its apostrophes do not matter.

        Raises
        ------
        LexiconError
            A phone is in no known alphabet.

        Examples
        --------
        >>> loads("can't\tk ɑː n t").find("Can’t")
        ('k', 'ɑː', 'n', 't')
        """
        line, labels = self.entries.get(_key(word), (0, ()))
        return _to_phones(labels, self.alphabet, line) if labels else None


def loads(text: str) -> Lexicon:
    r"""Read a lexicon.

    Parameters
    ----------
    text
        A word and its phones a line, parted by blanks or tabs. Phones are IPA or of another alphabet that
        `clipaudio.phonetics.alphabets` detects.

    Raises
    ------
    LexiconError
        A line has no phones, or a phone of the first two thousand words is in no known alphabet; the error has its
        line.

    Examples
    --------
    >>> loads("HELLO  HH AH0 L OW1\nHELLO(2)  HH EH0 L OW1").find("hello")
    ('h', 'ə', 'l', 'ˈoʊ')
    >>> loads("hello\t/həˈloʊ/, /hɛˈloʊ/").find("hello")
    ('h', 'ə', 'ˈl', 'oʊ')
    """
    entries: dict[str, tuple[int, tuple[str, ...]]] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(_COMMENTS):
            continue
        word, labels = _read_line(line, number)
        if not _NO_WORDS.fullmatch(word):
            entries.setdefault(_key(_VARIANT.sub("", word)), (number, labels))
    if not entries:
        raise LexiconError("it has no words; expected a word and its phones a line", line=1)
    some = list(islice(entries.values(), _SAMPLE))
    found = detect_alphabet([label for _, labels in some for label in labels]).name
    lexicon = Lexicon(entries, "ipa" if found == "espeak" else found)  # marks of IPA that espeak-ng has, too
    for number, labels in some:
        _to_phones(labels, lexicon.alphabet, number)
    return lexicon


def read_lexicon(path: str | os.PathLike[str]) -> Lexicon:
    """Read the lexicon in a file; one that has not changed is read once.

    Raises
    ------
    LexiconError
        As for `loads`, or it cannot be read, is no text or larger than 64 MB.
    """
    file = Path(path)
    try:
        state = file.stat()
    except OSError as error:
        raise LexiconError(f"the lexicon {path} cannot be read: {error.strerror}; check the path", line=1) from error
    return _read_file(file.absolute(), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _read_file(path: Path, changed: int, size: int) -> Lexicon:
    del changed  # part of the key
    if size > _MOST_BYTES:
        raise LexiconError(f"{path} has {size:,} bytes; a lexicon has at most {_MOST_BYTES:,}", line=1)
    try:
        return loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise LexiconError(f"the lexicon {path} cannot be read: {error.strerror}", line=1) from error
    except UnicodeDecodeError as error:
        raise LexiconError(f"{path} is not UTF-8 text: {error}; save it as UTF-8", line=1) from error
    except LexiconError as error:
        raise LexiconError(f"{path}, line {error.line}: {error}", line=error.line) from error


def _key(word: str) -> str:
    return word.strip().lower().replace("’", "'")


def _read_line(line: str, number: int) -> tuple[str, tuple[str, ...]]:
    """Return the word and the labels of a line; a tab ends a word of several parts."""
    word, tab, rest = line.partition(" #")[0].strip().partition("\t")
    if not tab:
        word, _, rest = word.partition(" ")
    first = rest.partition(",")[0] if "/" in rest else rest
    labels = first.replace("/", " ").split()
    while labels and _NUMBER.fullmatch(labels[0]):
        del labels[0]
    if not labels:
        raise LexiconError(f"{word!r} has no phones; expected a word and its phones", line=number)
    return word.removesuffix(","), tuple(labels)


def _to_phones(labels: Sequence[str], alphabet: str, line: int) -> tuple[str, ...]:
    """Return IPA labels; a word, or a run of phones, that is spelled without blanks is split."""
    phones: list[str] = []
    for label in labels:
        parts = _read_label(label, alphabet)
        if parts is None:
            raise LexiconError(f"{label!r} is no phone of {alphabet}; spell it in IPA or ARPABET", line=line)
        phones += parts if len(labels) == 1 or len(parts) >= _RUN or not parts else ("".join(parts),)
    if not phones:
        raise LexiconError("the word has no phones that sound; expected a word and its phones", line=line)
    return tuple(phones)


@remember
def _read_label(label: str, alphabet: str) -> tuple[str, ...] | None:
    """Return the phones of a label, none for silence; None if it cannot be read."""
    ipa = to_ipa(label, alphabet)
    if "\ufffd" in ipa or any(sound.kind == SoundKind.UNKNOWN for sound in read_ipa(ipa).sounds):
        return None
    if all(map(is_silent, ipa)):
        return ()
    return split_ipa(ipa) if alphabet == "ipa" else (ipa,)
