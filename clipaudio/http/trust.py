"""Choose the certificates that TLS connections trust and present."""

from __future__ import annotations

import functools
import os
import ssl
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pycurl

from clipaudio.errors import ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Trust"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The certificates used for TLS.

    Parameters
    ----------
    cafile, capath
        PEM file and hashed folder of trusted issuers. With neither, the system's issuers are trusted: the store of
        Windows and macOS, elsewhere the paths of `ssl.get_default_verify_paths`, else those of certifi.
    certificate, key
        PEM files of a client certificate and its key.

    Examples
    --------
    >>> Trust(cafile="company-ca.pem").cafile
    'company-ca.pem'
    """

    cafile: str | os.PathLike[str] | None = None
    capath: str | os.PathLike[str] | None = None
    certificate: str | os.PathLike[str] | None = None
    key: str | os.PathLike[str] | None = None

    def apply(self, setopt: Callable[[int, object], None]) -> None:
        """Set the options of a libcurl handle; the paths built into libcurl are never used.

        Raises
        ------
        ConnectionFailedError
            No trusted certificates are found on this system.
        """
        cafile, capath = self.cafile, self.capath
        if cafile is None and capath is None:
            if sys.platform in {"win32", "darwin"}:
                setopt(pycurl.SSL_OPTIONS, pycurl.SSLOPT_NATIVE_CA)
            else:
                cafile, capath = _system_paths()
        setopt(pycurl.CAINFO, None if cafile is None else os.fsencode(cafile))
        setopt(pycurl.CAPATH, None if capath is None else os.fsencode(capath))
        for option, path in ((pycurl.SSLCERT, self.certificate), (pycurl.SSLKEY, self.key)):
            if path is not None:
                setopt(option, os.fsencode(path))


@functools.cache
def _system_paths() -> tuple[str | None, str | None]:
    found = ssl.get_default_verify_paths()
    if found.cafile is not None or found.capath is not None:
        return found.cafile, found.capath
    try:
        import certifi  # noqa: PLC0415 - only where the system has no certificates
    except ImportError:
        raise ConnectionFailedError(
            "this system has no trusted certificates; install its ca-certificates package or certifi, or pass"
            " trust=Trust(cafile=…)"
        ) from None
    return certifi.where(), None
