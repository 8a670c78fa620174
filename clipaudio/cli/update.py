"""`clipaudio update`: make the service speak a clip again and post it to a callback uri."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from clipaudio.cli.arguments import add_json, number, set_command, whole
from clipaudio.cli.output import Output
from clipaudio.cli.pipes import open_stdin

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `update` to *parser*."""
    parser.description = (
        "Update a clip. The API key is read from RESEMBLE_API_KEY. The answer holds no audio:"
        " the service posts the finished clip to the callback uri, or --wait polls until it is ready and downloads it."
        " --from and --script speak many texts, and resume where they were interrupted."
    )
    parser.add_argument("project", metavar="PROJECT", help="id of the project")
    parser.add_argument("clip", metavar="CLIP", nargs="?", help="id of the clip; none with --from and --script")
    parser.add_argument("--body", metavar="TEXT", help="text or SSML to speak; - reads it from standard input")
    parser.add_argument("--voice", metavar="VOICE_UUID", dest="voice_uuid", help="the voice that speaks")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--callback-uri", metavar="URL", help="where the finished clip is posted")
    where.add_argument("--inbox", type=Path, metavar="FILE", help="make the uri for the inbox of a `clipaudio listen`")
    where.add_argument("--wait", action="store_true", help="poll until the clip is ready, where nothing can be posted")
    where.add_argument(
        "--from",
        dest="table",
        type=Path,
        metavar="LINES.csv",
        help="speak each line: columns body, clip (none creates one), name, title, voice",
    )
    where.add_argument(
        "--script",
        type=Path,
        metavar="LONG.txt",
        help="split a long text at sentence ends below the limit of the service, speak the pieces in new clips, and"
        " join them: LONG.wav, LONG.json and the pieces in LONG.parts",
    )
    _add_waiting(parser)
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


def _add_waiting(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of --wait, --from and --script."""
    group = parser.add_argument_group("waiting for clips")
    group.add_argument("--out", type=Path, metavar="DIR|NAME", help="folder of the clips; of a script the joined clip")
    group.add_argument("--jobs", type=whole(1, 64), default=4, metavar="N", help="texts at once (4), 40 calls a second")
    seconds = number(0.01, 86_400, "seconds above 0")
    group.add_argument(
        "--timeout", type=seconds, default=300.0, metavar="SECONDS", help="longest wait for a clip (300)"
    )
    group.add_argument("--poll", type=seconds, default=2.0, metavar="SECONDS", help="between two questions (2)")
    gap = number(0, 3600, "seconds from 0 to 3600")
    group.add_argument("--gap", type=gap, default=0.0, metavar="SECONDS", help="silence between pieces of a script (0)")
    group.add_argument("--language", metavar="CODE", help="language of a script (default: found), for sentence ends")
    group.add_argument(
        "--allow-private", action="store_true", help="let a url lead to this machine or a private network"
    )


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
    is_many = options.table is not None or options.script is not None
    if is_many == (options.clip is not None):
        told = (
            "--from and --script name no CLIP; leave it out" if is_many else "CLIP is missing; name the clip to update"
        )
        return output.usage(told)
    if options.script is not None and fields["body"] is not None:
        return output.usage("--body and --script are both the text; give one")
    if is_many or options.wait:
        return _speak(options, fields, output, base_url, environ)
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


def _speak(
    options: argparse.Namespace,
    fields: dict[str, Any],
    output: Output,
    base_url: str,
    environ: Mapping[str, str] | None,
) -> int:
    """Speak one text or many and fetch their clips, or print what would be asked for."""
    from clipaudio.cli.speaking import plan_texts, speak
    from clipaudio.resemble.clip_update import ClipUpdate

    texts = plan_texts(options, fields)
    for text in texts:
        for doubt in ClipUpdate.of(text.fields).doubts():
            output.message(f"warning: {text.name}: {output.in_flags(doubt)}")
    if not options.dry_run:
        return speak(options, texts, output, base_url=base_url, environ=environ)
    for text in texts:
        size = len(text.fields.get("body") or "")
        row = {"name": text.name, "clip": text.clip, "status": "planned", "fields": text.fields}
        output.row(row, f"planned\t{text.clip or 'new clip'}\t{text.name}\t{size} characters")
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
