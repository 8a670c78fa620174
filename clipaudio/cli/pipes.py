"""Let `-` stand for stdin and stdout in a command that reads and writes files."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from clipaudio.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Pipes", "open_stdin"]


def open_stdin() -> BinaryIO:
    """Return stdin as bytes.

    Raises
    ------
    OptionError
        The process was started without one.
    """
    if sys.stdin is None:
        raise OptionError("stdin is closed; pipe something into it, or name a file")
    return sys.stdin.buffer


class Pipes:
    """Temporary files in place of each `-`; use it in a `with` block.

    Parameters
    ----------
    inputs
        What was named as inputs.
    out
        What was named as output.
    extension
        Format of the output on stdout.

    Raises
    ------
    OptionError
        The output goes to stdout, which is a terminal, or there is not one input.
    """

    def __init__(self, inputs: Sequence[str], out: str, extension: str) -> None:
        self.is_stdout = out == "-"
        if self.is_stdout and len(inputs) != 1:
            raise OptionError(f"stdout takes one file, but there are {len(inputs)} inputs: name a folder")
        if self.is_stdout and sys.stdout.isatty():
            raise OptionError("stdout is a terminal; send it into a file or a pipe, or name a file")
        self._folder = tempfile.TemporaryDirectory(prefix="clipaudio-")
        folder = Path(self._folder.name)
        self._stdin, self._stdout = folder / "stdin", folder / f"stdout.{extension}"
        self.inputs = [str(self._stdin) if name == "-" else name for name in inputs]
        self.out = str(self._stdout) if self.is_stdout else out

    def __enter__(self) -> Self:
        if str(self._stdin) in self.inputs:
            with self._stdin.open("wb") as file:
                shutil.copyfileobj(open_stdin(), file, 1 << 20)
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def send(self) -> None:
        """Write the output to stdout, if it was made."""
        if self.is_stdout and self._stdout.exists():
            with self._stdout.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)
            sys.stdout.buffer.flush()

    def named(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return *row* with `-` for the temporary files."""
        return {key: self._plain(value) for key, value in row.items()}

    def _plain(self, value: object) -> object:
        if isinstance(value, list):
            return [self._plain(each) for each in value]
        if not isinstance(value, str):
            return value
        return value.replace(str(self._stdin), "-").replace(str(self._stdout), "-")
