"""Profiles: published limits as values that copy, pickle and refuse nonsense."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from math import inf, nan

import pytest

from clipaudio.captions.profiles import PROFILES, Profile, find_profile
from clipaudio.errors import ExportError


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_found_by_its_name_and_survives_pickling(name):
    found = find_profile(f" {name.upper()} ")
    assert found.name == name
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("name", "language", "speed", "columns"),
    [
        ("netflix", "en", 20, 42),
        ("netflix", "de-AT", 17, 42),
        ("netflix", "JA", 4, 13),
        ("netflix", "zh_Hant", 9, 16),
        ("netflix", "th", 17, 35),
        ("netflix-children", "en", 17, 42),
        ("netflix-children", "fr", 13, 42),
        ("bbc", "en", inf, 37),
    ],
)
def test_limits_follow_the_language(name, language, speed, columns):
    limits = find_profile(name).for_language(language)
    assert (limits.reading_speed, limits.max_chars) == (speed, columns)
    assert limits.for_language("ko") == limits  # once chosen, it stays


def test_gaps_count_in_frames_of_the_rate_given():
    netflix = find_profile("netflix")
    assert netflix.min_gap() == Fraction(2, 24)
    assert netflix.min_gap(Fraction(30000, 1001)) == Fraction(2002, 30000)
    assert netflix.lead(Fraction(25)) == Fraction(2, 25)


def test_a_profile_is_frozen_and_copies_with_changes():
    mine = replace(find_profile("netflix"), name="mine", max_chars=32)
    assert mine.for_language("fr").max_chars == 32
    with pytest.raises(FrozenInstanceError):
        mine.max_chars = 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_chars": 0},
        {"max_lines": 0},
        {"max_words": -1},
        {"reading_speed": 0},
        {"reading_speed": nan},
        {"max_duration": 0.5},
        {"min_duration": -1},
        {"min_duration": nan},
        {"min_gap_frames": -1},
        {"chain": inf},
        {"hold": nan},
        {"pause": -0.1},
    ],
)
def test_what_is_no_limit_is_refused(wrong):
    with pytest.raises(ExportError, match="profile mine"):
        Profile(name="mine", **wrong)


def test_an_unknown_profile_names_those_there_are():
    with pytest.raises(ExportError, match="no profile 'imax'; there are netflix"):
        find_profile("imax")
