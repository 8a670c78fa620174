"""The header of a callback is read without its times."""

from __future__ import annotations

from clipaudio.batch.callback_header import read_header
from clipaudio.errors import CallbackError
from clipaudio.resemble.callback import read_callback


def test_header_of_every_sample_is_that_of_its_callback(data):
    checked = 0
    for path in data.glob("*.json"):
        raw = path.read_bytes()
        try:
            expected = read_callback(raw)
        except CallbackError:
            continue
        assert read_header(raw) == (expected.id, expected.url, expected.project_id)
        checked += 1
    assert checked >= 5
