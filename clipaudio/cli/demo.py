"""`clipaudio demo`: run every step on your own machine, without a key and without a network.

The emulator stands in for the service: the demo creates and updates a clip, receives its callback, downloads its audio,
aligns its times, and writes every kind of output.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from clipaudio.cli.arguments import add_json, set_command, whole
from clipaudio.cli.output import Output

if TYPE_CHECKING:
    import argparse

    from clipaudio.clip import Clip

__all__ = ["add_arguments", "run"]

TEXT = "Hello! Dr. Lee paid $4.50 for a well-known book. Isn't that great?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `demo` to *parser*."""
    parser.description = (
        "Run an emulator of the service on this machine, update a clip, receive its callback, and write"
        " captions, TextGrid, lip-sync and converted audio."
    )
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help="the folder to fill")
    parser.add_argument("--text", default=TEXT, help="the text to speak")
    parser.add_argument("--voice", default="en-us", metavar="LANGUAGE", help="the voice: en-us, de, fr, es, …")
    parser.add_argument(
        "--sample-rate", type=whole(1, 768_000), default=22050, metavar="N", help="rate to ask for (22050)"
    )
    parser.add_argument("--precision", default="PCM_32", help="subtype to ask for (PCM_32)")
    parser.add_argument("--engine", choices=["auto", "espeak", "tone"], default="auto", help="the engine that speaks")
    parser.add_argument(
        "--shape",
        choices=["overlap", "contiguous", "nophon", "milliseconds", "v1"],
        default="overlap",
        help="shape of the times; overlap is that of the legacy voices (default)",
    )
    add_json(parser, "all files")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Run every step and print the files it made."""
    from clipaudio.emulator import running

    output = Output.of(options)
    options.out.mkdir(parents=True, exist_ok=True)
    with running(engine=options.engine, shape=options.shape) as emulator:
        speaker = "tones" if options.engine == "tone" else _name_speaker(emulator.engine)
        output.message(f"emulator at {emulator.base_url}, spoken by {speaker}")
        clip = _one_clip(options, emulator.base_url, output)
    made = _outputs(clip, options.out)
    width = max(len(str(path)) for _, path, _ in made)
    files = {name: str(path) for name, path, _ in made}
    output.row(
        {"engine": emulator.engine, "text": clip.aligned.text, "files": files},
        "\n".join(f"{path!s:<{width}}  {what}" for _, path, what in made),
    )
    return 0


def _name_speaker(engine: str) -> str:
    """Return what speaks with *engine*, and how to get a voice if there is none."""
    if engine == "espeak":
        return "espeak-ng"
    from clipaudio.extras import install_command

    return f"tones, for want of espeak-ng ({install_command('emulator')} to hear speech)"


def _one_clip(options: argparse.Namespace, base_url: str, output: Output) -> Clip:
    """Create and update a clip, wait for its callback, and save callback and audio under plain names."""
    from clipaudio.clip import Clip
    from clipaudio.download import Fetcher
    from clipaudio.files import write_bytes
    from clipaudio.receive.listener import listening
    from clipaudio.receive.receiver import Receiver
    from clipaudio.resemble.client import Client
    from clipaudio.resemble.clip_update import ClipUpdate
    from clipaudio.resemble.payload import decode

    client = Client("demo-key", base_url=base_url)
    with listening(Receiver()) as listener:
        made = client.create_clip(
            "demo",
            title="Draft",
            body="A draft.",
            voice_uuid=options.voice,
            callback_uri=listener.url_for("demo"),
            include_timestamps=False,
        )
        update = ClipUpdate(
            title="Demo",
            body=options.text,
            voice_uuid=options.voice,
            callback_uri=listener.url_for("demo", made.uuid),
            sample_rate=options.sample_rate,
            precision=options.precision,
            output_format="wav",
            include_timestamps=True,
        )
        for doubt in update.doubts():
            output.message(f"warning: {doubt}")
        client.send_update("demo", made.uuid, update)
        callback = listener.wait(made.uuid, timeout=60)
        while not callback.has_timestamps:  # that was the draft
            callback = listener.wait(made.uuid, timeout=60)
        Fetcher(allow_private=True).download(callback.url or "", options.out / "clip.wav")
        document = {**decode(callback.to_json()), "url": "clip.wav"}  # the signed url dies with the emulator
        write_bytes(options.out / "callback.json", json.dumps(document, ensure_ascii=False).encode("utf-8"))
    return Clip(callback, options.out / "clip.wav", language=options.voice.split("-")[0])


def _outputs(clip: Clip, folder: Path) -> list[tuple[str, Path, str]]:
    """Write every kind of output; return its name, path and description."""
    from clipaudio.audio.decode import read_audio
    from clipaudio.export import FORMATS

    original = read_audio(folder / "clip.wav")
    converted = clip.convert(folder / "clip-16k.wav", sample_rate=16_000, subtype="PCM_16")
    repaired = ", ".join(kind for kind in clip.report["graphemes"].kinds if kind != "gap") or "nothing"
    made = [
        ("callback", folder / "callback.json", f"what the service sent; repaired in its times: {repaired}"),
        ("clip", folder / "clip.wav", f"{original.duration:.2f} s, {original.sample_rate} Hz, {original.subtype}"),
        ("clip-16k", folder / "clip-16k.wav", f"{converted.sample_rate} Hz, {converted.subtype}, by soxr"),
    ]
    for row in FORMATS:
        if row.name in {"textgrid-short", "chapters", "ffmetadata"} or not row.is_plain:  # nothing new for one clip
            continue
        made.append((row.name, clip.save(folder / f"clip{row.extension}"), row.title))
    return made
