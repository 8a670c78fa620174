"""Names of files: an id of a clip to a name that every file system takes."""

from __future__ import annotations

import hashlib
import re

from clipaudio.errors import RequestError

__all__ = ["safe_name"]

_NAME_LIMIT = 64
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)


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
