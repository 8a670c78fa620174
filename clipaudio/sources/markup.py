"""Tags and references that services leave in the text of words."""

from __future__ import annotations

import html
import re
from typing import Final

__all__ = ["drop_tags", "unescape"]

_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_CUT_TAG: Final = re.compile(r"\A[^<>]{0,300}/?>|</?[A-Za-z][^<>]{0,300}\Z")


def drop_tags(text: str) -> str:
    """Return *text* without tags of SSML, whole or cut.

    Examples
    --------
    >>> drop_tags("<spell>A1</spell>"), drop_tags("<break time='1s'/>"), drop_tags("a < b")
    ('A1', '', 'a < b')
    """
    return _CUT_TAG.sub("", _TAG.sub("", text)).strip() if _TAG.search(text) else text


def unescape(text: str) -> str:
    """Return *text* with the five references of XML decoded.

    Examples
    --------
    >>> unescape("R&amp;D"), unescape("a & b")
    ('R&D', 'a & b')
    """
    return html.unescape(text) if re.search(r"&(?:amp|lt|gt|quot|apos|#\d+);", text) else text
