"""Pages of Ogg as programs other than the usual encoders write them: no sample moves, and none is lost."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode

VOICE = 0.4 * np.sin(2 * np.pi * np.cumsum(np.linspace(200, 900, 48_000)) / 16_000)
OPUS = encode(VOICE, 16_000, format="opus")


def vorbis():
    file = io.BytesIO()
    soundfile.write(file, VOICE, 16_000, format="OGG", subtype="VORBIS")
    return file.getvalue()


def checksum(page):
    """Return the CRC of RFC 3533, bit by bit."""
    code = 0
    for byte in page:
        code ^= byte << 24
        for _ in range(8):
            code = (code << 1 ^ (0x04C11DB7 if code >> 31 else 0)) & 0xFFFFFFFF
    return code


def pages_of(data):
    """Return the head, lacing and body of each page."""
    pages, at = [], 0
    while at < len(data):
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        body = at + 27 + len(lacing)
        pages.append((data[at : at + 26], lacing, data[body : body + sum(lacing)]))
        at = body + sum(lacing)
    return pages


def file_of(pages):
    made = b""
    for head, lacing, body in pages:
        page = head[:22] + bytes(4) + bytes([len(lacing)]) + lacing + body
        made += page[:22] + checksum(page).to_bytes(4, "little") + page[26:]
    return made


def later(head, granules):
    return head[:6] + (int.from_bytes(head[6:14], "little") + granules).to_bytes(8, "little") + head[14:]


@pytest.mark.parametrize("granules", [104, 1000, 48_000 * 3600])
def test_opus_whose_clock_begins_late_has_the_same_samples(granules):
    """A stream that was recorded from its middle has the clock of its sender."""
    pages = pages_of(OPUS)
    moved = pages[:2] + [(later(head, granules), lacing, body) for head, lacing, body in pages[2:]]
    given, found = read_audio(OPUS), read_audio(file_of(moved))
    assert np.array_equal(found.samples, given.samples)
    assert found.issues == given.issues == ()


@pytest.mark.parametrize("segments", [1, 3])
def test_vorbis_whose_sound_begins_in_the_page_of_its_headers_loses_nothing(segments):
    """The standard asks for a new page there; not every encoder begins one."""
    data = vorbis()
    pages = pages_of(data)
    row = next(row for row, (head, _, _) in enumerate(pages) if int.from_bytes(head[6:14], "little"))
    (front, lacing, body), (head, own, sound) = pages[row - 1], pages[row]
    size = sum(lacing[-segments:])
    pages[row - 1] = front, lacing[:-segments], body[:-size]
    pages[row] = head[:5] + bytes([head[5] | 1]) + head[6:], lacing[-segments:] + own, body[-size:] + sound
    found = read_audio(file_of(pages))
    assert np.array_equal(found.samples, read_audio(data).samples)
    assert found.issues == ()


def test_vorbis_that_cannot_be_given_a_page_of_its_own_says_so():
    data = vorbis()
    pages = pages_of(data)
    row = next(row for row, (head, _, _) in enumerate(pages) if int.from_bytes(head[6:14], "little"))
    heads = pages[1:row]
    head, own, sound = pages[row]
    lacing, body = b"".join(page[1] for page in heads), b"".join(page[2] for page in heads)
    one = head[:18] + (1).to_bytes(4, "little") + head[22:], lacing + own, body + sound
    rest = [
        (head[:18] + number.to_bytes(4, "little") + head[22:], lacing, body)
        for number, (head, lacing, body) in enumerate(pages[row + 1 :], 2)
    ]
    assert len(one[1]) < 256
    found = read_audio(file_of([pages[0], one, *rest]))
    assert len(found.samples) == len(VOICE) or any("headers end" in str(issue) for issue in found.issues)
