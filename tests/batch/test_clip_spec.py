"""Rows are divided among machines by their ids alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.clip_spec import ClipSpec, Unreadable, shard
from clipaudio.errors import ManifestError


@given(st.lists(st.text(min_size=1), unique=True), st.integers(1, 5))
def test_every_row_is_in_exactly_one_shard_whatever_their_order(ids, count):
    given_rows = [*(ClipSpec(id=id_) for id_ in ids), Unreadable("m.jsonl:1", "torn")]
    shards = [list(shard(given_rows, number, count)) for number in range(1, count + 1)]
    assert sorted(map(repr, given_rows)) == sorted(repr(row) for part in shards for row in part)
    turned = [list(shard(reversed(given_rows), number, count)) for number in range(1, count + 1)]
    assert [part[::-1] for part in turned] == shards


@pytest.mark.parametrize(("number", "count"), [(0, 2), (3, 2), (1, 0)])
def test_a_shard_that_is_none_is_refused(number, count):
    with pytest.raises(ManifestError, match=f"no shard {number}/{count}"):
        shard([], number, count)
