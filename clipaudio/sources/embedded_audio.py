"""Audio inside a file of speech times: base64 chunks and data urls, joined in order.

It is decoded only when it is asked for. The format is told by the bytes, not by what the file says of them.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clipaudio.download.sniff import audio_suffix, bytes_to_sniff
from clipaudio.errors import AudioError, SourceError
from clipaudio.resemble.payload import to_bytes
from clipaudio.sources.document import decode_document

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["EmbeddedAudio", "extract_audio"]

_KEYS: Final = frozenset(
    [
        "audio",
        "audio_base64",
        "audioContent",
        "audio_content",
        "audio_data",
        "encodedAudio",
        "Audio",
        "data",
        "audioBytes",
    ]
)
"""Keys under which services send audio."""
_SHALLOW: Final = ("result", "data", "Response", "generations")
"""Keys of objects that hold such keys in turn."""
_DATA_URL: Final = re.compile(r"data:audio/[\w.+-]+(?:;[\w=.-]+)*;base64,")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]*={0,2}\Z")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_LEAST: Final = 64
"""Bytes; less is no audio but a place holder."""


class EmbeddedAudio(NamedTuple):
    """Audio as its source holds it: the bytes of a file, and the suffix of its format (".mp3")."""

    data: bytes
    suffix: str


def extract_audio(source: bytes | str | dict[str, Any] | list[Any] | os.PathLike[str]) -> EmbeddedAudio:
    """Return the audio that a file of speech times holds.

    Parameters
    ----------
    source
        As in `clipaudio.read_source`.

    Raises
    ------
    SourceError
        The file holds no audio, or a chunk is no base64.
    AudioError
        The chunks are no audio of a known format, such as raw samples without a header.

    Examples
    --------
    >>> from clipaudio.audio.encode import encode
    >>> wav = base64.b64encode(encode([0.0] * 100, 8000)).decode()
    >>> audio = extract_audio({"audio_base64": wav, "alignment": None})
    >>> len(audio.data), audio.suffix
    (244, '.wav')
    """
    document = decode_document(to_bytes(source))
    chunks = []
    for row, message in enumerate(document.messages):
        for where, text in _find(message, document.path(row)):
            chunks.append(_decode(text, where))
    data = b"".join(chunks)
    if len(data) < _LEAST:
        raise SourceError("the file holds no audio; name the audio file instead", path="$")
    suffix = audio_suffix(data[: max(bytes_to_sniff(data[:16]), 16)])
    if suffix is None:
        raise AudioError(
            f"the {len(data)} bytes of audio in the file are of no known format, perhaps raw samples: they begin with"
            f" {data[:8]!r}; ask the service for WAV or MP3"
        )
    return EmbeddedAudio(data, suffix)


def _find(message: object, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the chunks of a message, each with its path."""
    if isinstance(message, list) and depth:
        for row, item in enumerate(message[:1]):  # of several generations, the first
            yield from _find(item, f"{path}[{row}]", depth)
    if not isinstance(message, dict):
        return
    found = [key for key in message if key in _KEYS and isinstance(message[key], str) and message[key]]
    for key in found[:1]:
        yield f"{path}.{key}", message[key]
    if not found and depth < 3:
        for key in _SHALLOW:
            yield from _find(message.get(key), f"{path}.{key}", depth + 1)


def _decode(text: str, path: str) -> bytes:
    """Decode a chunk; a url of a file is no chunk."""
    body = _DATA_URL.sub("", text, count=1)
    compact = re.sub(r"\s+", "", body)
    if body is text and re.match(r"https?:", text):
        return b""
    if not _BASE64.match(compact):
        raise SourceError(f"{path} is no base64: {text[:30]!r}", path=path)
    try:
        return base64.b64decode(
            compact + "=" * (-len(compact) % 4), altchars=b"-_" if re.search("[-_]", compact) else None
        )
    except binascii.Error as error:
        raise SourceError(f"{path} is no base64: {error}", path=path) from None
