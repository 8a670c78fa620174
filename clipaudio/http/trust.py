"""Choose the certificates that TLS connections trust and present."""

from __future__ import annotations

import functools
import os
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pycurl

from clipaudio.errors import ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Trust", "advice_on_issuers", "system_paths"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The certificates used for TLS.

    Parameters
    ----------
    cafile, capath
        PEM file and hashed folder of trusted issuers. With neither, the system's issuers are trusted: the store of
        Windows and macOS; and except on Windows the paths of `ssl.get_default_verify_paths`, else /etc/ssl/cert.pem,
        else those of certifi. A libcurl that does not know the store of macOS needs one of these files.
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
            if sys.platform != "win32":
                cafile, capath = system_paths(sys.platform)
        setopt(pycurl.CAINFO, None if cafile is None else os.fsencode(cafile))
        setopt(pycurl.CAPATH, None if capath is None else os.fsencode(capath))
        for option, path in ((pycurl.SSLCERT, self.certificate), (pycurl.SSLKEY, self.key)):
            if path is not None:
                setopt(option, os.fsencode(path))


@functools.cache
def system_paths(platform: str, part_of_system: str = "/etc/ssl/cert.pem") -> tuple[str | None, str | None]:
    """Return the file and the folder of the system's issuers.

    The Python of python.org has none on macOS until its "Install Certificates.command" is run, but *part_of_system* is
    there.
    """
    found = ssl.get_default_verify_paths()
    if found.cafile is not None or found.capath is not None:
        return found.cafile, found.capath
    if Path(part_of_system).exists():
        return part_of_system, None
    try:
        import certifi  # noqa: PLC0415 - only where the system has no certificates
    except ImportError:
        if platform == "darwin":  # its store may do
            return None, None
        raise ConnectionFailedError(
            "this system has no trusted certificates; install its ca-certificates package or certifi, or pass"
            " trust=Trust(cafile=…)"
        ) from None
    return certifi.where(), None


def advice_on_issuers(platform: str) -> str:
    """Return what may be missing where no certificate is trusted, "" if nothing is known.

    Examples
    --------
    >>> advice_on_issuers("linux"), "certifi" in advice_on_issuers("darwin")
    ('', True)
    """
    if platform != "darwin":
        return ""
    return '; if every one is refused, run "Install Certificates.command" of your Python, or install certifi'
