"""Find files of speech times in folders: which suffixes they have, and which of several files of one clip is read.

A folder may hold a callback and what was exported from it. So of the files of one name, the first in the order of
`SPEECH_SUFFIXES` is the clip; the others are passed over.
"""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH113, PTH118, PTH119, PTH120, PTH122

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Any, Final

import msgspec

from clipaudio.batch.callback_header import read_header
from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.manifest_rows import id_of_path
from clipaudio.download.local_audio import audio_beside
from clipaudio.errors import CallbackError, SourceError
from clipaudio.export import FORMATS
from clipaudio.resemble.payload_models import CALLBACK_KEYS

__all__ = ["SPEECH_SUFFIXES", "has_better_file", "is_speech_file", "is_stream", "speech_row"]

_EVENT: Final = re.compile(rb"(?:data|event|id|retry)?:")
SPEECH_SUFFIXES: Final = (
    *(".json", ".jsonl", ".ndjson", ".textgrid", ".eaf", ".ctm", ".json3", ".srv3", ".vtt", ".ttml", ".dfxp"),
    *(".ass", ".ssa", ".srt", ".srv2", ".srv1", ".sbv", ".lrc", ".tsv"),
)
"""Suffixes of files that may hold speech times, the richest first."""
_HEAD: Final = 1 << 22
"""Bytes of JSON lines that are read to see whether they are the messages of one clip."""
_OF_EACH, _MOST_FORMS = 3, 100
"""Messages of one form, and forms, that tell what a file holds."""
_ROW_KEYS: Final = frozenset(["callback", "audio_filepath", "url", "audio_src", "item"])
"""Keys that only rows of a manifest have."""


def is_speech_file(path: str) -> bool:
    """Return True if the suffix of *path* is one of files of speech times."""
    return os.path.splitext(path)[1].lower() in SPEECH_SUFFIXES


@functools.cache
def _own_extensions() -> tuple[str, ...]:
    """Return the extensions that exports write, the longest first."""
    return tuple(sorted((row.extension.lower() for row in FORMATS), key=len, reverse=True))


def has_better_file(path: str) -> bool:
    """Return True if a file of the same name and a richer format lies beside *path*: it is the clip.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("a.json", "a.srt", "b.srt"):
    ...     Path(folder, name).touch()
    >>> [has_better_file(os.path.join(folder, name)) for name in ("a.json", "a.words.json", "a.srt", "b.srt")]
    [False, True, True, False]
    """
    lower = path.lower()
    own = next((extension for extension in _own_extensions() if lower.endswith(extension)), None)
    suffix = os.path.splitext(path)[1]
    stems = [path[: -len(suffix)]] if own is None else [path[: -len(own)], path[: -len(suffix)]]
    rank = SPEECH_SUFFIXES.index(suffix.lower()) if suffix.lower() in SPEECH_SUFFIXES else 0
    plain = own is None or own == suffix.lower()
    better = SPEECH_SUFFIXES[:rank] if plain else SPEECH_SUFFIXES
    if any(_exists(stem, other) for stem in dict.fromkeys(stems) for other in better if stem + other != path):
        return True
    return own is not None and os.path.basename(stems[0]) == _audio_of_callback(os.path.dirname(path))


@functools.lru_cache(maxsize=8)
def _audio_of_callback(folder: str) -> str | None:
    """Return the stem of the audio that the `callback.json` of a folder names: exports may be called like it."""
    path = os.path.join(folder, "callback.json")
    try:
        header = read_header(Path(path).read_bytes())
    except (CallbackError, OSError):
        return None
    audio = audio_beside(header.url, folder)
    return None if audio is None else os.path.splitext(os.path.basename(audio))[0]


def _exists(stem: str, suffix: str) -> bool:
    spelled = {".textgrid": (".TextGrid", ".textgrid")}.get(suffix, (suffix,))
    return any(os.path.isfile(stem + one) for one in spelled)


def speech_row(path: str, root: str | None) -> ClipSpec | Unreadable:
    """Return the row of a file of speech times that is no callback; its id is its path below *root*, else its name."""
    from clipaudio.sources.document import decode_document  # noqa: PLC0415 - all readers load on use
    from clipaudio.sources.table import find_source  # noqa: PLC0415 - as above

    try:
        source = find_source(decode_document(Path(path).read_bytes()))
    except (SourceError, OSError) as error:
        return Unreadable(path, str(error))
    if source.level == "none":
        return Unreadable(path, f"{source.title} holds no words that are read")
    folder, name = os.path.split(path)
    stem = os.path.splitext(name)[0]
    id_ = stem if root is None else id_of_path(os.path.relpath(path, root))
    return ClipSpec(id=id_, callback=path, audio=audio_beside(None, folder, stem), where=path)


def is_stream(path: str) -> bool:
    """Return True if a file of JSON lines holds the messages of one clip, and no list of clips."""
    from clipaudio.sources.document import Document  # noqa: PLC0415 - as above
    from clipaudio.sources.table import find_source  # noqa: PLC0415 - as above

    try:
        document = Document(b"", _some_messages(path))
        first = next((message for message in document.messages if isinstance(message, dict)), {})
        has_id = not first.keys().isdisjoint({"id", "uuid"})
        if not first.keys().isdisjoint(_ROW_KEYS) or (has_id and not first.keys().isdisjoint(CALLBACK_KEYS)):
            return False
        return find_source(document).level != "none"
    except (SourceError, OSError):
        return False


def _some_messages(path: str) -> list[Any]:
    """Return a few messages of each form from the beginning of a file of JSON lines; a manifest may have millions."""
    kept: list[Any] = []
    forms: dict[tuple[str, ...], int] = {}
    with Path(path).open("rb") as file:
        for line in file:
            if file.tell() > _HEAD:
                break
            data = line.removeprefix(b"\xef\xbb\xbf").strip()
            if _EVENT.match(data):  # a stream of events that was saved as lines
                data = data.partition(b":")[2].strip() if data.startswith(b"data:") else b""
            try:
                message = msgspec.json.decode(data if data not in {b"", b"[DONE]"} else b"null")
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                raise SourceError(f"a line is no JSON: {error}", path="$") from error
            if not isinstance(message, dict):
                continue
            form = tuple(key for key, value in message.items() if value)
            forms[form] = forms.get(form, 0) + 1
            if forms[form] <= _OF_EACH and len(forms) <= _MOST_FORMS:
                kept.append(message)
    return kept
