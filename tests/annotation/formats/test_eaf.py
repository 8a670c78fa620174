"""EAF as pympi and an XML parser read it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.annotation.formats.eaf import dumps
from clipaudio.annotation.hierarchy import TierLevel
from clipaudio.annotation.tier import clean_label
from clipaudio.timing.timeline import Timeline

WORDS = TierLevel("words", Timeline(("Hi", '<you> & "me"'), [[0.1, 0.3], [0.3, 0.9]]))
PHONES = TierLevel(
    "phones", Timeline(("h", "aɪ", "j"), [[0.1, 0.2], [0.2, 0.3], [0.3, 0.9]]), "words", np.array([0, 0, 1])
)


def test_pympi_reads_tiers_parents_and_times(needs, tmp_path):
    elan = needs("pympi").Elan
    path = tmp_path / "clip.eaf"
    path.write_text(dumps([WORDS, PHONES], 1.0, sound_file="/tmp/a b.wav"), "utf-8")
    found = elan.Eaf(str(path))
    assert sorted(found.get_tier_names()) == ["phones", "words"]
    assert found.get_annotation_data_for_tier("words") == [(100, 300, "Hi"), (300, 900, '<you> & "me"')]
    assert found.get_annotation_data_for_tier("phones") == [(100, 200, "h"), (200, 300, "aɪ"), (300, 900, "j")]
    assert found.get_parameters_for_tier("phones")["PARENT_REF"] == "words"
    assert found.get_linked_files()[0]["MEDIA_URL"] == "file:///tmp/a b.wav"


def test_every_reference_leads_somewhere():
    root = ET.fromstring(dumps([WORDS, PHONES], 1.0))
    slots = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")}
    types = {kind.get("LINGUISTIC_TYPE_ID"): kind.get("CONSTRAINTS") for kind in root.iter("LINGUISTIC_TYPE")}
    stereotypes = {constraint.get("STEREOTYPE") for constraint in root.iter("CONSTRAINT")}
    assert [child.tag for child in root][:2] == ["HEADER", "TIME_ORDER"]
    ids = set()
    for tier in root.iter("TIER"):
        constraint = types[tier.get("LINGUISTIC_TYPE_REF")]
        assert (constraint is None) == (tier.get("PARENT_REF") is None)
        assert constraint is None or constraint in stereotypes
        for annotation in tier.iter("ALIGNABLE_ANNOTATION"):
            ids.add(annotation.get("ANNOTATION_ID"))
            assert slots[annotation.get("TIME_SLOT_REF1")] < slots[annotation.get("TIME_SLOT_REF2")]
    assert len(ids) == 5


@given(st.lists(st.text(max_size=8), max_size=5))
def test_any_label_comes_back(labels):
    times = [[i / 10, (i + 1) / 10] for i in range(len(labels))]
    root = ET.fromstring(dumps([TierLevel("words", Timeline(labels, times))], 1.0).encode())
    found = [value.text for value in root.iter("ANNOTATION_VALUE")]
    clean = [clean_label(label).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for label in labels]
    assert found == [label for label in clean if label]


@given(st.text(max_size=8))
def test_any_path_of_the_audio_leaves_the_document_well_formed(name):
    text = dumps([WORDS], 1.0, sound_file=f"/tmp/{name}\x00\x1f\udcff.wav")
    link = ET.fromstring(text.encode()).find("HEADER/MEDIA_DESCRIPTOR")
    assert link.get("MEDIA_URL").endswith("\ufffd.wav")
