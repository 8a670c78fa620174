"""The digest is that of all bytes, whichever thread hashes them."""

from __future__ import annotations

import hashlib
import threading

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.download.digest import Digest


@given(st.lists(st.lists(st.binary(max_size=50), max_size=5), max_size=20))
def test_blocks_in_any_cut_have_the_digest_of_the_whole(parts):
    digest = Digest()
    for blocks in parts:
        digest.update(blocks)
    whole = b"".join(b"".join(blocks) for blocks in parts)
    assert digest.hexdigest() == hashlib.sha256(whole).hexdigest()


def test_a_long_file_is_hashed_in_a_thread_that_ends():
    digest, block = Digest(), bytes(range(256)) * 4096
    for _ in range(9):
        digest.update([block[:1000], block[1000:]])
    assert "clipaudio-digest" in {thread.name for thread in threading.enumerate()}
    assert digest.hexdigest() == hashlib.sha256(block * 9).hexdigest()
    digest.update([b"more"])
    assert digest.hexdigest() == hashlib.sha256(block * 9 + b"more").hexdigest()
    assert "clipaudio-digest" not in {thread.name for thread in threading.enumerate()}
