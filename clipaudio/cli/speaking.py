"""Steps of `clipaudio update` that wait for clips: one clip, the lines of a table, or the pieces of a long script."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from clipaudio.cli.output import explain
from clipaudio.errors import ClipAudioError, RequestError
from clipaudio.text_encoding import read_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from clipaudio.batch.synthesis import SpokenLine, SpokenText
    from clipaudio.cli.output import Output

__all__ = ["plan_texts", "speak"]

_COLUMNS: Final = ("body", "clip", "name", "title", "voice")
_FIELDS: Final = {"body": "body", "title": "title", "voice": "voice_uuid"}
"""The field of a request for each column."""


def plan_texts(options: argparse.Namespace, fields: Mapping[str, Any]) -> list[SpokenText]:
    """Return what is to be spoken; *fields* are those of every request.

    Raises
    ------
    RequestError
        The table has no body or an unknown column, two lines have one name, or the script cannot be split.
    """
    from clipaudio.batch.synthesis import SpokenText
    from clipaudio.file_names import safe_name

    given = {name: value for name, value in fields.items() if value is not None}
    if options.wait:
        return [SpokenText(name=options.clip, clip=options.clip, fields=given)]
    if options.script is not None:
        from clipaudio.resemble.long_script import split_script
        from clipaudio.timing.language_detection import detect_language

        script = read_text(options.script)
        pieces = split_script(script, language=options.language or detect_language(script) or "en")
        if not pieces:
            raise RequestError("the script has no text; expected plain text", field="script")
        digits = max(len(str(len(pieces))), 3)
        stem = options.title or options.script.stem
        return [
            SpokenText(name=f"{number:0{digits}d}", fields={**given, "body": piece, "title": f"{stem[:200]} {number}"})
            for number, piece in enumerate(pieces, 1)
        ]
    texts = []
    for number, row in enumerate(_read_table(options.table), 1):
        own = {field: row[column] for column, field in _FIELDS.items() if row.get(column)}
        name = row.get("name") or row.get("title") or row.get("clip") or f"{number:03d}"
        texts.append(SpokenText(name=safe_name(name), clip=row.get("clip") or None, fields={**given, **own}))
    seen: dict[str, int] = {}
    for number, text in enumerate(texts, 1):
        if seen.setdefault(text.name, number) != number:
            raise RequestError(f"lines {seen[text.name]} and {number} are both called {text.name}; name one otherwise")
    return texts


def _read_table(path: Path) -> list[dict[str, str]]:
    """Read a CSV with a head of column names; a line without text or clip is refused."""
    with io.StringIO(read_text(path), newline="") as file:
        reader = csv.DictReader(file, restkey="")
        unknown = [name for name in reader.fieldnames or () if name not in _COLUMNS]
        if unknown or "body" not in (reader.fieldnames or ()):
            problem = f"an unknown column {unknown[0]!r}" if unknown else "no column body"
            raise RequestError(f"{path} has {problem}; expected {', '.join(_COLUMNS)} in its first line")
        rows = list(reader)
    for number, row in enumerate(rows, 1):
        if "" in row or not (row.get("body") or row.get("clip")):
            problem = "more fields than the first line" if "" in row else "neither body nor clip"
            raise RequestError(f"{path}: line {number} has {problem}; put text with commas in quotes")
    if not rows:
        raise RequestError(f"{path} has no lines; expected a text to speak in each")
    return rows


def speak(
    options: argparse.Namespace,
    texts: list[SpokenText],
    output: Output,
    *,
    base_url: str,
    environ: Mapping[str, str] | None,
) -> int:
    """Speak *texts*, print a line for each, and join the pieces of a script; 1 if one failed."""
    from clipaudio.batch.synthesis import speak_texts
    from clipaudio.http.address import is_loopback
    from clipaudio.resemble.client import Client

    client = Client(base_url=base_url, environ=environ, timeout=options.timeout)
    folder = _folder(options)
    lines = []
    for line in speak_texts(
        texts,
        client,
        options.project,
        folder,
        threads=options.jobs,
        timeout=options.timeout,
        poll=options.poll,
        allow_private=options.allow_private or is_loopback(urlsplit(base_url).hostname or ""),
    ):
        lines.append(line)
        if line.error is not None:
            output.message(f"{line.name}: {explain(ClipAudioError(line.error), options.flags)}")
        output.row(line.as_row(), f"{line.status}\t{line.clip or ''}\t{line.audio or ''}".rstrip())
        output.status(f"{len(lines)} of {len(texts)}", is_long=True)
    output.clear_status()
    failed = sum(line.status == "failed" for line in lines)
    if failed:
        output.message(f"{failed} of {len(lines)} failed; run the same command again, which asks for these only")
    elif options.script is not None:
        _join(options, lines, output)
    return int(failed > 0)


def _folder(options: argparse.Namespace) -> Path:
    """Return the folder of the clips; that of a script is beside its joined audio."""
    if options.script is None:
        return options.out or Path()
    target: Path = options.out or options.script
    return target.with_suffix(".parts")


def _join(options: argparse.Namespace, lines: list[SpokenLine], output: Output) -> None:
    """Write the pieces of a script as one clip."""
    from clipaudio.clip import join, open_clip
    from clipaudio.clip.saving import dumps_callback
    from clipaudio.files import write_bytes

    out = options.out or options.script
    audio, callback = out.with_suffix(".wav"), out.with_suffix(".json")
    clips = [open_clip(Path(line.callback or ""), audio=line.audio, language=options.language) for line in lines]
    whole = join(clips, gap=options.gap)
    whole.convert(audio)
    has_times = all(clip.callback is None or clip.callback.has_timestamps for clip in clips)
    if has_times:
        write_bytes(callback, dumps_callback(whole, url=audio.name, name=out.stem).encode("utf-8"))
    row = {"name": out.stem, "status": "joined", "audio": str(audio), "callback": str(callback) if has_times else None}
    output.row(row, f"joined\t{len(lines)} clips\t{audio}")
