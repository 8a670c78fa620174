"""Bytes that are not what was asked for, or not what they say they are."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import numpy as np
import pytest
import soundfile

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.errors import DownloadError

STAMPS = {"graph_chars": list("Hi."), "graph_times": [[0.0, 0.2], [0.2, 0.4], [0.4, 0.5]]}


def encoded(form, subtype=None, rate=22_050):
    file = io.BytesIO()
    tone = 0.5 * np.sin(np.arange(rate // 2) * 0.1)
    soundfile.write(file, tone, rate, format=form, subtype=subtype)
    return file.getvalue()


def archive(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as inside:
        inside.writestr("clip.wav", data)
    return file.getvalue()


@pytest.fixture
def fetch(peer, tmp_path):
    """Fetch a clip whose url ends in .wav; what was asked for was 22050 Hz, PCM_16."""

    def run(body, **headers):
        url = peer.answer("/cecad6f9.wav", 200, body, Content_Type="audio/wav", **headers)
        callback = json.dumps({"id": "cecad6f9", "url": url, "audio_timestamps": STAMPS})
        return clipaudio.fetch(callback, tmp_path / "out", allow_private=True)

    return run


@pytest.mark.parametrize(
    ("form", "subtype", "rate", "suffix"),
    [
        ("WAV", "PCM_16", 8000, ".wav"),
        ("WAV", "PCM_32", 48_000, ".wav"),
        ("WAV", "ULAW", 22_050, ".wav"),
        ("FLAC", "PCM_24", 44_100, ".flac"),
        ("OGG", "VORBIS", 32_000, ".ogg"),
        ("MP3", None, 44_100, ".mp3"),
    ],
)
def test_another_rate_or_format_than_asked_for_keeps_the_times_in_seconds(fetch, form, subtype, rate, suffix):
    clip = fetch(encoded(form, subtype, rate))
    assert clip.audio.suffix == suffix
    duration, sample_rate = clip.measure()
    assert sample_rate == rate
    assert duration == pytest.approx(0.5, abs=0.06)  # an MP3 is filled up to whole frames
    assert clip.words[0].label == "Hi"
    assert clip.words[0].end == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (archive(b"RIFF"), "something else"),
        (b"<!DOCTYPE html><h1>Sign in</h1>", "HTML or XML"),
        (b"RIFF\x24\0\0\0AVI LIST", "something else"),
        (b"RIFF\x24\0\0\0WAV", "something else"),
        (b"FORM\0\0\0\x24AIFFCOMM", "something else"),
        (b"\x1aE\xdf\xa3" + bytes(40), "something else"),
        (b"%PDF-1.7\n", "something else"),
        (b"\x7fELF" + bytes(40), "something else"),
        (b"#!/bin/sh\n", "something else"),
    ],
)
def test_what_is_no_audio_is_refused_whatever_it_is_called(trial, peer, body, kind):
    url = peer.answer(trial.path(), 200, body, Content_Type="audio/wav")
    trial.fails(url, DownloadError, f"{kind} instead of audio")


@pytest.mark.parametrize("missing", [1, 1000, 21_000])
def test_a_riff_cut_off_is_refused_where_nobody_told_its_length(trial, peer, missing):
    body = encoded("WAV", "PCM_16")
    url = peer.answer(trial.path(), 200, body[:-missing], Content_Length=None)
    trial.fails(url, DownloadError, f"after {len(body) - missing} of {len(body)} bytes")


@pytest.mark.parametrize("told", [0, 10, 2**31, 2**32 - 1])
def test_a_riff_that_lies_about_its_data_is_kept_and_reading_it_tells(fetch, told):
    body = bytearray(encoded("WAV", "PCM_16"))
    at = body.index(b"data") + 4
    true = len(body) - at - 4
    struct.pack_into("<I", body, at, told)
    clip = fetch(bytes(body))
    audio = read_audio(clip.audio)
    assert len(audio.samples) <= true // 2
    if told > true:
        assert audio.issues != ()
    assert clip.words[0].label == "Hi"


@pytest.mark.parametrize("told", [0, 10, 2**31, 2**32 - 1])
def test_a_riff_that_lies_about_its_whole_length_is_believed_less_than_the_server(fetch, told):
    body = bytearray(encoded("WAV", "PCM_16"))
    struct.pack_into("<I", body, 4, told)
    assert fetch(bytes(body)).measure() == (0.5, 22_050)


def test_audio_that_ends_before_its_times_is_mended_and_the_report_says_so(fetch):
    clip = fetch(encoded("WAV", "PCM_16")[: 44 + 2 * 2205])
    assert clip.aligned.duration == pytest.approx(0.1)
    kinds = {finding.kind for finding in clip.report["graphemes"].findings}
    assert kinds & {"past_end", "outside"}
    assert all(word.end <= 0.1 for word in clip.words)
