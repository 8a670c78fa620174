from __future__ import annotations

import io
import logging

import numpy as np
import pytest
import soundfile

from clipaudio.audio.resample import resample
from clipaudio.emulator import rendering
from clipaudio.emulator.script import Script
from clipaudio.errors import ConvertError, MissingExtraError


def test_a_repeated_text_is_spoken_once():
    speaker = rendering.Speaker("tone")
    first = speaker.speak(Script("Hi"), voice_uuid="a")
    assert speaker.speak(Script("Hi"), voice_uuid="b") is first
    assert speaker.speak(Script("Ho"), voice_uuid="a") is not first


def test_voices_of_two_languages_are_two_speeches(needs):
    needs("espeakng_loader")
    speaker = rendering.Speaker("espeak")
    spoken = {voice: speaker.speak(Script("die"), voice_uuid=voice) for voice in ("de", "en-us", "unknown")}
    assert spoken["unknown"] is spoken["en-us"]
    assert [phone.label for phone in spoken["de"].phones] != [phone.label for phone in spoken["en-us"].phones]


def test_a_missing_engine_is_said_aloud(caplog):
    """Where espeak-ng is missing the emulator says so, in the log, on itself and in the truth."""
    with caplog.at_level(logging.WARNING, "clipaudio.emulator"):
        assert rendering.choose("auto", check=_absent) == "tone"
    assert "speaks in tones instead of words: not here" in caplog.text
    with pytest.raises(MissingExtraError, match="not here"):
        rendering.choose("espeak", check=_absent)
    assert rendering.choose("tone", check=_absent) == "tone"


def _absent():
    raise MissingExtraError("not here")


def test_16_bits_at_the_engines_rate_are_the_engines_own_samples(tmp_path):
    speech = rendering.Speaker("tone").speak(Script("Oh, my."), voice_uuid="")
    path = tmp_path / "a.wav"
    path.write_bytes(rendering.render(speech, sample_rate=22050, precision="PCM_16", output_format="wav"))
    assert np.array_equal(soundfile.read(path, dtype="int16", always_2d=True)[0], speech.samples)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_no_rate_and_no_format_shifts_the_sound(kind, rate):
    """The times of a clip are told once, for every file that is made of it."""
    speech = rendering.Speaker("tone").speak(Script("Hello there, you all."), voice_uuid="")
    data = rendering.render(speech, sample_rate=rate, precision="PCM_16", output_format=kind)
    heard = soundfile.read(io.BytesIO(data), always_2d=True)[0][:, 0]
    meant = resample(speech.samples, speech.sample_rate, rate)[:, 0]
    assert len(heard) == len(meant)
    size = 2 * len(meant)
    likeness = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(meant, size)), size)
    assert np.argmax(likeness) == 0


def test_what_no_codec_writes_is_refused():
    speech = rendering.Speaker("tone").speak(Script("Oh"), voice_uuid="")
    with pytest.raises(ConvertError, match="unknown audio format 'aiff'"):
        rendering.render(speech, sample_rate=22050, precision="PCM_16", output_format="aiff")
