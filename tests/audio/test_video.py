"""The sound of a video has the times at which players play it."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
import soundfile

from clipaudio.audio.decode import read_audio
from clipaudio.audio.ffmpeg_probe import _find_gaps
from clipaudio.cli.main import main

RATE = 48_000


@pytest.fixture
def video(needs, tmp_path):
    """Return a function that makes a video whose sound, half a second of noise, begins *late* seconds behind it."""
    program = needs.program("ffmpeg")

    def make(name, late, *codec, picture=3, early=0.0):
        sound = tmp_path / "sound.wav"
        soundfile.write(sound, np.random.default_rng(1).uniform(-0.5, 0.5, RATE // 2), RATE)
        inputs = ["-itsoffset", str(early), "-f", "lavfi", "-i", f"testsrc=s=64x64:r=25:d={picture}"]
        whole = [
            program,
            "-v",
            "error",
            *inputs,
            "-itsoffset",
            str(late),
            "-i",
            str(sound),
            *codec,
            str(tmp_path / name),
        ]
        subprocess.run(whole, check=True)
        return tmp_path / name

    return make


def onset(samples):
    """Return the second of the first sample that is heard."""
    return int(np.flatnonzero(np.abs(samples[:, 0]) > 0.05)[0]) / RATE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", ("-c:a", "aac")), ("a.mkv", ("-c:a", "libopus")), ("a.mov", ("-c:a", "pcm_s16le"))]
)
@pytest.mark.parametrize("late", [0.0, 0.4, 1.7])
def test_sound_stands_where_ffmpeg_puts_it_beside_the_picture(video, needs, tmp_path, name, codec, late):
    path = video(name, late, *codec)
    audio = read_audio(path)
    assert onset(audio.samples) == pytest.approx(late, abs=0.03)
    assert [issue.kind for issue in audio.issues] == (["late_sound"] if late else [])
    filled = tmp_path / "filled.wav"
    options = ["-af", "aresample=async=1:first_pts=0", "-f", "wav", str(filled)]
    subprocess.run([needs.program("ffmpeg"), "-v", "error", "-i", str(path), "-map", "a:0", *options], check=True)
    assert onset(audio.samples) == pytest.approx(onset(soundfile.read(filled, always_2d=True)[0]), abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "codec"), [("a.webm", "libopus"), ("a.m4a", "aac"), ("a.mka", "pcm_s16le")])
def test_gaps_are_filled_as_players_keep_them(needs, tmp_path, name, codec):
    bursts = np.zeros((4 * RATE, 1))
    for second in range(4):
        bursts[second * RATE : second * RATE + RATE // 10] = np.random.default_rng(2).uniform(
            -0.5, 0.5, (RATE // 10, 1)
        )
    soundfile.write(tmp_path / "sound.wav", bursts, RATE)
    late = "asetpts='PTS+gte(T,1.5)*2/TB+gte(T,2.5)*0.5/TB'"
    command = [needs.program("ffmpeg"), "-v", "error", "-i", str(tmp_path / "sound.wav"), "-af", late, "-c:a", codec]
    subprocess.run([*command, str(tmp_path / name)], check=True)
    audio = read_audio(tmp_path / name)
    assert [issue.kind for issue in audio.issues] == ["gaps"]
    assert re.search(r"2 gaps, in all of 2\.(?:4[5-9]|50)", audio.issues[0].message)
    for second in (0, 1, 4, 5.5):
        place = int(second * RATE)
        around = np.abs(audio.samples[max(place - RATE // 4, 0) : place + RATE // 4])
        assert onset(around) + max(second - 0.25, 0) == pytest.approx(second, abs=0.04)


@pytest.mark.slow
def test_packets_that_were_lost_one_by_one_are_silence(needs, tmp_path):
    source = ["-f", "lavfi", "-i", "sine=440:r=48000:d=20", "-c:a", "libopus"]
    path = tmp_path / "a.mka"
    dropped = ["-bsf:a", "noise=drop=not(mod(n\\,10))"]
    subprocess.run([needs.program("ffmpeg"), "-v", "error", *source, *dropped, str(path)], check=True)
    audio = read_audio(path)
    assert len(audio.samples) / audio.sample_rate == pytest.approx(20, abs=0.2)
    assert [issue.kind for issue in audio.issues] == ["gaps"]


def test_a_clock_that_steps_back_is_seen_and_rounding_is_no_gap():
    steady = np.column_stack((np.round(np.arange(30_000) * 1024 / 44_100, 3), np.full(30_000, 0.023)))
    assert _find_gaps(steady, has_long_packets=False) == (0, 0.0, False)
    back = np.array([[0.0, 0.5], [0.5, 0.5], [0.6, 0.5], [2.0, 0.5]])
    assert _find_gaps(back, has_long_packets=False)[2]


@pytest.mark.slow
def test_sound_far_behind_the_first_pictures_is_found(video):
    large = ("-c:v", "rawvideo", "-allow_raw_vfw", "1", "-pix_fmt", "yuv420p", "-s", "320x180", "-c:a", "libopus")
    path = video("a.mkv", 5.0, *large, picture=6)
    assert path.stat().st_size > 10_000_000  # more than ffprobe looks at
    audio = read_audio(path)
    assert onset(audio.samples) == pytest.approx(5.0, abs=0.03)
    assert [issue.kind for issue in audio.issues] == ["late_sound"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.avi", "a.mpg", "a.flv", "a.wmv", "a.mov", "a.mkv", "a.webm"])
def test_whole_videos_of_every_kind_have_no_issue(video, name):
    audio = read_audio(video(name, 0.0, "-ar", "48000" if name == "a.webm" else "44100", picture=2))
    assert audio.issues == ()
    assert 0.4 < len(audio.samples) / audio.sample_rate < 0.7


@pytest.mark.slow
def test_hours_of_silence_are_told_and_left_out(video):
    audio = read_audio(video("a.mp4", 4000.0, "-c:a", "aac"))
    assert len(audio.samples) < RATE
    assert [issue.kind for issue in audio.issues] == ["late_sound"]
    assert "it was left out, for it is longer than an hour" in audio.issues[0].message


@pytest.mark.slow
def test_nothing_is_put_before_sound_that_begins_first_or_has_a_cover_only(video, needs, tmp_path):
    assert read_audio(video("a.mkv", 0.0, "-c:a", "libopus", early=0.5)).issues == ()
    cover = tmp_path / "cover.png"
    program = needs.program("ffmpeg")
    subprocess.run([program, "-v", "error", "-f", "lavfi", "-i", "testsrc=d=0.04", str(cover)], check=True)
    inputs = ["-itsoffset", "0.5", "-i", str(tmp_path / "sound.wav"), "-i", str(cover)]
    options = ["-map", "0", "-map", "1", "-disposition:v", "attached_pic", "-c:v", "png", str(tmp_path / "a.m4a")]
    subprocess.run([program, "-v", "error", *inputs, *options], check=True)
    assert read_audio(tmp_path / "a.m4a").issues == ()


@pytest.mark.slow
def test_commands_tell_what_was_put_before_the_sound(video, tmp_path, capsys):
    path = video("a.mkv", 0.4, "-c:a", "libopus")
    assert main(["convert", str(path), "--out", str(tmp_path / "out"), "--sample-rate", "16000"]) == 0
    assert "the sound begins 0.3" in capsys.readouterr().err
    (made,) = (tmp_path / "out").iterdir()
    assert onset(soundfile.read(made, always_2d=True)[0]) * RATE / 16_000 == pytest.approx(0.4, abs=0.03)
