"""`clipaudio align`: find the times of a known text in its audio, for clips that came without times."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clipaudio.cli.arguments import add_export_options, add_json, set_command
from clipaudio.cli.audio_inputs import find_audio
from clipaudio.cli.export_targets import claim_target
from clipaudio.cli.format_writing import FormatWriter, find_formats
from clipaudio.cli.output import Output, to_json
from clipaudio.errors import (
    AlignmentError,
    ClipAudioError,
    ExportError,
    LexiconError,
    MissingExtraError,
    OptionError,
)
from clipaudio.file_names import ClaimedTargets
from clipaudio.text_encoding import read_text

if TYPE_CHECKING:
    import argparse

    from clipaudio.export import Format

__all__ = ["add_arguments", "run"]

_NAMES: Final = ("file", "audio", "path", "audio_filepath", "id", "name", "key")
_TEXTS: Final = ("text", "transcript", "sentence", "body", "script")
_DOUBTFUL: Final = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `align` to *parser*."""
    parser.description = (
        "Find when each word and phone of a known text is said, and write <name>.json: a callback that all other"
        " commands read, with a confidence for each word. With --to, write captions, TextGrids, mouths and pages, too,"
        " as export does. Needs espeak-ng (extra align); nothing is downloaded."
    )
    parser.add_argument("inputs", nargs="+", metavar="AUDIO", help="audio file, folder or pattern")
    texts = parser.add_mutually_exclusive_group()
    texts.add_argument(
        "--text", type=Path, metavar="FILE", help="the text of the one input (default: the .txt beside each input)"
    )
    texts.add_argument(
        "--text-of",
        type=Path,
        metavar="CSV",
        help="a table with the columns file (or id) and text; commas, semicolons, tabs or bars",
    )
    parser.add_argument("--language", metavar="CODE", help="language of the text (default: found)")
    parser.add_argument(
        "--engine",
        default="clipaudio",
        metavar="NAME",
        help="clipaudio (default), pocketsphinx (English; extra pocketsphinx), or module:function",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to write into")
    parser.add_argument(
        "--to",
        default="",
        metavar="FORMATS",
        help="export, too, comma-separated: srt,textgrid,rhubarb,html,… (`clipaudio formats` lists them)",
    )
    add_export_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="print what would be written, write nothing")
    add_json(parser, "an input, then each file of --to")
    set_command(parser, run)
    parser.set_defaults(skip_existing=False)


def run(options: argparse.Namespace) -> int:
    """Align all inputs; 0 if all were aligned, 1 if some failed, 2 for a wrong command line."""
    from clipaudio.alignment.engines import ENGINES, find_engine

    output = Output.of(options)
    try:
        engine = find_engine(options.engine)
        formats = find_formats(options)
    except (ExportError, LexiconError, MissingExtraError, OptionError) as refusal:
        return output.usage(refusal)
    if options.lexicon is not None and engine != ENGINES[0]:
        return output.usage(f"--lexicon goes with --engine {ENGINES[0]}; leave one out")
    inputs, unseen = find_audio(options.inputs)
    for error in unseen:
        output.error(error)
    if not inputs and not unseen:
        return output.usage(f"no audio files in {', '.join(options.inputs)}; check the path")
    if options.text is not None and len(inputs) > 1:
        return output.usage(f"--text is the text of one file, but there are {len(inputs)}: use --text-of")
    table = None if options.text_of is None else _read_table(options.text_of, output)
    options.targets = ClaimedTargets()
    failed = len(unseen)
    with output:
        for number, (source, inside) in enumerate(inputs):
            output.status(f"{number} of {len(inputs)}")
            target = options.out / inside.with_suffix(".json")
            row: dict[str, Any] = {"source": str(source), "target": str(target)}
            try:
                claim_target(target, source, options)
                row |= _align(source, target, _find_text(source, table, options, output), options)
            except (ClipAudioError, OSError) as error:
                failed += 1
                row |= {"status": "failed", "error": output.error(error, str(source))}
                output.row(row)
                continue
            if row.get("doubtful"):
                output.note(f"{source}: {row['doubtful']} of {row['words']} words may not be said as written")
            output.row(row, str(target))
            failed += not _export(source, target, formats, options, output)
    return int(failed > 0)


def _align(source: Path, target: Path, text: str, options: argparse.Namespace) -> dict[str, Any]:
    """Align one file and write its callback; return what is told of it."""
    from clipaudio import files
    from clipaudio.alignment import align_text, to_callback
    from clipaudio.export import Options

    if options.dry_run:
        source.stat()
        return {"status": "planned"}
    lexicon = Options(lexicon=options.lexicon).find_lexicon()
    times = align_text(source, text, language=options.language, engine=options.engine, lexicon=lexicon)
    content = to_callback(times, name=source.stem, engine=options.engine)
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_bytes(target, f"{to_json(content)}\n".encode())
    confidences = times.confidences
    return {
        "status": "done",
        "language": times.language,
        "duration": content["duration"],
        "words": len(content["alignment"]["words"]),
        "confidence": round(sum(confidences) / len(confidences), 3) if confidences else None,
        "doubtful": sum(value < _DOUBTFUL for value in confidences),
    }


def _export(source: Path, aligned: Path, formats: list[Format], options: argparse.Namespace, output: Output) -> bool:
    """Write the callback at *aligned* in each format, with the sound of *source*; return False if one failed."""
    from clipaudio.clip import open_clip

    if not formats:
        return True
    targets = [(aligned.with_name(f"{aligned.stem}{found.extension}"), found) for found in formats]
    if options.dry_run:
        for target, found in targets:
            row = {"source": str(source), "format": found.name, "path": str(target), "status": "planned", "notes": []}
            output.row(row, str(target))
        return True
    clip = open_clip(aligned, audio=source, language=options.language)
    known_note = output.note_on_language(options.language, [found.name for found in formats])
    with FormatWriter(clip, str(source), options, output, known_note) as writer:
        for target, found in targets:
            writer.write(target, found, claimant=source)
    return writer.is_whole


def _find_text(source: Path, table: dict[str, str] | None, options: argparse.Namespace, output: Output) -> str:
    """Return the text of an input: of the table, of `--text`, or of the .txt beside it."""
    if table is not None:
        for name in (str(source), source.name, source.stem):
            if name in table:
                return table[name]
        raise AlignmentError(f"{options.text_of} has no text for {source.name}; add a row")
    path = options.text or source.with_suffix(".txt")
    if options.text is None and not path.exists():
        raise AlignmentError(f"there is no {path.name} beside it; name the text with --text or --text-of")
    return read_text(path, tell=output.note_once)


def _read_table(path: Path, output: Output) -> dict[str, str]:
    """Return the text of each file of a table, by the name in its first column that names files.

    Raises
    ------
    AlignmentError
        It has no column of texts, a row has more or fewer fields than the first, or two rows are of one file.
    """
    content = read_text(path, tell=output.note_once)
    head = content.partition("\n")[0]
    mark = max(",;\t|", key=head.count)
    rows = csv.reader(
        io.StringIO(content), delimiter=mark, quoting=csv.QUOTE_NONE if mark == "|" else csv.QUOTE_MINIMAL
    )
    try:
        lines = [row for row in rows if row]
    except csv.Error as error:
        raise AlignmentError(f"{path} is no table: {error}") from error
    columns = [name.strip().lower() for name in lines[0]] if lines else []
    name = next((columns.index(key) for key in _NAMES if key in columns), None)
    text = next((columns.index(key) for key in _TEXTS if key in columns), None)
    if name is None and text is None and len(columns) >= 2:
        name, text, lines = 0, len(columns) - 1, [[], *lines]  # no head: the first column and the last
    if name is None or text is None:
        raise AlignmentError(f"{path} has the columns {', '.join(columns)}; expected one named file and one named text")
    found: dict[str, str] = {}
    width = len(lines[0] or lines[1])
    for number, row in enumerate(lines[1:], 1):
        if len(row) > width or len(row) <= max(name, text):
            problem = "more" if len(row) > width else "fewer"
            raise AlignmentError(
                f"{path}: row {number} has {problem} fields than the first; put text with commas in quotes"
            )
        key = row[name].strip()
        if key in found:
            raise AlignmentError(f"{path} has two texts for {key}; leave one")
        found[key] = row[text]
    return found
