"""Speech times of any source in; captions, lip-sync tracks, TextGrids and converted audio out.

>>> import clipaudio
>>> stamps = {"graph_chars": ["H", "i", "!"], "graph_times": [[0.0, 0.1], [0.1, 0.3], [0.3, 0.4]]}
>>> clip = clipaudio.open_clip({"id": "cecad6f9", "audio_timestamps": stamps})
>>> clip.words.labels
('Hi',)

The public names are listed in ``__init__.pyi``, for type checkers and for this module alike. Each one loads its room on
first use, so that ``import clipaudio`` costs next to nothing.
"""

from __future__ import annotations

from typing import Any

from clipaudio._version import __version__ as __version__


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes have any type
    """Attach the names of the stub on first use, then load *name* from its room."""
    import lazy_loader  # noqa: PLC0415 - it loads ast, which `import clipaudio` and --help do without

    load, names, public = lazy_loader.attach_stub(__name__, __file__)
    globals().update(__getattr__=load, __dir__=names, __all__=sorted([*public, "__version__"]))
    return globals()[name] if name == "__all__" else load(name)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return list(__getattr__("__all__"))
