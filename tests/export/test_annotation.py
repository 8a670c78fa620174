"""Levels of a clip as text."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.annotation.formats import textgrid
from clipaudio.export.annotation import dumps_timeline
from clipaudio.export.context import ExportContext
from clipaudio.export.options import Part
from clipaudio.export.registry import dumps
from clipaudio.text import replace_surrogates
from clipaudio.timing.aligned import align
from clipaudio.timing.joining import join_aligned
from clipaudio.timing.timeline import Timeline

ODD = st.characters(exclude_categories=()) | st.sampled_from("\ud800\udfff\x00\x85")


@given(st.lists(st.text(ODD, min_size=1, max_size=3), max_size=5), st.text(max_size=4))
def test_whatever_the_labels_hold_a_file_can_be_written(labels, name):
    letters = Timeline(labels, [[i / 10, (i + 1) / 10] for i in range(len(labels))])
    text = dumps_timeline(ExportContext(aligned=align(letters, duration=1.0), id=name + "\ud800"))
    made = json.loads(text.encode())
    assert [entry["label"] for entry in made["graphemes"]] == [replace_surrogates(label) for label in labels]
    assert made["id"] == name + "\ufffd"


SOUNDS = ["h", "\u02c8a\u026a", "j", "u\u02d0", "t\u0361\u0283", "o\u028a", "\u014b", "\u02cc\u025b", "\u00f0"]
NO_SOUNDS = [".", ",", "!", "\u2026", " ", "", "\u3002", "\u2014", "sil", "|", "\u061f", "\u00bf", '"']


def said(entries, **more):
    """A clip with phones of 80 ms that touch, and letters for the sounds among them."""
    edges = np.arange(len(entries) + 1) * 0.08 + 0.1
    times = np.stack((edges[:-1], edges[1:]), axis=1)
    letters = ["x" if entry in SOUNDS else " " for entry in entries]
    return align(Timeline(letters, times), Timeline(entries, times), duration=float(edges[-1]) + 0.2, **more)


def phones_in(name, text):
    """The labels of the phones in a file, read by other means than those that wrote it."""
    if name == "ctm-phones":
        return [line.split()[4] for line in text.splitlines()]
    if name == "emu":
        level = next(level for level in json.loads(text)["levels"] if level["name"] == "phones")
        return [item["labels"][0]["value"] for item in level["items"]]
    if name == "eaf":
        return [value.text for value in ET.fromstring(text).iterfind(".//TIER[@TIER_ID='phones']//ANNOTATION_VALUE")]
    return [entry.label for entry in textgrid.loads(text)["phones"] if entry.label]


@pytest.mark.parametrize("name", ["ctm-phones", "emu", "eaf", "textgrid", "textgrid-short"])
@given(
    entries=st.lists(st.sampled_from([*SOUNDS, *NO_SOUNDS]), min_size=1, max_size=12).filter(
        lambda e: set(e) & set(SOUNDS)
    )
)
def test_phone_tiers_hold_sounds_only_and_a_clip_keeps_what_came(name, entries):
    clip = said(entries, alphabet="ipa")
    assert phones_in(name, dumps(ExportContext(aligned=clip), name)) == [one for one in entries if one in SOUNDS]
    assert clip.phones.labels == tuple(entries)


def test_marks_in_entries_of_their_own_join_their_phone_in_tiers():
    clip = said(["h", "\u02c8", "a", "\u02d0", " ", "\u02cc", "o", "\u028a", "."])
    spoken = clip.spoken_phones
    assert spoken.labels == ("h", "\u02c8a\u02d0", "\u02cco", "\u028a")
    assert spoken.child_ranges.tolist() == [[0, 1], [1, 4], [5, 7], [7, 8]]
    assert clip.sounds.labels == ("h", "a\u02d0", "o\u028a")


NAMES = st.sampled_from(["Ann", "Ben", "J\u00f3n & Co", "\u5f20 \u4f1f", 'D"x"', "a\nb", None])


@given(st.lists(NAMES, min_size=1, max_size=6).filter(any))
def test_tiers_and_tables_tell_speakers_apart(names):
    one = said(["h", "\u02c8a\u026a", " ", "j", "u\u02d0", "."])
    parts = tuple(Part(aligned=one, offset=2.0 * row, speaker=name) for row, name in enumerate(names))
    duration = 2.0 * len(parts)
    whole = join_aligned([(part.aligned, part.offset) for part in parts], duration=duration)
    source = ExportContext(aligned=whole, parts=parts, id="talk")
    clean = [" ".join(name.split()) if name else "" for name in names]
    distinct = list(dict.fromkeys(clean))
    tiers = textgrid.loads(dumps(source, "textgrid"))
    for name in distinct:
        mine = tiers[f"{name} - words" if name else "words"]
        assert mine.starts.round(3).tolist() == [
            round(2.0 * row + start, 3) for row, own in enumerate(clean) if own == name for start in one.words.starts
        ]
    assert len(tiers) == 5 * len(distinct)
    people = [tier.get("PARTICIPANT", "") for tier in ET.fromstring(dumps(source, "eaf")).iter("TIER")]
    assert list(dict.fromkeys(people)) == distinct
    channels = {}
    for line in dumps(source, "ctm").splitlines():
        _, channel, start, *_ = line.split()
        channels.setdefault(clean[int(float(start) // 2)], set()).add(channel)
    assert sorted(map(len, channels.values())) == [1] * len(distinct)
    assert len(set.union(*channels.values())) == len(distinct)
    rows = [row.split("\t") for row in dumps(source, "tsv").splitlines()[1:]]
    marks = [row.split("\t") for row in dumps(source, "audacity").splitlines()]
    assert len(marks) == len(whole.words)
    told = [name for name, before in zip(clean, [None, *clean], strict=False) if name and name != before]
    assert [label.rpartition(": ")[0] for *_, label in marks if ": " in label] == told
    last = None
    for start, _, text in rows:
        speaker = names[int(int(start) // 2000)]
        if speaker and speaker != last:
            assert text.startswith(f"{' '.join(speaker.split())}: ")
        last = speaker
