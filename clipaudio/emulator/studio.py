"""Synthesize an accepted clip in the background, store its audio, and deliver its callback."""

from __future__ import annotations

import itertools
import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clipaudio.emulator.clips import EmulatedClip, Spoken, new_uuid
from clipaudio.emulator.delivery import Callback, Postman
from clipaudio.emulator.rendering import CONTENT_TYPES, Speaker, render
from clipaudio.emulator.script import read_body
from clipaudio.emulator.shapes import ShapeName, shaped
from clipaudio.errors import ConvertError, SynthesisError
from clipaudio.waits import join, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.emulator.faults import Switchboard
    from clipaudio.emulator.storage import Storage

__all__ = ["Studio"]

_AT_ONCE = 2
_logger = logging.getLogger("clipaudio.emulator")


class Studio:
    """Speak clips in the background and call back.

    Parameters
    ----------
    speaker, storage, postman, board
        Who makes the sound, keeps it, delivers it, and what shall go wrong.
    shape
        Shape of the times; may be changed between clips.
    issues
        The field of that name in a callback; None leaves it out.
    """

    def __init__(
        self,
        *,
        speaker: Speaker,
        storage: Storage,
        postman: Postman,
        board: Switchboard,
        clock: Callable[[], float],
        shape: ShapeName,
        issues: tuple[str, ...] | None,
    ) -> None:
        self.shape = shape
        self.issues = issues
        self._speaker = speaker
        self._storage = storage
        self._postman = postman
        self._board = board
        self._clock = clock
        self._speaking = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._threads: set[threading.Thread] = set()
        self._numbers = itertools.count()

    def pause(self, seconds: float) -> None:
        """Wait, unless the emulator is stopped."""
        if seconds:
            self._postman.stopped.wait(seconds)

    def start(self, order: EmulatedClip, clip: EmulatedClip) -> None:
        """Speak *order*, a copy of *clip* as asked for, and call back: soon, or now if faults say so."""
        faults = self._board.take("callback")
        number = next(self._numbers)

        def work() -> None:
            self._postman.deliver(replace(self._callback(order, clip), number=number), faults)

        if faults.callback_first:
            work()
            return
        thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._idle:
                self._threads.discard(threading.current_thread())
                self._idle.notify_all()

    def speak(self, order: EmulatedClip, clip: EmulatedClip) -> Spoken:
        """Synthesize *order* and store it in *clip*, unless the clip was updated meanwhile.

        Raises
        ------
        SynthesisError, ConvertError
            The engine or the codec could not.
        """
        with self._speaking:
            speech = self._speaker.speak(read_body(order.body), voice_uuid=order.voice_uuid)
            audio = render(
                speech,
                sample_rate=order.sample_rate,
                precision=order.precision,
                output_format=order.output_format,
            )
        name = f"{order.uuid}-{new_uuid()}.{order.output_format}"
        url = self._storage.add(audio, name=name, content_type=CONTENT_TYPES[order.output_format])
        timestamps = shaped(speech, self.shape) if order.include_timestamps else None
        spoken = Spoken(speech, url, audio, timestamps, self._clock())
        with self._lock:
            if clip.revision == order.revision:
                clip.spoken = spoken
        return spoken

    def _callback(self, order: EmulatedClip, clip: EmulatedClip) -> Callback:
        """Speak, and write the callback; a clip that cannot be spoken has issues instead of a url."""
        content: dict[str, Any] = {"id": order.uuid, "project_id": order.project_uuid}
        try:
            spoken = self.speak(order, clip)
        except (SynthesisError, ConvertError) as error:
            _logger.warning("clip %s cannot be spoken: %s", order.uuid, error)
            return Callback(order.uuid, order.callback_uri, content | {"issues": [str(error)]})
        content["url"] = spoken.url
        if spoken.timestamps is not None:
            content["audio_timestamps"] = spoken.timestamps
        if self.issues is not None:
            content["issues"] = list(self.issues)
        return Callback(order.uuid, order.callback_uri, content)

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is being spoken or delivered; False when that takes longer than *timeout*."""
        with self._idle:
            return wait_until(self._idle, lambda: not self._threads, timeout)

    def close(self) -> None:
        """Stop delivering and wait for what is under way."""
        self._postman.stopped.set()
        for thread in list(self._threads):
            join(thread)
