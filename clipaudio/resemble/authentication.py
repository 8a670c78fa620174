"""The API key, and the secrets in callback paths; neither is ever shown."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, NoReturn

from clipaudio.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ApiKey", "find_key", "new_secret"]

VARIABLE = "RESEMBLE_API_KEY"


class ApiKey:
    """A key that no repr, message, log or pickle shows.

    Examples
    --------
    >>> key = ApiKey("k3y-of-mine")
    >>> key
    ApiKey('…')
    >>> key.scrub("Invalid key k3y-of-mine")
    'Invalid key …'
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        if not self._text:
            raise RequestError("the API key is empty; copy it from the account page of the service", field="key")
        if not (self._text.isascii() and self._text.isprintable()):
            raise RequestError("the API key has characters that no key has; copy it again", field="key")

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"Bearer {self._text}"

    def scrub(self, text: str) -> str:
        """Remove the key from *text*, which the service may have echoed."""
        return text.replace(self._text, "…")

    def __repr__(self) -> str:
        return "ApiKey('…')"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an ApiKey is not pickled, its key would be readable; make the client where it is used")


def find_key(key: str | ApiKey | None = None, *, environ: Mapping[str, str] | None = None) -> ApiKey:
    """Return the given key, else the one in RESEMBLE_API_KEY.

    Parameters
    ----------
    key
        The key; None reads the environment.
    environ
        The environment; None means `os.environ`.

    Raises
    ------
    RequestError
        There is no key, or it cannot be valid.

    Examples
    --------
    >>> find_key(environ={"RESEMBLE_API_KEY": "k3y"})
    ApiKey('…')
    """
    if isinstance(key, ApiKey):
        return key
    if key is None:
        key = (os.environ if environ is None else environ).get(VARIABLE)
    if key is None:
        raise RequestError(
            f"no API key: set the environment variable {VARIABLE}, or pass key=…;"
            " the account page of the service shows it",
            field="key",
        )
    return ApiKey(key)


def new_secret() -> str:
    """Return a new secret of 192 random bits, safe in the path of a url.

    Examples
    --------
    >>> len(new_secret()), new_secret() == new_secret()
    (32, False)
    """
    return secrets.token_urlsafe(24)
