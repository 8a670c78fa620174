"""Speech times while they arrive: messages in, words and cues out, each once, in order, and never withdrawn.

Stated delay
------------
A word comes out when the next one has begun, or the stream ends. A cue comes out when no text that follows can change
where it ends: three words after a long silence, else after about one more cue; behind an open quote or bracket it waits
for the closing one. Text without a capital, or without a language, waits for its thirtieth word. Of snapshots each
chunk waits for the next one.

A mouth shape comes out at the next pause of 0.2 s, else two seconds after it; with phones from the twentieth phone on.

These wait for the end of the stream: the words of sources that are read as a whole (`Source.stream` is ""), of streams
that send the written text or names of speakers beside the words, of a second context or request whose place in the text
is not known yet, and what follows thousands of letters without a word's or a cue's end. With `text`, all waits for it.

What comes out equals the whole
-------------------------------
`finish` reads everything once more as `clipaudio.open_clip` does, and returns the rest of its words and cues. What came
out before was found from a part of the text; `differences` names what the whole shows otherwise, and why that can be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from clipaudio.captions.profiles import find_profile
from clipaudio.clip import Clip
from clipaudio.errors import ExportError, SourceError
from clipaudio.export.options import Options
from clipaudio.live.cues import CueSettler
from clipaudio.live.framing import MessageSplitter
from clipaudio.live.rows import Excerpt, RowReader
from clipaudio.live.words import WordSettler
from clipaudio.sources.document import Document
from clipaudio.sources.table import SOURCES, find_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.profiles import Profile
    from clipaudio.live.mouth import MouthSettler
    from clipaudio.live.rows import Rows
    from clipaudio.sources.source import Source
    from clipaudio.timing.timeline import Entry, Timeline

__all__ = ["Feed", "Revision", "Update"]

_MOST: Final = 1_000_000
"""Messages of one feed."""
_LONG: Final = 200
"""Characters of a text that may be audio."""
_DEEPEST: Final = 8
_SAME: Final = 1e-6
"""Seconds that two times of one word may differ by rounding."""


class Revision(NamedTuple):
    """Something that came out, and what the whole has in its place; None if it has nothing there."""

    level: str
    row: int
    given: Entry | Cue
    whole: Entry | Cue | None


@dataclass(frozen=True)
class Update:
    """What became settled.

    Attributes
    ----------
    words
        Words with their times, seconds.
    cues
        Captions, timed for the screen.
    visemes
        Mouth shapes from 0 to the end without a gap; none unless the feed was made with a viseme set.
    """

    words: tuple[Entry, ...] = ()
    cues: tuple[Cue, ...] = ()
    visemes: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.cues or self.visemes)


@dataclass
class _Given:
    """What came out so far, and what is to come out next."""

    words: list[Entry] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    visemes: list[Entry] = field(default_factory=list)
    told: tuple[int, int, int] = (0, 0, 0)

    def take(self) -> Update:
        words, cues, visemes = self.told
        self.told = len(self.words), len(self.cues), len(self.visemes)
        return Update(tuple(self.words[words:]), tuple(self.cues[cues:]), tuple(self.visemes[visemes:]))


class Feed:
    """Read the messages of a stream of speech as they come.

    Parameters
    ----------
    source
        Name of the source, from `clipaudio sources`; None tells it by the first message of a known shape.
    language
        Language tag of the text. None finds it: cues wait for the first thirty words then.
    text
        The text as written, to be put over the words; all waits for the end then.
    profile, fps
        As in `Clip.cues`.
    visemes
        A set of mouth shapes, such as "rhubarb", "oculus" or "azure"; None makes none.

    Attributes
    ----------
    differences
        After `finish`: what came out otherwise than the whole has it. Empty but for streams whose later messages
        change what earlier ones mean, such as times that run backwards.

    Raises
    ------
    SourceError
        There is no such source.
    ExportError
        There is no such profile, rate or viseme set.

    Examples
    --------
    >>> feed = Feed("cartesia", language="en")
    >>> message = {"type": "timestamps", "context_id": "a"}
    >>> spoken = {"words": ["Hello", "world."], "start": [0.05, 0.46], "end": [0.42, 1.05]}
    >>> feed.push({**message, "word_timestamps": spoken}).words
    (Entry(label='Hello', start=0.05, end=0.42),)
    >>> rest = feed.finish()
    >>> rest.words, [cue.text for cue in rest.cues]
    ((Entry(label='world', start=0.46, end=1.05),), ['Hello world.'])
    """

    def __init__(
        self,
        source: str | None = None,
        *,
        language: str | None = None,
        text: str | None = None,
        profile: str | Profile = "netflix",
        fps: str | float | None = None,
        visemes: str | None = None,
    ) -> None:
        self._name, self._table = source, _find_rows(source)
        self._source: Source | None = None
        self._language, self._text = language, text
        self._options: dict[str, Any] = {"profile": profile, "fps": fps}
        self._splitter = MessageSplitter()
        self._messages: list[dict[str, Any]] = []
        self._reader: RowReader | None = None
        self._words = WordSettler()
        self._cues = CueSettler(find_profile(profile), Options(fps=fps).rate(), language)
        self._viseme_set = visemes
        self._mouth = None if visemes is None else _make_mouth(visemes, fps)
        self._given = _Given()
        self._is_finished = False
        self.differences: tuple[Revision, ...] = ()

    @property
    def source(self) -> str | None:
        """Name of the source; None until it is known."""
        return None if self._source is None else self._source.name

    @property
    def reads(self) -> int:
        """Messages that were read, each time counted; at most three times those that came, before the end."""
        return 0 if self._reader is None else self._reader.reads

    @property
    def clip(self) -> Clip:
        """The clip of all messages so far, as `clipaudio.open_clip` reads them.

        Raises
        ------
        SourceError
            No message of a known shape came.
        """
        document = Document(b"", self._messages)
        if self._source is None and self._name is not None:
            raise SourceError(f"no message has the shape of {self._name}; `clipaudio sources` lists all", path="$")
        source = self._source or find_source(document)
        return Clip(source.read(document), language=self._language, text=self._text)

    def push(self, message: bytes | str | dict[str, Any] | Sequence[dict[str, Any]]) -> Update:
        """Take a message, several, or a part of one, and return what became settled by it.

        Parameters
        ----------
        message
            A decoded message or a list of them; or text or bytes of the stream, cut anywhere: JSON lines, objects one
            after another, a list, or server-sent events. A WebSocket message may be pushed as it comes.

        Raises
        ------
        SourceError
            A message is bad; `path` names the field. It is left out, the others that came with it are taken, and what
            they settled is returned by the next call.
        """
        if self._is_finished:
            raise SourceError("this feed has ended; make a new one for the next stream", path="$")
        if isinstance(message, bytes | bytearray | str):
            raw = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else bytes(message)
            self._take_all(self._splitter.push(raw))
        else:
            self._take_all(message if isinstance(message, list | tuple) else [message])
        return self._given.take()

    def finish(self) -> Update:
        """End the stream, and return the words and cues that were still open.

        Raises
        ------
        SourceError
            No message of a known shape came, or the stream ends inside a message; in that case `finish` may be called
            again for the rest.
        """
        if self._is_finished:
            return Update()
        self._take_all(self._splitter.finish())
        self._is_finished = True
        clip = self.clip
        words, cues, visemes = list(clip.words), list(clip.cues(**self._options)), self._visemes_of(clip)
        given = self._given
        self.differences = (
            *_compare("words", given.words, words, is_same=_is_same_word),
            *_compare("cues", given.cues, cues, is_same=_is_same_cue),
            *_compare("visemes", given.visemes, visemes, is_same=_is_same_word),
        )
        given.words += words[len(given.words) :]
        given.cues += cues[len(given.cues) :]
        given.visemes += visemes[len(given.visemes) :]
        return given.take()

    def _take_all(self, found: Iterable[object]) -> None:
        """Take each message; raise the first error when all were taken."""
        first: SourceError | None = None
        for message in found:
            try:
                if isinstance(message, SourceError):
                    raise message
                self._take(message)
            except SourceError as error:
                first = first or error
        if first is not None:
            raise first

    def _take(self, message: object) -> None:
        """Take one message, or refuse it and change nothing."""
        row = len(self._messages)
        if not isinstance(message, dict):
            raise SourceError(f"message {row} is {type(message).__name__}; expected an object", path=f"$[{row}]")
        if row >= _MOST:
            raise SourceError(f"a feed takes {_MOST} messages; finish it and make a new one", path=f"$[{row}]")
        kept = _without_audio(message)
        self._recognize(kept, row)
        rows = None if self._reader is None else self._reader.read(kept, row)
        self._messages.append(kept)
        if self._text is None and self._reader is not None:
            self._settle(rows, self._reader.take_phones())

    def _recognize(self, message: dict[str, Any], row: int) -> None:
        """Find the source by the first message of a known shape."""
        if self._source is not None:
            return
        document = Excerpt(b"", [message], rows=(row,))
        source = next((source for source in self._table if source.matches(document)), None)
        if source is None:
            return
        reader = RowReader(source)
        source.read(document)  # a bad one tells no source
        self._source, self._reader = source, reader

    def _settle(self, rows: Rows | None, phones: Timeline) -> None:
        """Settle what *rows* and *phones* settle."""
        settled = None if rows is None else self._words.push(rows)
        if settled is not None:
            self._given.words += settled.words
            self._given.cues += self._cues.push(settled)
        if self._mouth is not None:
            self._given.visemes += self._mouth.push(settled, phones, self._cues.language)

    def _visemes_of(self, clip: Clip) -> list[Entry]:
        """Return the mouth shapes of the whole."""
        if self._viseme_set is None:
            return []
        from clipaudio.lipsync.visemes import to_timeline  # noqa: PLC0415 - mouths load on use

        mouth = clip.export_context(fps=self._options["fps"], phones="given").mouth  # those that were shown live
        return list(to_timeline(mouth, self._viseme_set))


def _make_mouth(viseme_set: str, fps: str | float | None) -> MouthSettler:
    from clipaudio.lipsync.visemes import SETS  # noqa: PLC0415 - mouths load on use
    from clipaudio.live.mouth import MouthSettler  # noqa: PLC0415 - as above

    if viseme_set not in SETS:
        raise ExportError(f"there is no viseme set {viseme_set!r}; expected one of {', '.join(SETS)}")
    return MouthSettler(viseme_set, Options(fps=fps).rate())


def _find_rows(name: str | None) -> tuple[Source, ...]:
    """Return the rows of the table that may read the stream."""
    rows = tuple(source for source in SOURCES if name is None or source.name == name)
    if not rows:
        raise SourceError(f"there is no source {name!r}; `clipaudio sources` lists all", path="$")
    return rows


def _without_audio(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
    """Return a message without its audio, in new objects: a caller may use its own again."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {key: _without_audio(one, depth + 1) for key, one in value.items() if not _is_audio(key, one)}
    if isinstance(value, list):
        return [_without_audio(one, depth + 1) if isinstance(one, dict | list) else one for one in value]
    return value


def _is_audio(key: object, value: object) -> bool:
    """Return True for a long text under a key of audio."""
    if not isinstance(value, str | bytes) or (isinstance(value, str) and len(value) < _LONG):
        return False
    name = str(key).lower()
    return isinstance(value, bytes) or "audio" in name or name == "data"


def _compare(level: str, given: Sequence[Any], whole: Sequence[Any], *, is_same: Any) -> list[Revision]:  # noqa: ANN401 - a function
    """Return what the whole has otherwise."""
    padded = [*whole[: len(given)], *[None] * (len(given) - len(whole))]
    return [
        Revision(level, row, one, other)
        for row, (one, other) in enumerate(zip(given, padded, strict=True))
        if other is None or not is_same(one, other)
    ]


def _is_same_word(one: Entry, other: Entry) -> bool:
    return one.label == other.label and bool(np.allclose(one[1:], other[1:], rtol=0, atol=_SAME))


def _is_same_cue(one: Cue, other: Cue) -> bool:
    return (one.start, one.end, one.lines) == (other.start, other.end, other.lines)
