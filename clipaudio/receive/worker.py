"""Process the callbacks of an inbox: download and export each, and retry transient failures.

Conventions
-----------
A callback is "received", then "downloaded", then "exported". Each step holds a lease, so that several threads or
processes can share one inbox and a dead one loses nothing. A repeated step writes the same files. Only the newest
callback of a clip is processed. Forwarding is independent: every callback is forwarded unchanged and at once.
"""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipaudio.clip import fetch, open_clip
from clipaudio.download.task import SUFFIXES, safe_name
from clipaudio.errors import (
    CallbackError,
    ClipAudioError,
    ClipNotFoundError,
    RequestError,
    ServerError,
)
from clipaudio.export import find_format
from clipaudio.http.retry import Retry
from clipaudio.receive.inbox import STATES
from clipaudio.resemble.callback import read_callback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from clipaudio.http.client import HttpTransport
    from clipaudio.receive.inbox import Inbox, InboxEntry, State
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["InboxWorker", "Progress"]

_RETRY: Final = Retry(first=4.0, longest=900.0)
_FORWARDERS: Final = 2
_IDLE: Final = 0.5  # seconds between two looks at an inbox with nothing to do


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of one callback, with its files or its error.

    `step` is "downloaded", "exported", "superseded", "postponed" or "failed"; or "forwarded", "forward postponed" or
    "forward failed".
    """

    number: int
    clip: str
    step: str
    files: tuple[str, ...] = ()
    message: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the step as plain values for JSON."""
        return {
            "number": self.number,
            "clip": self.clip,
            "step": self.step,
            "files": list(self.files),
            "message": self.message,
        }


@dataclass(kw_only=True)
class InboxWorker:
    """Process the callbacks of an inbox.

    Parameters
    ----------
    inbox
        The inbox.
    folder
        The folder for files: `<id>.<wav, mp3, ogg or flac>`, `<id>.json`, `<id>.srt`, ….
    formats
        Names of export formats; none means download only.
    options
        The fields of `clipaudio.export.Options`.
    language
        ISO 639-1 code of the text.
    refresh
        Return the current state of a clip, by project and clip; called once for a new url if one has expired. If None,
        the step fails then.
    confirm
        Call *refresh* for every clip first, and use only what the service itself says.
    forward
        Forward a callback and return a message; retried like any step. The inbox must have been opened with *forwards*.
        With *confirm* it waits for the audio: nothing unconfirmed is forwarded.
    transport, allow_private
        As in `clipaudio.fetch`.
    attempts
        Attempts of a step before the callback is "failed".
    tell
        Called with each `Progress`, from the thread of the step.

    Examples
    --------
    >>> import tempfile
    >>> from clipaudio.receive.inbox import Inbox
    >>> folder = tempfile.mkdtemp()
    >>> InboxWorker(inbox=Inbox(folder + "/inbox.db"), folder=folder).work_once()
    False
    """

    inbox: Inbox
    folder: Path | str
    formats: Sequence[str] = ()
    options: dict[str, Any] = field(default_factory=dict)
    language: str | None = None
    refresh: Callable[[str, str], ClipCallback] | None = None
    confirm: bool = False
    forward: Callable[[InboxEntry], str] | None = None
    transport: HttpTransport | None = None
    allow_private: bool = False
    attempts: int = 8
    tell: Callable[[Progress], None] = lambda _: None

    def __post_init__(self) -> None:
        for name in self.formats:
            find_format(name)
        if self.confirm and self.refresh is None:
            raise RequestError("confirm needs refresh, which asks the service; pass both", field="confirm")

    def run(self, stop: threading.Event, *, workers: int = 8) -> None:
        """Work until *stop* is set, and finish the steps under way.

        Forwarding has its own threads, so that a slow target does not delay downloads until their urls expire.
        """
        jobs = [self._step] * workers + [self._forward_one] * (_FORWARDERS if self.forward is not None else 0)
        threads = [
            threading.Thread(target=self._work, args=(job, stop), name=f"inbox-worker-{n}")
            for n, job in enumerate(jobs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, job: Callable[[], bool], stop: threading.Event) -> None:
        while not stop.is_set():
            if not job():
                stop.wait(_IDLE)

    def work_once(self) -> bool:
        """Do one step of one callback; return False if none is due."""
        return self._step() or self._forward_one()

    def _step(self) -> bool:
        """Download or export one callback; downloads go first, because their urls expire."""
        entry = self.inbox.claim("received")
        if entry is not None:
            self._do(entry, self._download)
            return True
        entry = self.inbox.claim("downloaded")
        if entry is not None:
            self._do(entry, self._export)
            return True
        return False

    def _forward_one(self) -> bool:
        """Forward one callback unchanged."""
        if self.forward is None:
            return False
        entry = self.inbox.claim_forward(states=("downloaded", "exported") if self.confirm else STATES)
        if entry is None:
            return False
        try:
            message = self.forward(entry)
        except (ClipAudioError, OSError) as error:
            if _may_retry(error) and entry.forward_attempts < self.attempts:
                self.inbox.postpone_forward(entry.number, seconds=_RETRY.wait(entry.forward_attempts, error))
                step = "forward postponed"
            else:
                self.inbox.end_forward(entry.number, "failed")
                step = "forward failed"
            message = str(error)
        else:
            self.inbox.end_forward(entry.number, "done")
            step = "forwarded"
        self.tell(Progress(entry.number, entry.clip, step, message=message))
        return True

    def _do(self, entry: InboxEntry, step: Callable[[InboxEntry], Progress]) -> None:
        """Do *step* and record the result in the inbox."""
        newer = self.inbox.newer(entry)
        if newer is not None:
            self.inbox.move(entry.number, "exported", note=f"superseded by {newer}")
            self.tell(Progress(entry.number, entry.clip, "superseded", message=f"by callback {newer}"))
            return
        try:
            progress = step(entry)
        except (ClipAudioError, OSError) as error:
            if _may_retry(error) and entry.attempts < self.attempts:
                self.inbox.postpone(entry.number, seconds=_RETRY.wait(entry.attempts, error), note=str(error))
                self.tell(Progress(entry.number, entry.clip, "postponed", message=str(error)))
            else:
                self.inbox.move(entry.number, "failed", note=str(error))
                if self.confirm and entry.forward == "due":
                    self.inbox.end_forward(entry.number, "failed")
                self.tell(Progress(entry.number, entry.clip, "failed", message=str(error)))
            return
        done: State = "downloaded" if step == self._download and self.formats else "exported"
        self.inbox.move(entry.number, done, note=", ".join(progress.files))
        self.tell(progress)

    def _download(self, entry: InboxEntry) -> Progress:
        callback = read_callback(entry.body)
        if self.confirm:
            callback = self._ask_service(entry, callback)
        can_ask = self.refresh is not None and entry.project is not None
        clip = fetch(
            callback,
            self.folder,
            transport=self.transport,
            allow_private=self.allow_private,
            refresh=(lambda: self._ask_service(entry, callback)) if can_ask else None,
        )
        return Progress(entry.number, entry.clip, "downloaded", (str(clip.audio),))

    def _ask_service(self, entry: InboxEntry, callback: ClipCallback) -> ClipCallback:
        """Return the current clip of the service, with the times of *callback* if it has none."""
        if self.refresh is None or entry.project is None:
            raise CallbackError("the callback has no project, so the service cannot be asked about it", path="$")
        try:
            fresh = self.refresh(entry.project, entry.clip)
        except ClipNotFoundError as error:
            raise CallbackError(
                f"the service has no clip {entry.clip} in project {entry.project}: it did not send this callback",
                path="$.id",
            ) from error
        if fresh.id != entry.clip or fresh.project_id not in {None, entry.project}:
            raise CallbackError(
                f"asked for clip {entry.clip} of project {entry.project}, the service answered with clip {fresh.id}"
                f" of project {fresh.project_id}",
                path="$.project_id",
            )
        if fresh.url is None:
            raise ServerError(f"the service has no audio of clip {entry.clip} yet", status=503, body="")
        return fresh if fresh.has_timestamps else dataclasses.replace(callback, url=fresh.url)

    def _export(self, entry: InboxEntry) -> Progress:
        stem = Path(self.folder) / safe_name(entry.clip)
        # an update may have changed the format: the newest audio is that of the callback
        there = [path for path in map(stem.with_suffix, SUFFIXES) if path.exists()]
        audio = max(there, key=lambda path: path.stat().st_mtime_ns, default=None)
        clip = open_clip(stem.with_suffix(".json"), audio=audio, language=self.language)
        made = []
        for name in self.formats:
            target = stem.with_name(stem.name + find_format(name).extension)
            made.append(str(clip.save(target, format_name=name, **self.options)))
        return Progress(entry.number, entry.clip, "exported", tuple(made))


def _may_retry(error: ClipAudioError | OSError) -> bool:
    """Return True if a retry may help, also after an error of the disk."""
    return not isinstance(error, ClipAudioError) or error.is_transient
