"""Names of files: an id of a clip to a name that every file system takes, and names from a pattern of the user."""

from __future__ import annotations

import hashlib
import os
import re
import string
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from clipaudio.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["ClaimedTargets", "check_name", "fill_name", "safe_name"]

_NAME_LIMIT = 64
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)


@lru_cache(maxsize=256)
def safe_name(name: str) -> str:
    """Return a file name, without a suffix, for an id that the service sent.

    An id of lower-case letters, digits, ``_`` and ``-`` stays as it is. Anything else is replaced, and a digest of the
    id keeps two such names apart, also on file systems that ignore case. Device names and long names are changed the
    same way.

    Raises
    ------
    RequestError
        The id is empty.

    Examples
    --------
    >>> safe_name("cecad6f9"), safe_name("../../etc/passwd"), safe_name("NUL")
    ('cecad6f9', '______etc_passwd-3754d6cb', '_nul-ae6de182')
    """
    if not name:
        raise RequestError("the clip has an empty id, no file can be named after it", field="id")
    plain = re.sub(r"[^0-9a-z_-]", "_", re.sub(r"[A-Z]", lambda letter: letter[0].lower(), name))
    if _DEVICES.fullmatch(plain) or plain.startswith("-"):
        plain = f"_{plain}"
    if plain == name and len(name) <= _NAME_LIMIT:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[: _NAME_LIMIT - 9]}-{digest}"


class ClaimedTargets:
    """Which source each output belongs to, so that no source replaces the output of another.

    Two paths that differ only in case or in the normal form of Unicode are one file on macOS and Windows. They are one
    here on every system, so that a folder can be copied to another.

    Examples
    --------
    >>> targets = ClaimedTargets()
    >>> targets.claim("out/Take.wav", "Take.flac")
    >>> targets.claim("out/take.wav", "take.mp3")
    'Take.flac'
    """

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    def claim(self, target: str | os.PathLike[str], source: str | os.PathLike[str]) -> str | None:
        """Claim *target* for *source*; return the other source that has it, None if none has."""
        path = unicodedata.normalize("NFC", os.path.abspath(target)).casefold()  # noqa: PTH100 - no path is resolved
        source = os.fspath(source)
        other = self._sources.setdefault(unicodedata.normalize("NFC", path), source)
        return None if other == source else other


def check_name(pattern: str, fields: Collection[str]) -> str | None:
    """Return what is wrong with a *pattern* of names, None if it can be filled.

    Parameters
    ----------
    pattern
        A name or a path below the output folder, with fields in braces; a number may have a width, `{n:03}`.
    fields
        Those that may be used; "ext" must be.

    Examples
    --------
    >>> check_name("{id}.{ext}", {"id", "ext"})
    >>> check_name("{clip}.{ext}", {"id", "ext"})
    'there is no field {clip}; use some of {ext}, {id}'
    """
    try:
        found = list(string.Formatter().parse(pattern))
    except ValueError as error:
        return f"{error}; write a field as {{id}}"
    used = [field for _, field, _, _ in found if field is not None]
    unknown = [field for field in used if field not in fields]
    if unknown:
        return f"there is no field {{{unknown[0]}}}; use some of {', '.join(f'{{{name}}}' for name in sorted(fields))}"
    if any(conversion or (form and not re.fullmatch("0?[1-9]", form)) for _, _, form, conversion in found):
        return "a field takes a width alone, as in {n:03}"
    if "ext" not in used:
        return "it has no {ext}, which tells one format from another"
    parts = re.split(r"[/\\]", "".join(text for text, _, _, _ in found))
    if pattern.startswith(("/", "\\")) or ".." in parts or ":" in pattern.replace("{n:", ""):
        return "it leads out of the output folder"
    return None


def fill_name(pattern: str, **fields: str | int) -> str:
    """Return *pattern*, which `check_name` has accepted, with its fields filled.

    Separators and control characters in a value become "_", so that it stays one part of the path.

    Examples
    --------
    >>> fill_name("{n:03}-{stem}.{ext}", n=7, stem="take 1", ext="srt")
    '007-take 1.srt'
    >>> fill_name("{stem}.{ext}", stem="../a", ext="srt")
    '.._a.srt'
    """
    plain = {
        name: re.sub(r"[/\\:\x00-\x1f]", "_", value) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    parts = []
    for text, field, form, _ in string.Formatter().parse(pattern):
        value = "" if field is None else plain[field]
        parts += [text, format(value, form or "") if isinstance(value, int) else value]
    return "".join(parts)
