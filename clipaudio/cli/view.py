"""`clipaudio view`: make a page of a clip, or of several side by side, and show it in the browser."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from clipaudio.cli.arguments import add_export_options, add_json, export_options, set_command
from clipaudio.cli.output import Output
from clipaudio.text_encoding import read_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clipaudio.clip import Clip
    from clipaudio.export import ExportContext

__all__ = ["add_arguments", "run"]

_GROUPS = frozenset({"captions", "phones", "mouths", "fit"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `view` to *parser*."""
    parser.description = (
        "Make a page with the sound, waveform, tiers, captions, mouth and findings of a clip, and open it in the"
        " browser. Several files stand side by side, to compare clips or versions. The page works without a network."
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a saved callback, or any file of `clipaudio sources`"
    )
    parser.add_argument(
        "--audio",
        type=Path,
        action="append",
        metavar="FILE",
        help="the audio of a file, in their order, one each (default: found beside the file)",
    )
    parser.add_argument(
        "--text",
        type=Path,
        action="append",
        metavar="FILE",
        help="the text as written, put over the timed words; for several files in their order, one each",
    )
    parser.add_argument("--language", metavar="CODE", help="language of the text (default: found)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the page to write, or its folder (default: a temporary folder)"
    )
    parser.add_argument("--no-open", action="store_true", help="write the page, and do not open it")
    add_export_options(parser, groups=_GROUPS)
    add_json(parser, "the page")
    set_command(parser, run)


def run(options: argparse.Namespace, *, open_page: Callable[[str], bool] = webbrowser.open) -> int:
    """Write the page, print its path and show it with *open_page*; 2 if the options contradict each other."""
    from clipaudio.errors import ExportError, LexiconError, MissingExtraError
    from clipaudio.export import Options
    from clipaudio.export.page import dumps_pages, notes_on_page
    from clipaudio.files import write_bytes

    output = Output.of(options)
    for flag, given in (("--audio", options.audio), ("--text", options.text)):
        if given is not None and len(given) != len(options.files):
            return output.usage(f"{flag} is given {len(given)} times for {len(options.files)} files; give one for each")
    try:
        Options(**export_options(options)).check()
    except (ExportError, LexiconError, MissingExtraError) as error:
        return output.usage(error)
    clips = [_open(number, options, output) for number in range(len(options.files))]
    page = _page_path(options)
    sources = [clip.export_context(folder=page.parent, **export_options(options)).with_phones for clip in clips]
    notes = [
        f"{path}: {note}"
        for path, source in zip(options.files, sources, strict=True)
        for note in (*notes_on_page(source), *_notes_on_language(source))
    ]
    names = [path.name for path in options.files]
    titles = names if len(set(names)) == len(names) else list(map(str, options.files))
    page.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(page, dumps_pages(sources, titles).encode("utf-8"))
    output.row({"path": str(page), "sources": list(map(str, options.files)), "notes": notes}, str(page))
    if not options.json:
        for note in notes:
            output.note(note)
    if not options.no_open and not open_page(page.absolute().as_uri()):
        output.message(f"no browser was found; open {page} in one")
    return 0


def _notes_on_language(source: ExportContext) -> list[str]:
    """Return a note if no language was given and neither the source nor the text tells it."""
    from clipaudio.export.captions import note_on_undecided_language

    note = note_on_undecided_language(source)
    return [] if note is None else [note]


def _page_path(options: argparse.Namespace) -> Path:
    """Return the path of the page: as --out names it, else in a new temporary folder."""
    name = f"{'-'.join(path.stem for path in options.files)[:100]}.html"
    out: Path | None = options.out
    if out is None:
        return Path(tempfile.mkdtemp(prefix="clipaudio-view-"), name)
    return out if out.suffix.lower() in {".html", ".htm"} and not out.is_dir() else out / name


def _open(number: int, options: argparse.Namespace, output: Output) -> Clip:
    """Open the file of that *number* and read its times, so that nothing is made for one that has none."""
    from clipaudio.clip import open_clip

    clip = open_clip(
        options.files[number],
        audio=None if options.audio is None else options.audio[number],
        language=options.language,
        text=None if options.text is None else read_text(options.text[number], tell=output.note_once),
    )
    _ = clip.content
    return clip
