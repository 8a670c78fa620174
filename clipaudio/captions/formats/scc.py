"""Write Scenarist closed captions (.scc): CEA-608 as pop-on captions, two bytes a video frame of 29.97 a second.

Rules: 47 CFR 15.119 and CEA-608-E; the file is the one of Scenarist, with drop-frame time codes. A caption is sent into
an unseen buffer and shown by one code, so it must be sent before it is shown: two characters take a frame. Where there
is no time for that, a caption is shown late, and the report says by how much.

Conventions
-----------
Frames are counted, not seconds: frame f begins at f * 1001/30000 s. Bytes are without parity until they are written.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.captions.formats.fixed_lines import fit_lines
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clipaudio.captions.cue import Cue

__all__ = ["COLUMNS", "ROWS", "SccText", "encode"]

COLUMNS: Final = 32
ROWS: Final = 4
_DAY: Final = 24 * 3600 * 30_000 // 1001
_LOAD, _CLEAR_BUFFER, _SHOW, _CLEAR = (0x14, 0x20), (0x14, 0x2E), (0x14, 0x2F), (0x14, 0x2C)
_ROW_CODES: Final = {12: (0x13, 0x40), 13: (0x13, 0x60), 14: (0x14, 0x40), 15: (0x14, 0x60)}
_BASIC: Final = {chr(code): code for code in range(0x20, 0x7F) if chr(code) not in "*\\^_`{|}~"} | {
    "’": 0x27, "á": 0x2A, "é": 0x5C, "í": 0x5E, "ó": 0x5F, "ú": 0x60, "ç": 0x7B, "÷": 0x7C, "Ñ": 0x7D, "ñ": 0x7E,
    "█": 0x7F,
}  # fmt: skip
_SPECIAL: Final = {mark: (0x11, 0x30 + place) for place, mark in enumerate("®°½¿™¢£♪à\u00a0èâêîôû")}
_FIRST, _SECOND = "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»", "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤┃ÅåØø┌┐└┘"
_EXTENDED: Final = {
    mark: (first, 0x20 + place) for first, row in ((0x12, _FIRST), (0x13, _SECOND)) for place, mark in enumerate(row)
}
_PLAIN: Final = {"–": "-", "…": "...", "\u2060": "", "\u200b": "", "\u00ad": "", "−": "-", "‐": "-", "‑": "-", "„": '"'}
_INSTEAD: Final = {"‘": "'", "“": '"', "”": '"', "—": "-", "«": '"', "»": '"', "¡": "!", "ß": "s", "Ø": "O", "ø": "o"}


class SccText(NamedTuple):
    """The text of a file, with the characters that it lacks, and the seconds by which the latest caption is late."""

    text: str
    replaced: tuple[str, ...]
    latest: float


class _Caption(NamedTuple):
    """Frames at which it is shown and cleared, and the codes that load it."""

    start: int
    end: int
    codes: list[tuple[int, int]]


def encode(cues: Iterable[Cue], *, speakers: bool = False) -> SccText:
    r"""Return *cues* as the text of an SCC file, without cues that have no text.

    A line has 32 columns at most and a caption 4 lines; longer lines are broken between words. A character that CEA-608
    lacks loses its marks, else it is "?"; both are reported.

    Parameters
    ----------
    speakers
        Name the speaker before the text where it changes.

    Raises
    ------
    ExportError
        A time is not finite or after 24 hours, a cue has more lines than there are, or the script is not Latin.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> print(encode([Cue(1.0, 2.0, ("Hi",))]).text)
    Scenarist_SCC V1.0
    <BLANKLINE>
    00:00:00;21	9420 9420 94ae 94ae 9476 9476 9723 9723 c8e9 942f 942f
    <BLANKLINE>
    00:00:02;00	942c 942c
    <BLANKLINE>
    """
    kept = prepare(cues, words=False).cues
    replaced: dict[str, None] = {}
    captions = [_make(cue, replaced) for cue in (label_speakers(kept) if speakers else kept)]
    lines = ["Scenarist_SCC V1.0\n"]
    free, late = 0, 0
    for caption, following in zip(captions, [*captions[1:], None], strict=False):
        size = len(caption.codes)
        first = max(caption.start - size + 2, free)
        late = max(late, first + size - 2 - caption.start)  # the first of the two codes at its end shows it
        lines.append(_line(first, caption.codes))
        free = first + size
        end = max(caption.end, free)
        # the next one replaces it; a code to clear it must not fall into the loading of the next
        begins = None if following is None else max(following.start - len(following.codes) + 2, free)
        if begins is None or end + 2 <= begins:
            lines.append(_line(end, [_CLEAR, _CLEAR]))
            free = end + 2
    if free > _DAY:
        raise ExportError("SCC counts the frames of a day, and the captions end later; cut the clip into parts")
    return SccText("\n".join(lines), tuple(replaced), late * 1001 / 30_000)


def _make(cue: Cue, replaced: dict[str, None]) -> _Caption:
    lines = fit_lines([_simplify(line, replaced) for line in cue.lines], columns=COLUMNS)
    if len(lines) > ROWS:
        raise ExportError(
            f"a caption of SCC has {ROWS} lines of {COLUMNS} columns, and the cue at {cue.start:.3f} s needs"
            f" {len(lines)}; choose fewer lines or words, such as max_lines=2"
        )
    codes = [_LOAD, _LOAD, _CLEAR_BUFFER, _CLEAR_BUFFER]
    for row, line in enumerate(lines, 16 - len(lines)):
        codes += _place(row, (COLUMNS - len(line)) // 2)
        codes += _pairs(line)
    start = int(cue.start * 30_000 / 1001 + 0.5)
    return _Caption(start, max(int(cue.end * 30_000 / 1001 + 0.5), start + 1), [*codes, _SHOW, _SHOW])


def _simplify(line: str, replaced: dict[str, None]) -> str:
    """Return *line* in characters that the tables hold."""
    if not any(mark in _BASIC or mark in _SPECIAL or mark in _EXTENDED or mark.isspace() for mark in line):
        raise ExportError(f"CEA-608 has Latin letters only, and there are none in {line!r}; choose ttml or stl")
    out = []
    for mark in line:
        known = mark in _BASIC or mark in _SPECIAL or mark in _EXTENDED
        plain = mark if known else _PLAIN.get(mark, " " if mark.isspace() else "")
        if not known and mark not in _PLAIN and not mark.isspace():
            base = unicodedata.normalize("NFKD", mark)[0]
            plain = base if base in _BASIC else "" if unicodedata.category(mark) in {"Mn", "Cf"} else "?"
            replaced[mark] = None
        out.append(plain)
    return "".join(out)


def _place(row: int, column: int) -> list[tuple[int, int]]:
    """Return the codes that go to a row and a column, each twice: to a multiple of four, then by tabs."""
    first, second = _ROW_CODES[row]
    codes = [(first, second + 0x10 + 2 * (column // 4))]
    if column % 4:
        codes.append((0x17, 0x20 + column % 4))
    return [code for code in codes for _ in range(2)]


def _pairs(line: str) -> list[tuple[int, int]]:
    """Return the codes of a line; an extended character replaces the basic one before it."""
    out: list[tuple[int, int]] = []
    half: int | None = None
    for mark in line:
        if mark in _BASIC:
            if half is None:
                half = _BASIC[mark]
            else:
                out.append((half, _BASIC[mark]))
                half = None
            continue
        if mark in _EXTENDED:
            base = _BASIC.get(_INSTEAD.get(mark) or unicodedata.normalize("NFD", mark)[0], 0x20)
            out.append((base, 0) if half is None else (half, base))
            half = None
        elif half is not None:
            out.append((half, 0))
            half = None
        code = _EXTENDED.get(mark) or _SPECIAL[mark]
        out += [code, code] if mark in _SPECIAL else [code]
    return out if half is None else [*out, (half, 0)]


def _line(frame: int, codes: Sequence[tuple[int, int]]) -> str:
    words = " ".join([f"{_with_parity(first):02x}{_with_parity(second):02x}" for first, second in codes])
    return f"{_time_code(frame)}\t{words}\n"


def _with_parity(value: int) -> int:
    return value | (0x80 if value.bit_count() % 2 == 0 else 0)


def _time_code(frame: int) -> str:
    """Return the drop-frame time code: in each minute but every tenth, numbers 0 and 1 are left out."""
    tens, rest = divmod(frame, 17_982)
    number = frame + 18 * tens + (2 * ((rest - 2) // 1798) if rest > 1 else 0)
    seconds, last = divmod(number, 30)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d};{last:02d}"
