"""Lyrics in scripts without blanks: each character keeps its time, whatever format brings it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.timing.pieces import join_pieces

HAN = "山川草木日月火水風雪"
KANA = "あいうえかきくけこさ"


def of_ttml(parts):
    spans = "".join(f'<span begin="{a / 100:.2f}s" end="{b / 100:.2f}s">{text}</span>' for text, a, b in parts)
    stop = parts[-1][2] / 100
    body = f'<p begin="0s" end="{stop:.2f}s">{spans}</p>'
    return f'<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="ja"><body><div>{body}</div></body></tt>'


def of_ass(parts):
    text = "".join(f"{{\\k{b - a}}}{text}" for text, a, b in parts)
    stop = f"0:00:{parts[-1][2] // 100:02}.{parts[-1][2] % 100:02}"
    head = (
        "[Script Info]\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
    return f"{head}Dialogue: 0,0:00:00.00,{stop},Default,,0,0,0,,{text}\n"


def of_webvtt(parts):
    text = "".join(f"<00:{a // 100:02}.{a % 100:02}0>{text}" if a else text for text, a, _ in parts)
    stop = parts[-1][2]
    return f"WEBVTT\n\n00:00.000 --> 00:{stop // 100:02}.{stop % 100:02}0\n{text}\n"


def of_lrc(parts):
    text = "".join(f"<00:{a // 100:02}.{a % 100:02}>{text}" for text, a, _ in parts)
    stop = parts[-1][2]
    return f"[00:00.00]{text}<00:{stop // 100:02}.{stop % 100:02}>\n"


@pytest.mark.parametrize("write", [of_ttml, of_ass, of_webvtt, of_lrc])
@given(st.lists(st.tuples(st.sampled_from(HAN + KANA), st.integers(10, 90)), min_size=2, max_size=12))
def test_each_character_keeps_its_time(write, characters):
    parts, now = [], 0
    for text, length in characters:
        parts.append((text, now, now + length))
        now += length
    clip = clipaudio.open_clip(write(parts).encode())
    assert clip.text == "".join(text for text, _ in characters)
    starts = [grapheme.start for grapheme in clip.graphemes]
    assert starts == pytest.approx([a / 100 for _, a, _ in parts], abs=1e-6)


@pytest.mark.parametrize("write", [of_ttml, of_ass])
def test_syllables_of_a_word_with_blanks_around_it_are_one_word(write):
    clip = clipaudio.open_clip(write([("ne", 0, 20), ("ver ", 20, 50), ("mind", 50, 90)]).encode())
    assert [(word.label, word.start, word.end) for word in clip.words] == [("never", 0.0, 0.5), ("mind", 0.5, 0.9)]


@given(st.lists(st.text("山川スタデナーｰ々〇〆あのでกขนๆะ", min_size=1, max_size=4), min_size=1, max_size=6))
def test_words_of_scripts_without_blanks_are_joined_without_one(words):
    words = [word for word in words if not unicodedata.category(word[0]).startswith("M")]
    assert join_pieces(words)[0] == "".join(words)
