"""Converting files: exact where nothing has to change, reproducible where something has."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import soundfile
import soxr

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.errors import AudioError, ConvertError

NOISE = np.random.default_rng(7).integers(-20_000, 20_000, (8820, 2)).astype(np.int16)


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(encode(NOISE, 44_100))
    return path


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_same_rate_and_depth_copies_every_sample(tmp_path, subtype):
    source = tmp_path / "a.wav"
    source.write_bytes(encode(NOISE // 3, 44_100, subtype=subtype))
    report = convert(source, tmp_path / "b.wav")
    before, after = read_audio(source), read_audio(tmp_path / "b.wav")
    assert np.array_equal(before.samples, after.samples)
    assert (after.subtype, report.subtype, report.frames, report.clipped) == (subtype, subtype, 8820, 0)


@pytest.mark.parametrize("name", ["b.wav", "b.flac", "b.ogg", "b.mp3"])
@pytest.mark.parametrize(("subtype", "trims"), [("PCM_16", False), ("ULAW", False), ("PCM_24", True)])
def test_the_hash_of_a_report_is_that_of_the_file(tmp_path, name, subtype, trims):
    silence = np.zeros((44_100, 2), np.int16)
    clip, target = encode(np.concatenate((silence, NOISE, silence)), 44_100), tmp_path / name
    subtype = subtype if name.endswith("wav") else "PCM_16"  # trimmed, fewer frames come than the header said
    report = convert(clip, target, sample_rate=16_000, subtype=subtype, trim_silence=trims, with_hash=True)
    assert report.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert (report.frames < 35_200) == trims


@pytest.mark.parametrize("wide", ["PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_more_depth_and_back_is_bit_exact(clip, tmp_path, wide):
    convert(clip, tmp_path / "wide.wav", subtype=wide)
    convert(tmp_path / "wide.wav", tmp_path / "back.wav", subtype="PCM_16")
    assert (tmp_path / "back.wav").read_bytes() == clip.read_bytes()


def test_another_rate_is_soxrs_samples_within_the_dither(clip, tmp_path):
    report = convert(clip, tmp_path / "b.wav", sample_rate=16_000)
    want = soxr.resample((NOISE / 32768).astype(np.float32), 44_100, 16_000, quality="HQ") * 32768
    got, rate = soundfile.read(tmp_path / "b.wav", dtype="int16")
    assert (rate, report.frames, report.sample_rate) == (16_000, 3200, 16_000)
    assert np.abs(got - want).max() < 1.5
    assert np.abs(got - want).max() > 0.6
    convert(clip, tmp_path / "c.wav", sample_rate=16_000, dither="none")
    assert np.array_equal(soundfile.read(tmp_path / "c.wav", dtype="int16")[0], np.rint(want))


def test_a_second_run_gives_the_same_bytes(clip, tmp_path):
    for name in ("a.wav", "b.wav"):
        convert(clip, tmp_path / name, sample_rate=22_050)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_silence_stays_digital_silence(tmp_path):
    convert(encode(np.zeros((4410, 1)), 44_100), tmp_path / "b.wav", sample_rate=16_000)
    assert not read_audio(tmp_path / "b.wav").samples.any()


def test_the_output_may_be_the_input(clip):
    convert(clip, clip, sample_rate=16_000)
    assert read_audio(clip).sample_rate == 16_000


def test_bytes_and_other_formats_are_read_and_written(tmp_path):
    report = convert(encode(NOISE, 44_100, format="flac"), tmp_path / "b.mp3", sample_rate=48_000)
    assert (report.source, report.subtype) == ("<bytes>", "MPEG_LAYER_III")
    assert soundfile.info(tmp_path / "b.mp3").samplerate == 48_000
    assert convert(tmp_path / "b.mp3", tmp_path / "c.wav").subtype == "PCM_16"
    assert convert(encode(NOISE, 44_100, subtype="PCM_32"), tmp_path / "d.flac").subtype == "PCM_24"


def test_clipped_samples_are_counted_and_issues_told(tmp_path):
    loud = encode(np.full(100, 1.5), 8000, subtype="FLOAT")[:-8]
    report = convert(loud, tmp_path / "b.wav", subtype="PCM_16")
    assert (report.clipped, report.issues[0].kind) == (98, "truncated")
    assert report.as_row()["issues"] == ["truncated: 400 bytes promised, 392 found (98 of 100 frames)"]


def test_a_failed_conversion_leaves_the_old_file(clip, tmp_path):
    before = clip.read_bytes()
    bad = encode(np.array([0.0, np.nan]), 8000, subtype="FLOAT")
    for rate in (None, 16_000):
        with pytest.raises(ConvertError, match="sample 1 of channel 0 is nan"):
            convert(bad, clip, subtype="PCM_16", sample_rate=rate)
    with pytest.raises(AudioError, match="a document instead of audio"):
        convert(b"<html>", clip)
    with pytest.raises(ConvertError, match="exists and was not to be replaced"):
        convert(clip, clip, overwrite=False)
    assert clip.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["clip.wav"]


def test_an_unknown_extension_is_refused(clip):
    with pytest.raises(ConvertError, match=r"unknown extension '.wma'; expected one of .wav"):
        convert(clip, "b.wma")


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_a_title_and_a_comment_are_carried(clip, tmp_path, kind):
    path = tmp_path / f"b.{kind}"
    report = convert(clip, path, title="Ärger", comment="cecad6f9")
    with soundfile.SoundFile(path) as file:
        assert (file.title, file.comment) == ("Ärger", "cecad6f9")
    assert report.issues == convert(path, tmp_path / "c.wav").issues == ()
