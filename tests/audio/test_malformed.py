"""Every damaged or unusual WAV that was met in the wild, as a file: audio with named issues, or a typed error.

Never silence without a word, never more frames than bytes, and nothing half-written.
"""

from __future__ import annotations

import os
import struct
import time

import numpy as np
import pytest

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.errors import AudioError

FRAMES = 16_000
RAMP = (np.arange(FRAMES) % 2000 - 1000).astype("<i2")
BODY = RAMP.tobytes()
WEB = b"<html><body>Link expired</body></html>"


def fmt(tag=1, channels=1, rate=16_000, bits=16, byte_rate=None, align=None, extra=b""):
    width = channels * bits // 8
    byte_rate = rate * width if byte_rate is None else byte_rate
    body = struct.pack("<HHIIHH", tag, channels, rate, byte_rate, width if align is None else align, bits) + extra
    return chunk(b"fmt ", body)


def chunk(name, body, size=None, *, pad=True):
    return name + struct.pack("<I", len(body) if size is None else size) + body + b"\0" * (pad and len(body) % 2)


def wave(*parts, size=None, magic=b"RIFF"):
    inside = b"WAVE" + b"".join(parts)
    return magic + struct.pack("<I", len(inside) if size is None else size) + inside


def data(size=None, body=BODY):
    return chunk(b"data", body, size)


def swapped():
    """The same in big-endian order."""
    head = struct.pack(">HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
    inside = b"WAVEfmt " + struct.pack(">I", 16) + head + b"data" + struct.pack(">I", len(BODY))
    return b"RIFX" + struct.pack(">I", len(inside) + len(BODY)) + inside + RAMP.astype(">i2").tobytes()


whole = wave(fmt(), data())
floats = (RAMP / 32768).astype("<f4")
packed = (RAMP.astype("<i4") << 8).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
streamed = 0xFFFFFFFF
extensible = struct.pack("<HHIH", 22, 16, 4, 1) + bytes.fromhex("000000001000800000aa00389b71")
ds64 = chunk(b"ds64", struct.pack("<QQQI", len(BODY) + 72, len(BODY), FRAMES, 0))
odd = chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0", pad=False)
info = chunk(b"LIST", b"INFOISFT\x06\0\0\0Lavf5\0")
denied = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'

CASES = {  # number and name: the bytes, then frames and issues, or the kind of the error
    "01 both sizes zero": (wave(fmt(), data(0), size=0), FRAMES, "data_size_zero"),
    "02 data zero, riff 36": (wave(fmt(), data(0), size=36), FRAMES, "data_size_zero"),
    "03 0xFFFFFFFF": (wave(fmt(), data(streamed), size=streamed), FRAMES, "data_size_unknown"),
    "04 0x7FFFFFFF": (wave(fmt(), data(0x7FFFFFFF)), FRAMES, "data_size_unknown"),
    "05 2000000000": (wave(fmt(), data(2_000_000_000)), FRAMES, "data_size_unknown"),
    "06 0x7FFFF000": (wave(fmt(), data(0x7FFFF000)), FRAMES, "data_size_unknown"),
    "07 list and 0xFFFFFFFF": (wave(fmt(), info, data(streamed), size=streamed), FRAMES, "data_size_unknown"),
    "08 half": (whole[: 44 + FRAMES], 8000, "truncated"),
    "09 half and a byte": (whole[: 45 + FRAMES], 8000, "truncated odd_byte"),
    "10 header only": (whole[:44], "truncated"),
    "11 cut header": (whole[:30], "truncated_header"),
    "12 size too small": (wave(fmt(), data(1000)), 500, "trailing_bytes"),
    "13 list after": (wave(fmt(), data(), info), FRAMES, ""),
    "14 odd list, no pad": (wave(fmt(), odd, data()), FRAMES, "unpadded_chunk"),
    "15 odd list, padded": (wave(fmt(), chunk(b"LIST", b"INFOx"), data()), FRAMES, ""),
    "16 junk and fact": (wave(chunk(b"JUNK", bytes(28)), fmt(), chunk(b"fact", bytes(4)), data()), FRAMES, ""),
    "17 extensible": (wave(fmt(0xFFFE, extra=extensible), data()), FRAMES, ""),
    "18 float": (wave(fmt(3, bits=32), data(body=floats.tobytes())), FRAMES, ""),
    "19 24 bit": (wave(fmt(bits=24), data(body=packed)), FRAMES, ""),
    "20 8 channels": (wave(fmt(channels=8), data(body=np.repeat(RAMP, 8).tobytes())), FRAMES, ""),
    "21 wrong rates": (wave(fmt(byte_rate=1, align=7), data()), FRAMES, "inconsistent_fmt"),
    "22 rate 0": (wave(fmt(rate=0), data()), "invalid_format"),
    "23 channels 0": (wave(fmt(channels=0), data()), "invalid_format"),
    "24 no samples": (wave(fmt(), data(body=b"")), 0, "empty"),
    "25 riff and zeros": (b"RIFF" + bytes(100), "not_audio"),
    "26 xml": (denied, "error_document"),
    "27 json": (b'{"success": false, "message": "not found"}', "error_document"),
    "28 empty file": (b"", "empty_file"),
    "29 id3 and html": (b"ID3\4\0\0\0\0\0\n" + bytes(10) + WEB, "error_document"),
    "30 rf64": (wave(ds64, fmt(), data(streamed), size=streamed, magic=b"RF64"), FRAMES, ""),
    "31 rifx": (swapped(), FRAMES, ""),
}


@pytest.fixture
def case(request, tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(CASES[request.param][0])
    return path, CASES[request.param][1:]


READ = [name for name, row in CASES.items() if len(row) == 3]
REFUSED = [name for name, row in CASES.items() if len(row) == 2]


@pytest.mark.parametrize("case", READ, indirect=True)
def test_what_is_there_is_read_and_converted_and_what_is_odd_is_named(case, tmp_path):
    path, (frames, issues) = case
    audio = read_audio(path)
    assert audio.frames == frames
    assert " ".join(issue.kind for issue in audio.issues) == issues
    samples = audio.samples[:, -1].astype(float) * (1 if audio.samples.dtype == np.int16 else 1 / 65536)
    if audio.samples.dtype.kind == "f":
        samples = audio.samples[:, 0].astype(float) * 32768
    assert np.array_equal(samples, RAMP[:frames])
    report = convert(path, tmp_path / "out.wav", subtype="PCM_16")
    assert (report.frames, report.issues, report.clipped) == (frames, audio.issues, 0)
    assert np.array_equal(read_audio(tmp_path / "out.wav").samples[:, -1], RAMP[:frames])


@pytest.mark.parametrize("case", REFUSED, indirect=True)
def test_what_is_no_audio_is_refused_with_its_kind_and_the_old_file_stays(case, tmp_path):
    path, (kind,) = case
    out = tmp_path / "out.wav"
    out.write_bytes(b"old")
    with pytest.raises(AudioError, match=r"clip\.wav: ") as caught:
        convert(path, out, subtype="PCM_16")
    assert caught.value.kind == kind
    assert caught.value.path == str(path)
    assert out.read_bytes() == b"old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clip.wav", "out.wav"]


def test_all_31_are_here():
    assert [int(name[:2]) for name in CASES] == list(range(1, 32))


def test_gigabytes_of_nothing_are_refused_at_once(tmp_path):
    path = tmp_path / "reserved.wav"
    for filler in (b"", b"none\0\0\0\0" * 100_000):
        path.write_bytes(b"RIFF\0\0\0\0WAVE" + filler)
        os.truncate(path, 1 << 32)
        began = time.process_time()
        with pytest.raises(AudioError, match="no whole fmt chunk found"):
            read_audio(path)
        assert time.process_time() - began < 2
