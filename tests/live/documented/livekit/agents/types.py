"""A word with its times, as the documentation of LiveKit describes it."""

from __future__ import annotations

NOT_GIVEN = object()


class TimedString(str):
    __slots__ = ("end_time", "start_time")

    def __new__(cls, text, start_time=NOT_GIVEN, end_time=NOT_GIVEN):
        made = super().__new__(cls, text)
        made.start_time, made.end_time = start_time, end_time
        return made
