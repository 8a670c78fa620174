"""Export files that hold the sound: videos with captions in the picture, and books that read along."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, cast

from clipaudio.audio.convert import convert
from clipaudio.captions.formats import ass, ass_style
from clipaudio.captions.style import CaptionStyle
from clipaudio.export.captions import language_of, notes_on_captions, notes_on_languages
from clipaudio.media import drawn_mouth, epub, video

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.export.context import ExportContext
    from clipaudio.export.registry import Format

__all__ = ["iterate_epub", "iterate_mp4", "iterate_mp4_words", "notes_on_media", "require_ffmpeg"]

_FPS: Final = Fraction(30)
_BLOCK: Final = 1 << 20
_MP3_RATES: Final = frozenset({8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000})
_ODD_RATE: Final = 44_100


def require_ffmpeg() -> None:
    """Check that an ffmpeg is there that can draw captions."""
    video.require_ffmpeg()


def notes_on_media(source: ExportContext, row: Format) -> tuple[str, ...]:
    """Return notes on what was changed in text and times, and on a font that this machine lacks."""
    if not row.has_cues:
        return notes_on_languages(source)
    style = source.options.caption_style() or CaptionStyle()
    drawn = video.find_font(style.font)
    missing = () if drawn == style.font else (f"there is no font {style.font} on this machine: {drawn} is drawn",)
    return (*notes_on_captions(source, row), *missing)


def iterate_mp4(source: ExportContext) -> Iterator[bytes]:
    """Yield a video with captions, 30 frames per second by default."""
    return _iterate_video(source, "plain")


def iterate_mp4_words(source: ExportContext) -> Iterator[bytes]:
    """Yield a video with captions in which the spoken word is highlighted."""
    return _iterate_video(source, "highlight")


def iterate_epub(source: ExportContext) -> Iterator[bytes]:
    """Yield a book that reads along; each sentence or passage is a paragraph, each clip a chapter."""
    rate = None if source.sample_rate in _MP3_RATES else _ODD_RATE
    with _sound(source, "sound.mp3", rate) as (sound, duration), tempfile.TemporaryFile() as made:
        epub.write_book(
            cast("BinaryIO", made),  # a wrapper of a file on Windows
            _chapters(source),
            sound=sound,
            duration=duration,
            title=source.id or "clip",
            language=language_of(source),
        )
        made.seek(0)
        while block := made.read(_BLOCK):
            yield block


def _chapters(source: ExportContext) -> list[epub.BookChapter]:
    whole = replace(source, options=replace(source.options, profile="none", style=None, fps=None))
    edges = [part.offset for part in source.clips[1:]]
    chapters = []
    for number, part in enumerate(source.clips):
        first = part.offset if number else float("-inf")
        last = edges[number] if number < len(edges) else float("inf")
        cues = [cue for cue in whole.cues if first <= cue.start < last]
        chapters.append(epub.BookChapter(part.title or f"Clip {number + 1}", cues))
    return chapters


def _iterate_video(source: ExportContext, words: Literal["plain", "highlight"]) -> Iterator[bytes]:
    style = source.options.caption_style() or CaptionStyle()
    backdrop = video.find_backdrop(source.options.background)
    captions = {"captions.ass": ass.dumps(source.cues, words=words, **ass_style.dress(style))}
    if source.options.picture == "mouth":
        captions = {"mouth.ass": _mouth(source, style), **captions}
    with _sound(source, "sound.wav", None) as (sound, duration):
        target = sound.with_name("video.mp4")
        video.make_video(
            sound,
            target,
            captions,
            duration=duration,
            resolution=style.resolution,
            fps=source.options.rate() or _FPS,
            backdrop=backdrop,
            waveform=_wave_place(style) if source.options.picture == "waveform" else None,
        )
        with target.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block


def _wave_place(style: CaptionStyle) -> tuple[int, int]:
    """Return top and height of the waveform, pixels: in the middle, or below captions that stand there."""
    height = style.resolution[1]
    tall = round(height * 0.16)
    centre = 0.82 if style.row == "middle" else 0.45
    return round(height * centre - tall / 2), tall


def _mouth(source: ExportContext, style: CaptionStyle) -> str:
    width, height = style.resolution
    centre = 0.68 if style.row == "top" else 0.2 if style.row == "middle" else 0.4
    return drawn_mouth.draw_mouth(
        source.draw_mouth("rhubarb"),
        resolution=style.resolution,
        centre=(width / 2, height * centre),
        width=min(width, height) * 0.34,
    )


@contextmanager
def _sound(source: ExportContext, name: str, rate: int | None) -> Iterator[tuple[Path, float]]:
    """Yield the sound as a file in a folder of its own, and its seconds."""
    assert source.audio is not None  # `Format.iterate` has checked it
    with tempfile.TemporaryDirectory(prefix="clipaudio-") as folder:
        target = Path(folder, name)
        report = convert(source.audio, target, sample_rate=rate)
        yield target, report.frames / report.sample_rate
