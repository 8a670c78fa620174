"""`clipaudio inspect`: show what a callback holds, and what was repaired in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.cli.arguments import add_json, set_command
from clipaudio.cli.output import Output

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
        description="Show the words, phones and times of a callback after repair, and the repairs.",
    )
    parser.add_argument("callback", type=Path, metavar="CALLBACK.json", help="a saved callback")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="its audio")
    parser.add_argument("--language", metavar="CODE", help="language of the text (default: found), for sentences")
    add_json(parser, "the clip")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Print the clip."""
    from clipaudio.clip import open_clip
    from clipaudio.resemble.callback import read_callback

    output = Output.of(options)
    callback = read_callback(options.callback)
    clip = open_clip(options.callback, audio=options.audio, language=options.language)
    if options.json:
        output.row(_facts(callback, clip))
    else:
        output.text(_page(callback, clip))
    return 0


def _facts(callback: ClipCallback, clip: Clip) -> dict[str, Any]:
    """Return the clip as plain values; without times the lists are empty and the report says so."""
    if callback.has_timestamps:
        return clip.to_dict()
    levels: dict[str, list[object]] = {level: [] for level in ("words", "sentences", "graphemes", "phones")}
    head = {"id": callback.id, "project_id": callback.project_id, "duration": clip.measure()[0]}
    report = {"message": "the clip came without audio_timestamps"}
    return {**head, "issues": list(callback.issues), **levels, "report": report}


def _page(callback: ClipCallback, clip: Clip) -> str:
    """Return the clip as text for people."""
    lines = [f"clip {callback.id or '(no id)'} of project {callback.project_id or '(none)'}"]
    lines += [f"issue: {issue}" for issue in callback.issues]
    if not callback.has_timestamps:
        return "\n".join([*lines, "no audio_timestamps: `clipaudio update` asks for them (include_timestamps)", ""])
    phones = clip.phones.labels
    lines.append(
        f"{clip.duration:.3f} s, {len(clip.graphemes)} graphemes, {len(clip.words)} words, {len(phones)} phones"
    )
    for word, (first, stop) in zip(clip.words, clip.aligned.word_phones.tolist(), strict=True):
        sounds = " ".join(phones[first:stop])
        lines.append(f"{word.start:9.3f} {word.end:9.3f}  {word.label}{f'  [{sounds}]' if sounds else ''}")
    for level, report in clip.report.items():
        lines += [f"{level}: {finding}" for finding in report.findings if finding.changed]
    return "\n".join([*lines, ""])
