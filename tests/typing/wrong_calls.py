"""Calls that a type checker must refuse; checked by mypy, never run. An unused ignore fails the check."""

from __future__ import annotations

import clipaudio


def saving(clip: clipaudio.Clip) -> None:
    """Options are names that exist, with values of their types."""
    clip.save("a.srt", profile="bbc", fps=25, format_name="srt")
    clip.save("a.srt", profle="bbc")  # type: ignore[call-arg]
    clip.save("a.srt", fps=[25])  # type: ignore[arg-type]
    clip.dumps("srt", refine="yes")  # type: ignore[arg-type]
    clip.dumps("srt", format_name="srt")  # type: ignore[misc]
    clip.save("a.ass", style="tiktok", size="5%", margin=80, max_chars=32, background="#000000")
    clip.save("a.ass", style=3)  # type: ignore[arg-type]
    clip.save("a.ass", max_chars="32")  # type: ignore[arg-type]
    clip.cues(fsp=25)  # type: ignore[call-arg]
    clip.convert("a.wav", sample_rat=16_000)  # type: ignore[call-arg]
    clip.convert("a.wav", sample_rate="16000")  # type: ignore[arg-type]
    clip.convert("a.wav", dither="none", with_words=True)
    clip.to_pandas("letters")  # type: ignore[arg-type]
    clipaudio.convert("a.wav", "b.wav", subtyp="PCM_16")  # type: ignore[call-arg]
    clipaudio.open_clip("a.json", policy="loose")  # type: ignore[arg-type]
    clipaudio.fetch("a.json", "clips", policy="loose")  # type: ignore[arg-type]


def indexing(words: clipaudio.Spans) -> None:
    """A row is an entry, a selection is a value of the same type."""
    one: clipaudio.Entry = words[0]
    some: clipaudio.Spans = words[0:2]
    some = words[[True, False]]
    words["a"]  # type: ignore[index]
    one.label = "b"  # type: ignore[misc]
    some.text = "b"  # type: ignore[misc]
