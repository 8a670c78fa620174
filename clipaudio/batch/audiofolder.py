"""Write the `metadata.jsonl` with which the AudioFolder of Hugging Face's datasets reads the outputs of a batch.

Form: https://huggingface.co/docs/datasets/audio_dataset. The file is in the folder of the outputs, and names the audio
relative to it. Names of splits: https://huggingface.co/docs/datasets/repository_structure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clipaudio.annotation.tier import iterate_labels
from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.tables import clip_of, join_place, pair_with_results
from clipaudio.errors import ClipAudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clipaudio.batch.ledger_reader import LedgerReader

__all__ = ["audiofolder_rows", "find_split"]

_SPLIT: Final = re.compile(
    r"(?:^|[-._ 0-9/])(train(?:ing)?|valid(?:ation)?|dev|val|test(?:ing)?|eval(?:uation)?)[-._ 0-9/]", re.ASCII
)


def find_split(file_name: str) -> str | None:
    """Return the word for which `load_dataset` takes a file, and all beside it, for a split of its own; None without.

    It then reads that split alone, without texts: unless it is told the files by `data_files`.

    Examples
    --------
    >>> find_split("tr/train_001.wav"), find_split("at/attest.wav"), find_split("my test/1.wav")
    ('train', None, 'test')
    """
    found = _SPLIT.search(file_name)
    return None if found is None else found[1]


def audiofolder_rows(
    rows: Iterable[ClipSpec | Unreadable],
    ledger: LedgerReader,
    kind: tuple[str, str],
    *,
    kept: tuple[str, str] | None = None,
    place: str = "",
) -> Iterator[dict[str, object] | Unreadable]:
    """Yield the rows of the file, `Unreadable` for a clip without audio or with a callback that cannot be read.

    Columns are `file_name`, relative to the folder of the outputs; `text`; `duration` in seconds; and `words`, a list
    of `{"word", "start", "end"}` in seconds, empty for a clip without times.

    Parameters
    ----------
    rows, ledger
        As in `nemo_rows`.
    kind
        The kind of the audio, and the hash of its options.
    kept
        The kind of callbacks that were kept under *place*, for rows without one of their own.

    Examples
    --------
    >>> import tempfile
    >>> from clipaudio.batch.ledger import Ledger, Result
    >>> with Ledger(tempfile.mkdtemp() + "/ledger.jsonl") as ledger:
    ...     ledger.append([Result(id="a", kind="wav", status="ok", output="a/a.wav", duration=0.5)])
    ...     list(audiofolder_rows([ClipSpec(id="a", text="Hi.")], ledger, ("wav", "")))
    [{'file_name': 'a/a.wav', 'text': 'Hi.', 'duration': 0.5, 'words': []}]
    """
    kinds = [kind] if kept is None else [kind, kept]
    for row, done in pair_with_results(rows, ledger, kinds):
        if isinstance(row, Unreadable):
            yield row
            continue
        audio, callback = done.get(kind[0]), done.get(kinds[-1][0]) if kept is not None else None
        if audio is None or audio.output is None:
            yield Unreadable(row.where or row.id, f"{row.id} has no audio of kind {kind[0]}")
            continue
        copy = None if callback is None or callback.output is None else join_place(place, callback.output)
        try:
            clip = clip_of(row, copy)
        except (ClipAudioError, OSError) as error:
            yield Unreadable(row.where or row.id, str(error))
            continue
        words = [] if clip is None else iterate_labels(clip.words)
        yield {
            "file_name": audio.output,
            "text": row.text if row.text is not None else "" if clip is None else clip.aligned.text,
            "duration": audio.duration if audio.duration is not None else row.fields.get("duration"),
            "words": [{"word": label, "start": round(start, 6), "end": round(end, 6)} for label, start, end in words],
        }
