"""Projects of Papagayo-NG: read by another program, and line by line."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.formats.papagayo import SHAPES, dumps
from clipaudio.timing.timeline import Spans, Timeline

SHAPE_LINE = Timeline(
    ("rest", "MBP", "AI", "rest", "U", "rest"),
    [[0, 0.46], [0.46, 0.6], [0.6, 0.75], [0.75, 1.2], [1.2, 1.5], [1.5, 2]],
)
WORDS = Timeline(("My  big\tword", "you"), [[0.5, 0.75], [1.2, 1.5]])


def read(text):
    """Read a project as Papagayo-NG does: line by line, counting."""
    lines = iter(text.splitlines())
    assert next(lines) == "lipsync version 1"
    sound, fps, length, voices = next(lines), int(next(lines)), int(next(lines)), int(next(lines))
    assert voices == 1
    voice, said, phrases = next(lines).strip(), next(lines).strip(), []
    for _ in range(int(next(lines).strip())):
        phrase, start, end, words = next(lines).strip(), int(next(lines)), int(next(lines)), []
        for _ in range(int(next(lines).strip())):
            word, first, last, count = next(lines).strip().split(" ")
            shapes = [tuple(next(lines).strip().split(" ")) for _ in range(int(count))]
            words.append((word, int(first), int(last), [(int(frame), name) for frame, name in shapes]))
        phrases.append((phrase, start, end, words))
    assert next(lines, None) is None
    return sound, fps, length, voice, said, phrases


def test_shapes_stand_with_their_words_and_a_rest_with_the_word_before():
    *head, phrases = read(dumps(SHAPE_LINE, words=WORDS, sound_file="a/b.wav", voice="Ann"))
    assert head == ["a/b.wav", 24, 48, "Ann", "My_big_word you"]
    shapes = [(11, "MBP"), (14, "AI"), (18, "rest")], [(28, "U"), (36, "rest")]
    assert phrases == [("My_big_word you", 12, 36, [("My_big_word", 12, 18, shapes[0]), ("you", 28, 36, shapes[1])])]


def test_sentences_are_phrases():
    sentences = Spans(("My big word.", "you?"), [[0.5, 0.75], [1.2, 1.5]], [[0, 1], [1, 2]])
    *_, said, phrases = read(dumps(SHAPE_LINE, words=WORDS, sentences=sentences))
    assert said == "My_big_word|you"
    assert [(text, start, end, len(words)) for text, start, end, words in phrases] == [
        ("My_big_word", 12, 18, 1),
        ("you", 28, 36, 1),
    ]


def test_without_words_one_stands_for_all():
    *_, phrases = read(dumps(SHAPE_LINE))
    assert phrases[0][3][0][:3] == ("_", 0, 48)
    assert len(phrases[0][3][0][3]) == 6
    assert read(dumps(Timeline.empty()))[2] == 0


@given(
    st.lists(st.tuples(st.sampled_from(SHAPES), st.floats(0.01, 1)), min_size=1),
    st.lists(st.text(max_size=5), max_size=4),
    st.sampled_from([Fraction(24000, 1001), 24, Fraction(30000, 1001), 60, 100]),
    st.text(max_size=8),
)
def test_whatever_the_words_are_called_the_file_stays_whole(needs, spans, labels, fps, name):
    reader = needs("openfacefx.importers")
    now, names, times = 0.0, [], []
    for label, length in spans:
        names.append(label)
        times.append([now, now + length])
        now += length
    words = Timeline(labels, [[now * i / 5, now * (i + 1) / 5] for i in range(len(labels))])
    text = dumps(Timeline(names, times), words=words, fps=fps, sound_file=name, voice=name)
    *_, phrases = read(text)
    frames = [frame for *_, said in phrases for *_, shapes in said for frame, _ in shapes]
    assert frames == sorted(set(frames))
    intervals, _, rate = reader.parse_pgo(text)
    assert rate == round(fps)
    assert [round(start * rate) + 1 for start, *_ in intervals] == frames


def test_a_shape_it_does_not_have_is_refused():
    with pytest.raises(ExportError, match="mouth shape 0 is 'A', which is not one of Papagayo's: AI E O U etc"):
        dumps(Timeline("A", [[0, 1]]))
    with pytest.raises(ExportError, match="the frame rate is 0; expected one from 1 to 1000"):
        dumps(SHAPE_LINE, fps=0)
