"""Tiers of strangers' files: every label is read in its order, or a finding names the tier that is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.export import find_format

TAKEN = {"words": "alpha beta", "Ann - words": "gamma", "phones": "AA B", "sentences": "Alpha, beta."}
LEFT = {"gestures": "nods", "Bob": "well then", "KAN-MAU": "a:"}


def textgrid(tiers, *, points=(), start=0.0):
    """Return a TextGrid; each label of a tier has half a second."""
    lines = ['"ooTextFile"', '"TextGrid"', str(start), str(start + 4), "<exists>", str(len(tiers) + len(points))]
    for name, text in tiers:
        labels = text.split()
        lines += ['"IntervalTier"', f'"{name}"', str(start), str(start + 4), str(len(labels))]
        for place, label in enumerate(labels):
            lines += [str(start + place / 2), str(start + place / 2 + 0.5), f'"{label}"']
    for name, label in points:
        lines += ['"TextTier"', f'"{name}"', str(start), str(start + 4), "1", str(start + 1), f'"{label}"']
    return "\n".join(lines).encode()


def findings(clip):
    return {found.kind: str(found) for report in clip.report.values() for found in report.findings}


@given(st.permutations([*TAKEN.items(), *LEFT.items()]), st.booleans(), st.booleans())
def test_every_tier_is_read_or_named(tiers, has_points, is_doubled):
    doubled = [("words", "omega")] if is_doubled else []
    points = [("clicks", "tick")] if has_points else []
    clip = clipaudio.open_clip(textgrid([*tiers, *doubled], points=points))
    said = findings(clip)["unread_tier"]
    assert all(repr(name) in said for name in LEFT)
    assert ("'clicks'" in said, "'words_2'" in said) == (has_points, is_doubled)
    assert not any(repr(name) in said for name in TAKEN)


def test_tiers_that_are_read_whole_or_empty_tell_nothing():
    clip = clipaudio.open_clip(textgrid([*TAKEN.items(), ("notes", "")]))
    assert "unread_tier" not in findings(clip)


@pytest.mark.parametrize("form", ["textgrid", "eaf"])
def test_tiers_that_clipaudio_writes_are_all_read(form):
    words = [
        {"word": word, "start": row / 2, "end": row / 2 + 0.5, "speaker": "AB"[row // 2]}
        for row, word in enumerate(WORDS)
    ]
    clip = clipaudio.open_clip({"segments": [{"start": 0, "end": 2, "text": " ".join(WORDS), "words": words}]})
    again = clipaudio.open_clip(b"".join(find_format(form).iterate(clip.export_context())))
    assert "unread_tier" not in findings(again)


def test_one_who_has_sentences_alone_is_named_where_others_have_words():
    clip = clipaudio.open_clip(textgrid([("Ann - words", "hello there"), ("Bob - utterances", "Goodbye")]))
    assert "'Bob - utterances'" in findings(clip)["unread_tier"]


def test_words_as_they_could_be_said_are_no_phones():
    """WebMAUS writes them beside the phones that were said, as one label a word."""
    tiers = [("ORT-MAU", "hello there"), ("KAN-MAU", "h@'l@U D'E@"), ("MAU", "h @ l")]
    clip = clipaudio.open_clip(textgrid(tiers))
    assert clip.phones.labels == ("h", "@", "l")
    assert "'KAN-MAU'" in findings(clip)["unread_tier"]


def test_phones_alone_name_the_tiers_beside_them():
    clip = clipaudio.open_clip(textgrid([("phones", "AA B IY"), ("gestures", "nods")]))
    assert "'gestures'" in findings(clip)["unread_tier"]


@pytest.mark.parametrize("start", [10.0, 0.25])
def test_a_grid_that_begins_late_keeps_its_times_and_says_so(start):
    clip = clipaudio.open_clip(textgrid([("words", "hello there")], start=start))
    assert clip.words.times.tolist() == [[start, start + 0.5], [start + 0.5, start + 1.0]]
    assert f"begins at {start:g} s" in findings(clip)["late_clock"]
    assert "late_clock" not in findings(clipaudio.open_clip(textgrid([("words", "hello there")])))


WORDS = ["one", "two", "three", "four"]


def eaf(annotations, *, ref=()):
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{k}" TIME_VALUE="{k * 500}"/>' for k in range(5))
    below = f'<TIER TIER_ID="words" PARENT_REF="sentences">{"".join(ref)}</TIER>' if ref else ""
    name = "sentences" if ref else "words"
    body = f'<TIER TIER_ID="{name}">{"".join(annotations)}</TIER>{below}'
    return f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{body}</ANNOTATION_DOCUMENT>".encode()


def aligned(key, first, last, value):
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{key}" TIME_SLOT_REF1="t{first}" TIME_SLOT_REF2="t{last}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


@given(st.permutations(range(4)))
def test_annotations_of_elan_are_read_by_their_times_wherever_they_stand(order):
    """Programs write them in the order in which they were made."""
    clip = clipaudio.open_clip(eaf([aligned(f"a{k}", k, k + 1, WORDS[k]) for k in order]))
    assert clip.words.labels == tuple(WORDS)
    assert clip.words.times.tolist() == [[k / 2, k / 2 + 0.5] for k in range(4)]


@given(st.permutations(range(4)))
def test_parts_of_an_annotation_follow_the_one_that_each_names(order):
    def part(k):
        before = f' PREVIOUS_ANNOTATION="b{k - 1}"' if k else ""
        return (
            f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b{k}" ANNOTATION_REF="a0"{before}>'
            f"<ANNOTATION_VALUE>{WORDS[k]}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        )

    clip = clipaudio.open_clip(eaf([aligned("a0", 0, 4, "One two, three four.")], ref=[part(k) for k in order]))
    assert clip.words.labels == ("One", "two", "three", "four")
    assert clip.words.times.tolist() == [[k / 2, k / 2 + 0.5] for k in range(4)]


@given(st.permutations(["b0", "b1", "b2", "zz", None]))
def test_parts_that_name_each_other_in_a_circle_are_all_read(before):
    parts = [
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b{k}" ANNOTATION_REF="a0"'
        + (f' PREVIOUS_ANNOTATION="{before[k]}"' if before[k] else "")
        + f"><ANNOTATION_VALUE>{WORDS[k]}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        for k in range(4)
    ]
    clip = clipaudio.open_clip(eaf([aligned("a0", 0, 4, "")], ref=parts))
    assert sorted(clip.words.labels) == sorted(WORDS)


def test_pympi_writes_words_in_any_order_and_they_are_read_as_it_reads_them(needs, tmp_path):
    pympi = needs("pympi")
    file = pympi.Elan.Eaf(author="test")
    file.add_tier("words")
    for place in (2, 0, 3, 1):
        file.add_annotation("words", place * 500, place * 500 + 400, WORDS[place])
    path = tmp_path / "a.eaf"
    file.to_file(str(path))
    expected = sorted(pympi.Elan.Eaf(str(path)).get_annotation_data_for_tier("words"))
    clip = clipaudio.open_clip(path)
    assert [(round(start * 1000), round(end * 1000), word) for word, start, end in clip.words] == expected
