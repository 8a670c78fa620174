"""FLAC as the standard allows it: frames that differ from the header, of any depth, or without a header.

The files are made here, frame by frame, with samples as they are (RFC 9639, 9.2.3).
"""

from __future__ import annotations

import io
import subprocess
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.flac_frames import StreamInfo, _crc8, has_other_frames
from clipaudio.audio.quantize import to_float

BLOCK = 256
RATES = {8000: 4, 16_000: 5, 22_050: 6, 24_000: 7, 32_000: 8, 44_100: 9, 48_000: 10}
BITS = {8: 1, 12: 2, 16: 4, 20: 5, 24: 6}
UNTOLD = 0


def crc16(data):
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def packed(values, bits):
    """Return whole numbers one behind the other, *bits* each."""
    return "".join(format(int(value) & (1 << bits) - 1, f"0{bits}b") for value in values)


def frame(samples, number, rate, bits, *, tells=True):
    """Return a frame of *samples*, (frames, channels), whole numbers of *bits*."""
    count, channels = samples.shape
    third = 7 << 4 | (RATES[rate] if tells else UNTOLD)
    fourth = (channels - 1) << 4 | (BITS[bits] if tells else UNTOLD) << 1
    coded = bytes([number]) if number < 128 else chr(number).encode()
    head = bytes([0xFF, 0xF8, third, fourth]) + coded + (count - 1).to_bytes(2, "big")
    head += bytes([_crc8(head)])
    body = "".join("00000010" + packed(samples[:, channel], bits) for channel in range(channels))
    body += "0" * (-len(body) % 8)
    whole = head + int(body, 2).to_bytes(len(body) // 8, "big")
    return whole + crc16(whole).to_bytes(2, "big")


def noise(seed, count, channels, bits):
    return np.random.default_rng(seed).integers(-(1 << bits - 2), 1 << bits - 2, (count, channels))


def flac(pieces, *, info=None, total=None, tells=True):
    """Return a FLAC of *pieces*, (samples, rate, bits) each, and one block long; the first one makes the header."""
    samples, rate, bits = pieces[0]
    info = info or (rate, samples.shape[1], bits)
    total = sum(len(piece[0]) for piece in pieces) if total is None else total
    frames = [frame(*piece[:1], number, *piece[1:], tells=tells) for number, piece in enumerate(pieces)]
    return StreamInfo(BLOCK, *info, total).encode() + b"".join(frames)


def as_floats(samples, bits):
    return samples / 2.0 ** (bits - 1)


def kinds(audio):
    return [issue.kind for issue in audio.issues]


def floats(audio):
    return to_float(audio.samples, np.float64)


@pytest.mark.parametrize("bits", [8, 16, 24])
@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("tells", [True, False])
def test_a_plain_file_is_read_to_the_bit(bits, channels, tells):
    pieces = [(noise(number, BLOCK, channels, bits), 16_000, bits) for number in range(130)]
    audio = read_audio(flac(pieces, tells=tells))
    assert np.array_equal(floats(audio), as_floats(np.concatenate([one for one, _, _ in pieces]), bits))
    assert kinds(audio) == []


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([1, 2]), st.sampled_from([8, 16, 24])), min_size=2))
def test_frames_that_change_channels_or_depth_are_all_heard_at_their_level(runs):
    pieces = [
        (noise(row * 10 + number, BLOCK, channels, bits), 16_000, bits)
        for row, (count, channels, bits) in enumerate(runs)
        for number in range(count)
    ]
    audio = read_audio(flac(pieces, total=0))
    wanted = runs[0][1]
    parts = []
    for samples, _, bits in pieces:
        values = as_floats(samples, bits)
        if values.shape[1] != wanted:
            values = np.repeat(values.mean(axis=1, keepdims=True), wanted, axis=1)
        parts.append(values)
    assert np.abs(floats(audio) - np.concatenate(parts)).max() < 1e-6
    changes = sum(one[1:] != two[1:] for one, two in pairwise(runs))
    assert kinds(audio) == (["joined"] if changes else [])


@pytest.mark.parametrize(("first", "second"), [(16_000, 8000), (8000, 48_000), (44_100, 22_050)])
def test_frames_that_change_their_rate_are_resampled_to_the_first(first, second):
    pieces = [(noise(number, BLOCK, 1, 16), first, 16) for number in range(20)]
    pieces += [(noise(number, BLOCK, 1, 16), second, 16) for number in range(20)]
    audio = read_audio(flac(pieces))
    assert audio.sample_rate == first
    assert audio.frames == 20 * BLOCK + round(20 * BLOCK * first / second)
    assert np.array_equal(floats(audio)[: 20 * BLOCK], as_floats(np.concatenate([p[0] for p in pieces[:20]]), 16))
    assert kinds(audio) == ["joined"]


@pytest.mark.parametrize("wrong", [(16_000, 1, 24), (16_000, 5, 16), (48_000, 1, 16), (16_000, 1, 8)])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_the_frames_are_believed_where_the_header_says_otherwise(wrong, count):
    pieces = [(noise(number, BLOCK, 1, 16), 16_000, 16) for number in range(count)]
    audio = read_audio(flac(pieces, info=wrong))
    assert (audio.sample_rate, audio.samples.dtype) == (16_000, np.int16)
    assert np.array_equal(floats(audio), as_floats(np.concatenate([one for one, _, _ in pieces]), 16))
    assert kinds(audio) == ["damaged"]


def test_two_bytes_that_look_like_a_frame_change_nothing():
    lookalike = np.array([-8, 0x4708, 0x1000] * 85 + [0]).reshape(-1, 1)  # FF F8 at each third sample
    audio = read_audio(flac([(lookalike, 16_000, 16)] * 9))
    assert np.array_equal(audio.samples, np.concatenate([lookalike] * 9).astype(np.int16))
    assert kinds(audio) == []


@pytest.mark.parametrize("kind", ["headers of another rate", "headers alike"])
def test_a_file_full_of_frame_headers_costs_a_bounded_number_of_looks(kind):
    """Counted, not timed: each header of another kind could make all others near it be looked at."""
    head = bytes([0xFF, 0xF8, 0x79 if kind == "headers alike" else 0x7A, 0x08, 5, 0, 255])
    body = (head + bytes([_crc8(head)])) * 200_000
    looks = []

    class Counted:
        def __len__(self):
            return len(body)

        def __getitem__(self, place):
            looks.append(len(range(*place.indices(len(body)))))
            return body[place]

    assert not has_other_frames(Counted(), 1, len(body), StreamInfo(BLOCK, 44_100, 1, 16))
    assert sum(looks) < 8 * len(body)


@pytest.mark.parametrize("count", [1, 30])
def test_frames_without_a_header_are_read(count):
    pieces = [(noise(number, BLOCK, 2, 16), 44_100, 16) for number in range(count)]
    data = flac(pieces)[42:]
    audio = read_audio(data)
    assert np.array_equal(audio.samples, np.concatenate([one for one, _, _ in pieces]).astype(np.int16))
    assert (audio.sample_rate, kinds(audio)) == (44_100, ["damaged"])


def test_a_header_behind_another_block_is_left_to_libsndfile():
    pieces = [(noise(number, BLOCK, 1, 16), 16_000, 16) for number in range(9)]
    plain = flac(pieces)
    other = b"\x01\x00\x00\x28" + bytes(range(40))
    audio = read_audio(plain[:4] + other + plain[4:])
    assert np.array_equal(audio.samples, read_audio(plain).samples)
    assert kinds(audio) == []


@pytest.mark.parametrize("bits", [12, 20])
def test_depths_that_libsndfile_refuses_are_exact_through_ffmpeg(needs, tmp_path, bits):
    needs.program("ffmpeg")
    pieces = [(noise(number, BLOCK, 1, bits), 16_000, bits) for number in range(20)]
    (tmp_path / "a.flac").write_bytes(flac(pieces))
    audio = read_audio(tmp_path / "a.flac")
    assert np.array_equal(floats(audio), as_floats(np.concatenate([one for one, _, _ in pieces]), bits))
    assert (audio.subtype, kinds(audio)) == ("PCM_16" if bits == 12 else "PCM_24", [])
    report = convert(tmp_path / "a.flac", tmp_path / "a.wav")
    assert report.subtype == audio.subtype
    assert np.array_equal(floats(read_audio(tmp_path / "a.wav")), floats(audio))


@pytest.mark.parametrize("bits", [16, 24])
def test_alac_is_exact_through_ffmpeg(needs, tmp_path, bits):
    samples = noise(1, 6000, 1, bits)
    source = io.BytesIO()
    soundfile.write(source, (samples << 32 - bits).astype(np.int32), 16_000, format="WAV", subtype=f"PCM_{bits}")
    path = str(tmp_path / "a.m4a")
    command = [needs.program("ffmpeg"), "-v", "error", "-f", "wav", "-i", "-", "-c:a", "alac", path]
    subprocess.run(command, input=source.getvalue(), check=True)
    audio = read_audio(path)
    assert np.array_equal(floats(audio), as_floats(samples, bits))
    assert audio.subtype == f"PCM_{bits}"


@pytest.mark.parametrize(
    ("depths", "rates"), [((16, 24), (16_000,) * 2), ((24, 16), (16_000,) * 2), ((16, 16), (16_000, 8000))]
)
def test_files_of_two_depths_or_rates_one_behind_the_other_keep_their_level(depths, rates):
    data, wanted = b"", []
    for bits, rate in zip(depths, rates, strict=True):
        samples = 0.5 * np.sin(2 * np.pi * 300 * np.arange(rate) / rate)
        file = io.BytesIO()
        soundfile.write(file, samples, rate, format="FLAC", subtype=f"PCM_{bits}")
        data += file.getvalue()
        wanted.append(np.abs(samples).max())
    audio = read_audio(data)
    heard = floats(audio)
    assert len(heard) == 2 * rates[0]
    assert [np.abs(part[100:-100]).max() for part in np.split(heard, 2)] == pytest.approx(wanted, abs=0.01)
    assert audio.subtype == f"PCM_{max(depths)}"
