"""Where a batch reads and writes: a folder, or a bucket behind s3://, gs:// or az://.

Conventions
-----------
A key is a path relative to a place, with forward slashes. Places travel to workers by pickle: they hold names and open
what they need on use. An object is read with one GET and written with one PUT; a folder's files appear whole.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from clipaudio.errors import MissingExtraError, StorageError
from clipaudio.files import remove_stale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

__all__ = ["Bucket", "Folder", "OutputStore", "is_bucket", "local_copy", "open_place", "read_bytes"]

_BUCKET = re.compile(r"(?:s3a?|gs|az|adl|azure|abfss?)://", re.IGNORECASE)


class OutputStore(Protocol):
    """Where outputs go."""

    def writing(self, key: str) -> AbstractContextManager[Path]:
        """Give the path to write *key* at; what begins with its name there is in the place when the block ends well."""
        ...

    def reading(self, key: str) -> AbstractContextManager[Path]:
        """Give a local file with what *key* holds."""
        ...

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Open what *key* holds for reading bytes."""
        ...

    def holds(self, key: str, size: int | None) -> bool:
        """Tell whether *key* is there with *size* bytes, as far as that costs no request."""
        ...

    def claim(self, key: str, owner: str) -> bool:
        """Put *owner* at *key* unless another's stands there; True where it is theirs now."""
        ...

    def sweep(self, folder: str) -> None:
        """Remove what processes of this machine that were killed left in *folder*, as far as that costs no request."""
        ...


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or of a network all workers see.

    Examples
    --------
    >>> place = Folder(tempfile.mkdtemp())
    >>> with place.writing("ce/cecad6f9.srt") as path:
    ...     _ = path.write_bytes(b"1")
    >>> place.holds("ce/cecad6f9.srt", 1), place.holds("ce/cecad6f9.vtt", None)
    (True, False)
    """

    root: str

    @contextlib.contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """Give the path itself: what is written there is written whole or not at all."""
        path = Path(self.root, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path

    @contextlib.contextmanager
    def reading(self, key: str) -> Iterator[Path]:
        """Give the path itself."""
        yield Path(self.root, key)

    def open(self, key: str) -> BinaryIO:
        """Open the file."""
        return Path(self.root, key).open("rb")

    def holds(self, key: str, size: int | None) -> bool:
        """Tell whether the file is there with *size* bytes; None goes with any."""
        try:
            found = Path(self.root, key).stat().st_size
        except OSError:
            return False
        return size is None or found == size

    def claim(self, key: str, owner: str) -> bool:
        """Make the file *key* unless it is there."""
        path = Path(self.root, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(owner)
        except FileExistsError:
            return path.read_text("utf-8") == owner
        return True

    def sweep(self, folder: str) -> None:
        """Remove the parts of files whose writers run no more."""
        remove_stale(Path(self.root, folder))


@dataclass(frozen=True)
class Bucket:
    """A bucket, or a part of one, with the credentials and the endpoint the environment names (``AWS_…``).

    Requests that fail for a while (500, 503 and slow-down) are repeated by obstore, with growing waits; what fails for
    longer is a `StorageError`.
    """

    url: str

    @contextlib.contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """Give a path in a folder of its own; every file there is put beside *key* when the block ends well."""
        folder, _, name = key.rpartition("/")
        with tempfile.TemporaryDirectory(prefix="clipaudio-") as scratch:
            yield Path(scratch, name)
            for path in sorted(Path(scratch).iterdir()):
                beside = f"{folder}/{path.name}" if folder else path.name
                with _translated(f"{self.url}/{beside}"):
                    _store(self.url).put(beside, path, use_multipart=False)

    @contextlib.contextmanager
    def reading(self, key: str) -> Iterator[Path]:
        """Give a copy that lasts as long as the block."""
        with tempfile.TemporaryDirectory(prefix="clipaudio-") as scratch:
            path = Path(scratch, key.rpartition("/")[2])
            path.write_bytes(self._get(key))
            yield path

    def open(self, key: str) -> BinaryIO:
        """Get the object whole."""
        return io.BytesIO(self._get(key))

    def holds(self, key: str, size: int | None) -> bool:  # noqa: ARG002 - it would cost a request
        """Trust that what was put is there."""
        return True

    def claim(self, key: str, owner: str) -> bool:
        """Put *owner* at *key* where nothing is; one of several that try wins."""
        obstore = _obstore()
        try:
            with _translated(f"{self.url}/{key}"):
                _store(self.url).put(key, owner.encode("utf-8"), mode="create")
        except StorageError as error:
            if isinstance(error.__cause__, obstore.exceptions.AlreadyExistsError):
                return self._get(key) == owner.encode("utf-8")
            raise
        return True

    def sweep(self, folder: str) -> None:
        """Do nothing: what is not whole is not there."""

    def _get(self, key: str) -> bytes:
        with _translated(f"{self.url}/{key}"):
            return bytes(_store(self.url).get(key).bytes())


def open_place(where: str) -> Folder | Bucket:
    """Give the place *where* names.

    >>> open_place("out"), open_place("s3://bucket/out/")
    (Folder(root='out'), Bucket(url='s3://bucket/out'))
    """
    return Bucket(where.rstrip("/")) if is_bucket(where) else Folder(where)


def is_bucket(where: str) -> bool:
    """Tell whether *where* is the url of an object store."""
    return _BUCKET.match(where) is not None


def local_copy(source: str) -> AbstractContextManager[Path]:
    """Give a local file with what *source*, a path or the url of an object, holds."""
    if not is_bucket(source):
        return contextlib.nullcontext(Path(source))
    parent, _, key = source.rpartition("/")
    return Bucket(parent).reading(key)


def read_bytes(source: str) -> bytes:
    """Read *source*, a path or the url of an object.

    Raises
    ------
    OSError
        It is not there, or cannot be read.
    """
    with local_copy(source) as path:
        try:
            return path.read_bytes()
        except ValueError as error:  # a NUL, or half of a character
            raise FileNotFoundError(errno.ENOENT, f"no path: {error}", source) from error


@contextlib.contextmanager
def _translated(where: str) -> Iterator[None]:
    """Turn what obstore raises into an error of this library."""
    exceptions = _obstore().exceptions
    try:
        yield
    except (exceptions.BaseError, OSError, ValueError) as error:  # what is not there is its FileNotFoundError
        raise StorageError(f"{where}: {_said(str(error))}; {_advice(error, exceptions)}") from error


def _said(text: str) -> str:
    """Give what the service said, or the first line of what obstore did: it shows its insides below that."""
    found = re.search(r"<Code>([^<]*)</Code>(?:\s*<Message>([^<]*)</Message>)?", text)
    if found is not None:
        return ": ".join(part.rstrip(".") for part in found.groups() if part)
    return (text.splitlines() or ["it failed"])[0][:300]


def _advice(error: Exception, exceptions: Any) -> str:  # noqa: ANN401 - a module
    if isinstance(error, OSError):
        return "check the name"
    if "xpiredToken" in str(error) or isinstance(
        error, (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError)
    ):
        return "check the credentials, and what they allow"
    return "run the same command again, and check the endpoint where that does not help"


@functools.lru_cache(maxsize=64)
def _store(url: str) -> Any:  # noqa: ANN401 - one class a service
    """Open a store once a process: it keeps its connections."""
    with _translated(url):
        return _obstore().store.from_url(url)


def _obstore() -> Any:  # noqa: ANN401 - a module
    try:
        import obstore  # noqa: PLC0415 - an extra, loaded on use
        import obstore.exceptions  # noqa: PLC0415 - as above
        import obstore.store  # noqa: PLC0415 - as above
    except ImportError as error:
        raise MissingExtraError("object stores need obstore: pip install 'clipaudio[s3]'") from error
    return obstore
