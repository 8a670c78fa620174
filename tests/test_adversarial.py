"""Whatever arrives as a clip: each format of its levels gives text that can be read, or an error of clipaudio's own.

What was mended stands in the clip's report. No other exception ever comes out.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clipaudio
from clipaudio.annotation.formats import textgrid
from clipaudio.errors import CallbackError, ClipAudioError, ExportError
from clipaudio.export import FORMATS

LEVELS = [row for row in FORMATS if row.kind in {"annotation", "data"}]
BROKEN = [
    "a\tb",
    'q"q',
    "]]>",
    "a,b",
    "<&>",
    "\x00",
    "\x07",
    "\ufffe",
    "\uffff",
    "\x85",
    "\u2028",
    "\x1b[0m",
    "{}",
    "%s",
]
DIRT = [*BROKEN, "\ud800", "|", "\\", "a\r\nb", "\ufeff", "'", ";", "--", "<!--", "=1+1", "&amp;", "  ", "\u200d"]


def even(count, length=0.1):
    return [[row * length, (row + 1) * length] for row in range(count)]


def payload(letters, times, phones=None, phone_times=None, **more):
    stamps = {"graph_chars": letters, "graph_times": times}
    if phones is not None:
        stamps |= {"phon_chars": phones, "phon_times": phone_times}
    return {"id": "a1", "audio_timestamps": stamps, **more}


def both(labels, times, **more):
    return payload(list(labels), times, list(labels), times, **more)


# name: payload, kinds that the report of letters or phones must tell
MENDED = {
    "fewer times than letters": (payload(list("abc"), even(2)), {"unpaired_label"}),
    "more times than letters": (payload(list("ab"), even(4)), {"unpaired_time"}),
    "fewer times than phones": (payload(list("ab"), even(2), list("abc"), even(1)), {"unpaired_label"}),
    "start and duration": (both("abcd", [[0, 0.1], [0.1, 0.08], [0.2, 0.15], [0.35, 0.1]]), {"duration_pairs"}),
    "scalars": (both("abc", [0, 0.1, 0.2]), {"points"}),
    "scalars of milliseconds": (both("abc", [0, 100, 200]), {"unit", "points"}),
    "milliseconds": (both("abc", [[0, 120], [120, 240], [240, 400]]), {"unit"}),
    "milliseconds of known audio": (both("abc", [[0, 120], [120, 240], [240, 400]], duration=0.4), {"unit"}),
    "NaN": (json.dumps(both("ab", [[0, float("nan")], [0.1, 0.2]])), {"not_finite"}),
    "infinity": (json.dumps(both("ab", [[0, float("inf")], [0.1, 0.2]])), {"not_finite"}),
    "a number beyond all": (both("ab", [[0, 1e308], [0.1, 0.2]]), {"past_end"}),
    "null for a pair": (both("ab", [None, [0.1, 0.2]]), {"not_finite"}),
    "all in one interval": (both("the cat", [[0.1, 0.2]] * 7), {"shared"}),
    "all at one moment": (both("abc", [[1, 1]] * 3), {"zero_length"}),
    "overlap": (both("abc", [[0, 0.5], [0.1, 0.6], [0.2, 0.7]]), {"overlap"}),
    "reversed": (both("abc", [[0.5, 0], [0.6, 0.5], [0.7, 0.6]]), {"reversed"}),
    "disorder": (both("abc", [[0.5, 0.6], [0, 0.1], [0.2, 0.3]]), {"disorder"}),
    "before zero": (both("abc", [[-0.5, -0.1], [-0.1, 0.1], [0.2, 0.3]]), {"outside", "negative"}),
    "phones past the audio": (
        payload(list("ab"), even(2), list("abc"), [[0, 0.1], [0.1, 0.3], [0.5, 0.6]], duration=0.2),
        {"past_end", "outside"},
    ),
    "half a surrogate pair": (both(["\ud83d", "b"], even(2)), {"surrogate"}),
    "thousands in a millisecond": (both("ptka" * 2000, [[0, 0.001]] * 8000), {"shared"}),
}
AS_IT_IS = {
    "start and end": both("abc", even(3)),
    "combining marks, tie bars and stress of their own": both(["e", "\u0301", "t͡s", "ˈ", "e", "\u0361", "ʰ"], even(7)),
    "only marks": both(["\u0301", "\u0361"], even(2)),
    "tones and punctuation": payload(list("ma"), even(2), ["m", "a", "˥˩", " ", ".", ","], even(6)),
    "only tones": payload(list("ma"), even(2), ["˥", "˩"], even(2)),
    "composed and decomposed": both(["ä", "a\u0308"], even(2)),
    "objects for pairs": both("ab", [{"start": 0, "end": 0.1}, {"start": 0.1, "end": 0.2}]),
    "null for letters": both([None, "b"], even(2)),
    "empty phones": payload(list("ab"), even(2), [], []),
    "no phones": payload(list("ab"), even(2)),
    "only phones": payload([], [], ["a"], even(1)),
    "empty strings": both(["", ""], even(2)),
    "white space": both([" ", "\u00a0", "\n"], even(3)),
    "punctuation": both("?!.", even(3)),
    "phones of a millisecond": both("abcdef", even(6, 0.001)),
    "a gap of ten minutes": both("ab", [[0, 0.1], [600.1, 600.2]], duration=600.2),
    "letters and phones that break files": payload(
        list("\t\"]]>,\x00\x07\ufffe\x85<&\\|;-=%{'"), even(20), BROKEN, even(len(BROKEN))
    ),
    "unknown symbols": payload(list("ab"), even(2), ["☃", "🙂", "§", "中", "qqq", "123"], even(6)),
    "a name that breaks paths and markup": both("ab", even(2)) | {"id": '../a\x00 b\n"<&>]]>;;'},
    "no id": both("ab", even(2)) | {"id": None},
    "a duration of nothing": both("ab", even(2), duration=0),
}
REFUSED_BY_SOME = {
    "nothing": payload([], []),
    "null in every pair": both("ab", [[None, 0.1], [0.1, None]]),
    "all at zero": both("abc", [[0, 0]] * 3),
    "all before zero": both("abc", [[-5, -4], [-4, -3], [-3, -2]]),
    "a number that overflows": '{"id":"a","audio_timestamps":{"graph_chars":["a"],"graph_times":[[0,1e999]]}}',
    "a microsecond each": both("abcdef", even(6, 1e-6)),
    "a nanosecond each": both("abcdef", even(6, 1e-9)),
    "next to nothing each": both("abcdef", even(6, 1e-12)),
    "labels that break files": both(DIRT, even(len(DIRT))),
}
NO_CALLBACK = {
    "letters without times": (payload(list("ab"), None), r"graph_times is missing"),
    "a text for a number": (payload(list("ab"), [["0", "1"], [0.1, 0.2]]), r"graph_times\[0\]\[0\] is a string"),
    "a boolean for a number": (payload(list("ab"), [[True, False], [0.1, 0.2]]), r"graph_times\[0\]\[0\] is a boolean"),
    "three numbers for two": (payload(list("ab"), [[0, 1, 2], [0.1, 0.2]]), r"graph_times\[0\] has 3 values"),
    "numbers for letters": (payload([1, 2], even(2)), r"graph_chars\[0\] is a number"),
    "a text for letters": (payload("ab", even(2)), r"graph_chars is a string"),
}


def check_readable(row, text):
    """Read *text* by the rule its file extension promises."""
    text.encode()
    extension = row.extension.lower()
    if extension.endswith(".json"):
        json.loads(text)
    elif extension.endswith((".xml", ".eaf")):
        ET.fromstring(text.encode())
    elif extension.endswith(".textgrid"):
        assert textgrid.loads(text)
    else:
        assert not text or text.endswith("\n")
        assert "\x00" not in text


@pytest.mark.parametrize("row", LEVELS, ids=lambda row: row.name)
@pytest.mark.parametrize("name", MENDED)
def test_what_can_be_understood_is_mended_and_told(name, row):
    source, kinds = MENDED[name]
    clip = clipaudio.open_clip(source)
    told = {finding.kind for report in clip.report.values() for finding in report.findings if finding.changed}
    assert kinds <= told
    try:
        text = clip.dumps(row.name)
    except ExportError as error:  # a format that counts in milliseconds has no room for thousands in one
        assert name == "thousands in a millisecond", error  # noqa: PT017 - the one case that either may be
        return
    check_readable(row, text)


@pytest.mark.parametrize("row", LEVELS, ids=lambda row: row.name)
@pytest.mark.parametrize("name", AS_IT_IS)
def test_what_is_only_unusual_is_written(name, row):
    clip = clipaudio.open_clip(AS_IT_IS[name])
    assert not any(clip.report.values())
    check_readable(row, clip.dumps(row.name))


@pytest.mark.parametrize("row", LEVELS, ids=lambda row: row.name)
@pytest.mark.parametrize("name", REFUSED_BY_SOME)
def test_what_a_format_cannot_hold_is_refused_by_an_error_of_our_own(name, row):
    clip = clipaudio.open_clip(REFUSED_BY_SOME[name])
    try:
        text = clip.dumps(row.name)
    except ClipAudioError as error:
        assert len(str(error)) > 20  # noqa: PT017 - either end is right, and each is checked
    else:
        check_readable(row, text)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1, 30) | st.integers(0, 3000) | st.none()
PAIRS = st.lists(st.lists(NUMBERS, min_size=2, max_size=2) | NUMBERS, max_size=8)
LABELS = st.lists(st.text(max_size=1) | st.sampled_from([*DIRT, "ə", "t͡ʃ", "AA1"]), max_size=8)


@given(LABELS, PAIRS, LABELS, PAIRS, st.none() | st.floats(0, 30))
@settings(max_examples=60)
def test_nothing_but_our_own_errors_ever_comes_out(letters, times, phones, phone_times, duration):
    try:
        clip = clipaudio.open_clip(payload(letters, times, phones, phone_times, duration=duration))
    except ClipAudioError:
        return
    for row in LEVELS:
        try:
            text = clip.dumps(row.name)
        except ClipAudioError:
            continue
        check_readable(row, text)


@pytest.mark.parametrize("name", NO_CALLBACK)
def test_what_is_no_callback_is_refused_with_the_field(name):
    source, message = NO_CALLBACK[name]
    with pytest.raises(CallbackError, match=message):
        clipaudio.open_clip(source)
