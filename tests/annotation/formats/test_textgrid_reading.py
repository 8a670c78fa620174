"""Any TextGrid is read as Praat reads it, and what is none is refused with the line."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from praatio import textgrid

from clipaudio.annotation.formats import textgrid_blocks
from clipaudio.annotation.formats.textgrid import dumps, encode, from_praatio, loads
from clipaudio.annotation.formats.textgrid_reader import read_grid
from clipaudio.annotation.points import Points, to_starts
from clipaudio.annotation.sanitize import prepare
from clipaudio.errors import TextGridError, TimelineError
from clipaudio.timing.timeline import Timeline

TIERS = {
    "words": Timeline(("Hi", 'say "no"'), [[0.1, 0.3], [0.3, 0.9]]),
    "clicks": Points(("", "b"), [0.25, 0.5]),
    "none": Timeline.empty(),
}
SHORT = dumps(TIERS, 1.0)


@st.composite
def grids(draw):
    tiers = {}
    for name in draw(st.lists(st.text(max_size=4), min_size=1, max_size=3)):
        labels = draw(st.lists(st.text(max_size=5), max_size=4))
        times = draw(st.lists(st.floats(-1, 40), min_size=2 * len(labels), max_size=2 * len(labels)))
        is_points = draw(st.booleans())
        pairs = np.array(times).reshape(-1, 2)
        tiers[name] = Points(labels, pairs[:, 0]) if is_points else Timeline(labels, pairs)
    return tiers


@given(grids(), st.sampled_from(["short", "long"]), st.sampled_from(["utf-8", "utf-16"]), st.booleans())
def test_whatever_was_prepared_comes_back(tiers, kind, encoding, windows):
    try:
        made, _ = prepare(tiers, 30.0)
    except ValueError:
        return  # two names that are alike once they are clean
    text = dumps(made, 30.0, format=kind)
    data = encode(text.replace("\n", "\r\n") if windows else text, encoding)
    assert loads(data) == made


@pytest.mark.parametrize("save", ["Save as text file", "Save as short text file", "Save as chronological text file"])
def test_what_praat_saves_is_read(needs, tmp_path, save):
    parselmouth = needs("parselmouth")
    path = tmp_path / "clip.TextGrid"
    tiers = TIERS | {"ipa": Timeline(("ˈt͡ʃɛː", "two\nlines", "intervals [2]:"), [[0, 0.1], [0.4, 0.5], [0.5, 1]])}
    path.write_bytes(encode(dumps(tiers, 1.0)))
    grid = parselmouth.Data.read(str(path))
    parselmouth.praat.call(grid, save, str(path))
    assert loads(path.read_bytes()) == tiers


def test_praats_binary_format_is_refused(needs, tmp_path):
    parselmouth = needs("parselmouth")
    path = tmp_path / "clip.TextGrid"
    path.write_bytes(encode(SHORT))
    parselmouth.praat.call(parselmouth.Data.read(str(path)), "Save as binary file", str(path))
    with pytest.raises(TextGridError, match="binary format; save it from Praat as a text file"):
        loads(path.read_bytes())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("kind", ["short", "long"])
def test_encodings_and_line_ends_make_no_difference(encoding, end, kind):
    text = dumps(TIERS, 1.0, format=kind).replace("\n", end)
    assert loads(text.encode(encoding)) == loads(text) == loads("\ufeff" + text) == TIERS


def test_praatio_reads_the_same(tmp_path):
    path = tmp_path / "clip.TextGrid"
    path.write_text(SHORT, "utf-8")
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=True, reportingMode="error")
    assert from_praatio(grid) == loads(SHORT) == TIERS
    assert from_praatio(grid, blanks=True) == loads(SHORT, blanks=True)


def test_blanks_are_kept_where_they_are_asked_for():
    line = loads(SHORT, blanks=True)["words"]
    assert line.labels == ("", "Hi", 'say "no"', "")
    assert line.ends[-1] == read_grid(SHORT).end == 1.0
    assert read_grid(SHORT).start == 0.0


def test_words_that_stand_free_are_remarks_and_numbers_may_touch_an_equals_sign():
    text = """File type="ooTextFile short"
        "TextGrid"  ! a remark with a "text" and 7 numbers
        xmin=-1e-1 xmax=+2.5 tiers? <exists> size=1 first other + x
        class="IntervalTier" name="a" xmin = 0 xmax = 2 intervals: size = 2
        intervals [1]: xmin = -0.1 xmax = 0.5 text = "b" intervals [2]: 0.4 1.e0 "c"
    """
    grid = read_grid(text)
    assert (grid.start, grid.end) == (-0.1, 2.5)
    assert grid.tiers == {"a": Timeline("bc", [[-0.1, 0.5], [0.4, 1.0]])}  # as it stands there: repair mends


def test_a_grid_without_tiers_is_empty():
    assert loads('"ooTextFile" "TextGrid" 0 1 <absent>') == {}
    assert loads('"ooTextFile" "TextGrid" 0 1 <exists> 0') == {}


def test_two_tiers_of_one_name_are_refused_or_renamed():
    tier = '"TextTier"\n"a"\n0 1 1 0.5 "x"\n'
    text = f'"ooTextFile" "TextGrid" 0 1 <exists> 3\n{tier * 3}'
    with pytest.raises(
        TextGridError, match="line 6: a second tier is called 'a'; pass duplicate_names=\"rename\""
    ) as e:
        loads(text)
    assert e.value.line == pickle.loads(pickle.dumps(e.value)).line == 6
    grid = read_grid(text, duplicate_names="rename")
    assert list(grid.tiers) == ["a", "a_2", "a_3"]
    assert grid.renamed == ("a", "a")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "line 1: the text ends before the file type"),
        ("hello there", "line 1: the text ends before the file type"),
        ('"ooTextFile"\n"Pitch" 0 1', "line 2: this is a 'ooTextFile' of class 'Pitch'; expected the text file of a T"),
        ('"ooTextFile"\n"TextGrid"\n0 "x"', 'line 3: "x" stands where xmax should: expected a number'),
        ('"ooTextFile"\n"TextGrid"\n0 1 1', "line 3: 1 stands where whether there are tiers should: expected a flag"),
        (SHORT.replace('"TextTier"', '"Tier"'), "a tier is of class 'Tier'; expected"),
        (SHORT[:-20], "ends before|never ends"),
        (SHORT.replace("0.25\n", '"0.25"\n'), '"0.25" stands where the time of an entry should: expected a number'),
        (SHORT.replace('"b"', "7"), "7 stands where the label of an entry should: expected a text in quotes"),
        (SHORT.replace("\n4\n", "\n4.5\n"), "the number of entries is 4.5; expected a whole number"),
        (SHORT.replace("\n4\n", "\n1e999\n"), "the number of entries is 1e999; expected a whole number"),
        (SHORT.replace("\n4\n", "\n-4\n"), "the number of entries is -4; expected a whole number"),
        (SHORT.replace("\n4\n", "\n4000000000000\n"), "stands where the time of an entry should|the text ends before"),
        ('a\nb "c', "line 2: a text that begins here never ends"),
        (b"a\n\xff", "line 2: byte 2 is not UTF-8; decode the file first"),
        (b"\xff\xfea", "line 1: byte 2 is not UTF-16"),
        ('"Praat chronological TextGrid text file" 0 1 1 "TextTier" "x" 0 1\n2 0.5 "a"', "line 2: there is no tier 2"),
    ],
)
def test_what_is_no_textgrid_is_refused_with_the_line(data, message):
    with pytest.raises(TextGridError, match=message) as caught:
        loads(data)
    assert caught.value.line >= 1


@given(st.integers(0, len(SHORT)), st.text(max_size=3), st.integers(0, 3))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(place, piece, cut):
    damaged = SHORT[:place] + piece + SHORT[place + cut :]
    try:
        tiers = loads(damaged, duplicate_names="rename")
    except TextGridError as error:
        assert str(error).startswith(f"line {error.line}: ")  # noqa: PT017 - either end is right
    else:
        assert all(isinstance(tier, Timeline | Points) for tier in tiers.values())


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_refused_as_what_they_are(data):
    with pytest.raises(TextGridError, match=r"line \d+: |binary"):
        loads(data)


@pytest.mark.parametrize(
    ("labels", "times", "message"),
    [
        ("ab", [0.1], r"2 labels but times of shape \(1,\)"),
        ("a", [[0.1]], r"times of shape \(1, 1\)"),
        ("a", ["x"], "the times of points must be numbers"),
    ],
)
def test_points_need_one_number_a_label(labels, times, message):
    with pytest.raises(TimelineError, match=message):
        Points(labels, times)


def test_points_are_values():
    points = to_starts(TIERS["words"])
    assert points == pickle.loads(pickle.dumps(points)) == Points(("Hi", 'say "no"'), [0.1, 0.3])
    assert hash(points) == hash(Points(points.labels, [0, 0]))
    assert points != Points(points.labels, [0, 0])
    assert points != TIERS["words"]
    assert not points.times.flags.writeable


def one_label(label="", *, flag="<exists>"):
    head = f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 1\ntiers? {flag}\nsize = 1\n'
    tier = 'item [1]:\nclass = "IntervalTier"\nname = "w"\nxmin = 0\nxmax = 1\nintervals: size = 1\n'
    return f"{head}{tier}intervals [1]:\nxmin = 0\nxmax = 1\ntext = {label}\n"


@pytest.mark.parametrize("flag", ["<exist>", "<yes>", "<>", "<absent>", "<exists!>", "<\u00e9xists>", "<1>"])
def test_an_unknown_flag_is_refused_and_drops_no_tiers(flag):
    with pytest.raises(TextGridError, match=f"line 6: {flag} stands where whether there are tiers should"):
        loads(one_label('"a"', flag=flag))
    assert list(loads(one_label('"a"', flag="<EXISTS>"))) == ["w"]


@given(st.text(max_size=4), st.text(max_size=4), st.sampled_from(["", " ", "\n", "\t "]))
def test_text_that_touches_a_closing_quote_is_refused_as_in_praat(inside, after, space):
    quoted = '"' + inside.replace('"', '""') + '"'
    text = one_label(quoted + space + after.replace('"', "'"))
    if space or not after or after[0].isspace():
        read = inside.replace("\r\n", "\n").replace("\r", "\n")  # the ends of lines are one character, as in Praat
        assert [label for tier in loads(text).values() for label in tier.labels] == [read] * bool(inside.strip())
    else:
        with pytest.raises(TextGridError, match="touches the closing quote of a text") as caught:
            loads(text)
        assert caught.value.line == 17 + quoted.replace("\r\n", "\n").replace("\r", "\n").count("\n")


@pytest.mark.parametrize(
    "label",
    [
        *('"a"d', '"a""b"', '"a"!x', '"a" !x', '"a"5', '"a"<exists>', '"a"=', '"a","b"', '""x"'),
        *('q"a"', 'q "a"', '("a"', '7"a"', '-"a"', '<x>"a"', '!"a"', 'q"c" "a"', '"a" q"c"', '\u00b7"a"'),
    ],
)
def test_a_label_is_read_or_refused_as_praat_does(needs, tmp_path, label):
    parselmouth = needs("parselmouth")
    path = tmp_path / "clip.TextGrid"
    path.write_text(one_label(label), "utf-8")
    try:
        grid = parselmouth.Data.read(str(path))
    except parselmouth.PraatError:
        with pytest.raises(TextGridError, match="line 17: "):
            loads(one_label(label))
    else:
        assert loads(one_label(label))["w"].labels == (parselmouth.praat.call(grid, "Get label of interval", 1, 1),)


@pytest.mark.parametrize("flag", ["<exists><absent>", "<exists><exists>", "<exists>x", "<exists>!x"])
def test_a_flag_is_read_or_refused_as_praat_does(needs, tmp_path, flag):
    parselmouth = needs("parselmouth")
    path = tmp_path / "clip.TextGrid"
    path.write_text(one_label('"a"', flag=flag), "utf-8")
    try:
        parselmouth.Data.read(str(path))
    except parselmouth.PraatError:
        with pytest.raises(TextGridError, match=r"line [67]: "):
            loads(one_label('"a"', flag=flag))
    else:
        assert loads(one_label('"a"', flag=flag))["w"].labels == ("a",)


@pytest.mark.parametrize("unit", ["9", "9.", ".9", "+", "9e", '"', "<", "=", "9\u0663"])
def test_a_long_run_of_one_character_is_refused_in_linear_time(unit):
    with pytest.raises(TextGridError):
        loads('"ooTextFile" "TextGrid" 0 1 <exists> ' + unit * 300_000 + "x")


@given(
    st.lists(st.text('ab" \n!<>=1.x[]', max_size=6), max_size=6),
    st.sampled_from(["short", "long"]),
    st.sampled_from(["! remark\n", "word ", "[9]: ", "\t \n", "= "]),
    st.data(),
)
def test_entries_mean_the_same_however_their_words_and_spaces_are_written(labels, kind, between, data):
    line = Timeline([f"{row}{label}" for row, label in enumerate(labels)], [[r, r + 1] for r in range(len(labels))])
    text = dumps({"words": line}, len(labels) + 1.0, format=kind)
    quoted = re.compile(r'"[^"]*(?:""[^"]*)*"')
    inside = [range(*found.span()) for found in quoted.finditer(text)]
    ends = [row for row in range(len(text)) if text[row] == "\n" and not any(row in one for one in inside)]
    places = data.draw(st.lists(st.sampled_from(ends), unique=True))
    for row in sorted(places, reverse=True):
        text = text[: row + 1] + between + text[row + 1 :]
    assert loads(text, blanks=True) == loads(dumps({"words": line}, len(labels) + 1.0, format=kind), blanks=True)


QUOTE = '"'
FORMS = (
    "{0} {1} {2}",
    "intervals [{3}]:\n xmin = {0} \n xmax = {1} \n text = {2} ",
    "intervals [{3}]\n\txmin = {0}\n\txmax = {1}\n\ttext = {2}",  # as ELAN writes them, and tabs
    "intervals [{3}]:\nxmin={0}\nxmax={1}\ntext={2}",
    "x [] = {0}\t{1}\n{2}",
)
ODD = st.sampled_from(
    [
        *("+2", ".5", "1.", "1e1", "0x1", "-", "٣", "5:", "1,2", "", "[3]", "xmin=1", "=", "a", '""', '"b" ', "<a>"),
        *("nan", "1e999", "1e", "5e-1ignored", "-0", "0.00000000000000000000", "14ms"),
    ]
)
"""What may stand where a number does, or anywhere else in an entry."""


@given(
    st.sampled_from([0, 1, 3, 20]),
    st.sampled_from(FORMS),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 2), ODD), max_size=2),
    st.lists(st.text('a"! \n[]=1', max_size=3), min_size=1, max_size=4),
    st.integers(-1, 1),
)
def test_entries_that_are_read_at_once_are_those_read_one_by_one(after, form, oddities, labels, more):
    quoted = ['"' + label.replace('"', '""') + '"' for label in labels]
    entries = [[f"{row / 8}", f"{(row + 1) / 8}", quoted[row % len(quoted)]] for row in range(81)]
    for row, column, odd in oddities:
        entries[row][column] = odd
    texts = [form.format(*entry, row) for row, entry in enumerate(entries, 1)]
    head = f'"ooTextFile" "TextGrid" 0 9 <exists> 1 "IntervalTier" "a" 0 9 {len(entries) + more} '

    def read(between):
        text = head + between + between.join(texts) + between + "comment " * after
        try:
            return list(loads(text, blanks=True).items())
        except (TextGridError, TimelineError) as error:
            return str(error)

    assert read("\n") == read(" ! a remark ends what is read at once\n")


@given(
    st.lists(st.text('a" ', max_size=4), min_size=16, max_size=40),
    st.integers(1, 40),
    st.integers(20, 120),
    st.sampled_from(["", " ", "\n", ' "', "1"]),
)
def test_a_block_may_end_anywhere_in_a_label_and_in_a_doubled_quote(labels, characters, most, end):
    entries = "\n".join(f'{row} {row + 1} "{label.replace(QUOTE, 2 * QUOTE)}"' for row, label in enumerate(labels))
    text = f'"ooTextFile" "TextGrid" 0 99 <exists> 1 "IntervalTier" "a" 0 99 {len(labels)} {entries}{end}'

    def read():
        try:
            return list(loads(text, blanks=True).items())
        except TextGridError as error:
            return str(error)

    whole = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textgrid_blocks, "_CHARACTERS", characters)
        patch.setattr(textgrid_blocks, "_MOST", most)
        assert read() == whole
    if isinstance(whole, list):
        assert list(whole[0][1].labels) == labels
