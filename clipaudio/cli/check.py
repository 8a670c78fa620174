"""`clipaudio check`: check subtitle files against a guideline, and whether it could have been kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clipaudio.cli.arguments import add_json, number, set_command
from clipaudio.cli.output import Output
from clipaudio.text_encoding import read_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.quality import QualityReport
    from clipaudio.errors import CaptionError

__all__ = ["add_arguments", "run"]

_SPEECH = frozenset([".json", ".jsonl", ".ndjson", ".textgrid", ".eaf", ".ctm", ".lrc", ".tsv"])
"""Suffixes of files that hold speech times, and no captions to check as they are."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `check` to *parser*."""
    parser.description = (
        "Check captions against a guideline: a line for each broken rule, then a summary. The captions are those of an"
        " SRT, WebVTT, ASS or TTML file; for any other file of speech times, those that an export would write."
        " Exit code 1 when a rule is broken that could have been kept, or a line has no times that players read."
        " `clipaudio recaption` makes captions anew that keep it."
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="an .srt or .vtt file, or any of `clipaudio sources`"
    )
    parser.add_argument("--profile", default="netflix", metavar="NAME", help="the guideline (default: netflix)")
    parser.add_argument(
        "--language", metavar="CODE", help="language of the text (default: found): limits differ by language"
    )
    parser.add_argument("--fps", metavar="RATE", help="frames a second, as 25, 29.97 or 30000/1001: count in frames")
    parser.add_argument(
        "--duration", type=number(0, 1e9, "seconds above 0"), metavar="SECONDS", help="length of the audio"
    )
    parser.add_argument("--rules", metavar="NAMES", help="check only these, comma-separated: gap,reading-speed,…")
    parser.add_argument("--all", action="store_true", help="exit with 1 for rules that could not be kept, too")
    parser.add_argument(
        "--audio",
        type=Path,
        metavar="WAV",
        help="check the times of the one FILE against this sound: offset, drift, words",
    )
    parser.add_argument(
        "--fix",
        type=Path,
        metavar="OUT",
        help="with --audio: write the captions or times, moved to fit the sound, where the offset or drift is sure;"
        " SRT, WebVTT and ASS keep all but their times",
    )
    add_json(parser, "a file")
    set_command(parser, run)


def run(
    options: argparse.Namespace, *, load: Callable[[Path, list[CaptionError]], tuple[Cue, ...]] | None = None
) -> int:
    """Check every file; 1 if one breaks a rule or cannot be read, 2 if the guideline or a rule is unknown.

    *load* returns the cues of a file, and adds an error for each line that players misread.
    """
    from clipaudio.batch.globbing import expand
    from clipaudio.captions.frame_rate import parse_fps
    from clipaudio.captions.quality import check_cues
    from clipaudio.errors import ClipAudioError, ExportError

    output = Output.of(options)
    options.files = expand(options.files)
    problem = _problem_with(options)
    if problem is not None:
        return output.usage(problem)

    def check(cues: tuple[Cue, ...], language: str) -> QualityReport:
        return check_cues(
            cues,
            options.profile,
            language=language,
            fps=None if options.fps is None else parse_fps(options.fps),
            duration=options.duration,
            rules=None if options.rules is None else options.rules.split(","),
        )

    try:
        check((), options.language or "en")
    except ExportError as error:
        return output.usage(error)
    failed = False
    for path in options.files:
        problems: list[CaptionError] = []
        try:
            cues, named = (load(path, problems), None) if load is not None else _load(path, problems, options, output)
            given = options.language or named
            language, note = (given, None) if given else _find_language(cues)
            report = check(cues, language)
            fit, fit_text, is_unfixed = _check_fit(path, options)
        except (ClipAudioError, OSError) as error:
            failed = True
            sentence = output.error(error, str(path))
            output.row({"source": str(path), "status": "failed", "error": sentence})
            continue
        failed |= is_unfixed or bool(problems or (report.violations if options.all else report.avoidable))
        sentences = [output.error(problem, str(path)) for problem in problems]
        if note is not None and cues:
            output.note(f"{path}: {note}")
        title = f"{path}\n" if len(options.files) > 1 else ""
        notes = [] if note is None else [note]
        row = {"source": str(path), "status": "checked", **report.to_dict(), "problems": sentences, "notes": notes}
        output.row(
            row | fit,
            title + report.to_text(misread=len(problems)).removesuffix("\n") + fit_text,
        )
    return int(failed)


def _problem_with(options: argparse.Namespace) -> str | None:
    """Return how the options contradict each other, None if they do not."""
    if options.audio is not None and len(options.files) > 1:
        return f"--audio is the sound of one file, but there are {len(options.files)}; check one at a time"
    if options.fix is not None and options.audio is None:
        return "--fix needs --audio, because the sound says what to move; give it"
    return None


def _check_fit(path: Path, options: argparse.Namespace) -> tuple[dict[str, object], str, bool]:
    """Return how well a file fits its sound, as values and as lines, and whether it could not be moved to fit.

    Both are empty without `--audio`.
    """
    if options.audio is None:
        return {}, "", False
    from clipaudio.cli.fit import describe_fit, fix_times
    from clipaudio.clip import open_clip

    clip = open_clip(path, audio=options.audio, language=options.language)
    values: dict[str, object] = {"fit": clip.fit.to_dict()}
    text = "\n" + describe_fit(clip.fit).removesuffix("\n")
    if options.fix is None:
        return values, text, False
    done = fix_times(clip, path, options.fix)
    values |= {"fixed": done.written, "fix": done.message}
    return values, f"{text}\n{'' if done.written else 'nothing written: '}{done.message}", done.is_failure


def _find_language(cues: tuple[Cue, ...]) -> tuple[str, str | None]:
    """Return the language of the text of *cues*, and a note that it was found or is unknown."""
    from clipaudio.captions.languages import note_on_found_language
    from clipaudio.timing.language_detection import detect_language

    found = detect_language(" ".join(cue.text for cue in cues))
    return found or "en", note_on_found_language(found)


def _load(
    path: Path, problems: list[CaptionError], options: argparse.Namespace, output: Output
) -> tuple[tuple[Cue, ...], str | None]:
    """Read the cues of a file as they stand, or make those of other speech times; return the language it names, too."""
    from clipaudio.captions.formats import srt, webvtt

    suffix = path.suffix.lower()
    if suffix in _SPEECH:
        return _make_cues(path, options, output)
    kind = "" if suffix in {".srt", ".vtt"} else _find_kind(path)
    if kind not in {"", "srt", "webvtt", "ass", "ttml"}:
        return _make_cues(path, options, output)
    text = read_text(path, tell=output.note_once)
    if kind == "ttml":
        from clipaudio.sources.language_tags import language_tag
        from clipaudio.sources.timed_text import read_timed_text

        file = read_timed_text(text.encode())
        return tuple(file.cues), language_tag(file.language or None)
    if kind == "ass":
        from clipaudio.sources.substation import read_dialogues

        return tuple(read_dialogues(text)), None
    is_webvtt = text.startswith("WEBVTT") or suffix == ".vtt"
    if not is_webvtt:
        return srt.loads(text, problems=problems), None
    from clipaudio.sources.web_captions import webvtt_language

    return webvtt.loads(text, problems=problems), webvtt_language(text)


def _make_cues(path: Path, options: argparse.Namespace, output: Output) -> tuple[tuple[Cue, ...], str | None]:
    from clipaudio.clip import open_clip

    clip = open_clip(path, language=options.language)
    output.note_repairs(clip.report, path)
    is_named = not (clip.aligned.found_language or clip.aligned.assumed_language)
    return clip.cues(profile=options.profile, fps=options.fps), clip.language if is_named else None


def _find_kind(path: Path) -> str:
    """Return the name of the source that reads a file, "" if none does."""
    from clipaudio.errors import SourceError
    from clipaudio.sources.document import decode_document
    from clipaudio.sources.table import find_source

    try:
        return find_source(decode_document(path.read_bytes())).name
    except SourceError:
        return ""
