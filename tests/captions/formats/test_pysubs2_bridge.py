"""The bridge to pysubs2: there and back without loss, and one sentence where it is not installed."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats.pysubs2_bridge import from_pysubs2, to_pysubs2
from clipaudio.captions.sanitize import prepare

TEXTS = st.one_of(
    st.text(max_size=20), st.lists(st.sampled_from(["{", "}", "\\", "N", "n", "h", "an8", "\n", "x", " "])).map("".join)
)


@given(st.lists(TEXTS, max_size=3), st.one_of(st.none(), st.just("Ann")))
def test_there_and_back_is_the_same(lines, speaker):
    cues = [Cue(1.25, 2.5, tuple(lines), speaker=speaker)]
    assert from_pysubs2(to_pysubs2(cues)) == prepare(cues).cues


def test_what_is_not_text_stays_behind(needs):
    pysubs2 = needs("pysubs2")
    events = [
        pysubs2.SSAEvent(start=0, end=1000, text=r"{\an8}{\i1}Hello{\i0}\Nyou\hthere"),
        pysubs2.SSAEvent(start=0, end=1000, text="a comment", type="Comment"),
        pysubs2.SSAEvent(start=0, end=1000, text=r"{\p1}m 0 0 l 9 9"),
        pysubs2.SSAEvent(start=0, end=1000, text=r"{\i1} \N"),
    ]
    file = pysubs2.SSAFile()
    file.events = events
    assert from_pysubs2(file) == (Cue(0.0, 1.0, ("Hello", "you there")),)


def test_other_formats_are_written_and_read_through_it():
    cues = (Cue(0.04, 1.0, ("Hello", "you")), Cue(2.0, 3.0, ("x",)))
    file = to_pysubs2(cues)
    text = file.to_string("microdvd", fps=25, write_fps_declaration=False)
    assert from_pysubs2(type(file).from_string(text, fps=25)) == cues


def test_where_it_is_not_installed_one_sentence_says_what_to_do():
    code = (
        "import sys; sys.modules['pysubs2'] = None\n"
        "from clipaudio.captions.formats.pysubs2_bridge import to_pysubs2\n"
        "from clipaudio.errors import MissingExtraError\n"
        "try:\n    to_pysubs2([])\nexcept MissingExtraError as error:\n    print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("this needs pysubs2")
    assert 'pip install "pysubs2>=' in out
