"""Any text over any words: edits, callbacks and captions of both languages hold it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import clipaudio
from clipaudio.clip.saving import dumps_callback

WORDS = (
    "So um we go there, and then Dr. Lee said. Well (maybe) not? “Yes” it's fine 世界 ok! — … 👩\u200d🚀 $4.50 50% "
    "é\u0301 שלום عالم. - ' \" -5 a.b"
).split()
TEXT = st.lists(st.sampled_from(WORDS), max_size=12)
STEPS = st.lists(st.tuples(st.floats(0.01, 0.6), st.sampled_from([0.0, 0.0, 0.02, 0.5, 2.0])), min_size=14, max_size=14)


def spoken(words, steps):
    rows, now = [], 0.1
    for word, (length, pause) in zip(words, steps, strict=False):
        rows.append({"word": word, "start": now, "end": now + length})
        now += length + pause
    return clipaudio.open_clip(rows, language="en")


@given(TEXT.filter(bool), TEXT, STEPS)
@settings(deadline=None, max_examples=150)
def test_any_text_is_placed_in_order_and_opened_again(old, new, steps):
    clip = spoken(old, steps)
    edited = clip.with_text(" ".join(new))
    assert edited.text == " ".join(new)
    times = edited.graphemes.times.ravel()
    assert np.isfinite(times).all()
    assert (np.diff(times) >= -1e-9).all()
    assert times.min(initial=0.0) >= 0
    assert times.max(initial=0.0) <= clip.duration + 1e-6
    if not len(edited.words):
        return
    again = clipaudio.open_clip(dumps_callback(edited), language="en")
    assert again.words.labels == edited.words.labels
    np.testing.assert_allclose(again.words.times, edited.words.times, rtol=0, atol=1e-7)


@given(TEXT.filter(bool), STEPS, st.data())
@settings(deadline=None, max_examples=80)
def test_words_of_any_text_are_dropped_and_translated(said, steps, data):
    clip = spoken(said, steps)
    count = len(clip.words)
    if count > 1:
        gone = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1))
        left = clip.without(sorted(gone))
        assert left.words.labels == tuple(word for row, word in enumerate(clip.words.labels) if row not in gone)
    if count:
        lines = [" ".join(data.draw(TEXT)) or "ja" for _ in clip.sentences]
        new = clip.translated(lines, language="de")
        assert "".join(new.text.split()) == "".join("".join(lines).split())
        for name in ("srt", "vtt-words", "words"):
            assert new.dumps(name, bilingual=True)
