"""What a room exports is there after the import of the room alone, and loads on use."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

ROOMS = ("annotation", "captions", "export", "lipsync", "phonetics", "timing")


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_a_room_is_there(room):
    module = importlib.import_module(f"clipaudio.{room}")
    assert module.__all__
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert name in dir(module)
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing


@pytest.mark.parametrize("room", ROOMS)
def test_import_of_a_room_loads_nothing_heavy(room):
    code = f"import sys, clipaudio.{room}; print({{'numpy', 'regex', 'msgspec', 'soundfile'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("room", "name"), [("captions", "webvtt.loads"), ("captions", "srt.loads"), ("annotation", "textgrid.loads")]
)
def test_formats_are_attributes_of_their_room(room, name):
    code = f"import clipaudio.{room}; assert callable(clipaudio.{room}.{name})"
    subprocess.run([sys.executable, "-c", code], check=True)
