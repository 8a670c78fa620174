"""`clipaudio recaption`: make new captions from old ones, by another guideline and in other formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clipaudio.cli import export
from clipaudio.cli.arguments import add_export_options, add_json, names, set_command
from clipaudio.cli.output import Output

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `recaption` to *parser*."""
    parser.description = (
        "Make new captions from caption files alone: .srt, .vtt, .sbv, .lrc and other files of `clipaudio sources`."
        " Words are estimated inside their old cue; pauses between cues and the names of speakers are kept. Where the"
        " words have times of their own, use `clipaudio export`, which does the same with them."
    )
    parser.add_argument("callbacks", nargs="+", type=Path, metavar="FILE", help="a caption file, or a quoted pattern")
    parser.add_argument("--to", required=True, metavar="FORMATS", help="caption formats, comma-separated: ass,vtt,…")
    parser.add_argument("--out", type=Path, metavar="DIR|FILE", help="a folder, or the one file (default: beside it)")
    add_export_options(parser, groups={"captions", "limits", "appearance"})
    parser.add_argument("--language", metavar="CODE", help="language of the text (default: found)")
    parser.add_argument("--skip-existing", action="store_true", help="keep files that exist")
    parser.add_argument("--dry-run", action="store_true", help="print what would be written, write nothing")
    add_json(parser, "a file")
    rest = dict.fromkeys(("audio", "text", "translation", "translation_language", "join", "speakers", "titles", "name"))
    parser.set_defaults(**rest, gap=0.0, bilingual=False, strict=False)
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Write the captions; the exit codes are those of `export`."""
    from clipaudio.errors import ExportError
    from clipaudio.export import find_format

    output = Output.of(options)
    try:
        found = [find_format(name) for name in names(options.to)]
    except ExportError as error:
        return output.usage(error)
    others = [row.name for row in found if row.kind not in {"captions", "broadcast"}]
    if others:
        return output.usage(f"{', '.join(others)} are no captions; use `clipaudio export`")
    return export.run(options)
