"""`clipaudio measure`: print the length, levels and loudness of audio files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clipaudio.cli.arguments import add_json, number, set_command
from clipaudio.cli.audio_inputs import find_audio
from clipaudio.cli.output import Output, explain
from clipaudio.errors import AudioError, ClipAudioError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["add_arguments", "run"]

_CANCELLED: Final = (
    "cancelled: the channels cancel each other when they are mixed to mono, as where one is inverted; invert one, or"
    " use one alone"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `measure` to *parser*."""
    parser.description = (
        "Print the length, sample rate, levels (dB against full scale), clipped samples and silence at both ends of"
        " audio files, and what is wrong with a file."
    )
    parser.add_argument("inputs", nargs="+", metavar="FILE", help="audio file, folder, or quoted pattern of files")
    parser.add_argument("--loudness", action="store_true", help="measure the integrated loudness (LUFS) too")
    parser.add_argument(
        "--silence-db",
        type=number(-200, 0, "dB from -200 to 0"),
        default=-60.0,
        metavar="DB",
        help="what stays below this is silence (-60)",
    )
    parser.add_argument(
        "--max-hours",
        type=number(0, 1e6, "hours above 0"),
        default=3.0,
        metavar="HOURS",
        help="refuse longer audio (3): all of it is held in memory",
    )
    add_json(parser, "a file")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Measure all files; 1 if some failed."""
    output = Output.of(options)
    if options.loudness:
        from clipaudio.extras import import_extra

        import_extra("pyloudnorm", extra="loudness", purpose="measuring loudness")
    files, unseen = find_audio(options.inputs)
    for error in unseen:
        output.row({"path": str(error.filename), "status": "failed", "error": output.error(error)})
    if not files and not unseen:
        return output.usage(f"no audio files in {', '.join(options.inputs)}; check the path")
    failed = len(unseen)
    with output:
        for done, (path, _) in enumerate(files):
            if len(files) > 1:
                output.status(f"{done} of {len(files)}")
            row = _measure(path, options)
            failed += row["status"] == "failed"
            if row["status"] == "failed":
                output.message(row["error"] if row["error"].startswith(str(path)) else f"{path}: {row['error']}")
            for issue in row.get("issues", ()):
                output.message(f"{path}: {issue}")
            output.row(row, _line(row))
    return int(failed > 0)


def _measure(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the row of one file."""
    from clipaudio.audio.decode import read_audio
    from clipaudio.audio.measure import measure
    from clipaudio.audio.reader import open_audio

    row: dict[str, Any] = {"path": str(path), "status": "done"}
    try:
        with open_audio(path, max_hours=options.max_hours) as opened:
            hours = opened.frames / opened.sample_rate / 3600
        if hours > options.max_hours:
            raise AudioError(f"{hours:.1f} hours long; allow more with --max-hours", kind="too_long")
        audio = read_audio(path, max_hours=options.max_hours)
        levels = measure(
            audio.samples, audio.sample_rate, silence_db=options.silence_db, with_loudness=options.loudness
        )
    except (ClipAudioError, OSError) as error:
        return row | {"status": "failed", "error": explain(error)}
    issues = [str(issue) for issue in audio.issues]
    if levels.are_channels_cancelled:
        issues.append(_CANCELLED)
    return row | {
        "duration": audio.duration,
        "sample_rate": audio.sample_rate,
        "channels": audio.channels,
        "subtype": audio.subtype,
        **levels.as_row(),
        "issues": issues,
    }


def _line(row: Mapping[str, Any]) -> str | None:
    """Return a row as text; None for a failed one."""
    if row["status"] == "failed":
        return None
    parts = [
        f"{row['duration']:.3f} s",
        f"{row['sample_rate']} Hz",
        f"{row['channels']} ch",
        row["subtype"],
        f"peak {_decibels(row['peak_db'])}",
        f"true peak {_decibels(row['true_peak_db'])}",
        f"rms {_decibels(row['rms_db'])}",
        f"clipped {row['clipped']}",
        f"silence {row['leading_silence']:.3f} + {row['trailing_silence']:.3f} s",
    ]
    if row["loudness_lufs"] is not None:
        parts.append(f"{row['loudness_lufs']:.1f} LUFS")
    return f"{row['path']}\t{', '.join(parts)}"


def _decibels(value: float | None) -> str:
    return "-inf dB" if value is None else f"{value:.1f} dB"
