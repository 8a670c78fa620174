"""Import the packages of optional extras, or name the command that installs them."""

from __future__ import annotations

import importlib
import re
from typing import Any, Final

from clipaudio.errors import MissingExtraError

__all__ = ["import_dependency", "import_extra", "install_command"]

_MARKER: Final = re.compile(r"""^(?:\(?(.+?)\)? and )?extra == ['"]([\w-]+)['"]$""")


def import_extra(module: str, *, extra: str, purpose: str) -> Any:  # noqa: ANN401 - a module of another project
    """Return a module that an extra installs.

    Raises
    ------
    MissingExtraError
        It cannot be imported; the message says what *purpose* needs, which command installs it, and why it failed
        where it is installed.

    Examples
    --------
    >>> import_extra("pandas_3000", extra="pandas", purpose="a table")
    Traceback (most recent call last):
    clipaudio.errors.MissingExtraError: a table needs pandas_3000; install it with: pip install "pandas>=2.2"
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        command = install_command(extra)
        if _is_absent(module, error):
            text = f"{purpose} needs {module.partition('.')[0]}; install it with: {command}"
        else:
            text = _describe_damage(module, error, purpose=purpose, command=command)
        raise MissingExtraError(text) from error


def import_dependency(module: str, *, purpose: str) -> Any:  # noqa: ANN401 - a module of another project
    """Return a module that clipaudio installs wherever it has a wheel; see ``docs/platforms.md``.

    Raises
    ------
    MissingExtraError
        It has none for this platform, and was not built.

    Examples
    --------
    >>> import_dependency("soxr_3000", purpose="resampling")
    Traceback (most recent call last):
    clipaudio.errors.MissingExtraError: resampling needs soxr_3000, which has no wheel for this platform; with a C
    compiler, pip install soxr_3000 builds it
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        command = f"pip install {module}"
        if _is_absent(module, error):
            text = f"{purpose} needs {module}, which has no wheel for this platform; with a C compiler,"
            text += f" {command} builds it"
        else:
            text = _describe_damage(module, error, purpose=purpose, command=command)
        raise MissingExtraError(text) from error


def _is_absent(module: str, error: ImportError) -> bool:
    """Return True if *module* itself was not found, and no part of it or package that it imports."""
    return isinstance(error, ModuleNotFoundError) and error.name in {module, module.partition(".")[0]}


def _describe_damage(module: str, error: ImportError, *, purpose: str, command: str) -> str:
    text = f"{purpose} needs {module.partition('.')[0]}, which is installed but cannot be imported: {error};"
    return f"{text} install it again with: {command.replace('install', 'install --force-reinstall', 1)}"


def install_command(extra: str) -> str:
    """Return the command that installs the packages of *extra*.

    clipaudio itself is on no package index, so the command names the packages.

    Examples
    --------
    >>> install_command("pandas")
    'pip install "pandas>=2.2"'
    """
    from importlib import metadata  # noqa: PLC0415 - runs where a package is missing

    try:
        lines = metadata.requires("clipaudio") or []
    except metadata.PackageNotFoundError:  # the sources alone, as in a zip
        lines = []
    packages = []
    for line in lines:
        package, _, marker = line.partition(";")
        found = _MARKER.match(marker.strip())
        if found is not None and found[2] == extra:
            packages.append(f'"{package.strip()}; {found[1]}"' if found[1] else f'"{package.strip()}"')
    return f"pip install {' '.join(packages)}" if packages else f'pip install "./clipaudio[{extra}]" beside a clone'
