"""`clipaudio convert`: convert audio files to another rate, depth or format."""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.cli.arguments import add_json, number, set_command, whole
from clipaudio.cli.audio_inputs import AUDIO_SUFFIXES, find_audio, is_folder_name
from clipaudio.cli.output import Output, explain
from clipaudio.cli.pipes import Pipes
from clipaudio.errors import ClipAudioError
from clipaudio.file_names import ClaimedTargets

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["add_arguments", "run"]

_FORMATS = ("wav", "flac", "ogg", "opus", "mp3", "m4a", "aac")
_MOST_HZ = 4_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `convert` to *parser*."""
    parser.description = "Convert audio files. Prints each path written; problems go to stderr."
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="IN",
        help="audio file, folder (searched with its folders, hidden names left out), pattern, or - for stdin",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR|FILE", help="folder; for a single input also a file, or - for stdout"
    )
    parser.add_argument(
        "--sample-rate", type=whole(1, _MOST_HZ), metavar="N", help="samples a second (default: unchanged)"
    )
    parser.add_argument("--subtype", type=_subtype, help="PCM_16, PCM_24, PCM_32, FLOAT, MULAW … (default: unchanged)")
    parser.add_argument("--format", choices=_FORMATS, help="format of the output (default: FILE's extension, or wav)")
    parser.add_argument(
        "--dither", choices=("tpdf", "tpdf-hp", "none"), default="tpdf", help="noise when depth is lost (default: tpdf)"
    )
    parser.add_argument(
        "--quality",
        type=number(0, 1, "0 (best) to 1 (smallest)"),
        metavar="Q",
        help="every format but wav: 0 (best) to 1 (smallest)",
    )
    parser.add_argument("--constant-bitrate", action="store_true", help="write an mp3 of one bit rate")
    parser.add_argument(
        "--normalize-lufs",
        type=number(-100, 0, "LUFS from -100 to 0, such as -16"),
        metavar="LUFS",
        help="change the loudness to this, such as -16",
    )
    parser.add_argument("--trim-silence", action="store_true", help="cut silence at both ends, except 50 ms")
    parser.add_argument(
        "--compensate-delay",
        action="store_true",
        help="drop the encoder delay of an mp3 without a delay tag (1105 samples)",
    )
    parser.add_argument(
        "--max-hours",
        type=number(0, 1e6, "hours above 0"),
        default=12.0,
        metavar="HOURS",
        help="refuse compressed audio that is longer (12): a small file can hold days of silence",
    )
    parser.add_argument("--title", help="title tag of the files")
    parser.add_argument("--comment", help="comment tag of the files")
    parser.add_argument("--jobs", type=whole(1, 10_000), metavar="N", help="files at once (default: one a processor)")
    old = parser.add_mutually_exclusive_group()
    old.add_argument("--overwrite", action="store_true", help="replace outputs that exist (default)")
    old.add_argument("--skip-existing", action="store_true", help="keep outputs that exist")
    parser.add_argument("--dry-run", action="store_true", help="print what would be written, write nothing")
    add_json(parser, "an input")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Convert all inputs; 0 if all were converted, 1 if some failed, 2 for a wrong command line."""
    output = Output.of(options)
    if options.out == "-" and options.json:
        return output.usage("--out - and --json both write to stdout; choose one of both")
    try:
        pipes = Pipes(options.inputs, options.out, options.format or "wav")
    except ClipAudioError as error:
        return output.usage(f"--out -: {error}")
    with pipes:
        options.inputs, options.out = pipes.inputs, pipes.out
        return _run(options, output, pipes)


def _run(options: argparse.Namespace, output: Output, pipes: Pipes) -> int:
    """Convert all inputs, which are files now."""
    out = Path(options.out)
    inputs, unseen = find_audio(options.inputs, out)
    to_folder, problem = _check(inputs, out, options)
    if problem:
        return output.usage(pipes.named({"": problem})[""])
    if not inputs and not unseen:
        return output.usage(f"no audio files in {', '.join(options.inputs)}; check the path")
    failed = count = 0
    with output:
        for row in itertools.chain(_rows(inputs, out, options, output, to_folder=to_folder), map(_unseen_row, unseen)):
            _print(pipes.named(row), output, with_path=not pipes.is_stdout)
            count += 1
            failed += row["status"] == "failed"
    pipes.send()
    if failed:
        output.message(f"{failed} of {count} failed; the messages above say why")
    return int(failed > 0)


def _check(
    inputs: list[tuple[Path, Path]], out: Path, options: argparse.Namespace
) -> tuple[bool, Exception | str | None]:
    """Return whether the output is a folder, and why it cannot be written."""
    from clipaudio.audio.encode import require_encoder

    extension = out.suffix.lower().lstrip(".")
    is_folder = out.is_dir() or options.out.endswith(("/", "\\"))
    to_folder = is_folder or extension not in _FORMATS
    if not is_folder and out.suffix.lower() in AUDIO_SUFFIXES and extension not in _FORMATS:
        written = ", ".join(f".{name}" for name in _FORMATS)
        return False, f"--out {options.out} cannot be written; name a file in {written}, or a folder with a slash"
    try:
        require_encoder(options.format or ("" if to_folder else extension))
    except ClipAudioError as error:
        return to_folder, error
    if not to_folder and (len(inputs) > 1 or any(map(is_folder_name, options.inputs))):
        return False, f"--out {options.out} is one file, but there are {len(inputs)} inputs: name a folder"
    if not to_folder and options.format and extension != options.format:
        return False, f"--out {options.out} does not end in .{options.format}; choose one of both"
    return to_folder, None


def _rows(
    inputs: list[tuple[Path, Path]], out: Path, options: argparse.Namespace, output: Output, *, to_folder: bool
) -> Iterator[dict[str, Any]]:
    """Convert, and yield one row an input, in their order."""
    from clipaudio.audio.many import convert_many
    from clipaudio.files import remove_stale

    targets = ClaimedTargets()
    planned = []
    for source, inside in inputs:
        target = out / inside.with_name(f"{_stem(inside)}.{options.format or 'wav'}") if to_folder else out
        planned.append(_plan(source, target, targets, options))
    work = [] if options.dry_run else [row for row in planned if row["status"] == "planned"]
    pairs = [(row["source"], row["target"]) for row in work]
    outcomes = convert_many(pairs, threads=options.jobs, **_options(options))
    done = 0
    for row in planned:
        if row["status"] == "planned" and not options.dry_run:
            row |= {"status": "done", **next(outcomes).as_row()}
            done += 1
            if len(work) > 1:
                output.status(f"{done} of {len(work)}")
        yield row
    for folder in {Path(target).parent for _, target in pairs}:
        remove_stale(folder)


def _stem(path: Path) -> str:
    """Return the name without the extension of an audio file; other dots belong to the name."""
    return path.stem if path.suffix.lower() in AUDIO_SUFFIXES else path.name


def _unseen_row(error: OSError) -> dict[str, Any]:
    """Return the row of a folder that could not be searched."""
    return {"source": str(error.filename), "target": None, "status": "failed", "error": explain(error)}


def _plan(source: Path, target: Path, targets: ClaimedTargets, options: argparse.Namespace) -> dict[str, Any]:
    """Return the row of one input; two inputs never share an output."""
    row = {"source": str(source), "target": str(target), "status": "planned"}
    other = targets.claim(target, source)
    if other is not None:
        error = f"{source}: its output {target} is already that of {other}; rename one"
        return row | {"status": "failed", "error": error}
    if options.skip_existing and target.exists():
        return row | {"status": "skipped"}
    try:
        source.stat()
    except OSError as error:
        return row | {"status": "failed", "error": explain(error)}
    return row


def _options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of `convert_many`."""
    return {
        "sample_rate": options.sample_rate,
        "subtype": options.subtype,
        "dither": options.dither,
        "quality": options.quality,
        "is_constant": options.constant_bitrate,
        "title": options.title,
        "comment": options.comment,
        "normalize_lufs": options.normalize_lufs,
        "trim_silence": options.trim_silence,
        "compensate_delay": options.compensate_delay,
        "with_hash": options.json,
        "max_hours": options.max_hours,
    }


def _print(row: dict[str, Any], output: Output, *, with_path: bool) -> None:
    """Print the path written, and what went wrong."""
    has_failed = row["status"] == "failed"
    if has_failed:
        source, error = row["source"], str(row["error"])
        output.message(error if error.startswith(source) else f"{source}: {error}")
    for issue in row.get("issues", ()):
        output.message(f"{row['source']}: {issue}")
    if row.get("clipped"):
        output.message(f"{row['source']}: {row['clipped']} samples clipped")
    output.row(row, row["target"] if with_path and not has_failed else None)


def _subtype(text: str) -> str:
    from clipaudio.audio.encode import plain_subtype

    try:
        return plain_subtype(text)
    except ClipAudioError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
