"""The frames of Pipecat that the guide uses, as its documentation describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Frame:
    pts: int | None = field(default=None, init=False)


@dataclass
class TTSTextFrame(Frame):
    text: str
    text_type: str


@dataclass
class OutputTransportMessageFrame(Frame):
    message: Any


@dataclass
class TTSStoppedFrame(Frame):
    context_id: str | None = None


class InterruptionFrame(Frame):
    pass


class EndFrame(Frame):
    pass
