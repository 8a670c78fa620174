"""Writing formats, checked by reading them with others."""

from __future__ import annotations

import io
import subprocess

import numpy as np
import pytest
import soundfile

from clipaudio.audio.encode import encode
from clipaudio.errors import ConvertError

TONE = (np.sin(np.arange(48_000) / 9) / 2).reshape(-1, 1)


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "FLOAT", "DOUBLE", "PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
def test_libsndfile_finds_the_wav_it_was_promised(subtype):
    data = encode(TONE, 16_000, subtype=subtype)
    info = soundfile.info(io.BytesIO(data))
    assert (info.format, info.subtype, info.samplerate, info.frames) == ("WAV", subtype, 16_000, 48_000)
    back, _ = soundfile.read(io.BytesIO(data), always_2d=True)
    assert np.abs(back - TONE).max() < {"ULAW": 0.02, "ALAW": 0.02, "PCM_U8": 0.004}.get(subtype, 2e-5)


@pytest.mark.parametrize("kind", ["mp3", "ogg", "opus", "flac", ".FLAC"])
def test_other_formats_hold_the_same_sound(kind):
    data = encode(TONE, 48_000, format=kind)
    back, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    assert rate == 48_000
    assert back.shape == TONE.shape
    middle = slice(10_000, 38_000)
    assert np.corrcoef(back[middle, 0], TONE[middle, 0])[0, 1] > 0.99


def test_a_long_ogg_is_written_in_blocks_and_does_not_end_the_interpreter():
    frames = 44_100 * 130
    data = encode(np.zeros((frames, 2), np.int16), 44_100, format="ogg")
    assert soundfile.info(io.BytesIO(data)).frames == frames


def test_ffmpeg_decodes_our_wav_to_the_same_samples(needs, tmp_path):
    path = tmp_path / "clip.wav"
    samples = np.random.default_rng(1).integers(-(2**31), 2**31, (1000, 2)).astype(np.int32) >> 8 << 8
    path.write_bytes(encode(samples, 16_000, subtype="PCM_24"))
    command = [needs.program("ffmpeg"), "-v", "error", "-i", str(path), "-f", "s32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    assert np.array_equal(np.frombuffer(raw, "<i4").reshape(-1, 2), samples)


@pytest.mark.parametrize(
    ("kind", "subtype", "rate", "message"),
    [
        ("wma", "PCM_16", 8000, "unknown audio format 'wma'; expected one of wav"),
        ("wav", "PCM_12", 8000, "unknown subtype 'PCM_12'; expected one of PCM_U8"),
        ("mp3", "PCM_16", 96_000, "MP3 cannot hold 1 channels at 96000 Hz"),
        ("opus", "PCM_16", 44_100, "Opus knows 8, 12, 16, 24 and 48 kHz"),
        ("flac", "PCM_32", 8000, "FLAC cannot hold"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(kind, subtype, rate, message):
    with pytest.raises(ConvertError, match=message):
        encode(TONE[:100], rate, format=kind, subtype=subtype)
