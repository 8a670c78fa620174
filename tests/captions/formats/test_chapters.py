"""Chapters as players and ffmpeg read them."""

from __future__ import annotations

import json
import subprocess

import pytest

from clipaudio.audio.encode import encode
from clipaudio.captions.formats.chapters import dumps, dumps_ffmetadata, make_chapters
from clipaudio.errors import ExportError

TITLES = ["One; two = #three\\four", "Zwei\nZeilen", "終わり"]


def test_ffmpeg_reads_titles_and_times(needs, tmp_path):
    ffmpeg = needs.program("ffmpeg")
    ffprobe = needs.program("ffprobe")
    (tmp_path / "clip.wav").write_bytes(encode([0.0] * 80_000, 8000))
    chapters = make_chapters(TITLES, [0.0, 2.5, 7.001], duration=10.0)
    (tmp_path / "clip.ffmetadata").write_text(dumps_ffmetadata(chapters), "utf-8")
    sources = ["-i", "clip.wav", "-i", "clip.ffmetadata", "-map_chapters", "1", "clip.mka"]
    subprocess.run([ffmpeg, "-v", "error", *sources], cwd=tmp_path, check=True)
    shown = subprocess.run(
        [ffprobe, "-v", "error", "-show_chapters", "-of", "json", "clip.mka"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    found = json.loads(shown.stdout)["chapters"]
    assert [row["tags"]["title"] for row in found] == [" ".join(title.split()) for title in TITLES]
    assert [float(row["start_time"]) for row in found] == [0.0, 2.5, 7.001]
    assert [float(row["end_time"]) for row in found] == [2.5, 7.001, 10.0]


def test_chapters_follow_one_another_without_a_gap(needs):
    webvtt = needs("webvtt")
    chapters = make_chapters(TITLES, [0.0, 2.5, 7.0], duration=10.0)
    captions = webvtt.from_string(dumps(chapters)).captions
    assert [caption.end for caption in captions][:2] == [caption.start for caption in captions][1:]
    assert make_chapters([], [], duration=3.0) == ()


def test_times_that_are_none_are_refused():
    with pytest.raises(ExportError, match="-1"):
        dumps_ffmetadata(make_chapters(["a"], [-1.0], duration=3.0))
