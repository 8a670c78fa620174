"""All the sound of a file is read, whatever its headers claim and whatever stands around it, or an issue says so.

Lengths are those of ffmpeg, which reads the same bytes by itself.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.audio.quantize import to_float
from clipaudio.audio.reader import open_audio
from clipaudio.errors import AudioError

RATE = 16_000


def tone(seconds, rate=RATE, hertz=440.0, level=0.4):
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def kinds(audio):
    return [issue.kind for issue in audio.issues]


def seven_bits(size):
    return bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])


def id3v2(body, *, footer=False):
    body = bytes(body)
    head = bytes([4, 0, 0x10 if footer else 0]) + seven_bits(len(body))
    return b"ID3" + head + body + (b"3DI" + head if footer else b"")


ID3V1 = b"TAG" + b"title".ljust(125, b"\0")
APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16)
LYRICS = b"LYRICSBEGIN" + b"IND00002" + b"00" + b"000021" + b"LYRICS200"
PAGE = b"<!DOCTYPE html><html><body>Not found</body></html>"
BEHIND = {"ID3v1": ID3V1, "APE": APE, "both": APE + ID3V1, "lyrics": LYRICS + ID3V1, "zeros": bytes(1000), "page": PAGE}
FRONT = {"ID3v2": id3v2(2000), "footer": id3v2(300, footer=True), "two": id3v2(10) + id3v2(70)}
PLAIN = {kind: encode(tone(1.0), RATE, format=kind) for kind in ("wav", "flac", "ogg", "mp3")}
PLAIN["opus"] = encode(tone(1.0), RATE, format="opus")


def ffmpeg(needs, *options, samples, rate=RATE, channels=1):
    """Return what ffmpeg encodes, written to a pipe as a server does."""
    program = needs.program("ffmpeg")
    source = ["-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "-"]
    command = [program, "-v", "error", *source, *options, "-"]
    return subprocess.run(command, input=samples.astype("<f4").tobytes(), check=True, capture_output=True).stdout


def decoded_by_ffmpeg(needs, data, tmp_path, channels=1):
    path = tmp_path / "peer.bin"
    path.write_bytes(data)
    command = [needs.program("ffmpeg"), "-v", "quiet", "-i", str(path), "-f", "f32le", "-"]
    raw = subprocess.run(command, check=False, capture_output=True).stdout
    return np.frombuffer(raw, "<f4").reshape(-1, channels)


def first_frame(data):
    """Return the bytes of the first frame of an MP3: all up to the next header."""
    return data[: data.index(data[:2], 4)]


@pytest.mark.parametrize("rate", [8000, 24_000, 44_100])
@pytest.mark.parametrize(("front", "behind"), [(b"", b""), (id3v2(50), b""), (b"", ID3V1), (id3v2(50), APE + ID3V1)])
def test_an_mp3_of_one_frame_is_read(needs, rate, front, behind):
    plain = ffmpeg(needs, "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", samples=tone(0.5, rate), rate=rate)
    one = first_frame(plain)
    audio = read_audio(front + one + behind)
    assert len(audio.samples) == (1152 if rate > 24_000 else 576)
    assert kinds(audio) == ["no_delay_tag"]
    whole = read_audio(plain).samples[: len(audio.samples)]
    assert np.array_equal(audio.samples, whole)


def test_an_mp3_that_is_a_tag_alone_is_empty():
    tagged = encode(tone(1.0), RATE, format="mp3")
    assert "empty" in kinds(read_audio(first_frame(tagged)))


@pytest.mark.parametrize("size_of_first", [-1, 4])
def test_a_vbri_tag_says_nothing_of_how_long_the_sound_is(needs, size_of_first):
    """Decoders that divide the size of the file by that of this frame read a third of the sound, or three times it."""
    samples = np.concatenate((np.random.default_rng(7).uniform(-0.8, 0.8, RATE), tone(6.0, level=0.006)))
    plain = ffmpeg(needs, "-q:a", "4", "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", samples=samples)
    kbits = (plain[2] >> 4) + size_of_first
    head = bytes([*plain[:2], kbits << 4 | plain[2] & 0x0C, plain[3]])
    size = 72_000 * (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)[kbits - 1] // RATE
    count = len(read_audio(plain).samples) // 576
    tag = b"VBRI" + b"\0\1\4\x90\0\x4b" + len(plain).to_bytes(4, "big") + count.to_bytes(4, "big")
    audio = read_audio((head + bytes(32) + tag).ljust(size, b"\0") + plain)
    assert np.array_equal(audio.samples, read_audio(plain).samples)
    assert kinds(audio) == ["no_delay_tag"]


@pytest.mark.parametrize("seconds", [1.0, 7.3])
@pytest.mark.parametrize("loud_first", [True, False])
def test_a_variable_mp3_without_a_tag_is_read_to_its_end(needs, tmp_path, seconds, loud_first):
    noise = np.random.default_rng(7).uniform(-0.8, 0.8, RATE)
    parts = [noise, tone(seconds, level=0.006)]
    data = ffmpeg(
        needs,
        "-q:a",
        "4",
        "-write_xing",
        "0",
        "-f",
        "mp3",
        samples=np.concatenate(parts if loud_first else parts[::-1]),
    )
    audio = read_audio(data)
    peer = decoded_by_ffmpeg(needs, data, tmp_path)
    assert abs(audio.frames - len(peer)) <= 1152
    assert audio.frames >= (1 + seconds) * RATE
    assert kinds(audio) == ["no_delay_tag"]


@pytest.mark.parametrize("copies", [2, 5])
def test_joined_mp3s_with_tags_are_read_one_after_the_other(copies):
    audio = read_audio(PLAIN["mp3"] * copies)
    assert audio.frames == copies * RATE
    assert kinds(audio) == ["joined"]
    alone = read_audio(PLAIN["mp3"]).samples
    assert np.array_equal(audio.samples, np.concatenate([alone] * copies))


def test_a_tag_that_counts_too_few_frames_is_not_believed():
    data = bytearray(PLAIN["mp3"])
    at = data.index(b"Xing") if b"Xing" in data else data.index(b"Info")
    data[at + 8 : at + 12] = (5).to_bytes(4, "big")
    audio = read_audio(bytes(data))
    assert audio.frames == RATE
    assert kinds(audio) == ["length_mismatch"]


def test_an_mp3_that_changes_rate_and_channels_is_read_whole(needs):
    options = ("-b:a", "64k", "-write_xing", "0", "-f", "mp3")
    mono = ffmpeg(needs, *options, samples=tone(2.0))
    stereo = ffmpeg(needs, *options, samples=np.repeat(tone(2.0, 24_000)[:, None], 2, axis=1), rate=24_000, channels=2)
    audio = read_audio(mono + stereo)
    assert (audio.sample_rate, audio.channels) == (RATE, 1)
    assert 4 * RATE <= audio.frames <= 4 * RATE + 4 * 1152
    assert kinds(audio) == ["no_delay_tag", "joined"]


@pytest.mark.parametrize("kinds_of", [("ogg", "ogg"), ("opus", "opus"), ("ogg", "opus", "ogg")])
def test_chained_ogg_streams_are_read_one_after_the_other(kinds_of):
    audio = read_audio(b"".join(PLAIN[kind] for kind in kinds_of))
    assert audio.frames == len(kinds_of) * RATE
    assert kinds(audio) == ["joined"]


@pytest.mark.parametrize("total", [0, 4000, RATE - 1])
def test_a_flac_is_as_long_as_its_frames_say(total):
    data = bytearray(PLAIN["flac"])
    data[18:26] = (int.from_bytes(data[18:26], "big") >> 36 << 36 | total).to_bytes(8, "big")
    with open_audio(bytes(data)) as audio:
        assert audio.frames == RATE
    found = read_audio(bytes(data))
    assert np.array_equal(found.samples, read_audio(PLAIN["flac"]).samples)
    assert kinds(found) == (["length_mismatch"] if total else [])


@pytest.mark.parametrize("block", [576, 1152, 4096, 4608])
@pytest.mark.parametrize("seconds", [0.05, 1.0])
def test_flac_of_ffmpeg_is_read_to_the_sample(needs, block, seconds):
    samples = np.random.default_rng(3).normal(0, 0.1, round(seconds * RATE))
    data = ffmpeg(needs, "-frame_size", str(block), "-f", "flac", samples=samples)  # to a pipe: it tells no length
    audio = read_audio(data + ID3V1)
    assert audio.frames == len(samples)
    assert kinds(audio) == []


@pytest.mark.parametrize("codec", ["flac", "libvorbis", "libopus"])
def test_ogg_of_ffmpeg_is_read_to_the_sample(needs, tmp_path, codec):
    data = ffmpeg(needs, "-c:a", codec, "-f", "ogg", samples=tone(1.5, 48_000), rate=48_000)
    audio = read_audio(data)
    peer = decoded_by_ffmpeg(needs, data, tmp_path)
    assert audio.frames == len(peer) == 72_000
    assert np.abs(to_float(audio.samples, np.float32)[:, 0] - peer[:, 0]).max() < 2e-3


@pytest.mark.parametrize("name", BEHIND)
@pytest.mark.parametrize("kind", ["flac", "mp3", "ogg"])
def test_bytes_behind_the_sound_change_nothing(kind, name):
    plain, found = read_audio(PLAIN[kind]), read_audio(PLAIN[kind] + BEHIND[name])
    assert np.array_equal(found.samples, plain.samples)
    expected = [["trailing_bytes"]] if name == "page" else [[], ["trailing_bytes"]]
    assert kinds(found) in ([[]] if kind == "flac" else expected)


@pytest.mark.parametrize("name", FRONT)
@pytest.mark.parametrize("kind", [*PLAIN, "aiff", "caf", "w64"])
def test_tags_before_the_sound_are_left_out(kind, name):
    data = PLAIN.get(kind)
    if data is None:
        file = io.BytesIO()
        soundfile.write(file, tone(1.0), RATE, format=kind.upper(), subtype="PCM_16")
        data = file.getvalue()
    plain, found = read_audio(data), read_audio(FRONT[name] + data)
    assert np.array_equal(found.samples, plain.samples)
    assert kinds(found) == kinds(plain)


def test_zeros_before_the_first_mp3_frame_are_left_out():
    found = read_audio(id3v2(50) + bytes(1024) + PLAIN["mp3"])
    assert np.array_equal(found.samples, read_audio(PLAIN["mp3"]).samples)


@settings(max_examples=60)
@given(kind=st.sampled_from(["flac", "mp3", "ogg", "opus", "wav"]), share=st.floats(0, 1))
def test_a_file_cut_anywhere_is_read_as_far_as_it_goes_and_says_so(kind, share):
    whole, data = read_audio(PLAIN[kind]), PLAIN[kind]
    cut = data[: int(share * len(data))]
    try:
        audio = read_audio(cut)
    except AudioError:
        return
    assert audio.frames <= whole.frames + 1152
    if whole.samples.dtype.kind == "i" and kind != "mp3":
        assert np.array_equal(audio.samples, whole.samples[: audio.frames])
    if audio.frames < whole.frames - 1152:
        assert set(kinds(audio)) & {"truncated", "empty", "no_delay_tag", "odd_byte"}, kinds(audio)


@settings(max_examples=60)
@given(kind=st.sampled_from(["flac", "mp3", "ogg", "opus"]), junk=st.binary(max_size=3000), at_end=st.booleans())
def test_any_bytes_around_a_file_change_no_sample_or_are_told(kind, junk, at_end):
    plain = read_audio(PLAIN[kind])
    try:
        found = read_audio(PLAIN[kind] + junk if at_end else id3v2(junk) + PLAIN[kind])
    except AudioError:
        assert not at_end
        return
    same = found.frames == plain.frames and np.array_equal(found.samples, plain.samples)
    assert same or kinds(found), kind


@pytest.mark.parametrize("kind", ["ogg", "opus", "wav", "flac"])
def test_every_channel_of_5_1_stays_in_its_place(needs, tmp_path, kind):
    hertz = (300, 500, 700, 60, 1100, 1300)
    six = np.stack([tone(1.0, 48_000, one, 0.2) for one in hertz], axis=1)

    def heard(samples):
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))[:, None], axis=0))
        return [round(float(row) * 48_000 / len(samples)) for row in spectrum.argmax(axis=0)]

    (tmp_path / "six.wav").write_bytes(encode(six, 48_000))
    convert(tmp_path / "six.wav", tmp_path / f"six.{kind}")
    data = (tmp_path / f"six.{kind}").read_bytes()
    assert heard(read_audio(data).samples.astype(float)) == list(hertz)
    assert heard(decoded_by_ffmpeg(needs, data, tmp_path, channels=6)) == list(hertz)


def test_long_silence_is_refused_early_and_the_message_names_the_option(needs, tmp_path):
    one = ffmpeg(needs, "-b:a", "8k", "-write_xing", "0", "-f", "mp3", samples=np.zeros(RATE * 60), rate=RATE)
    with pytest.raises(AudioError, match=r"lasts 16\.7 hours, the limit is 12; raise it with max_hours") as caught:
        convert(one * 1000, tmp_path / "a.wav")
    assert caught.value.kind == "too_long"
    assert list(tmp_path.iterdir()) == []
    assert convert(one * 3, tmp_path / "a.wav", max_hours=0.1).frames >= 180 * RATE


def test_ffmpeg_may_open_one_file_with_one_demuxer(needs, tmp_path):
    data = ffmpeg(needs, "-c:a", "aac", "-f", "adts", samples=tone(1.0))
    noted = tmp_path / "noted"
    for name in ("ffmpeg", "ffprobe"):
        script = tmp_path / name
        script.write_text(f'#!/bin/sh\necho "$@" >> {noted}\nexec {needs.program(name)} "$@"\n', "utf-8")
        script.chmod(0o755)
    from clipaudio.audio.demuxers import find_demuxer
    from clipaudio.audio.ffmpeg import FfmpegReader

    reader = FfmpegReader(data, None, demuxer=find_demuxer(data), find=lambda name: str(tmp_path / name))
    assert sum(map(len, reader.blocks(1 << 16))) >= RATE
    lines = noted.read_text("utf-8").splitlines()
    assert len(lines) == 2
    for line in lines:
        assert "-protocol_whitelist file -f aac -i file:" in line


def test_a_playlist_behind_the_magic_of_aac_opens_nothing(needs, tmp_path):
    needs.program("ffmpeg")
    (tmp_path / "secret.wav").write_bytes(PLAIN["wav"])
    listed = b"\xff\xf1#EXTM3U\n#EXTINF:1,\nfile://" + str(tmp_path / "secret.wav").encode() + b"\n"
    (tmp_path / "a.aac").write_bytes(listed)
    with pytest.raises(AudioError) as caught:
        read_audio(tmp_path / "a.aac")
    assert caught.value.kind in {"not_audio", "invalid_format"}


@settings(max_examples=25)
@given(st.data())
def test_a_damaged_m4a_is_audio_or_a_typed_error(m4a, data):
    damaged = bytearray(m4a)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(AudioError):
        assert read_audio(bytes(damaged[: data.draw(st.integers(len(damaged) // 2, len(damaged)))])).frames > 0


@pytest.fixture(scope="module")
def m4a(needs, tmp_path_factory):
    path = tmp_path_factory.mktemp("m4a") / "a.m4a"
    (path.parent / "a.wav").write_bytes(PLAIN["wav"])
    command = [needs.program("ffmpeg"), "-v", "error", "-i", str(path.parent / "a.wav"), "-c:a", "aac", str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


@pytest.mark.parametrize(("suffix", "codec"), [("webm", "libopus"), ("mkv", "libvorbis"), ("wv", "wavpack")])
def test_containers_of_ffmpeg_are_read(needs, tmp_path, suffix, codec):
    (tmp_path / "a.wav").write_bytes(encode(tone(1.0, 48_000), 48_000))
    target = tmp_path / f"a.{suffix}"
    command = [needs.program("ffmpeg"), "-v", "error", "-i", str(tmp_path / "a.wav"), "-c:a", codec, str(target)]
    subprocess.run(command, check=True)
    audio = read_audio(target)
    assert abs(audio.frames - 48_000) <= 1024
    assert json.dumps(kinds(audio)) == "[]"
