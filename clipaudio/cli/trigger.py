"""`clipaudio trigger`: send a callback, valid or broken, to your own handler and show what it answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clipaudio.cli.arguments import add_json, set_command
from clipaudio.cli.output import Output, printable

if TYPE_CHECKING:
    import argparse

__all__ = ["FAULTS", "add_arguments", "make_body", "run"]

_JSON: Final = "application/json"
FAULTS: Final = {
    "none": "a valid callback",
    "html": "a page of HTML instead",
    "half": "the first half of the JSON",
    "deep": "arrays 100 000 deep",
    "nan": "a time that is NaN",
    "unequal": "fewer times than letters",
    "other": "the id of another clip",
    "nourl": "no url, as after a failed synthesis",
    "notimes": "no audio_timestamps",
    "form": "the fields of a form instead of JSON",
    "large": "40 MB of letters",
    "twice": "the same callback two times",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trigger` to *parser*."""
    parser.description = (
        "Post a callback to URL, the callback uri of your handler on this machine or in your network, and"
        " show the status it answers. Exit code 0 if it was accepted (2xx), 1 if it was refused."
    )
    parser.epilog = "Faults: " + "; ".join(f"{name}: {what}" for name, what in FAULTS.items()) + "."
    parser.add_argument("url", metavar="URL", help="where to post, as `clipaudio listen --expect` prints it")
    parser.add_argument("--file", type=Path, metavar="CALLBACK.json", help="a saved callback (default: a small one)")
    parser.add_argument("--clip", metavar="ID", default="cecad6f9", help="id of the clip (cecad6f9)")
    parser.add_argument(
        "--audio-url", metavar="URL", default="https://example.com/clip.wav", help="url in the callback"
    )
    parser.add_argument("--fault", choices=list(FAULTS), default="none", help="what is wrong with the callback (none)")
    add_json(parser, "a request")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Post the callback and print the answer."""
    from clipaudio.http.client import Policy, Request, shared_transport
    from clipaudio.resemble.payload import decode

    output = Output.of(options)
    if options.file is not None:
        payload = decode(options.file.read_bytes())
    else:
        stamps = {"graph_chars": ["H", "i", "."], "graph_times": [[0.05, 0.15], [0.15, 0.4], [0.4, 0.45]]}
        payload = {"id": options.clip, "url": options.audio_url, "audio_timestamps": stamps, "issues": []}
    kind, body = make_body(payload, options.fault)
    transport = shared_transport()
    is_accepted = True
    for _ in range(2 if options.fault == "twice" else 1):
        request = Request(
            method="POST",
            url=options.url,
            headers={"Content-Type": kind},
            body=body,
            policy=Policy(allow_private=True, deadline=30.0),
        )
        with transport.open(request) as answer:
            status, said = answer.status, answer.read().decode("utf-8", "replace")
        is_accepted &= 200 <= status < 300
        output.row({"status": status, "body": said[:300]}, f"{status}\t{printable(said[:300])}")
    return int(not is_accepted)


def make_body(payload: dict[str, Any], fault: str) -> tuple[str, bytes]:
    """Return the content type and the body of *payload* with a *fault*.

    >>> make_body({"id": "a", "url": "b"}, "nourl")
    ('application/json', b'{"id": "a", "url": null}')
    """
    stamps = dict(payload.get("audio_timestamps") or {})
    times = list(stamps.get("graph_times") or [])
    whole = json.dumps(payload).encode()
    changed: dict[str, dict[str, Any]] = {
        "nan": {"audio_timestamps": {**stamps, "graph_times": [[float("nan"), 0.1], *times[1:]]}},
        "unequal": {"audio_timestamps": {**stamps, "graph_times": times[:-1]}},
        "other": {"id": f"{payload.get('id')}-other"},
        "nourl": {"url": None},
        "notimes": {"audio_timestamps": None},
        "large": {"audio_timestamps": {**stamps, "graph_chars": ["x" * 1000] * 40_000}} if fault == "large" else {},
    }
    if fault in changed:
        return _JSON, json.dumps({**payload, **changed[fault]}).encode()
    if fault == "form":
        from urllib.parse import urlencode

        fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in payload.items()}
        return "application/x-www-form-urlencoded", urlencode(fields).encode()
    bodies = {
        "html": ("text/html", b"<!doctype html><title>502 Bad Gateway</title>"),
        "half": (_JSON, whole[: len(whole) // 2]),
        "deep": (_JSON, b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    }
    return bodies.get(fault, (_JSON, whole))
