"""`clipaudio export`: saved callbacks become captions, TextGrids and lip-sync tracks."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.files import write_text

if TYPE_CHECKING:
    import argparse

    from clipaudio.clip import Clip
    from clipaudio.export import Format

__all__ = ["add_options", "add_parser", "chosen", "run"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export` to *commands*."""
    parser = commands.add_parser(
        "export",
        help="write captions, TextGrids and lip-sync tracks of saved callbacks",
        description="Write each callback in each format, named after the callback's file, or all of them behind one"
        " another as one. A clip that fails does not stop the others.",
    )
    parser.add_argument("callbacks", nargs="+", type=Path, metavar="CALLBACK.json", help="a saved callback")
    parser.add_argument("--to", required=True, metavar="FORMATS", help="formats, comma-separated: srt,vtt,textgrid,…")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder to fill (default: beside the callback)")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="the audio of the one callback given")
    parser.add_argument("--language", default="en", metavar="CODE", help="language of the text: sentences, line breaks")
    add_options(parser)
    joining = parser.add_argument_group("joining clips")
    joining.add_argument("--join", metavar="NAME", help="put all clips behind one another and write NAME.srt, …")
    joining.add_argument("--gap", type=float, default=0.0, metavar="SECONDS", help="silence between two clips (0)")
    joining.add_argument("--speakers", metavar="NAMES", help="who speaks in each clip, comma-separated")
    joining.add_argument("--titles", metavar="NAMES", help="what each clip is called in chapters, comma-separated")
    parser.add_argument("--strict", action="store_true", help="fail where times would have to be mended")
    parser.add_argument("--skip-existing", action="store_true", help="leave files that are there")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be written, write nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")
    parser.set_defaults(run=run)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what a user may choose of captions and mouths: `clipaudio.export.Options`."""
    group = parser.add_argument_group("captions")
    names = "netflix, netflix-children, bbc, youtube, social, word, none"
    group.add_argument("--profile", default="netflix", metavar="NAME", help=f"limits of captions: {names}")
    group.add_argument("--fps", metavar="N", help="video frames a second: 25, 24000/1001, 23.976; cues keep to frames")
    group.add_argument("--refine", action="store_true", help="start and end cues where the sound does; needs the audio")
    tiers = parser.add_argument_group("TextGrids")
    tiers.add_argument("--spaces", metavar="TOKEN", help="what stands for a space among the letters (default: blank)")
    tiers.add_argument("--word-points", action="store_true", help="add a tier with a point at the start of each word")
    lips = parser.add_argument_group("mouths")
    known = "ipa, arpabet, xsampa, kirshenbaum or espeak"
    lips.add_argument("--alphabet", metavar="NAME", help=f"how phones are spelled: {known} (default: found out)")
    lips.add_argument("--lead", type=float, default=0.0, metavar="SECONDS", help="mouths come so much early (0)")


def chosen(options: argparse.Namespace) -> dict[str, Any]:
    """Give what was chosen as the arguments of `clipaudio.export.Options`."""
    names = ("profile", "fps", "refine", "spaces", "word_points", "alphabet", "lead")
    return {name: getattr(options, name) for name in names}


def run(options: argparse.Namespace) -> int:
    """Export every callback; 1 when one of them failed, 2 when the options make no sense."""
    from clipaudio.cli.language import tell_of_language
    from clipaudio.errors import ClipAudioError, ExportError
    from clipaudio.export import Options, find_format

    try:
        formats = [find_format(name) for name in options.to.split(",") if name.strip()]
        Options(**chosen(options)).check()
    except ExportError as error:
        sys.stderr.write(f"clipaudio export: {error}\n")
        return 2
    if not formats or (options.audio is not None and len(options.callbacks) > 1):
        sys.stderr.write("clipaudio export: name a format; --audio goes with one callback\n")
        return 2
    if not options.join and (options.gap or options.speakers or options.titles):
        sys.stderr.write("clipaudio export: --gap, --speakers and --titles go with --join NAME\n")
        return 2
    tell_of_language("export", options.language, [found.name for found in formats])
    if options.join:
        return _export_joined(options, formats)
    failed = False
    targets: dict[Path, Path] = {}
    for path in options.callbacks:
        try:
            clip = _open(path, options)
            for target, found in _planned(path.parent, path.stem, formats, options):
                if targets.setdefault(target, path) != path:
                    raise ExportError(f"{target} was written for {targets[target]} already; give another --out")
                _say(options, str(path), target, found, _write(clip, target, found, options))
        except (ClipAudioError, OSError) as error:
            failed = True
            _say_failed(options, str(path), error)
    return int(failed)


def _export_joined(options: argparse.Namespace, formats: list[Format]) -> int:
    """Write all callbacks as one; a clip that cannot be opened fails the whole, for its place would be missing."""
    from clipaudio.clip import join
    from clipaudio.errors import ClipAudioError

    source = ", ".join(map(str, options.callbacks))
    try:
        whole = join(
            [_open(path, options) for path in options.callbacks],
            gap=options.gap,
            speakers=_names(options.speakers),
            titles=_names(options.titles),
        )
        for target, found in _planned(Path(), options.join, formats, options):
            _say(options, source, target, found, _write(whole, target, found, options))
    except (ClipAudioError, OSError) as error:
        _say_failed(options, source, error)
        return 1
    return 0


def _open(path: Path, options: argparse.Namespace) -> Clip:
    from clipaudio.clip import open_clip

    return open_clip(
        path, audio=options.audio, language=options.language, policy="strict" if options.strict else "repair"
    )


def _names(text: str | None) -> list[str | None]:
    return [name.strip() or None for name in text.split(",")] if text else []


def _planned(beside: Path, stem: str, formats: list[Format], options: argparse.Namespace) -> list[tuple[Path, Format]]:
    folder = beside if options.out is None else options.out
    return [(folder / f"{stem}{found.extension}", found) for found in formats]


def _write(clip: Clip, target: Path, found: Format, options: argparse.Namespace) -> tuple[str, tuple[str, ...]]:
    """Write one file unless told otherwise; give what was done, and what had to be changed for it."""
    if options.skip_existing and target.exists():
        return "skipped", ()
    source = clip.source(**chosen(options))
    text = found.dumps(source)  # what could not be written is not planned
    if options.dry_run:
        return "planned", found.notes(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, text)
    return "written", found.notes(source)


def _say(
    options: argparse.Namespace, source: str, target: Path, found: Format, done: tuple[str, tuple[str, ...]]
) -> None:
    status, notes = done
    if options.json:
        _print({"source": source, "format": found.name, "path": str(target), "status": status, "notes": list(notes)})
    else:
        from clipaudio.captions.languages import note_on_language

        said = note_on_language(options.language)  # before the first file
        sys.stdout.write(f"{status}\t{target}\n")
        for note in notes:
            if note != said:
                sys.stderr.write(f"clipaudio export: {target}: {note}\n")


def _say_failed(options: argparse.Namespace, source: str, error: Exception) -> None:
    sys.stderr.write(f"clipaudio export: {source}: {error}\n")
    if options.json:
        _print({"source": source, "status": "failed", "error": str(error)})


def _print(row: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()
