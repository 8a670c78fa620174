"""`clipaudio inspect`: what a callback holds, and what had to be mended in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from clipaudio.clip import Clip
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["add_parser", "run"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `inspect` to *commands*."""
    parser = commands.add_parser(
        "inspect",
        help="show the words and times of a saved callback",
        description="Show the words, phones and times of a callback as they are after repair, and the repairs.",
    )
    parser.add_argument("callback", type=Path, metavar="CALLBACK.json", help="a saved callback")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="its audio")
    parser.add_argument("--language", default="en", metavar="CODE", help="language of the text, for sentences")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the clip."""
    from clipaudio.clip import open_clip
    from clipaudio.resemble.callback import read_callback

    callback = read_callback(options.callback)
    clip = open_clip(options.callback, audio=options.audio, language=options.language)
    if options.json:
        sys.stdout.write(json.dumps(_facts(callback, clip), ensure_ascii=False, allow_nan=False) + "\n")
    else:
        sys.stdout.write(_page(callback, clip))
    return 0


def _facts(callback: ClipCallback, clip: Clip) -> dict[str, Any]:
    """Give the clip as plain values; without times the lists are empty and the report says so."""
    if callback.has_timestamps:
        return clip.to_dict()
    levels: dict[str, list[object]] = {level: [] for level in ("words", "sentences", "graphemes", "phones")}
    head = {"id": callback.id, "project_id": callback.project_id, "duration": clip.measure()[0]}
    report = {"message": "the clip came without audio_timestamps"}
    return {**head, "issues": list(callback.issues), **levels, "report": report}


def _page(callback: ClipCallback, clip: Clip) -> str:
    """Give the clip as text for people."""
    lines = [f"clip {callback.id or '(no id)'} of project {callback.project_id or '(none)'}"]
    lines += [f"issue: {issue}" for issue in callback.issues]
    if not callback.has_timestamps:
        return "\n".join([*lines, "no audio_timestamps: ask for them with include_timestamps", ""])
    phones = clip.phones.labels
    lines.append(f"{clip.duration:.3f} s, {len(clip.graphemes)} letters, {len(clip.words)} words, {len(phones)} phones")
    for word, (first, stop) in zip(clip.words, clip.aligned.word_phones.tolist(), strict=True):
        sounds = " ".join(phones[first:stop])
        lines.append(f"{word.start:9.3f} {word.end:9.3f}  {word.label}{f'  [{sounds}]' if sounds else ''}")
    for level, report in clip.report.items():
        lines += [f"{level}: {finding}" for finding in report.findings if finding.changed]
    return "\n".join([*lines, ""])
