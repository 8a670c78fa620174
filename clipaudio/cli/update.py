"""`clipaudio update`: make the service speak a clip again and post it to a callback uri."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from clipaudio.cli.arguments import add_json, set_command, whole
from clipaudio.cli.output import Output
from clipaudio.cli.pipes import open_stdin

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `update` to *parser*."""
    parser.description = (
        "Update a clip. The API key is read from RESEMBLE_API_KEY. The answer holds no audio:"
        " the service posts the finished clip to the callback uri."
    )
    parser.add_argument("project", metavar="PROJECT", help="id of the project")
    parser.add_argument("clip", metavar="CLIP", help="id of the clip")
    parser.add_argument("--body", metavar="TEXT", help="text or SSML to speak; - reads it from standard input")
    parser.add_argument("--voice", metavar="VOICE_UUID", dest="voice_uuid", help="the voice that speaks")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--callback-uri", metavar="URL", help="where the finished clip is posted")
    where.add_argument("--inbox", type=Path, metavar="FILE", help="make the uri for the inbox of a `clipaudio listen`")
    parser.add_argument("--public-url", metavar="URL", help="your https address that leads to that `clipaudio listen`")
    parser.add_argument("--title", help="the clip's name, 256 characters at most")
    parser.add_argument("--precision", help="PCM_32, PCM_24, PCM_16 or MULAW")
    parser.add_argument("--sample-rate", type=whole(1, 768_000), metavar="HERTZ", help="8000 to 48000")
    parser.add_argument("--output-format", metavar="FORMAT", help="wav, mp3, ogg or flac")
    parser.add_argument("--no-timestamps", dest="include_timestamps", action="store_false", help="do not ask for times")
    parser.add_argument("--archived", dest="is_archived", action=argparse.BooleanOptionalAction, help="archive flag")
    parser.add_argument("--public", dest="is_public", action=argparse.BooleanOptionalAction, help="public flag")
    parser.add_argument("--method", choices=("PUT", "PATCH"), default="PUT", help="default: PUT")
    parser.add_argument("--base-url", metavar="URL", help="another address of the service, such as an emulator's")
    parser.add_argument("--dry-run", action="store_true", help="print the request instead of sending it")
    add_json(parser, "the clip, or the request of a dry run")
    set_command(parser, run)


def run(options: argparse.Namespace, *, environ: Mapping[str, str] | None = None, stdin: TextIO | None = None) -> int:
    """Send the update, or print it; return the exit code. *environ* and *stdin* are the process's own if None."""
    from clipaudio.resemble.client import BASE_URL, Client, checked_base_url, clip_request
    from clipaudio.resemble.clip_update import ClipUpdate

    output = Output.of(options)
    if (options.inbox is None) != (options.public_url is None):
        return output.usage("--inbox and --public-url go together; give both, or --callback-uri")
    fields: dict[str, Any] = {name: getattr(options, name) for name in _FIELDS}
    if options.inbox is not None:
        fields["callback_uri"] = _expect_callback(options)
    if fields["body"] == "-":
        fields["body"] = stdin.read() if stdin is not None else open_stdin().read().decode("utf-8", "surrogateescape")
    base_url = checked_base_url(options.base_url or BASE_URL)
    update = ClipUpdate.of(fields)
    for doubt in update.doubts():
        output.message(f"warning: {output.in_flags(doubt)}")
    request = clip_request(base_url, options.project, options.clip, update, method=options.method)
    if options.dry_run:
        _print_request(request.method, request.url, update.payload(), output)
        return 0
    client = Client(base_url=base_url, environ=environ)
    item = client.send_update(options.project, options.clip, update, method=options.method)
    moment = item.updated_at.isoformat() if item.updated_at is not None else ""
    output.row(json.loads(item.raw) if options.json else {}, f"{item.uuid}\taccepted\t{moment}".rstrip())
    return 0


_FIELDS = (
    "body",
    "voice_uuid",
    "callback_uri",
    "title",
    "precision",
    "sample_rate",
    "output_format",
    "include_timestamps",
    "is_archived",
    "is_public",
)


def _expect_callback(options: argparse.Namespace) -> str:
    """Register the callback in the inbox and return its uri."""
    from clipaudio.receive.inbox import Inbox
    from clipaudio.receive.receiver import Receiver

    if options.dry_run:
        return f"{options.public_url.rstrip('/')}/callbacks/…"
    inbox = Inbox(options.inbox)
    path = Receiver(inbox=inbox).expect(options.project, options.clip)
    inbox.close()
    return f"{options.public_url.rstrip('/')}{path}"


def _print_request(method: str, url: str, payload: dict[str, object], output: Output) -> None:
    """Print the request as it would be sent, without the key."""
    headers = {"Authorization": "Bearer …", "Content-Type": "application/json", "Accept": "application/json"}
    lines = [f"{method} {url}", *(f"{name}: {value}" for name, value in headers.items())]
    lines += ["", json.dumps(payload, ensure_ascii=False, indent=2)]
    output.row({"method": method, "url": url, "headers": headers, "body": payload}, "\n".join(lines))
