"""Write EBU STL (.stl): subtitles for teletext, a block of 1024 bytes and one of 128 bytes for each part of a subtitle.

Rules: EBU Tech 3264, https://tech.ebu.ch/docs/tech/tech3264.pdf. Latin text is written in ISO 6937, where a mark comes
before its letter; Cyrillic, Greek, Arabic and Hebrew in the parts of ISO 8859. Time codes count 25 frames a second.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.captions.formats.fixed_lines import fit_lines
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.timestamp import round_to_units
from clipaudio.errors import ExportError
from clipaudio.text import primary_language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["COLUMNS", "StlFile", "encode"]

COLUMNS: Final = 36
"""Columns of a teletext row that are left beside the codes of its box."""
_FPS: Final = 25
_ROWS: Final = 23
_TEXT_BYTES: Final = 112
_MOST: Final = 65_535
_NEW_LINE, _UNUSED, _START_BOX, _END_BOX, _DOUBLE = b"\x8a", b"\x8f", b"\x0b\x0b", b"\x0a\x0a", b"\x0d"
_MARKS: Final = {
    "\u0300": (0xC1, "AEIOU"), "\u0301": (0xC2, "ACEILNORSUYZ"), "\u0302": (0xC3, "ACEGHIJOSUWY"),
    "\u0303": (0xC4, "AINOU"), "\u0304": (0xC5, "AEIOU"), "\u0306": (0xC6, "AGU"), "\u0307": (0xC7, "CEGIZ"),
    "\u0308": (0xC8, "AEIOUY"), "\u030a": (0xCA, "AU"), "\u0327": (0xCB, "CGKLNRST"), "\u030b": (0xCD, "OU"),
    "\u0328": (0xCE, "AEIU"), "\u030c": (0xCF, "CDELNRSTZ"),
}  # fmt: skip
"""Combining mark -> its code, and the letters that ISO 6937 has with it."""
_LETTERS: Final = {
    "¡": 0xA1, "¢": 0xA2, "£": 0xA3, "$": 0xA4, "¥": 0xA5, "§": 0xA7, "‘": 0xA9, "“": 0xAA, "«": 0xAB, "°": 0xB0,
    "±": 0xB1, "²": 0xB2, "³": 0xB3, "×": 0xB4, "µ": 0xB5, "¶": 0xB6, "·": 0xB7, "÷": 0xB8, "’": 0xB9, "”": 0xBA,
    "»": 0xBB, "¼": 0xBC, "½": 0xBD, "¾": 0xBE, "¿": 0xBF, "—": 0xD0, "¹": 0xD1, "®": 0xD2, "©": 0xD3, "™": 0xD4,
    "♪": 0xD5, "Æ": 0xE1, "Đ": 0xE2, "ª": 0xE3, "Ħ": 0xE4, "Ĳ": 0xE6, "Ŀ": 0xE7, "Ł": 0xE8, "Ø": 0xE9, "Œ": 0xEA,
    "º": 0xEB, "Þ": 0xEC, "Ŧ": 0xED, "Ŋ": 0xEE, "ŉ": 0xEF, "ĸ": 0xF0, "æ": 0xF1, "đ": 0xF2, "ð": 0xF3, "ħ": 0xF4,
    "ı": 0xF5, "ĳ": 0xF6, "ŀ": 0xF7, "ł": 0xF8, "ø": 0xF9, "œ": 0xFA, "ß": 0xFB, "þ": 0xFC, "ŧ": 0xFD, "ŋ": 0xFE,
    "¤": 0xA8, "←": 0xAC, "↑": 0xAD, "→": 0xAE, "↓": 0xAF, "¬": 0xD6, "¦": 0xD7, "Ω": 0xE0, "Ð": 0xE2,
}  # fmt: skip
_TABLES: Final = {b"00": "", b"01": "iso8859_5", b"02": "iso8859_6", b"03": "iso8859_7", b"04": "iso8859_8"}
_PLAIN: Final = {"–": "-", "…": "...", "\u2060": "", "\u200b": "", "\u00ad": "", "−": "-", "‐": "-", "‑": "-", "„": '"'}
_QUOTES: Final = {"‘": "'", "’": "'", "“": '"', "”": '"', "—": "-", "«": '"', "»": '"'}
_LANGUAGES: Final = {
    "sq": b"01", "ca": b"03", "hr": b"04", "cy": b"05", "cs": b"06", "da": b"07", "de": b"08", "en": b"09", "es": b"0A",
    "et": b"0C", "eu": b"0D", "fr": b"0F", "ga": b"11", "is": b"14", "it": b"15", "la": b"17", "lv": b"18", "lt": b"1A",
    "hu": b"1B", "mt": b"1C", "nl": b"1D", "no": b"1E", "pl": b"20", "pt": b"21", "ro": b"22", "sr": b"24", "sk": b"25",
    "sl": b"26", "fi": b"27", "sv": b"28", "tr": b"29", "ar": b"7E", "bg": b"77", "el": b"70", "he": b"6C", "ru": b"56",
    "uk": b"49", "fa": b"5A",
}  # fmt: skip


class StlFile(NamedTuple):
    """The bytes of a file, with the characters that its table lacks."""

    data: bytes
    replaced: tuple[str, ...]


def encode(cues: Iterable[Cue], *, language: str = "", title: str = "", speakers: bool = False) -> StlFile:
    r"""Return *cues* as an EBU STL file, without cues that have no text.

    Lines longer than 36 columns are broken between words. A character that the table of the file lacks is replaced by
    its letter without marks, else by "?", and reported.

    Parameters
    ----------
    language
        Language tag of the text; unknown ones are left open.
    title
        Title of the programme.
    speakers
        Name the speaker before the text where it changes.

    Raises
    ------
    ExportError
        A time is not finite or after 24 hours, there are more than 65535 subtitles, a subtitle has more than 11 lines,
        or no table holds the script of the text.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> file = encode([Cue(1.0, 2.0, ("Hé",))], language="fr")
    >>> len(file.data), file.data[3:11], file.data[1024 + 16 : 1024 + 25]
    (1152, b'STL25.01', b'\r\x0b\x0bH\xc2e\n\n\x8f')
    """
    kept = prepare(cues, words=False).cues
    kept = label_speakers(kept) if speakers else kept
    table = _choose_table("".join([cue.text for cue in kept]))
    replaced: dict[str, None] = {}
    blocks = []
    for number, (cue, (start, end)) in enumerate(zip(kept, round_to_units(kept, _FPS), strict=True)):
        if number >= _MOST or end >= 24 * 3600 * _FPS:
            raise ExportError("EBU STL holds 65535 subtitles of one day; cut the clip into parts")
        lines = fit_lines([_simplify(line, table, replaced) for line in cue.lines], columns=COLUMNS)
        if len(lines) > _ROWS // 2:
            raise ExportError(f"the cue at {cue.start:.3f} s needs {len(lines)} lines, and teletext has 11; cut it")
        row = _ROWS - 1 - 2 * (len(lines) - 1)
        blocks += _blocks(number, (_time_code(start), _time_code(end)), row, _text(lines, table))
    first = _time_code(round_to_units(kept[:1], _FPS)[0][0]) if kept else bytes(4)
    header = _header(language, title, table, blocks=len(blocks), subtitles=len(kept), first=first)
    return StlFile(header + b"".join(blocks), tuple(replaced))


def _choose_table(text: str) -> bytes:
    """Return the code of the table that holds most of *text*."""
    letters = {unicodedata.normalize("NFKD", mark)[0] for mark in text if mark.isalpha()}
    missing = {table: sum(_encode(mark, table) is None for mark in letters) for table in _TABLES}
    table = min(missing, key=lambda one: missing[one])
    if letters and missing[table] * 2 > len(letters):
        raise ExportError(
            "EBU STL has tables for Latin, Cyrillic, Arabic, Greek and Hebrew letters, and the text has others; choose"
            " ttml or ebu-tt-d"
        )
    return table


def _encode(mark: str, table: bytes) -> bytes | None:
    """Return the bytes of a character, None if the table lacks it."""
    if " " <= mark <= "~" and (table != b"00" or mark != "$"):
        return mark.encode("ascii")
    if table != b"00":
        try:
            return mark.encode(_TABLES[table])
        except UnicodeEncodeError:
            return None
    if mark in _LETTERS:
        return bytes([_LETTERS[mark]])
    parts = unicodedata.normalize("NFD", mark)
    code, letters = _MARKS.get(parts[-1], (0, ""))
    if len(parts) == 2 and parts[0].isascii() and parts[0].upper() in letters:
        return bytes([code]) + parts[0].encode("ascii")
    return None


def _simplify(line: str, table: bytes, replaced: dict[str, None]) -> str:
    """Return *line* in characters that the table holds."""
    out = []
    for mark in unicodedata.normalize("NFC", line):
        plain = mark
        if _encode(mark, table) is None:
            plain = _PLAIN.get(mark, _QUOTES.get(mark, " " if mark.isspace() else ""))
            if not plain and mark not in _PLAIN:
                base = unicodedata.normalize("NFKD", mark)[0]
                is_silent = unicodedata.category(mark) in {"Mn", "Cf"}
                plain = base if _encode(base, table) is not None else "" if is_silent else "?"
                replaced[mark] = None
        out.append(plain)
    return "".join(out)


def _text(lines: list[str], table: bytes) -> bytes:
    boxed = [_DOUBLE + _START_BOX + b"".join([_encode(mark, table) or b"" for mark in line]) for line in lines]
    return (_END_BOX + _NEW_LINE * 2).join(boxed) + _END_BOX


def _blocks(number: int, times: tuple[bytes, bytes], row: int, text: bytes) -> list[bytes]:
    """Return the blocks of one subtitle: all but the last are marked as continued."""
    parts = [text[first : first + _TEXT_BYTES] for first in range(0, len(text), _TEXT_BYTES)]
    out = []
    for place, part in enumerate(parts):
        block = 0xFF if place == len(parts) - 1 else place
        head = bytes([0]) + number.to_bytes(2, "little") + bytes([block, 0]) + times[0] + times[1] + bytes([row, 2, 0])
        out.append(head + part.ljust(_TEXT_BYTES, _UNUSED))
    return out


def _time_code(frame: int) -> bytes:
    seconds, frames = divmod(frame, _FPS)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return bytes([hours, minute, second, frames])


def _header(language: str, title: str, table: bytes, *, blocks: int, subtitles: int, first: bytes) -> bytes:
    """Return the block of general information, text in code page 850."""
    name = title.encode("cp850", "replace")[:32].ljust(32)
    fields = [
        b"850STL25.011",  # code page, 25 frames a second, teletext level 1
        table,
        _LANGUAGES.get(primary_language(language), b"00"),
        name,
        b" " * (32 * 5 + 16),  # other titles, translator, reference
        b"700101700101",  # dates of creation and revision: the same bytes in every run
        b"00",
        f"{blocks:05d}{subtitles:05d}001".encode("ascii"),
        b"40",
        f"{_ROWS}".encode("ascii"),
        b"1" + b"00000000",
        "".join([f"{value:02d}" for value in first]).encode("ascii"),
        b"11",
        b" " * (3 + 32 * 3 + 75 + 576),
    ]
    return b"".join(fields)
