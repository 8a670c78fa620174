"""`clipaudio demo`: run every step on your own machine, without a key and without a network.

The emulator stands in for the service: the demo creates and updates a clip, receives its callback, downloads its audio,
aligns its times, and writes every kind of output.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.cli.arguments import add_json, set_command, whole
from clipaudio.cli.output import Output

if TYPE_CHECKING:
    import argparse

    from clipaudio.clip import Clip
    from clipaudio.receive.listener import Listener
    from clipaudio.resemble.callback import ClipCallback
    from clipaudio.resemble.client import Client
    from clipaudio.resemble.clip_update import ClipFields

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
    parser.add_argument(
        "--without-times",
        action="store_true",
        help="ask for no times, and find them in the sound with the text, as `clipaudio align` does (extra align)",
    )
    add_json(parser, "all files")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Run every step and print the files it made."""
    from clipaudio.emulator import running

    output = Output.of(options)
    if options.without_times:
        problem = _problem_with(options)
        if problem is not None:
            return output.usage(problem)
    options.out.mkdir(parents=True, exist_ok=True)
    with running(engine=options.engine, shape=options.shape) as emulator:
        speaker = "tones" if options.engine == "tone" else _name_speaker(emulator.engine)
        output.message(f"emulator at {emulator.base_url}, spoken by {speaker}")
        clip = _one_clip(options, emulator.base_url, output)
    came = "with times that were found in the sound" if options.without_times else "what the service sent"
    made = _outputs(clip, options.out, came)
    width = max(len(str(path)) for _, path, _ in made)
    files = {name: str(path) for name, path, _ in made}
    output.row(
        {"engine": emulator.engine, "text": clip.aligned.text, "files": files},
        "\n".join(f"{path!s:<{width}}  {what}" for _, path, what in made),
    )
    return 0


def _problem_with(options: argparse.Namespace) -> Exception | str | None:
    """Return why times cannot be found in the sound, None if they can."""
    from clipaudio.errors import MissingExtraError, SynthesisError
    from clipaudio.synthesis import espeak

    if options.engine == "tone":
        return "--without-times needs speech, because no words are heard in tones; leave --engine tone out"
    try:
        espeak.check(extra="align")
    except (MissingExtraError, SynthesisError) as error:
        return error
    return None


def _name_speaker(engine: str) -> str:
    """Return what speaks with *engine*, and how to get a voice if there is none."""
    if engine == "espeak":
        return "espeak-ng"
    from clipaudio.extras import install_command

    return f"tones, for want of espeak-ng ({install_command('emulator')} to hear speech)"


def _one_clip(options: argparse.Namespace, base_url: str, output: Output) -> Clip:
    """Ask for a clip, wait for its callback, and save callback and audio under plain names."""
    from clipaudio.clip import Clip, open_clip
    from clipaudio.download import Fetcher
    from clipaudio.files import write_bytes
    from clipaudio.receive.listener import listening
    from clipaudio.receive.receiver import Receiver
    from clipaudio.resemble.client import Client
    from clipaudio.resemble.payload import decode

    client = Client("demo-key", base_url=base_url)
    language = options.voice.split("-")[0]
    with listening(Receiver()) as listener:
        if options.without_times:
            callback = _create(options, client, listener)
        else:
            callback = _create_and_update(options, client, listener, output)
        Fetcher(allow_private=True).download(callback.url or "", options.out / "clip.wav")
    document = _align(options, callback.id or "demo", language) if options.without_times else decode(callback.to_json())
    document["url"] = "clip.wav"  # the signed url dies with the emulator
    write_bytes(options.out / "callback.json", json.dumps(document, ensure_ascii=False).encode("utf-8"))
    if options.without_times:
        return open_clip(options.out / "callback.json", language=language)
    return Clip(callback, options.out / "clip.wav", language=language)


def _align(options: argparse.Namespace, name: str, language: str) -> dict[str, Any]:
    """Return a callback with the times of the text in the sound."""
    from clipaudio.alignment import ENGINES, align_text, to_callback

    times = align_text(options.out / "clip.wav", options.text, language=language)
    return to_callback(times, name=name, engine=ENGINES[0])


def _create(options: argparse.Namespace, client: Client, listener: Listener) -> ClipCallback:
    """Create the clip without times and wait for its callback."""
    fields = _fields(options)
    fields |= {"callback_uri": listener.url_for("demo"), "include_timestamps": False}
    made = client.create_clip("demo", **fields)  # warns of doubts itself
    return listener.wait(made.uuid, timeout=60)


def _create_and_update(options: argparse.Namespace, client: Client, listener: Listener, output: Output) -> ClipCallback:
    """Create a draft, update it, and wait for the callback with times."""
    from clipaudio.resemble.clip_update import ClipUpdate

    made = client.create_clip(
        "demo",
        title="Draft",
        body="A draft.",
        voice_uuid=options.voice,
        callback_uri=listener.url_for("demo"),
        include_timestamps=False,
    )
    fields = _fields(options)
    fields |= {"callback_uri": listener.url_for("demo", made.uuid), "include_timestamps": True}
    update = ClipUpdate.of(fields)
    for doubt in update.doubts():
        output.message(f"warning: {doubt}")
    client.send_update("demo", made.uuid, update)
    callback = listener.wait(made.uuid, timeout=60)
    while not callback.has_timestamps:  # that was the draft
        callback = listener.wait(made.uuid, timeout=60)
    return callback


def _fields(options: argparse.Namespace) -> ClipFields:
    """Return what the clip is asked to be."""
    return {
        "title": "Demo",
        "body": options.text,
        "voice_uuid": options.voice,
        "sample_rate": options.sample_rate,
        "precision": options.precision,
        "output_format": "wav",
    }


def _outputs(clip: Clip, folder: Path, came: str) -> list[tuple[str, Path, str]]:
    """Write every kind of output; return its name, path and description. *came* says how the callback was made."""
    from clipaudio.audio.decode import read_audio
    from clipaudio.export import FORMATS

    original = read_audio(folder / "clip.wav")
    converted = clip.convert(folder / "clip-16k.wav", sample_rate=16_000, subtype="PCM_16")
    repaired = ", ".join(kind for kind in clip.report["graphemes"].kinds if kind != "gap") or "nothing"
    made = [
        ("callback", folder / "callback.json", f"{came}; repaired in its times: {repaired}"),
        ("clip", folder / "clip.wav", f"{original.duration:.2f} s, {original.sample_rate} Hz, {original.subtype}"),
        ("clip-16k", folder / "clip-16k.wav", f"{converted.sample_rate} Hz, {converted.subtype}, by soxr"),
    ]
    for row in FORMATS:
        if row.name in {"textgrid-short", "chapters", "ffmetadata"} or not row.is_plain:  # nothing new for one clip
            continue
        made.append((row.name, clip.save(folder / f"clip{row.extension}"), row.title))
    return made
