"""Write a book that reads along (.epub): EPUB 3 with Media Overlays, the sound inside.

Rules: https://www.w3.org/TR/epub-33/, sections 6 and 9. Each word is an element of the text; the overlay names the part
of the sound in which it is highlighted. The parts follow each other without a gap and cover the whole sound, because a
reading system plays nothing but them. The same input gives the same bytes: all dates are fixed.
"""

from __future__ import annotations

import shutil
import uuid
import zipfile
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from clipaudio.captions.formats.ttml import check_language, escape_xml
from clipaudio.captions.sanitize import prepare
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from clipaudio.captions.cue import Cue

__all__ = ["BookChapter", "write_book"]

_MODIFIED: Final = "2000-01-01T00:00:00Z"
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
_SPACE: Final = uuid.UUID("5d3c2b6e-8c0e-4c53-9a55-5a8de2b8f6b1")
_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_CONTAINER: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_PACKAGE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{language}">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="id">urn:uuid:{uuid}</dc:identifier>
    <dc:title>{title}</dc:title>
    <dc:language>{language}</dc:language>
    <meta property="dcterms:modified">{modified}</meta>
    <meta property="media:duration">{duration}s</meta>
    <meta property="media:duration" refines="#overlay">{duration}s</meta>
    <meta property="media:active-class">active</meta>
  </metadata>
  <manifest>
    <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
    <item id="text" href="text.xhtml" media-type="application/xhtml+xml" media-overlay="overlay"/>
    <item id="overlay" href="overlay.smil" media-type="application/smil+xml"/>
    <item id="style" href="style.css" media-type="text/css"/>
    <item id="sound" href="sound.mp3" media-type="audio/mpeg"/>
  </manifest>
  <spine{direction}><itemref idref="text"/></spine>
</package>
"""
_PAGE: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{language}" \
xml:lang="{language}"{dir}>
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>
{body}</body>
</html>
"""
_SMIL: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops" version="3.0">
  <body>
{body}  </body>
</smil>
"""
_CSS: Final = ".active { background-color: #ffe680; color: #000000 }\n.speaker { font-weight: bold }\n"


class BookChapter(NamedTuple):
    """A title, and the passages of text with their words."""

    title: str
    cues: Sequence[Cue]


class _Word(NamedTuple):
    id: str
    text: str
    start: int


def write_book(
    file: BinaryIO,
    chapters: Iterable[BookChapter],
    *,
    sound: Path,
    duration: float,
    title: str,
    language: str = "",
) -> None:
    """Write *chapters* with their sound to *file*, which is open for writing.

    Parameters
    ----------
    chapters
        At least one with words; each passage is a paragraph.
    sound
        Path of an MP3.
    duration
        Seconds of the sound.
    title
        Title of the book.
    language
        Language tag (BCP 47); "und" if unknown.

    Raises
    ------
    ExportError
        There are no words, a time is not finite, or the language is no tag.
    """
    check_language(language)
    pages, overlays, entries = [], [], []
    numbers = iter(range(1, 1 << 40))
    end = max(round(duration * 1000), 1)
    made = [_Chapter(chapter, numbers) for chapter in chapters]
    words = [word for chapter in made for words in chapter.paragraphs for word in words]
    if not words:
        raise ExportError("a book that reads along needs words with times, and there are none; choose txt")
    end = max(end, len(words))
    cuts = _cut([word.start for word in words], end)
    for number, chapter in enumerate(made, 1):
        name = escape_xml(" ".join(chapter.title.split())) or f"{number}"
        pages.append(f'<section id="c{number}"><h1>{name}</h1>\n{chapter.body}</section>\n')
        entries.append(f'<li><a href="text.xhtml#c{number}">{name}</a></li>\n')
        overlays.append(chapter.overlay(number, cuts))
    shown = escape_xml(" ".join(title.split())) or "clip"
    tag = language or "und"
    is_rtl = tag.partition("-")[0] in _RIGHT_TO_LEFT
    common = {"language": tag, "title": shown, "dir": ' dir="rtl"' if is_rtl else ""}
    text = "".join(pages)
    package = _PACKAGE.format(
        uuid=uuid.uuid5(_SPACE, f"{title}\n{text}"),
        modified=_MODIFIED,
        duration=f"{end / 1000:.3f}",
        direction=' page-progression-direction="rtl"' if is_rtl else "",
        **common,
    )
    nav = f'<nav epub:type="toc" id="toc"><ol>\n{"".join(entries)}</ol></nav>\n'
    with zipfile.ZipFile(file, "w") as book:
        _put(book, "mimetype", "application/epub+zip", is_stored=True)
        _put(book, "META-INF/container.xml", _CONTAINER)
        _put(book, "EPUB/package.opf", package)
        _put(book, "EPUB/nav.xhtml", _PAGE.format(body=nav, **common))
        _put(book, "EPUB/text.xhtml", _PAGE.format(body=text, **common))
        _put(book, "EPUB/overlay.smil", _SMIL.format(body="".join(overlays)))
        _put(book, "EPUB/style.css", _CSS)
        entry = _entry("EPUB/sound.mp3", is_stored=True)
        entry.file_size = sound.stat().st_size
        with sound.open("rb") as source, book.open(entry, "w") as target:
            shutil.copyfileobj(source, target, 1 << 20)


class _Chapter:
    """The text of a chapter as XHTML, and its words."""

    def __init__(self, chapter: BookChapter, numbers: Iterable[int]) -> None:
        self.title = chapter.title
        self.paragraphs: list[list[_Word]] = []
        paragraphs = []
        last: str | None = None
        for cue in prepare(chapter.cues).cues:
            pieces = cue.spaced_words()
            row = [
                _Word(f"w{number}", piece.text, round(piece.start * 1000))
                for piece, number in zip(pieces, numbers, strict=False)
            ]
            self.paragraphs.append(row)
            name = f'<span class="speaker">{escape_xml(cue.speaker)}:</span>' if cue.speaker not in {None, last} else ""
            last = cue.speaker
            words = "".join([_element(word) for word in row]) or escape_xml(" ".join(cue.lines))
            paragraphs.append(f"<p>{(name + words).strip()}</p>\n")
        self.body = "".join(paragraphs)

    def overlay(self, number: int, cuts: list[int]) -> str:
        """Return the part of the overlay; *cuts* are where the words of the book begin, and its end, milliseconds."""
        out = []
        for row in self.paragraphs:
            for word in row:
                place = int(word.id[1:]) - 1
                out.append(
                    f'      <par id="p{place + 1}"><text src="text.xhtml#{word.id}"/><audio src="sound.mp3"'
                    f' clipBegin="{cuts[place] / 1000:.3f}s" clipEnd="{cuts[place + 1] / 1000:.3f}s"/></par>\n'
                )
        if not out:
            return ""
        return f'    <seq id="s{number}" epub:textref="text.xhtml#c{number}">\n{"".join(out)}    </seq>\n'


def _element(word: _Word) -> str:
    """Return a word as an element, with its spaces outside."""
    text = word.text.strip()
    before = word.text[: len(word.text) - len(word.text.lstrip())]
    after = word.text[len(word.text.rstrip()) :]
    return f'{before}<span id="{word.id}">{escape_xml(text)}</span>{after}'


def _cut(starts: list[int], end: int) -> list[int]:
    """Return where each word begins and the last ends, milliseconds: from 0 on, each a millisecond at least.

    >>> _cut([100, 100, 300], 400)
    [0, 100, 300, 400]
    """
    count = len(starts)
    rising = accumulate([0, *starts[1:]], lambda last, start: max(last + 1, start))
    return [*[min(start, end - (count - place)) for place, start in enumerate(rising)], end]


def _put(book: zipfile.ZipFile, name: str, text: str, *, is_stored: bool = False) -> None:
    book.writestr(_entry(name, is_stored=is_stored), text)


def _entry(name: str, *, is_stored: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _ZIP_DATE)
    entry.compress_type = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
