"""`clipaudio inspect`: show what a file of speech times holds, and what was repaired or estimated in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.cli.arguments import add_json, set_command
from clipaudio.cli.fit import describe_fit
from clipaudio.cli.output import Output
from clipaudio.text_encoding import read_text

if TYPE_CHECKING:
    import argparse

    from clipaudio.clip import Clip
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `inspect` to *parser*."""
    parser.description = "Show the words, phones and times of a file after repair, the repairs and the estimates."
    parser.add_argument(
        "callback", type=Path, metavar="FILE", help="a saved callback, or any file of `clipaudio sources`"
    )
    parser.add_argument("--text", type=Path, metavar="FILE", help="the text as written, put over the timed words")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="its audio; the times are checked against it")
    parser.add_argument("--language", metavar="CODE", help="language of the text (default: found), for sentences")
    add_json(parser, "the clip")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Print the clip."""
    from clipaudio.clip import open_clip

    output = Output.of(options)
    text = None if options.text is None else read_text(options.text, tell=output.note_once)
    clip = open_clip(options.callback, audio=options.audio, language=options.language, text=text)
    callback = clip.callback
    if callback is not None and not callback.has_timestamps:
        if options.json:
            output.row(_facts(callback, clip))
        else:
            output.text(_head(clip) + "no audio_timestamps: `clipaudio update` asks for them (include_timestamps)\n")
    elif options.json:
        output.row(clip.to_dict() | ({} if options.audio is None else {"fit": clip.fit.to_dict()}))
    else:
        output.text(_page(clip) + ("" if options.audio is None else describe_fit(clip.fit)))
    return 0


def _facts(callback: ClipCallback, clip: Clip) -> dict[str, Any]:
    """Return a clip without times as plain values: the lists are empty and the report says so."""
    levels: dict[str, list[object]] = {level: [] for level in ("words", "sentences", "graphemes", "phones")}
    head = {"source": clip.source, "id": callback.id, "project_id": callback.project_id, "duration": clip.measure()[0]}
    report = {"message": "the clip came without audio_timestamps"}
    return {**head, "issues": list(callback.issues), "text": "", **levels, "report": report}


def _head(clip: Clip) -> str:
    """Return the lines that name the clip."""
    lines = [f"source {clip.source}"]
    if clip.id or clip.project_id or clip.source == "resemble":
        lines.append(f"clip {clip.id or '(no id)'} of project {clip.project_id or '(none)'}")
    return "\n".join([*lines, *(f"issue: {issue}" for issue in clip.issues), ""])


def _page(clip: Clip) -> str:
    """Return the clip as text for people."""
    phones = clip.phones.labels
    given = ", ".join(clip.speech_times.given)
    counts = f"{len(clip.graphemes)} graphemes, {len(clip.words)} words, {len(phones)} phones; given: {given}"
    lines = [f"{_head(clip)}{clip.duration:.3f} s, {counts}"]
    for word, (first, stop) in zip(clip.words, clip.aligned.word_phones.tolist(), strict=True):
        sounds = " ".join(phones[first:stop])
        lines.append(f"{word.start:9.3f} {word.end:9.3f}  {word.label}{f'  [{sounds}]' if sounds else ''}")
    for level, report in clip.report.items():
        lines += [f"{level}: {finding}" for finding in report.findings if finding.kind != "gap"]
    return "\n".join([*lines, ""])
