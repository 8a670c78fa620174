"""Captions, TextGrids, lip-sync tracks and converted audio from the times of finished Resemble AI clips.

>>> import clipaudio
>>> stamps = {"graph_chars": ["H", "i", "!"], "graph_times": [[0.0, 0.1], [0.1, 0.3], [0.3, 0.4]]}
>>> clip = clipaudio.open_clip({"id": "cecad6f9", "audio_timestamps": stamps})
>>> clip.words.labels
('Hi',)

Every public name below loads its room on first use, so that `import clipaudio` costs next to nothing; so do
`clipaudio.errors` and `clipaudio.emulator`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from clipaudio._version import __version__

if TYPE_CHECKING:
    from clipaudio import emulator, errors
    from clipaudio.audio.convert import convert
    from clipaudio.clip import Clip, fetch, join, open_clip
    from clipaudio.errors import ClipAudioError
    from clipaudio.receive.receiver import Receiver
    from clipaudio.resemble.async_client import AsyncClient
    from clipaudio.resemble.callback import ClipCallback, read_callback
    from clipaudio.resemble.client import Client
    from clipaudio.resemble.clip_update import ClipUpdate
    from clipaudio.timing.aligned import align
    from clipaudio.timing.repair import repair
    from clipaudio.timing.timeline import Spans, Timeline

__all__ = [
    "AsyncClient",
    "Client",
    "Clip",
    "ClipAudioError",
    "ClipCallback",
    "ClipUpdate",
    "Receiver",
    "Spans",
    "Timeline",
    "__version__",
    "align",
    "convert",
    "emulator",
    "errors",
    "fetch",
    "join",
    "open_clip",
    "read_callback",
    "repair",
]

_HOMES = {
    "AsyncClient": "clipaudio.resemble.async_client",
    "Client": "clipaudio.resemble.client",
    "Clip": "clipaudio.clip",
    "ClipAudioError": "clipaudio.errors",
    "ClipCallback": "clipaudio.resemble.callback",
    "ClipUpdate": "clipaudio.resemble.clip_update",
    "Receiver": "clipaudio.receive.receiver",
    "Spans": "clipaudio.timing.timeline",
    "Timeline": "clipaudio.timing.timeline",
    "align": "clipaudio.timing.aligned",
    "convert": "clipaudio.audio.convert",
    "fetch": "clipaudio.clip",
    "join": "clipaudio.clip",
    "open_clip": "clipaudio.clip",
    "read_callback": "clipaudio.resemble.callback",
    "repair": "clipaudio.timing.repair",
}
_ROOMS = frozenset({"emulator", "errors"})


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes have any type
    """Load a public name from its room."""
    if name in _ROOMS:
        return importlib.import_module(f"clipaudio.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'clipaudio' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
