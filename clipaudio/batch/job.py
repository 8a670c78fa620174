"""The outputs of every clip, and their names.

Conventions
-----------
A `Job` lists the outputs of every clip and travels to workers by pickle. Outputs are named after the clip: `ce/` and
`cecad6f9.srt`, `cecad6f9.16000-PCM_16.wav`. The same job writes the same bytes on every machine and in every run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from clipaudio.audio.encode import FORMATS, plain_subtype
from clipaudio.batch.result import options_hash
from clipaudio.errors import ConvertError, ExportError
from clipaudio.export import Options, find_format
from clipaudio.file_names import safe_name

if TYPE_CHECKING:
    from clipaudio.batch.clip_spec import ClipSpec
    from clipaudio.batch.output_store import OutputStore

__all__ = ["Conversion", "Job", "OutputSpec", "Task"]

Stage = Literal["fetch", "export", "convert"]
_MOST_HZ: Final = 768_000
_NEWER: Final = frozenset({"limits", "appearance", "video", "phones", "fit"})
"""Groups of options that came after the first ledgers."""


class OutputSpec(NamedTuple):
    """One output of each clip: its name in the ledger, the hash of its options, its extension and its stage."""

    name: str
    options: str
    extension: str
    stage: Stage


class Task(NamedTuple):
    """The outputs of one clip that are left to make.

    `kinds` come with the number of the attempt; `audio` is the key of audio that an earlier run has fetched.
    """

    row: ClipSpec
    kinds: tuple[tuple[OutputSpec, int], ...]
    audio: str | None = None


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """The arguments of a call of `clipaudio.audio.convert.convert`.

    Examples
    --------
    >>> Conversion.parse("16000:PCM_16").name, Conversion.parse("44100::mp3").name, Conversion.parse(":PCM_24").name
    ('wav-16000-PCM_16', 'mp3-44100', 'wav-PCM_24')
    """

    sample_rate: int | None = None
    subtype: str | None = None
    format: str = "wav"

    @classmethod
    def parse(cls, text: str) -> Conversion:
        """Read "RATE:SUBTYPE:FORMAT"; the last two may be left out, and each may be empty.

        Raises
        ------
        ConvertError
            The text has another form, or the subtype or format is unknown.
        """
        rate, subtype, kind = [*text.split(":"), "", ""][:3]
        if (rate and not (rate.isascii() and rate.isdigit() and 1 <= int(rate) <= _MOST_HZ)) or text.count(":") > 2:
            raise ConvertError(f"{text!r} is no conversion; expected RATE:SUBTYPE:FORMAT such as 16000:PCM_16 or ::mp3")
        if kind and kind not in FORMATS:
            raise ConvertError(f"{text!r} names the format {kind!r}; expected one of {', '.join(sorted(FORMATS))}")
        return cls(
            sample_rate=int(rate) if rate else None,
            subtype=plain_subtype(subtype) if subtype else None,
            format=kind or "wav",
        )

    @property
    def name(self) -> str:
        """The name of the kind."""
        return "-".join(str(part) for part in (self.format, self.sample_rate, self.subtype) if part)

    @property
    def extension(self) -> str:
        """The extension of its files; no two conversions, and no format, share one."""
        middle = "-".join(str(part) for part in (self.sample_rate, self.subtype) if part)
        return f".{middle or 'converted'}.{self.format}"


@dataclass(frozen=True, kw_only=True)
class Job:
    """The outputs of every clip.

    Parameters
    ----------
    place
        The store for outputs.
    exports
        Names of formats; `options` are those of `clipaudio.export.Options`, `language` that of the text.
    conversions
        Conversions of the audio; `convert_options` are those of `clipaudio.audio.convert.convert`.
    is_fetching
        Keep the original audio and callback, so that the store can be the source of another batch.
    is_flat
        Make no subfolders by the first letters of ids.
    allow_private
        As in `clipaudio.fetch`.
    min_fit
        The lowest score of `Clip.fit`, 0 to 100: formats and conversions of clips below it, and of clips whose fit
        cannot be measured, are not made. None makes all.
    service
        The address of the service. It is asked for clips whose row has no callback, and for a new url when one has
        expired; the key comes from the environment of the worker. None asks nothing.

    Raises
    ------
    ExportError
        A format or an option is unknown, or an output is named twice.
    MissingExtraError
        A format needs a package that is not installed.

    Examples
    --------
    >>> from clipaudio.batch.output_store import Folder
    >>> [kind.name for kind in Job(place=Folder("out"), exports=("srt",), is_fetching=True).kinds]
    ['audio', 'callback', 'srt']
    """

    place: OutputStore
    exports: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    language: str | None = None
    conversions: tuple[Conversion, ...] = ()
    convert_options: dict[str, Any] = field(default_factory=dict)
    is_fetching: bool = False
    is_flat: bool = False
    allow_private: bool = False
    min_fit: float | None = None
    service: str | None = None

    def __post_init__(self) -> None:
        Options(**self.options).check()
        for name in self.exports:
            find_format(name).check()
        names = [kind.name for kind in self.kinds]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not names:
            problem = (
                f"{', '.join(twice)} asked for twice" if twice else "nothing to do: no format, conversion or fetch"
            )
            raise ExportError(f"{problem}; name each output once")

    @property
    def audio(self) -> OutputSpec:
        """The original audio, which an earlier job with the same store may have kept."""
        return OutputSpec("audio", options_hash({"flat": True} if self.is_flat else {}), "", "fetch")

    @property
    def needs_audio(self) -> bool:
        """Whether an output holds the sound, or the times are checked against it."""
        holds_sound = any(find_format(name).needs_audio for name in self.exports)
        return holds_sound or self.is_fetching or bool(self.conversions) or self.needs_fit

    @property
    def needs_fit(self) -> bool:
        """Whether the times of each clip are checked against its sound."""
        return bool(self.options.get("fit")) or self.min_fit is not None

    @property
    def chunk(self) -> int:
        """How many clips a worker usually gets at once: more where it writes text alone, which takes a millisecond."""
        return 16 if self.needs_audio or self.service is not None else 32

    @property
    def kinds(self) -> tuple[OutputSpec, ...]:
        """The outputs of each clip, in the order in which they are made."""
        flat = {"flat": True} if self.is_flat else {}
        fit = {"fit": True if self.min_fit is None else self.min_fit} if self.needs_fit else {}
        exported = options_hash({"language": self.language, **_hashed(self.options), **flat, **fit})
        converted = options_hash({**self.convert_options, **flat, **fit})
        made = [self.audio, self.audio._replace(name="callback", extension=".json")] if self.is_fetching else []
        made += [
            OutputSpec(found.name, exported, found.extension, "export") for found in map(find_format, self.exports)
        ]
        return (*made, *(OutputSpec(one.name, converted, one.extension, "convert") for one in self.conversions))

    def key(self, clip: str, kind: OutputSpec) -> str:
        """Return the key of an output; that of fetched audio has no suffix yet, which depends on its bytes."""
        name = safe_name(clip)
        return f"{name}{kind.extension}" if self.is_flat else f"{name[:2].lower()}/{name}{kind.extension}"


def _hashed(options: dict[str, Any]) -> dict[str, Any]:
    """Return what is hashed of *options*: without what is not chosen in groups that older ledgers do not know.

    Of a lexicon it is the content.
    """
    new = {field.name: field.default for field in fields(Options) if field.metadata["group"] in _NEWER}
    kept = {name: value for name, value in options.items() if name not in new or value not in (None, new[name])}
    if "lexicon" in kept:
        kept["lexicon"] = hashlib.blake2b(Path(kept["lexicon"]).read_bytes(), digest_size=16).hexdigest()
    if "profile" in kept and kept["profile"] is None and "style" not in kept:
        kept["profile"] = Options().limits().name  # as it was written when it was the default
    return kept
