"""Every error stands in the tree, keeps its facts and survives a process pool."""

from __future__ import annotations

import pickle

import pytest

from clipaudio import errors

TYPES = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_every_error_pickles_with_its_facts(kind):
    error = pickle.loads(pickle.dumps(kind("what to do", path="$.a", index=3)))
    assert type(error) is kind
    assert str(error) == "what to do"
    assert (error.path, error.index) == ("$.a", 3)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_every_error_derives_from_the_root_and_stands_in_the_drawn_tree(kind):
    assert issubclass(kind, errors.ClipAudioError)
    assert kind.__name__ in errors.__doc__
    assert kind.__doc__
