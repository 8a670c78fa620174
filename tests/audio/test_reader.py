"""What only some services send: m4a, aac, Wave64."""

from __future__ import annotations

import io
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from clipaudio.audio import ffmpeg
from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.demuxers import Demuxer
from clipaudio.audio.encode import encode
from clipaudio.audio.reader import open_audio
from clipaudio.errors import AudioError

TONE = np.sin(np.arange(44_100) / 9) / 2
LARGE = 17 << 20  # bytes; such a file is not read at once
OPEN = Path("/proc/self/fd")


@pytest.fixture(scope="module")
def compressed(needs, tmp_path_factory):
    """A tone of one second as m4a and as bare aac."""
    folder = tmp_path_factory.mktemp("aac")
    (folder / "a.wav").write_bytes(encode(TONE, 44_100))
    for name in ("a.m4a", "a.aac"):
        command = [needs.program("ffmpeg"), "-v", "error", "-i", folder / "a.wav", "-b:a", "192k", folder / name]
        subprocess.run(command, check=True)
    return folder


@pytest.mark.parametrize(("name", "kind"), [("a.m4a", "M4A"), ("a.aac", "AAC")])
def test_m4a_and_aac_come_through_ffmpeg(compressed, name, kind):
    path = compressed / name
    for source in (path, path.read_bytes()):
        audio = read_audio(source)
        assert (audio.format, audio.sample_rate, audio.channels, audio.subtype) == (kind, 44_100, 1, "AAC")
        assert abs(audio.frames - 44_100) < 3000
        middle = audio.samples[10_000:30_000, 0]
        assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_m4a_is_converted_in_blocks(compressed, tmp_path):
    report = convert(compressed / "a.m4a", tmp_path / "b.wav", sample_rate=16_000, subtype="PCM_16")
    assert abs(report.frames - 16_000) < 1000


def test_without_ffmpeg_the_message_says_what_to_do():
    with pytest.raises(AudioError, match="needs the program ffmpeg; install it, or ask for wav") as caught:
        ffmpeg.FfmpegReader(b"", None, demuxer=Demuxer("mov", "M4A"), find=lambda _: None)
    assert caught.value.kind == "needs_ffmpeg"


def test_an_m4a_without_sound_is_no_audio(needs):
    needs.program("ffmpeg")
    with pytest.raises(AudioError, match="ffmpeg finds no audio"):
        read_audio(b"\0\0\0\x20ftypM4A " + bytes(100))


def test_wave64_is_read(tmp_path):
    soundfile.write(tmp_path / "a.w64", TONE, 44_100, subtype="PCM_16", format="W64")
    audio = read_audio(tmp_path / "a.w64")
    assert (audio.format, audio.frames, audio.samples.dtype) == ("W64", 44_100, np.int16)


def test_a_large_file_is_read_where_it_is_looked_at(tmp_path):
    """Above 16 MiB nothing is read at once; the samples are the same."""
    samples = np.arange(10_000_000, dtype=np.int32).astype(np.int16)
    path = tmp_path / "large.wav"
    path.write_bytes(encode(samples, 48_000))
    with open_audio(path) as audio:
        assert np.array_equal(np.concatenate(list(audio.blocks(1 << 20)))[:, 0], samples)
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(0).uniform(-1, 1, (6_000_000, 2)), 48_000, format="FLAC")
    large = tmp_path / "large.flac"
    large.write_bytes(file.getvalue())
    with open_audio(large) as audio:
        assert sum(map(len, audio.blocks(1 << 20))) == 6_000_000
    large.write_bytes(b"\1\2\3\4" * (1 << 23))
    with pytest.raises(AudioError, match="not audio that can be read") as caught:
        read_audio(large)
    assert caught.value.path == str(large)


def test_a_cut_m4a_is_named(needs, compressed, tmp_path):
    command = [needs.program("ffmpeg"), "-v", "error", "-i", compressed / "a.m4a", "-c", "copy"]
    subprocess.run([*command, "-movflags", "+faststart", tmp_path / "b.m4a"], check=True)
    data = (tmp_path / "b.m4a").read_bytes()
    assert read_audio(data).issues == ()
    [issue] = read_audio(data[: len(data) // 2]).issues
    assert issue.kind == "truncated"
    assert issue.message.startswith("44100 frames promised, ")


@pytest.mark.skipif(not OPEN.is_dir(), reason="counts open files as Linux tells them")
@pytest.mark.parametrize("name", ["a.m4a", "a.aac", "a.flac"])
def test_who_stops_early_leaves_nothing_open(compressed, name):
    if name == "a.flac":
        (compressed / name).write_bytes(encode(TONE, 44_100, format="flac"))
        os.truncate(compressed / name, LARGE)
    before = len(list(OPEN.iterdir()))
    with open_audio(compressed / name) as audio:
        blocks = audio.blocks(100)
        next(blocks)
    assert len(list(OPEN.iterdir())) == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_read_to_its_end(tmp_path):
    data = encode(TONE, 44_100)
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as other:
        other.submit((tmp_path / "pipe").write_bytes, data)
        audio = read_audio(tmp_path / "pipe")
    assert (audio.frames, audio.issues) == (44_100, ())


def test_a_file_that_shrinks_while_it_is_read_is_named(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(encode(TONE, 44_100))
    os.truncate(path, LARGE)
    with open_audio(path) as audio:
        blocks = audio.blocks(500)
        next(blocks)
        os.truncate(path, 2001)
        with pytest.raises(AudioError, match="the file became shorter while it was read") as caught:
            list(blocks)
    assert caught.value.kind == "truncated"


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_kind_of_bytes_is_converted(tmp_path, kind):
    report = convert(kind(encode(TONE, 44_100)), tmp_path / "a.wav")
    assert (report.source, report.frames) == ("<bytes>", 44_100)
