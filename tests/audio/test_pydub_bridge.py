"""Samples to pydub and back, against pydub's own reader of the same files."""

from __future__ import annotations

import io
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clipaudio.audio.decode import Audio
from clipaudio.audio.encode import encode
from clipaudio.audio.pydub_bridge import from_pydub, to_pydub
from clipaudio.audio.quantize import quantize
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.errors import AudioError, ConvertError

pytestmark = [
    # the module pydub needs was deprecated before it left the standard library
    pytest.mark.filterwarnings("ignore:'audioop' is deprecated:DeprecationWarning"),
    # pydub 0.25.1 writes regular expressions in plain strings; seen when it is compiled for the first time
    pytest.mark.filterwarnings("ignore:.*invalid escape sequence:SyntaxWarning"),
    pytest.mark.filterwarnings("ignore:.*invalid escape sequence:DeprecationWarning"),
    # and looks for programs we do not need from it
    pytest.mark.filterwarnings("ignore:Couldn't find ff.*:RuntimeWarning"),
]

SUBTYPES = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 4, "PCM_32": 4}
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9).filter(lambda shape: shape[1] > 0)
INT32 = hnp.arrays(np.int32, SHAPES)


@pytest.fixture(autouse=True)
def pydub(needs):
    return needs("pydub")


def audio(wide, subtype, sample_rate=16_000):
    """Return the top bits of *wide* as Audio of *subtype*."""
    bits = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}[subtype]
    samples, _ = quantize(wide >> (32 - bits) << (32 - bits), subtype)
    return Audio(samples, sample_rate, subtype, "WAV")


@given(INT32, st.sampled_from(list(SUBTYPES)))
def test_there_and_back_is_the_same_to_the_last_bit(wide, subtype):
    clip = audio(wide, subtype)
    segment = to_pydub(clip)
    assert (segment.sample_width, segment.channels, segment.frame_rate) == (SUBTYPES[subtype], wide.shape[1], 16_000)
    back = from_pydub(segment, subtype=subtype)
    assert np.array_equal(back.samples, clip.samples)
    assert back.samples.dtype == clip.samples.dtype
    assert (back.subtype, back.sample_rate, back.issues) == (subtype, 16_000, ())


@pytest.mark.parametrize("subtype", SUBTYPES)
def test_a_segment_is_what_pydub_reads_from_the_same_file(pydub, tmp_path, subtype):
    wide = np.random.default_rng(1).integers(-(2**31), 2**31, (900, 2)).astype(np.int32)
    clip = audio(wide, subtype)
    path = tmp_path / "clip.wav"
    path.write_bytes(encode_wav(clip.samples, 16_000, subtype))
    theirs = pydub.AudioSegment.from_wav(io.BytesIO(path.read_bytes()))
    ours = to_pydub(path)
    assert np.array_equal(from_pydub(theirs, subtype=subtype).samples, clip.samples)
    if subtype == "PCM_24":  # it fills the byte below a negative sample with ones
        low = np.frombuffer(theirs.raw_data, np.int32) & 0xFF
        assert set(low.tolist()) == {0, 0xFF}
    else:
        assert ours == theirs


@pytest.mark.parametrize("subtype", SUBTYPES)
def test_what_pydub_writes_has_our_samples(subtype):
    wide = np.random.default_rng(2).integers(-(2**31), 2**31, (400, 2)).astype(np.int32)
    clip = audio(wide, subtype)
    written = to_pydub(clip).export(io.BytesIO(), format="wav").getvalue()
    depth = "PCM_32" if subtype == "PCM_24" else subtype
    assert written[44:] == encode_wav(clip.samples, 16_000, depth)[44:]


@given(st.integers(0, 500), st.integers(0, 500), st.sampled_from([8000, 22_050, 44_100]))
def test_a_slice_in_milliseconds_is_that_slice_of_the_samples(first, second, sample_rate):
    start, end = sorted((first, second))
    samples = np.arange(sample_rate, dtype=np.int32).reshape(-1, 2)  # half a second
    clip = Audio(samples, sample_rate, "PCM_32", "WAV")
    sliced = from_pydub(to_pydub(clip)[start:end])
    assert np.array_equal(sliced.samples, samples[start * sample_rate // 1000 : end * sample_rate // 1000])


def test_joining_and_mixing_in_pydub_keeps_the_samples(pydub):
    clip = Audio(np.arange(800, dtype=np.int16)[:, np.newaxis], 8000, "PCM_16", "WAV")
    joined = to_pydub(clip) + to_pydub(clip)
    assert np.array_equal(from_pydub(joined).samples, np.concatenate([clip.samples, clip.samples]))
    two = pydub.AudioSegment.from_mono_audiosegments(to_pydub(clip), to_pydub(clip))
    assert np.array_equal(from_pydub(two).samples, np.repeat(clip.samples, 2, axis=1))


def test_floats_and_companded_samples_take_the_depth_that_holds_them():
    samples = np.random.default_rng(3).uniform(-0.9, 0.9, (500, 1))
    clip = Audio(samples, 8000, "DOUBLE", "WAV")
    assert np.abs(from_pydub(to_pydub(clip)).samples / 2**31 - samples).max() <= 2**-32
    assert to_pydub(clip, subtype="PCM_16").sample_width == 2
    assert to_pydub(encode(samples, 8000, subtype="MULAW")).sample_width == 2
    assert to_pydub(Audio(np.zeros((4, 1), np.int32), 8000, "ALAC_24", "CAF")).sample_width == 4


def test_what_comes_back_may_be_changed():
    back = from_pydub(to_pydub(Audio(np.ones((4, 1), np.int16), 8000, "PCM_16", "WAV")))
    back.samples[0] = 7
    assert back.samples[:, 0].tolist() == [7, 1, 1, 1]


def test_nothing_is_nothing(pydub):
    assert from_pydub(to_pydub(Audio(np.zeros((0, 2), np.int16), 8000, "PCM_16", "WAV"))).samples.shape == (0, 2)
    assert from_pydub(pydub.AudioSegment.empty()).frames == 0


def segment(**changes):
    return SimpleNamespace(**{"sample_width": 2, "frame_rate": 8000, "channels": 1, "raw_data": bytes(8)} | changes)


def test_a_width_or_length_no_samples_have_is_refused():
    with pytest.raises(AudioError, match="samples of 3 bytes; expected 1, 2 or 4"):
        from_pydub(segment(sample_width=3))
    with pytest.raises(AudioError, match="8 bytes; expected whole frames of 3 channels and 2 bytes"):
        from_pydub(segment(channels=3))
    with pytest.raises(AudioError, match="whole frames of 0 channels"):
        from_pydub(segment(channels=0))


def test_a_subtype_of_another_width_is_refused():
    with pytest.raises(ConvertError, match="samples of 2 bytes cannot be PCM_24; expected PCM_16"):
        from_pydub(segment(), subtype="PCM_24")
    with pytest.raises(ConvertError, match="cannot quantize to 'FLOAT'"):
        to_pydub(Audio(np.zeros((4, 1)), 8000, "DOUBLE", "WAV"), subtype="FLOAT")


def test_without_the_extra_the_message_says_how_to_install_it():
    code = (
        "import sys\n"
        "sys.modules['pydub'] = None\n"
        "import numpy as np\n"
        "from clipaudio.audio.decode import Audio\n"
        "from clipaudio.audio.pydub_bridge import to_pydub\n"
        "from clipaudio.errors import MissingExtraError\n"
        "try: to_pydub(Audio(np.zeros((4, 1)), 8000, 'DOUBLE', 'WAV'))\n"
        "except MissingExtraError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "pip install " in done.stdout
    assert '"pydub>=' in done.stdout
    assert "audioop-lts" in done.stdout
