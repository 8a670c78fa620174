"""Every trap that other writers of TextGrids fell into: Praat returns each interval and point as it was meant.

That Praat opens a file is not enough: every interval it returns is compared.
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from praatio import textgrid

from clipaudio.annotation.formats.textgrid import dumps, encode, from_praatio, loads, to_praatio
from clipaudio.annotation.points import Points
from clipaudio.annotation.sanitize import prepare
from clipaudio.annotation.tier import check_points, fill_gaps
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Timeline

LOOKALIKES = ("intervals [2]:", "item [1]:", "xmin = 3", '"IntervalTier"', '"TextTier"', "points [1]:", "!no remark")
MARKS = ('say "no"', "two\nlines", "ˈt͡ʃɛː", "👩‍👧", r"\sw", "12345678901234567", "<exists>", "a\tb", "ʰ̃", "˥˩")


def line(*entries):
    return Timeline([label for *_, label in entries], [entry[:2] for entry in entries])


def row(labels, length=0.25):
    edges = np.arange(len(labels) + 1) * length
    return Timeline(labels, np.column_stack([edges[:-1], edges[1:]]))


# name: tiers, duration, kinds of changes that must be reported
TRAPS = {
    "numpy's numbers": ({"x": line((np.float64(0.1), np.float64(0.2), "a"))}, np.float64(1.25), ()),
    "float32": ({"x": Timeline(("a",), np.array([[0.1, 0.2]], np.float32))}, np.float32(0.7), ()),
    "a rounding step": ({"x": line((0, 0.1 + 0.2, "a"), (0.3, 1, "b"))}, 1.0, ("touch",)),
    "overlap": ({"x": line((0, 0.5, "a"), (0.4, 1, "b"))}, 1.0, ("overlap",)),
    "one interval twice": ({"x": line((0, 0.5, "t"), (0, 0.5, "h"), (0.5, 1, "e"))}, 1.0, ("shared",)),
    "no length": ({"x": line((0, 0.4, "a"), (0.4, 0.4, "b"), (0.6, 1, "c"))}, 1.0, ("zero_length",)),
    "reversed": ({"x": line((0, 0.5, "a"), (1, 0.5, "b"))}, 1.0, ("reversed",)),
    "NaN": ({"x": line((0, 0.5, "a"), (np.nan, np.nan, "b"), (0.8, 1, "c"))}, 1.0, ("not_finite",)),
    "infinity": ({"x": line((0, 0.5, "a"), (0.5, np.inf, "b"))}, 1.0, ("not_finite",)),
    "past the end": ({"x": line((0, 0.5, "a"), (0.5, 1.2, "b"))}, 1.0, ("past_end",)),
    "wholly outside": ({"x": line((0, 0.5, "a"), (1.5, 1.7, "b"))}, 1.0, ("outside",)),
    "white space": ({"x": row(("a", " ", "\u00a0", "\u3000", "b"))}, 1.25, ("space",)),
    "a small time": ({"x": line((1e-5, 2e-5, "a"), (3e-7, 1, "b"))}, 1.0, ("sorted", "overlap")),
    "small times in order": ({"x": line((3e-9, 1e-5, "a"), (1e-5, 1e-4, "b"))}, 1.0, ()),
    "a negative start": ({"x": line((-0.1, 0.5, "a"))}, 1.0, ("negative",)),
    "looks like a field": ({"x": row(LOOKALIKES), "item [1]:": row(LOOKALIKES)}, 2.0, ()),
    "looks like a field, points": ({"x": Points(LOOKALIKES, np.arange(7) / 7)}, 2.0, ()),
    "a quote at a point": ({"x": Points(MARKS, np.arange(len(MARKS)) / 3)}, 4.0, ()),
    "quotes and line ends": ({'the "x"': row(MARKS)}, 4.0, ()),
    "carriage returns": ({"x": row(("a\r\nb", "c\rd"))}, 4.0, ("line end",)),
    "a very short interval": ({"x": line((0.5, 0.5 + 5e-9, "a"), (0.6, 1, "b"))}, 1.0, ()),
    "points together": ({"x": Points("abc", [0.5, 0.5, 0.5])}, 1.0, ("nudged",)),
    "points together at the end": ({"x": Points("abc", [0.2, 1, 1])}, 1.0, ("nudged",)),
    "points out of order": ({"x": Points("ab", [0.5, 0.2])}, 1.0, ("sorted",)),
    "points outside": ({"x": Points("abc", [-0.5, 0.2, 3])}, 1.0, ("outside",)),
    "points without a time": ({"x": Points("abc", [np.nan, 0.2, np.inf])}, 1.0, ("not_finite",)),
    "a tier that ends early": ({"x": line((0, 0.5, "a")), "y": line((0.2, 2, "b"))}, 2.0, ()),
    "empty tiers": ({"x": Timeline.empty(), "y": Points((), [])}, 2.0, ()),
    "out of order": ({"x": line((0.5, 1, "b"), (0, 0.5, "a"))}, 1.0, ("sorted",)),
    "NUL": ({"x": row(("a\0b", "\0", "c"))}, 1.0, ("control", "no_label")),
    "half a surrogate pair": ({"x": row(("a\ud800", "b"))}, 1.0, ("surrogate",)),
    "white space around": ({"x": row((" a ", "b\n"))}, 1.0, ("white_space",)),
    "a bad name": ({" the\nname\0": row("ab")}, 1.0, ("name",)),
    "gaps": ({"x": line((0.1, 0.2, "a"), (0.5, 0.6, "b"))}, 1.0, ()),
    "milliseconds": ({"x": line((0, 500, "a"), (500, 1000, "b"))}, 1.0, ("unit",)),
    "start and duration": (
        {"x": line((0, 0.1, "a"), (0.1, 0.08, "b"), (0.2, 0.15, "c"), (0.35, 0.1, "d"))},
        1.0,
        ("duration_pairs",),
    ),
    "phones of a millisecond": ({"x": row("abcdefgh", 0.001)}, 1.0, ()),
    "a gap of ten minutes": ({"x": line((0, 0.1, "a"), (600.1, 600.2, "b"))}, 601.0, ()),
    "tie bars and combining marks": ({"x": row(("t͡s", "ä", "ä", "ˈ", "e˥", ".", "𝼀"))}, 2.0, ()),
}
NOT_FOR_PRAATIO = ("looks like a field", "looks like a field, points")
"""Its readers take the labels for fields."""


def meant(tiers, duration):
    seconds = float(duration)
    return {
        name: list(zip(*check_points(tier, seconds), strict=True))
        if isinstance(tier, Points)
        else [tuple(interval) for interval in fill_gaps(tier, seconds)]
        for name, tier in tiers.items()
    }


@pytest.mark.parametrize("kind", ["short", "long"])
@pytest.mark.parametrize("trap", TRAPS)
def test_praat_returns_what_was_meant_and_every_change_is_told(praat_reads, tmp_path, trap, kind):
    tiers, duration, changes = TRAPS[trap]
    made, report = prepare(tiers, duration)
    assert tuple(change.kind for change in report) == changes
    text = dumps(made, duration, format=kind)
    assert praat_reads(text) == meant(made, duration)
    assert praat_reads(encode(text, "utf-16")) == meant(made, duration)
    assert loads(text) == loads(encode(text, "utf-16")) == made
    if trap not in NOT_FOR_PRAATIO and not (trap == "a quote at a point" and kind == "long"):
        path = tmp_path / "clip.TextGrid"
        path.write_bytes(encode(text))
        grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=True, reportingMode="error")
        assert from_praatio(grid) == made
        assert grid == textgrid_with_blanks(made, duration)


def textgrid_with_blanks(tiers, duration):
    grid = textgrid.Textgrid(0.0, float(duration))
    for name, entries in meant(tiers, duration).items():
        kind = textgrid.PointTier if isinstance(tiers[name], Points) else textgrid.IntervalTier
        grid.addTier(kind(name, entries, 0.0, float(duration)), reportingMode="error")
    return grid


@pytest.mark.parametrize("trap", TRAPS)
def test_what_was_prepared_needs_no_change_and_praatio_takes_it_without_a_word(trap):
    tiers, duration, _ = TRAPS[trap]
    made, _ = prepare(tiers, duration)
    assert prepare(made, duration) == (made, ())
    with redirect_stdout(io.StringIO()) as out:
        grid = to_praatio(made, duration)
    assert from_praatio(grid) == made
    assert (grid.minTimestamp, grid.maxTimestamp, out.getvalue()) == (0.0, float(duration), "")
    assert all(type(number) is float for tier in grid.tiers for entry in tier.entries for number in tuple(entry)[:-1])


@pytest.mark.parametrize(
    "trap",
    [
        trap
        for trap, (_, _, changes) in TRAPS.items()
        if set(changes)
        & {
            "overlap",
            "shared",
            "zero_length",
            "reversed",
            "not_finite",
            "past_end",
            "outside",
            "negative",
            "nudged",
            "sorted",
            "unit",
            "duration_pairs",
            "name",
        }
    ],
)
def test_without_preparation_untidy_tiers_are_refused(trap):
    tiers, duration, _ = TRAPS[trap]
    for write in (dumps, to_praatio):
        with pytest.raises(ExportError, match=r"tier '|tier name '"):
            write(tiers, duration)


@pytest.mark.parametrize("label", [None, 7, b"a", ["a"]])
@pytest.mark.parametrize("write", [dumps, to_praatio, prepare])
def test_a_label_that_is_no_text_is_refused_with_the_place(write, label):
    for tier in (Timeline(("a", label), [[0, 1], [1, 2]]), Points(("a", label), [0, 1])):
        with pytest.raises(ExportError, match=r"tier 'x', label 1 is .*; expected a string") as caught:
            write({"x": tier}, 2)
        assert (caught.value.index, caught.value.tier) == (1, "x")


@pytest.mark.parametrize("write", [dumps, to_praatio, prepare])
@pytest.mark.parametrize("duration", [0, -1, float("nan"), float("inf"), None, "long"])
def test_a_duration_that_is_none_is_refused(write, duration):
    with pytest.raises(ExportError, match="the duration is"):
        write({"x": Timeline.empty()}, duration)


@pytest.mark.parametrize("write", [dumps, to_praatio, prepare])
@pytest.mark.parametrize("tiers", [{}, {7: Timeline.empty()}, {"x": [[0, 1, "a"]]}])
def test_what_is_no_tier_is_refused(write, tiers):
    with pytest.raises(ExportError, match=r"at least one|a tier is called 7|of type list"):
        write(tiers, 1)


@pytest.mark.parametrize("kind", ["short", "long"])
def test_white_space_is_shown_where_a_token_is_given(praat_reads, kind):
    tiers = {"x": row(("a", " ", "\u00a0", "", "\0", "b"))}
    text = dumps(tiers, 1.5, format=kind, spaces="␣")
    assert [label for _, _, label in praat_reads(text)["x"]] == ["a", "␣", "␣", "", "b"]
    assert from_praatio(to_praatio(tiers, 1.5, spaces="␣")) == loads(text)
    assert loads(dumps(prepare(tiers, 1.5, spaces="␣").tiers, 1.5, format=kind)) == loads(text)


@pytest.mark.parametrize("spaces", ["", " ", "a ", "\0", "a\ud800"])
@pytest.mark.parametrize("write", [dumps, to_praatio, prepare])
def test_a_token_that_nobody_would_see_is_refused(write, spaces):
    with pytest.raises(ExportError, match="is not visible"):
        write({"x": Timeline.empty()}, 1, spaces=spaces)


@pytest.mark.parametrize("kind", ["short", "long"])
def test_tgt_reads_what_it_can(needs, tmp_path, kind):
    tgt = needs("tgt")
    tiers = {"x": line((0.1, 0.2, "ə"), (0.2, 0.5, 'quo"te'), (0.7, 0.9, "c d")), "p": Points(("a", "b"), [0.25, 0.5])}
    path = tmp_path / "clip.TextGrid"
    path.write_bytes(encode(dumps(tiers, 1.0, format=kind)))
    grid = tgt.io.read_textgrid(str(path))
    assert [(i.start_time, i.end_time, i.text) for i in grid.get_tier_by_name("x")] == [
        (0.1, 0.2, "ə"),
        (0.2, 0.5, 'quo"te'),
        (0.7, 0.9, "c d"),
    ]
    assert [(p.time, p.text) for p in grid.get_tier_by_name("p")] == [(0.25, "a"), (0.5, "b")]


@pytest.mark.filterwarnings(r"ignore:codecs\.open\(\) is deprecated:DeprecationWarning")  # the package's, since 3.14
@pytest.mark.parametrize("kind", ["short", "long"])
def test_the_package_textgrid_reads_what_it_can(needs, tmp_path, kind):
    package = needs("textgrid")
    path = tmp_path / "clip.TextGrid"
    path.write_bytes(encode(dumps({"x": line((0.125, 0.25, "ə"), (0.25, 0.5, 'quo"te'))}, 1.0, format=kind)))
    (tier,) = package.TextGrid.fromFile(str(path)).tiers
    assert [(i.minTime, i.maxTime, i.mark) for i in tier if i.mark] == [(0.125, 0.25, "ə"), (0.25, 0.5, 'quo"te')]
