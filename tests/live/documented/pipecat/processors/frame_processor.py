"""What a processor of Pipecat inherits, as its documentation describes it."""

from __future__ import annotations

from enum import Enum


class FrameDirection(Enum):
    DOWNSTREAM = 1
    UPSTREAM = 2


class FrameProcessor:
    async def process_frame(self, frame, direction):
        pass

    async def push_frame(self, frame, direction=FrameDirection.DOWNSTREAM):
        raise NotImplementedError
