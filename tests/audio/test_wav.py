"""WAV as services send it: every lie in a header is found, named and survived."""

from __future__ import annotations

import io
import os
import struct
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.audio.decode import read_audio
from clipaudio.audio.marks import CuePoint, mark_chunks, read_marks
from clipaudio.audio.reader import open_audio
from clipaudio.audio.wav import read_layout
from clipaudio.audio.wav_writer import WavWriter, encode_wav
from clipaudio.errors import AudioError, ClipAudioError, ConvertError

RAMP = (np.arange(16_000) % 1000 - 500).astype(np.int16).reshape(-1, 1)
BODY = RAMP.tobytes()
FMT = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)


def chunk(name, body, size=None, *, pad=True):
    tail = b"\0" if pad and len(body) % 2 else b""
    return name + struct.pack("<I", len(body) if size is None else size) + body + tail


def riff(*chunks, size=None, magic=b"RIFF"):
    body = b"WAVE" + b"".join(chunks)
    return magic + struct.pack("<I", len(body) if size is None else size) + body


def data_of(size):
    return chunk(b"data", BODY, size)


def big(fmt="<HHIIHH"):
    return struct.pack(">HHIIHH", *struct.unpack(fmt, FMT))


EXTENSIBLE = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 16_000, 32_000, 2, 16, 22, 16, 4) + struct.pack("<H", 1) + bytes(14)
DS64 = chunk(b"ds64", struct.pack("<QQQI", 40 + len(BODY), len(BODY), 16_000, 0))
LIST = chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0", pad=False)

SURVIVED = {
    "riff and data size zero": (riff(chunk(b"fmt ", FMT), data_of(0), size=0), 16_000, ["data_size_zero"]),
    "data size zero, riff 36": (riff(chunk(b"fmt ", FMT), data_of(0), size=36), 16_000, ["data_size_zero"]),
    "0xFFFFFFFF": (
        riff(chunk(b"fmt ", FMT), data_of(0xFFFFFFFF), size=0xFFFFFFFF),
        16_000,
        ["data_size_unknown"],
    ),
    "0x7FFFFFFF": (riff(chunk(b"fmt ", FMT), data_of(0x7FFFFFFF)), 16_000, ["data_size_unknown"]),
    "2000000000": (riff(chunk(b"fmt ", FMT), data_of(2_000_000_000)), 16_000, ["data_size_unknown"]),
    "0x7FFFF000": (riff(chunk(b"fmt ", FMT), data_of(0x7FFFF000)), 16_000, ["data_size_unknown"]),
    "half": (riff(chunk(b"fmt ", FMT), data_of(None))[: 44 + 16_000], 8000, ["truncated"]),
    "half and a byte": (
        riff(chunk(b"fmt ", FMT), data_of(None))[: 44 + 16_001],
        8000,
        ["truncated", "odd_byte"],
    ),
    "size too small": (riff(chunk(b"fmt ", FMT), data_of(1000)), 500, ["trailing_bytes"]),
    "list after": (riff(chunk(b"fmt ", FMT), data_of(None), chunk(b"LIST", b"INFO")), 16_000, []),
    "odd list, no pad": (riff(chunk(b"fmt ", FMT), LIST, data_of(None)), 16_000, ["unpadded_chunk"]),
    "odd list, pad": (riff(chunk(b"fmt ", FMT), chunk(b"LIST", b"INFOx"), data_of(None)), 16_000, []),
    "junk and fact": (
        riff(chunk(b"JUNK", bytes(28)), chunk(b"fmt ", FMT), chunk(b"fact", bytes(4)), data_of(None)),
        16_000,
        [],
    ),
    "extensible": (riff(chunk(b"fmt ", EXTENSIBLE), data_of(None)), 16_000, []),
    "fmt of 18": (riff(chunk(b"fmt ", FMT + b"\0\0"), data_of(None)), 16_000, []),
    "wrong rates": (
        riff(chunk(b"fmt ", FMT[:8] + struct.pack("<IHH", 1, 7, 16)), data_of(None)),
        16_000,
        ["inconsistent_fmt"],
    ),
    "empty": (riff(chunk(b"fmt ", FMT), chunk(b"data", b"")), 0, ["empty"]),
    "empty, list after": (riff(chunk(b"fmt ", FMT), chunk(b"data", b""), chunk(b"LIST", b"INFO")), 0, ["empty"]),
    "rf64": (
        riff(DS64, chunk(b"fmt ", FMT), data_of(0xFFFFFFFF), size=0xFFFFFFFF, magic=b"RF64"),
        16_000,
        [],
    ),
    "data before fmt": (riff(data_of(None), chunk(b"fmt ", FMT)), 16_000, []),
    "two data chunks": (
        riff(chunk(b"fmt ", FMT), data_of(None), data_of(None)),
        16_000,
        ["second_data_chunk"],
    ),
    "odd data": (riff(chunk(b"fmt ", FMT), chunk(b"data", BODY + b"x")), 16_000, ["odd_byte"]),
}

REFUSED = {
    "header only": (riff(chunk(b"fmt ", FMT), data_of(None))[:44], "truncated", "0 of 16000 frames arrived"),
    "cut in the header": (
        riff(chunk(b"fmt ", FMT), data_of(None))[:30],
        "truncated_header",
        "no whole fmt chunk",
    ),
    "cut before data": (riff(chunk(b"fmt ", FMT)), "truncated_header", "without a data chunk"),
    "riff and zeros": (b"RIFF" + bytes(100), "not_audio", "not audio that can be read"),
    "no rate": (
        riff(chunk(b"fmt ", FMT[:4] + bytes(4) + FMT[8:]), data_of(None)),
        "invalid_format",
        "1 channels at 0 Hz",
    ),
    "no channels": (
        riff(chunk(b"fmt ", FMT[:2] + bytes(2) + FMT[4:]), data_of(None)),
        "invalid_format",
        "0 channels",
    ),
    "48 bit": (
        riff(chunk(b"fmt ", FMT[:14] + b"\x30\0"), data_of(None)),
        "invalid_format",
        "48-bit samples of kind 1",
    ),
}


@pytest.mark.parametrize("case", SURVIVED)
def test_what_is_there_is_read_and_what_is_odd_is_named(case):
    data, frames, issues = SURVIVED[case]
    audio = read_audio(data)
    assert np.array_equal(audio.samples, RAMP[:frames])
    assert [issue.kind for issue in audio.issues] == issues
    assert (audio.sample_rate, audio.subtype, audio.format) == (16_000, "PCM_16", "WAV")


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_kind(case):
    data, kind, message = REFUSED[case]
    with pytest.raises(AudioError, match=message) as caught:
        read_audio(data)
    assert caught.value.kind == kind


def test_a_big_endian_file_reads_the_same():
    chunks = b"WAVEfmt " + struct.pack(">I", 16) + big() + b"data" + struct.pack(">I", len(BODY))
    data = b"RIFX" + struct.pack(">I", len(chunks) + len(BODY)) + chunks + RAMP.astype(">i2").tobytes()
    audio = read_audio(data)
    assert np.array_equal(audio.samples, RAMP)
    assert audio.samples.dtype.isnative


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_a_big_endian_extensible_file_reads_as_libsndfile_reads_it(subtype):
    kind, bits = (3, {"FLOAT": 32, "DOUBLE": 64}[subtype]) if subtype[0] != "P" else (1, int(subtype[4:]))
    width = bits // 8
    head = struct.pack(">HHIIHHHHII", 0xFFFE, 1, 8000, 8000 * width, width, bits, 22, bits, 4, kind)
    guid = struct.pack(">HH", 0, 16) + bytes.fromhex("800000aa00389b71")
    body = np.random.default_rng(1).integers(-60, 60, 40 * width, np.int8).tobytes()
    parts = [(b"fmt ", head + guid), (b"data", body)]
    chunks = b"".join(name + struct.pack(">I", len(part)) + part for name, part in parts)
    data = b"RIFX" + struct.pack(">I", len(chunks) + 4) + b"WAVE" + chunks
    dtype = {"DOUBLE": "float64", "FLOAT": "float32", "PCM_16": "int16"}.get(subtype, "int32")
    audio = read_audio(data)
    expected = soundfile.read(io.BytesIO(data), always_2d=True, dtype=dtype)[0]
    assert audio.subtype == subtype
    assert np.array_equal(audio.samples, expected, equal_nan=True)


@pytest.mark.parametrize("is_extensible", [False, True])
@pytest.mark.parametrize("fill", ["sign", "zero"])
def test_24_bits_at_the_bottom_of_4_bytes_are_read_at_their_level(is_extensible, fill):
    """The standard has them at the top; some devices write them at the bottom, with or without their sign."""
    whole = np.array([[-96, 23_052], [8_388_607, -8_388_608], [-1, 0]], "<i4")
    body = (whole if fill == "sign" else whole & 0xFFFFFF).astype("<i4").tobytes()
    fmt = struct.pack("<HHIIHH", 0xFFFE if is_extensible else 1, 2, 48_000, 384_000, 8, 32 if is_extensible else 24)
    if is_extensible:
        fmt += struct.pack("<HHIIHH", 22, 24, 3, 1, 0, 16) + bytes.fromhex("800000aa00389b71")
    audio = read_audio(riff(chunk(b"fmt ", fmt), chunk(b"data", body)))
    assert audio.subtype == "PCM_24"
    assert np.array_equal(audio.samples, whole << 8)


def test_24_bits_at_the_top_of_4_bytes_of_an_extensible_file_stay_there():
    whole = np.array([[-96, 23_052], [8_388_607, -8_388_608]], "<i4") << 8
    fmt = struct.pack("<HHIIHHHHIIHH", 0xFFFE, 2, 48_000, 384_000, 8, 32, 22, 24, 3, 1, 0, 16)
    data = riff(chunk(b"fmt ", fmt + bytes.fromhex("800000aa00389b71")), chunk(b"data", whole.tobytes()))
    assert np.array_equal(read_audio(data).samples, whole)


def test_blocks_of_gsm_give_no_more_sound_than_they_hold(needs, tmp_path):
    """libsndfile makes a further block of the byte that pads an odd chunk."""
    path, peer = tmp_path / "a.wav", tmp_path / "peer.wav"
    soundfile.write(path, RAMP[: 3 * 320] / 32_768, 8000, format="WAV", subtype="GSM610")
    subprocess.run([needs.program("ffmpeg"), "-v", "error", "-i", str(path), str(peer)], check=True)
    assert path.stat().st_size % 2 == 0
    assert len(read_audio(path).samples) == len(soundfile.read(peer)[0]) == 960


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_libsndfile_reads_what_we_write_and_we_read_what_it_writes(subtype, channels):
    rng = np.random.default_rng(channels)
    if subtype in {"FLOAT", "DOUBLE"}:
        samples = rng.uniform(-1, 1, (333, channels)).astype(np.float32 if subtype == "FLOAT" else np.float64)
    else:
        wide = {"PCM_U8": 8, "PCM_16": 0, "PCM_24": 8, "PCM_32": 0}[subtype]
        dtype = np.int16 if subtype in {"PCM_U8", "PCM_16"} else np.int32
        info = np.iinfo(dtype)
        samples = rng.integers(info.min, info.max, (333, channels), dtype=dtype, endpoint=True) >> wide << wide
    ours = encode_wav(samples, 22_050, subtype)
    theirs, rate = soundfile.read(io.BytesIO(ours), dtype=str(samples.dtype), always_2d=True)
    assert rate == 22_050
    assert soundfile.info(io.BytesIO(ours)).subtype == subtype
    assert np.array_equal(theirs, samples)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 22_050, format="WAV", subtype=subtype)
    for data in (ours, buffer.getvalue()):
        audio = read_audio(data)
        assert (audio.subtype, audio.sample_rate, audio.issues) == (subtype, 22_050, ())
        assert audio.samples.dtype == samples.dtype
        assert np.array_equal(audio.samples, samples)


@given(st.binary(max_size=200), st.integers(0, 80), st.sampled_from([x[0][:400] for x in SURVIVED.values()]))
def test_no_damage_gives_an_untyped_error(noise, at, data):
    """A file cut anywhere and stirred with noise reads, or is refused by an error of ours."""
    damaged = data[:at] + noise + data[at + len(noise) // 2 :]
    try:
        audio = read_audio(damaged)
    except ClipAudioError:
        return
    assert audio.samples.nbytes <= 16 * len(damaged)


def test_a_layout_says_where_the_samples_stand():
    layout = read_layout(riff(chunk(b"fmt ", FMT), data_of(None)))
    assert (layout.start, layout.stop, layout.channels) == (44, 44 + len(BODY), 1)


@pytest.mark.parametrize(
    ("samples", "rate", "subtype", "message"),
    [
        (np.zeros((1, 1), np.int32), 8000, "PCM_16", "PCM_16 wants int16 of shape .*found int32"),
        (np.zeros(1, np.int16), 8000, "PCM_16", r"wants int16 of shape \(frames, channels\)"),
        (np.zeros((1, 1), np.int16), 8000, "FLOAT", "FLOAT wants float32"),
        (np.zeros((1, 1), np.int16), 8000, "GSM610", "cannot write 'GSM610' as WAV here"),
        (np.zeros((1, 0), np.int16), 8000, "PCM_16", "cannot hold 0 channels"),
        (np.zeros((1, 1), np.int16), 1 << 32, "PCM_16", "cannot hold 1 channels at 4294967296 Hz"),
    ],
)
def test_what_no_wav_can_hold_is_refused(samples, rate, subtype, message):
    with pytest.raises(ConvertError, match=message):
        encode_wav(samples, rate, subtype)


@pytest.mark.slow
def test_more_than_4_gib_become_rf64(tmp_path):
    """The file is sparse: only its header takes room on the disk."""
    frames, path = (1 << 31) + 1000, tmp_path / "long.wav"
    with path.open("wb") as file:
        WavWriter(file, 8000, 1, "PCM_16", frames=frames)
        start = file.tell()
        file.truncate(start + 2 * frames)
    assert soundfile.info(path).frames == frames
    with open_audio(path) as audio:
        assert (audio.frames, audio.issues) == (frames, ())
        assert not next(audio.blocks(1000)).any()


@given(st.integers(0, 50), st.integers(0, 50), st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "FLOAT"]))
def test_a_wrong_promise_of_frames_is_put_right(promised, written, subtype):
    samples = np.zeros((written, 1), {"PCM_24": np.int32, "FLOAT": np.float32}.get(subtype, np.int16))
    file = io.BytesIO()
    writer = WavWriter(file, 8000, 1, subtype, frames=promised)
    for first in range(0, written, 7):
        writer.write(samples[first : first + 7])
    writer.close()
    assert file.getvalue() == encode_wav(samples, 8000, subtype)


class Nowhere(io.BytesIO):
    """A file that forgets its samples."""

    def write(self, data):
        return len(data)


def test_gigabytes_more_than_promised_cannot_be_put_right():
    writer = WavWriter(Nowhere(), 8000, 1, "PCM_16", frames=1)
    block = np.zeros((1 << 25, 1), np.int16)
    for _ in range(64):
        writer.write(block)
    with pytest.raises(ConvertError, match="2147483648 frames came instead of 1"):
        writer.close()


def test_gigabytes_less_than_promised_leave_an_rf64_that_tells_the_truth():
    file = io.BytesIO()
    writer = WavWriter(file, 8000, 1, "PCM_16", frames=1 << 31, chunks=mark_chunks([CuePoint("Hi", 1, 2)]))
    writer.write(np.arange(9, dtype=np.int16)[:, np.newaxis])
    writer.close()
    audio = read_audio(file.getvalue())
    assert file.getvalue()[:4] == b"RF64"
    assert (audio.samples[:, 0].tolist(), audio.issues) == (list(range(9)), ())
    assert soundfile.read(io.BytesIO(file.getvalue()), dtype="int16")[0].tolist() == list(range(9))
    assert read_marks(file.getvalue()) == (CuePoint("Hi", 1, 2),)


def test_an_extensible_format_cut_after_its_first_fields_is_refused():
    fmt = b"fmt " + struct.pack("<IHHIIHH", 40, 0xFFFE, 1, 8000, 16_000, 2, 16)
    cut = b"RIFF\0\0\0\0WAVEdata" + struct.pack("<I", 4) + b"abcd" + fmt
    for extra in range(10):
        with pytest.raises(AudioError):
            read_audio(cut + bytes(extra))


@pytest.mark.slow
@pytest.mark.parametrize("promised", [0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_stream_longer_than_its_header_can_tell_is_read_to_its_end(tmp_path, promised):
    path = tmp_path / "long.wav"
    path.write_bytes(encode_wav(np.zeros((0, 1), np.int16), 48_000, "PCM_16")[:40] + struct.pack("<I", promised))
    os.truncate(path, 44 + (5 << 30))
    with open_audio(path) as audio:
        assert audio.frames == 5 << 29
        assert [issue.kind for issue in audio.issues] == ["data_size_unknown"]


def test_a_cut_rf64_is_truncated_and_not_streamed(tmp_path):
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        WavWriter(file, 48_000, 1, "PCM_16", frames=5 << 29)
        start = file.tell()
    os.truncate(path, start + (3 << 30))
    with open_audio(path) as audio:
        assert audio.frames == 3 << 29
        assert [issue.kind for issue in audio.issues] == ["truncated"]
    os.truncate(path, start + (5 << 30))
    with open_audio(path) as audio:
        assert (audio.frames, audio.issues) == (5 << 29, ())
