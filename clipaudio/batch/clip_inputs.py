"""Read the inputs of one clip: its callback, its audio and its times, each once, when an output first needs them."""

from __future__ import annotations

import functools
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from clipaudio.batch.manifest_rows import is_remote
from clipaudio.batch.output_store import is_bucket, local_copy, read_bytes
from clipaudio.clip import Clip
from clipaudio.clip.opening import read_times
from clipaudio.download import Fetcher
from clipaudio.download.local_audio import local_audio
from clipaudio.download.sniff import suffix_of_file
from clipaudio.errors import AudioError, CallbackError, ClipAudioError, FitError
from clipaudio.file_names import safe_name
from clipaudio.resemble.callback import ClipCallback, read_callback

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from clipaudio.batch.job import Job, Task
    from clipaudio.export import ExportContext
    from clipaudio.resemble.client import Client
    from clipaudio.timing.fit_report import Fit
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["ClipInputs"]

_WEB: Final = re.compile("https?:", re.IGNORECASE)
_Made = TypeVar("_Made")


class ClipInputs:
    """The inputs of *task*; files opened on the way are closed by *opened*.

    `stage` is the current stage, for the report of an error, and `measured_fit` the score of the fit, if measured.
    """

    def __init__(self, job: Job, task: Task, opened: ExitStack) -> None:
        self._job = job
        self._task = task
        self._row = task.row
        self._opened = opened
        self._known: dict[str, Any] = {}
        self._failed: dict[str, tuple[str, ClipAudioError | OSError]] = {}
        self.stage = "read"
        self.measured_fit: float | None = None

    def _once(self, name: str, make: Callable[[], _Made]) -> _Made:
        """Call *make* once; return its result, or raise its error, at each call."""
        if name in self._failed:
            self.stage, error = self._failed[name]
            raise error
        if name not in self._known:
            try:
                self._known[name] = make()
            except (ClipAudioError, OSError) as error:
                self._failed[name] = self.stage, error
                raise
        found: _Made = self._known[name]
        return found

    def _callback(self) -> ClipCallback | SpeechTimes:
        self.stage = "read"
        return self._once("callback", self._read_callback)

    def _read_callback(self) -> ClipCallback | SpeechTimes:
        text = self._row.callback
        if text is None and self._can_ask:
            return self._ask()
        if text is None:
            raise CallbackError(f"{self._row.where or self._row.id}: the row has no callback, so there are no times")
        return read_times(read_bytes(text) if isinstance(text, str) else text)

    @property
    def _can_ask(self) -> bool:
        return self._job.service is not None and self._row.project is not None

    def _ask(self) -> ClipCallback:
        """Ask the service for the current state of the clip."""
        assert self._job.service is not None
        assert self._row.project is not None
        return read_callback(_client(self._job.service).get_clip(self._row.project, self._row.id).raw)

    def _clip(self) -> tuple[Clip, tuple[str, ...]]:
        """Return the clip, with a note if the audio is lost: exports need only the times."""
        return self._once("clip", self._make_clip)

    def _make_clip(self) -> tuple[Clip, tuple[str, ...]]:
        self._callback()
        notes: tuple[str, ...] = ()
        try:
            audio = self._audio()
        except (ClipAudioError, FileNotFoundError) as error:
            if isinstance(error, ClipAudioError) and error.is_transient:
                raise  # a later run may get the audio, and other bytes
            audio, notes = None, (f"made without the audio: {error}",)
        callback = self._callback()  # a new one if the url had expired: its times belong to its audio
        return Clip(callback, audio, language=self._job.language), notes

    def _source(self) -> tuple[ExportContext, tuple[str, ...]]:
        """Return the context of exports, with the notes of the clip."""
        clip, notes = self._clip()
        self.stage = "export"
        source = clip.export_context(**self._job.options)
        if isinstance(clip.audio, Path):
            source = replace(source, sound_file=self._sound_file(clip.audio))
        return source, notes

    def _fit(self) -> Fit | None:
        """Return how well the times fit the sound, None if that is not asked.

        Raises
        ------
        FitError
            It cannot be measured, or is below that of the job; `measured_fit` is its score.
        """
        return self._once("fit", self._measure_fit) if self._job.needs_fit else None

    def _measure_fit(self) -> Fit:
        clip, _ = self._clip()
        self.stage = "fit"
        try:
            fit = clip.fit
        except (ClipAudioError, OSError) as error:
            if isinstance(error, ClipAudioError) and error.is_transient:
                raise
            raise FitError(f"its fit to the sound cannot be measured: {error}") from error
        self.measured_fit = fit.score
        if self._job.min_fit is not None and fit.score < self._job.min_fit:
            raise FitError(f"held back, below {self._job.min_fit:g}: {fit.describe()}")
        return fit

    def _sound_file(self, audio: Path) -> str:
        """Return the path of the audio for outputs, absolute as `export` names it; of a temporary copy, the id."""
        if self._row.audio is not None and not is_remote(self._row.audio):
            return os.path.abspath(self._row.audio)  # noqa: PTH100 - made from text
        with audio.open("rb") as file:
            return safe_name(self._row.id) + (suffix_of_file(file) or "")

    def _where(self) -> str:
        """Return the place of the audio, as the row or the callback names it."""
        if self._row.audio is not None:
            return self._row.audio
        callback = self._callback()
        url = callback.url if isinstance(callback, ClipCallback) else callback.audio_url
        if not url:
            raise CallbackError(f"the callback of {self._row.id} has no url, and its row no audio", path="$.url")
        if _WEB.match(url):
            return url
        if not isinstance(self._row.callback, str):  # a payload must not name a local path
            raise CallbackError(
                f"the url of the callback of {self._row.id} is no web address, and the callback lies in no folder;"
                " name the audio in its row",
                path="$.url",
            )
        folder, slash, _ = self._row.callback.rpartition("/")
        if is_bucket(self._row.callback):
            local_audio(url, ".")  # refuses a name that leads elsewhere
            below, mark, name = url.rpartition("/")
            return folder + slash + quote(below) + mark + name  # quoted: %2e%2e would lead to a parent folder
        found = local_audio(url, Path(self._row.callback).parent)
        return str(found)

    def _required_audio(self) -> Path:
        audio = self._audio()
        if audio is None:
            raise AudioError(
                f"the clip {self._row.id} has no audio: its row names none, and has no callback that does; name it in a"
                " manifest, or put a file of that name beside the times"
            )
        return audio

    def _audio(self) -> Path | None:
        """Return the audio as a local file: the one named, one fetched earlier, or a new download."""
        self.stage = "read"
        return self._once("audio", self._find_audio)

    def _find_audio(self) -> Path | None:
        if self._task.audio is not None:
            return self._opened.enter_context(self._job.place.reading(self._task.audio))
        if self._row.audio is None and ((self._row.callback is None and not self._can_ask) or self._has_no_url()):
            return None
        where = self._where()
        if _WEB.match(where):
            if not self._job.needs_audio:
                return None  # exports need only the times
            return self._download(where)
        path = self._opened.enter_context(local_copy(where))
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such audio file")
        return path

    def _has_no_url(self) -> bool:
        """Return True for speech times that name no audio: most sources name none."""
        times = self._callback()
        return not isinstance(times, ClipCallback) and times.audio_url is None

    def _download(self, url: str) -> Path:
        """Download into a folder of this task; ask for a new url once if it has expired."""
        self.stage = "fetch"
        target = Path(self._opened.enter_context(tempfile.TemporaryDirectory(prefix="clipaudio-")), "audio")
        asked: list[ClipCallback] = []

        def refresh() -> str | None:
            if self._can_ask:
                asked.append(self._ask())
            return asked[0].url if asked and asked[0].url != url else None

        done = Fetcher(refresh=refresh, allow_private=self._job.allow_private).download(url, target)
        if asked and asked[0].has_timestamps:
            self._known["callback"] = asked[0]
        return done.path


@functools.lru_cache(maxsize=4)
def _client(service: str) -> Client:
    """Keep one client a process, with its connections and its rate limit."""
    from clipaudio.resemble.client import Client  # noqa: PLC0415 - most batches do not ask the service

    return Client(base_url=service)
