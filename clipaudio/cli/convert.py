"""clipaudio convert: audio files at another rate, depth or format."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from clipaudio.errors import ClipAudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["add_parser", "run"]

_FORMATS = ("wav", "flac", "ogg", "opus", "mp3")
_READ = frozenset(
    {".wav", ".wave", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".aif", ".aiff", ".au"}
)
_MOST_HZ = 4_000_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to *commands*."""
    parser = commands.add_parser(
        "convert",
        help="audio files at another rate, depth or format",
        description="Convert audio files. Prints each path written; what went wrong goes to stderr.",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="IN",
        help="audio file, folder (searched whole, hidden names left out) or pattern",
    )
    parser.add_argument("--out", required=True, metavar="DIR|FILE", help="folder, or a file for a single input")
    parser.add_argument("--sample-rate", type=_rate, metavar="N", help="samples a second (default: as it is)")
    parser.add_argument("--subtype", type=_subtype, help="PCM_16, PCM_24, PCM_32, FLOAT, MULAW … (default: as it is)")
    parser.add_argument("--format", choices=_FORMATS, help="format of the output (default: FILE's extension, or wav)")
    parser.add_argument(
        "--dither", choices=("tpdf", "tpdf-hp", "none"), default="tpdf", help="when depth is lost (default: tpdf)"
    )
    parser.add_argument("--quality", type=_share, metavar="Q", help="mp3, ogg, opus, flac: 0 (best) to 1 (smallest)")
    parser.add_argument("--constant-bitrate", action="store_true", help="give an mp3 one bit rate throughout")
    parser.add_argument("--normalize-lufs", type=float, metavar="LUFS", help="bring the loudness to this, such as -16")
    parser.add_argument("--trim-silence", action="store_true", help="take the silence off both ends but for 50 ms")
    parser.add_argument(
        "--compensate-delay", action="store_true", help="drop the delay of an mp3 that does not tell it (1105 samples)"
    )
    parser.add_argument("--title", help="a title for the files to carry")
    parser.add_argument("--comment", help="a comment for the files to carry")
    parser.add_argument("--jobs", type=_jobs, metavar="N", help="files converted at once (default: one a processor)")
    old = parser.add_mutually_exclusive_group()
    old.add_argument("--overwrite", action="store_true", help="replace outputs that exist already (default)")
    old.add_argument("--skip-existing", action="store_true", help="leave outputs that exist already")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written")
    parser.add_argument("--json", action="store_true", help="print one JSON list with a row for each input")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Convert all inputs; 0 when all went well, 1 when some failed, 2 for a wrong command line."""
    out = Path(options.out)
    inputs, unseen = _expand(options.inputs, out)
    to_folder = out.is_dir() or options.out.endswith(("/", "\\")) or out.suffix.lower().lstrip(".") not in _FORMATS
    if not to_folder and (len(inputs) > 1 or any(map(_is_folder, options.inputs))):
        return _usage(f"--out {options.out} is one file, but there are {len(inputs)} inputs: name a folder")
    if not to_folder and options.format and out.suffix.lower() != f".{options.format}":
        return _usage(f"--out {options.out} does not end in .{options.format}")
    if not inputs and not unseen:
        return _usage(f"no audio files in {', '.join(options.inputs)}")
    rows = [*_rows(inputs, out, options, to_folder=to_folder), *_unseen_rows(unseen, options)]
    if options.json:
        _say(json.dumps(rows, ensure_ascii=False, indent=2), sys.stdout)
    failed = sum(row["status"] == "failed" for row in rows)
    if failed:
        _say(f"{failed} of {len(rows)} failed", sys.stderr)
    return 1 if failed else 0


def _rows(
    inputs: list[tuple[Path, Path]], out: Path, options: argparse.Namespace, *, to_folder: bool
) -> Iterator[dict[str, Any]]:
    """Do the work, one row an input, in their order."""
    from clipaudio.audio.many import convert_many
    from clipaudio.files import remove_stale

    taken: dict[Path, Path] = {}
    planned = []
    for source, inside in inputs:
        target = out / inside.with_suffix(f".{options.format or 'wav'}") if to_folder else out
        planned.append(_plan(source, target, taken, options))
    work = [] if options.dry_run else [row for row in planned if row["status"] == "planned"]
    pairs = [(row["source"], row["target"]) for row in work]
    outcomes = convert_many(pairs, threads=options.jobs, **_options(options))
    with _Progress(len(work)) as progress:
        for row in planned:
            if row["status"] == "planned" and not options.dry_run:
                row |= {"status": "done", **next(outcomes).as_row()}
                progress.step()
            _tell(row, options)
            yield row
    for folder in {Path(target).parent for _, target in pairs}:
        remove_stale(folder)


def _unseen_rows(errors: list[OSError], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Say what could not be looked at: nobody knows what is in it."""
    for error in errors:
        row = {"source": str(error.filename), "target": None, "status": "failed", "error": str(error)}
        _tell(row, options)
        yield row


def _plan(source: Path, target: Path, taken: dict[Path, Path], options: argparse.Namespace) -> dict[str, Any]:
    """Say what is to be done with one input; two inputs never share an output."""
    row = {"source": str(source), "target": str(target), "status": "planned"}
    other = taken.setdefault(target, source)
    if other != source:
        error = f"{source}: its output {target} is already that of {other}; rename one"
        return row | {"status": "failed", "error": error}
    if options.skip_existing and target.exists():
        return row | {"status": "skipped"}
    try:
        source.stat()
    except OSError as error:
        return row | {"status": "failed", "error": str(error)}
    return row


def _options(options: argparse.Namespace) -> dict[str, Any]:
    """Give what `convert` takes."""
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
    }


def _tell(row: dict[str, Any], options: argparse.Namespace) -> None:
    """Print the path written, and what went wrong."""
    if row["status"] == "failed":
        _say(f"failed: {row['error']}", sys.stderr)
        return
    for issue in row.get("issues", ()):
        _say(f"{row['source']}: {issue}", sys.stderr)
    if row.get("clipped"):
        _say(f"{row['source']}: {row['clipped']} samples clipped", sys.stderr)
    if not options.json:
        _say(row["target"], sys.stdout)


class _Progress:
    """A count on a terminal that wipes itself; nothing elsewhere."""

    def __init__(self, count: int) -> None:
        self._count, self._done = count, 0
        self._is_shown = count > 1 and sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def step(self) -> None:
        """Count one more that is done."""
        self._done += 1
        if self._is_shown:
            sys.stderr.write(f"\r\x1b[K{self._done} of {self._count}")
            sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")


def _expand(names: Iterable[str], out: Path) -> tuple[list[tuple[Path, Path]], list[OSError]]:
    """Give each file once, with its path below the folder that was named, and once what could not be looked at."""
    from clipaudio.batch.globbing import has_magic

    found: dict[Path, Path] = {}
    errors: dict[str, OSError] = {}
    for name in names:
        path = Path(name)
        is_folder = _is_folder(name)
        if is_folder or (has_magic(name) and not os.path.exists(name)):  # noqa: PTH110 - as in `_is_folder`
            files, unseen = _search(name, out, is_folder=is_folder)
            errors |= {str(error): error for error in unseen}
        else:
            files = [path]
        for file in files:
            found.setdefault(file, file.relative_to(path) if is_folder else Path(file.name))
    return list(found.items()), list(errors.values())


def _is_folder(name: str) -> bool:
    return os.path.isdir(name)  # noqa: PTH112 - a path object raises where it may not look, and the others would not be done


def _search(name: str, out: Path, *, is_folder: bool) -> tuple[list[Path], list[OSError]]:
    """Give the audio in a folder, or the files that match a pattern, in order, and what could not be looked at.

    What stands in the folder *out* below the place searched was written by an earlier run, and is no input of this one.
    """
    from clipaudio.batch.globbing import walk, walk_root

    root = Path(name if is_folder else walk_root(name)).resolve()
    written = out.resolve() if root in out.resolve().parents else None
    files: list[Path] = []
    errors: list[OSError] = []
    for place in walk("**/*", below=name) if is_folder else walk(name):
        if isinstance(place, OSError):
            errors.append(place)
        elif not is_folder or Path(place).suffix.lower() in _READ:
            files.append(Path(place))
    if written is not None:
        files = [file for file in files if written not in file.resolve().parents]
    return sorted(files), errors


def _rate(text: str) -> int:
    rate = int(text.replace("_", ""))
    if not 1 <= rate <= _MOST_HZ:
        raise argparse.ArgumentTypeError(f"{text} is no sample rate; expected 1 to {_MOST_HZ}")
    return rate


def _jobs(text: str) -> int:
    jobs = int(text)
    if jobs < 1:
        raise argparse.ArgumentTypeError(f"{text} jobs convert nothing; expected 1 or more")
    return jobs


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no quality; expected 0 (best) to 1 (smallest)")
    return share


def _subtype(text: str) -> str:
    from clipaudio.audio.encode import plain_subtype

    try:
        return plain_subtype(text)
    except ClipAudioError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _usage(message: str) -> int:
    _say(f"clipaudio convert: {message}", sys.stderr)
    return 2


def _say(text: str, stream: TextIO) -> None:
    print(text, file=stream, flush=True)
