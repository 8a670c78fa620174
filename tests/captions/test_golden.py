"""The golden files: what each format looks like, unchanged until somebody looked at the change."""

from __future__ import annotations

import importlib.util

import pytest


@pytest.fixture(scope="module")
def golden(data):
    spec = importlib.util.spec_from_file_location("make_golden", data / "captions" / "make_golden.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_format_is_written_as_in_its_golden_file(golden):
    for name, text in golden.texts().items():
        assert (golden.HERE / name).read_bytes().decode("utf-8") == text, name


def test_no_golden_file_is_left_over(golden):
    files = {path.name for path in golden.HERE.iterdir() if path.is_file()} - {"make_golden.py"}
    assert files == set(golden.texts())
