"""Text and sound to times, on voices that the model was not trained on."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest

import clipaudio
from clipaudio.alignment import to_callback
from clipaudio.audio.decode import read_audio
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.errors import AlignmentError, AudioError, OptionError
from clipaudio.phonetics.lexicon import loads
from clipaudio.timing.aligned import align

TEXT = "The boy was there when the sun rose. A rod is used to catch pink salmon."


def _wav(samples, rate=16000):
    return encode_wav((np.clip(np.atleast_2d(samples.T).T, -1, 1) * 32767).astype(np.int16), rate, "PCM_16")


def _samples(path):
    audio = read_audio(path)
    return audio.samples[:, 0] / 32768, audio.sample_rate


@pytest.fixture
def truth(needs):
    """Return the function that gives the ends of the phones that flite says it spoke, seconds."""
    program = needs.program("flite")

    def ends(text, voice):
        out = subprocess.run(
            [program, "-voice", voice, "-psdur", "-t", text, "-o", "none"], capture_output=True, text=True, check=True
        )
        return [(label, float(end)) for label, end in re.findall(r"(\w+):([\d.]+)", out.stdout)]

    return ends


@pytest.mark.parametrize("voice", ["slt", "kal"])
def test_speech_of_unseen_voices_starts_and_pauses_where_flite_says(flite, truth, voice):
    found = clipaudio.align_text(flite(TEXT, voice), TEXT, language="en")
    phones = truth(TEXT, voice)
    assert found.words.labels == tuple(re.findall(r"\w+", TEXT))
    assert found.words.times[0, 0] == pytest.approx(phones[0][1], abs=0.05)
    pauses = [row for row, (label, _) in enumerate(phones) if label == "pau"]
    middle = pauses[1]
    assert found.words.times[7, 1] == pytest.approx(phones[middle - 1][1], abs=0.08)
    assert found.words.times[8, 0] == pytest.approx(phones[middle][1], abs=0.08)
    assert np.mean(found.confidences) > 0.7
    assert found.is_estimated


def test_phones_lie_in_their_words_in_order(flite):
    found = clipaudio.align_text(flite(TEXT), TEXT, language="en")
    assert (np.diff(found.words.times.ravel()) >= 0).all()
    assert (found.phones.durations >= 0).all()
    levels = align(found)
    assert levels.words.labels == found.words.labels
    assert np.allclose(levels.words.times, found.words.times)
    assert (levels.phone_words.words[levels.phone_table.kinds == 0] >= 0).all()


def test_a_text_that_is_not_said_has_low_confidence(flite):
    found = clipaudio.align_text(flite(TEXT), "Her purse was full of useless trash, and it snowed all day.")
    assert np.mean(found.confidences) < 0.35


@pytest.fixture
def three(flite):
    """Return three sentences and their samples, apart."""
    texts = ("The boy was there when the sun rose.", "Rice is often served in round bowls.", "Help the woman get up.")
    return [(text, _samples(flite(text, "kal"))[0], _samples(flite(text, "kal"))[1]) for text in texts]


def _join(parts):
    """Return the samples of parts as a WAV file, and the second at which each begins."""
    starts = np.cumsum([0.0, *(len(samples) / rate for _, samples, rate in parts)])
    return _wav(np.concatenate([samples for _, samples, _ in parts]), parts[0][2]), starts


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_sentence_that_the_text_lacks_moves_no_other_word(three, place):
    said = [part for row, part in enumerate(three) if row != place]
    audio, starts = _join(three)
    apart = [clipaudio.align_text(_wav(samples, rate), text, language="en") for text, samples, rate in said]
    found = clipaudio.align_text(audio, " ".join(text for text, *_ in said), language="en")
    moved = np.concatenate(
        [times.words.times + start for times, start in zip(apart, np.delete(starts[:-1], place), strict=True)]
    )
    assert np.mean(np.abs(found.words.times - moved) < 0.1) > 0.95
    (issue,) = found.issues
    start, end = map(float, re.findall(r"[\d.]+(?= to| s)", issue))
    assert issue.startswith("no word covers the sound from")
    assert starts[place] < start < end
    assert end < min(moved[moved[:, 0] > start, 0], default=starts[-1]) + 0.06
    assert clipaudio.open_clip(to_callback(found, name="x", engine="clipaudio")).issues == found.issues


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_sentence_that_is_not_said_has_no_confidence_and_moves_no_other_word(three, place):
    said = [part for row, part in enumerate(three) if row != place]
    audio, starts = _join(said)
    apart = [clipaudio.align_text(_wav(samples, rate), text, language="en") for text, samples, rate in said]
    found = clipaudio.align_text(audio, " ".join(text for text, *_ in three), language="en")
    counts = np.cumsum([0, *(len(text.split()) for text, *_ in three)])
    rows = np.arange(counts[place], counts[place + 1])
    moved = np.concatenate([times.words.times + start for times, start in zip(apart, starts[:-1], strict=True)])
    assert np.mean(np.abs(np.delete(found.words.times, rows, axis=0) - moved) < 0.1) > 0.95
    confidences = np.array(found.confidences)
    assert confidences[rows].max() < 0.2
    assert np.mean(np.delete(confidences, rows) > 0.5) > 0.8
    assert any(issue.startswith("not heard, its times are guessed") for issue in found.issues)
    assert (np.diff(found.words.times.ravel()) >= 0).all()


def test_a_sentence_is_found_in_a_minute_of_other_speech(three):
    others = [three[0], three[2]] * 12
    audio, starts = _join([*others[:15], three[1], *others[15:]])
    text, samples, rate = three[1]
    apart = clipaudio.align_text(_wav(samples, rate), text, language="en").words.times
    found = clipaudio.align_text(audio, text, language="en")
    assert np.abs(found.words.times - apart - starts[15]).max() < 0.12
    assert np.mean(found.confidences) > 0.7
    assert len(found.issues) == 2


def test_a_text_thrice_as_long_as_the_sound_is_right_where_it_is_said(three):
    text, samples, rate = three[0]
    found = clipaudio.align_text(_wav(samples, rate), " ".join(text for text, *_ in three), language="en")
    apart = clipaudio.align_text(_wav(samples, rate), text, language="en").words.times
    count = len(apart)
    assert np.abs(found.words.times[:count] - apart).max() < 0.12
    assert max(found.confidences[count:]) < 0.2
    clip = clipaudio.open_clip(to_callback(found, name="x", engine="clipaudio"))
    assert clip.words.labels == found.words.labels
    assert (np.diff(clip.words.times.ravel()) >= 0).all()
    assert clip.dumps("srt")


def test_a_text_of_another_language_has_low_confidence(flite):
    found = clipaudio.align_text(flite(TEXT), "Старый паром вышел из гавани незадолго до семи.", language="ru")
    assert np.mean(np.array(found.confidences) < 0.5) > 0.8


def test_the_fit_of_aligned_words_tells_the_sound_that_they_do_not_cover(three, tmp_path):
    content, starts = _join(three)
    audio = tmp_path / "three.wav"
    audio.write_bytes(content)
    found = clipaudio.align_text(audio, f"{three[0][0]} {three[2][0]}", language="en")
    clip = clipaudio.open_clip(found, audio=audio)
    uncovered = [finding for finding in clip.fit.findings if finding.kind == "uncovered_sound"]
    assert uncovered
    assert all(starts[1] - 0.1 < finding.start < finding.end < starts[2] + 0.1 for finding in uncovered)


def test_later_sound_gives_later_times(flite):
    samples, rate = _samples(flite(TEXT))
    early = clipaudio.align_text(_wav(samples, rate), TEXT, language="en")
    late = clipaudio.align_text(_wav(np.pad(samples, (2 * rate, rate)), rate), TEXT, language="en")
    assert np.abs(late.words.times - early.words.times - 2).max() < 0.06


def test_noise_and_8_khz_and_clipping_move_few_words(flite):
    samples, rate = _samples(flite(TEXT))
    plain = clipaudio.align_text(_wav(samples, rate), TEXT, language="en").words.times
    noise = np.random.default_rng(2).standard_normal(len(samples)) * samples.std() / 10
    for changed in (_wav(samples + noise, rate), _wav(samples[::2], rate // 2), _wav(samples * 20, rate)):
        times = clipaudio.align_text(changed, TEXT, language="en").words.times
        assert np.mean(np.abs(times - plain) < 0.1) > 0.85


def test_a_silent_side_of_a_stereo_file_does_not_matter(flite):
    samples, rate = _samples(flite(TEXT))
    stereo = np.stack((samples, np.zeros_like(samples)), axis=1)
    plain, mixed = (clipaudio.align_text(_wav(sound, rate), TEXT, language="en") for sound in (samples, stereo))
    assert np.abs(plain.words.times - mixed.words.times).max() < 0.05


@pytest.mark.parametrize("text", ["", "  \n", "…!?", "\x00\x07"])
def test_a_text_without_words_is_refused(flite, text):
    with pytest.raises(AlignmentError, match="no word that can be spoken"):
        clipaudio.align_text(flite(TEXT), text)


@pytest.mark.parametrize("seconds", [0.0, 0.004, 1.0])
def test_silence_is_refused(needs, seconds):
    needs("espeakng_loader")
    with pytest.raises(AlignmentError, match="silent"):
        clipaudio.align_text(_wav(np.zeros(int(16000 * seconds))), "hello")


def test_a_text_far_too_long_for_the_sound_is_refused(flite):
    samples, rate = _samples(flite(TEXT))
    with pytest.raises(AlignmentError, match="far too long"):
        clipaudio.align_text(_wav(samples[: rate // 2], rate), TEXT * 20, language="en")


def test_one_word_of_a_long_sound_and_music_end_with_a_result(flite):
    rng = np.random.default_rng(4)
    seconds = np.arange(16000 * 5) / 16000
    music = sum(np.sin(2 * np.pi * hertz * seconds) for hertz in (220, 277, 330)) / 8 + rng.standard_normal(80000) / 99
    found = clipaudio.align_text(_wav(music), TEXT, language="en")
    assert np.mean(found.confidences) < 0.5
    assert len(clipaudio.align_text(flite(TEXT), "boy", language="en").words.labels) == 1


def test_what_is_no_audio_and_what_is_no_engine_is_refused(flite):
    with pytest.raises(AudioError):
        clipaudio.align_text(b"<Error>no</Error>", "hello")
    with pytest.raises(OptionError, match="expected one of clipaudio"):
        clipaudio.align_text(flite(TEXT), "hello", engine="magic")
    with pytest.raises(AlignmentError, match="no phones of a text in 'xx-none'"):
        clipaudio.align_text(flite(TEXT), "hello", language="xx-none")


def test_the_callback_is_read_back_with_the_same_words(flite):
    found = clipaudio.align_text(flite(TEXT), TEXT, language="en")
    content = to_callback(found, name="clip", engine="clipaudio")
    clip = clipaudio.open_clip(content)
    assert clip.words.labels == found.words.labels
    assert np.abs(clip.words.times - found.words.times).max() < 0.002
    assert clip.text == TEXT
    assert len(content["alignment"]["words"]) == len(found.confidences)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "fi", "ru", "pl", "tr", "hi", "cmn", "ar", "vi", "sw"])
def test_languages_of_espeak_are_aligned_with_their_own_speech(needs, language):
    needs("espeakng_loader")
    from clipaudio.alignment.pronunciation import voice_of_language
    from clipaudio.emulator.script import Script
    from clipaudio.synthesis import espeak

    text = {
        "ru": "Старая красная машина едет через мост.",
        "hi": "नमस्ते दुनिया आप कैसे हैं",
        "cmn": "你好世界 今天天气很好",
        "ar": "مرحبا بالعالم كيف حالك",
    }.get(language, "Radio taxi hotel banana metro 25.")
    speech = espeak.speak(Script(text), voice=voice_of_language(language))
    found = clipaudio.align_text(_wav(speech.samples[:, 0] / 32768, speech.sample_rate), text, language=language)
    starts = np.array([word.start for word in speech.words]) / speech.sample_rate
    assert len(found.words.labels) == len(speech.words)
    assert np.median(np.abs(found.words.times[:, 0] - starts)) < 0.06


def test_a_lexicon_says_how_words_are_spoken_and_goes_with_our_engine_alone(flite):
    lexicon = loads("BOY  B UH1 OY2")
    found = clipaudio.align_text(flite(TEXT), TEXT, language="en", lexicon=lexicon)
    row = found.words.labels.index("boy")
    start, end = found.words.times[row]
    inside = [label for label, (a, b) in zip(found.phones.labels, found.phones.times, strict=True) if start <= a < end]
    assert [label.strip("ˈˌ") for label in inside] == ["b", "ʊ", "ɔɪ"]
    with pytest.raises(OptionError, match="leave one out"):
        clipaudio.align_text(flite(TEXT), TEXT, language="en", engine=lambda *_: found, lexicon=lexicon)
