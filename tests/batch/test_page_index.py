"""The rows of an index are the worst clips of a batch, whatever else the ledger holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.page_index import rank_rows
from clipaudio.batch.result import Failure, Result

FAILURE = Failure(stage="read", type="OSError", message="gone")
KINDS = [("html", "x"), ("srt", "x")]


def results_of(clips):
    """Yield the results of clips: (failed captions, failed page, number of notes)."""
    for number, (lacks_srt, lacks_page, notes) in enumerate(clips):
        for kind, is_lost in (("srt", lacks_srt), ("html", lacks_page)):
            yield Result(
                id=f"{number:03}",
                kind=kind,
                options="x",
                status="error" if is_lost else "ok",
                output=None if is_lost else f"{number:03}.{kind}",
                error=FAILURE if is_lost else None,
                notes=("n",) * notes if kind == "html" else (),
            )


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)), max_size=30), st.integers(1, 40))
def test_the_worst_are_kept_and_the_others_counted(clips, most):
    found = rank_rows(lambda: results_of(clips), KINDS, most=most)
    wanted = sorted(range(len(clips)), key=lambda row: (-sum(clips[row][:2]), -clips[row][2], row))
    if sum(any(clip[:2]) for clip in clips) <= most:
        assert [int(row.id) for row in found.rows] == wanted[:most]
    assert found.left_out == max(len(clips) - most, 0)
    for row in found.rows:
        assert (row.page is None) == clips[int(row.id)][1]


def test_results_of_other_options_are_passed_over():
    old = Result(id="a", kind="html", options="old", status="ok", output="a.html")
    assert rank_rows(lambda: [old], KINDS).rows == []
