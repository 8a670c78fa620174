"""The delay of MP3 files made by FFmpeg and libsndfile, against where the sound really is."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.audio.mp3 import Mp3Delay, compensation, read_tag
from clipaudio.audio.mp3_frames import find_first_frame
from clipaudio.audio.tag_skipping import start_without_tags
from clipaudio.audio.wav_writer import encode_wav

LONGEST_FRAME = 1 << 13  # bytes, and more
RATES = [44_100, 22_050, 16_000, 8000]
TO_A_PIPE = ("-f", "mp3", "-")


def encoder_delay(data):
    """Return what the tag in the first frame says, None where no frame is."""
    at = find_first_frame(data, start_without_tags(data))
    return None if at is None else read_tag(data[at : at + LONGEST_FRAME])


def noise(sample_rate):
    """Return a second of something like speech: noise with most of its power below 2 kHz, no two places alike."""
    drawn = np.random.default_rng(sample_rate).normal(0, 0.3, sample_rate + 8)
    samples = np.convolve(drawn, np.hanning(9) / 4, "valid")
    return (samples / np.abs(samples).max() * 20_000).astype(np.int16)[:, np.newaxis]


def ffmpeg(needs, samples, sample_rate, *options):
    """Return what FFmpeg makes of *samples* with *options*, in a pipe or read back from a file."""
    command = [needs.program("ffmpeg"), "-v", "error", "-y", "-f", "wav", "-i", "-", *options]
    wav = encode_wav(samples, sample_rate, "PCM_16")
    return subprocess.run(command, input=wav, capture_output=True, check=True).stdout


def lateness(data, samples):
    """Return by how many frames the decoded audio is late, and what is decoded: by cross-correlation."""
    decoded = read_audio(data).samples
    size = 1 << (len(decoded) + len(samples)).bit_length()
    spectra = [np.fft.rfft(signal[:, 0].astype(np.float64), size) for signal in (decoded, samples)]
    likeness = np.fft.irfft(spectra[0] * np.conj(spectra[1]))
    lag = int(likeness.argmax())
    return (lag if lag < size // 2 else lag - size), decoded


def tagged(needs, tmp_path, sample_rate, *options):
    """Return an MP3 with FFmpeg's own Info tag, and where that tag starts."""
    target = tmp_path / "clip.mp3"
    samples = noise(sample_rate)
    ffmpeg(needs, samples, sample_rate, *options, str(target))
    data = target.read_bytes()
    return data, data.index(b"Info"), samples


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize(("options", "tag"), [((), "Info"), (("-q:a", "4"), "Xing"), (("-id3v2_version", "0"), "Info")])
def test_with_ffmpegs_tag_the_audio_is_in_time_as_it_is(needs, tmp_path, sample_rate, options, tag):
    samples = noise(sample_rate)
    ffmpeg(needs, samples, sample_rate, *options, str(tmp_path / "clip.mp3"))
    data = (tmp_path / "clip.mp3").read_bytes()
    found = encoder_delay(data)
    assert (found.tag, found.is_vbr, found.delay, found.likely_delay) == (tag, tag == "Xing", 576, 1105)
    assert found.encoder.startswith("Lavc")
    assert found.sample_rate == sample_rate
    assert found.frame_size == (1152 if sample_rate == 44_100 else 576)
    late, decoded = lateness(data, samples)
    assert late == compensation(found) == 0
    assert found.frames == len(decoded) == len(samples)


@pytest.mark.parametrize("sample_rate", RATES)
def test_libsndfiles_own_files_have_a_tag_and_are_in_time(sample_rate):
    samples = noise(sample_rate)
    data = encode(samples, sample_rate, format="mp3")
    found = encoder_delay(data)
    assert found.encoder.startswith("LAME")
    late, decoded = lateness(data, samples)
    assert late == compensation(found) == 0
    assert found.frames == len(decoded) == len(samples)


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("options", [TO_A_PIPE, ("-write_xing", "0", "-id3v2_version", "0", *TO_A_PIPE)])
def test_without_a_tag_the_audio_is_in_time_after_compensation(needs, sample_rate, options):
    samples = noise(sample_rate)
    data = ffmpeg(needs, samples, sample_rate, *options)
    found = encoder_delay(data)
    assert (found.tag, found.delay, found.padding, found.frames, found.encoder) == (None, None, None, None, "")
    assert found.likely_delay == compensation(found) == 1105
    assert found.sample_rate == sample_rate
    late, _ = lateness(data, samples)
    assert late - compensation(found) == 0


def test_stereo_and_more_than_one_id3_tag_with_footer_are_passed(needs, tmp_path):
    samples = np.repeat(noise(44_100), 2, axis=1)
    ffmpeg(needs, samples, 44_100, "-id3v2_version", "0", str(tmp_path / "clip.mp3"))
    plain = (tmp_path / "clip.mp3").read_bytes()
    footed = b"ID3\4\0\x10\0\0\1\2" + b"\xff\xfb" * 65 + b"3DI\4\0\x10\0\0\1\2"
    bare = b"ID3\3\0\0\0\0\0\0"
    assert encoder_delay(bare + footed + plain) == encoder_delay(plain)
    assert encoder_delay(plain).frames == 44_100


@pytest.mark.parametrize("sample_rate", [44_100, 16_000])
@pytest.mark.parametrize("emptied", ["name and all behind", "delay and padding"])
def test_a_tag_that_counts_frames_only_leaves_the_encoders_part(needs, tmp_path, sample_rate, emptied):
    """libsndfile then drops the decoder's 529 samples and cannot know the rest."""
    data, tag, samples = tagged(needs, tmp_path, sample_rate)
    own = tag + 8 + 4 + 4 + 100 + 4
    assert data[own : own + 4] == b"Lavc"
    first, stop = (own, own + 36) if emptied == "name and all behind" else (own + 21, own + 24)
    emptied_data = data[:first] + bytes(stop - first) + data[stop:]
    found = encoder_delay(emptied_data)
    assert (found.tag, found.delay, found.padding, found.frames) == ("Info", None, None, None)
    late, _ = lateness(emptied_data, samples)
    assert late == compensation(found) == 576


def test_a_tag_that_does_not_even_count_frames_is_as_good_as_none(needs, tmp_path):
    data, tag, samples = tagged(needs, tmp_path, 22_050)
    own = tag + 8 + 4 + 4 + 100 + 4
    mute = data[:tag] + b"Info" + bytes(4) + data[own : own + 36] + bytes(own - tag - 8) + data[own + 36 :]
    found = encoder_delay(mute)
    assert (found.tag, found.mpeg_frames, found.delay, found.frames) == ("Info", None, 576, None)
    late, _ = lateness(mute, samples)
    assert late == compensation(found) == 1105


@pytest.mark.parametrize("sample_rate", [44_100, 22_050])
def test_the_frame_of_a_vbri_tag_is_left_out(needs, sample_rate):
    samples = noise(sample_rate)
    plain = ffmpeg(needs, samples, sample_rate, "-write_xing", "0", "-id3v2_version", "0", *TO_A_PIPE)
    size = plain.index(plain[:2], 4)
    tag = b"VBRI" + b"\0\1\4\x90\0\x4b" + len(plain).to_bytes(4, "big") + (40).to_bytes(4, "big")
    data = (plain[:4] + bytes(32) + tag + bytes(size))[:size] + plain
    found = encoder_delay(data)
    assert (found.tag, found.is_vbr, found.mpeg_frames, found.delay) == ("VBRI", True, 40, None)
    late, decoded = lateness(data, samples)
    assert late == compensation(found) == 1105
    assert len(decoded) == len(read_audio(plain).samples)


def test_anything_before_the_first_frame_is_passed_for_a_while():
    data = encode(noise(16_000), 16_000, format="mp3")
    plain = encoder_delay(data)
    assert encoder_delay(b"\xff\xfbhello" * 700 + data) == plain
    assert encoder_delay(bytes(1 << 17) + data) is None


def test_the_first_frame_is_enough():
    data = encode(noise(16_000), 16_000, format="mp3")
    size = data.index(data[:2], 4)
    assert encoder_delay(data[: size + 4]) == encoder_delay(data[:size]) == encoder_delay(data)
    half = encoder_delay(data[:20])
    assert (half.tag, half.mpeg_frames, half.encoder) == ("Xing", None, "")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ID3",
        b"ID3\4\0\0\x7f\x7f\x7f\x7f",
        b"\xff",
        b"\xff\xfb\x90",
        b"<html>expired</html>",
        encode_wav(np.full((9000, 1), -1, np.int16), 8000, "PCM_16"),
        b"\xff\xf1\x50\x80" * 400,  # AAC: layer 0
        b"\xff\xfd\x90\xc4" * 400,  # layer II
        b"\xff\xeb\x90\xc4" * 400,  # a version nobody uses
        b"\xff\xfb\x9c\xc4" * 400,  # no such rate
        b"\xff\xfb\x00\xc4" * 400,  # free format
    ],
)
def test_what_is_no_layer_iii_has_no_delay(data):
    assert encoder_delay(data) is None


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xfb\x90\xc4", b"ID3\4\0\0\0\0\0\1", b"\xff\xe3\x38\xc0"]))
def test_no_bytes_at_all_raise(data, start):
    found = encoder_delay(start + data)
    if found is not None:
        assert found.sample_rate in {8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000}
        assert 0 <= compensation(found) <= 529 + 4095 + 1152


def test_a_tag_that_takes_more_than_there_is_gives_no_negative_length():
    odd = Mp3Delay("Info", "X", 4095, 4095, 1, is_vbr=False, sample_rate=16_000, frame_size=576)
    assert odd.frames == 0
