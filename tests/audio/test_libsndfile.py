"""What libsndfile does for us, also when the bytes are damaged."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.audio.marks import CuePoint, mark_chunks, read_marks, text_chunk
from clipaudio.errors import AudioError, ClipAudioError, ConvertError

TONE = (np.sin(np.arange(4000) / 9) / 2).reshape(-1, 1)


def written(kind, subtype="PCM_16"):
    buffer = io.BytesIO()
    soundfile.write(buffer, TONE, 8000, format=kind, subtype=subtype)
    return buffer.getvalue()


SOUND = [
    encode(TONE, 16_000, format="flac"),
    written("AU"),
    written("AIFF"),
    written("CAF"),
    written("WAV", "MS_ADPCM"),
]


@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from([0, 1, 127, 128, 255])), min_size=1, max_size=6),
    st.integers(40, 9000),
)
@settings(deadline=None, max_examples=300)
def test_damage_gives_audio_or_an_error_of_ours(sound, changes, cut):
    damaged = bytearray(sound)
    for at, value in changes:
        damaged[at] = value
    try:
        audio = read_audio(bytes(damaged[:cut]))
    except ClipAudioError:
        return
    assert audio.samples.ndim == 2


def test_a_size_that_was_never_filled_in_does_not_matter():
    sound = bytearray(written("AU"))
    sound[8:12] = struct.pack(">I", 0xFFFFFFFF)
    assert np.array_equal(read_audio(bytes(sound)).samples, read_audio(written("AU")).samples)


@pytest.mark.parametrize("kind", ["flac"])
def test_a_cut_file_is_read_as_far_as_it_goes_and_named(kind):
    rng = np.random.default_rng(0)
    whole = encode(rng.uniform(-0.9, 0.9, (30_000, 1)), 16_000, format=kind)
    audio = read_audio(whole[: len(whole) // 2])
    assert 0 < audio.frames < 30_000
    assert [issue.kind for issue in audio.issues] == ["truncated"]
    assert str(audio.issues[0]).startswith("truncated: 30000 frames promised, ")


def test_a_file_without_a_frame_is_named():
    buffer = io.BytesIO()
    soundfile.write(buffer, TONE[:0], 8000, format="AIFF", subtype="PCM_16")
    audio = read_audio(buffer.getvalue())
    assert (audio.samples.shape, [issue.kind for issue in audio.issues]) == ((0, 1), ["empty"])


@pytest.mark.parametrize(("kind", "rate"), [("mp3", 22_050), ("ogg", 22_050), ("opus", 48_000), ("flac", 22_050)])
def test_blocks_have_no_cracks_between_them(kind, rate):
    """A decoder that is sent to a place, even its own, may forget what frames lend each other."""
    noise = np.random.default_rng(0).standard_normal(5 * rate) * np.repeat([0.02, 0.05, 0.03, 0.06, 0.01], rate)
    data = encode(noise, rate, format=kind)
    whole, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    read = read_audio(data).samples
    found = read / 32768 if read.dtype == np.int16 else read
    assert found.shape == whole.shape
    assert np.abs(found - whole).max() < 1e-6


def test_an_error_says_the_reason_and_no_address_of_an_object():
    with pytest.raises(AudioError, match=r"\(Format not recognised\.\)$"):
        read_audio(b"abcdefgh" * 10)
    with pytest.raises(ConvertError, match="Opus only supports sample rates of") as caught:
        encode(np.zeros(10), 44_100, format="opus")
    assert " at 0x" not in str(caught.value)


def test_a_flac_that_does_not_tell_its_length_is_read_to_its_end(tmp_path):
    whole = encode(TONE, 16_000, format="flac")
    piped = whole[:21] + bytes([whole[21] & 0xF0, 0, 0, 0, 0]) + whole[26:]  # as written to a pipe: 0 frames in all
    report = convert(piped, tmp_path / "a.wav", sample_rate=22_050)
    assert (report.frames, report.issues) == (5513, ())
    assert np.array_equal(read_audio(piped).samples, read_audio(whole).samples)


def test_a_wav_of_ms_adpcm_keeps_its_coefficients():
    data = written("WAV", "MS_ADPCM")
    wanted, _ = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    assert np.array_equal(read_audio(data).samples, wanted)


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_more_channels_than_ogg_holds_are_refused(kind):
    with pytest.raises(ConvertError, match="at most 255 channels fit"):
        encode(np.zeros((99, 256), np.int16), 8000, format=kind)


@pytest.mark.parametrize(("subtype", "frames"), [("ULAW", 99), ("ALAW", 100)])
def test_companded_wav_carries_marks(tmp_path, subtype, frames):
    marks = [CuePoint("Hi", 1, 2)]
    chunks = mark_chunks(marks) + text_chunk(comment="id")
    convert(encode(TONE[:frames], 8000, subtype=subtype), tmp_path / "a.wav", chunks=chunks)
    data = (tmp_path / "a.wav").read_bytes()
    assert read_marks(data) == tuple(marks)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    audio = read_audio(data)
    assert (audio.frames, audio.subtype, audio.issues) == (frames, subtype, ())
    with soundfile.SoundFile(tmp_path / "a.wav") as file:
        assert (file.frames, file.comment) == (frames, "id")


def test_what_no_other_format_can_carry_is_not_dropped_without_a_word(tmp_path):
    with pytest.raises(ConvertError, match="FLAC cannot hold words or other chunks of a WAV"):
        convert(encode(TONE, 8000), tmp_path / "a.flac", chunks=mark_chunks([CuePoint("Hi", 1, 2)]))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["flac", "ogg", "mp3", "wav"])
def test_a_rate_beyond_what_libsndfile_counts_is_refused(tmp_path, kind):
    lying = bytearray(encode(TONE, 8000, subtype="ULAW" if kind == "wav" else "PCM_16"))
    lying[24:28] = struct.pack("<I", 0xFFFFFF80)
    with pytest.raises(ConvertError, match="cannot hold 1 channels at 4294967168 Hz"):
        convert(bytes(lying), tmp_path / f"a.{kind}")
    assert not list(tmp_path.iterdir())


def test_a_sample_dump_is_refused_without_a_word_on_stdout(capfd):
    with pytest.raises(AudioError, match="a MIDI sample dump"):
        read_audio(written("SDS")[:-100])
    assert capfd.readouterr().out == ""
