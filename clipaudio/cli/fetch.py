"""`clipaudio fetch`: download the audio of saved callbacks, and copy each callback beside it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clipaudio.cli.arguments import add_json, set_command
from clipaudio.cli.output import Output, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fetch` to *parser*."""
    parser.description = (
        "Download the audio of each callback as DIR/<id>.<wav, mp3, ogg or flac> and copy its JSON"
        " beside it. A clip that fails does not stop the others."
    )
    parser.add_argument("callbacks", metavar="CALLBACK.json", nargs="+", type=Path, help="a saved callback")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder to fill")
    old = parser.add_mutually_exclusive_group()
    old.add_argument("--overwrite", action="store_true", help="replace files that exist")
    old.add_argument("--skip-existing", action="store_true", help="keep clips that exist")
    parser.add_argument(
        "--allow-private", action="store_true", help="let a url lead to this machine or a private network"
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would be fetched, fetch nothing")
    add_json(parser, "a callback")
    set_command(parser, run)


@dataclass(slots=True)
class _Outcome:
    """The result for one callback: fetched, skipped, planned or failed."""

    source: str
    status: str = "failed"
    id: str | None = None
    audio: str | None = None
    json: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    error: str | None = None


def run(options: argparse.Namespace) -> int:
    """Fetch each callback in turn; 0 if all were fetched, 1 if some failed."""
    from clipaudio.batch.globbing import expand
    from clipaudio.errors import ClipAudioError

    output = Output.of(options)
    if not options.dry_run:
        options.out.mkdir(parents=True, exist_ok=True)
    taken: dict[str, str] = {}
    failed = False
    for source in expand(options.callbacks):
        outcome = _Outcome(str(source))
        try:
            _fetch_one(source, outcome, options, taken, output)
        except (ClipAudioError, OSError) as error:
            outcome.error = output.error(error, str(source))
            failed = True
        text = f"{outcome.status}\t{printable(outcome.id)}\t{outcome.audio or ''}".rstrip()
        output.row(asdict(outcome), text if outcome.error is None else None)
    return int(failed)


def _fetch_one(
    source: Path, outcome: _Outcome, options: argparse.Namespace, taken: dict[str, str], output: Output
) -> None:
    """Fetch the clip of one callback and record the result in *outcome*."""
    from clipaudio.download import Fetcher
    from clipaudio.download.local_audio import local_audio
    from clipaudio.download.task import SUFFIXES
    from clipaudio.errors import CallbackError, RequestError
    from clipaudio.file_names import safe_name
    from clipaudio.files import write_bytes
    from clipaudio.resemble.callback import read_callback

    payload = source.read_bytes()
    callback = read_callback(payload)
    outcome.id = callback.id
    if callback.id is None or callback.url is None:
        missing = "id" if callback.id is None else "url"
        issues = f"; its issues: {', '.join(callback.issues)}" if callback.issues else ""
        raise CallbackError(
            f"the callback has no {missing}, so there is nothing to fetch{issues}; update the clip again",
            path=f"$.{missing}",
        )
    name = safe_name(callback.id)
    if name.lower() in taken:  # two ids can be one file where case does not count
        raise RequestError(
            f"the clip {printable(callback.id)} was fetched from {taken[name.lower()]} already; name one of them",
            field="id",
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
    with output:
        progress = _progress(printable(callback.id), output)
        fetcher = Fetcher(allow_private=options.allow_private, add_suffix=True, follow_links=False)
        done = fetcher.download(callback.url, options.out / name, progress=progress)
    for path in present:
        if path != done.path:
            path.unlink()
    outcome.audio, outcome.bytes, outcome.sha256 = str(done.path), done.bytes, done.sha256
    copy = options.out / f"{name}.json"
    if copy.resolve() != source.resolve() or copy.is_symlink():
        write_bytes(copy, payload, is_private=True, follow_links=False)  # it holds the url, and its name is not ours
    outcome.status, outcome.json = "fetched", str(copy)


def _progress(name: str, output: Output) -> Callable[[int, int | None], None]:
    """Return a function that shows how many bytes of *name* have arrived."""

    def show(received: int, expected: int | None) -> None:
        total = f" of {expected / 1e6:.1f}" if expected is not None else ""
        output.status(f"{name}: {received / 1e6:.1f}{total} MB")

    return show
