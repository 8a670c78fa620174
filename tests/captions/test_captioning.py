"""Passages behind one another: who speaks is named, and there is room and time for it."""

from __future__ import annotations

import numpy as np
import pytest

from clipaudio.captions.captioning import Passage, cut_passages, make_cues
from clipaudio.captions.formats import srt, webvtt
from clipaudio.captions.profiles import find_profile
from clipaudio.captions.quality import check_cues
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

SPOKEN = (
    ("Bartholomew", "I never said that to anyone at all."),
    ("Ann", "But you did, and they all heard it here."),
    ("Ann", "They did, and they were not pleased."),
    ("Old Mr Wilson", "Nobody did, I am sure of it and of them."),
)


def passages(*, rate):
    """Return what is said, five seconds apart, at so many characters a second."""
    made = []
    for number, (speaker, text) in enumerate(SPOKEN):
        edges = np.arange(len(text) + 1) / rate
        said = align(Timeline(tuple(text), np.stack((edges[:-1], edges[1:]), axis=1)))
        levels = {"graphemes": said.graphemes, "words": said.words, "sentences": said.sentences}
        made.append(Passage(**levels, offset=5.0 * number, speaker=speaker))
    return made


@pytest.mark.parametrize("rate", [12, 17, 19, 22])
@pytest.mark.parametrize("profile", ["netflix", "netflix-children", "bbc", "social"])
@pytest.mark.parametrize("module", [srt, webvtt])
def test_no_rule_is_broken_for_a_name_that_could_be_kept(profile, rate, module):
    cues = make_cues(passages(rate=rate), profile=profile, duration=25.0)
    read = module.loads(module.dumps(cues, speakers=True))
    assert len(read) == len(cues)
    report = check_cues(read, profile, duration=25.0, speech=[cue.speech for cue in cues])
    assert report.avoidable == ()


def test_a_cue_with_a_name_stays_longer_and_the_others_as_long():
    named = make_cues(passages(rate=19), profile="netflix")
    nameless = make_cues([*map(without_name, passages(rate=19))], profile="netflix")
    longer = [one.duration > other.duration for one, other in zip(named, nameless, strict=True)]
    assert longer == [True, True, False, True]


def without_name(passage):
    levels = {"graphemes": passage.graphemes, "words": passage.words, "sentences": passage.sentences}
    return Passage(**levels, offset=passage.offset)


def test_the_words_of_a_name_count_among_those_of_its_cue():
    most = find_profile("social").max_words
    first, *_ = cut_passages(passages(rate=12)[3:], profile="social")
    assert len(first.words) + 3 <= most
    first, *_ = cut_passages([without_name(one) for one in passages(rate=12)[3:]], profile="social")
    assert len(first.words) + 3 > most
