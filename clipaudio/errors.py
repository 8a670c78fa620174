"""Every exception of clipaudio, the tree drawn once.

ClipAudioError
├── TimelineError (ValueError)        labels and times do not make a timeline
│   └── UntidyTimelineError           strict repair met something it would have to change
├── SourceError (ValueError)          the file holds no speech times of a known shape, with the path of the field
│   └── CallbackError                 the JSON is not a callback
├── TimestampsMissingError (LookupError)  times were asked for, the clip came without
├── ApiError (RuntimeError)           the service refused or answered nonsense
│   ├── AuthenticationError           401, 403
│   ├── ClipNotFoundError (LookupError)   404
│   ├── RateLimitError                429, with `retry_after`
│   └── ServerError                   5xx, HTML, an empty answer
├── RequestError (ValueError)         refused before anything was sent
├── ConnectionFailedError (OSError)   no answer at all
│   └── DeadlineError (TimeoutError)  no answer in time
├── DownloadError (OSError)           the audio did not arrive whole
│   ├── UnsafeAddressError            the url leads where no clip lives
│   └── UrlExpiredError               the url has died: ask for a fresh one
├── AudioError (ValueError)           the bytes are not the audio they claim to be
│   └── ConvertError                  this audio cannot be written as asked
├── ExportError (ValueError)          this timeline cannot be written as asked
├── InboxError (RuntimeError)         the file of callbacks cannot be read or written
│   └── NoCallbackError               it has no callback of that number
├── FileBusyError (PermissionError)   another program has the file open, which Windows protects
├── ListenerEndedError (RuntimeError) the server of callbacks ended before its block did
├── ManifestError (ValueError)        there is no list of clips where one was named
├── LedgerError (RuntimeError)        the file of what was done cannot be read or written
│   └── LedgerBusyError               another process writes it
├── StorageError (OSError)            an object store gave no object, or took none
├── EngineError (RuntimeError)        the cluster that does the work cannot be reached, or went away
├── OptionError (TypeError)           an option has an unknown name, with the nearest valid one
├── TextEncodingError (ValueError)    the bytes of a text file are no Unicode, and nothing tells what else they are
├── EditError (ValueError)            a clip cannot be cut, padded, joined, or changed in speed like that
├── CaptionError (ValueError)         the text is not the captions it claims to be, with the line
├── TextGridError (ValueError)        the text is not the TextGrid it claims to be, with the line
├── AlignmentError (ValueError)       text and sound cannot be aligned
├── SynthesisError (RuntimeError)     the speech engine could not speak
└── MissingExtraError (ImportError)   an optional package is needed, with the command that installs it

Each error keeps its facts as attributes, pickles, and says what was found, what was expected and what to do.
`is_transient` tells whether the same call may succeed later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AlignmentError",
    "ApiError",
    "AudioError",
    "AuthenticationError",
    "CallbackError",
    "CaptionError",
    "ClipAudioError",
    "ClipNotFoundError",
    "ConnectionFailedError",
    "ConvertError",
    "DeadlineError",
    "DownloadError",
    "EditError",
    "EngineError",
    "ExportError",
    "FileBusyError",
    "InboxError",
    "LedgerBusyError",
    "LedgerError",
    "ListenerEndedError",
    "ManifestError",
    "MissingExtraError",
    "NoCallbackError",
    "OptionError",
    "RateLimitError",
    "RequestError",
    "ServerError",
    "SourceError",
    "StorageError",
    "SynthesisError",
    "TextEncodingError",
    "TextGridError",
    "TimelineError",
    "TimestampsMissingError",
    "UnsafeAddressError",
    "UntidyTimelineError",
    "UrlExpiredError",
    "check_options",
]


_TRANSIENT_STATUSES: Final = frozenset({429, 502, 503, 504})


class ClipAudioError(Exception):
    """The root: catch this to catch everything clipaudio raises on purpose.

    Facts given as keywords become attributes and survive pickling.

    >>> import pickle
    >>> error = pickle.loads(pickle.dumps(CallbackError("no id", path="$.id")))
    >>> error.path, str(error)
    ('$.id', 'no id')
    """

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.__dict__.update(facts)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.args, self.__dict__

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed later without any change.

        >>> RequestError("no id").is_transient, ConnectionFailedError("refused").is_transient
        (False, True)
        """
        return False


class TimelineError(ClipAudioError, ValueError):
    """Labels and times do not make a timeline."""


class UntidyTimelineError(TimelineError):
    """Strict repair met something it would have to change; `kind` and `index` name the first."""

    kind: str
    index: int


class SourceError(ClipAudioError, ValueError):
    """The file holds no speech times of a known shape; `path` names the field."""

    path: str


class CallbackError(SourceError):
    """The JSON is not a callback; `path` names the field."""


class TimestampsMissingError(ClipAudioError, LookupError):
    """Times were asked for, but the clip came without."""


class ApiError(ClipAudioError, RuntimeError):
    """The service refused, or answered nonsense; `status` and `body` (a snippet) tell."""

    status: int
    body: str

    @property
    def is_transient(self) -> bool:
        """Whether the status is 429, 502, 503 or 504."""
        return getattr(self, "status", None) in _TRANSIENT_STATUSES


class AuthenticationError(ApiError):
    """401 or 403: the key is missing, wrong or not allowed."""


class ClipNotFoundError(ApiError, LookupError):
    """404: no such clip or project."""


class RateLimitError(ApiError):
    """429: too many requests; `retry_after` in seconds, None when the service did not say."""

    retry_after: float | None


class ServerError(ApiError):
    """5xx, HTML instead of JSON, or an empty answer."""


class RequestError(ClipAudioError, ValueError):
    """The request was refused before anything was sent."""


class ConnectionFailedError(ClipAudioError, OSError):
    """No answer came at all."""

    @property
    def is_transient(self) -> bool:
        """True: another connection may get an answer."""
        return True


class DeadlineError(ConnectionFailedError, TimeoutError):
    """No answer came in time."""


class DownloadError(ClipAudioError, OSError):
    """The audio did not arrive whole; nothing was written.

    `received` bytes had arrived where it broke off, `status` is what was answered where it was refused.
    """

    @property
    def is_transient(self) -> bool:
        """Whether the audio broke off, or the status is 429, 502, 503 or 504."""
        return hasattr(self, "received") or getattr(self, "status", None) in _TRANSIENT_STATUSES


class UnsafeAddressError(DownloadError):
    """The url leads to an address or scheme where no clip lives."""


class UrlExpiredError(DownloadError):
    """The url has died; ask for the clip again to get a fresh one.

    `status` is what was answered, `expires_at` the end of its life by its own words (POSIX seconds, or None).
    """

    status: int
    expires_at: float | None


class AudioError(ClipAudioError, ValueError):
    """The bytes are not the audio they claim to be."""


class ConvertError(AudioError):
    """Audio cannot be written as asked."""


class ExportError(ClipAudioError, ValueError):
    """A timeline cannot be written as asked."""


class FileBusyError(ClipAudioError, PermissionError):
    """Another program has the file at `path` open, and Windows protects it from being replaced."""

    @property
    def is_transient(self) -> bool:
        """True: the other program may close the file."""
        return True


class InboxError(ClipAudioError, RuntimeError):
    """The file of callbacks cannot be read or written; what was acknowledged before is still in it."""


class NoCallbackError(InboxError):
    """The inbox has no callback of that number, or it was purged."""


class ListenerEndedError(ClipAudioError, RuntimeError):
    """The server of callbacks ended before its block did; its error is the cause."""


class ManifestError(ClipAudioError, ValueError):
    """There is no list of clips where one was named: no such file, a pattern without a match, another format."""


class LedgerError(ClipAudioError, RuntimeError):
    """The file of what was done cannot be read or written; what is in it stays."""


class LedgerBusyError(LedgerError):
    """Another process writes the ledger; `process` is its number, None where it did not say."""

    process: int | None


class StorageError(ClipAudioError, OSError):
    """An object store gave no object, or took none."""

    @property
    def is_transient(self) -> bool:
        """True: the store may answer later."""
        return True


class EngineError(ClipAudioError, RuntimeError):
    """The cluster that does the work cannot be reached, or went away; what was done stays done."""


class OptionError(ClipAudioError, TypeError):
    """A keyword argument has an unknown name; `name` is the wrong one, `nearest` a valid one or None."""

    name: str
    nearest: str | None


class EditError(ClipAudioError, ValueError):
    """A clip cannot be cut, padded, joined, or changed in speed like that."""


class CaptionError(ClipAudioError, ValueError):
    """The text is not the captions it claims to be; `line` counts from 1.

    `effect` is "refused" where the times of a cue are unknown, "lost" where text is left out or may be another cue's,
    "kept" where all is read and players do otherwise.
    """

    line: int
    effect: str = "refused"


class TextGridError(ClipAudioError, ValueError):
    """The text is not the TextGrid it claims to be; `line` counts from 1."""

    line: int


class LexiconError(ClipAudioError, ValueError):
    """The text is no lexicon of words and phones; `line` counts from 1."""

    line: int


class FitError(ClipAudioError, ValueError):
    """The times of a clip do not fit its sound as well as they must; the message has the reasons."""


class TextEncodingError(ClipAudioError, ValueError):
    """The bytes are no Unicode, and nothing tells in which encoding they are."""


class AlignmentError(ClipAudioError, ValueError):
    """Text and sound cannot be aligned."""


class SynthesisError(ClipAudioError, RuntimeError):
    """The emulator's engine could not speak; the message says why and what else there is."""


class MissingExtraError(ClipAudioError, ImportError):
    """An optional package is needed; the message carries the command that installs it."""


def check_options(given: Iterable[str], valid: Iterable[str]) -> None:
    """Check the names of keyword arguments.

    Raises
    ------
    OptionError
        A name of *given* is not in *valid*; the message lists the valid names and the nearest.

    Examples
    --------
    >>> check_options({"profle": "bbc"}, ["profile", "fps"])
    Traceback (most recent call last):
    clipaudio.errors.OptionError: no option 'profle'; did you mean 'profile'? The options are profile and fps
    """
    names = list(valid)
    for name in given:
        if name in names:
            continue
        from difflib import get_close_matches  # noqa: PLC0415 - loads on use, so that errors stay light

        nearest = next(iter(get_close_matches(name, names, 1)), None)
        hint = f"; did you mean {nearest!r}? The" if nearest else "; the"
        listed = " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
        raise OptionError(f"no option {name!r}{hint} options are {listed}", name=name, nearest=nearest)
