"""Print the output of a command: data on stdout, one sentence an error on stderr, one status line on a terminal.

Conventions
-----------
With `--json` every line of stdout is one JSON object. A message is `clipaudio COMMAND: sentence`; it names flags, not
the Python arguments of the same meaning, and says what to do next.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import sys
import time
from typing import TYPE_CHECKING, Final, Self

from clipaudio.errors import ClipAudioError
from clipaudio.system import takes_escapes

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping
    from typing import TextIO

    from clipaudio.timing.repair_report import RepairReport

__all__ = ["Output", "explain", "printable", "to_json"]

_TERMINAL_SECONDS: Final = 0.2
_ELSEWHERE_SECONDS: Final = 30.0
_CONTROLS: Final = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
_UNSEEN: Final = re.compile(f"{_CONTROLS.pattern[:-1]}\\u202a-\\u202e\\u2066-\\u2069]")
"""Controls, and what makes a terminal show a line in another order."""
_CLEAR: Final = "\r\x1b[K"
_ADVICE: Final = {
    errno.ENOENT: "no such file or folder; check the path",
    errno.EACCES: "permission denied; check who may read and write it",
    errno.EPERM: "not permitted; check who may read and write it",
    errno.EEXIST: "it exists and is no folder; choose another name",
    errno.EISDIR: "it is a folder; name a file",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another path",
    errno.ENOSPC: "the disk is full; make room and run the command again",
    errno.EROFS: "the disk is read-only; choose another place",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ELOOP: "a symbolic link leads to itself; check the path",
    errno.EADDRINUSE: "the port is taken; choose another with --port, or 0 for a free one",
    errno.EADDRNOTAVAIL: "this machine has no such address; check --host",
}
_PHRASES: Final = {
    ", or pass key=…": "",
    "with include_timestamps=True when you update it": "with `clipaudio update`, which does so by default",
    "(pass allow_private or allow_http for a server of your own)": "(pass --allow-private for a server of your own)",
    "(pass allow_private for a server of your own)": "(pass --allow-private for a server of your own)",
    "use https, or allow_http=True for a server of your own": "use https",
    "ask again with client.get_clip": "run the same command again, which waits for it",
    "pass one of them to read_callback": "save one of them to a file of its own",
    "; give None, or a token": "; leave it out, or name a token",
    'pass repair="strict"': "pass --strict",
    "pass audio= to open_clip": "pass --audio",
    "method='PATCH' or 'PUT'": "--method PATCH or PUT",
}
"""Advice for Python, and the same for the command line."""


class Output:
    """Print the data, messages and status of one command.

    Parameters
    ----------
    command
        Its name, which begins each message.
    is_json, is_quiet
        Print JSON lines instead of text; print no notes, no summary and no status line.
    flags
        The flag or metavar of each argument by its Python name.
    stream, clock
        Where messages go, and the time in seconds; for tests.
    """

    def __init__(
        self,
        command: str,
        *,
        is_json: bool = False,
        is_quiet: bool = False,
        flags: Mapping[str, str] | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_json = is_json
        self._command = command
        self._flags = flags or {}
        self._stream = stream or sys.stderr or io.StringIO()  # None if the process was started without a stderr
        self._clock = clock
        self._shown = clock() - _TERMINAL_SECONDS  # the first status shows at once
        self._is_terminal = not is_quiet and self._stream.isatty() and takes_escapes(self._stream)
        self._is_quiet = is_quiet
        self._has_status = False
        self._noted: set[str] = set()

    @classmethod
    def of(cls, options: argparse.Namespace) -> Self:
        """Make the output of a parsed command line; see `clipaudio.cli.arguments.set_command`."""
        return cls(
            options.command,
            is_json=getattr(options, "json", False),
            is_quiet=getattr(options, "quiet", False),
            flags=options.flags,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear_status()

    def row(self, values: Mapping[str, object], text: str | None = None) -> None:
        """Print *values* as JSON, or *text* for people; None prints nothing for people."""
        line = to_json(values) if self.is_json else text
        if line is not None:
            self.text(line + "\n")

    def text(self, text: str) -> None:
        """Print *text* for people; control characters other than tabs and line ends become "?"."""
        if sys.stdout is not None:  # the process was started without a stdout
            self.clear_status()  # stdout may be the same terminal: the status must not stand before the text
            try:
                sys.stdout.write(_CONTROLS.sub("?", text))
                sys.stdout.flush()
            except OSError as error:
                if error.errno == errno.EINVAL:  # what Windows says of a pipe whose reader has left
                    raise BrokenPipeError from error
                raise

    def message(self, text: str) -> None:
        """Print one sentence on stderr, on one line and without control characters."""
        text = _UNSEEN.sub("?", text).replace("\n", "?").replace("\t", " ")
        self.clear_status()
        self._stream.write(f"clipaudio {self._command}: {text}\n")
        self._stream.flush()

    def note(self, text: str) -> None:
        """Print one sentence that is no problem, unless the output is quiet."""
        if not self._is_quiet:
            self.message(text)

    def note_once(self, text: str) -> None:
        """Print a note as `note` does, unless it was printed before."""
        if text not in self._noted:
            self._noted.add(text)
            self.note(text)

    def note_repairs(self, reports: Mapping[str, RepairReport], subject: object) -> None:
        """Print once what was guessed about the times of *subject*, and which were moved far."""
        from clipaudio.timing.repair_report import list_told

        for told in list_told(reports):
            self.note_once(f"{subject}: {told}")

    def error(self, error: Exception, subject: str = "") -> str:
        """Print what is wrong, with the *subject* it concerns; return the sentence."""
        sentence = self.explain(error)
        names_subject = not subject or sentence.startswith(subject)
        self.message(sentence if names_subject else f"{subject}: {sentence}")
        return sentence

    def explain(self, error: Exception) -> str:
        """Return the sentence that `error` prints."""
        return explain(error, self._flags)

    def in_flags(self, text: str) -> str:
        """Return *text* with flags instead of Python names."""
        return _use_flags(text, self._flags)

    def usage(self, problem: Exception | str) -> int:
        """Print why the command line cannot be followed; return the exit code 2."""
        self.message(problem if isinstance(problem, str) else explain(problem, self._flags))
        return 2

    def status(self, text: str, *, is_long: bool = False) -> None:
        """Show *text* on a terminal, five times a second at most; elsewhere each half minute if *is_long*."""
        now = self._clock()
        if self._is_quiet or not (self._is_terminal or is_long):
            return
        if now - self._shown < (_TERMINAL_SECONDS if self._is_terminal else _ELSEWHERE_SECONDS):
            return
        self._shown = now
        self._has_status = self._is_terminal
        self._stream.write(f"{_CLEAR}{text}" if self._is_terminal else f"{text}\n")
        self._stream.flush()

    def clear_status(self) -> None:
        """Remove the status line, if one is shown."""
        if self._has_status:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._has_status = False

    def note_on_language(self, language: str | None, formats: Iterable[str]) -> str | None:
        """Print once, before the first file, that *language* has no word list; return that note, or None."""
        from clipaudio.captions.languages import note_on_language

        note = None if language is None else note_on_language(language)
        if note is None:
            return None
        from clipaudio.export import find_format

        if any(find_format(name).has_cues for name in formats):
            self.message(note)
        return note


def explain(error: Exception, flags: Mapping[str, str] | None = None) -> str:
    """Return the sentence that says what is wrong and what to do next, in the words of the command line.

    Parameters
    ----------
    flags
        The flag or metavar of each argument by its Python name.

    Examples
    --------
    >>> explain(FileNotFoundError(2, "No such file or directory", "a.json"))
    'a.json: no such file or folder; check the path'
    >>> from clipaudio.errors import RequestError
    >>> explain(RequestError("clip is empty, expected an id", field="clip"), {"clip": "CLIP"})
    'CLIP is empty, expected an id'
    """
    if isinstance(error, OSError) and not isinstance(error, ClipAudioError):
        return _explain_os_error(error)
    text = re.sub(r"\[Errno -?\d+\] ", "", str(error))
    for phrase, advice in _PHRASES.items():
        text = text.replace(phrase, advice)
    flags = flags or {}
    field = str(getattr(error, "field", ""))
    if field in flags and text.startswith(field):
        text = flags[field] + text.removeprefix(field)
    return _use_flags(text, flags)


def _use_flags(text: str, flags: Mapping[str, str]) -> str:
    for name, flag in flags.items():
        text = re.sub(rf"\b{name}='([^']*)'", rf"{flag} \1", text)
        text = re.sub(rf"\b{name}=", f"{flag} ", text)
        if "_" in name:
            text = re.sub(rf"(?<![\w.$]){name}\b(?!\.)", flag, text)
    return text


def to_json(values: Mapping[str, object]) -> str:
    """Return one line of JSON."""
    try:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
    except ValueError:  # NaN, which is no JSON
        finite = json.loads(json.dumps(values), parse_constant=lambda _: None)
        text = json.dumps(finite, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _explain_os_error(error: OSError) -> str:
    subject = printable(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else ""
    reason = _ADVICE.get(error.errno or 0)
    if reason is None:
        plain = re.sub(r"\[Errno -?\d+\] ", "", error.strerror or str(error) or type(error).__name__)
        reason = f"{plain[:1].lower()}{plain[1:]}; check it and try again"
    return f"{subject}: {reason}" if subject else reason


def printable(text: str | None) -> str:
    """Return *text*, which may be whatever was posted, on one line and without commands to the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text or "")
