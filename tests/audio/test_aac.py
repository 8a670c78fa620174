"""AAC files that ffmpeg writes for us: ffprobe reads their rate, length and tags; the sound is at its place."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.cli.main import main
from clipaudio.errors import ConvertError


@pytest.fixture(autouse=True)
def _programs(needs):
    needs.program("ffmpeg")
    needs.program("ffprobe")


@pytest.fixture
def noise():
    dice = np.random.default_rng(3)
    return np.cumsum(dice.normal(size=(50_000, 2)), axis=0).clip(-200, 200) / 400


def probe(path):
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("name", ["a.m4a", "a.aac", "A.M4A"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_ffprobe_reads_the_rate_and_the_channels(tmp_path, noise, name, subtype):
    report = convert(encode(noise, 48_000, subtype=subtype), tmp_path / name, sample_rate=24_000, subtype=subtype)
    stream = probe(tmp_path / name)["streams"][0]
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"]) == ("aac", "24000", 2)
    assert (report.subtype, report.frames) == ("AAC", 25_000)


def test_the_sound_of_an_m4a_stays_at_its_place(noise):
    read = read_audio(encode(noise, 44_100, format="m4a")).samples[: len(noise)]
    middle = slice(4000, 40_000)
    error = np.sqrt(np.mean((read[middle] - noise[middle]) ** 2))
    late = np.sqrt(np.mean((read[5000:41_000] - noise[middle]) ** 2))
    assert error < 0.1 * np.std(noise) < late


def test_the_same_bytes_come_out_of_every_run_and_tags_are_kept(tmp_path, noise):
    made = []
    for name in ("a.m4a", "b.m4a"):
        convert(encode(noise, 44_100), tmp_path / name, title="Ein Titel = gut", comment="-i x")
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    tags = probe(tmp_path / "a.m4a")["format"]["tags"]
    assert (tags["title"], tags["comment"]) == ("Ein Titel = gut", "-i x")


def test_a_better_quality_takes_more_bytes(tmp_path, noise):
    sizes = []
    for quality in (1, None, 0):
        convert(encode(noise, 44_100), tmp_path / "a.m4a", quality=quality)
        sizes.append((tmp_path / "a.m4a").stat().st_size)
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize(
    ("frames", "channels", "rate", "words"),
    [(100, 1, 12_345, "sample rate of 7350"), (100, 9, 44_100, "8 channels"), (0, 1, 44_100, "no samples")],
)
def test_what_aac_cannot_hold_is_refused_and_nothing_is_written(tmp_path, frames, channels, rate, words):
    target = tmp_path / "a.m4a"
    with pytest.raises(ConvertError, match=words):
        convert(encode(np.zeros((frames, channels)), rate), target)
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_ffmpeg_is_told_before_any_work(tmp_path, monkeypatch, capsys, noise):
    (tmp_path / "a.wav").write_bytes(encode(noise, 44_100))
    monkeypatch.setenv("PATH", "")
    assert main(["convert", str(tmp_path / "a.wav"), "--out", str(tmp_path / "o.m4a")]) == 2
    assert "install it, or ask for mp3" in capsys.readouterr().err
    with pytest.raises(ConvertError, match="install it"):
        encode(noise, 44_100, format="m4a")


def test_a_folder_is_converted_to_m4a(tmp_path, noise):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "take 1.5.wav").write_bytes(encode(noise, 44_100))
    assert main(["convert", str(tmp_path / "in"), "--out", str(tmp_path / "o"), "--format", "m4a"]) == 0
    assert probe(tmp_path / "o" / "take 1.5.m4a")["streams"][0]["codec_name"] == "aac"
