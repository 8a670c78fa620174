"""Read defaults of flags from configuration files and the environment.

Order
-----
A flag of the command line counts most, then the environment (`CLIPAUDIO_BATCH_JOBS=4`), then `clipaudio.toml` in the
working folder, then the user's own file, `clipaudio/config.toml` in `$XDG_CONFIG_HOME` (`~/.config`; `%APPDATA%` on
Windows). A file has a table for each command, and `[defaults]` for every command that has such a flag::

    [defaults]
    language = "pt-BR"

    [export]
    to = ["srt", "vtt"]
    profile = "bbc"

A working folder may have come from somebody else. So flags that decide where a key or a request goes, or which
file is appended to (`_PRIVATE`), are refused there.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clipaudio.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["apply_defaults", "find_files"]

_NAME: Final = "clipaudio.toml"
_DEFAULTS: Final = "defaults"
_PREFIX: Final = "CLIPAUDIO"
_LARGEST: Final = 1_000_000
_PRIVATE: Final = frozenset(
    "allow-private audio-url base-url callback-uri forward-to host inbox ledger log nemo public public-url scheduler"
    " supervisions table".split()
)
"""Flags that only the command line, the environment and the user's own file may set."""
_NEVER: Final = frozenset({"help", "version", "debug"})


class _Setting(NamedTuple):
    """A value, the flag it is for, and where it stands."""

    flag: str
    value: object
    place: str
    is_shared: bool = False  # for every command that has the flag


def find_files(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Return the configuration files that exist; what stands in the last one counts most."""
    home = environment.get("XDG_CONFIG_HOME") or environment.get("APPDATA" if sys.platform == "win32" else "", "")
    folder = Path(home) if home else Path(environment.get("HOME") or "~").expanduser() / ".config"
    return [path for path in (folder / "clipaudio" / "config.toml", Path(_NAME)) if path.is_file()]


def apply_defaults(
    parser: argparse.ArgumentParser, commands: Iterable[str], environment: Mapping[str, str] = os.environ
) -> list[str]:
    """Set the defaults of a command's *parser*, and return the places they came from.

    Parameters
    ----------
    parser
        The parser of one command; the last word of `prog` is its name.
    commands
        The names of all commands.

    Raises
    ------
    OptionError
        A file is no TOML, names no command, or sets a flag that the command does not have or that it may not set; a
        value is not one that the flag takes.
    """
    command = parser.prog.rpartition(" ")[2]
    flags = {
        option.lstrip("-"): action
        for action in parser._actions  # noqa: SLF001 - argparse has no other list of its arguments
        for option in action.option_strings
        if option.startswith("--") and option.lstrip("-") not in _NEVER
    }
    places = []
    for path in find_files(environment):
        for setting in _read(path, command, frozenset(commands)):
            if setting.flag not in flags and setting.is_shared:
                continue
            _apply(parser, flags, setting)
            places.append(setting.place)
    for flag in flags:
        name = f"{_PREFIX}_{command}_{flag}".upper().replace("-", "_")
        if name in environment:
            _apply(parser, flags, _Setting(flag, environment[name], name))
            places.append(name)
    return list(dict.fromkeys(places))


def _read(path: Path, command: str, commands: frozenset[str]) -> Iterator[_Setting]:
    """Yield the settings of a file for one command, those of all commands first."""
    with path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise OptionError(f"{path}: larger than 1 MB; this is no configuration")
    try:
        tables = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OptionError(f"{path}: not valid TOML: {error}") from None
    is_own = path != Path(_NAME)
    for name, table in tables.items():
        if name != _DEFAULTS and name not in commands:
            raise OptionError(f"{path}: there is no command {name!r}{_nearest(name, [*commands, _DEFAULTS])}")
        if not isinstance(table, dict):
            raise OptionError(f"{path}: {name} is no table; write [{name}], and the flags below it")
    for name in (_DEFAULTS, command):
        for key, value in tables.get(name, {}).items():
            flag = key.replace("_", "-")
            if flag in _PRIVATE and not is_own:
                raise OptionError(f"{path}: {key} may not be set in a working folder; set it in your own file")
            yield _Setting(flag, value, str(path), is_shared=name == _DEFAULTS)


def _apply(parser: argparse.ArgumentParser, flags: dict[str, argparse.Action], setting: _Setting) -> None:
    """Make a setting the default of its flag."""
    action = flags.get(setting.flag)
    if action is None:
        nearest = _nearest(setting.flag, flags)
        raise OptionError(f"{setting.place}: {parser.prog} has no flag --{setting.flag}{nearest}")
    try:
        action.default = _convert(parser, action, setting)
    except (argparse.ArgumentError, argparse.ArgumentTypeError, ValueError) as error:
        text = getattr(error, "message", str(error))
        raise OptionError(f"{setting.place}: {setting.flag}: {text}") from None
    parser.set_defaults(**{action.dest: action.default})
    action.required = False


def _convert(parser: argparse.ArgumentParser, action: argparse.Action, setting: _Setting) -> object:
    """Return a value as the flag would have stored it."""
    value = setting.value
    if action.nargs == 0:
        return _switch(action, value)
    entries = value if isinstance(value, list) else [value]
    if any(isinstance(entry, dict | list | bool) or entry is None for entry in entries):
        raise ValueError(f"{value!r} is no text or number")
    if isinstance(action, argparse._AppendAction) or action.nargs in {"*", "+"}:  # noqa: SLF001 - the kind of a flag
        return [_check(parser, action, str(entry)) for entry in entries]
    return _check(parser, action, ",".join(map(str, entries)))


def _switch(action: argparse.Action, value: object) -> object:
    """Return what a flag without a value stores; one that is counted takes a number too."""
    if isinstance(action, argparse._CountAction) and str(value).isdecimal():  # noqa: SLF001 - the kind of a flag
        return int(str(value))
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    is_on = words.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(is_on, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004 - told as any wrong value
    if isinstance(action, argparse.BooleanOptionalAction):
        return is_on
    return action.const is not False if is_on else action.const is False


def _check(parser: argparse.ArgumentParser, action: argparse.Action, text: str) -> Any:  # noqa: ANN401 - as the flag stores
    value = parser._get_value(action, text)  # noqa: SLF001 - argparse has no public way to convert one value
    parser._check_value(action, value)  # noqa: SLF001 - as above
    return value


def _nearest(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
