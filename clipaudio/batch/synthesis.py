"""Ask the service to speak many texts, and fetch each clip; an interrupted run resumes.

Conventions
-----------
`asked.jsonl` in the folder says what was asked: a line when the service has accepted a text, with its clip, and a line
when its audio is whole. A text that was accepted is never asked for twice, so nothing is paid for twice; only a crash
between the answer and its line can lose one. Requests keep the pace of the client, all threads together.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clipaudio.batch.lock import Lock
from clipaudio.clip.opening import fetch
from clipaudio.errors import ClipAudioError
from clipaudio.file_names import safe_name
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.client import generation_of
from clipaudio.waits import close_executor, wait_for_outcome

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from clipaudio.http.client import HttpTransport
    from clipaudio.resemble.callback import ClipCallback
    from clipaudio.resemble.client import Client

__all__ = ["NO_CALLBACK", "SpokenLine", "SpokenText", "speak_texts"]

NO_CALLBACK: Final = "https://no-callback.invalid/"
"""A callback uri that leads nowhere (RFC 2606): an update needs one, and here the clip is polled."""


@dataclass(frozen=True, kw_only=True)
class SpokenText:
    """One text to speak.

    Parameters
    ----------
    name
        Of its files, without a suffix.
    fields
        The fields of the request, as in `clipaudio.ClipUpdate`.
    clip
        The clip to update; None creates one.
    """

    name: str
    fields: dict[str, Any]
    clip: str | None = None

    def key(self, project: str) -> str:
        """Return a digest of what is asked for."""
        asked = json.dumps([project, self.clip, self.name, self.fields], sort_keys=True)
        return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True)
class SpokenLine:
    """The result for one text: "spoken", "kept" from an earlier run, or "failed"."""

    name: str
    status: str
    clip: str | None = None
    audio: str | None = None
    callback: str | None = None
    error: str | None = None

    def as_row(self) -> dict[str, Any]:
        """Return the fields that are known."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def speak_texts(  # noqa: PLR0913 - keyword-only but what is asked
    texts: Sequence[SpokenText],
    client: Client,
    project: str,
    folder: str | os.PathLike[str],
    *,
    threads: int = 4,
    timeout: float = 300.0,
    poll: float = 2.0,
    transport: HttpTransport | None = None,
    allow_private: bool = False,
) -> Iterator[SpokenLine]:
    """Speak *texts*, and yield the result of each, in order; one that fails does not stop the others.

    Parameters
    ----------
    texts
        With names of their own.
    client, project
        The service, and the id of the project.
    folder
        Takes the audio, the callbacks and `asked.jsonl`; created if missing.
    threads
        Texts at once.
    timeout, poll
        Seconds to wait for one clip, and between two questions whether it is ready.
    transport, allow_private
        As in `clipaudio.fetch`.

    Raises
    ------
    LedgerBusyError
        Another process fills the folder.
    OSError
        The folder cannot be written.
    """
    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True)
    lock = Lock(into / "asked.jsonl")
    try:
        record = _Record(into / "asked.jsonl")
        speaker = _Speaker(client, project, into, record, timeout, poll, transport, allow_private)
        yield from _map_in_threads(speaker.speak, texts, threads)
    finally:
        lock.release()


def _map_in_threads(
    speak: Callable[[SpokenText], SpokenLine], texts: Sequence[SpokenText], threads: int
) -> Iterator[SpokenLine]:
    """Yield what *speak* returns for each of *texts*, in their order; Ctrl-C ends the wait."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="clipaudio-synthesis")
    under_way = deque(pool.submit(speak, text) for text in texts)
    try:
        while under_way:
            oldest = under_way.popleft()
            wait_for_outcome(oldest)
            yield oldest.result(timeout=0)
    finally:
        close_executor(pool, under_way)


class _Record:
    """What was asked for, by key; each line is written at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._rows: dict[str, dict[str, Any]] = {}
        raw = path.read_bytes() if path.exists() else b""
        for line in raw.splitlines():
            try:
                row = json.loads(line)
            except ValueError:  # torn by a crash
                continue
            if isinstance(row, dict) and isinstance(row.get("key"), str):
                self._rows[row["key"]] = row
        if raw and not raw.endswith(b"\n"):
            self._append(b"\n")

    def get(self, key: str) -> dict[str, Any]:
        with self._lock:
            return self._rows.get(key, {})

    def add(self, key: str, **values: str | None) -> None:
        with self._lock:
            row = self._rows[key] = {**self._rows.get(key, {}), "key": key, **values}
            self._append(json.dumps(row).encode("ascii") + b"\n")

    def _append(self, data: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(data)


@dataclass(frozen=True)
class _Speaker:
    """Speaks one text after another, in any thread."""

    client: Client
    project: str
    folder: Path
    record: _Record
    timeout: float
    poll: float
    transport: HttpTransport | None
    allow_private: bool

    def speak(self, text: SpokenText) -> SpokenLine:
        """Return the result for one text."""
        key = text.key(self.project)
        known = self.record.get(key)
        try:
            if known.get("audio") and all((self.folder / known[name]).is_file() for name in ("audio", "callback")):
                paths = {name: str(self.folder / known[name]) for name in ("audio", "callback")}
                return SpokenLine(name=text.name, status="kept", clip=known["clip"], **paths)
            callback = self._ask(text, key, known.get("clip"))
            clip = fetch(
                callback,
                self.folder,
                name=safe_name(text.name),
                transport=self.transport,
                allow_private=self.allow_private,
                refresh=lambda: read_callback(self.client.get_clip(self.project, callback.id or "").raw),
            )
        except (ClipAudioError, OSError) as error:
            return SpokenLine(name=text.name, status="failed", clip=self.record.get(key).get("clip"), error=str(error))
        audio, saved = Path(str(clip.audio)), self.folder / f"{safe_name(text.name)}.json"
        self.record.add(key, audio=audio.name, callback=saved.name)
        return SpokenLine(name=text.name, status="spoken", clip=callback.id, audio=str(audio), callback=str(saved))

    def _ask(self, text: SpokenText, key: str, accepted: str | None) -> ClipCallback:
        """Return the finished clip; one that was accepted before is only waited for."""
        before = self.record.get(key).get("before")
        if accepted is None and text.clip is None:
            item = self.client.create_clip(self.project, **text.fields)
            accepted = item.uuid
            self.record.add(key, clip=accepted)
            if item.audio_src:
                return read_callback(item.raw)
        elif accepted is None and text.clip is not None:
            accepted, before = text.clip, generation_of(self.client.get_clip(self.project, text.clip))
            self.client.update_clip(self.project, text.clip, **{"callback_uri": NO_CALLBACK, **text.fields})
            self.record.add(key, clip=accepted, before=before)
        item = self.client.wait_for_clip(
            self.project, accepted or "", before=before, timeout=self.timeout, poll=self.poll
        )
        return read_callback(item.raw)
