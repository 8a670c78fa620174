"""Words inside a WAV: read back by ourselves and by others, and the service's own marks are read."""

from __future__ import annotations

import struct
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.audio.marks import CuePoint, mark_chunks, read_marks, text_chunk
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.errors import ConvertError

SILENCE = np.zeros((8001, 1), np.int16)
labels = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
marks = st.lists(
    st.builds(
        CuePoint,
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        st.integers(0, 8000),
        st.integers(0, 99),
    ),
    max_size=6,
)


@given(marks)
def test_marks_are_read_back(found):
    whole = encode_wav(SILENCE, 8000, "PCM_16", chunks=mark_chunks(found) + text_chunk(title="Ärger", comment="id"))
    assert read_marks(whole) == tuple(sorted(found, key=lambda mark: mark.start))


def test_the_file_stays_a_wav_for_everyone(needs, tmp_path):
    path = tmp_path / "a.wav"
    chunks = mark_chunks([CuePoint("Hey", 800, 400), CuePoint("there.", 1600, 1000)]) + text_chunk(
        title="Hi", comment="c1"
    )
    path.write_bytes(encode_wav(SILENCE, 8000, "PCM_16", chunks=chunks))
    with soundfile.SoundFile(path) as file:
        assert file.frames == 8001
        assert (file.title, file.comment) == ("Hi", "c1")
    told = subprocess.run(
        [needs.program("ffprobe"), "-v", "error", "-show_format", path], check=True, capture_output=True, text=True
    )
    assert "TAG:title=Hi" in told.stdout
    assert clipaudio.convert(path, tmp_path / "b.wav").issues == ()


def test_the_marks_of_the_services_stream_are_read():
    """As its public recording has them: letters and phones share points, `list` is in lower case."""
    points = struct.pack("<I", 2) + b"".join(
        struct.pack("<II4sIII", n, f, b"data", 0, 0, f) for n, f in ((1, 0), (2, 512))
    )
    texts = b""
    for number, frames, kind, text in ((1, 512, b"grph", "T"), (1, 512, b"phon", "ð"), (2, 768, b"grph", "i")):
        body = struct.pack("<II4sHHHH", number, frames, kind, 0, 0, 0, 0) + text.encode() + b"\0"
        texts += b"ltxt" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    chunks = b"cue " + struct.pack("<I", len(points)) + points
    chunks += b"list" + struct.pack("<I", 4 + len(texts)) + b"adtl" + texts
    assert read_marks(b"RIFF\xff\xff\xff\xffWAVE" + chunks + b"data\xff\xff\xff\xff") == (
        CuePoint("T", 0, 512, "grph"),
        CuePoint("ð", 0, 512, "phon"),
        CuePoint("i", 512, 768, "grph"),
    )


def test_a_point_without_length_and_a_cut_file_are_read_as_far_as_they_go():
    whole = mark_chunks([CuePoint("a", 1, 2), CuePoint("b", 3, 4)])
    intro = b"RIFF____WAVE"
    assert read_marks(intro + whole[:60]) == (CuePoint("", 1, 0), CuePoint("", 3, 0))
    for stop in range(len(whole)):
        assert len(read_marks(intro + whole[:stop])) in {0, 2}
    assert read_marks(intro) == ()
    assert mark_chunks([]) == text_chunk() == b""


def test_a_mark_out_of_reach_is_refused():
    with pytest.raises(ConvertError, match="mark 'x' at frame -1 is out of a WAV's reach"):
        mark_chunks([CuePoint("x", -1, 0)])


@pytest.mark.parametrize("rate", [None, 16_000])
def test_a_clip_carries_its_words(tmp_path, rate):
    (tmp_path / "a.wav").write_bytes(encode_wav(np.zeros((11_025, 1), np.int16), 22_050, "PCM_16"))
    stamps = {"graph_chars": list("Hi yo"), "graph_times": [[0.1 * i, 0.1 * i + 0.1] for i in range(5)]}
    clip = clipaudio.open_clip({"id": "cecad6f9", "audio_timestamps": stamps}, audio=tmp_path / "a.wav")
    clip.convert(tmp_path / "b.wav", sample_rate=rate, with_words=True)
    rate = rate or 22_050
    found = read_marks((tmp_path / "b.wav").read_bytes())
    assert [(mark.label, mark.start / rate, mark.frames / rate) for mark in found] == [
        ("Hi", 0.0, pytest.approx(0.2, abs=1e-4)),
        ("yo", pytest.approx(0.3, abs=1e-4), pytest.approx(0.2, abs=1e-4)),
    ]
    with soundfile.SoundFile(tmp_path / "b.wav") as file:
        assert file.comment == "cecad6f9"


def test_words_follow_when_silence_is_trimmed(tmp_path):
    sound = np.zeros((22_050, 1), np.int16)
    sound[8820:13_230] = 9000  # from 0.4 s to 0.6 s
    (tmp_path / "a.wav").write_bytes(encode_wav(sound, 22_050, "PCM_16"))
    stamps = {"graph_chars": list("Hi"), "graph_times": [[0.4, 0.5], [0.5, 0.6]]}
    clip = clipaudio.open_clip({"id": "cecad6f9", "audio_timestamps": stamps}, audio=tmp_path / "a.wav")
    report = clip.convert(tmp_path / "b.wav", sample_rate=16_000, with_words=True, trim_silence=True)
    assert report.offset == pytest.approx(0.35, abs=1e-4)
    assert read_marks((tmp_path / "b.wav").read_bytes()) == (CuePoint("Hi", 800, 3200),)


@pytest.mark.parametrize("kind", ["é   ", "rgn", "region"])
def test_a_kind_is_four_letters(kind):
    with pytest.raises(ConvertError, match="four ASCII letters are expected"):
        mark_chunks([CuePoint("x", 0, 1, kind)])
