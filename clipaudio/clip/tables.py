"""Levels of a clip as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from clipaudio.errors import ExportError
from clipaudio.extras import import_extra
from clipaudio.timing.timeline import Spans

if TYPE_CHECKING:
    import pandas as pd

    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Timeline

__all__ = ["LEVELS", "Level", "to_pandas"]

Level: TypeAlias = Literal["graphemes", "phones", "words", "sentences", "syllables"]
LEVELS: Final[tuple[Level, ...]] = ("graphemes", "phones", "words", "sentences", "syllables")


def to_pandas(clip: Aligned, level: Level) -> pd.DataFrame:
    """Return *level* of *clip* as a DataFrame; see `clipaudio.Clip.to_pandas`."""
    if level not in LEVELS:
        raise ExportError(f"no level {level!r}; expected one of {', '.join(LEVELS)}")
    pandas = import_extra("pandas", extra="pandas", purpose="to_pandas")
    line: Timeline = getattr(clip, level)
    columns = {"label": list(line.labels), "start": line.starts, "end": line.ends, "duration": line.durations}
    if isinstance(line, Spans):
        columns |= {"first": line.child_ranges[:, 0], "stop": line.child_ranges[:, 1]}
    elif level == "phones":
        columns["word"] = clip.phone_words.words
    frame: pd.DataFrame = pandas.DataFrame(columns)
    return frame
