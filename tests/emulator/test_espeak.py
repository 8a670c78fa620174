from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from clipaudio.emulator.script import read_body
from clipaudio.errors import SynthesisError
from clipaudio.synthesis import espeak


@pytest.fixture(autouse=True)
def _engine(needs):
    needs("espeakng_loader")


def test_a_fresh_process_gives_the_same_bytes_every_time():
    script = read_body("The same words, <break time='0.2s'/> spoken three times.")
    hashes = {hashlib.sha256(espeak.speak(script, voice="en-us").samples).digest() for _ in range(3)}
    assert len(hashes) == 1


def test_a_break_is_exact_silence_of_its_length():
    plain = espeak.speak(read_body("One. Two."), voice="en-us")
    broken = espeak.speak(read_body("One. <break time='2s'/>Two."), voice="en-us")
    one, two = broken.words
    gap = broken.samples[one.end : two.start]
    assert len(gap) > 2 * 22050
    assert np.abs(gap).max() <= 10
    assert [word.text for word in broken.words] == [word.text for word in plain.words]


def test_long_text_is_spoken_whole():
    text = "All of these words are said. " * 40
    speech = espeak.speak(read_body(text), voice="en-us")
    assert len(speech.words) == 240
    assert speech.words[-1].text == "said"


def test_phones_are_sounds_and_not_the_engines_remarks():
    """Kanji are spelled out in English by the Japanese voice, "(en)" … "(ja)"; others are marked: "ə-", "ts.h"."""
    for body, voice in (("今日はいい", "ja"), ("pas de quoi", "fr"), ("不吃", "cmn"), ("Fox jumps", "is")):
        labels = {phone.label for phone in espeak.speak(read_body(body), voice=voice).phones}
        assert len(labels) > 3
        assert not any(set(label) & set("()-.#") for label in labels)


def test_the_engine_tells_its_version():
    assert espeak.check().startswith("1.")


def test_a_voice_that_is_not_there_is_named():
    with pytest.raises(SynthesisError, match=r"no voice 'xx-yy'; choose a voice"):
        espeak.speak(read_body("Hi"), voice="xx-yy")


def test_a_process_that_dies_is_reported_with_its_last_words():
    with pytest.raises(SynthesisError, match=r"(?s)process ended with 1: .*KeyError: 'pieces'"):
        espeak.run_engine({"voice": "en-us"})


def test_missing_data_is_an_error_and_not_the_end_of_anything(tmp_path):
    order = {"voice": "en-us", "pieces": [], "paths": {"data": str(tmp_path / "none")}}
    with pytest.raises(SynthesisError, match=r"no usable voice data in .*none"):
        espeak.run_engine(order)


def test_a_library_that_does_not_load_is_named(tmp_path):
    order = {"voice": "en-us", "pieces": [], "paths": {"library": str(tmp_path / "none.so")}}
    with pytest.raises(SynthesisError, match=r"the library does not load: .*none.so"):
        espeak.run_engine(order)


def test_a_data_path_too_long_for_the_engine_still_speaks(needs, tmp_path):
    data = needs("espeakng_loader").get_data_path()
    deep = tmp_path.joinpath(*["deeper" * 6] * 5)
    deep.mkdir(parents=True)
    (deep / "espeak-ng-data").symlink_to(data, target_is_directory=True)
    order = {"voice": "en-us", "pieces": [{"text": "Hi", "offset": 0}]}
    header, pcm = espeak.run_engine(order | {"paths": {"data": str(deep / "espeak-ng-data")}})
    assert header["frames"] == len(pcm) // 2 > 1000
    assert pcm == espeak.run_engine(order)[1]


def test_without_the_extra_the_message_says_how_to_install_it():
    code = (
        "import sys\n"
        "sys.modules['espeakng_loader'] = None\n"
        "from clipaudio.synthesis import espeak\n"
        "from clipaudio.errors import MissingExtraError\n"
        "try: espeak.check()\n"
        "except MissingExtraError as error: print(error)\n"
        "from clipaudio.emulator import running\n"
        "with running() as emulator: print(emulator.engine)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    message, engine = done.stdout.splitlines()
    assert 'pip install "espeakng-loader>=' in message
    assert "GPL-3" in message
    assert engine == "tone"
    assert "the emulator speaks in tones instead of words" in done.stderr, "a warning is seen without set-up"
