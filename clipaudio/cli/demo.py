"""`clipaudio demo`: the whole road on your own machine, without a key and without a network.

The emulator plays the service: a clip is created and updated, its callback received, its audio downloaded, its times
aligned, and every kind of output written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from clipaudio.clip import Clip

__all__ = ["add_parser", "run"]

TEXT = "Hello! Dr. Lee paid $4.50 for a well-known book. Isn't that great?"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo` to *commands*."""
    parser = commands.add_parser(
        "demo",
        help="try everything on this machine, without a key",
        description="Play the service on this machine, update a clip, receive its callback, and write captions,"
        " TextGrid, lip-sync and converted audio.",
    )
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help="the folder to fill")
    parser.add_argument("--text", default=TEXT, help="what to say")
    parser.add_argument("--voice", default="en-us", metavar="LANGUAGE", help="who says it: en-us, de, fr, es, …")
    parser.add_argument("--sample-rate", type=int, default=22050, metavar="N", help="rate to ask for (22050)")
    parser.add_argument("--precision", default="PCM_32", help="subtype to ask for (PCM_32)")
    parser.add_argument("--engine", choices=["auto", "espeak", "tone"], default="auto", help="who speaks")
    parser.add_argument(
        "--shape",
        choices=["overlap", "contiguous", "nophon", "milliseconds", "v1"],
        default="overlap",
        help="shape of the times; overlap is that of the legacy voices (default)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Walk the road and print what was made."""
    from clipaudio.emulator import running

    options.out.mkdir(parents=True, exist_ok=True)
    with running(engine=options.engine, shape=options.shape) as emulator:
        speaker = "tones" if options.engine == "tone" else _SPEAKERS[emulator.engine]
        sys.stderr.write(f"emulator at {emulator.base_url}, spoken by {speaker}\n")
        clip = _one_clip(options, emulator.base_url)
    made = _outputs(clip, options.out)
    if options.json:
        facts = {"engine": emulator.engine, "text": clip.aligned.text, "files": {name: str(p) for name, p, _ in made}}
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
        return 0
    width = max(len(str(path)) for _, path, _ in made)
    for _, path, what in made:
        sys.stdout.write(f"{path!s:<{width}}  {what}\n")
    return 0


_SPEAKERS = {
    "espeak": "espeak-ng",
    "tone": 'tones, for want of espeak-ng (pip install "clipaudio[emulator]" to hear speech)',
}


def _one_clip(options: argparse.Namespace, base_url: str) -> Clip:
    """Create and update a clip, wait for its callback, download it, and keep both under plain names."""
    from clipaudio.clip import Clip
    from clipaudio.download import Fetcher
    from clipaudio.files import write_bytes
    from clipaudio.receive.listener import listening
    from clipaudio.receive.receiver import Receiver
    from clipaudio.resemble.client import Client
    from clipaudio.resemble.clip_update import ClipUpdate

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
            sys.stderr.write(f"clipaudio demo: warning: {doubt}\n")
        client.send_update("demo", made.uuid, update)
        callback = listener.wait(made.uuid, timeout=60)
        while not callback.has_timestamps:  # that was the draft
            callback = listener.wait(made.uuid, timeout=60)
        write_bytes(options.out / "callback.json", callback.to_json())
        Fetcher(allow_private=True).download(callback.url or "", options.out / "clip.wav")
    return Clip(callback, options.out / "clip.wav", language=options.voice.split("-")[0])


def _outputs(clip: Clip, folder: Path) -> list[tuple[str, Path, str]]:
    """Write every kind of output; give name, path and what it is."""
    from clipaudio.audio.decode import read_audio
    from clipaudio.export import FORMATS

    original = read_audio(folder / "clip.wav")
    converted = clip.convert(folder / "clip-16k.wav", sample_rate=16_000, subtype="PCM_16")
    mended = ", ".join(kind for kind in clip.report["graphemes"].kinds if kind != "gap") or "nothing"
    made = [
        ("callback", folder / "callback.json", f"what the service sent; mended in its times: {mended}"),
        ("clip", folder / "clip.wav", f"{original.duration:.2f} s, {original.sample_rate} Hz, {original.subtype}"),
        ("clip-16k", folder / "clip-16k.wav", f"{converted.sample_rate} Hz, {converted.subtype}, by soxr"),
    ]
    for row in FORMATS:
        if row.name in {"textgrid-short", "chapters", "ffmetadata"}:  # nothing new for one clip
            continue
        made.append((row.name, clip.save(folder / f"clip{row.extension}"), row.title))
    return made
