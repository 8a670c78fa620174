"""Names and attributes of XML elements, whatever their namespace."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

from clipaudio.errors import SourceError

__all__ = ["XML", "attribute_of", "drop_foreign", "id_of", "name_of", "parse_xml"]

XML: Final = "{http://www.w3.org/XML/1998/namespace}"
"""Prefix of attributes such as lang."""


def parse_xml(raw: bytes, kind: str) -> ET.Element:
    """Return the root of XML in UTF-8, whatever encoding it declares; *kind* is what it should be, for errors.

    Raises
    ------
    SourceError
        The bytes are no XML, or declare entities.
    """
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise SourceError(f"the XML declares entities, which no {kind} needs; it is not read", path="$")
    try:
        return ET.fromstring(raw.decode("utf-8"))  # noqa: S314 - no entities, checked above
    except (ET.ParseError, ValueError) as error:
        raise SourceError(f"not valid XML: {error}", path="$") from None


def name_of(element: ET.Element) -> str:
    """Return the name without its namespace; "" for a comment."""
    tag: object = element.tag  # that of a comment is a function
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute_of(element: ET.Element, name: str) -> str | None:
    """Return an attribute of any namespace."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def id_of(element: ET.Element) -> str:
    """Return the xml:id, "" if there is none."""
    return element.get(f"{XML}id", "")


def drop_foreign(root: ET.Element) -> None:
    """Rename elements of a namespace that does not begin like that of *root*, so that none is taken for its own.

    Elements without a namespace stay: some programs leave it out inside.
    """
    own = _namespace_of(root)
    for element in root.iter():
        space = _namespace_of(element)
        if space and not space.startswith(own):
            element.tag = f"{element.tag}-foreign"


def _namespace_of(element: ET.Element) -> str:
    tag: object = element.tag  # that of a comment is a function
    return tag.rpartition("}")[0] if isinstance(tag, str) else ""
