"""Short texts are looked at once, and what is kept stays small."""

from __future__ import annotations

import sys

import pytest

from clipaudio.phonetics.label_cache import forget, remember
from clipaudio.phonetics.phones import read_phone


def test_what_was_found_is_kept_by_all_that_was_asked():
    asked = []

    @remember
    def look(text, language="en", *, strict=False):
        asked.append((text, language, strict))
        if strict:
            raise ValueError(text)
        return text + language

    for _ in range(2):
        assert [look("a"), look("a", "de"), look("b", language="de")] == ["aen", "ade", "bde"]
        with pytest.raises(ValueError, match="a"):
            look("a", strict=True)
    assert asked == [("a", "en", False), ("a", "de", False), ("b", "de", False), *[("a", "en", True)] * 2]
    forget()
    assert look("a") == "aen"
    assert len(asked) == 6


def test_long_labels_are_read_and_not_kept():
    long = "a" * 100_000
    before = sys.getrefcount(long)
    assert read_phone(long) == read_phone("a" * 100_000)
    assert sys.getrefcount(long) == before
