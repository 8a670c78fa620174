"""Make a video (.mp4) of a sound with its captions drawn into the picture, through an installed ffmpeg.

ffmpeg draws the captions with libass. All files that it reads by name, besides a video in the background, are copies
under fixed names in a folder of their own, which is its working directory: so no path needs the escapes of its filters.
It opens no other protocol than files, and no format that refers to other files, and has a limited time.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.audio.ffmpeg_probe import last_words
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

__all__ = ["Backdrop", "find_backdrop", "find_font", "make_video", "require_ffmpeg"]

_COLOUR: Final = "#14171c"
_PICTURES: Final = {
    b"\x89PNG\r\n\x1a\n": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"BM": ".bmp",
    b"RIFF": ".webp",
    b"GIF8": ".gif",
}
_VIDEOS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,mxf"
_HEX: Final = re.compile("#[0-9A-Fa-f]{6}")
_SETUP_SECONDS: Final = 120.0
_SECONDS_A_SECOND: Final = 20.0  # of work, at most, for a second of video
_QUICK_SECONDS: Final = 30.0


class Backdrop(NamedTuple):
    """What is behind the captions: a colour, or the path of a picture or a video."""

    kind: str
    value: str


def require_ffmpeg() -> str:
    """Return the path of ffmpeg.

    Raises
    ------
    ExportError
        It is not installed, or was built without libass or an encoder of H.264.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise ExportError("writing mp4 needs the program ffmpeg; install it, or ask for ass or srt")
    lacks = [
        name for what, name in (("filters", "subtitles"), ("encoders", "libx264")) if name not in _list(program, what)
    ]
    if lacks:
        raise ExportError(
            f"writing mp4 needs an ffmpeg with {' and '.join(lacks)}, and {program} has not; install another"
        )
    return program


@functools.cache
def _list(program: str, what: str) -> frozenset[str]:
    """Return the names of the filters or the encoders of ffmpeg."""
    try:
        done = subprocess.run(  # noqa: S603 - a program found by name
            [program, "-v", "error", "-hide_banner", f"-{what}"],
            capture_output=True,
            check=False,
            timeout=_QUICK_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(f"{program} does not answer within {_QUICK_SECONDS:g} s; install another") from error
    rows = [line.split() for line in done.stdout.decode("utf-8", "replace").splitlines()]
    return frozenset(row[1] for row in rows if len(row) > 1)


def find_backdrop(value: str | None) -> Backdrop:
    """Return what a user named as the background: `#rrggbb`, or a file.

    Raises
    ------
    ExportError
        It is no colour, and there is no such file.

    Examples
    --------
    >>> find_backdrop("#336699")
    Backdrop(kind='colour', value='#336699')
    """
    if value is None or _HEX.fullmatch(value):
        return Backdrop("colour", value or _COLOUR)
    path = Path(value)
    if not path.is_file():
        raise ExportError(f"background {value!r} is no colour such as #336699, and no file; check it")
    with path.open("rb") as file:
        head = file.read(8)
    suffix = next((suffix for magic, suffix in _PICTURES.items() if head.startswith(magic)), None)
    return Backdrop("video" if suffix is None else suffix, str(path))


def find_font(name: str) -> str:
    """Return the font that this machine draws for *name*; *name* itself where that cannot be asked."""
    program = shutil.which("fc-match")
    if program is None:
        return name
    try:
        done = subprocess.run(  # noqa: S603 - as above
            [program, "-f", "%{family}", "--", name], capture_output=True, check=False, timeout=_QUICK_SECONDS
        )
    except subprocess.TimeoutExpired:
        return name
    families = done.stdout.decode("utf-8", "replace").split(",")
    return name if name.lower() in [family.strip().lower() for family in families] else families[0].strip() or name


def make_video(
    sound: Path,
    target: Path,
    captions: Mapping[str, str],
    *,
    duration: float,
    resolution: tuple[int, int],
    fps: Fraction,
    backdrop: Backdrop,
    waveform: tuple[int, int] | None = None,
) -> None:
    """Write *sound* with captions in its picture to *target*, an MP4 of H.264 and AAC.

    Parameters
    ----------
    sound
        A WAV file.
    target
        The file to write; a failed run may leave a part of it.
    captions
        ASS files by name, such as "captions.ass", in the order in which they are drawn.
    duration
        Seconds of the sound.
    resolution
        Width and height in pixels, both even.
    fps
        Video frames per second.
    backdrop
        What is behind the captions; a picture or a video fills the frame and is cut at its edges.
    waveform
        Top and height in pixels of a waveform; None shows none.

    Raises
    ------
    ExportError
        ffmpeg is missing, fails, or takes too long; the size is odd, or the sound is empty.
    """
    program = require_ffmpeg()
    width, height = resolution
    if width % 2 or height % 2:
        raise ExportError(f"a video of {width}x{height}; H.264 needs an even width and height")
    if duration <= 0:
        raise ExportError("the sound lasts no time, and a video of it would be empty")
    with tempfile.TemporaryDirectory(prefix="clipaudio-") as name:
        folder = Path(name)
        for file, text in captions.items():
            (folder / file).write_text(text, "utf-8")
        source = _source(backdrop, folder, resolution, fps)
        graph = _graph(backdrop, resolution, fps, list(captions), waveform)
        command = [program, "-v", "error", "-nostdin", "-y", *source]
        command += ["-protocol_whitelist", "file", "-f", "wav", "-i", f"file:{sound.absolute()}"]
        command += ["-filter_complex", graph, "-map", "[picture]", "-map", "1:a:0", "-t", f"{duration:.6f}"]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac"]
        command += ["-b:a", "160k", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
        command += ["-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4", f"file:{target.absolute()}"]
        _run(command, folder, _SETUP_SECONDS + _SECONDS_A_SECOND * duration)


def _source(backdrop: Backdrop, folder: Path, resolution: tuple[int, int], fps: Fraction) -> list[str]:
    """Return the arguments of the first input; a picture is copied under a plain name."""
    width, height = resolution
    if backdrop.kind == "colour":
        colour = f"color=c=0x{backdrop.value[1:]}:s={width}x{height}:r={fps.numerator}/{fps.denominator}"
        return ["-f", "lavfi", "-i", colour]
    if backdrop.kind == "video":
        allowed = ["-protocol_whitelist", "file", "-format_whitelist", _VIDEOS]
        return ["-stream_loop", "-1", *allowed, "-i", f"file:{Path(backdrop.value).absolute()}"]
    picture = f"picture{backdrop.kind}"
    shutil.copyfile(backdrop.value, folder / picture)
    rate = f"{fps.numerator}/{fps.denominator}"
    if backdrop.kind == ".gif":
        return ["-stream_loop", "-1", "-protocol_whitelist", "file", "-f", "gif", "-i", f"file:{picture}"]
    loop = ["-f", "image2", "-pattern_type", "none", "-loop", "1", "-framerate", rate]
    return [*loop, "-protocol_whitelist", "file", "-i", picture]


def _graph(
    backdrop: Backdrop,
    resolution: tuple[int, int],
    fps: Fraction,
    captions: list[str],
    waveform: tuple[int, int] | None,
) -> str:
    """Return the filters: fill the frame, draw the waveform, then each file of captions."""
    width, height = resolution
    rate = f"{fps.numerator}/{fps.denominator}"
    fill = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height},fps={rate}"
    steps = [f"[0:v]{fill if backdrop.kind != 'colour' else 'null'},setsar=1,format=yuv420p[base]"]
    last = "base"
    if waveform is not None:
        top, tall = waveform
        wave = f"showwaves=s={width}x{tall}:mode=cline:rate={rate}:colors=white:scale=sqrt,format=rgba"
        steps.append(f"[1:a]aformat=channel_layouts=mono,{wave},colorchannelmixer=aa=0.55[wave]")
        steps.append(f"[base][wave]overlay=0:{top}:eof_action=repeat[waved]")
        last = "waved"
    drawn = ",".join([f"subtitles=filename={name}" for name in captions]) or "null"
    steps.append(f"[{last}]{drawn},format=yuv420p[picture]")
    return ";".join(steps)


def _run(command: list[str], folder: Path, seconds: float) -> None:
    with tempfile.TemporaryFile() as told:
        try:
            status = subprocess.run(  # noqa: S603 - a program found by name
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                cwd=folder,
                timeout=seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise ExportError(
                f"ffmpeg took longer than {seconds:.0f} s for this video; choose a smaller one"
            ) from error
        if status:
            told.seek(0)
            said = "".join([mark for mark in last_words(told.read(2000)) if mark.isprintable()])
            said = said.replace(str(folder), "…")
            raise ExportError(f"ffmpeg cannot make this video: {said or f'exit code {status}'}; check the background")
