"""One short clip after another, from the bytes of its callback to the text of each format.

What this cannot show: what a batch takes, which also reads, writes and keeps its ledger (`bench_batch.py`), and a clip
of a kind that was never seen: labels of phones, words of a language and rates are read once a process, so the clips
here say different things in the same few hundred words, as those of one product do. Times are of fifty clips, one
after the other in one process: divide by fifty.

The peers only write: they are given the cues, or the tiers, that we have found before, and their time begins there. So
"from the callback on" has all the work that they leave to their user in it, and loses; "the writing alone" starts where
they start, checks and escapes what they do not, and is the row to compare.
"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import payloads
import pysubs2
import webvtt as webvtt_py
from interleave import race, write
from praatio import textgrid as praatio_textgrid

from clipaudio.annotation.formats import textgrid
from clipaudio.clip import Clip
from clipaudio.export import ExportContext, dumps
from clipaudio.resemble.callback import read_callback

CLIPS = 50
LETTERS = 80
GIVEN = {
    "srt": ("cues",),
    "vtt": ("cues",),
    "ttml": ("cues",),
    "ass": ("cues",),
    "textgrid": ("grid",),
    "textgrid-short": ("grid",),
    "eaf": (),
    "timeline": (),
    "rhubarb": ("mouth",),
    "livelink": ("mouth",),
    "azure-frames": ("mouth",),
    "keyframes": ("mouth",),
    "vrm": ("mouth",),
}
"""What of a `ExportContext` stands before the writing of each format begins, beside its levels."""
GRIDS = {"textgrid": "long", "textgrid-short": "short"}
LEVELS = ("words", "sentences", "phones", "syllables", "phone_words")
FOLDER = tempfile.TemporaryDirectory()
VOCABULARY = (
    "the a to of and in that it was for on with as you they he she we but from at by this not are have had said were"
    " which one all their there would when who what will more no if out so up go about into time some could them than"
    " other then now look only come over think also back after use two how our work first well way even new want any"
    " these give day most house river garden window morning evening water paper letter number people school country"
    " answer question music winter summer mother father sister brother doctor teacher student business company system"
).split()


def texts(letters: int) -> list[str]:
    """Return texts of about so many letters, cut into sentences and clauses."""
    rng = np.random.default_rng(letters)
    found = []
    for _ in range(CLIPS):
        words: list[str] = []
        while sum(map(len, words)) + len(words) < letters - 4:
            words.append(str(rng.choice(VOCABULARY)) + str(rng.choice(["", "", "", "", "", ",", "."])))
        sentences = " ".join(words).rstrip(",.") + "."
        found.append(". ".join(part[:1].upper() + part[1:] for part in sentences.split(". ")))
    return found


def callback(text: str, *, shape: str) -> bytes:
    """Return the callback of a clip that says *text*, with seven phones to ten letters."""
    made = json.loads(payloads.payload(len(text), shape=shape))
    made["audio_timestamps"]["graph_chars"] = list(text)
    return json.dumps(made).encode()


def source_of(raw: bytes, *given: str) -> ExportContext:
    source = Clip(read_callback(raw)).export_context()
    for name in given:
        getattr(source, name)
    return source


def written(sources: list[ExportContext], name: str) -> None:
    for source in sources:
        dumps(source, name)


def written_grids(sources: list[ExportContext], kind: str) -> None:
    """Write TextGrids again: a source keeps the text it was asked for once."""
    for source in sources:
        textgrid.dumps(source.grid.tiers, source.aligned.duration, format=kind)


def from_callbacks(bodies: list[bytes], name: str) -> None:
    for raw in bodies:
        dumps(Clip(read_callback(raw)).export_context(), name)


def found(bodies: list[bytes], *levels: str) -> None:
    for raw in bodies:
        aligned = Clip(read_callback(raw)).aligned
        for level in levels:
            getattr(aligned, level)


def by_pysubs2(sources: list[ExportContext], name: str) -> None:
    for source in sources:
        file = pysubs2.SSAFile()
        for cue in source.cues:
            file.append(pysubs2.SSAEvent(round(cue.start * 1000), round(cue.end * 1000), r"\N".join(cue.lines)))
        file.to_string(name)


def stamp(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def by_webvtt_py(sources: list[ExportContext]) -> None:
    for source in sources:
        file = webvtt_py.WebVTT()
        for cue in source.cues:
            file.captions.append(webvtt_py.Caption(stamp(cue.start), stamp(cue.end), list(cue.lines)))
        assert file.content


def by_praatio(sources: list[ExportContext], name: str) -> None:
    """Write to a file, which praatio cannot do without."""
    options = {"includeBlankSpaces": True, "minimumIntervalLength": None, "reportingMode": "error"}
    for source in sources:
        end = source.aligned.duration
        grid = praatio_textgrid.Textgrid(0.0, end)
        for tier, line in source.grid.tiers.items():
            pairs = zip(line.labels, line.times.tolist(), strict=True)
            entries = [(start, stop, label) for label, (start, stop) in pairs]
            grid.addTier(praatio_textgrid.IntervalTier(tier, entries, 0.0, end), reportingMode="error")
        grid.save(str(Path(FOLDER.name) / "praatio"), name, **options)


PEERS = {
    "srt": {"pysubs2, the writing alone": partial(by_pysubs2, name="srt")},
    "vtt": {
        "pysubs2, the writing alone": partial(by_pysubs2, name="vtt"),
        "webvtt-py, the writing alone": by_webvtt_py,
    },
    "ttml": {"pysubs2, the writing alone": partial(by_pysubs2, name="ttml")},
    "ass": {"pysubs2, the writing alone": partial(by_pysubs2, name="ass")},
    "textgrid": {"praatio, the writing alone, to a file": partial(by_praatio, name="long_textgrid")},
    "textgrid-short": {"praatio, the writing alone, to a file": partial(by_praatio, name="short_textgrid")},
}


def bench(letters: int, shape: str) -> list[dict]:
    bodies = [callback(text, shape=shape) for text in texts(letters)]
    size = f"{CLIPS} clips of {letters} letters, {shape}"
    levels = {
        "callback to letters and phones": lambda: found(bodies),
        "callback to words": lambda: found(bodies, "words"),
        "callback to all levels": lambda: found(bodies, *LEVELS),
    }
    results = [{"what": "levels", "size": size, "rivals": race(levels, rounds=9)}]
    for name, given in GIVEN.items():
        sources = [source_of(raw, *given) for raw in bodies]
        for source in sources:
            for level in LEVELS:
                getattr(source.aligned, level)
        writing = partial(written_grids, kind=GRIDS[name]) if name in GRIDS else partial(written, name=name)
        rivals = {
            "clipaudio, the writing alone": partial(writing, sources),
            "clipaudio, from the callback on": partial(from_callbacks, bodies, name),
        }
        rivals |= {peer: partial(run, sources) for peer, run in PEERS.get(name, {}).items()}
        results.append({"what": f"callback to {name}", "size": size, "rivals": race(rivals, rounds=7)})
    return results


if __name__ == "__main__":
    write("clip", bench(LETTERS, "overlap"))
