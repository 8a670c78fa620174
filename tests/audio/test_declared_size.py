"""A file that is cut says so, also in the formats whose reader takes what is there for all there was."""

from __future__ import annotations

import io
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.audio.declared_size import find_missing_end
from clipaudio.audio.decode import read_audio
from clipaudio.errors import AudioError

SAMPLES = np.random.default_rng(5).integers(-20_000, 20_000, (3001, 2), np.int16)


def encoded(kind, subtype="PCM_16", **options):
    file = io.BytesIO()
    soundfile.write(file, SAMPLES, 16_000, format=kind, subtype=subtype, **options)
    return file.getvalue()


FILES = {kind: encoded(kind) for kind in ("AIFF", "AU", "W64", "CAF")}
FILES["little AU"] = encoded("AU", endian="LITTLE")
FILES["24 bits"] = encoded("AIFF", "PCM_24")


def kinds(audio):
    return [issue.kind for issue in audio.issues]


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_has_no_issue(name):
    audio = read_audio(FILES[name])
    assert (audio.frames, kinds(audio)) == (3001, [])
    assert find_missing_end(FILES[name]) == ()


@pytest.mark.parametrize("name", FILES)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_cut_file_is_its_first_samples_and_an_issue_or_an_error(name, data):
    whole = FILES[name]
    cut = data.draw(st.integers(len(whole) // 2, len(whole) - 5))
    try:
        audio = read_audio(whole[:cut])
    except AudioError:
        return
    assert set(kinds(audio)) & {"truncated", "damaged"}
    assert audio.frames < 3001
    assert np.array_equal(audio.samples, read_audio(whole).samples[: audio.frames])


@given(
    st.binary(max_size=80),
    st.sampled_from([b"FORM\0\0\0\0AIFF", b"caff\0\1\0\0", b".snd", b"dns.", b"riff" + bytes(36)]),
)
def test_any_bytes_have_an_answer(tail, head):
    assert all(issue.kind == "truncated" for issue in find_missing_end(head + tail))


def test_a_size_that_nobody_filled_in_is_no_issue():
    stream = bytearray(FILES["AU"])
    stream[8:12] = b"\xff" * 4
    audio = read_audio(bytes(stream))
    assert (audio.frames, kinds(audio)) == (3001, [])


@pytest.mark.parametrize("container", ["webm", "mka"])
def test_a_cut_matroska_says_so(needs, tmp_path, container):
    path = tmp_path / f"a.{container}"
    source = encoded("WAV")
    codec = ["-ar", "48000", "-c:a", "libopus"] if container == "webm" else ["-c:a", "flac"]
    command = [
        needs.program("ffmpeg"),
        "-v",
        "error",
        "-stream_loop",
        "9",
        "-f",
        "wav",
        "-i",
        "pipe:0",
        *codec,
        str(path),
    ]
    subprocess.run(command, input=source, check=True)
    assert "truncated" not in kinds(read_audio(path))
    whole = path.read_bytes()
    assert "truncated" in kinds(read_audio(whole[: len(whole) // 2]))


def crc32_of_ogg(page):
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


def test_an_opus_whose_first_page_counts_too_few_samples_is_read_by_ffmpeg(needs):
    """Editors have written such files; the standard lets a reader refuse them (RFC 7845, 4.5)."""
    needs.program("ffmpeg")
    file = io.BytesIO()
    soundfile.write(file, np.tile(SAMPLES, (20, 1)), 16_000, format="OGG", subtype="OPUS")
    whole = bytearray(file.getvalue())
    frames = read_audio(bytes(whole)).frames
    at = [place for place in range(len(whole)) if whole[place : place + 4] == b"OggS"]
    page = whole[at[2] : at[3]]
    page[6:14] = (int.from_bytes(page[6:14], "little") - 700).to_bytes(8, "little")
    page[22:26] = bytes(4)
    page[22:26] = crc32_of_ogg(page).to_bytes(4, "little")
    whole[at[2] : at[3]] = page
    audio = read_audio(bytes(whole))
    assert audio.frames * 16_000 // audio.sample_rate in range(frames * 16_000 // 48_000 - 2, frames + 2)
    assert kinds(audio) == ["damaged"]
