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
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Required, TypedDict, Unpack

from clipaudio import files
from clipaudio.batch.clip_inputs import ClipInputs
from clipaudio.batch.manifest_rows import is_remote
from clipaudio.batch.output_store import Folder
from clipaudio.batch.result import Failure, Result, Status
from clipaudio.clip.levels import tidy_together
from clipaudio.download.sniff import suffix_of_file
from clipaudio.errors import AudioError, CallbackError, ClipAudioError, FitError
from clipaudio.export import find_format
from clipaudio.export.captions import note_on_undecided_language
from clipaudio.export.together import arrange_together, caption_together, track_together
from clipaudio.resemble.callback import ClipCallback
from clipaudio.timing.repair_report import list_told
from clipaudio.timing.sounds_of_many import find_sounds_of
from clipaudio.timing.words_of_many import find_sentences_of, find_words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Literal

    from clipaudio.batch.job import Job, OutputSpec, Task
    from clipaudio.clip import Clip
    from clipaudio.export import ExportContext, Format

__all__ = ["failed", "work"]

_BLOCK: Final = 1 << 20  # bytes
_TOGETHER: Final = 20_000  # letters of the clips that are in memory at once; long ones gain nothing


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
    """Find the levels of *clips* together; what fails here fails again, and is told, for its output."""
    if len(clips) < 2:
        return
    at_hand: list[tuple[_ClipWork, Clip]] = []
    letters = 0
    for each in reversed(clips):  # in the order in which they are made
        if letters < _TOGETHER and each.is_at_hand and (clip := each.read()) is not None:
            at_hand.append((each, clip))
            letters += clip.count_letters()
    tidy_together([clip for _, clip in at_hand])
    asked = [(source, each.formats) for each, _ in at_hand if (source := each.prepare()) is not None]
    captioned = [source for source, formats in asked if any(one.has_cues for one in formats)]
    find_words_of([clip for source, _ in asked for clip in source.levels])
    find_sentences_of([clip for source in captioned for clip in source.levels])
    caption_together(captioned)
    spoken = [(_with_phones(source, formats), formats) for source, formats in asked]
    tiered = [source for source, formats in spoken if any(one.has_syllables for one in formats)]
    mouthed = [source for source, formats in spoken if any(one.has_mouth for one in formats)]
    find_sentences_of([clip for source in tiered for clip in source.levels])
    find_sounds_of([clip for source in {**dict.fromkeys(tiered), **dict.fromkeys(mouthed)} for clip in source.levels])
    track_together(mouthed)
    arrange_together([source for source, formats in spoken if any(one.rules == "textgrid" for one in formats)])


def _with_phones(source: ExportContext, formats: Sequence[Format]) -> ExportContext:
    """Return *source* as the formats with phones see it; itself if there are none, or none can be found."""
    try:
        return source.with_phones if any(one.has_phones(source.options) for one in formats) else source
    except (ClipAudioError, OSError, MemoryError):
        return source


class _Facts(TypedDict, total=False):
    """What a `Result` says beside its key and its attempt."""

    status: Required[Status]
    output: str
    bytes: int
    sha256: str | None
    duration: float
    error: Failure
    notes: tuple[str, ...]


class _ClipWork(ClipInputs):
    """The outputs of a task."""

    _attempt = 1

    @functools.cached_property
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

    def read(self) -> Clip | None:
        """Return the clip, None if it cannot be had."""
        try:
            return self._clip()[0]
        except (ClipAudioError, OSError, MemoryError):
            return None

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
                self._attempt = attempt
                try:
                    notes = self._check_fit(kind)
                    made = self.make(kind)
                    made = replace(made, notes=(*notes, *made.notes)) if notes else made
                except (ClipAudioError, OSError, MemoryError) as error:
                    failure = Failure(stage=self.stage, type=type(error).__name__, message=str(error))
                    made = self._result(kind, status="error", error=failure)
                yield made

    def _result(self, kind: OutputSpec, **facts: Unpack[_Facts]) -> Result:
        """Return the result of this attempt to make an output."""
        fit = None if kind.stage == "fetch" else self.measured_fit
        return Result(id=self._row.id, kind=kind.name, options=kind.options, attempt=self._attempt, fit=fit, **facts)

    def _check_fit(self, kind: OutputSpec) -> tuple[str, ...]:
        """Hold an output back if the times do not fit as the job demands; return a note if the fit is unknown.

        The original audio and callback are always kept: with them the times can be mended.
        """
        if kind.stage == "fetch":
            return ()
        try:
            self._fit()
        except FitError as error:
            if self._job.min_fit is not None:
                raise
            return (str(error),)
        return ()

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
        return self._result(kind, status="ok", output=key, bytes=size, sha256=digest)

    def _keep_callback(self, kind: OutputSpec) -> Result:
        callback = self._callback()
        if not isinstance(callback, ClipCallback):
            raise CallbackError(
                f"{self._row.where} is no callback; only callbacks are kept beside fetched audio", path="$"
            )
        return self._write(kind, [callback.to_json()], is_private=True)  # it holds a signed url

    def _export(self, kind: OutputSpec) -> Result:
        found = next(one for one in self.formats if one.name == kind.name)
        source, notes = self._once("source", self._source)
        self.stage = "export"
        if found.kind == "page":
            from clipaudio.export.page import list_repairs  # noqa: PLC0415 - few batches make pages

            source, notes = self._page_source(source, kind), (*list_repairs(source), *notes)
        else:
            notes = (*list_told(source.aligned.reports), *notes)
        undecided = note_on_undecided_language(source) if found.has_cues else None
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
        return self._result(
            kind,
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

        self._job.place.write(key, measured(), is_private=is_private)
        return self._result(
            kind,
            status="ok",
            output=key,
            bytes=size,
            sha256=digest.hexdigest(),
            notes=notes,
        )
