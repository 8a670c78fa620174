"""Compressed sound in containers that libsndfile does not know: read as ffmpeg reads it, never as frames of MP3."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
import soundfile

from clipaudio.audio.decode import read_audio
from clipaudio.audio.quantize import to_float
from clipaudio.errors import AudioError

VOICE = 0.4 * np.sin(2 * np.pi * np.cumsum(np.linspace(200, 900, 24_000)) / 16_000)


def made_by_ffmpeg(needs, tmp_path, suffix, *options):
    source, target, peer = tmp_path / "source.wav", tmp_path / f"made.{suffix}", tmp_path / "peer.wav"
    soundfile.write(source, VOICE, 16_000)
    program = [needs.program("ffmpeg"), "-v", "error", "-y"]
    subprocess.run([*program, "-i", source, *options, target], check=True)
    subprocess.run([*program, "-i", target, "-c:a", "pcm_f32le", peer], check=True)
    return target, soundfile.read(peer, always_2d=True)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("avi", ["-c:a", "libmp3lame"]),
        ("avi", ["-c:a", "pcm_s16le"]),
        ("avi", ["-c:a", "dca", "-strict", "-2", "-ar", "48000"]),
        ("w64", ["-c:a", "dca", "-strict", "-2", "-ar", "48000"]),
        ("w64", ["-c:a", "ac3", "-ar", "48000"]),
        ("wav", ["-c:a", "mp2"]),
        ("wav", ["-c:a", "g722"]),
        ("wav", ["-c:a", "g726", "-ar", "8000"]),
        ("wav", ["-c:a", "adpcm_yamaha"]),
        ("mpg", ["-c:a", "mp2"]),
        ("flv", ["-c:a", "aac", "-ar", "22050"]),
        ("voc", []),
        ("au", ["-c:a", "g722"]),
    ],
)
def test_sound_is_that_of_ffmpeg(needs, tmp_path, suffix, options):
    path, (expected, rate) = made_by_ffmpeg(needs, tmp_path, suffix, *options)
    audio = read_audio(path)
    assert audio.sample_rate == rate
    assert np.allclose(to_float(audio.samples, np.float32), expected, atol=1e-4)
    assert suffix != "wav" or audio.issues == ()  # whole, though libsndfile does not know its compression


@pytest.mark.parametrize("bits", [16, 32])
def test_recordings_of_corpora_in_sphere_are_read(needs, tmp_path, bits):
    path = tmp_path / "a.sph"
    soundfile.write(tmp_path / "a.wav", VOICE, 16_000, "PCM_16")
    subprocess.run([needs.program("sox"), tmp_path / "a.wav", "-b", str(bits), path], check=True)
    samples = to_float(read_audio(path).samples, np.float64)
    assert np.allclose(samples[:, 0], VOICE, atol=1e-4)


def test_a_few_frames_among_other_bytes_are_no_mp3():
    file = np.random.default_rng(3).integers(0, 256, 60_000, np.uint8).tobytes()
    frame = bytes([0xFF, 0xFB, 0x50, 0xC0]) + bytes(204)  # 64 kbit/s at 44100 Hz
    with pytest.raises(AudioError, match="not audio"):
        read_audio(b"DATA" + file + frame * 8 + file)
