"""Reading whatever lies under the name of a clip."""

from __future__ import annotations

import io
import pickle
import struct

import numpy as np
import pytest
import soundfile

from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.errors import AudioError

TONE = (np.sin(np.arange(4000) / 9) / 2).reshape(-1, 1)

DOCUMENTS = {
    "xml": (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', "AccessDenied"),
    "html": (b"<!DOCTYPE html><html>gone</html>", None),
    "bom": (b"\xef\xbb\xbf<html>gone</html>", None),
    "json": (b'{"error": "expired"}', None),
    "json list": (b"[]", None),
    "id3": (b"ID3\x04\0\0\0\0\0\x02xx<html>gone</html>", None),
    "short id3": (b"ID3\x04\0\0\0\0\x7f\x7f<html>gone</html>", None),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_document_is_named_with_its_first_words_and_a_hint(case):
    data, code = DOCUMENTS[case]
    with pytest.raises(AudioError, match=r"a document instead of audio.*ask for the clip again") as caught:
        read_audio(data)
    assert (caught.value.kind, caught.value.code) == ("error_document", code)


def test_an_empty_file_is_refused_and_named(tmp_path):
    path = tmp_path / "clip.wav"
    path.touch()
    with pytest.raises(AudioError, match=r"clip\.wav: the file is empty") as caught:
        read_audio(path)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.kind, again.path) == ("empty_file", str(path))


@pytest.mark.parametrize("data", [b"x", b"\0" * 100, b"no audio at all", b"fLaC", b"OggS\0"])
def test_other_bytes_are_no_audio(data):
    with pytest.raises(AudioError, match="not audio that can be read: it starts with"):
        read_audio(data)


def test_a_missing_file_is_the_systems_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_audio(tmp_path / "none.wav")


@pytest.mark.parametrize(("kind", "subtype", "dtype"), [("flac", "PCM_16", "int16"), ("flac", "PCM_24", "int32")])
def test_lossless_formats_come_back_as_the_integers_they_hold(kind, subtype, dtype):
    audio = read_audio(encode(TONE, 16_000, format=kind, subtype=subtype))
    assert (audio.format, audio.subtype, str(audio.samples.dtype)) == ("FLAC", subtype, dtype)
    scale = 2.0 ** (8 * audio.samples.dtype.itemsize - 1)
    assert np.abs(audio.samples / scale - TONE).max() <= 0.5 / 2 ** (int(subtype[4:]) - 1)


def test_a_format_is_known_by_its_bytes_not_by_its_name(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(encode(TONE, 16_000, format="mp3"))
    audio = read_audio(path)
    assert (audio.format, audio.subtype, audio.frames, audio.channels) == ("MP3", "MPEG_LAYER_III", 4000, 1)
    assert audio.duration == 0.25
    assert np.abs(audio.samples - TONE).max() < 0.05


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "IMA_ADPCM"])
def test_compressed_wav_reads_as_libsndfile_does_even_when_its_sizes_lie(subtype):
    buffer = io.BytesIO()
    soundfile.write(buffer, TONE, 8000, format="WAV", subtype=subtype)
    sound = buffer.getvalue()
    want, _ = soundfile.read(io.BytesIO(sound), dtype="int16", always_2d=True)
    at = sound.index(b"data") + 4
    streamed = sound[:at] + struct.pack("<I", 0xFFFFFFFF) + sound[at + 4 :]
    for data, issues in ((sound, []), (streamed, ["data_size_unknown"])):
        audio = read_audio(data)
        assert np.array_equal(audio.samples[: len(want)], want[: audio.frames])
        assert abs(audio.frames - len(want)) < 600
        assert (audio.subtype, [issue.kind for issue in audio.issues]) == (subtype, issues)


def test_big_endian_mu_law_is_read_and_other_compression_refused():
    def riffx(tag):
        fmt = struct.pack(">HHIIHH", tag, 1, 8000, 8000, 1, 8)
        return b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10" + fmt + b"data\0\0\0\x04\0\x80\xff\x7f"

    assert read_audio(riffx(7)).samples[:, 0].tolist() == [-32124, 32124, 0, 0]
    with pytest.raises(AudioError, match="compressed big-endian WAV is not supported"):
        read_audio(riffx(17))
