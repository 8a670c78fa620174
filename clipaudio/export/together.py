"""Find what exporters need of many clips at once, which takes less time for short ones.

Each clip gets what it would find by itself. If a clip has nothing for an error, nothing is done, and the error is
raised when its captions, mouth or tiers are asked for.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from clipaudio.errors import ClipAudioError, ExportError
from clipaudio.export.tiers import WrittenGrids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.export.context import ExportContext
    from clipaudio.export.options import Options

__all__ = ["arrange_together", "caption_together", "track_together"]


def caption_together(sources: Sequence[ExportContext]) -> None:
    """Find `ExportContext.timed_cues` of *sources*; those refined to the sound, or of two languages, are left out.

    Examples
    --------
    >>> from clipaudio.export.context import ExportContext
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> said = [align(Timeline(text, [[i / 5, (i + 1) / 5] for i in range(len(text))])) for text in ("Go.", "Now!")]
    >>> sources = [ExportContext(aligned=one) for one in said]
    >>> caption_together(sources)
    >>> [source.cues[0].text for source in sources]
    ['Go.', 'Now!']
    """
    from clipaudio.captions.captioning import make_cues_of  # noqa: PLC0415 - a format loads its room on use

    by_options: dict[Options, list[ExportContext]] = {}
    for source in sources:
        if not (source.options.refine or source.options.bilingual):
            by_options.setdefault(source.options, []).append(source)
    for options, those in by_options.items():
        try:
            found = make_cues_of(
                [source.passages for source in those],
                profile=options.limits(),
                fps=options.rate(),
                durations=[source.aligned.duration for source in those],
            )
        except (ExportError, MemoryError):
            continue
        for source, cues in zip(those, found, strict=True):
            source.__dict__["timed_cues"] = cues


def track_together(sources: Sequence[ExportContext]) -> None:
    """Find `ExportContext.mouth` of *sources*.

    Examples
    --------
    >>> from clipaudio.export.context import ExportContext
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> said = [align(Timeline(text, [[0.0, 0.2]]), Timeline(text, [[0.0, 0.2]])) for text in "ma"]
    >>> sources = [ExportContext(aligned=one) for one in said]
    >>> track_together(sources)
    >>> [source.draw_mouth("oculus").labels for source in sources]
    [('sil', 'PP', 'sil'), ('sil', 'aa', 'sil')]
    """
    from clipaudio.export.mouth_track import DrawnTracks, track_mouths  # noqa: PLC0415 - as above

    spoken: list[ExportContext] = []
    for source in sources:
        if source.aligned.duration > 0:
            with suppress(ClipAudioError, OSError, MemoryError):  # raised again when its mouth is asked for
                spoken.append(source.with_phones)
    try:
        drawn = DrawnTracks(track_mouths([source.mouth_input for source in spoken]))
    except (ClipAudioError, OSError, MemoryError):
        return
    for row, source in enumerate(spoken):
        source.__dict__["drawn_mouths"] = drawn, row


def arrange_together(sources: Sequence[ExportContext]) -> None:
    """Find `ExportContext.grid` of *sources*; their texts are then made together, too.

    Examples
    --------
    >>> from clipaudio.export.context import ExportContext
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> sources = [ExportContext(aligned=align(Timeline(text, [[0.0, 0.2]]))) for text in "ma"]
    >>> arrange_together(sources)
    >>> [source.dumps_grid("short").count('"m"') for source in sources]
    [3, 0]
    """
    sources = [source for source in sources if source.aligned.duration > 0]
    try:
        grids = WrittenGrids([source.tier_set for source in sources])
    except (ClipAudioError, MemoryError):
        return
    for row, source in enumerate(sources):
        source.__dict__["_grids"] = grids, row
