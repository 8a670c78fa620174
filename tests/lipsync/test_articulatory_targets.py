"""Phones, or letters, into what the mouth aims at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.articulatory_targets import find_targets
from clipaudio.phonetics.articulation import Glide, Place, SoundKind
from clipaudio.phonetics.phones import read_phone
from clipaudio.timing.repair import repair
from clipaudio.timing.timeline import Timeline

NONE = Timeline.empty()


def line(*labels, step=0.1):
    return Timeline(labels, np.arange(len(labels))[:, None] * step + [0, step])


def aims(found):
    return [found.sounds[code] for code in found.codes.tolist()]


def check(found, duration):
    """Targets are in order, disjoint, inside the audio; each row of the table is used."""
    times = found.times
    assert (times[:, 0] < times[:, 1]).all()
    assert (times[1:, 0] >= times[:-1, 1]).all()
    assert not len(times) or (times[0, 0] >= 0 and times[-1, 1] <= duration)
    assert len(times) == len(found.codes) == len(found.sources)
    assert sorted(set(found.codes.tolist())) == list(range(len(found.sounds)))


def test_a_diphthong_in_one_entry_is_two_targets_sixty_to_forty():
    found = find_targets(Timeline(("oʊ",), [[0.0, 1.0]]), NONE, duration=1.0)
    assert found.times.tolist() == [[0.0, 0.6], [0.6, 1.0]]
    assert found.sources.tolist() == [0, 0]


def test_a_diphthong_in_two_entries_keeps_their_times_and_is_known_as_one():
    found = find_targets(line("h", "ˈo", "ʊ", "m"), NONE, duration=1.0)
    assert [sound.glide for sound in aims(found)][1:3] == [Glide.BACK, Glide.BACK]
    assert found.times[1:3].round(6).tolist() == [[0.1, 0.2], [0.2, 0.3]]


def test_vowels_in_hiatus_are_no_diphthong():
    for labels in (("a", "ˈɪ"), ("a", " ", "ɪ")):
        assert {sound.glide for sound in aims(find_targets(line(*labels), NONE, duration=1.0))} == {Glide.NONE}
    three = aims(find_targets(line("o", "ʊ", "ɪ"), NONE, duration=1.0))
    assert [sound.glide.name for sound in three] == ["BACK", "BACK", "NONE"]


def test_stress_length_and_tone_of_their_own_go_with_their_sound():
    found = find_targets(line("ˈ", "a", "ː", "˥", "s", " ", "ˌ", "ʃ"), NONE, duration=1.0)
    assert found.times.round(6).tolist() == [[0.0, 0.4], [0.4, 0.5], [0.6, 0.8]]
    assert found.sources.tolist() == [1, 4, 7]
    assert aims(found)[0].is_long


def test_a_tie_bar_reaches_for_the_next_entry():
    found = find_targets(line("t͡", "ʃ"), NONE, duration=1.0)
    assert aims(found) == list(read_phone("t͡ʃ").sounds)
    assert found.times.round(6).tolist() == [[0.0, 0.2]]


@pytest.mark.parametrize(
    ("labels", "row", "like"),
    [
        ("h u", 0, "u"),
        ("a h t", 1, "a"),
        ("a ʔ i", 1, "i"),
        ("s h aɪ", 1, "a"),
        ("s h", 1, "s"),
        ("ʔ h ɔ", 0, "ɔ"),
        ("h j u", 0, "j"),
    ],
)
def test_a_glottal_sound_takes_the_mouth_of_its_neighbour(labels, row, like):
    sound = aims(find_targets(line(*labels.split()), NONE, duration=1.0))[row]
    assert sound.is_glottal
    want = read_phone(like).sounds[0]
    assert (sound.height, sound.backness, sound.rounding, sound.place) == (
        want.height,
        want.backness,
        want.rounding,
        want.place,
    )


def test_glottal_sound_without_a_free_neighbour_leaves_the_mouth_open():
    far = Timeline(("u", "h", "u"), [[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]])
    for phones, row in ((far, 1), (line("h", "m"), 0), (line("ʔ"), 0)):
        sound = aims(find_targets(phones, NONE, duration=3.0))[row]
        assert (sound.kind, sound.is_glottal, sound.closes_lips) == (SoundKind.VOWEL, True, False)
        assert sound.rounding == 0.0


def test_a_rounded_glottal_sound_stays_rounded():
    assert aims(find_targets(line("hʷ", "a"), NONE, duration=1.0))[0].rounding == 1.0


def test_what_lies_outside_the_audio_is_cut_off():
    phones = Timeline(("a", "s", "u", "m"), [[-0.1, 0.2], [0.2, 0.2], [0.2, 0.6], [0.6, 0.9]])
    found = find_targets(phones, NONE, duration=0.5)
    assert found.times.tolist() == [[0.0, 0.2], [0.2, 0.5]]
    assert found.sources.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("labels", "alphabet"),
    [
        (("HH", "AH0", "L", "OW1"), "arpabet"),
        (("h", "@", "l", "@U"), "xsampa"),
        (("h", "ə", "l", "əʊ"), "ipa"),
        (("h", "@", "'l", "oU"), "kirshenbaum"),
        (("(en)", "h", "ə", "l", "əʊ"), "espeak"),
    ],
)
def test_every_alphabet_gives_the_same_mouth(labels, alphabet):
    found = find_targets(line(*labels), NONE, duration=1.0)
    assert found.alphabet == alphabet
    assert not found.estimated
    assert [sound.place for sound in aims(found)] == [Place.NONE, Place.NONE, Place.ALVEOLAR, Place.NONE, Place.NONE]
    assert aims(found)[-1].rounding == 1.0


def mouth(labels):
    found = find_targets(line(*labels), NONE, duration=len(labels) / 10)
    return found.times.round(6).tolist(), aims(found)


WHO = ("HH", "UW1", " ", "IH1", "Z", " ", "IH1", "T")


@pytest.mark.parametrize(
    "twin", [(WHO, "?", "."), ((*WHO, "?", " ", *WHO), "?", "."), (WHO, "br", "sil"), (WHO, "?", "!")]
)
def test_question_marks_and_noise_move_no_mouth(twin):
    labels, one, other = twin
    assert mouth((*labels, one)) == mouth((*labels, other))
    spread = tuple(label if label != " " else one for label in labels)
    assert mouth(spread) == mouth(tuple(other if label == one else label for label in spread))


def test_position_suffixes_move_no_mouth():
    assert mouth([f"{label}_I" for label in ("hh", "uw", "ih", "z")]) == mouth(["hh", "uw", "ih", "z"])


def test_question_mark_rests_the_mouth_except_as_glottal_stop():
    ends = find_targets(line("h", "ə", "l", "əʊ", "?", " ", "j", "uː"), NONE, duration=0.8)
    assert 4 not in ends.sources.tolist()
    begins = find_targets(line("?", "a", "p", "f", "ə", "l"), NONE, duration=0.6)
    assert begins.sources.tolist()[0] == 0


def test_a_named_alphabet_wins():
    phones = line("S", "I", "N")
    assert find_targets(phones, NONE, duration=1.0).alphabet == "xsampa"
    found = find_targets(phones, NONE, duration=1.0, alphabet="ipa")
    assert (found.alphabet, found.confidence, found.unknown) == ("ipa", 1.0, ("S", "I", "N"))


def test_symbols_that_are_not_known_are_told_once_and_never_silent():
    found = find_targets(line("a", "♪", "字", "a", "♪"), NONE, duration=1.0)
    assert [sound.kind.name for sound in aims(found)] == ["VOWEL", "UNKNOWN", "UNKNOWN", "VOWEL", "UNKNOWN"]
    assert found.unknown == ("♪", "字")


@pytest.mark.parametrize("phones", [NONE, line(" ", ".", "ˈ", "sil")])
def test_without_phones_the_letters_move_the_mouth(phones):
    found = find_targets(phones, line(*"Hi Bob!"), duration=1.0)
    assert (found.estimated, found.alphabet, found.confidence) == (True, "letters", 0.0)
    assert [sound.closes_lips for sound in aims(found)] == [False, False, True, False, True]
    assert found.sources.tolist() == [0, 1, 3, 4, 5]


def test_loudness_reaches_the_letters():
    quiet = (np.repeat([1.0, 0.0], [10, 90]), 0.01)
    assert len(find_targets(NONE, line(*"aeoia"), duration=1.0, loudness=quiet).times) == 1


def test_nothing_spoken_gives_no_targets():
    found = find_targets(NONE, NONE, duration=1.0)
    assert (found.times.shape, found.sounds, len(found.codes)) == ((0, 2), (), 0)


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan"), float("inf")])
def test_a_duration_that_is_none_is_refused(duration):
    with pytest.raises(ExportError, match="expected a finite number above 0"):
        find_targets(NONE, NONE, duration=duration)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_times_that_are_none_are_refused_with_their_row(bad):
    line_with_none = Timeline(("a", "b"), [[0.0, 0.1], [0.1, bad]])
    with pytest.raises(ExportError, match="phone 1 has no finite time") as caught:
        find_targets(line_with_none, NONE, duration=1.0)
    assert caught.value.index == 1
    with pytest.raises(ExportError, match="grapheme 1 has no finite time"):
        find_targets(NONE, line_with_none, duration=1.0)


def test_entries_that_overlap_end_where_the_next_begins():
    found = find_targets(Timeline(("a", "s", "u"), [[0.0, 1.0], [0.5, 0.7], [0.2, 0.3]]), NONE, duration=2.0)
    check(found, 2.0)
    assert found.times.tolist() == [[0.0, 0.2], [0.2, 0.3], [0.5, 0.7]]


def test_an_unknown_alphabet_is_refused_even_without_phones():
    with pytest.raises(ExportError, match="'morse' is not known"):
        find_targets(NONE, NONE, duration=1.0, alphabet="morse")


labels = st.one_of(
    st.sampled_from(["a", "ˈaɪ", "h", "p", "t͡", "ˈ", "ː", " ", "♪", "ʔ", "sil", "o", "ʊ", "˥", "p͡f", "m̩", "@", "AH0"]),
    st.text(max_size=3),
)


@given(st.lists(st.tuples(labels, st.floats(0, 0.3), st.floats(0, 0.3)), max_size=20), st.floats(0.1, 4))
def test_any_phones_give_tidy_targets_and_no_sound_is_dropped(entries, duration):
    edges = np.cumsum([x for _, gap, length in entries for x in (gap, length)]).reshape(-1, 2)
    raw = Timeline(tuple(label for label, _, _ in entries), edges)
    found = find_targets(raw, NONE, duration=duration)
    check(found, duration)
    tidy = repair(raw, duration=float(edges[-1, 1]) + 1).timeline if len(edges) else raw
    whole = find_targets(tidy, NONE, duration=100.0, alphabet="ipa")
    check(whole, 100.0)
    marks = [label for label in tidy.labels if read_phone(label).sounds]
    assert len(set(whole.sources.tolist())) >= min(len(marks), 1)


def test_the_samples_of_the_service_are_understood(samples):
    for name, payload in samples.items():
        stamps = payload.get("audio_timestamps") or payload.get("item", {}).get("audio_timestamps") or {}
        if not stamps.get("phon_chars"):
            continue
        phones = repair(
            Timeline(tuple(stamps["phon_chars"])[: len(stamps["phon_times"])], stamps["phon_times"])
        ).timeline
        found = find_targets(phones, NONE, duration=float(phones.ends[-1]))
        check(found, float(phones.ends[-1]))
        assert (name, found.unknown) == (name, ())
        assert found.confidence > 0.9 or len(phones) < 3  # one label alone can be of any alphabet


@pytest.mark.parametrize("stray", ["@", "{", "&", "♪"])
def test_a_stray_sign_moves_the_mouth_and_is_told(stray):
    """Signs of another alphabet among IPA are no punctuation, and are never dropped without a word."""
    phones = Timeline(("h", "ə", "l", stray, "oʊ", "ˈɹ", "ʃ", "."), [[i / 10, (i + 1) / 10] for i in range(8)])
    targets = find_targets(phones, Timeline.empty(), duration=1.0)
    assert targets.alphabet == "ipa"
    assert targets.unknown == (stray,)
    assert 3 in targets.sources.tolist()
    assert 7 not in targets.sources.tolist()
