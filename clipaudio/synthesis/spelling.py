"""Align the letters of a word with its phones.

Conventions
-----------
A block is (letters, phones): how many of each, in order; blocks cover the word and keep the order of both.
Each block has at least one of either. The best row of blocks is found by dynamic programming over eight
kinds of block with a price each, plus a price for a letter that does not go with its phone. The table of
letters is small on purpose: order and length do most of the work, in any script.
"""

from __future__ import annotations

import math

from clipaudio.text import base_letter

__all__ = ["DIGRAPHS", "SOUNDS", "VOICELESS", "VOWELS", "Block", "blocks"]

Block = tuple[int, int]

_PRICES: dict[Block, float] = {
    (1, 1): 0.0,
    (2, 1): 0.1,
    (3, 1): 0.4,
    (4, 1): 0.8,
    (1, 2): 0.5,
    (1, 3): 1.2,
    (1, 0): 0.9,
    (0, 1): 1.1,
}
_LARGEST = 40_000  # letters times phones; beyond it no word is one

SOUNDS = {
    "a": "aæɑəeɔɐʌɛ", "b": "b", "c": "ksθʃtç", "d": "dðɾ", "e": "eɛəiɪɜɚ", "f": "f", "g": "ɡgʒdɣx",
    "h": "hxɦ", "i": "iɪajə", "j": "dʒjxi", "k": "k", "l": "lɫʎ", "m": "m", "n": "nŋɲ", "o": "oɔɑʌəuøœɒ",
    "p": "p", "q": "k", "r": "ɹrɾʁɚɜʀ", "s": "szʃʒ", "t": "tɾʃθʔ", "u": "uʊʌyjəwø", "v": "vfb", "w": "wvɔ",
    "x": "kzxsʃ", "y": "jiɪyaə", "z": "zsθt", "ß": "s", "æ": "æɛ", "ø": "øœ", "œ": "œø", "þ": "θ", "ð": "ð",
    "а": "aɐʌə", "б": "bp", "в": "vf", "г": "ɡgkvɣ", "д": "dt", "е": "ejiɪɛ", "ж": "ʐʒʃʂ", "з": "zs",
    "и": "iɪɨ", "к": "k", "л": "lɫ", "м": "m", "н": "n", "о": "oɔɐaə", "п": "p", "р": "r",
    "с": "sz", "т": "td", "у": "uʊ", "ф": "f", "х": "x", "ц": "t", "ч": "t", "ш": "ʃʂ", "щ": "ɕʃ", "ы": "ɨ",
    "э": "ɛe", "ю": "juʉ", "я": "ajæɪ", "α": "a", "β": "v", "γ": "ɣʝ", "δ": "ð", "ε": "e", "ζ": "z", "η": "i",
    "θ": "θ", "ι": "ij", "κ": "kc", "λ": "lʎ", "μ": "m", "ν": "n", "ξ": "k", "ο": "o", "π": "p", "ρ": "rɾ",
    "σ": "sz", "ς": "s", "τ": "t", "υ": "ivf", "φ": "f", "χ": "xç", "ψ": "p", "ω": "o",
}  # fmt: skip
"""Letter -> first characters of the IPA labels it is often heard as."""

DIGRAPHS = {
    "th": "θðt", "sh": "ʃ", "ch": "tkʃxç", "ph": "f", "gh": "fɡ", "ck": "k", "ng": "ŋ", "qu": "k", "sc": "ʃs",
    "wh": "wh", "ee": "i", "oo": "uʊ", "ea": "iɛe", "ou": "aʌu", "ow": "aoə", "ai": "e", "ay": "e", "oa": "o",
}  # fmt: skip
"""Two letters -> first characters of the one sound they stand for."""

VOWELS = frozenset("aeiouyæɑəɔɐʌɛɪɨɜɚʊøœɒʉɯɤɵɶäɝ")
"""First characters of vowel labels."""

VOICELESS = frozenset("ptkfsʃθhxçɕʂqʔcχħ")
"""First characters of labels of voiceless consonants."""


def blocks(word: str, phones: list[str], *, spelled: bool = True) -> list[Block]:
    """Match the letters of *word* with *phones*, in order; each block has at least one letter and one phone.

    Parameters
    ----------
    spelled
        False for digits and symbols: letters and phones are dealt out evenly.

    Examples
    --------
    >>> blocks("there", ["ð", "ˈɛ", "ɹ"])
    [(2, 1), (1, 1), (2, 1)]
    >>> blocks("50%", ["f", "ˈɪ", "f", "t", "i", "p", "ɚ"], spelled=False)
    [(1, 2), (1, 2), (1, 3)]
    """
    if not word or not phones:
        return [(len(word), len(phones))] if word or phones else []
    letters = [_base(letter) for letter in word]
    spoken = sum(letter.isalpha() for letter in letters)
    if not spelled or spoken < 0.6 * len(word) or len(word) * len(phones) > _LARGEST:
        return _dealt(len(word), len(phones))
    return _joined(_cheapest(letters, [_core(phone) for phone in phones]))


def _base(letter: str) -> str:
    """Return a letter in lower case and without accents; a lone mark stays as it is."""
    return base_letter(letter.lower()) or letter


def _core(phone: str) -> str:
    """Return the character that decides what kind of sound a label is."""
    return phone.lstrip("ˈˌ'ʲ")[:1] or phone[:1]


def _dealt(letters: int, phones: int) -> list[Block]:
    """Spread letters over phones, or phones over letters, evenly."""
    rows = min(letters, phones)
    return [
        (letters * (i + 1) // rows - letters * i // rows, phones * (i + 1) // rows - phones * i // rows)
        for i in range(rows)
    ]


def _mismatch(letters: str, phone: str) -> float:
    """Price a run of letters for one phone."""
    if len(letters) == 2 and (phone in DIGRAPHS.get(letters, "") or letters[0] == letters[1]):
        return 0.0 if letters in DIGRAPHS or phone in SOUNDS.get(letters[0], phone) else 1.0
    prices = []
    for letter in letters:
        known = SOUNDS.get(letter)
        if known is None:
            prices.append(0.25 if letter.isalpha() else 1.5)
        elif phone in known:
            prices.append(0.0)
        else:
            prices.append(1.5 if (phone in VOWELS) != (letter in "aeiouy") else 1.0)
    return prices[0] if len(prices) == 1 else 0.5 * (min(prices) + sum(prices) / len(prices))


def _price(letters: list[str], phones: list[str], i: int, j: int, block: Block) -> float:
    """Price the *block* that starts at letter *i* and phone *j*."""
    take, sound = block
    if not take or not sound:
        silent = take and not letters[i].isalpha()  # apostrophes, hyphens, marks
        return 0.0 if silent else _PRICES[block]
    run = "".join(letters[i : i + take])
    return _PRICES[block] + min(_mismatch(run, phone) for phone in phones[j : j + sound])


def _cheapest(letters: list[str], phones: list[str]) -> list[Block]:
    """Find the cheapest row of blocks."""
    best = [[math.inf] * (len(phones) + 1) for _ in range(len(letters) + 1)]
    taken: dict[tuple[int, int], Block] = {}
    best[0][0] = 0.0
    for i in range(len(letters) + 1):
        for j in range(len(phones) + 1):
            if best[i][j] == math.inf:
                continue
            for block in _PRICES:
                k, m = i + block[0], j + block[1]
                if k > len(letters) or m > len(phones):
                    continue
                price = best[i][j] + _price(letters, phones, i, j, block)
                if price < best[k][m]:
                    best[k][m] = price
                    taken[k, m] = block
    row: list[Block] = []
    i, j = len(letters), len(phones)
    while i or j:
        block = taken[i, j]
        row.append(block)
        i, j = i - block[0], j - block[1]
    return row[::-1]


def _joined(row: list[Block]) -> list[Block]:
    """Join blocks without a letter or without a phone to the block before, at the start to the one after."""
    whole: list[Block] = []
    for letters, phones in row:
        if whole and (not letters or not phones or not whole[-1][0] or not whole[-1][1]):
            whole[-1] = (whole[-1][0] + letters, whole[-1][1] + phones)
        else:
            whole.append((letters, phones))
    return whole
