"""Write a clip in the formats of `--to`, for every command that exports, and print each file."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from clipaudio.cli.arguments import export_options, names
from clipaudio.files import write_bytes

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from clipaudio.cli.output import Output
    from clipaudio.clip import Clip
    from clipaudio.export import Format

__all__ = ["find_formats", "report_failure", "write_format"]


def find_formats(options: argparse.Namespace) -> list[Format]:
    """Return the formats of `--to`, after a check of what they and the options of exports need.

    Raises
    ------
    ExportError, LexiconError, MissingExtraError
        As for `clipaudio.export.Options.check` and `Format.check`, or there is no such format.
    """
    from clipaudio.export import Options, find_format

    formats = [find_format(name) for name in _wanted(options.to)]
    Options(**export_options(options)).check()
    for found in formats:
        found.check()
    return formats


def _wanted(text: str) -> list[str]:
    """Return the names of formats; "all" stands for each that needs the times alone."""
    from clipaudio.export import FORMATS

    plain = [row.name for row in FORMATS if row.is_plain]
    return [one for name in names(text) for one in (plain if name == "all" else [name])]


def write_format(
    clip: Clip,
    source: str,
    target: Path,
    found: Format,
    options: argparse.Namespace,
    output: Output,
    known_note: str | None,
) -> None:
    """Write one file, unless it is to be kept or only planned, and print it."""
    from clipaudio.export import Options
    from clipaudio.export.captions import note_on_undecided_language

    status, notes = _write(clip, target, found, options)
    has_phones = found.has_phones(Options(**export_options(options)))
    of_clip = _notes_on_phones(clip, options) if notes and has_phones else ()
    is_open = options.language is None and found.has_cues and status != "skipped"
    note_on_language = note_on_undecided_language(clip.export_context()) if is_open else None
    told = [*([] if note_on_language is None else [note_on_language]), *notes]
    row = {"source": source, "format": found.name, "path": str(target), "status": status, "notes": told}
    output.row(row, f"{status}\t{target}")
    for note in notes:
        if not output.is_json and note in of_clip:
            output.note_once(f"{source}: {note}")
        elif not output.is_json and note != known_note:
            output.message(f"{target}: {note}")
    if note_on_language is not None and not output.is_json:
        output.note_once(f"{source}: {note_on_language}")


def _notes_on_phones(clip: Clip, options: argparse.Namespace) -> tuple[str, ...]:
    """Return notes that hold for each format with phones, and are printed once."""
    found = clip.export_context(**export_options(options)).with_phones.phones_found
    return () if found is None else found.notes


def _write(clip: Clip, target: Path, found: Format, options: argparse.Namespace) -> tuple[str, tuple[str, ...]]:
    """Return what was done and what had to be changed for it."""
    if options.skip_existing and target.exists():
        return "skipped", ()
    context = clip.export_context(folder=target.parent, **export_options(options))
    pieces = found.iterate(context)
    if options.dry_run:
        deque(pieces, maxlen=0)  # what cannot be written is not planned either
        return "planned", found.notes(context)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(target, pieces)
    return "written", found.notes(context)


def report_failure(output: Output, source: str, error: Exception, *, format_name: str | None = None) -> None:
    """Print why *source* could not be written."""
    from clipaudio.errors import ClipAudioError, ExportError

    if not isinstance(error, ClipAudioError | OSError):
        error = ExportError(f"cannot be exported: {type(error).__name__}: {error}; clipaudio --debug shows where")
    sentence = output.error(error, source)
    row = {"source": source} if format_name is None else {"source": source, "format": format_name}
    output.row({**row, "status": "failed", "error": sentence})
