"""Start, use and stop the emulator: the interface for tests and programs."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from clipaudio.emulator.clips import new_uuid
from clipaudio.emulator.delivery import Postman
from clipaudio.emulator.faults import Faults, Switchboard
from clipaudio.emulator.rendering import EngineName, Speaker
from clipaudio.emulator.server import Server
from clipaudio.emulator.service import Service, ServiceOptions
from clipaudio.emulator.shapes import SHAPES, ShapeName
from clipaudio.emulator.storage import Storage
from clipaudio.emulator.studio import Studio
from clipaudio.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from clipaudio.emulator.exchange import Delivery, EmulatorRequest
    from clipaudio.synthesis.speech import Speech

__all__ = ["Emulator", "running"]

Name = TypeVar("Name", bound=str)


class Emulator:
    """The running service; made by `running`.

    Attributes
    ----------
    base_url
        Where the API lives, ends in ``/api/v2``.
    engine
        "espeak" or "tone": who speaks.
    """

    def __init__(
        self,
        server: Server,
        *,
        service: Service,
        studio: Studio,
        postman: Postman,
        board: Switchboard,
        engine: str,
    ) -> None:
        self.base_url = f"{server.origin}/api/v2"
        self.engine = engine
        self._service = service
        self._studio = studio
        self._postman = postman
        self._board = board

    @property
    def faults(self) -> Faults:
        """What goes wrong; set it to change that, which also starts counting anew."""
        return self._board.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._board.faults = faults

    @property
    def shape(self) -> ShapeName:
        """The shape of the times of clips spoken from now on, one of `clipaudio.emulator.shapes.SHAPES`."""
        return self._studio.shape

    @shape.setter
    def shape(self, shape: ShapeName) -> None:
        self._studio.shape = _known("shape", shape, tuple(SHAPES))

    @property
    def requests(self) -> tuple[EmulatorRequest, ...]:
        """Every request that came, in order: of the API and for audio."""
        return tuple(self._service.requests)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Every attempt to call back, in order."""
        return tuple(self._postman.deliveries)

    def truth(self, clip_uuid: str) -> Speech:
        """Return what the engine said for a clip: words, phones and word events, before any shape.

        Raises
        ------
        KeyError
            There is no such clip, or it was not spoken yet.
        """
        spoken = self._service.clip(clip_uuid).spoken
        if spoken is None:
            raise KeyError(f"clip {clip_uuid!r} was not spoken yet; wait() first")
        return spoken.speech

    def add_clip(
        self,
        project_uuid: str,
        clip_uuid: str | None = None,
        *,
        title: str = "",
        body: str = "",
        voice_uuid: str = "en-us",
    ) -> str:
        """Add a clip without audio to a project, as the web page does; return its id."""
        fields = {"title": title, "body": body, "voice_uuid": voice_uuid}
        return self._service.add_clip(project_uuid, clip_uuid or new_uuid(), fields).uuid

    def wait(self, timeout: float = 30.0) -> bool:
        """Wait until nothing is spoken or delivered; False when that takes more than *timeout* seconds."""
        return self._studio.wait(timeout)


@contextlib.contextmanager
def running(  # noqa: PLR0913 - one place for all switches
    port: int = 0,
    *,
    engine: EngineName = "auto",
    shape: ShapeName = "contiguous",
    key: str | None = None,
    clock: Callable[[], float] = time.time,
    faults: Faults | None = None,
    envelope: Literal["new", "old"] = "new",
    issues: Sequence[str] | None = (),
    projects: Sequence[str] | None = None,
    voices: Sequence[str] | None = None,
    any_clip: bool = False,
    tries: int = 5,
    backoff: float = 0.5,
    timeout: float = 10.0,
) -> Iterator[Emulator]:
    """Run the service on 127.0.0.1 for as long as the block lasts.

    It answers at once, speaks, and POSTs the callback; audio comes from a url that redirects to a signed one,
    which dies after an hour of *clock*.

    Parameters
    ----------
    port
        0 takes a free one.
    engine
        "espeak", "tone", or "auto": espeak-ng where the extra ``clipaudio[emulator]`` is installed, else
        tones.
    shape
        Shape of the times: "contiguous", "overlap" (legacy models), "nophon" (newest models), "milliseconds"
        or "v1".
    key
        The one key that is let in; None lets any in, but not none.
    clock
        Seconds since the epoch, for dates and for the life of urls.
    faults
        What goes wrong; none by default, see `Faults`.
    envelope
        Of answers: "new" lists have total_results and page_count, "old" ones num_pages and page_size, and old
        clips have is_public.
    issues
        The field of that name in callbacks; None leaves it out.
    projects, voices
        The ids that exist; None takes any. A voice named like a language ("de", "en-gb") speaks it, others
        speak American English.
    any_clip
        Let an update make the clip it names instead of answering 404.
    tries, backoff, timeout
        Attempts to call back until a 2xx comes, seconds before the second one (doubled each time), seconds
        the receiver has for its answer.

    Raises
    ------
    MissingExtraError, SynthesisError
        espeak-ng is asked for by name and cannot be had.
    RequestError
        There is no such port, engine, shape or envelope.
    OSError
        The port is taken.

    Examples
    --------
    >>> import json, urllib.request
    >>> with running(engine="tone") as emulator:
    ...     request = urllib.request.Request(
    ...         f"{emulator.base_url}/projects/demo/clips",
    ...         data=json.dumps({"body": "Hi!", "include_timestamps": True}).encode(),
    ...         headers={"Authorization": "Bearer any"},
    ...     )
    ...     with urllib.request.urlopen(request) as answer:
    ...         item = json.load(answer)["item"]
    >>> item["timestamps"]["graph_chars"], item["duration"]
    (['H', 'i', '!'], 0.52)
    """
    if not 0 <= port <= 65535:
        raise RequestError(f"no port {port}; expected 0 to 65535, where 0 takes a free one")
    _known("shape", shape, tuple(SHAPES))
    _known("engine", engine, get_args(EngineName))
    _known("envelope", envelope, ("new", "old"))
    board = Switchboard(faults or Faults())
    postman = Postman(clock, tries=tries, backoff=backoff, timeout=timeout)
    storage = Storage(clock)
    speaker = Speaker(engine)
    studio = Studio(
        speaker=speaker,
        storage=storage,
        postman=postman,
        board=board,
        clock=clock,
        shape=shape,
        issues=None if issues is None else tuple(issues),
    )
    options = ServiceOptions(
        key=key, envelope=envelope, projects=projects, voices=voices, any_clip=any_clip, clock=clock
    )
    service = Service(options, studio=studio, storage=storage, board=board)
    server = Server(port, answer=service.answer, pause=studio.pause, clock=clock)
    storage.origin = server.origin
    try:
        yield Emulator(server, service=service, studio=studio, postman=postman, board=board, engine=speaker.engine)
    finally:
        postman.stopped.set()  # ends every wait, so that nothing below takes long
        server.close()
        studio.close()


def _known(what: str, name: Name, names: tuple[str, ...]) -> Name:
    if name not in names:
        raise RequestError(f"no {what} {name!r}; expected one of {', '.join(names)}")
    return name
