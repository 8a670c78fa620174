"""Run espeak-ng in a process of its own: JSON pieces on stdin, a JSON line and PCM on stdout.

Run as ``python -m clipaudio.synthesis.espeak_process``. The engine is GPL-3 and keeps all its state in
globals: only a fresh process gives the same bytes for the same text, and a crash or the licence ends at the
pipe. Nothing of clipaudio that is heavy is loaded here.

With ``--serve`` it answers one order a line until stdin ends or nothing is asked for a minute. A fork of the process
answers each, so that it is as fresh as a new one, without the start of Python.

Conventions
-----------
In: ``{"voice": "en-us", "pieces": [{"text": "Hello.", "offset": 0}, {"pause": 0.5}]}``; `offset` is the
position of a piece in the clip's text, in code points.
Out: one line ``{"sample_rate", "version", "events", "frames"}`` or ``{"error"}``, then the frames as
little-endian int16. ``"silent": true`` in an order leaves the frames out. With ``--serve``, a line
``{"code", "size"}`` stands before each answer: the exit code of the fork and the bytes that follow, which are its
traceback where the code is not 0. An event is ``[kind, sample, position, length, name]``: kind "word", "phone", "pause"
or "end", sample from the start of the clip, position 0-based in the clip's text.

References
----------
espeak-ng, ``speak_lib.h`` (names and numbers of calls, options and events).
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import sys
import traceback
from pathlib import Path
from typing import Any

AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_PHONEME_EVENTS = 0x1
INITIALIZE_PHONEME_IPA = 0x2
INITIALIZE_DONT_EXIT = 0x8000  # without it a missing data folder ends the process without a word
CHARS_UTF8 = 1
POS_CHARACTER = 1
NOT_IPA = dict.fromkeys(map(ord, "-#.0123456789"))  # marks of the engine in some labels: "ə-", "m#", "ts.h"
IDLE = 60.0
EVENT_KINDS = {1: "word", 5: "end", 7: "phone"}


class _Identity(ctypes.Union):
    """What an event is about; a phone's name fills all 8 bytes and then has no NUL."""

    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_void_p), ("string", ctypes.c_ubyte * 8))


class _Event(ctypes.Structure):
    """`espeak_EVENT`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class EspeakError(Exception):
    """The engine said no."""


class Espeak:
    """espeak-ng, loaded and ready; one a process.

    Raises
    ------
    EngineError
        The library, its data or the voice cannot be used.
    """

    def __init__(self, *, library: str, data: str, voice: str) -> None:
        try:
            self._library = ctypes.CDLL(library)
        except OSError as error:
            raise EspeakError(f"the library does not load: {error}") from error
        self.sample_rate = self._library.espeak_Initialize(
            AUDIO_OUTPUT_SYNCHRONOUS,
            0,
            data.encode(),
            INITIALIZE_PHONEME_EVENTS | INITIALIZE_PHONEME_IPA | INITIALIZE_DONT_EXIT,
        )
        if self.sample_rate <= 0:
            raise EspeakError(f"no usable voice data in {data}")
        names = (voice, voice.partition("-")[0])
        if all(self._library.espeak_SetVoiceByName(name.encode()) for name in names):
            raise EspeakError(f"no voice {voice!r}")
        self._library.espeak_Info.restype = ctypes.c_char_p
        self.version = self._library.espeak_Info(None).decode()
        self.pcm = bytearray()
        self.events: list[list[Any]] = []
        self._raw: list[tuple[int, int, int, int, bytes]] = []
        self._callback = _Callback(self._receive)  # kept alive: the engine holds only a pointer
        self._library.espeak_SetSynthCallback(self._callback)

    @property
    def frames(self) -> int:
        """Frames spoken so far."""
        return len(self.pcm) // 2

    def pause(self, seconds: float) -> None:
        """Append exact silence."""
        self.pcm += bytes(2 * round(seconds * self.sample_rate))

    def speak(self, text: str, *, offset: int) -> None:
        """Append *text*, which stands at *offset* in the clip's text."""
        first = self.frames
        self._raw.clear()
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, POS_CHARACTER, 0, CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        for kind, sample, position, length, name in self._raw:
            label = name.split(b"\0")[0].decode("utf-8", "replace").translate(NOT_IPA)
            if label.startswith("("):  # "(en)": the voice changes its language, nothing is heard
                continue
            word = EVENT_KINDS[kind] if kind != 7 or label else "pause"
            self.events.append([word, first + sample, offset + position - 1, length, label])

    def _receive(self, samples: Any, count: int, events: Any) -> int:  # noqa: ANN401 - ctypes pointers
        """Collect and nothing else: an exception in here would be swallowed."""
        if samples and count > 0:
            self.pcm += ctypes.string_at(samples, 2 * count)
        index = 0
        while events[index].type:
            event = events[index]
            if event.type in EVENT_KINDS:
                name = bytes(event.id.string) if event.type == 7 else b""
                self._raw.append((event.type, event.sample, event.text_position, event.length, name))
            index += 1
        return 0


def speak(order: dict[str, Any], *, library: str, data: str) -> tuple[dict[str, Any], bytes]:
    """Speak an order; return the header and the PCM.

    The engine is told a path relative to the current folder: it cuts one of about 160 bytes silently, and on Windows
    reads its bytes in the code page of the machine, where the name of a user may have no place.
    """
    library = str(Path(library).resolve())
    os.chdir(Path(data).parent)
    engine = Espeak(library=library, data=Path(data).name, voice=order["voice"])
    for piece in order["pieces"]:
        if "pause" in piece:
            engine.pause(piece["pause"])
        else:
            engine.speak(piece["text"], offset=piece["offset"])
    header = {
        "sample_rate": engine.sample_rate,
        "version": engine.version,
        "events": engine.events,
        "frames": engine.frames,
    }
    return header, bytes(engine.pcm)


def answer(order: dict[str, Any]) -> bytes:
    """Return the answer to an order: a JSON line, then the frames."""
    try:
        import espeakng_loader  # noqa: PLC0415 - GPL-3: nothing but this process may load it

        paths = {"library": espeakng_loader.get_library_path(), "data": espeakng_loader.get_data_path()}
        header, pcm = speak(order, **(paths | order.get("paths", {})))
    except (ImportError, RuntimeError, EspeakError) as error:
        header, pcm = {"error": str(error)}, b""
    return json.dumps(header).encode() + b"\n" + (b"" if order.get("silent") else pcm)


def serve() -> None:
    """Answer one order a line, each in a fork, until stdin ends or nothing is asked for `IDLE` seconds."""
    while select.select([sys.stdin.buffer], [], [], IDLE)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        code, content = _answer_in_fork(line)
        head = json.dumps({"code": code, "size": len(content)}).encode()
        sys.stdout.buffer.write(head + b"\n" + content)
        sys.stdout.buffer.flush()


def _answer_in_fork(line: bytes) -> tuple[int, bytes]:
    """Return the exit code of a fork that answers *line*, negative for a signal, and what it wrote."""
    source, sink = os.pipe()
    assert hasattr(os, "fork")
    child = os.fork()
    if child == 0:
        os.close(source)
        code = 1
        with os.fdopen(sink, "wb") as file:
            try:
                file.write(answer(json.loads(line)))
                code = 0
            except BaseException:  # noqa: BLE001 - the fork ends here, and its parent is told
                file.write(traceback.format_exc().encode())
        os._exit(code)
    os.close(sink)
    with os.fdopen(source, "rb") as file:
        content = file.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), content


def main() -> int:
    """Read one order and answer it, or serve."""
    if "--serve" in sys.argv:
        serve()
    else:
        sys.stdout.buffer.write(answer(json.load(sys.stdin)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
