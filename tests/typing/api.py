"""What a type checker must see of the public interface; checked by mypy, never run."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import clipaudio
from clipaudio.audio.convert import ConvertReport
from clipaudio.resemble.api_response import ClipItem
from clipaudio.timing.repair_report import RepairReport
from clipaudio.timing.timeline import Entry


def reading(path: Path) -> None:
    """Callbacks come from anything; a clip's levels are timelines."""
    callback = clipaudio.read_callback(path)
    assert_type(callback, clipaudio.ClipCallback)
    assert_type(callback.id, str | None)
    clip = clipaudio.open_clip(callback, audio="clip.wav", policy="strict")
    assert_type(clip, clipaudio.Clip)
    assert_type(clip.words, clipaudio.Spans)
    assert_type(clip.graphemes, clipaudio.Timeline)
    assert_type(clip.graphemes.times, NDArray[np.float64])
    for word in clip.words:
        assert_type(word, Entry)
        assert_type(word.start, float)
    assert_type(clip.save("clip.srt"), Path)
    assert_type(clip.convert("a.wav", sample_rate=16_000, subtype="PCM_16"), ConvertReport)


def repairing(line: clipaudio.Timeline) -> None:
    """Repair gives a pair."""
    tidy, report = clipaudio.repair(line, duration=1.0)
    assert_type(tidy, clipaudio.Timeline)
    assert_type(report, RepairReport)


async def asking() -> None:
    """The asynchronous client has the same methods."""
    client = clipaudio.Client("key")
    item = client.update_clip(
        "p", "c", body="Hi.", voice_uuid="v", callback_uri="https://example.com/", sample_rate=16_000
    )
    assert_type(item, ClipItem)
    assert_type(await clipaudio.AsyncClient("key", timeout=9.0).get_clip("p", "c"), ClipItem)
    clipaudio.AsyncClient(timeout="9")  # type: ignore[arg-type] # its options are checked as those of Client
    clipaudio.AsyncClient(patience=9.0)  # type: ignore[call-arg] # as above
