"""`clipaudio edit`: correct the text of a clip, take words or pauses out, and write its audio and its callback."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clipaudio.cli.arguments import add_json, is_same_file, names, number, set_command
from clipaudio.cli.output import Output
from clipaudio.text_encoding import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.clip import Clip

__all__ = ["add_arguments", "parse_numbers", "run"]

_EDITS: Final = ("text", "drop", "drop_words", "keep_words", "move", "max_pause", "join", "speed", "pad")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `edit` to *parser*."""
    parser.description = (
        "Edit a clip and write its audio and its callback, which every command opens again. Edits are made in the order"
        " of this list, and numbers of words are always those of --list. Letters, phones and captions follow the audio"
        " to the sample."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a saved callback, or any file of `clipaudio sources`")
    parser.add_argument("--text", type=Path, metavar="NEW.txt", help="the corrected text, which takes the old times")
    parser.add_argument("--drop", metavar="WORDS", help="take out every one of these words and phrases: um,uh,you know")
    parser.add_argument(
        "--drop-words", type=parse_numbers, metavar="N", help="take out words by their number: 3,7-9 (see --list)"
    )
    parser.add_argument("--keep-words", type=parse_numbers, metavar="N", help="keep these words only: 1-20")
    parser.add_argument(
        "--move", type=_parse_move, metavar="N:BEFORE", help="move words before another one: 7-9:3 (7 to 9 before 3)"
    )
    parser.add_argument(
        "--max-pause",
        type=number(0, 3600, "seconds from 0 to 3600"),
        metavar="SECONDS",
        help="shorten longer pauses between words",
    )
    parser.add_argument("--join", type=Path, nargs="+", metavar="OTHER", help="append other clips")
    parser.add_argument(
        "--gap", type=number(0, 3600, "seconds from 0 to 3600"), default=0.0, metavar="SECONDS", help="before each (0)"
    )
    parser.add_argument(
        "--speed", type=number(0.1, 10, "a factor from 0.1 to 10"), metavar="FACTOR", help="same pitch; 1.1 is faster"
    )
    parser.add_argument("--pad", type=_pair, metavar="BEFORE,AFTER", help="seconds of silence to add")
    parser.add_argument("--audio", type=Path, metavar="FILE", help="the audio (default: found beside the file)")
    parser.add_argument("--language", metavar="CODE", help="language of the text (default: found)")
    parser.add_argument(
        "--out", type=Path, metavar="NAME", help="NAME.wav and NAME.json are written (default: <file>.edited beside it)"
    )
    parser.add_argument("--list", action="store_true", help="print the words with their numbers, and write nothing")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done, write nothing")
    add_json(parser, "a file that is written, or a word of --list")
    set_command(parser, run)


def parse_numbers(text: str) -> list[int]:
    """Return the rows from 0 of numbers and ranges from 1.

    >>> parse_numbers("3,7-9")
    [2, 6, 7, 8]
    """
    rows: list[int] = []
    for part in names(text):
        first, dash, last = part.partition("-")
        ends = [first, last] if dash else [first, first]
        if not all(end.isascii() and end.isdigit() and 0 < len(end) < 10 for end in ends):
            raise argparse.ArgumentTypeError(f"{part!r} is no number of a word; expected such as 3,7-9")
        low, high = int(ends[0]), int(ends[1])
        if not 0 < low <= high or high - low > 1_000_000:
            raise argparse.ArgumentTypeError(f"{part!r} is no range of words; words count from 1, such as 7-9")
        rows += range(low - 1, high)
    if not rows:
        raise argparse.ArgumentTypeError("no number of a word; expected such as 3,7-9")
    return rows


def _parse_move(text: str) -> tuple[int, int, int]:
    """Return the first row, the row behind the last and the row to stand before."""
    words, _, before = text.partition(":")
    rows, target = parse_numbers(words), parse_numbers(before)
    if len(target) != 1 or rows != list(range(rows[0], rows[-1] + 1)):
        raise argparse.ArgumentTypeError(f"{text!r} is no move; expected such as 7-9:3, words 7 to 9 before word 3")
    return rows[0], rows[-1] + 1, target[0]


def _pair(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        before, after = (float(part) for part in (parts if len(parts) == 2 else [*parts, "nan"]))
    except ValueError:
        before = after = math.nan
    if not (0 <= before <= 3600 and 0 <= after <= 3600):
        raise argparse.ArgumentTypeError(f"{text!r} is no pair of seconds; expected BEFORE,AFTER such as 0.5,0.2")
    return before, after


def run(options: argparse.Namespace) -> int:
    """Edit the clip; 1 if it cannot be edited, 2 if the command line cannot be followed."""
    output = Output.of(options)
    if not options.list and all(getattr(options, name) is None for name in _EDITS):
        return output.usage(
            "nothing to edit; give one of --text, --drop, --drop-words, --max-pause, --join, …, or --list"
        )
    if options.drop is not None and not names(options.drop):
        return output.usage("--drop names no word; expected such as um,uh")
    targets = _targets(options)
    inputs = [options.file, options.audio, options.text, *(options.join or ())]
    for target in targets:
        if any(path is not None and is_same_file(path, target) for path in inputs):
            return output.usage(f"{target} is an input, and would be overwritten; give another --out")
    clip = _open(options.file, options, output)
    if options.list:
        return _list(clip, options, output)
    edited, notes = _edit(clip, options, output)
    problem = None
    if edited.audio is not None and isinstance(clip.audio, Path) and is_same_file(clip.audio, targets[0]):
        problem = "is the audio of the clip, and would be overwritten"
    elif edited.audio is None and targets[0].exists():
        problem = "would be taken for the audio of the clip, which has none"
    if problem is not None:
        return output.usage(f"{targets[0]} {problem}; give another --out")
    _write(edited, targets, notes, options, output)
    return 0


def _targets(options: argparse.Namespace) -> tuple[Path, Path]:
    """Return the paths of the audio and of the callback."""
    out: Path | None = options.out
    if out is None:
        out = options.file.with_name(f"{options.file.stem}.edited.json")
    if out.is_dir():
        out = out / f"{options.file.stem}.edited"
    audio = out if out.suffix.lower() in _AUDIO else out.with_name(f"{_bare(out)}.wav")
    return audio, out.with_name(f"{_bare(out)}.json")


_AUDIO: Final = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac"})


def _bare(path: Path) -> str:
    """Return the name without the suffix of audio or JSON; other dots belong to the name."""
    return path.stem if path.suffix.lower() in {*_AUDIO, ".json"} else path.name


def _open(path: Path, options: argparse.Namespace, output: Output, *, is_first: bool = True) -> Clip:
    from clipaudio.clip import open_clip

    clip = open_clip(path, audio=options.audio if is_first else None, language=options.language)
    output.note_repairs(clip.report, path)
    return clip


def _new_text(path: Path, output: Output) -> str:
    from clipaudio.errors import EditError

    text = read_text(path, tell=output.note_once)
    if not text.strip():
        raise EditError(f"{path}: it holds no text, so no word would be left; check it")
    return text


def _list(clip: Clip, options: argparse.Namespace, output: Output) -> int:
    """Print the words with the numbers that --drop-words and --keep-words take."""
    if options.text is not None:
        clip = clip.with_text(_new_text(options.text, output))
    for row, (label, start, end) in enumerate(clip.words, 1):
        values = {"number": row, "label": label, "start": round(start, 9), "end": round(end, 9)}
        output.row(values, f"{row}\t{start:.3f}\t{end:.3f}\t{label}")
    return 0


def _edit(clip: Clip, options: argparse.Namespace, output: Output) -> tuple[Clip, list[str]]:
    """Return the edited clip, and notes on what was changed."""
    notes: list[str] = []
    if options.text is not None:
        clip = clip.with_text(_new_text(options.text, output))
        told = clip.content.parts if "words" in clip.report or len(clip.content.parts) > 1 else ()
        notes += [str(finding) for part in told for finding in _findings(part.aligned.reports)]
    clip = _arrange_words(clip, options, notes)
    before = clip.duration
    if options.max_pause is not None:
        clip = clip.shorten_pauses(options.max_pause)
        notes.append(f"pauses shortened by {before - clip.duration:.3f} s in all")
    if options.join:
        others = [_open(path, options, output, is_first=False) for path in options.join]
        clip = clip.join(*others, gap=options.gap)
    clip = clip if options.speed is None else clip.speed(options.speed)
    clip = clip if options.pad is None else clip.pad(*options.pad)
    if clip.audio is None:
        which = "a clip" if options.join else "the file"
        notes.append(f"there is no audio beside {which}: only the callback is written; --audio names that of FILE")
    if len(clip.aligned.visemes):
        notes.append("the mouth shapes of the source are not part of a callback: left out")
    for note in notes:
        output.note(f"{options.file}: {note}")
    return clip, notes


def _arrange_words(clip: Clip, options: argparse.Namespace, notes: list[str]) -> Clip:
    """Take words out and move words; all numbers are those of the words before."""
    from clipaudio.clip.word_editing import find_word_rows
    from clipaudio.errors import EditError

    labels = clip.words.labels
    if options.move is not None:
        _check_rows([*options.move[:1], options.move[1] - 1, options.move[2]], len(labels))
    dropped: set[int] = set()
    for words in (names(options.drop), options.drop_words):
        if words:
            rows = find_word_rows(labels, _check_rows(words, len(labels))).tolist()
            notes.append(_dropped(labels, rows))
            dropped.update(rows)
    if options.keep_words:
        kept = set(_check_rows(options.keep_words, len(labels))) - dropped
        notes.append(f"kept {len(kept)} of {len(labels)} words")
        dropped = set(range(len(labels))) - kept
    clip = clip.without(sorted(dropped)) if dropped else clip
    if options.move is None:
        return clip
    first, stop, before = (row - sum(gone < row for gone in dropped) for row in options.move)
    if first == stop or options.move[2] in dropped:
        raise EditError("the words of --move are taken out by --drop, --drop-words or --keep-words; leave one out")
    moved = " ".join(clip.words.labels[first:stop])
    notes.append(f"moved {moved!r} before {clip.words.labels[before]!r}")
    return clip.move(first, stop, before=before)


def _check_rows(words: Sequence[Any], count: int) -> Sequence[Any]:
    """Return *words*; refuse a number beyond those of the clip."""
    from clipaudio.errors import EditError

    beyond = [row + 1 for row in words if isinstance(row, int) and row >= count]
    if beyond:
        raise EditError(f"there is no word {beyond[0]}; there are {count} words, see --list")
    return words


def _findings(reports: Any) -> Sequence[Any]:  # noqa: ANN401 - a mapping of reports
    return reports["words"].findings if "words" in reports else ()


def _dropped(labels: Sequence[str], rows: Sequence[int]) -> str:
    """Return which words were taken out, the first ten with their numbers."""
    shown = ", ".join(f"{row + 1} {labels[row]}" for row in rows[:10])
    return f"{len(rows)} words taken out" + (f": {shown}{', …' if len(rows) > 10 else ''}" if rows else "")


def _write(
    clip: Clip, targets: tuple[Path, Path], notes: list[str], options: argparse.Namespace, output: Output
) -> None:
    """Write the audio and the callback, the callback last: where it stands, its audio is whole."""
    from clipaudio.clip.saving import dumps_callback
    from clipaudio.files import write_bytes

    audio, callback = targets
    status = "planned" if options.dry_run else "written"
    if not options.dry_run:
        audio.parent.mkdir(parents=True, exist_ok=True)
    facts = {"source": str(options.file), "status": status, "words": len(clip.words), "duration": clip.duration}
    if clip.audio is not None:
        if not options.dry_run:
            clip.convert(audio)
        output.row({**facts, "format": audio.suffix[1:], "path": str(audio), "notes": []}, f"{status}\t{audio}")
    text = dumps_callback(clip, url=None if clip.audio is None else audio.name, name=_bare(callback))
    if not options.dry_run:
        write_bytes(callback, text.encode("utf-8"))
    output.row({**facts, "format": "callback", "path": str(callback), "notes": notes}, f"{status}\t{callback}")
