"""`clipaudio export`: saved callbacks become captions, TextGrids and lip-sync tracks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from clipaudio.formats import Format

__all__ = ["add_parser", "run"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export` to *commands*."""
    parser = commands.add_parser(
        "export",
        help="write captions, TextGrids and lip-sync tracks of saved callbacks",
        description="Write each callback in each format, named after the callback's file. A clip that fails does not"
        " stop the others.",
    )
    parser.add_argument("callbacks", nargs="+", type=Path, metavar="CALLBACK.json", help="a saved callback")
    parser.add_argument("--to", required=True, metavar="FORMATS", help="formats, comma-separated: srt,vtt,textgrid,…")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder to fill (default: beside the callback)")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="the audio of the one callback given")
    parser.add_argument("--language", default="en", metavar="CODE", help="language of the text, for sentences")
    parser.add_argument("--strict", action="store_true", help="fail where times would have to be mended")
    parser.add_argument("--skip-existing", action="store_true", help="leave files that are there")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be written, write nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Export every callback; 1 when one of them failed, 2 when no format is known by that name."""
    from clipaudio.clip import open_clip
    from clipaudio.errors import ClipAudioError, ExportError
    from clipaudio.formats import find_format

    try:
        formats = [find_format(name) for name in options.to.split(",") if name.strip()]
    except ExportError as error:
        sys.stderr.write(f"clipaudio export: {error}\n")
        return 2
    if not formats or (options.audio is not None and len(options.callbacks) > 1):
        sys.stderr.write("clipaudio export: name a format; --audio goes with one callback\n")
        return 2
    failed = False
    targets: dict[Path, Path] = {}
    for path in options.callbacks:
        try:
            clip = open_clip(
                path,
                audio=options.audio,
                language=options.language,
                policy="strict" if options.strict else "repair",
            )
            rows = _planned(path, formats, options)
            for target, found in rows:
                if targets.setdefault(target, path) != path:
                    raise ExportError(f"{target} was written for {targets[target]} already; give another --out")
                _say(options, path, target, found, _write(clip, target, found, options))
        except (ClipAudioError, OSError) as error:
            failed = True
            sys.stderr.write(f"clipaudio export: {path}: {error}\n")
            if options.json:
                _print({"source": str(path), "status": "failed", "error": str(error)})
    return int(failed)


def _planned(path: Path, formats: list[Format], options: argparse.Namespace) -> list[tuple[Path, Format]]:
    folder = path.parent if options.out is None else options.out
    return [(folder / f"{path.stem}{found.extension}", found) for found in formats]


def _write(clip: Any, target: Path, found: Format, options: argparse.Namespace) -> str:  # noqa: ANN401 - a Clip
    """Write one file unless told otherwise; give what was done."""
    if options.skip_existing and target.exists():
        return "skipped"
    if options.dry_run:
        clip.dumps(found.name)  # what could not be written is not planned
        return "planned"
    target.parent.mkdir(parents=True, exist_ok=True)
    clip.save(target, format_name=found.name)
    return "written"


def _say(options: argparse.Namespace, path: Path, target: Path, found: Format, status: str) -> None:
    if options.json:
        _print({"source": str(path), "format": found.name, "path": str(target), "status": status})
    else:
        sys.stdout.write(f"{status}\t{target}\n")


def _print(row: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()
