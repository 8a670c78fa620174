"""Names are given out once, however many there are."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.index import Names
from clipaudio.file_names import safe_name


@given(st.lists(st.lists(st.text(min_size=1, max_size=3) | st.sampled_from(["A/", "a/", "NUL", "nul", "x" * 300]))))
def test_of_ids_that_would_write_one_file_the_first_is_told(chunks):
    seen = set()
    with contextlib.closing(Names()) as names:
        for chunk in chunks:
            expected = []
            for id_ in chunk:
                name = safe_name(id_)
                expected.append(name not in seen)
                seen.add(name)
            assert names.first_seen(chunk) == expected
