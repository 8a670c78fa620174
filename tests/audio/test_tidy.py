"""Loudness, silence and delay put right on the way, and told so that times can follow."""

from __future__ import annotations

import io
import subprocess

import numpy as np
import pytest
import soundfile

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.audio.measure import loudness
from clipaudio.cli.main import main
from clipaudio.errors import ConvertError

RATE = 22_050
SPEECH = np.random.default_rng(1).standard_normal(2 * RATE).cumsum() % 1 * 0.05 - 0.025
SPEECH *= np.repeat([0.4, 1.0, 0.6, 1.2], RATE // 2)


def test_silence_is_taken_off_and_the_offset_told(tmp_path):
    padded = np.concatenate([np.zeros(RATE), SPEECH, np.zeros(RATE // 2)])
    report = convert(encode(padded, RATE), tmp_path / "a.wav", trim_silence=True)
    assert report.offset == pytest.approx(0.95, abs=0.01)
    after = read_audio(tmp_path / "a.wav")
    assert after.duration == pytest.approx(2.1, abs=0.01)
    start = round(report.offset * RATE)
    assert np.array_equal(after.samples[:, 0], (encode_ints(padded))[start : start + after.frames])
    assert report.as_row()["offset"] == report.offset


def encode_ints(samples):
    return read_audio(encode(samples, RATE)).samples[:, 0]


def test_loudness_is_brought_to_what_was_asked(needs, tmp_path):
    needs("pyloudnorm")
    report = convert(encode(SPEECH, RATE), tmp_path / "a.wav", normalize_lufs=-30, subtype="PCM_24")
    after = read_audio(tmp_path / "a.wav")
    assert loudness(after.samples, after.sample_rate) == pytest.approx(-30, abs=0.01)
    assert abs(report.gain_db) > 3
    assert report.clipped == 0


def test_loudness_stops_below_the_ceiling_and_silence_stays_silence(needs, tmp_path):
    needs("pyloudnorm")
    report = convert(encode(SPEECH, RATE), tmp_path / "a.wav", normalize_lufs=0)
    assert 20 * np.log10(report.peak) < -0.9
    quiet = convert(encode(np.zeros(RATE), RATE), tmp_path / "b.wav", normalize_lufs=-20, trim_silence=True)
    assert (quiet.gain_db, quiet.peak) == (0.0, 0.0)


def test_an_mp3_without_a_tag_is_named_and_put_in_time(needs, tmp_path, capsys):
    """ffmpeg that writes to a pipe cannot go back to put the tag in."""
    (tmp_path / "a.wav").write_bytes(encode(SPEECH, RATE))
    command = [needs.program("ffmpeg"), "-v", "error", "-i", tmp_path / "a.wav", "-f", "mp3", "-write_xing", "0", "-"]
    (tmp_path / "a.mp3").write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    late = convert(tmp_path / "a.mp3", tmp_path / "late.wav")
    assert [issue.kind for issue in late.issues] == ["no_delay_tag"]
    words = ["convert", str(tmp_path / "a.mp3"), "--out", str(tmp_path / "in-time.wav"), "--compensate-delay"]
    assert main(words) == 0
    assert "no_delay_tag" not in capsys.readouterr().err
    assert offset_of(tmp_path / "late.wav") == 1105
    assert offset_of(tmp_path / "in-time.wav") == 0


def offset_of(path):
    """Samples by which the file comes late, by cross-correlation."""
    samples = read_audio(path).samples[:, 0].astype(float)
    size = 1 << 17
    product = np.fft.rfft(samples, size) * np.conj(np.fft.rfft(SPEECH, size))
    return int(np.argmax(np.fft.irfft(product)))


def test_an_mp3_with_a_tag_is_in_time(tmp_path):
    file = io.BytesIO()
    soundfile.write(file, SPEECH, RATE, format="MP3")
    report = convert(file.getvalue(), tmp_path / "a.wav", compensate_delay=True)
    assert report.issues == ()
    assert offset_of(tmp_path / "a.wav") == 0


@pytest.mark.parametrize("kind", ["WAV", "AIFF"])
def test_a_file_without_a_frame_becomes_one_without_a_frame(tmp_path, kind):
    file = io.BytesIO()
    soundfile.write(file, np.zeros((0, 1)), RATE, format=kind, subtype="PCM_16")
    report = convert(file.getvalue(), tmp_path / "a.wav", trim_silence=True, sample_rate=16_000)
    assert (report.frames, report.peak) == (0, 0.0)
    assert read_audio(tmp_path / "a.wav").frames == 0
    with pytest.raises(ConvertError, match="FLAC cannot hold a file without a frame"):
        convert(file.getvalue(), tmp_path / "a.flac")
    assert not (tmp_path / "a.flac").exists()
