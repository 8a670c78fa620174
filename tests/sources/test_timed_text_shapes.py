"""TTML as strangers send it: regions that hide or come late, other namespaces, and lyrics whose voices overlap."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.sources.timed_text import read_timed_text

NAMESPACES = (
    'xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"'
    ' xmlns:tts="http://www.w3.org/ns/ttml#styling"'
)


def document(body, *, head=""):
    return f'<tt {NAMESPACES} xml:lang="en">{head}<body>{body}</body></tt>'.encode()


REGIONS = (
    '<region xml:id="r{row}" tts:display="none"/>',
    '<region xml:id="r{row}" style="gone"/>',
    '<region xml:id="r{row}"><style tts:display="none"/></region>',
    '<region xml:id="r{row}" begin="2s" end="4s"/>',
    '<region xml:id="r{row}" begin="3s"/>',
    '<region xml:id="r{row}" tts:origin="10% 10%"/>',
)
HEAD = (
    '<head><styling><style xml:id="gone" tts:display="none"/></styling><layout>'
    + "".join(region.format(row=row) for row, region in enumerate(REGIONS))
    + "</layout></head>"
)


@given(
    st.lists(
        st.tuples(st.integers(0, len(REGIONS) - 1), st.integers(0, 6), st.integers(1, 5), st.booleans()),
        min_size=1,
        max_size=4,
    )
)
def test_text_is_seen_where_and_when_its_region_is(paragraphs):
    reader, isd, model = map(pytest.importorskip, ("ttconv.imsc.reader", "ttconv.isd", "ttconv.model"))
    body = "".join(
        f'<div{f" region={place}" * of_div}><p{f" region={place}" * (not of_div)} begin="{start}s"'
        f' dur="{length}s">word{row}</p></div>'
        for row, (region, start, length, of_div) in enumerate(paragraphs)
        for place in [f'"r{region}"']
    )
    raw = document(body, head=HEAD)
    read = reader.to_model(ET.ElementTree(ET.fromstring(raw)))
    theirs: dict[str, tuple[float, float]] = {}
    for begin, end in pairwise([*isd.ISD.significant_times(read), 99]):  # between which the screen does not change
        for region in isd.ISD.from_model(read, begin).iter_regions():
            for text in (each.get_text() for each in region.dfs_iterator() if isinstance(each, model.Text)):
                theirs[text] = (theirs.get(text, (float(begin),))[0], float(end))
    ours = read_timed_text(raw)
    assert {cue.text: (cue.start, cue.end) for cue in ours.cues} == theirs
    hidden = sum(region < 3 for region, *_ in paragraphs)
    assert len(ours.unseen) == len(paragraphs) - hidden - len(theirs)


def test_a_hidden_paragraph_is_seen_from_when_an_animation_shows_it():
    inside = '<set begin="2s" dur="3s" tts:display="auto"/>now'
    [cue] = read_timed_text(document(f'<div><p begin="1s" end="9s" tts:display="none">{inside}</p></div>')).cues
    assert (cue.start, cue.end, cue.text) == (3.0, 6.0, "now")


def test_elements_of_other_namespaces_are_no_text_and_those_without_one_are():
    body = (
        '<div xmlns=""><p begin="1s" end="2s">seen</p></div>'
        '<div xmlns:x="http://example.com/x"><x:p begin="3s" end="4s">other</x:p></div>'
    )
    assert [cue.text for cue in read_timed_text(document(body)).cues] == ["seen"]


def lyrics(*lines):
    """Return lyrics with times of the whole file; each line has main parts and background parts with times."""
    paragraphs = []
    for main, background in lines:
        times = [time for _, *time in (*main, *background)]
        start, end = min(time[0] for time in times), max(time[1] for time in times)
        spans = [f'<span begin="{a:.3f}" end="{b:.3f}">{text}</span>' for text, a, b in main]
        inside = [f'<span begin="{a:.3f}" end="{b:.3f}">{text}</span>' for text, a, b in background]
        behind = f'<span ttm:role="x-bg">{" ".join(inside)}</span>' if inside else ""
        paragraphs.append(f'<p begin="{start:.3f}" end="{end:.3f}">{" ".join(spans)}{behind}</p>')
    return f'<div begin="{5:.3f}" end="{60:.3f}">{"".join(paragraphs)}</div>'


LINE = st.lists(st.integers(1, 9), min_size=2, max_size=5)


@given(st.lists(st.tuples(LINE, st.integers(-8, 8), st.integers(0, 3)), min_size=1, max_size=4))
def test_words_keep_their_times_whenever_the_background_sings(lines):
    now, made, expected = 50, [], []
    for lengths, shift, voices in lines:
        main = []
        for length in lengths:
            main.append((f"w{len(expected)}", now / 10, (now + length) / 10))
            expected.append(main[-1][:2])
            now += length
        first = max(now + shift, 50)
        background = [(f"ooh{row}", (first + row) / 10, (first + row + 1) / 10) for row in range(voices)]
        now += 12
        made.append((main, background))
    file = read_timed_text(document(lyrics(*made)))
    assert file.unseen == ()
    found = [
        (cue.text[word.first : word.stop], word.start)
        for cue in sorted(file.cues, key=lambda cue: cue.start)
        for word in cue.words
        if cue.text[word.first] == "w"
    ]
    assert found == expected
    spoken = " ".join(cue.text for cue in file.cues).split()
    assert sorted(spoken) == sorted(text for main, background in made for text, *_ in (*main, *background))


def test_a_mark_that_begins_where_its_line_ends_loses_no_line():
    body = (
        '<div begin="5.0" end="60.0"><p begin="18.63" end="23.06"><span begin="18.63" end="19.0">And</span> '
        '<span begin="19.0" end="23.06">why</span><span begin="23.06" end="23.065">?</span></p>'
        '<p begin="24.0" end="26.0"><span begin="24.0" end="26.0">So</span></p></div>'
    )
    clip = clipaudio.open_clip(document(body))
    assert [(word.label, word.start) for word in clip.words] == [("And", 18.63), ("why", 19.0), ("So", 24.0)]
    assert clip.text == "And why? So"


def test_background_that_sings_over_the_words_is_told_as_estimated():
    body = lyrics(
        (
            [("far", 10, 11), ("and", 11, 12), ("near", 12, 13)],
            [("ooh", 10.5, 11.5)],
        )
    )
    clip = clipaudio.open_clip(document(body))
    assert [(word.label, word.start) for word in clip.words][:3] == [("far", 10.0), ("and", 11.0), ("near", 12.0)]
    assert len(clip.report["words"]["estimated_word"]) == 1
