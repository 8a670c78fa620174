"""Time expressions of TTML into seconds: clock times, offsets, frames, ticks and SMPTE time codes.

References
----------
W3C, Timed Text Markup Language 2 (TTML2), section 12.3.1 and the appendix on the semantics of time expressions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from clipaudio.errors import SourceError
from clipaudio.sources.xml_elements import attribute_of

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

__all__ = ["TimedTextClock"]

_CLOCK: Final = re.compile(r"(?:(\d{1,6}):)?(\d{1,3}):(\d\d?)(?:\.(\d{1,9})|:(\d{1,4})(?:\.\d+)?)?")
_OFFSET: Final = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)(h|ms|m|s|f|t)?")
_UNITS: Final = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}


@dataclass(frozen=True)
class TimedTextClock:
    """How a file tells time.

    Attributes
    ----------
    frames, ticks
        Frames and ticks a second.
    labels
        Frames that a second of a time code has, 30 for 30000/1001; None where times are no SMPTE time codes.
    drop_mode
        Which time codes are left out: "nonDrop", "dropNTSC" or "dropPAL".
    """

    frames: Fraction
    ticks: Fraction
    labels: Fraction | None = None
    drop_mode: str = "nonDrop"

    @classmethod
    def of(cls, root: ET.Element) -> TimedTextClock:
        """Return the clock of a file.

        Raises
        ------
        SourceError
            A rate cannot be read or is not above 0.
        """
        try:
            given = attribute_of(root, "frameRate")
            mode = attribute_of(root, "dropMode") or "nonDrop"
            usual = "1000 1001" if mode == "dropNTSC" else "1 1"  # no other rate has such time codes
            over, under = (attribute_of(root, "frameRateMultiplier") or usual).replace(":", " ").split()
            labels = Fraction(given or 30)
            frames = labels * Fraction(over) / Fraction(under)
            parts = Fraction(attribute_of(root, "subFrameRate") or 1)
            ticks = Fraction(attribute_of(root, "tickRate") or (frames * parts if given else 1))
        except (ValueError, ZeroDivisionError) as error:
            raise SourceError(f"a rate of the TTML cannot be read: {error}", path="$") from None
        if frames <= 0 or ticks <= 0:
            raise SourceError("a rate of the TTML is not above 0", path="$")
        is_code = attribute_of(root, "timeBase") == "smpte"
        return cls(frames, ticks, labels if is_code else None, mode)

    def seconds(self, text: str) -> float:
        """Return the seconds of a time expression.

        Raises
        ------
        SourceError
            It is none.

        Examples
        --------
        >>> clock = TimedTextClock(Fraction(30000, 1001), Fraction(1), Fraction(30), "dropNTSC")
        >>> round(clock.seconds("00:10:00:00"), 4), clock.seconds("1.5s")
        (599.9994, 1.5)
        """
        plain = text.strip()
        if found := _CLOCK.fullmatch(plain):
            hours, minutes, seconds, part, frames = found.groups(default="")
            whole = Fraction(int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds))
            if self.labels is not None and not part:
                counted = whole * self.labels + int(frames or 0) - self._dropped(int(hours or 0), int(minutes))
                return float(counted / self.frames)
            return float(whole + Fraction(f"0.{part or 0}") + Fraction(int(frames or 0)) / self.frames)
        if found := _OFFSET.fullmatch(plain):
            unit = _UNITS.get(found[2] or "s") or 1 / (self.frames if found[2] == "f" else self.ticks)
            return float(Fraction(found[1]) * unit)
        raise SourceError(f"{text[:40]!r} is no time of TTML", path="$")

    def _dropped(self, hours: int, minutes: int) -> int:
        """Return the number of time codes that are left out before a minute."""
        if self.drop_mode == "dropNTSC":
            return (hours * 54 + minutes - minutes // 10) * 2
        if self.drop_mode == "dropPAL":
            return (hours * 27 + minutes // 2 - minutes // 20) * 4
        return 0
