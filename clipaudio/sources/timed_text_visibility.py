"""Which text of TTML is neither shown nor spoken: hidden by a style or its region, readings, translations.

References
----------
W3C, Timed Text Markup Language 2 (TTML2), tts:display, tts:visibility and tts:ruby; roles of lyrics of Apple Music.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from clipaudio.errors import SourceError
from clipaudio.sources.xml_elements import attribute_of, id_of, name_of

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

__all__ = ["TextVisibility", "VisibilityRules", "has_role"]

_PROPERTIES: Final = ("display", "visibility", "ruby")
_READINGS: Final = frozenset({"text", "textContainer", "delimiter"})
_UNSPOKEN: Final = frozenset({"x-translation", "x-roman", "x-romanization", "x-transliteration"})
_MOST_CHAINED: Final = 100


class TextVisibility(Enum):
    """What becomes of the text of an element; inside a hidden one, an element may be shown again."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    LEFT_OUT = "left out"


class VisibilityRules:
    """Decides what is shown, by the attributes of elements and the styles that they refer to."""

    def __init__(self, root: ET.Element) -> None:
        self._styles = {id_of(style): style for style in root.iter() if name_of(style) == "style"}
        self._regions = {id_of(region): region for region in root.iter() if name_of(region) == "region"}
        self._resolved: dict[str, dict[str, str]] = {}

    def find(self, element: ET.Element, inherited: TextVisibility) -> TextVisibility:
        """Return what becomes of the text of *element*, in a parent whose text is *inherited*."""
        look = self._properties(element, 0)
        animated = _animated(element)
        region = self.region_of(element)
        around = {} if region is None else self._properties(region, 0)
        is_gone = look.get("display") == "none" and animated.get("display", "none") == "none"
        if region is not None and around.get("display") == "none":
            is_gone |= _animated(region).get("display", "none") == "none"
        if is_gone or look.get("ruby") in _READINGS or has_role(element, _UNSPOKEN):
            return TextVisibility.LEFT_OUT
        value = look.get("visibility", around.get("visibility"))
        if animated.get("visibility") == "visible":
            value = "visible"
        if value is None:
            return inherited
        return TextVisibility.HIDDEN if value == "hidden" else TextVisibility.SHOWN

    def region_of(self, element: ET.Element) -> ET.Element | None:
        """Return the region that an element names itself."""
        return self._regions.get(element.get("region", ""))

    def animation_of(self, element: ET.Element) -> ET.Element | None:
        """Return the animation that shows an element hidden by its style; None if there is none with a time."""
        look = self._properties(element, 0)
        for child in element:
            if name_of(child) == "set" and child.get("begin") is not None:
                own = _own(child)
                is_shown = look.get("display") == "none" and own.get("display", "none") != "none"
                if is_shown or (look.get("visibility") == "hidden" and own.get("visibility") == "visible"):
                    return child
        return None

    def _properties(self, element: ET.Element, depth: int) -> dict[str, str]:
        """Return the properties of an element: its own over those of its styles, of which the last wins.

        Styles inside a region are its own.
        """
        if depth > _MOST_CHAINED:
            raise SourceError("styles of the TTML refer to too many others", path="$")
        found: dict[str, str] = {}
        for name in element.get("style", "").split():
            if name not in self._resolved:
                self._resolved[name] = {}  # a style that refers to itself adds nothing
                if name in self._styles:
                    self._resolved[name] = self._properties(self._styles[name], depth + 1)
            found |= self._resolved[name]
        inside = [child for child in element if name_of(child) == "style"] if name_of(element) == "region" else []
        for child in inside:
            found |= _own(child)
        return found | _own(element)


def has_role(element: ET.Element, roles: frozenset[str]) -> bool:
    """Return True if an element has one of *roles*."""
    return not roles.isdisjoint((attribute_of(element, "role") or "").split())


def _own(element: ET.Element) -> dict[str, str]:
    return {name: value for name in _PROPERTIES if (value := attribute_of(element, name)) is not None}


def _animated(element: ET.Element) -> dict[str, str]:
    return {name: value for child in element if name_of(child) == "set" for name, value in _own(child).items()}
