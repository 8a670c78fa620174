"""Tab-separated values: what the standard library reads is what was given."""

from __future__ import annotations

import csv

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import tsv


def test_a_table_is_read_back_with_a_tab_and_a_quote_in_the_text():
    text = tsv.dumps([Cue(59.9996, 61, ('say\t"hi"', "you")), Cue(360_000.5, 360_001, ("x",))])
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert rows == [
        {"start": "60000", "end": "61000", "text": 'say "hi" you'},
        {"start": "360000500", "end": "360001000", "text": "x"},
    ]
    assert tsv.dumps([]) == "start\tend\ttext\n"
