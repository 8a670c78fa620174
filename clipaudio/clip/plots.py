"""Draw a clip with matplotlib: its levels over the waveform, what the mouth does, and what repair changed.

Every function draws into one `Axes`, and returns it, so that plots can be combined and styled as any other.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, Unpack

import numpy as np

from clipaudio.errors import ExportError, TimestampsMissingError
from clipaudio.extras import import_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from clipaudio.clip.clip import Clip
    from clipaudio.export.options import ExportOptions
    from clipaudio.timing.timeline import Entry, Times

    Box: TypeAlias = tuple[str, float, float]

__all__ = ["PLOT_LEVELS", "draw_png", "plot_levels", "plot_mouth", "plot_repair"]

PLOT_LEVELS: Final = ("cues", "sentences", "words", "syllables", "phones", "graphemes")
"""What `plot_levels` can draw."""

_ACCENT: Final = "#2a7de1"
_SHADES: Final = ("#dbe9fb", "#eaf1fb")  # of neighbours
_CHANGED: Final = "#f4c7a1"
_CURVES: Final = {"jaw": "#c0392b", "lips": _ACCENT, "rounding": "#7d5ba6"}
_COLUMNS: Final = 2000
"""Columns of a waveform; a figure has fewer pixels."""
_LETTER: Final = 0.0056
"""Width of a letter as a share of the width of a figure."""
_VISIBLE: Final = 0.0005
"""Seconds by which a time must have changed to be shown so."""
_UNITS: Final = {"s": 1.0, "ms": 1e-3}


class _Lane(NamedTuple):
    """A row of labelled boxes."""

    name: str
    boxes: Sequence[Box]
    changed: NDArray[np.bool_] | None = None


def plot_levels(
    clip: Clip, levels: Sequence[str] = ("words", "phones"), *, ax: Axes | None = None, **options: Unpack[ExportOptions]
) -> Axes:
    """Draw *levels* of *clip*; see `clipaudio.Clip.plot`."""
    unknown = [level for level in levels if level not in PLOT_LEVELS]
    if unknown:
        raise ExportError(f"no level {unknown[0]!r}; expected one of {', '.join(PLOT_LEVELS)}")
    lanes = [_Lane(level, _boxes(clip, level, options)) for level in levels]
    axes = _new_axes(len(lanes) + 2 * (clip.audio is not None)) if ax is None else ax
    top = _draw_lanes(axes, lanes, clip.duration)
    if clip.audio is not None:
        _draw_wave(axes, clip, top)
    axes.set_xlim(0, clip.duration)
    axes.set_xlabel("seconds")
    return axes


def plot_mouth(clip: Clip, *, viseme_set: str = "oculus", ax: Axes | None = None) -> Axes:
    """Draw the visemes and mouth curves of *clip*; see `clipaudio.Clip.plot_mouth`."""
    from clipaudio.lipsync.curves import make_curves  # noqa: PLC0415 - mouths load on use
    from clipaudio.lipsync.visemes import SETS, to_timeline  # noqa: PLC0415 - as above

    if viseme_set not in SETS:
        raise ExportError(f"no viseme set {viseme_set!r}; expected one of {', '.join(SETS)}")
    track = clip.export_context().mouth
    curves = make_curves(track, fps=100, names="mouth")
    axes = _new_axes(4) if ax is None else ax
    rows = [(entry.label, entry.start, entry.end) for entry in to_timeline(track, viseme_set)]
    top = _draw_lanes(axes, [_Lane("visemes", rows)], clip.duration)
    for column, (name, color) in enumerate(_CURVES.items()):
        axes.plot(curves.times, top + 2 * curves.weights[:, column], color=color, lw=1.2, label=name)
    axes.set(ylim=(0, top + 2.05), xlim=(0, clip.duration), xlabel="seconds")
    axes.legend(loc="upper right", ncols=len(_CURVES), frameon=False, fontsize=7)
    return axes


def plot_repair(clip: Clip, level: str = "graphemes", *, ax: Axes | None = None) -> Axes:
    """Draw the times of *level* as they were given and as they were repaired; see `clipaudio.Clip.plot_repair`."""
    given = getattr(clip.speech_times, level, None) if level in {"graphemes", "phones"} else None
    if given is None or not len(given):
        what = "expected graphemes or phones" if level not in {"graphemes", "phones"} else "the source gave none"
        raise TimestampsMissingError(f"no times of {level} to compare: {what}")
    repaired = getattr(clip.aligned, level)
    unit = clip.report[level].unit
    scale = _UNITS.get(unit) or 1 / (clip.measure()[1] or 1.0)
    before = np.asarray(given.times, float) * scale
    is_same = repaired.times.shape == before.shape
    changed: NDArray[np.bool_] | None = None
    if is_same:
        changed = (np.abs(before - repaired.times) > _VISIBLE).any(axis=1)
    axes = _new_axes(2) if ax is None else ax
    after = [(entry.label, entry.start, entry.end) for entry in repaired]
    sent = list(zip(given.labels, *_drawable(before).T.tolist(), strict=True))
    _draw_lanes(axes, [_Lane("as given", sent, changed), _Lane("repaired", after, changed)], clip.duration)
    axes.set_xlim(0, clip.duration)
    kinds = ", ".join(f"{finding.kind} ({len(finding.rows)})" for finding in clip.report[level].findings)
    axes.set_title(kinds or "tidy: nothing was changed", fontsize=9, loc="left")
    axes.set_xlabel("seconds")
    return axes


def _boxes(clip: Clip, level: str, options: ExportOptions) -> list[Box]:
    if level == "cues":
        return [(cue.text, cue.start, cue.end) for cue in clip.cues(**options)]
    levels = clip.aligned
    if level in {"phones", "syllables"}:
        levels = clip.export_context(**options).with_phones.aligned
    entries: Sequence[Entry] = getattr(levels, "sounds" if level == "phones" else level)
    return [(entry.label, entry.start, entry.end) for entry in entries]


def _drawable(times: Times) -> Times:
    """Return *times* with 0 where one is missing or infinite; such an interval has no box."""
    return np.where(np.isfinite(times).all(axis=1, keepdims=True), times, 0.0)


def _new_axes(height: float) -> Axes:
    """Return the axes of a new figure; pyplot shows it in a notebook."""
    pyplot: Any = import_extra("matplotlib.pyplot", extra="plot", purpose="a plot")
    axes: Axes = pyplot.subplots(figsize=(11, 0.7 + 0.6 * height), layout="constrained")[1]
    return axes


def _draw_lanes(axes: Axes, lanes: Sequence[_Lane], duration: float) -> float:
    """Draw *lanes*, the first one at the top, with the labels that fit; return the height of all."""
    for row, lane in enumerate(reversed(lanes)):
        colors = [_SHADES[place % 2] for place in range(len(lane.boxes))]
        if lane.changed is not None:
            colors = [_CHANGED if is_new else shade for is_new, shade in zip(lane.changed, colors, strict=True)]
        spans = [(start, end - start) for _, start, end in lane.boxes]
        axes.broken_barh(spans, (row + 0.06, 0.88), facecolors=colors, edgecolor="white", linewidth=0.5)
        for label, start, end in lane.boxes:
            if label.strip() and end - start > len(label) * _LETTER * duration:
                text = axes.text((start + end) / 2, row + 0.5, label, ha="center", va="center", fontsize=8)
                text.set(clip_on=True, parse_math=False)
    axes.set(yticks=np.arange(len(lanes)) + 0.5, yticklabels=[lane.name for lane in reversed(lanes)])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return float(len(lanes))


def _draw_wave(axes: Axes, clip: Clip, bottom: float) -> None:
    """Draw the extremes of the samples above *bottom*."""
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - audio loads on use
    from clipaudio.audio.waveform import read_waveform  # noqa: PLC0415 - as above

    assert clip.audio is not None
    with open_audio(clip.audio) as audio:
        wave = read_waveform(audio, step=clip.duration / _COLUMNS)
    scale = 0.95 / max(float(np.abs(wave.extremes).max(initial=0.0)), 1e-9)
    low, high = bottom + 1 + scale * wave.extremes.T.astype(float)
    axes.fill_between(np.arange(len(low)) * wave.step, low, high, color="#345", lw=0)
    axes.set_ylim(0, bottom + 2)


def draw_png(clip: Clip, levels: Sequence[str]) -> bytes:
    """Return `plot_levels` as the bytes of a PNG, without pyplot: no figure stays open."""
    figures: Any = import_extra("matplotlib.figure", extra="plot", purpose="a plot")
    figure = figures.Figure(figsize=(11, 2.5), dpi=90, layout="constrained")
    plot_levels(clip, levels, ax=figure.subplots())
    image = io.BytesIO()
    figure.savefig(image, format="png")
    return image.getvalue()
