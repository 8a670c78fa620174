"""Videos: captions stand in the picture where they should, for as long as the sound lasts."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise

import numpy as np
import pytest

from clipaudio.cli.main import main
from clipaudio.clip import open_clip
from clipaudio.errors import AudioError, ExportError
from clipaudio.export import find_format
from clipaudio.media import video

TEXT = "Hello there. This is it."
WIDTH, HEIGHT = 320, 180


@pytest.fixture(scope="module")
def clip(tmp_path_factory, sound_bytes):
    folder = tmp_path_factory.mktemp("video")
    (folder / "a.wav").write_bytes(sound_bytes("a", 2.4))
    edges = np.linspace(0, 2.4, len(TEXT) + 1).tolist()
    stamps = {"graph_chars": list(TEXT), "graph_times": list(pairwise(edges))}
    return open_clip({"id": "a", "audio_timestamps": stamps}, audio=folder / "a.wav", language="en")


@pytest.fixture(scope="module")
def sound_bytes(make_clips):
    """Return the bytes of a sound of some length."""

    def make(name, seconds):
        (row,) = make_clips().add(name, seconds=seconds)
        with open(row.audio, "rb") as file:  # noqa: PTH123
            return file.read()

    return make


@pytest.fixture(scope="module")
def ffmpeg(needs):
    return needs.program("ffmpeg")


def frame(ffmpeg, path, second, size=(WIDTH, HEIGHT)):
    """Return one frame as shades of gray."""
    command = [ffmpeg, "-v", "error", "-ss", str(second), "-i", path, "-frames:v", "1", "-f", "rawvideo"]
    out = subprocess.run([*command, "-pix_fmt", "gray", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(out, np.uint8).reshape(size[1], size[0]).astype(int)


def streams(path):
    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", path]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"]


@pytest.mark.parametrize("resolution", ["320x180", "180x320"])
@pytest.mark.parametrize("position", ["bottom", "top"])
def test_captions_are_drawn_where_they_should_be_and_nowhere_else(clip, ffmpeg, tmp_path, resolution, position):
    size = tuple(map(int, resolution.split("x")))
    options = {"resolution": resolution, "size": "9%", "position": position, "background": "#204060", "margin": "5%"}
    path = clip.save(tmp_path / "a.mp4", **options)
    bare = tmp_path / "bare.mp4"
    source = ["-f", "lavfi", "-i", f"color=c=0x204060:s={resolution}:r=30:d=1", "-pix_fmt", "yuv420p"]
    subprocess.run([ffmpeg, "-v", "error", *source, "-y", bare], check=True)
    with_text, without = frame(ffmpeg, path, 0.5, size), frame(ffmpeg, bare, 0.5, size)
    rows = np.flatnonzero((abs(with_text - without) > 60).any(axis=1))
    assert len(rows) > 4
    half = size[1] // 2
    assert (rows > half).all() if position == "bottom" else (rows < half).all()
    assert (size[1] - rows.max() if position == "bottom" else rows.min()) >= size[1] * 0.05 - 2


@pytest.mark.usefixtures("ffmpeg")
def test_the_video_lasts_as_long_as_the_sound(clip, tmp_path):
    for fps in (25, "30000/1001"):
        path = clip.save(tmp_path / "a.mp4", resolution="320x180", fps=fps)
        picture, sound = sorted(streams(path), key=lambda one: one["codec_type"], reverse=True)
        assert (picture["codec_name"], sound["codec_name"]) == ("h264", "aac")
        assert float(picture["duration"]) == pytest.approx(clip.duration, abs=1 / 25)
        assert float(sound["duration"]) == pytest.approx(clip.duration, abs=1 / 25)
        assert (picture["width"], picture["height"]) == (320, 180)


@pytest.mark.parametrize("suffix", ["png", "jpg", "mp4"])
def test_a_picture_or_a_video_stands_behind_whatever_its_name(clip, ffmpeg, tmp_path, suffix):
    plain = tmp_path / f"plain.{suffix}"
    source = ["-f", "lavfi", "-i", "color=c=red:s=64x64:r=10:d=0.5"]
    count = [] if suffix == "mp4" else ["-frames:v", "1"]
    subprocess.run([ffmpeg, "-v", "error", *source, *count, plain], check=True)
    name = tmp_path / f"it's [100%d], a:b\\c é.{suffix}"
    name.write_bytes(plain.read_bytes())
    path = clip.save(tmp_path / "a.mp4", resolution="320x180", background=str(name))
    assert float(streams(path)[0]["duration"]) == pytest.approx(clip.duration, abs=1 / 25)
    for second in (0.2, 2.2):
        assert abs(frame(ffmpeg, path, second)[:40] - 76).max() < 24  # red, as gray
    assert frame(ffmpeg, path, 0.5)[120:].max() > 200  # the captions


def test_the_waveform_moves(clip, ffmpeg, tmp_path):
    path = clip.save(tmp_path / "a.mp4", resolution="320x180", picture="waveform", background="#000000")
    first, second = frame(ffmpeg, path, 0.3)[:120], frame(ffmpeg, path, 1.0)[:120]
    assert first.max() > 60
    assert abs(first - second).max() > 40


def test_an_open_mouth_is_taller_than_a_closed_one(clip, ffmpeg, tmp_path):
    path = clip.save(tmp_path / "a.mp4", resolution="320x180", picture="mouth", background="#000000")
    heights = {}
    for cue in json.loads(clip.dumps("rhubarb"))["mouthCues"]:
        if cue["end"] - cue["start"] > 0.1:
            rows = (frame(ffmpeg, path, (cue["start"] + cue["end"]) / 2)[:120] > 40).any(axis=1)
            heights.setdefault(cue["value"], int(rows.sum()))
    assert len(heights) > 2
    order = [heights[shape] for shape in "XABFHCD" if shape in heights]
    assert order[0] < order[-1]


def test_the_spoken_word_is_highlighted(clip, ffmpeg, tmp_path):
    path = clip.save(tmp_path / "a.words.mp4", resolution="320x180", highlight="#00ff00", size="10%")
    command = [ffmpeg, "-v", "error", "-ss", "0.3", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    out = subprocess.run([*command, "-"], check=True, capture_output=True).stdout
    red, green, blue = np.frombuffer(out, np.uint8).reshape(-1, 3).astype(int).T
    assert ((green > 150) & (red < 90) & (blue < 90)).any()


def test_edited_clips_make_a_video_of_what_is_left(clip, tmp_path):
    path = clip.cut(0.0, 1.2).save(tmp_path / "a.mp4", resolution="320x180")
    assert float(streams(path)[0]["duration"]) == pytest.approx(1.2, abs=1 / 25)


def test_a_clip_without_sound_makes_no_video(clip, tmp_path):
    bare = open_clip({"id": "a", "audio_timestamps": {"graph_chars": ["H"], "graph_times": [[0, 1]]}})
    with pytest.raises(ExportError, match="the audio is not at hand"):
        bare.save(tmp_path / "a.mp4")
    with pytest.raises(ExportError, match="holds bytes, not text"):
        clip.dumps("mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("ffmpeg")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resolution": "321x180"}, "even width and height"),
        ({"background": "no/such.png"}, "no colour such as #336699, and no file"),
        ({"background": __file__}, "check the background"),
    ],
)
def test_what_cannot_be_made_is_told_and_leaves_no_file(clip, tmp_path, options, message):
    with pytest.raises(ExportError, match=message) as caught:
        clip.save(tmp_path / "a.mp4", **{"resolution": "320x180", **options})
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_playlist_as_the_background_opens_no_other_file(clip, ffmpeg, tmp_path):
    secret = tmp_path / "secret.mp4"
    source = ["-f", "lavfi", "-i", "color=c=red:s=64x64:r=10:d=0.5"]
    subprocess.run([ffmpeg, "-v", "error", *source, secret], check=True)
    for text in (f"#EXTM3U\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n", f"ffconcat version 1.0\nfile '{secret}'\n"):
        (tmp_path / "list.mp4").write_text(text)
        with pytest.raises(ExportError, match="check the background"):
            clip.save(tmp_path / "a.mp4", resolution="320x180", background=str(tmp_path / "list.mp4"))


def test_a_missing_ffmpeg_is_told_before_any_work(tmp_path, monkeypatch, capsys, clips):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExportError, match="writing mp4 needs the program ffmpeg; install it"):
        find_format("mp4").check()
    clips.add("a")
    assert main(["export", str(clips.folder / "00000.json"), "--to", "mp4"]) == 2
    assert "needs the program ffmpeg" in capsys.readouterr().err


def test_an_ffmpeg_that_cannot_draw_is_told(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho ' V..... libx264 x'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ExportError, match="needs an ffmpeg with subtitles"):
        video.require_ffmpeg()


@pytest.mark.usefixtures("ffmpeg")
def test_a_batch_makes_videos_and_books_of_every_clip(clips, tmp_path):
    clips.add("a", "b")
    words = ["--to", "mp4,epub", "--resolution", "64x64", "--size", "9%", "--flat", "--jobs", "1"]
    assert main(["batch", str(clips.folder), "--out", str(tmp_path / "out"), *words]) == 0
    made = sorted(path.name for path in (tmp_path / "out").iterdir() if path.suffix in {".mp4", ".epub"})
    assert made == ["a.epub", "a.mp4", "b.epub", "b.mp4"]
    assert streams(tmp_path / "out" / "a.mp4")[0]["width"] == 64


def test_a_font_that_is_missing_is_told(clip, needs):
    needs.program("fc-match")
    notes = find_format("mp4").notes(clip.export_context(font="No Such Font 123"))
    assert any("there is no font No Such Font 123 on this machine" in note for note in notes)


@pytest.mark.usefixtures("ffmpeg")
def test_a_damaged_sound_is_told(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"nothing")
    stamps = {"graph_chars": ["H"], "graph_times": [[0, 1]]}
    with pytest.raises(AudioError):
        open_clip({"id": "a", "audio_timestamps": stamps}, audio=tmp_path / "a.wav").save(tmp_path / "b.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
