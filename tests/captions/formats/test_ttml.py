"""TTML: IMSC 1.1 Text, with exact frames where a rate is given."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import ttml
from clipaudio.errors import ExportError

TT = "{http://www.w3.org/ns/ttml}"
TTP = "{http://www.w3.org/ns/ttml#parameter}"
TTM = "{http://www.w3.org/ns/ttml#metadata}"
RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60000, 1001)]
OH_NO = Cue(
    0.5,
    2.0,
    ("Oh, no", "you"),
    (CueWord(0, 0, 2, 0.6, 0.9), CueWord(0, 4, 6, 1.1, 1.1), CueWord(1, 0, 3, 1.6, 1.8)),
    "Ann & <Bo>",
)


def paragraphs(text):
    return list(ET.fromstring(text.encode()).iter(f"{TT}p"))


@given(st.sampled_from(RATES), st.integers(0, 36_000 * 60), st.integers(1, 500))
def test_every_frame_comes_out_as_its_own_number(fps, first, count):
    cue = Cue(float(first / fps), float((first + count) / fps), ("x",))
    (paragraph,) = paragraphs(ttml.dumps([cue], fps=fps))
    assert (paragraph.get("begin"), paragraph.get("end")) == (f"{first}f", f"{first + count}f")


@pytest.mark.parametrize("fps", RATES)
def test_the_rate_stands_in_the_document_exactly(fps):
    root = ET.fromstring(ttml.dumps([OH_NO], fps=fps).encode())
    top, bottom = map(int, root.get(f"{TTP}frameRateMultiplier").split())
    assert int(root.get(f"{TTP}frameRate")) * Fraction(top, bottom) == fps


def test_times_are_milliseconds_without_a_rate_and_cues_last_at_least_a_unit():
    (paragraph,) = paragraphs(ttml.dumps([Cue(59.9996, 360_000.5, ("x",))]))
    assert (paragraph.get("begin"), paragraph.get("end")) == ("00:01:00.000", "100:00:00.500")
    (paragraph,) = paragraphs(ttml.dumps([Cue(1.0, 1.001, ("x",))], fps=Fraction(25)))
    assert (paragraph.get("begin"), paragraph.get("end")) == ("25f", "26f")


def test_each_word_has_its_colour_while_it_is_spoken_from_the_start_of_the_cue():
    (paragraph,) = paragraphs(ttml.dumps([OH_NO], word_colour="#ffff00"))
    found = [(one.get("begin"), one.get("end"), one.tail) for one in paragraph.iter(f"{TT}set")]
    assert found == [("00:00:00.100", "00:00:00.400", "Oh,"), ("00:00:01.100", "00:00:01.300", "you")]
    assert "".join(paragraph.itertext()) == "Oh, noyou"


def test_speakers_title_and_language_are_named():
    root = ET.fromstring(
        ttml.dumps([OH_NO, Cue(3, 4, ("x",))], speakers=True, title="A & b", language="en-GB").encode()
    )
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-GB"
    assert root.findtext(f".//{TTM}title") == "A & b"
    agent = root.find(f".//{TTM}agent")
    assert agent.findtext(f"{TTM}name") == "Ann & <Bo>"
    assert [one.get(f"{TTM}agent") for one in root.iter(f"{TT}p")] == [
        agent.get("{http://www.w3.org/XML/1998/namespace}id"),
        None,
    ]


def test_a_cue_of_nothing_xml_allows_is_left_out():
    assert [one.text for one in paragraphs(ttml.dumps([Cue(0, 1, ("\uffff",)), Cue(1, 2, ("a\ufffeb",))]))] == ["ab"]


def test_ttconv_finds_the_same_cues(needs):
    needs("ttconv")
    from ttconv.imsc import reader

    tree = ET.ElementTree(ET.fromstring(ttml.dumps([OH_NO, Cue(3, 4, ("x",))], fps=RATES[0], language="en").encode()))
    found = [one for one in reader.to_model(tree).get_body().dfs_iterator() if type(one).__name__ == "P"]
    frame = 1 / RATES[0]
    assert [(one.get_begin(), one.get_end()) for one in found] == [(12 * frame, 48 * frame), (72 * frame, 96 * frame)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"language": "en_GB"}, "no language tag"),
        ({"word_colour": "red"}, "expected #RRGGBB"),
        ({"fps": Fraction(0)}, "more than 0"),
    ],
)
def test_options_that_are_none_are_refused(wrong, message):
    with pytest.raises(ExportError, match=message):
        ttml.dumps([OH_NO], **wrong)
