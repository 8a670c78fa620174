"""Articulations into the shapes of every set; the tables are of the sets' own pages."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.mouth_track import MouthTrack
from clipaudio.lipsync.visemes import SETS, shape_of, shapes_of, to_timeline
from clipaudio.phonetics.articulation import REST, Articulation, Glide, Manner, Place, SoundKind
from clipaudio.phonetics.phones import read_phone

# Amazon Polly, American English
POLLY = (
    "p: p b m | t: t d n l | f: f v | T: θ ð | s: s z | S: ʃ ʒ tʃ dʒ | k: k g ŋ h | r: ɹ | i: i ɪ j | u: u ʊ w | "
    "@: ə ɚ | a: æ ɑ aɪ aʊ | e: eɪ | E: ɛ ɝ ʌ | o: oʊ | O: ɔ ɔɪ"
)
# Azure, the sounds its documentation names for each number
AZURE = (
    "1: æ ə ʌ | 2: ɑ | 3: ɔ | 4: ɛ ʊ | 5: ɝ | 6: j i ɪ | 7: w u | 8: o | 9: aʊ | 10: ɔɪ | 11: aɪ | 12: h | 13: ɹ | "
    "14: l | 15: s z | 16: ʃ tʃ dʒ ʒ | 17: ð | 18: f v | 19: d t n θ | 20: k g ŋ | 21: p b m"
)
OCULUS = (
    "PP: p b m k͡p ɓ ʘ | FF: f v ʋ ɱ ɸ β | TH: θ ð | DD: t d l ɾ ɗ ɭ | kk: k ɡ x ç q χ ħ | CH: ʃ tʃ ʂ ɕ ʒ | "
    "SS: s z ts | nn: n ŋ ɲ | RR: r ɹ ɻ ɚ | aa: a ɑ æ ʌ | E: e ɛ ə ɤ | I: i ɪ ɨ ɯ j | O: o ɔ ø œ ɒ | U: u y ʊ w ɥ kʷ ɯᵝ"
)
PRESTON_BLAIR = (
    "MBP: p b m | FV: f v | L: l ɫ ʎ | WQ: w kʷ | U: u y | O: o ɔ | E: e ɛ i | AI: a æ ɑ ʌ | etc: t s k n ɹ ʂ"
)
VRM = "neutral: p b m f v | aa: a ɑ æ | ih: i ɪ t s k | ou: u w β | ee: e ɛ ə | oh: o ɔ"
# Rhubarb Lip Sync: the sets of shapes it chooses among by context, `>` between the halves of a diphthong
RHUBARB = (
    "AO E | AA D | IY B | UW F | EH C | IH B | UH F | AE C | AH C | AH0 BC | EY C>B | AY D>B | AW D>E | "
    "OW E>F | OY E>B | ER E | P A | B A | T BF | D BF | K BCEFH | G BCEFH | CH BF | JH BF | TH BF | DH BF | "
    "S BF | Z BF | SH BF | ZH BF | F G | V G | M A | W F | HH ABCDEFGH | N BCFH | NG BCEF | L BEFH | R BEF | Y BCF"
)


def rows(table):
    for row in table.split(" | "):
        shape, sounds = row.split(": ", 1)
        yield from ((shape, sound) for sound in sounds.split())


# The same vendors' tables of Spanish, German, Arabic, Czech, Hungarian, Turkish, Icelandic
POLLY_RARE = "J: ɲ ʎ ʝ ɟ c | B: β | k: ç x ɣ ŋ k | T: θ ð | i: j | f: ɸ v | p: ʙ m"
AZURE_RARE = "12: x χ ç ʝ ħ ʕ h | 19: ɲ n | 16: c ɟ ʃ | 20: ɣ k ŋ q | 14: ʎ l | 6: j"


@pytest.mark.parametrize("mark", ["", "ː", "ʰ", "ˤ"])
@pytest.mark.parametrize(("name", "table"), [("polly", POLLY_RARE), ("azure", AZURE_RARE)])
def test_palatals_and_rare_consonants_have_the_shapes_of_the_vendor(name, table, mark):
    for shape, sound in rows(table):
        assert shapes_of(sound + mark, name) == (shape,), sound


@pytest.mark.parametrize(
    ("name", "table", "share"),
    [
        ("polly", POLLY, 0.97),
        ("azure", AZURE, 1.0),
        ("oculus", OCULUS, 1.0),
        ("preston-blair", PRESTON_BLAIR, 1.0),
        ("papagayo", PRESTON_BLAIR, 1.0),
        ("vrm", VRM, 1.0),
    ],
)
def test_shapes_agree_with_the_page_of_their_set(name, table, share):
    missed = [(sound, shape, shapes_of(sound, name)) for shape, sound in rows(table)]
    missed = [row for row in missed if row[2] != (row[1],)]
    count = len(list(rows(table)))
    assert count > 20
    assert 1 - len(missed) / count >= share, missed


def test_shapes_of_rhubarb_are_among_those_the_tool_allows():
    for row in RHUBARB.split(" | "):
        label, allowed = row.split()
        found = shapes_of(label, "rhubarb", alphabet="arpabet")
        assert len(found) == len(allowed.split(">")), (label, found)
        assert all(shape in options for shape, options in zip(found, allowed.split(">"), strict=True)), (label, found)


@pytest.mark.parametrize(
    ("label", "seconds", "shape"),
    [
        ("AH", 0.1, "C"),
        ("AH", 0.2, "D"),
        ("ER", 0.05, "B"),
        ("ER", 0.07, "E"),
        ("AY", 0.1, "C"),
        ("AY", 0.12, "D"),
        ("AW", 0.17, "C"),
        ("AW", 0.18, "D"),
        ("AA", 0.02, "D"),
    ],
)
def test_some_shapes_of_rhubarb_need_time(label, seconds, shape):
    first = read_phone(label, "arpabet").sounds[0]
    assert shape_of(first, "rhubarb", seconds) == shape


def test_openxr_has_its_own_names_for_the_shapes_of_oculus():
    names = dict(zip(SETS["oculus"].names, SETS["openxr"].names, strict=True))
    assert [names[name] for name in ("sil", "kk", "SS", "I", "O", "U")] == ["SIL", "KK", "SS", "IH", "OH", "OU"]
    for label in ("p", "i", "u", "ʂ", "aɪ"):
        assert shapes_of(label, "openxr") == tuple(names[shape] for shape in shapes_of(label, "oculus"))


def test_the_newer_polly_has_a_shape_for_l():
    assert [shapes_of(label, "polly-l") for label in ("l", "ɫ", "t", "aɪ")] == [("l",), ("l",), ("t",), ("a",)]


def test_two_closures_in_one_label_are_two_shapes():
    assert shapes_of("p͡f", "azure") == ("21", "18")
    assert shapes_of("p͡f", "rhubarb") == ("A", "G")


CLOSED = {
    "oculus": {"PP"},
    "openxr": {"PP"},
    "azure": {"21"},
    "polly": {"p"},
    "polly-l": {"p"},
    "rhubarb": {"A"},
    "preston-blair": {"MBP"},
    "papagayo": {"MBP"},
    "vrm": {"neutral"},
}

sounds = st.builds(
    Articulation,
    kind=st.sampled_from(SoundKind),
    place=st.sampled_from(Place),
    manner=st.sampled_from(Manner),
    is_voiced=st.booleans(),
    height=st.floats(0, 1),
    backness=st.floats(0, 1),
    rounding=st.floats(0, 1),
    is_nasal=st.booleans(),
    is_rhotic=st.booleans(),
    is_long=st.booleans(),
    glide=st.sampled_from(Glide),
    is_glottal=st.booleans(),
)


@example(Articulation(SoundKind.CONSONANT, Place.BILABIAL, Manner.PLOSIVE, is_rhotic=True), None, "azure")
@given(sounds, st.one_of(st.none(), st.floats(0.001, 2)), st.sampled_from(sorted(SETS)))
def test_every_articulation_has_a_shape_and_only_closures_close(sound, duration, name):
    if sound.kind == SoundKind.VOWEL:
        sound = sound._replace(place=Place.NONE, manner=Manner.NONE)
    chosen = SETS[name]
    shape = shape_of(sound, name, duration)
    assert shape in chosen.names
    if sound.kind == SoundKind.REST:
        assert shape == chosen.rest
        return
    if name == "vrm":
        assert (shape == "neutral") == (sound.kind == SoundKind.CONSONANT and sound.closes_lips)
        return
    assert shape != chosen.rest
    closes = sound.kind == SoundKind.CONSONANT and sound.closes_lips and sound.place == Place.BILABIAL
    if not sound.is_glottal:
        assert (shape in CLOSED[name]) == closes


@pytest.mark.parametrize("label", "ʂ β ɗ ɸ ɖ ʈ ɰ ɥ ♪ ʔ h ɢ".split())
@pytest.mark.parametrize("name", sorted(SETS))
def test_a_sound_without_closure_never_shuts_the_mouth(label, name):
    assert not set(shapes_of(label, name)) & (CLOSED[name] | {SETS[name].rest})


def test_every_label_of_the_voices_of_espeak_has_a_shape_in_every_set(data):
    inventory = json.loads((data / "lipsync" / "espeak_tokens.json").read_text("utf-8"))
    for label in {label for tokens in inventory.values() for label in tokens}:
        found = read_phone(label, "espeak").sounds
        for name, chosen in SETS.items():
            assert all(shape_of(sound, name) in chosen.names for sound in found)


def track(*parts):
    table = tuple(dict.fromkeys(sound for sound, _ in parts))
    edges = np.cumsum([0.0, *(seconds for _, seconds in parts)])
    times = np.column_stack((edges[:-1], edges[1:]))
    return MouthTrack(times, table, np.array([table.index(sound) for sound, _ in parts], np.intp))


def test_equal_neighbours_of_a_track_become_one_shape():
    t, d, a = (read_phone(label).sounds[0] for label in "tda")
    line = to_timeline(track((REST, 0.1), (t, 0.1), (d, 0.1), (a, 0.2), (REST, 0.5)), "oculus")
    assert line.labels == ("sil", "DD", "aa", "sil")
    assert line.times.round(6).tolist() == [[0.0, 0.1], [0.1, 0.3], [0.3, 0.5], [0.5, 1.0]]


def test_the_duration_of_each_stretch_counts():
    (strut,) = read_phone("ʌ").sounds
    (s,) = read_phone("s").sounds
    assert to_timeline(track((strut, 0.19), (s, 0.1), (strut, 0.2)), "rhubarb").labels == ("C", "B", "D")


@given(st.lists(st.tuples(sounds, st.floats(0.01, 1)), min_size=1, max_size=12), st.sampled_from(sorted(SETS)))
def test_shapes_cover_the_track_as_each_sound_alone_would(parts, name):
    line = to_timeline(track(*parts), name)
    assert line.times[0, 0] == 0.0
    assert line.times[-1, 1] == pytest.approx(sum(seconds for _, seconds in parts))
    assert (line.times[1:, 0] == line.times[:-1, 1]).all()
    assert all(a != b for a, b in zip(line.labels, line.labels[1:], strict=False))
    alone = [shape_of(sound, name, seconds) for sound, seconds in parts]
    if not SETS[name].limits:
        assert line.labels == tuple(shape for i, shape in enumerate(alone) if i == 0 or shape != alone[i - 1])


def test_an_empty_track_has_no_shapes():
    empty = MouthTrack(np.empty((0, 2)), (), np.empty(0, np.intp))
    assert len(to_timeline(empty, "oculus")) == 0


def test_an_unknown_set_is_refused_with_the_names_of_all():
    with pytest.raises(ExportError, match="'disney' is not known; expected one of oculus, openxr"):
        shape_of(REST, "disney")
