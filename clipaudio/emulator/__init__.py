"""A local copy of the service that speaks, calls back, signs urls, and fails on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipaudio.emulator.faults import Faults
    from clipaudio.emulator.instance import Emulator, running

__all__ = ["Emulator", "Faults", "running"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes have any type
    """Load a public name on first use: the engine's process must start without numpy and codecs."""
    if name == "Faults":
        from clipaudio.emulator.faults import Faults  # noqa: PLC0415

        return Faults
    if name in __all__:
        from clipaudio.emulator import instance  # noqa: PLC0415

        return getattr(instance, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
