"""``clipaudio fetch``: saved callbacks become audio files, each with its JSON beside it."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["add_parser", "run"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``fetch`` to *commands*."""
    parser = commands.add_parser(
        "fetch",
        help="download the audio of saved callbacks",
        description="Download the audio of each callback as DIR/<id>.<wav, mp3, ogg or flac> and copy its JSON"
        " beside it. A clip that fails does not stop the others.",
    )
    parser.add_argument("callbacks", metavar="CALLBACK.json", nargs="+", type=Path, help="a saved callback")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder to fill")
    old = parser.add_mutually_exclusive_group()
    old.add_argument("--overwrite", action="store_true", help="replace files that are there")
    old.add_argument("--skip-existing", action="store_true", help="pass over clips that are there")
    parser.add_argument(
        "--allow-private", action="store_true", help="let a url lead to this machine or a private network"
    )
    parser.add_argument("--dry-run", action="store_true", help="tell what would be fetched, fetch nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


@dataclass(slots=True)
class _Outcome:
    """What became of one callback: fetched, skipped, planned or failed."""

    source: str
    status: str = "failed"
    id: str | None = None
    audio: str | None = None
    json: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    error: str | None = None


def run(options: argparse.Namespace) -> int:
    """Fetch each callback in turn; give 0 when all are there, 1 when some failed."""
    import json

    from clipaudio.errors import ClipAudioError

    if not options.dry_run:
        options.out.mkdir(parents=True, exist_ok=True)
    taken: dict[str, str] = {}
    outcomes = []
    for source in options.callbacks:
        outcome = _Outcome(str(source))
        try:
            _fetch_one(source, outcome, options, taken)
        except (ClipAudioError, OSError) as error:
            outcome.error = str(error)
            sys.stderr.write(f"clipaudio fetch: {source}: {error}\n")
        outcomes.append(outcome)
        if not options.json and outcome.error is None:
            sys.stdout.write(f"{outcome.status}\t{_one_line(outcome.id)}\t{outcome.audio or ''}".rstrip() + "\n")
    if options.json:
        sys.stdout.write(json.dumps([asdict(one) for one in outcomes], ensure_ascii=False, indent=2) + "\n")
    return 1 if any(one.error is not None for one in outcomes) else 0


def _fetch_one(source: Path, outcome: _Outcome, options: argparse.Namespace, taken: dict[str, str]) -> None:
    """Fetch the clip of one callback and note in *outcome* what became of it."""
    from clipaudio.download import Fetcher
    from clipaudio.download.task import SUFFIXES, local_audio, safe_name
    from clipaudio.errors import CallbackError, RequestError
    from clipaudio.files import write_bytes
    from clipaudio.resemble.callback import read_callback

    payload = source.read_bytes()
    callback = read_callback(payload)
    outcome.id = callback.id
    if callback.id is None or callback.url is None:
        missing = "id" if callback.id is None else "url"
        said = f"; its issues: {', '.join(callback.issues)}" if callback.issues else ""
        raise CallbackError(f"the callback has no {missing}, there is nothing to fetch{said}", path=f"$.{missing}")
    name = safe_name(callback.id)
    if name.lower() in taken:  # two ids can be one file where case does not count
        raise RequestError(
            f"the clip {_one_line(callback.id)} was fetched from {taken[name.lower()]} already", field="id"
        )
    taken[name.lower()] = str(source)
    local = local_audio(callback.url, source.parent)
    present = [path for suffix in SUFFIXES if (path := options.out / f"{name}{suffix}").exists()]
    if local is not None:
        outcome.status, outcome.audio = "skipped", str(local)
        return
    if present and options.skip_existing:
        outcome.status, outcome.audio = "skipped", str(present[0])
        return
    if present and not options.overwrite:
        raise RequestError(f"{present[0]} exists; pass --overwrite or --skip-existing", field="out")
    if options.dry_run:
        outcome.status = "planned"
        return
    with _Progress(_one_line(callback.id), sys.stderr) as progress:
        fetcher = Fetcher(allow_private=options.allow_private, progress=progress, add_suffix=True)
        done = fetcher.download(callback.url, options.out / name)
    for path in present:
        if path != done.path:
            path.unlink()
    outcome.audio, outcome.bytes, outcome.sha256 = str(done.path), done.bytes, done.sha256
    copy = options.out / f"{name}.json"
    if copy.resolve() != source.resolve():
        write_bytes(copy, payload)
    outcome.status, outcome.json = "fetched", str(copy)


def _one_line(name: str | None) -> str:
    """Show an id, which is whatever was posted, so that no terminal obeys it and a row stays a row."""
    return "".join(character if character.isprintable() else "?" for character in name or "")


class _Progress:
    """One line on a terminal that counts bytes and wipes itself; nothing elsewhere."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name = name
        self._stream = stream
        self._is_shown = stream.isatty()

    def __enter__(self) -> Callable[[int, int | None], None]:
        return self._show

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _show(self, received: int, expected: int | None) -> None:
        if self._is_shown:
            share = f" of {expected / 1e6:.1f}" if expected is not None else ""
            self._stream.write(f"\r\x1b[K{self._name}: {received / 1e6:.1f}{share} MB")
            self._stream.flush()
