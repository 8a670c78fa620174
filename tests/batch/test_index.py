"""The index of a ledger gives what was last said of a key."""

from __future__ import annotations

import os
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.index import Index, Known, Names, digest
from clipaudio.batch.result import Key
from clipaudio.errors import LedgerError

KEYS = st.integers(0, 9).map(lambda number: bytes([number]) * 16)
KNOWN = st.builds(Known, st.integers(0, 2**62), st.booleans(), st.none() | st.integers(0, 2**62), st.integers(0, 9))


@given(st.lists(st.lists(st.tuples(KEYS, KNOWN))), st.lists(KEYS))
def test_the_index_is_a_dict_on_disk(batches, asked):
    expected = {}
    with closing(Index()) as index:
        for batch in batches:
            index.extend(batch)
            expected.update(batch)
            assert index.find(asked) == {key: expected[key] for key in asked if key in expected}


@given(st.lists(st.builds(Key, st.text(), st.sampled_from(["a", "b"]), st.sampled_from(["", "a"])), unique=True))
def test_no_two_keys_have_one_digest(keys):
    assert len({digest(key) for key in keys}) == len(keys)


def test_a_batch_that_breaks_off_leaves_the_index_usable():
    def broken():
        yield b"a", Known(0, True, None, 1)
        raise OSError(5, "Input/output error")

    with closing(Index()) as index:
        with pytest.raises(OSError, match="Input/output"):
            index.extend(broken())
        index.extend([(b"b", Known(1, True, None, 1))])
        assert index.find([b"b"]) == {b"b": Known(1, True, None, 1)}


FULL = r"cannot be kept in .* \(.*\); make room there, or set SQLITE_TMPDIR"


def test_a_temporary_folder_that_is_full_is_told_of():
    with closing(Index()) as index:
        index._database.execute("PRAGMA max_page_count = 4")
        with pytest.raises(LedgerError, match=FULL):
            index.extend((os.urandom(16), Known(0, True, None, 1)) for _ in range(9999))
    with closing(Names()) as names:
        names._database.execute("PRAGMA max_page_count = 4")
        with pytest.raises(LedgerError, match=FULL):
            names.first_seen([os.urandom(16).hex() for _ in range(9999)])
