from __future__ import annotations

import html
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.emulator.script import Script, read_body


def test_the_text_of_the_vendors_own_ssml_sample_is_spelled_by_its_letters(data):
    """The sample cuts six words out of its letters; what is left stands in the text in this order."""
    sample = json.loads((data / "v1_get_clip_ssml_break_PARTIAL.json").read_text(encoding="utf-8"))
    script = read_body(sample["body"])
    letters = "".join(sample["audio_timestamps"]["graph_chars"])
    assert script.text == "Resemble increases productivity through an easy to use API. What do you think?"
    assert letters == script.text
    assert script.pauses == ((len("Resemble increases productivity through an easy to use API. "), 1.5),)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_plain_text_only_loses_superfluous_white_space(text):
    text = text.replace("<", "").replace("&", "")
    assert read_body(text).text == " ".join(text.split())


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_escaped_text_comes_back(text):
    escaped = html.escape(text).replace("&#x27;", "&apos;")
    assert read_body(f"<speak>{escaped}</speak>").text == " ".join(text.split())


@given(st.text(max_size=60), st.text(max_size=60))
def test_pieces_spell_the_text(before, after):
    script = read_body(f"{before}<break time='1s'/>{after}")
    pieces = script.pieces()
    assert "".join(piece[1] for piece in pieces if isinstance(piece, tuple)) == script.text
    assert all(script.text.startswith(text, at) for at, text in (p for p in pieces if isinstance(p, tuple)))


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ('<break time="1.5s"/>', 1.5),
        ("<break strength='weak' time='250ms' />", 0.25),
        ("<BREAK time=2s>", 2.0),
        ('<break time="99s"/>', 10.0),
    ],
)
def test_a_break_is_a_pause_where_it_stands(tag, seconds):
    assert read_body(f"Hm. {tag} Yes.") == Script("Hm. Yes.", ((4, seconds),))


def test_a_break_at_the_end_stays_inside_the_text():
    assert read_body("Hm. <break time='1s'/> ") == Script("Hm.", ((3, 1.0),))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("3 < 4 & 5 > 2", "3 < 4 & 5 > 2"),
        ("a<!-- <b> -->b", "ab"),
        ('<sub alias="a > b">x</sub>', "x"),
        ("&#65;&#x42;&#0;&#1114112;&copy;", "AB&#0;&#1114112;&copy;"),
        ("\x00 and \ud800", "\ufffd and \ufffd"),
        ("<break/>x<break time='soon'/>", "x"),
        ("", ""),
    ],
)
def test_what_is_no_tag_and_no_entity_stays(body, text):
    assert read_body(body) == Script(text)


@pytest.mark.parametrize("opening", ["<!--", "<?", "<a ", "<a '", "<break ", "&#"])
def test_a_body_of_openings_without_ends_is_read_in_linear_time(opening):
    started = time.process_time()
    read_body(opening * 200_000)
    assert time.process_time() - started < 5
