"""Text that programs act on: formulas in cells, open marks of direction, overrides in braces; none of it acts."""

from __future__ import annotations

import csv
import ctypes
import ctypes.util
import gzip
import io
import json
import re
import subprocess
from itertools import product
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipaudio.annotation.formats import audacity, ctm, eaf, emu, textgrid
from clipaudio.annotation.hierarchy import TierLevel
from clipaudio.annotation.sanitize import prepare as prepare_tiers
from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.escaping import narrow_braces, unescape
from clipaudio.captions.formats import ass, chapters, lrc, srt, transcript, tsv, ttml, webvtt, words_json
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.export import ExportContext, find_format
from clipaudio.export.options import Options, Part
from clipaudio.lipsync.curves import Curves
from clipaudio.lipsync.formats import keyframes
from clipaudio.lipsync.formats.shared import clean_line
from clipaudio.sources import read_source
from clipaudio.text import close_directions, escape_formula, is_formula, unescape_formula
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ACTING = "=+-@＝＋－＠"
TEXTS = st.one_of(
    st.text(max_size=12), st.text(f"{MARKS}ab ש\n\t\x00\u3000", max_size=20), st.text(f"{ACTING}'\" \t\ufeff\u200e1a")
)
MARKED = st.text(f"{MARKS}ab ש-", max_size=20)


def is_balanced(text):
    """Tell whether each mark of direction has its other half, properly nested: the rule told in another way."""
    marks = "".join(mark for mark in text if mark in MARKS)
    inner = re.compile("[\u202a\u202b\u202d\u202e]\u202c|[\u2066-\u2068]\u2069")
    while inner.search(marks):
        marks = inner.sub("", marks)
    return not marks


# cells


@given(TEXTS)
@example("'=1")
@example("''\"=1")
@example("=")
def test_no_cell_begins_with_an_acting_character_and_each_is_read_back(text):
    cell = escape_formula(text)
    assert unescape_formula(cell) == text
    assert (cell != text) == is_formula(text)
    seen = [c for c in cell if c.isprintable() and c not in ' "\u3000']  # what is left where a program trims the rest
    assert seen[:1] not in [[c] for c in ACTING]


@pytest.mark.parametrize("lead", ["", " ", "\t", "\r", "\n", "\xa0", '"', "'", "\ufeff", "\u202e", "\u200b", "\x00"])
@pytest.mark.parametrize("acting", [*ACTING, "﹦", "﹢", "﹣", "﹫"])
def test_cells_that_spreadsheets_run_are_disarmed(lead, acting):
    assert escape_formula(f"{lead}{acting}1+1") == f"'{lead}{acting}1+1"
    assert escape_formula(f"1{lead}{acting}1") == f"1{lead}{acting}1"


@given(st.lists(TEXTS, min_size=1, max_size=3), st.one_of(st.none(), TEXTS))
@example(['"=1+1"'], None)
@example(["ok"], "=cmd|' /C calc'!A0")
def test_tables_of_cues_hold_no_formula_and_are_read_back(texts, speaker):
    cues = [Cue(row, row + 0.5, (text,), speaker=speaker) for row, text in enumerate(texts)]
    text = tsv.dumps(cues, speakers=True)
    for quoting in (csv.QUOTE_NONE, csv.QUOTE_MINIMAL):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=quoting):
            assert not any(cell.lstrip().startswith(tuple(ACTING)) for cell in row)
    kept = label_speakers(prepare(cues).cues)
    if kept and not re.search("[\x1c-\x1f\x85\u2028\u2029]", text):  # line ends to Python
        assert list(read_source(text.encode()).words.labels) == [" ".join(cue.text.split()) for cue in kept]


def test_gnumeric_finds_no_formula_in_a_table(needs, tmp_path):
    leads = [
        "",
        " ",
        "\t",
        "\r\n",
        "\xa0",
        '"',
        "'",
        '" ',
        "\ufeff",
        "\u202e",
        "\u200b",
        "\u3000",
        "\u061c",
        "\xad",
        "\x00",
    ]
    tails = ["1+1", 'HYPERLINK("http://a.example")', '1+1"']
    texts = ["".join(parts) for parts in product(leads, ["", " "], [*ACTING, "%", "|"], tails)]
    cues = [Cue(row, row + 0.5, (text,)) for row, text in enumerate(texts)]
    count = {}
    for safe in (True, False):
        (tmp_path / "cues.tsv").write_text(tsv.dumps(cues, spreadsheet_safe=safe), "utf-8")
        command = [needs.program("ssconvert"), "--import-type=Gnumeric_stf:stf_csvtab", "cues.tsv", "cues.gnumeric"]
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
        sheet = ET.fromstring(gzip.decompress((tmp_path / "cues.gnumeric").read_bytes()))
        cells = list(sheet.iter("{http://www.gnumeric.org/v10.dtd}Cell"))
        assert len(cells) > len(texts)
        count[safe] = sum("ValueType" not in cell.attrib for cell in cells)  # formulas have none
    assert count[True] == 0
    assert count[False] > 10


def test_names_of_keyframes_are_disarmed_unless_switched_off():
    curves = Curves(np.array([0.0]), ('=HYPERLINK("a")',), np.array([[0.5]], np.float32), 24)
    (_, safe), (_, plain) = (
        list(csv.reader(io.StringIO(keyframes.dumps(curves, spreadsheet_safe=safe)))) for safe in (True, False)
    )
    assert (safe[1], plain[1]) == ('\'=HYPERLINK("a")', '=HYPERLINK("a")')


def spoken(text, speaker=None, **options):
    line = Timeline(tuple(text), [[i / 5, (i + 1) / 5] for i in range(len(text))])
    aligned = align(line, language="en")
    return ExportContext(aligned=aligned, parts=(Part(aligned=aligned, speaker=speaker),), options=Options(**options))


FORMULA = "=1+1 is two."


@pytest.mark.parametrize(
    ("name", "option", "cell"),
    [
        ("tsv", None, "'=1+1 is two."),
        ("tsv", True, "'=1+1 is two."),
        ("tsv", False, "=1+1 is two."),
        ("audacity", None, "=1+1"),
        ("audacity", True, "'=1+1"),
        ("audacity", False, "=1+1"),
    ],
)
def test_option_for_spreadsheets_is_on_for_tables_and_its_change_is_noted(name, option, cell):
    source = spoken(FORMULA, spreadsheet_safe=option)
    row = find_format(name)
    cells = [line.split("\t")[2] for line in row.dumps(source).splitlines()]
    assert cell in cells
    assert any("apostrophe" in note for note in row.notes(source)) == cell.startswith("'")


def test_name_of_a_speaker_in_a_table_is_disarmed_and_noted():
    source = spoken("Hi.", "=Ann")
    assert find_format("tsv").dumps(source).splitlines()[1].endswith("\t'=Ann: Hi.")
    assert any("apostrophe" in note for note in find_format("tsv").notes(source))
    assert not any("apostrophe" in note for note in find_format("srt").notes(source))


# directions


@given(MARKED)
def test_marks_of_direction_are_closed_and_nothing_else_changes(text):
    closed = close_directions(text)
    assert is_balanced(closed)
    assert close_directions(closed) == closed
    assert closed.translate(dict.fromkeys(map(ord, MARKS))) == text.translate(dict.fromkeys(map(ord, MARKS)))
    if is_balanced(text):
        assert closed == text


@pytest.fixture(scope="module")
def levels(needs):
    """Return a function that asks FriBidi for the level of each character of a line from left to right."""
    name = ctypes.util.find_library("fribidi")
    if name is None:
        needs.absent("the library fribidi is not installed")
    fribidi = ctypes.CDLL(name)

    def ask(text):
        count = len(text)
        points = (ctypes.c_uint32 * count)(*map(ord, text))
        kinds, brackets = (ctypes.c_uint32 * count)(), (ctypes.c_uint32 * count)()
        found, direction = (ctypes.c_int8 * count)(), ctypes.c_uint32(0x110)  # FRIBIDI_PAR_LTR
        fribidi.fribidi_get_bidi_types(points, count, kinds)
        fribidi.fribidi_get_bracket_types(points, count, kinds, brackets)
        assert fribidi.fribidi_get_par_embedding_levels_ex(kinds, brackets, count, ctypes.byref(direction), found)
        return list(found)

    return ask


@given(text=MARKED)
@example(text="a\u202eb")
@example(text="\u2069\u202c")
@example(text="\u2067\u202ea\u2069b")
def test_fribidi_gives_text_behind_a_closed_one_its_own_direction(levels, text):
    closed = close_directions(text)
    assert levels(f"{closed}abc")[-3:] == [0, 0, 0]
    assert levels(f"\u2067{closed}ab\u2069c")[-4:-2] == [2, 2]  # a mark around the text stays open
    letters = [[level for c, level in zip(t, levels(t), strict=True) if c in "abש"] for t in (text, closed) if t]
    assert letters == letters[:1] * len(letters)  # and what is shown of the text itself stays


WRITERS = {
    "srt": lambda cues: srt.dumps(cues, speakers=True),
    "vtt": lambda cues: webvtt.dumps(cues, speakers=True),
    "vtt-words": lambda cues: webvtt.dumps(cues, karaoke=True, speakers=True),
    "vtt-isolate": lambda cues: webvtt.dumps(cues, isolate=True),
    "ass": ass.dumps,
    "ass-karaoke": lambda cues: ass.dumps(cues, words="kf"),
    "ttml": lambda cues: ttml.dumps(cues, speakers=True, title="\u202ea"),
    "lrc": lambda cues: lrc.dumps(cues, speakers=True, title="\u2067a"),
    "lrc-words": lambda cues: lrc.dumps(cues, words=True),
    "tsv": lambda cues: tsv.dumps(cues, speakers=True),
    "words-json": lambda cues: "\n".join(segment["text"] for segment in json.loads(words_json.dumps(cues))["segments"]),
    "transcript": lambda cues: transcript.dumps(cues, speakers=True),
    "ffmetadata": lambda cues: chapters.dumps_ffmetadata([chapters.Chapter(cue.text, 0, 1) for cue in cues]),
}


@pytest.mark.parametrize("name", WRITERS)
@given(lines=st.lists(MARKED, min_size=1, max_size=3), speaker=st.one_of(st.none(), MARKED))
@example(lines=["a\u202eb", "c"], speaker="\u202eAnn")
def test_marks_of_direction_end_with_their_cue_in_every_format(name, lines, speaker):
    words = tuple(CueWord(row, 0, len(line), row, row + 1) for row, line in enumerate(lines) if line)
    assert is_balanced(WRITERS[name]([Cue(0, 9, tuple(lines), words, speaker)]))


@given(MARKED)
def test_marks_of_direction_end_with_their_label_in_every_format(text):
    line = Timeline((text, "x"), [[0.0, 0.5], [0.5, 1.0]])
    tiers = prepare_tiers({f"{text} words": line}, 1.0)
    levels_ = [TierLevel("words", line, speaker=text)]
    written = [audacity.dumps(line), ctm.dumps(line, name=text)]
    written += [eaf.dumps(levels_, 1.0), emu.dumps(levels_, 1.0, sample_rate=48_000)]
    written.append(textgrid.dumps(tiers.tiers, 1.0))
    assert all(is_balanced(label) for label in [*written, clean_line(text)])
    # found by the change that is told
    assert is_balanced(text) or {"direction", "name"} & {change.kind for change in tiers.changes}


def test_closed_marks_of_direction_are_noted_with_captions_and_labels():
    source = spoken("one \u202etwo three.")
    for name in ("srt", "vtt-words", "ass", "ttml", "lrc", "tsv", "words", "txt", "textgrid", "eaf", "emu"):
        assert any("marks of direction" in note for note in find_format(name).notes(source)), name
    fine = spoken("one two three.")
    assert not any("marks of direction" in note for name in ("srt", "ctm") for note in find_format(name).notes(fine))


def test_words_stay_at_their_letters_where_marks_are_closed_or_dropped():
    line = "\u202ca\u2067\u202eb\u2069 c"
    words = tuple(CueWord(0, line.index(c), line.index(c) + 1, i, i + 1) for i, c in enumerate("abc"))
    (cue,) = prepare([Cue(0, 3, (line, "\u202ed"), (*words, CueWord(1, 1, 2, 3, 3)))]).cues
    assert cue.lines == ("a\u2067\u202eb\u202c\u2069 c", "\u202ed\u202c")
    assert [cue.lines[word.line][word.first : word.stop] for word in cue.words] == list("abcd")


def test_thousands_of_open_marks_take_linear_room():
    text = "\u202e\u2067" * 100_000 + "\u2069"
    closed = close_directions(text)
    assert len(closed) == 400_000
    assert is_formula(" " * 1_000_000 + "=")


# braces

OVERRIDES = [
    r"{\b1}bold",
    r"\{\b1\}bold",
    r"{\p1}m 0 0 l 9 9{\p0}",
    "{comment} a",
    "a { b",
    "} {",
    "｛wide｝ {\u2060x}",
]


def convert(needs, text, name):
    """Let ffmpeg convert ASS, as it does where a video is saved with another kind of captions."""
    command = [needs.program("ffmpeg"), "-v", "error", "-f", "ass", "-i", "-", "-f", name, "-"]
    return subprocess.run(command, check=True, capture_output=True, input=text.encode()).stdout.decode()


@pytest.mark.parametrize("text", OVERRIDES)
@pytest.mark.parametrize("name", ["srt", "webvtt"])
def test_ffmpeg_runs_no_override_of_the_text(needs, text, name):
    shown = convert(needs, ass.dumps([Cue(0, 1, (text,))]), name)
    line = re.sub("</?font[^>]*>", "", shown.strip().splitlines()[-1])
    assert unescape(narrow_braces(line), "ass") == text


@pytest.mark.parametrize("text", OVERRIDES)
def test_pysubs2_drops_no_text_in_braces(needs, text):
    (event,) = needs("pysubs2").SSAFile.from_string(ass.dumps([Cue(0, 1, (text,))]))
    assert unescape(narrow_braces(event.plaintext), "ass") == text


@pytest.mark.parametrize("words", ["plain", "k", "kf", "highlight"])
@given(text=st.text("{}\\pbN1｛｝\u2060a ", min_size=1, max_size=12))
def test_text_brings_no_brace_into_a_file(words, text):
    cue = Cue(0, 9, (text,), (CueWord(0, 0, len(text), 1, 2),))
    for line in ass.dumps([cue], words=words).splitlines():
        if line.startswith("Dialogue"):
            assert not set("{}") & set(re.sub(r"\{(?:\\kf?\d+|\\1c&H\w+&\\1a&H\w+&)\}", "", line.split(",", 9)[9]))
