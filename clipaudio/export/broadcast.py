"""Export captions of broadcast, which have lines of a fixed length and characters of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clipaudio.captions.formats import scc, stl
from clipaudio.export.captions import language_of, notes_on_captions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.formats.scc import SccText
    from clipaudio.captions.formats.stl import StlFile
    from clipaudio.export.context import ExportContext
    from clipaudio.export.registry import Format

__all__ = ["dumps_scc", "iterate_stl", "notes_on_broadcast"]

_LATE: Final = 0.05  # seconds that nobody sees


def dumps_scc(source: ExportContext) -> str:
    """Return Scenarist closed captions."""
    return _scc(_narrow(source, scc.COLUMNS)).text


def iterate_stl(source: ExportContext) -> Iterable[bytes]:
    """Return EBU STL."""
    return (_stl(_narrow(source, stl.COLUMNS)).data,)


def notes_on_broadcast(source: ExportContext, row: Format) -> tuple[str, ...]:
    """Return notes on what was changed so that the format can hold the captions."""
    columns = {"scc": scc.COLUMNS, "stl": stl.COLUMNS}[row.name]
    narrow = _narrow(source, columns)
    notes = list(notes_on_captions(narrow, row))
    if narrow is not source:
        notes.insert(0, f"{row.name} has lines of {columns} columns at most")
    if row.name == "scc":
        made = _scc(narrow)
        replaced = made.replaced
        if made.latest > _LATE:
            notes.append(f"captions need time to load: the latest is shown {made.latest:.2f} s late")
    else:
        replaced = _stl(narrow).replaced
    if replaced:
        notes.append(f"{row.name} lacks characters, which were replaced: {' '.join(replaced[:20])}")
    return tuple(notes)


def _narrow(source: ExportContext, columns: int) -> ExportContext:
    """Return *source* with lines of *columns* at most; *source* itself if it has no longer ones."""
    limits = [source.options.limits().for_language(part.aligned.language) for part in source.clips]
    if all(one.max_chars is not None and one.max_chars <= columns for one in limits):
        return source
    return replace(source, options=replace(source.options, max_chars=columns))


def _scc(source: ExportContext) -> SccText:
    return scc.encode(source.cues, speakers=True)


def _stl(source: ExportContext) -> StlFile:
    return stl.encode(source.cues, language=language_of(source), title=source.id or "", speakers=True)
