"""Read and write outputs in a folder, or in a bucket at s3://, gs:// or az://.

Conventions
-----------
A key is a path relative to the store, with forward slashes. Stores travel to workers by pickle: they hold names and
open connections on use. An object is read with one GET and written with one PUT; files in a folder are replaced
atomically.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from clipaudio import files
from clipaudio.errors import StorageError
from clipaudio.extras import import_extra

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

__all__ = ["Bucket", "Folder", "OutputStore", "is_bucket", "local_copy", "open_place", "read_bytes"]

_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
    "CLIPAUDIO_CLOUD_ROLE",
)
_BLOCK = 1 << 20  # bytes
_BUCKET = re.compile(r"(?:s3a?|gs|az|adl|azure|abfss?)://", re.IGNORECASE)


class OutputStore(Protocol):
    """A place for outputs."""

    def writing(self, key: str) -> AbstractContextManager[Path]:
        """Yield a local path for *key*; files whose names begin with it are stored if the block succeeds."""
        ...

    def write(self, key: str, pieces: Iterable[bytes], *, is_private: bool = False) -> None:
        """Store *pieces* at *key*, in a file that only its owner can read if *is_private*."""
        ...

    def reading(self, key: str) -> AbstractContextManager[Path]:
        """Yield a local file with the content of *key*."""
        ...

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Open the content of *key* for reading bytes."""
        ...

    def holds(self, key: str, size: int | None) -> bool:
        """Return True if *key* exists with *size* bytes, as far as that needs no request."""
        ...

    def claim(self, key: str, owner: str) -> bool:
        """Store *owner* at *key* unless another owner is there; return True if *owner* has it."""
        ...

    def sweep(self, folder: str) -> None:
        """Remove unfinished files of killed processes of this machine, as far as that needs no request."""
        ...

    def check(self) -> None:
        """Raise `StorageError` if the store cannot be opened, before any work."""
        ...


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or of a network that all workers can access.

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
        """Yield the path itself; writers replace files atomically.

        Keys are made of ids, which come from outside: no link below the folder is followed. One in place of the file is
        removed; the folder itself may be a link.
        """
        path = Path(self._prepare(key))
        if os.path.islink(path):  # noqa: PTH114 - as in `_prepare`
            path.unlink()
        yield path

    def write(self, key: str, pieces: Iterable[bytes], *, is_private: bool = False) -> None:
        """Replace the file atomically; no link below the folder is followed."""
        files.write_bytes(self._prepare(key), pieces, follow_links=False, is_private=is_private)

    def _prepare(self, key: str) -> str:
        """Return the path of *key*, whose folder is made if it is missing; a link in place of a folder is refused."""
        *parents, name = [part for part in key.split("/") if part not in ("", ".")]
        folder = os.fspath(Path(self.root)) if not parents else self.root
        exists = not parents and os.path.isdir(folder)  # noqa: PTH112 - as text: a batch comes here for each output
        for part in parents:
            folder = os.path.join(folder, part)  # noqa: PTH118
            try:
                mode = os.lstat(folder).st_mode
            except OSError:
                exists = False
                continue
            if stat.S_ISLNK(mode):
                raise OSError(f"{folder} is a symbolic link, and outputs are not written through links; remove it")
            exists = stat.S_ISDIR(mode)
        if not exists:
            Path(folder).mkdir(parents=True, exist_ok=True)
        return os.path.join(folder, name)  # noqa: PTH118

    @contextlib.contextmanager
    def reading(self, key: str) -> Iterator[Path]:
        """Yield the path itself."""
        yield Path(self.root, key)

    def open(self, key: str) -> BinaryIO:
        """Open the file."""
        return Path(self.root, key).open("rb")

    def holds(self, key: str, size: int | None) -> bool:
        """Return True if the file exists with *size* bytes, any size if None."""
        try:
            found = Path(self.root, key).stat().st_size
        except OSError:
            return False
        return size is None or found == size

    def claim(self, key: str, owner: str) -> bool:
        """Create the file *key* unless it exists."""
        path = Path(self.root, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(owner)
        except FileExistsError:
            return path.read_text("utf-8") == owner
        return True

    def sweep(self, folder: str) -> None:
        """Remove unfinished files whose writers no longer run."""
        files.remove_stale(Path(self.root, folder))

    def check(self) -> None:
        """Do nothing: a folder is created on use."""


@dataclass(frozen=True)
class Bucket:
    """A bucket, or a prefix of one, with the credentials and the endpoint of the environment (``AWS_…``).

    obstore retries transient failures (500, 503 and slow-down) with growing waits; a lasting failure is a
    `StorageError`.
    """

    url: str

    @contextlib.contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """Yield a path in a temporary folder; every file there is stored beside *key* if the block succeeds."""
        folder, _, name = key.rpartition("/")
        with tempfile.TemporaryDirectory(prefix="clipaudio-") as scratch:
            yield Path(scratch, name)
            for path in sorted(Path(scratch).iterdir()):
                beside = f"{folder}/{path.name}" if folder else path.name
                with _translated(f"{self.url}/{beside}"):
                    self._store.put(self._path(beside), path, use_multipart=False)

    def write(self, key: str, pieces: Iterable[bytes], *, is_private: bool = False) -> None:
        """Write a temporary file and store it."""
        with self.writing(key) as path:
            files.write_bytes(path, pieces, is_private=is_private)

    @contextlib.contextmanager
    def reading(self, key: str) -> Iterator[Path]:
        """Yield a copy that is deleted at the end of the block."""
        with tempfile.TemporaryDirectory(prefix="clipaudio-") as scratch:
            path = Path(scratch, key.rpartition("/")[2])
            path.write_bytes(self._get(key))
            yield path

    def open(self, key: str) -> BinaryIO:
        """Return the whole object as a file."""
        return io.BytesIO(self._get(key))

    def holds(self, key: str, size: int | None) -> bool:  # noqa: ARG002 - it would cost a request
        """Return True: a stored object is trusted to be there."""
        return True

    def claim(self, key: str, owner: str) -> bool:
        """Store *owner* at *key* if nothing is there; only one of several claims succeeds."""
        obstore = _obstore()
        try:
            with _translated(f"{self.url}/{key}"):
                self._store.put(self._path(key), owner.encode("utf-8"), mode="create")
        except StorageError as error:
            if isinstance(error.__cause__, obstore.exceptions.AlreadyExistsError):
                return self._get(key) == owner.encode("utf-8")
            raise
        return True

    def sweep(self, folder: str) -> None:
        """Do nothing: unfinished objects are never visible."""

    def _get(self, key: str) -> bytes:
        with _translated(f"{self.url}/{key}"):
            return bytes(self._store.get(self._path(key)).bytes())

    @property
    def _store(self) -> Any:  # noqa: ANN401 - one class a service
        return _store(_split(self.url)[0])

    def _path(self, key: str) -> str:
        """Return the whole key, with the prefix of the url."""
        prefix = _split(self.url)[1]
        return f"{prefix}/{key}" if prefix else key

    def check(self) -> None:
        """Refuse a bucket that cannot be opened, before any work."""
        _ = self._store


def open_place(where: str) -> Folder | Bucket:
    """Return the store that *where* names.

    >>> open_place("out"), open_place("s3://bucket/out/")
    (Folder(root='out'), Bucket(url='s3://bucket/out'))
    """
    return Bucket(where.rstrip("/")) if is_bucket(where) else Folder(where)


def is_bucket(where: str) -> bool:
    """Return True if *where* is the url of an object store."""
    return _BUCKET.match(where) is not None


def local_copy(source: str) -> AbstractContextManager[Path]:
    """Yield a local file with the content of *source*, a path or the url of an object."""
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
    if not is_bucket(source):
        with contextlib.suppress(OSError, ValueError):  # which the usual way below tells as others do
            return _read_file(source)
    with local_copy(source) as path:
        try:
            return path.read_bytes()
        except ValueError as error:  # a NUL, or a lone surrogate
            raise FileNotFoundError(errno.ENOENT, f"not a path: {error}", source) from error


def _read_file(path: str) -> bytes:
    """Read a file of this machine, in fewer calls into the system than a file object needs."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        size = os.fstat(number).st_size
        data = os.read(number, size + 1)
        if len(data) == size > 0:
            return data
        rest = [data]
        while rest[-1]:  # it grows, or is none of a known size
            rest.append(os.read(number, _BLOCK))
        return b"".join(rest)
    finally:
        os.close(number)


@contextlib.contextmanager
def _translated(where: str) -> Iterator[None]:
    """Translate the errors of obstore."""
    exceptions = _obstore().exceptions
    try:
        yield
    except (exceptions.BaseError, OSError, ValueError) as error:  # a missing object is a FileNotFoundError
        raise StorageError(f"{where}: {_service_message(str(error))}; {_advice(error, exceptions)}") from error


def _service_message(text: str) -> str:
    """Return the message of the service, else the first line of the message of obstore."""
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
    return "run the same command again; if that does not help, check the endpoint"


@functools.lru_cache(maxsize=64)
def _store(root: str) -> Any:  # noqa: ANN401 - one class a service
    """Open each bucket once a process, which keeps its connections."""
    _check_credentials(root)
    with _translated(root):
        return _obstore().store.from_url(root)


def _split(url: str) -> tuple[str, str]:
    """Split a url into its bucket and a prefix, which is taken verbatim: ``#``, ``?`` and ``%20`` belong to keys."""
    scheme, _, rest = url.partition("://")
    bucket, _, prefix = rest.partition("/")
    return f"{scheme}://{bucket}", prefix


def _check_credentials(root: str) -> None:
    """Refuse a bucket of S3 without any credentials; obstore would ask the metadata service of a cloud machine.

    Raises
    ------
    StorageError
        No variable names credentials. On a cloud machine with a role, set CLIPAUDIO_CLOUD_ROLE=1.
    """
    if not root.lower().startswith(("s3://", "s3a://")) or any(map(os.environ.get, _CREDENTIALS)):
        return
    raise StorageError(
        f"no credentials for {root}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_REGION, and AWS_ENDPOINT"
        " for another service), or AWS_SKIP_SIGNATURE=true for a public bucket, or CLIPAUDIO_CLOUD_ROLE=1 on a cloud"
        " machine whose role gives access"
    )


def _obstore() -> Any:  # noqa: ANN401 - a module
    for module in ("obstore.exceptions", "obstore.store"):
        import_extra(module, extra="s3", purpose="an object store")
    return import_extra("obstore", extra="s3", purpose="an object store")
