"""Write a clip in the formats of `--to`, for every command that exports, and print each file."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Self

from clipaudio.cli.arguments import export_options, names
from clipaudio.cli.export_targets import claim_target
from clipaudio.cli.grouped_messages import GroupedMessages
from clipaudio.errors import ClipAudioError
from clipaudio.files import write_bytes

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from clipaudio.cli.output import Output
    from clipaudio.clip import Clip
    from clipaudio.export import Format

__all__ = ["FormatWriter", "find_formats", "report_failure"]


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


class FormatWriter:
    """Write one clip in one format after another; what several have in common is printed once, at the end.

    Parameters
    ----------
    clip, source
        The clip, and the file that it was read from.
    known_note
        A note that was printed before the first clip.
    name
        What messages call the clip, if not *source*.

    Attributes
    ----------
    is_whole
        False if a format could not be written.
    """

    def __init__(
        self,
        clip: Clip,
        source: str,
        options: argparse.Namespace,
        output: Output,
        known_note: str | None = None,
        *,
        name: str | None = None,
    ) -> None:
        self._clip = clip
        self._source = source
        self._options = options
        self._output = output
        self._known_note = known_note
        self._messages = GroupedMessages(output, name or source)
        self.is_whole = True

    def __enter__(self) -> Self:
        self._messages.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._messages.__exit__()

    def write(self, target: Path, found: Format, *, claimant: Path | None = None) -> None:
        """Write one file, unless it is to be kept or only planned, and print it; a failure stops no other format.

        *claimant* is the input that must be the only one written to *target*.
        """
        row: dict[str, object] = {"source": self._source, "format": found.name}
        try:
            if claimant is not None:
                claim_target(target, claimant, self._options)
            has_former = target.exists()
            status, notes = self._write(target, found)
        except (ClipAudioError, OSError) as error:
            self.is_whole = False
            self._output.row({**row, "status": "failed", "error": self._messages.add_error(found.name, error)})
            return
        language = self._note_on_language(found) if status != "skipped" else None
        told = [*([] if language is None else [language]), *notes]
        is_replaced = has_former and status == "written"
        row |= {"path": str(target), "status": status, "replaced": is_replaced, "notes": told}
        self._output.row(row, f"{'replaced' if is_replaced else status}\t{target}")
        if self._output.is_json:
            return
        for note in notes:
            if note != self._known_note:
                self._messages.add(found.name, str(target), note)
        if language is not None:
            self._output.note_once(f"{self._source}: {language}")

    def _note_on_language(self, found: Format) -> str | None:
        from clipaudio.export.captions import note_on_undecided_language

        return note_on_undecided_language(self._clip.export_context()) if found.has_cues else None

    def _write(self, target: Path, found: Format) -> tuple[str, tuple[str, ...]]:
        """Return what was done and what had to be changed for it."""
        if self._options.skip_existing and target.exists():
            return "skipped", ()
        context = self._clip.export_context(folder=target.parent, **export_options(self._options))
        pieces = found.iterate(context)
        if self._options.dry_run:
            deque(pieces, maxlen=0)  # what cannot be written is not planned either
            return "planned", found.notes(context)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(target, pieces)
        return "written", found.notes(context)


def report_failure(output: Output, source: str, error: Exception) -> None:
    """Print why *source* could not be written."""
    from clipaudio.errors import ExportError

    if not isinstance(error, ClipAudioError | OSError):
        error = ExportError(f"cannot be exported: {type(error).__name__}: {error}; clipaudio --debug shows where")
    output.row({"source": source, "status": "failed", "error": output.error(error, source)})
