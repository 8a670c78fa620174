"""Convert samples to and from a pydub AudioSegment, bit for bit.

Conventions
-----------
pydub keeps signed integers of 1, 2 or 4 bytes in the machine's own order. Those of 24 bits travel in 4 bytes and stand
at their top, as they do in `Audio`. pydub counts in milliseconds: `segment[a:b]` are the frames from
int(a * sample_rate / 1000) to int(b * sample_rate / 1000).

Only samples pass here. pydub's own reading, resampling and change of depth are better left aside: it resamples without
a filter, drops bits without rounding, and gives negative samples of 24-bit files a low byte of 255.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from clipaudio.audio.decode import Audio, read_audio
from clipaudio.audio.quantize import BITS, quantize
from clipaudio.errors import AudioError, ConvertError
from clipaudio.extras import import_extra

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

__all__ = ["Segment", "from_pydub", "to_pydub"]

_STORED = {1: (np.int8, "PCM_U8"), 2: (np.int16, "PCM_16"), 4: (np.int32, "PCM_32")}


class Segment(Protocol):
    """The attributes of a pydub AudioSegment that are used."""

    sample_width: int
    frame_rate: int
    channels: int

    @property
    def raw_data(self) -> bytes:
        """Samples as bytes, frame after frame."""
        ...


def to_pydub(source: Audio | str | os.PathLike[str] | bytes, *, subtype: str | None = None) -> Any:  # noqa: ANN401 - pydub has no types
    """Return *source* as a pydub AudioSegment with the same samples.

    Parameters
    ----------
    source
        Audio, or a path or bytes that `read_audio` reads.
    subtype
        "PCM_U8", "PCM_16", "PCM_24" or "PCM_32"; None keeps the depth of integers, and takes PCM_32 for floats and
        lossy formats, whose samples beyond full scale are clipped.

    Raises
    ------
    MissingExtraError
        pydub cannot be imported.
    AudioError
        *source* is no audio.
    ConvertError
        A sample is not finite, or the subtype is none of the four.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> clip = Audio(np.arange(-8000, 8000, dtype=np.int16)[:, np.newaxis], 16_000, "PCM_16", "WAV")
    >>> with warnings.catch_warnings():  # pydub imports audioop, which warns before Python 3.13
    ...     warnings.simplefilter("ignore")
    ...     segment = to_pydub(clip)
    >>> len(segment), segment.sample_width
    (1000, 2)
    >>> bool(np.array_equal(from_pydub(segment[250:500]).samples, clip.samples[4000:8000]))
    True
    """
    audio = source if isinstance(source, Audio) else read_audio(source)
    stored = subtype or _own_subtype(audio)
    integers, _ = quantize(audio.samples, stored)
    if stored == "PCM_U8":
        integers = (integers >> 8).astype(np.int8)
    return import_extra("pydub", extra="pydub", purpose="an AudioSegment").AudioSegment(
        data=np.ascontiguousarray(integers).tobytes(),
        sample_width=integers.dtype.itemsize,
        frame_rate=audio.sample_rate,
        channels=audio.channels,
    )


def from_pydub(segment: Segment, *, subtype: str | None = None) -> Audio:
    """Return a pydub AudioSegment as Audio with the same samples.

    Parameters
    ----------
    segment
        An AudioSegment of any width and number of channels.
    subtype
        What the samples are to be called, and, for "PCM_24" in 4 bytes, cleared of the low byte pydub fills when it
        reads such a file. None: by the width, PCM_U8, PCM_16 or PCM_32.

    Raises
    ------
    AudioError
        The segment's width, or its number of bytes, is not that of samples.
    ConvertError
        The subtype does not fit the width.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from_pydub(SimpleNamespace(sample_width=1, frame_rate=8000, channels=2, raw_data=bytes([1, 255]))).samples
    array([[ 256, -256]], dtype=int16)
    """
    width, channels = segment.sample_width, segment.channels
    if width not in _STORED:
        raise AudioError(f"the segment has samples of {width} bytes; expected 1, 2 or 4", kind="invalid_format")
    dtype, own = _STORED[width]
    data = segment.raw_data
    if channels < 1 or len(data) % (width * channels):
        raise AudioError(
            f"the segment has {len(data)} bytes; expected whole frames of {channels} channels and {width} bytes",
            kind="invalid_format",
        )
    name = subtype or own
    if name not in ({"PCM_24", "PCM_32"} if width == 4 else {own}):
        raise ConvertError(f"samples of {width} bytes cannot be {name}; expected {own}: convert the segment later")
    samples: NDArray[Any] = np.frombuffer(data, dtype).reshape(-1, channels)
    if width == 1:
        samples = samples.astype(np.int16) << 8
    elif name == "PCM_24":
        samples = samples & ~0xFF
    else:
        samples = samples.copy()
    return Audio(samples, segment.frame_rate, name, "pydub")


def _own_subtype(audio: Audio) -> str:
    """Return the subtype that holds the samples of *audio* exactly."""
    if audio.samples.dtype.kind == "f":
        return "PCM_32"
    if audio.subtype in BITS:
        return audio.subtype
    return "PCM_16" if audio.samples.dtype.itemsize == 2 else "PCM_32"
