"""`clipaudio check`: which rules of a guideline subtitle files break, and whether they had to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.quality import QualityReport

__all__ = ["add_parser", "run"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check` to *commands*."""
    parser = commands.add_parser(
        "check",
        help="check subtitle files against a guideline",
        description="Check SubRip and WebVTT files against a guideline: a line for each rule broken, and one that sums"
        " up. Exit code 1 when a rule is broken that could have been kept.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an .srt or .vtt file")
    parser.add_argument("--profile", default="netflix", metavar="NAME", help="the guideline (default: netflix)")
    parser.add_argument("--language", default="en", metavar="CODE", help="language of the text: limits differ")
    parser.add_argument("--fps", metavar="RATE", help="frames a second, as 25, 29.97 or 30000/1001: count in frames")
    parser.add_argument("--duration", type=float, metavar="SECONDS", help="seconds of audio")
    parser.add_argument("--rules", metavar="NAMES", help="check these alone, comma-separated: gap,reading-speed,…")
    parser.add_argument("--all", action="store_true", help="exit with 1 for rules that could not be kept, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, *, load: Callable[[Path], tuple[Cue, ...]] | None = None) -> int:
    """Check every file; 1 when one breaks a rule or cannot be read, 2 when what to check against is not known.

    *load* gives the cues of a file.
    """
    from clipaudio.captions.frame_rate import parse_fps
    from clipaudio.captions.quality import check_cues
    from clipaudio.errors import ClipAudioError, ExportError

    def check(cues: tuple[Cue, ...]) -> QualityReport:
        return check_cues(
            cues,
            options.profile,
            language=options.language,
            fps=None if options.fps is None else parse_fps(options.fps),
            duration=options.duration,
            rules=None if options.rules is None else options.rules.split(","),
        )

    try:
        check(())
    except ExportError as error:
        sys.stderr.write(f"clipaudio check: {error}\n")
        return 2
    failed = False
    for path in options.files:
        try:
            report = check((load or _load)(path))
        except (ClipAudioError, OSError) as error:
            failed = True
            sys.stderr.write(f"clipaudio check: {path}: {error}\n")
            if options.json:
                _print({"source": str(path), "status": "failed", "error": str(error)})
            continue
        failed |= bool(report.violations if options.all else report.avoidable)
        if options.json:
            _print({"source": str(path), "status": "checked", **report.to_dict()})
        else:
            sys.stdout.write(_page(path, report, many=len(options.files) > 1))
    return int(failed)


def _page(path: Path, report: QualityReport, *, many: bool) -> str:
    """Give the report as text, under the file's name where there are several."""
    return f"{path}\n{report.to_text()}" if many else report.to_text()


def _load(path: Path) -> tuple[Cue, ...]:
    """Read a file as what it is: WebVTT says so in its first line."""
    from clipaudio.captions.formats import srt, webvtt
    from clipaudio.errors import CaptionError

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaptionError(f"not UTF-8 text: {error}; expected SubRip or WebVTT", line=1) from error
    return webvtt.loads(text) if text.startswith("WEBVTT") else srt.loads(text)


def _print(row: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
