"""What an output was made from is freed with it: nothing waits for the garbage collector."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

import clipaudio
from clipaudio.export import FORMATS

WORDS = [("She", 0.1, 0.3), ("read", 0.3, 0.6), ("12", 0.6, 1.0), ("books.", 1.2, 1.7)]
STAMPS = {
    "graph_chars": ["H", "i"],
    "graph_times": [[0.0, 0.1], [0.1, 0.3]],
    "phon_chars": ["h", "aɪ"],
    "phon_times": [[0.0, 0.1], [0.1, 0.3]],
}
SOURCES = {
    "letters with phones": {"id": "a", "audio_timestamps": STAMPS},
    "words alone": [{"word": word, "start": start, "end": end} for word, start, end in WORDS],
}


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="only CPython counts references")
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", [row.name for row in FORMATS if row.is_plain and not row.is_binary])
def test_a_context_is_freed_as_soon_as_it_is_not_used(name, source, needs):
    if source == "words alone":
        needs("espeakng_loader")
    clip = clipaudio.open_clip(SOURCES[source], language="en")
    context = clip.export_context()
    row = clipaudio.export.find_format(name)
    gc.disable()
    try:
        row.dumps(context)
        row.notes(context)
        freed = weakref.ref(context)
        del context, clip
        assert freed() is None
    finally:
        gc.enable()
