"""Make the outputs of one clip, each independent of the failure of another.

Conventions
-----------
A callback, its audio and its times are read once, when an output first needs them; if that fails, each output that
needs them fails with the same error.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from clipaudio import files
from clipaudio.batch.manifest_rows import is_remote
from clipaudio.batch.output_store import Folder, is_bucket, local_copy, read_bytes
from clipaudio.batch.result import Failure, Result
from clipaudio.clip import Clip
from clipaudio.clip.opening import read_times
from clipaudio.download import Fetcher
from clipaudio.download.local_audio import local_audio
from clipaudio.download.sniff import suffix_of_file
from clipaudio.errors import AudioError, CallbackError, ClipAudioError
from clipaudio.export import find_format
from clipaudio.export.captions import note_on_undecided_language
from clipaudio.export.context import caption_together
from clipaudio.file_names import safe_name
from clipaudio.resemble.callback import ClipCallback, read_callback
from clipaudio.timing.sounds_of_many import find_sounds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import ExitStack
    from typing import Literal

    from clipaudio.batch.job import Job, OutputSpec, Task
    from clipaudio.export import ExportContext, Format
    from clipaudio.resemble.client import Client
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["failed", "work"]

_BLOCK: Final = 1 << 20  # bytes
_TOGETHER: Final = 20_000  # letters of the clips that are in memory at once; long ones gain nothing
_WEB: Final = re.compile("https?:", re.IGNORECASE)
_Made = TypeVar("_Made")


def work(job: Job, tasks: Sequence[Task]) -> list[Result]:
    """Run *tasks*, one clip after the other; return a result for each output.

    Examples
    --------
    >>> from clipaudio.batch.job import Job, Task
    >>> from clipaudio.batch.clip_spec import ClipSpec
    >>> from clipaudio.batch.output_store import Folder
    >>> job = Job(place=Folder("never-made"), exports=("srt",))
    >>> [result] = work(job, [Task(ClipSpec(id="cecad6f9", where="clips.jsonl:1"), ((job.kinds[0], 1),))])
    >>> result.error.stage, result.error.message
    ('read', 'clips.jsonl:1: the row has no callback, so there are no times')
    """
    with contextlib.ExitStack() as opened:
        clips = [_ClipWork(job, task, opened.enter_context(contextlib.ExitStack())) for task in reversed(tasks)]
        _share(clips)
        return [result for _ in tasks for result in clips.pop().results()]


def failed(tasks: Iterable[Task], status: Literal["lost", "crashed"], error: BaseException) -> list[Result]:
    """Return the results of *tasks* that died with their worker."""
    failure = Failure(stage="worker", type=type(error).__name__, message=str(error)[:500])
    return [
        Result(id=task.row.id, kind=kind.name, options=kind.options, status=status, error=failure, attempt=attempt)
        for task in tasks
        for kind, attempt in task.kinds
    ]


def _share(clips: Sequence[_ClipWork]) -> None:
    """Find captions and syllables of *clips* together; what fails here fails again, and is told, for its output."""
    if len(clips) < 2:
        return
    asked: list[tuple[ExportContext, list[Format]]] = []
    letters = 0
    for clip in reversed(clips):  # in the order in which they are made
        if letters < _TOGETHER and clip.is_at_hand and (source := clip.prepare()) is not None:
            asked.append((source, clip.formats))
            letters += len(source.aligned.graphemes)
    caption_together([source for source, formats in asked if any(one.has_cues for one in formats)])
    find_sounds_of([source.aligned for source, formats in asked if any(one.has_syllables for one in formats)])


class _ClipWork:
    """The inputs and outputs of *task*; files opened on the way are closed by *opened*.

    `stage` is the current stage, for the report of an error.
    """

    def __init__(self, job: Job, task: Task, opened: ExitStack) -> None:
        self._job = job
        self._task = task
        self._row = task.row
        self._opened = opened
        self._known: dict[str, Any] = {}
        self._failed: dict[str, tuple[str, ClipAudioError | OSError]] = {}
        self.stage = "read"

    @property
    def formats(self) -> list[Format]:
        """The formats that are asked for."""
        return [find_format(kind.name) for kind, _ in self._task.kinds if kind.stage == "export"]

    @property
    def is_at_hand(self) -> bool:
        """Whether formats are asked for, and nothing has to be downloaded."""
        if self._job.service is not None or not self.formats:
            return False
        if not self._job.conversions and not self._job.is_fetching:
            return True
        if self._task.audio is not None:
            return isinstance(self._job.place, Folder)
        return self._row.audio is not None and not is_remote(self._row.audio)

    def prepare(self) -> ExportContext | None:
        """Return the context of exports, None if it cannot be had."""
        try:
            return self._once("source", self._source)[0]
        except (ClipAudioError, OSError, MemoryError):
            return None

    def results(self) -> Iterator[Result]:
        """Make every output, and close what was opened."""
        with self._opened:
            for kind, attempt in self._task.kinds:
                try:
                    made = self.make(kind)
                except (ClipAudioError, OSError, MemoryError) as error:
                    failure = Failure(stage=self.stage, type=type(error).__name__, message=str(error))
                    made = Result(id=self._row.id, kind=kind.name, status="error", error=failure)
                yield replace(made, options=kind.options, attempt=attempt)

    def make(self, kind: OutputSpec) -> Result:
        """Write one output and return its result."""
        if kind.name == "audio":
            return self._fetch(kind)
        if kind.name == "callback":
            return self._keep_callback(kind)
        return self._export(kind) if kind.stage == "export" else self._convert(kind)

    def _fetch(self, kind: OutputSpec) -> Result:
        """Store the audio, with the suffix of its format."""
        audio = self._required_audio()
        self.stage = "fetch"
        with audio.open("rb") as source:
            suffix = suffix_of_file(source)
            source.seek(0)
            if suffix is None:
                raise AudioError(f"{audio} is no audio of a known format; expected WAV, MP3, Ogg or FLAC")
            key = self._job.key(self._row.id, kind) + suffix
            self.stage = "store"
            with self._job.place.writing(key) as path:
                with files.replacing(path) as file:
                    shutil.copyfileobj(source, file, _BLOCK)
                size, digest = files.measure_file(path)
        return Result(id=self._row.id, kind=kind.name, status="ok", output=key, bytes=size, sha256=digest)

    def _keep_callback(self, kind: OutputSpec) -> Result:
        callback = self._callback()
        if not isinstance(callback, ClipCallback):
            raise CallbackError(
                f"{self._row.where} is no callback; only callbacks are kept beside fetched audio", path="$"
            )
        return self._write(kind, [callback.to_json()], is_private=True)  # it holds a signed url

    def _export(self, kind: OutputSpec) -> Result:
        found = find_format(kind.name)
        source, notes = self._once("source", self._source)
        self.stage = "export"
        if found.kind == "page":
            from clipaudio.export.page import list_repairs  # noqa: PLC0415 - few batches make pages

            source, notes = self._page_source(source, kind), (*list_repairs(source), *notes)
        undecided = note_on_undecided_language(source) if found.has_cues and self._job.language is None else None
        notes = notes if undecided is None else (*notes, undecided)
        return self._write(kind, found.iterate(source), (*notes, *found.notes(source)))

    def _page_source(self, source: ExportContext, kind: OutputSpec) -> ExportContext:
        """Return *source* for a page, which names a long sound file from its own folder."""
        if not isinstance(self._job.place, Folder):
            return source
        folder = Path(self._job.place.root, self._job.key(self._row.id, kind)).parent
        return replace(source, folder=os.path.abspath(folder))  # noqa: PTH100 - made from text

    def _convert(self, kind: OutputSpec) -> Result:
        from clipaudio.audio.convert import convert  # noqa: PLC0415 - soxr and soundfile load on use

        audio = self._required_audio()
        wanted = next(one for one in self._job.conversions if one.name == kind.name)
        key = self._job.key(self._row.id, kind)
        self.stage = "convert"
        with self._job.place.writing(key) as path:
            report = convert(
                audio,
                path,
                sample_rate=wanted.sample_rate,
                subtype=wanted.subtype,
                comment=self._row.id,
                with_hash=True,
                **self._job.convert_options,
            )
            size = path.stat().st_size
            self.stage = "store"
        notes = [str(issue) for issue in report.issues]
        if report.clipped:
            notes.append(f"{report.clipped} samples clipped")
        return Result(
            id=self._row.id,
            kind=kind.name,
            status="ok",
            output=key,
            bytes=size,
            sha256=report.sha256,
            duration=report.frames / report.sample_rate,
            notes=tuple(notes),
        )

    def _write(
        self, kind: OutputSpec, pieces: Iterable[bytes], notes: tuple[str, ...] = (), *, is_private: bool = False
    ) -> Result:
        """Write *pieces* as they are made, and hash them on the way."""
        key = self._job.key(self._row.id, kind)
        digest = hashlib.sha256()
        size = 0
        making, self.stage = self.stage, "store"

        def measured() -> Iterator[bytes]:
            nonlocal size
            self.stage = making
            for piece in pieces:
                self.stage = "store"
                digest.update(piece)
                size += len(piece)
                yield piece
                self.stage = making
            self.stage = "store"

        with self._job.place.writing(key) as path:
            files.write_bytes(path, measured(), is_private=is_private)
        return Result(
            id=self._row.id,
            kind=kind.name,
            status="ok",
            output=key,
            bytes=size,
            sha256=digest.hexdigest(),
            notes=notes,
        )

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

    def _source(self) -> tuple[ExportContext, tuple[str, ...]]:
        """Return the context of exports, with a note if the audio is lost: exports need only the times."""
        self._callback()
        notes: tuple[str, ...] = ()
        try:
            audio = self._audio()
        except (ClipAudioError, FileNotFoundError) as error:
            if isinstance(error, ClipAudioError) and error.is_transient:
                raise  # a later run may get the audio, and other bytes
            audio, notes = None, (f"made without the audio: {error}",)
        callback = self._callback()  # a new one if the url had expired: its times belong to its audio
        self.stage = "export"
        source = Clip(callback, audio, language=self._job.language).export_context(**self._job.options)
        return (source if audio is None else replace(source, sound_file=self._sound_file(audio))), notes

    def _sound_file(self, audio: Path) -> str:
        """Return the name of the audio for outputs: that of the row, or the id; never that of a temporary copy."""
        if self._row.audio is not None and not is_remote(self._row.audio):
            return self._row.audio
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
            raise AudioError(f"the clip {self._row.id} has no audio: its row names none, and has no callback that does")
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
