"""Numbers of a TextGrid, as Praat reads them."""

import math
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipaudio.annotation.formats.textgrid import loads
from clipaudio.errors import TextGridError

DIGITS = st.text("0123456789", min_size=1, max_size=4)
NUMBERS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "", "+", "-"]),
    DIGITS,
    st.sampled_from(["", ".", ".5", ".25"]),
    st.sampled_from(["", "", "e0", "e-1", "E+1", "e", "e-"]),
    st.sampled_from(
        ["", "", "s", "ms", "%", "%%", "/2", "/0", "/2s", ",", ",5", ".5", "]", ":3", "!", "-1", "<a>", "=3"]
    ),
)


def grid_of(word):
    """Return a TextGrid of two intervals, of which the first ends at *word*."""
    return (
        '"ooTextFile"\n"TextGrid"\n0\n99999999\n<exists>\n1\n"IntervalTier"\n"w"\n0\n99999999\n2\n'
        f'0\n{word}\n"a"\n{word}\n99999999\n"b"\n'
    )


@given(NUMBERS | st.text(string.digits + "+-.e%/sx,", min_size=1, max_size=6))
@example("2.5ms")
@example(".5")
@example("5/2")
@example("250%")
def test_a_number_is_read_as_praat_reads_it_or_refused(needs, tmp_path_factory, word):
    parselmouth = needs("parselmouth")
    text = grid_of(word)
    path = tmp_path_factory.mktemp("grid") / "a.TextGrid"
    path.write_text(text, encoding="utf-8")
    try:
        expected = parselmouth.praat.call(parselmouth.Data.read(str(path)), "Get end time of interval", 1, 1)
    except parselmouth.PraatError:
        expected = None
    try:
        found = loads(text, blanks=True)["w"].ends[0]
    except TextGridError:
        found = None
    if found is None:
        is_partly_read = any(mark in word for mark in ".,eEx+-/")
        assert expected is None or math.isnan(expected) or is_partly_read
    elif expected is None:
        assert not 0 < found < 99999999  # Praat refuses intervals out of order
    else:
        assert found == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("word", ["2,5", "1.2.3", ".5", "-.5", "1e", "--undefined--", "-", "0x1", '2"x"'])
def test_a_number_that_praat_reads_in_part_or_not_at_all_is_refused(word):
    with pytest.raises(TextGridError, match=r"line 13: .* is no number that Praat reads whole; write it as 0\.5 or 12"):
        loads(grid_of(word))
