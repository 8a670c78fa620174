"""The heading of a callback is read without its times."""

from __future__ import annotations

from clipaudio.batch.callback_header import read_heading
from clipaudio.errors import CallbackError
from clipaudio.resemble.callback import read_callback


def test_the_heading_of_every_sample_is_what_its_callback_says(data):
    checked = 0
    for path in data.glob("*.json"):
        raw = path.read_bytes()
        try:
            expected = read_callback(raw)
        except CallbackError:
            continue
        assert read_heading(raw) == (expected.id, expected.url, expected.project_id)
        checked += 1
    assert checked >= 5
