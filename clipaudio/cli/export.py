"""`clipaudio export`: write captions, TextGrids and lip-sync tracks of saved callbacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clipaudio.cli.arguments import (
    add_export_options,
    add_json,
    is_same_file,
    number,
    set_command,
)
from clipaudio.cli.export_targets import claim_target, plan_targets, problem_with_names
from clipaudio.cli.format_writing import FormatWriter, find_formats, report_failure
from clipaudio.cli.output import Output
from clipaudio.cli.pipes import open_stdin
from clipaudio.file_names import ClaimedTargets
from clipaudio.text_encoding import read_text

if TYPE_CHECKING:
    import argparse

    from clipaudio.clip import Clip
    from clipaudio.export import Format

__all__ = ["add_arguments", "run"]

_STDIN = Path("-")
_FROM_SOURCE = Path("from-source")
_WITH_TRANSLATION = "--bilingual and --translation-language go with --translation FILE; add it"
_WITH_JOIN = "--gap, --speakers and --titles go with --join NAME; add it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `export` to *parser*."""
    parser.description = (
        "Write each file of speech times in each format, named after the file, or all joined into one. The"
        " file is a saved callback or any other of `clipaudio sources`. A clip that fails does not stop the others."
    )
    parser.add_argument(
        "callbacks",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="a file of speech times, a quoted pattern of them, or - for one on standard input",
    )
    parser.add_argument(
        "--to",
        required=True,
        metavar="FORMATS",
        help="formats, comma-separated: srt,vtt,textgrid,… (`clipaudio formats` lists them); all are those that need no"
        " audio",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR|FILE",
        help="the folder to fill (default: beside the file), or the file to write for one in one format",
    )
    parser.add_argument(
        "--audio",
        type=Path,
        action="append",
        metavar="FILE",
        help="the audio of a file, in their order, one each (default: found beside the file); from-source takes the"
        " audio inside each file and writes it beside the outputs",
    )
    parser.add_argument(
        "--text",
        type=Path,
        action="append",
        metavar="FILE",
        help="the text as written, put over the timed words; for several files in their order, one each",
    )
    parser.add_argument(
        "--language", metavar="CODE", help="language of the text (default: found): sentences, line breaks"
    )
    _add_translation(parser)
    add_export_options(parser, can_translate=True)
    _add_joining(parser)
    parser.add_argument(
        "--name",
        metavar="PATTERN",
        help="name each output so, with {stem}, {id}, {n} and {ext}: '{id}.{ext}' (default: '{stem}.{ext}')",
    )
    parser.add_argument("--strict", action="store_true", help="fail where times would need repair")
    parser.add_argument("--skip-existing", action="store_true", help="keep files that exist")
    parser.add_argument("--dry-run", action="store_true", help="print what would be written, write nothing")
    add_json(parser, "a file")
    set_command(parser, run)


def _add_translation(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of another language."""
    parser.add_argument(
        "--translation",
        type=Path,
        action="append",
        metavar="FILE",
        help="a translation: a line a sentence, or .srt or .vtt; for several files in their order, one each",
    )
    parser.add_argument("--translation-language", metavar="CODE", help="language of the translation (default: found)")


def _add_joining(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that join clips."""
    joining = parser.add_argument_group("joining clips")
    joining.add_argument("--join", metavar="NAME", help="join all clips in order and write NAME.srt, …")
    joining.add_argument(
        "--gap",
        type=number(0, 3600, "seconds from 0 to 3600"),
        default=0.0,
        metavar="SECONDS",
        help="silence between two clips (0)",
    )
    joining.add_argument("--speakers", metavar="NAMES", help="the speaker of each clip, comma-separated")
    joining.add_argument("--titles", metavar="NAMES", help="the title of each clip in chapters, comma-separated")


def run(options: argparse.Namespace) -> int:
    """Export every callback; 1 if one of them failed, 2 if the options contradict each other."""
    from clipaudio.batch.globbing import expand
    from clipaudio.errors import ExportError, LexiconError, MissingExtraError

    output = Output.of(options)
    try:
        formats = find_formats(options)
    except (ExportError, LexiconError, MissingExtraError) as error:
        return output.usage(error)
    options.callbacks = expand(options.callbacks)
    options.targets = ClaimedTargets()
    problem = _problem_with(options, formats)
    if problem:
        return output.usage(problem)
    known_note = output.note_on_language(options.language, [found.name for found in formats])
    if options.join:
        return _export_joined(options, formats, output, known_note)
    failed = False
    for place, path in enumerate(options.callbacks):
        try:
            failed |= not _export_one(place, path, formats, options, output, known_note)
        except Exception as error:  # whatever makes one clip fail must not stop the next
            if options.debug:
                raise
            failed = True
            report_failure(output, str(path), error)
    return int(failed)


def _export_one(
    place: int,
    path: Path,
    formats: list[Format],
    options: argparse.Namespace,
    output: Output,
    known_note: str | None,
) -> bool:
    """Write the callback at *place*; return False if a format could not be written."""
    from clipaudio.errors import ExportError
    from clipaudio.file_names import safe_name

    def plan(id_: str) -> list[tuple[Path, Format]]:
        naming: dict[str, str | int] = {"stem": id_ if path == _STDIN else path.stem, "id": id_, "n": place + 1}
        planned = plan_targets(path.parent, naming, formats, options)
        for target, _ in planned:
            if path != _STDIN and is_same_file(path, target):
                raise ExportError(f"{target} is the file that is read, and would be overwritten; give --out")
        return planned

    plan("id")  # what would overwrite its source is told before it is read
    clip = _open(place, options, output)
    with FormatWriter(clip, str(path), options, output, known_note) as writer:
        for target, found in plan(safe_name(clip.id or ("stdin" if path == _STDIN else path.stem))):
            writer.write(target, found, claimant=path)
    return writer.is_whole


def _export_joined(options: argparse.Namespace, formats: list[Format], output: Output, known_note: str | None) -> int:
    """Write all callbacks as one; a clip that cannot be opened fails the whole, because its place would be empty."""
    from clipaudio.clip import join
    from clipaudio.errors import ClipAudioError

    source = ", ".join(map(str, options.callbacks))
    try:
        whole = join(
            [_open(number, options, output) for number in range(len(options.callbacks))],
            gap=options.gap,
            speakers=_names_in_order(options.speakers),
            titles=_names_in_order(options.titles),
        )
        naming: dict[str, str | int] = {"stem": options.join, "id": options.join, "n": 1}
        with FormatWriter(whole, source, options, output, known_note, name=options.join) as writer:
            for target, found in plan_targets(Path(), naming, formats, options):
                writer.write(target, found)
        _write_joined_audio(whole, source, options, output)
    except (ClipAudioError, OSError) as error:
        report_failure(output, source, error)
        return 1
    return 0


def _write_joined_audio(whole: Clip, source: str, options: argparse.Namespace, output: Output) -> None:
    """Write the audio of joined clips, so that each is heard where its captions stand."""
    if whole.audio is None:
        text = "a clip has no audio beside it: each clip begins where the times of the one before end"
        output.message(f"{options.join}: {text}; give --audio for each")
        return
    folder = options.out if options.out is not None and options.out.suffix == "" else Path()
    target = folder / f"{options.join}.wav"
    status = "planned" if options.dry_run else "written"
    if options.skip_existing and target.exists():
        status = "skipped"
    if status == "written":
        target.parent.mkdir(parents=True, exist_ok=True)
        whole.convert(target)
    output.row(
        {"source": source, "format": "wav", "path": str(target), "status": status, "notes": []}, f"{status}\t{target}"
    )


def _open(number: int, options: argparse.Namespace, output: Output) -> Clip:
    """Open the callback of that *number*, and print what had to be guessed about its times."""
    from clipaudio.clip import open_clip
    from clipaudio.clip.translation import read_translation
    from clipaudio.errors import ExportError

    path = options.callbacks[number]
    if path.is_dir():
        raise ExportError("it is a folder; export all clips in it with `clipaudio batch`, or name files")
    audio = None if options.audio is None else options.audio[number]
    policy: Literal["repair", "strict"] = "strict" if options.strict else "repair"
    source = open_stdin().read() if path == _STDIN else path
    if audio == _FROM_SOURCE:
        audio = _extract_audio(source, path, options, output)
    text = None if options.text is None else read_text(options.text[number], tell=output.note_once)
    clip = open_clip(source, audio=audio, language=options.language, policy=policy, text=text)
    if options.translation is not None:
        sentences = read_translation(options.translation[number], tell=output.note_once)
        clip = clip.translated(sentences, language=options.translation_language)
    output.note_repairs(clip.report, path)
    return clip


def _extract_audio(source: bytes | Path, path: Path, options: argparse.Namespace, output: Output) -> Path | None:
    """Write the audio inside a file beside its outputs and return where it is; None for a dry run."""
    from clipaudio.files import write_bytes
    from clipaudio.sources import extract_audio

    audio = extract_audio(source)
    is_folder = options.out is not None and (options.out.is_dir() or options.out.suffix == "")
    folder = options.out if is_folder else (path.parent if options.out is None else options.out.parent)
    target: Path = folder / f"{'stdin' if path == _STDIN else path.stem}{audio.suffix}"
    claim_target(target, path, options)
    status = "planned" if options.dry_run else "written"
    if options.skip_existing and target.exists():
        status = "skipped"
    if status == "written":
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(target, audio.data)
    row = {"source": str(path), "format": "audio", "path": str(target), "status": status, "notes": []}
    output.row(row, f"{status}\t{target}")
    return None if status == "planned" else target


def _names_in_order(text: str | None) -> list[str | None]:
    """Split a list of names; an empty one is None."""
    return [name.strip() or None for name in text.split(",")] if text else []


def _problem_with(options: argparse.Namespace, formats: list[Format]) -> str | None:
    """Return how the options contradict each other, None if they do not."""
    if not formats:
        return "--to names no format; expected some of srt,vtt,textgrid,… (`clipaudio formats` lists them)"
    if options.audio == [_FROM_SOURCE]:
        options.audio = [_FROM_SOURCE] * len(options.callbacks)
    each = (("--audio", options.audio), ("--text", options.text), ("--translation", options.translation))
    for flag, given in each:
        if given is not None and len(given) != len(options.callbacks):
            return f"{flag} is given {len(given)} times for {len(options.callbacks)} files; give one for each"
    apart = (
        (options.translation, (options.bilingual, options.translation_language), _WITH_TRANSLATION),
        (options.join, (options.gap, options.speakers, options.titles), _WITH_JOIN),
    )
    for flag, others, problem in apart:
        if not flag and any(others):
            return problem
    return problem_with_names(options, formats)
