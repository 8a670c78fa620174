"""Process the callbacks of an inbox: download and export each, and retry transient failures.

Conventions
-----------
A callback is "received", then "downloaded", then "exported". Each step holds a lease, so that several threads or
processes can share one inbox and a dead one loses nothing. A repeated step writes the same files. Only the newest
callback of a clip is processed. Forwarding is independent: every callback is forwarded unchanged and at once. Only a
confirmed one waits, and is forwarded as the service tells it.

No error ends a worker. An error of a step costs the callback one attempt. An error of the inbox is reported once, and
the worker tries again with growing pauses; a result that cannot be stored is kept until it can.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipaudio.clip import fetch, open_clip
from clipaudio.download.task import SUFFIXES
from clipaudio.errors import ClipAudioError, FileBusyError, InboxError, NoCallbackError, RequestError
from clipaudio.export import find_format
from clipaudio.http.retry import Retry
from clipaudio.receive.confirmation import ask_service, replace_body
from clipaudio.receive.inbox import STATES
from clipaudio.receive.troubles import Troubles, describe
from clipaudio.resemble.callback import read_callback
from clipaudio.timing.repair_report import list_told
from clipaudio.waits import join

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from clipaudio.http.client import HttpTransport
    from clipaudio.receive.inbox import Inbox, InboxEntry, Left, State
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["InboxWorker", "Progress"]

_RETRY: Final = Retry(first=4.0, longest=900.0)
_TROUBLE: Final = Retry(first=1.0, longest=10.0)  # after an error of the inbox itself
_MOST_DOUBLINGS: Final = 16
_FORWARDERS: Final = 2
_IDLE: Final = 0.5  # seconds between two looks at an inbox with nothing to do


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of one callback, with its files, and its error or what was changed in the times.

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
        With *confirm* it waits for the audio, and gets an entry whose body says what the service says.
    transport, allow_private
        As in `clipaudio.fetch`.
    attempts
        Attempts of a step before the callback is "failed".
    tell
        Called with each `Progress`, from the thread of the step. What it raises is reported and ignored.
    warn
        Called with one sentence about an error that belongs to no callback, such as one of the inbox.

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
    language: str = "en"
    refresh: Callable[[str, str], ClipCallback] | None = None
    confirm: bool = False
    forward: Callable[[InboxEntry], str] | None = None
    transport: HttpTransport | None = None
    allow_private: bool = False
    attempts: int = 8
    tell: Callable[[Progress], None] = lambda _: None
    warn: Callable[[str], None] = lambda _: None
    _unsaved: deque[tuple[Callable[[], None], Progress]] = field(default_factory=deque, init=False, repr=False)
    _is_given_up: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in self.formats:
            find_format(name).check()
        if self.confirm and self.refresh is None:
            raise RequestError("confirm needs refresh, which asks the service; pass both", field="confirm")
        self._troubles = Troubles(self.warn)

    def run(self, stop: threading.Event, *, workers: int = 8, grace: float = 7.0) -> bool:
        """Work until *stop* is set; return False if no worker was left before that.

        The steps under way have *grace* seconds to finish. The rest is given up: their leases are released, and the
        next run does them.
        Forwarding has its own threads, so that a slow target does not delay downloads until their urls expire.
        """
        steps = [(self._step, Troubles(self.warn))] * workers
        forwards = [(self._forward_one, Troubles(self.warn))] * (_FORWARDERS if self.forward is not None else 0)
        threads = []
        for n, (job, troubles) in enumerate(steps + forwards):
            thread = threading.Thread(
                target=self._work, args=(job, troubles, stop), name=f"inbox-worker-{n}", daemon=True
            )
            try:
                thread.start()
            except RuntimeError as error:  # the system has no thread left: those that run do the work
                self._troubles.add(error)
                break
            threads.append(thread)
        while not stop.wait(_IDLE):
            if not any(thread.is_alive() for thread in threads):
                return False
        end = time.monotonic() + grace
        for thread in threads:
            join(thread, max(end - time.monotonic(), 0.0))
        count = sum(thread.is_alive() for thread in threads)
        if count:
            self._is_given_up = True
            self.inbox.release()
            with contextlib.suppress(Exception):  # a closed stderr must not keep the process
                self.warn(f"gave up {count} step{'s' * (count != 1)} under way; the next run does them")
        return True

    def _work(self, job: Callable[[], bool], troubles: Troubles, stop: threading.Event) -> None:
        failures = 0
        while not stop.is_set():
            try:
                has_worked = job()
            except Exception as error:  # noqa: BLE001 - whatever it is, the other callbacks still need this worker
                failures = min(failures + 1, _MOST_DOUBLINGS)
                troubles.add(error)
                stop.wait(_TROUBLE.wait(failures, error))
                continue
            failures = 0
            if has_worked:
                troubles.clear()
            else:
                stop.wait(_IDLE)

    def work_once(self) -> bool:
        """Do one step of one callback; return False if none is due."""
        return self._step() or self._forward_one()

    def count_left(self) -> Left:
        """Count the callbacks that are not done, and those of them that another process works on."""
        return self.inbox.count_left(forward_states=self._forward_states)

    @property
    def _forward_states(self) -> tuple[State, ...]:
        if self.forward is None:
            return ()
        return ("downloaded", "exported") if self.confirm else STATES

    def _step(self) -> bool:
        """Download or export one callback; downloads go first, because their urls expire."""
        self._save_kept()
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
        """Forward one callback: unchanged, or as the service confirms it."""
        if self.forward is None:
            return False
        self._save_kept()
        entry = self.inbox.claim_forward(states=self._forward_states)
        if entry is None:
            return False
        number = entry.number
        try:
            # what came may be forged
            known = replace_body(entry, ask_service(self.refresh, entry)) if self.confirm else entry
            message = self.forward(known)
        except Exception as error:  # noqa: BLE001 - any error costs this callback an attempt, not the worker
            if _may_retry(error) and entry.forward_attempts < self.attempts:
                wait = _RETRY.wait(entry.forward_attempts, error)
                change = functools.partial(self.inbox.postpone_forward, number, seconds=wait)
                step = "forward postponed"
            else:
                change = functools.partial(self.inbox.end_forward, number, "failed")
                step = "forward failed"
            message = describe(error)
        else:
            change = functools.partial(self.inbox.end_forward, number, "done")
            step = "forwarded"
        self._save(change, Progress(number, entry.clip, step, message=message))
        return True

    def _do(self, entry: InboxEntry, step: Callable[[InboxEntry], Progress]) -> None:
        """Do *step* and record the result in the inbox."""
        try:
            newer = self.inbox.newer(entry)
            if newer is None:
                progress, note = step(entry), ""
            else:
                progress = Progress(entry.number, entry.clip, "superseded", message=f"by callback {newer}")
                note = f"superseded by {newer}"
        except Exception as error:  # noqa: BLE001 - any error costs this callback an attempt, not the worker
            self._save_failure(entry, error)
            return
        done: State = "downloaded" if progress.step == "downloaded" and self.formats else "exported"
        note = note or ", ".join(progress.files).encode("utf-8", "backslashreplace").decode()
        self._save(functools.partial(self.inbox.move, entry.number, done, note=note), progress)

    def _save_failure(self, entry: InboxEntry, error: Exception) -> None:
        """Postpone the callback, or let it fail for good."""
        note = describe(error)
        if _may_retry(error) and entry.attempts < self.attempts:
            wait = _RETRY.wait(entry.attempts, error)
            change = functools.partial(self.inbox.postpone, entry.number, seconds=wait, note=note)
            self._save(change, Progress(entry.number, entry.clip, "postponed", message=note))
            return

        def fail() -> None:
            self.inbox.move(entry.number, "failed", note=note)
            if self.confirm and entry.forward == "due":
                self.inbox.end_forward(entry.number, "failed")

        self._save(fail, Progress(entry.number, entry.clip, "failed", message=note))

    def _save(self, change: Callable[[], None], progress: Progress) -> None:
        """Store the result of a step, then report it."""
        if self._is_given_up:  # another process may hold the lease by now
            return
        self._unsaved.append((change, progress))
        self._save_kept()

    def _save_kept(self) -> None:
        """Store the results that are not in the inbox yet; those that cannot be stored stay."""
        for _ in range(len(self._unsaved)):
            try:
                change, progress = self._unsaved.popleft()
            except IndexError:  # another worker was faster
                return
            try:
                change()
            except NoCallbackError:  # it was purged meanwhile
                continue
            except Exception:  # whatever it is, the result is kept and the error goes on
                self._unsaved.append((change, progress))
                raise
            try:
                self.tell(progress)
            except Exception as error:  # noqa: BLE001 - a report that fails must not stop the work
                self._troubles.add(error)

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
            name=self.inbox.name_files(entry),
            refresh=(lambda: self._ask_service(entry, callback)) if can_ask else None,
        )
        return Progress(entry.number, entry.clip, "downloaded", (str(clip.audio),))

    def _ask_service(self, entry: InboxEntry, callback: ClipCallback) -> ClipCallback:
        """Return the current clip of the service; without *confirm*, with the times of *callback* if it has none."""
        fresh = ask_service(self.refresh, entry)
        if fresh.has_timestamps or self.confirm:  # what came may be forged, its times too
            return fresh
        return dataclasses.replace(callback, url=fresh.url)

    def _export(self, entry: InboxEntry) -> Progress:
        stem = Path(self.folder) / self.inbox.name_files(entry)
        # an update may have changed the format: the newest audio is that of the callback
        there = [path for path in map(stem.with_suffix, SUFFIXES) if path.exists() and not path.is_symlink()]
        audio = max(there, key=lambda path: path.stat().st_mtime_ns, default=None)
        clip = open_clip(stem.with_suffix(".json"), audio=audio, language=self.language)
        made, busy = [], None
        for name in self.formats:
            target = stem.with_name(stem.name + find_format(name).extension)
            if target.is_symlink():  # the name comes from outside: it must not lead out of the folder
                target.unlink()
            try:
                made.append(str(clip.save(target, format_name=name, **self.options)))
            except FileBusyError as error:  # the other formats are still written
                busy = error
        if busy is not None:
            raise busy
        return Progress(entry.number, entry.clip, "exported", tuple(made), "; ".join(list_told(clip.report)))


def _may_retry(error: Exception) -> bool:
    """Return True if a retry may help, also after an error of the disk or a lack of memory."""
    return not isinstance(error, ClipAudioError) or error.is_transient or isinstance(error, InboxError)
