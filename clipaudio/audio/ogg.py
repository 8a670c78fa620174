"""Find the audio streams in an Ogg file by walking its pages.

A physical stream may be a chain of logical ones, and each link may hold several at once. Of each link the first audio
stream is taken. FLAC in Ogg becomes plain FLAC, which libsndfile reads. Sound of Vorbis that begins in the page in
which its headers end, and which libsndfile would skip, is given its own.

Sources: RFC 3533 (pages, chains), RFC 7845 and the Vorbis I specification (first packets); "Ogg FLAC
mapping" of Xiph.Org.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from clipaudio.audio.byte_ranges import ByteRange, JoinedBytes, part_of
from clipaudio.audio.flac import find_flac_streams
from clipaudio.audio.streams import Stream
from clipaudio.audio.wav import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.audio.wav import Sliceable

__all__ = ["find_ogg_streams"]

_AUDIO: Final = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
_BEGINS, _ENDS = 2, 4
_CONTINUES: Final = 1
_VORBIS_HEADS: Final = 3  # packets before the sound
_MOST_LACING: Final = 255
_POLYNOMIAL: Final = 0x04C11DB7
_MOST_LINKS: Final = 1 << 12


@dataclass(slots=True)
class _Page:
    start: int
    stop: int
    body: int
    serial: int
    flags: int
    lacing: bytes


@dataclass
class _Link:
    """The audio stream of one link: its pages, and whether its last page says so."""

    serial: int
    magic: bytes
    pages: list[_Page] = field(default_factory=list)
    is_alone: bool = True

    @property
    def is_whole(self) -> bool:
        return bool(self.pages[-1].flags & _ENDS)


def find_ogg_streams(data: Sliceable) -> tuple[list[Stream], tuple[Issue, ...]] | None:
    """Find the audio streams in *data*, which begins with an Ogg page; None if there is no audio known here."""
    links: list[_Link] = []
    issues: list[Issue] = []
    in_heads = False
    for page in _pages(data, issues):
        if page.flags & _BEGINS:
            magic = next((one for one in _AUDIO if bytes(data[page.body : page.body + 8]).startswith(one)), b"")
            if not in_heads:
                if len(links) == _MOST_LINKS:
                    break
                links.append(_Link(page.serial, magic))
            else:
                links[-1].is_alone = False
                if not links[-1].magic and magic:
                    links[-1].serial, links[-1].magic, links[-1].pages = page.serial, magic, []
        in_heads = bool(page.flags & _BEGINS)
        if links and page.serial == links[-1].serial:
            links[-1].pages.append(page)
    audible = [link for link in links if link.magic and link.pages]
    if not audible:
        return None
    if not audible[-1].is_whole:
        issues.append(Issue("truncated", "the last Ogg page is missing: the end of the sound may be, too"))
    streams: list[Stream] = []
    for link in audible:
        streams += _streams_of(data, link, issues)
    return streams, tuple(issues)


def _pages(data: Sliceable, issues: list[Issue]) -> Iterator[_Page]:
    """Yield the whole pages, and record what stands between or behind them."""
    at, stop, lost = 0, len(data), 0
    while at + 27 <= stop:
        head = bytes(data[at : at + 282])
        if head[:4] != b"OggS":
            found = _find_page(data, at + 1)
            lost += (stop if found is None else found) - at
            if found is None:
                break
            at = found
            continue
        lacing = head[27 : 27 + head[26]]
        end = at + 27 + head[26] + sum(lacing)
        if end > stop or len(lacing) < head[26]:
            lost += stop - at
            break
        yield _Page(at, end, at + 27 + head[26], int.from_bytes(head[14:18], "little"), head[5], lacing)
        at = end
    if lost:
        issues.append(Issue("trailing_bytes", f"{lost} bytes between or after the Ogg pages are no sound"))


def _find_page(data: Sliceable, start: int) -> int | None:
    """Return where the next page begins."""
    step = 1 << 20
    for base in range(start, len(data), step):
        at = bytes(data[base : base + step + 3]).find(b"OggS")
        if at >= 0:
            return base + at
    return None


def _streams_of(data: Sliceable, link: _Link, issues: list[Issue]) -> list[Stream]:
    """Return the streams of one link: one, or those of the FLAC in it."""
    if link.magic == b"\x7fFLAC":
        plain = _plain_flac(data, link)
        found = find_flac_streams(plain)
        return found[0] if found else [Stream(plain)]
    pages = link.pages
    parted = _part_heads(data, link, issues) if link.magic == b"\x01vorbis" else None
    if parted is not None:
        row, made = parted
        kept = [ByteRange(data, page.start, page.stop) for page in pages]
        return [Stream(JoinedBytes([*kept[: row - 1], ByteRange(made, 0, len(made)), *kept[row + 1 :]]))]
    if link.is_alone and all(one.stop == two.start for one, two in pairwise(pages)):
        return [Stream(part_of(data, pages[0].start, pages[-1].stop))]
    return [Stream(JoinedBytes([ByteRange(data, page.start, page.stop) for page in pages]))]


def _part_heads(data: Sliceable, link: _Link, issues: list[Issue]) -> tuple[int, bytes] | None:
    """Move what headers of Vorbis have in a page of sound into the page before it.

    Return the row of the page of sound, and the bytes of the page before it and of itself; None if nothing has to be
    moved or can be.
    """
    heads = 0
    for row, page in enumerate(link.pages):
        for place, size in enumerate(page.lacing):
            heads += size < _MOST_LACING
            if heads == _VORBIS_HEADS:
                count = place + 1
                before = link.pages[row - 1]
                if count == len(page.lacing):
                    return None
                if row < 2 or len(before.lacing) + count > _MOST_LACING:
                    text = "the sound begins in the page in which its headers end: what that page holds may be missing"
                    issues.append(Issue("damaged", text))
                    return None
                end = page.body + sum(page.lacing[:count])
                body = bytes(data[before.body : before.stop]) + bytes(data[page.body : end])
                first = _page_of(data, before, before.lacing + page.lacing[:count], body, before.flags)
                rest = bytes(data[end : page.stop])
                return row, first + _page_of(data, page, page.lacing[count:], rest, page.flags & ~_CONTINUES)
    return None


def _page_of(data: Sliceable, page: _Page, lacing: bytes, body: bytes, flags: int) -> bytes:
    """Return *page* with other contents."""
    head = bytearray(data[page.start : page.start + 27])
    head[5], head[26] = flags, len(lacing)
    head[22:26] = bytes(4)
    made = bytes(head) + lacing + body
    return made[:22] + _checksum(made).to_bytes(4, "little") + made[26:]


def _checksum(page: bytes) -> int:
    """Return the CRC of a page whose own field is zero."""
    table = []
    for byte in range(256):
        code = byte << 24
        for _ in range(8):
            code = (code << 1 ^ (_POLYNOMIAL if code >> 31 else 0)) & 0xFFFFFFFF
        table.append(code)
    code = 0
    for byte in page:
        code = (code << 8 & 0xFFFFFFFF) ^ table[code >> 24 ^ byte]
    return code


def _plain_flac(data: Sliceable, link: _Link) -> bytes:
    """Return the packets of FLAC in Ogg as a FLAC file: the first one holds its start behind 9 bytes."""
    parts = [bytes(data[page.body : page.stop]) for page in link.pages]
    parts[0] = parts[0][9:]
    return b"".join(parts)
