"""EBU-TT-D: the structure that its rules ask for, and cues as ttconv reads them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import ebu_tt_d
from clipaudio.captions.style import POSITIONS, CaptionStyle
from clipaudio.errors import ExportError

TT, TTS = "{http://www.w3.org/ns/ttml}", "{http://www.w3.org/ns/ttml#styling}"
EBUTTS = "{urn:ebu:tt:style}"
XML = "{http://www.w3.org/XML/1998/namespace}"
CUES = [Cue(1.0, 2.0, ("A < B", "C & D"), (), "Ann"), Cue(36_000.5, 36_001, ("\u202eרב",))]


@given(st.lists(st.text(min_size=1, max_size=30), max_size=4), st.sampled_from(sorted(POSITIONS)))
def test_documents_have_the_structure_that_the_rules_ask_for(texts, position):
    style = CaptionStyle(position=position, colour="#ffff00", box="#00000080")
    cues = [Cue(row, row + 1, (text,)) for row, text in enumerate(texts)]
    root = ET.fromstring(ebu_tt_d.dumps(cues, language="en", style=style).encode())
    assert root.tag == f"{TT}tt"
    assert root.get("{http://www.w3.org/ns/ttml#parameter}timeBase") == "media"
    styles = {one.get(f"{XML}id"): one for one in root.iter(f"{TT}style")}
    regions = {one.get(f"{XML}id"): one for one in root.iter(f"{TT}region")}
    identifiers = [one.get(f"{XML}id") for one in root.iter(f"{TT}p")]
    assert len(set(identifiers)) == len(identifiers)
    for paragraph in root.iter(f"{TT}p"):
        assert paragraph.get("region") in regions
        look = styles[paragraph.get("style")]
        assert look.get(f"{EBUTTS}linePadding").endswith("c")
        assert look.get(f"{TTS}backgroundColor") is None  # it would fill the region
        assert all(re.fullmatch(r"\d\d:[0-5]\d:[0-5]\d\.\d{3}", paragraph.get(name)) for name in ("begin", "end"))
        assert not (paragraph.text or "").strip()
        assert {child.tag for child in paragraph} <= {f"{TT}span", f"{TT}br"}
        for span in paragraph.iter(f"{TT}span"):
            assert styles[span.get("style")].get(f"{TTS}backgroundColor") == "#00000080"


def test_ttconv_reads_text_times_and_language(needs):
    reader, isd = needs("ttconv.imsc.reader"), needs("ttconv.isd")
    model = reader.to_model(ET.ElementTree(ET.fromstring(ebu_tt_d.dumps(CUES, language="he", speakers=True))))
    assert model.get_lang() == "he"
    assert [float(one) for one in isd.ISD.significant_times(model)] == [0, 1, 2, 36_000.5, 36_001]


def test_without_cues_the_document_is_still_valid(needs):
    reader = needs("ttconv.imsc.reader")
    assert reader.to_model(ET.ElementTree(ET.fromstring(ebu_tt_d.dumps([])))) is not None
    with pytest.raises(ExportError, match="no language tag"):
        ebu_tt_d.dumps([], language="no tag")
