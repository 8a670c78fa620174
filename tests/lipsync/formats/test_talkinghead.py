"""Arrays for TalkingHead: milliseconds, whole and meeting."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.lipsync.formats.oculus import SHAPES
from clipaudio.lipsync.formats.talkinghead import dumps
from clipaudio.timing.timeline import Timeline


@given(st.lists(st.tuples(st.sampled_from(SHAPES), st.floats(0.0001, 1)), max_size=20))
def test_arrays_are_whole_milliseconds_in_order_that_end_where_the_next_one_starts(spans):
    now, labels, times = 0.0, [], []
    for label, length in spans:
        labels.append(label)
        times.append([now, now + length])
        now += length
    made = json.loads(dumps(Timeline(labels, times)))
    starts, lengths = made["vtimes"], made["vdurations"]
    assert len(made["visemes"]) == len(starts) == len(lengths)
    assert all(isinstance(value, int) for value in starts + lengths)
    assert all(length > 0 for length in lengths)
    assert starts == sorted(starts)
    assert "sil" not in made["visemes"]
    assert set(made["visemes"]) == set(labels) - {"sil"}
    if "sil" not in labels:
        following = zip(starts, lengths, starts[1:], strict=False)
        assert all(start + length == after or length == 1 for start, length, after in following)


def test_there_is_an_array_of_words_even_without_words_and_words_may_be_anything():
    shapes = Timeline(("sil", "PP"), [[0, 0.1], [0.1, 0.2]])
    assert json.loads(dumps(shapes))["words"] == []
    made = json.loads(dumps(shapes, words=Timeline(('a"\t]]>', "é\x00\ud800"), [[0, 0.1], [0.1, 0.1]])))
    assert (made["words"], made["wtimes"], made["wdurations"]) == (['a" ]]>', "é �"], [0, 100], [100, 1])
