"""Small clips with times and sound, as many as a test asks for: a folder of callbacks, or a manifest of them."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from clipaudio.audio.encode import encode
from clipaudio.batch.clip_spec import ClipSpec

SAMPLE_RATE = 16_000
TEXT = "Hi you."
PHONES = ("h", "aɪ", "j", "uː")


def sound(id_: str, seconds: float = 0.3) -> bytes:
    """Return a WAV file of noise that is the same for the same id."""
    noise = np.random.default_rng(zlib.crc32(id_.encode("utf-8", "surrogatepass")))
    return encode(noise.uniform(-0.5, 0.5, round(seconds * SAMPLE_RATE)), SAMPLE_RATE)


def callback(id_: str, url: str | None = None, *, seconds: float = 0.3, **more) -> dict[str, object]:
    """Return a callback with times of its letters and phones."""
    edges = np.linspace(0, seconds, len(TEXT) + 1).round(4).tolist()
    spans = np.linspace(0, seconds, len(PHONES) + 1).round(4).tolist()
    stamps = {"graph_chars": list(TEXT), "graph_times": list(itertools.pairwise(edges))}
    stamps |= {"phon_chars": list(PHONES), "phon_times": list(itertools.pairwise(spans))}
    return {"id": id_, "project_id": "p", "url": url, "audio_timestamps": stamps, **more}


class Clips:
    """Clips in *folder*; ids are the caller's, or `clip000` and so on."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, *ids: str, seconds: float = 0.3, **more) -> list[ClipSpec]:
        """Write callbacks and their sound, called by number, and give the rows of them."""
        rows = []
        for id_ in ids:
            stem = self.folder / f"{len(list(self.folder.glob('*.json'))):05d}"
            stem.with_suffix(".wav").write_bytes(sound(id_, seconds))
            whole = callback(id_, f"{stem.name}.wav", seconds=seconds, **more)
            stem.with_suffix(".json").write_text(json.dumps(whole), "utf-8")
            rows.append(
                ClipSpec(
                    id=id_, callback=str(stem.with_suffix(".json")), audio=str(stem.with_suffix(".wav")), where=id_
                )
            )
        return rows

    def many(self, count: int, **more) -> list[ClipSpec]:
        """Write *count* clips."""
        return self.add(*(f"clip{number:03d}" for number in range(count)), **more)

    def manifest(self, path: Path, rows: list[ClipSpec]) -> Path:
        """Write the manifest of *rows*, each with its callback within."""
        lines = []
        for row in rows:
            whole = {"id": row.id, "callback": json.loads(Path(row.callback).read_text("utf-8"))}
            lines.append(json.dumps({**whole, "audio": row.audio, "text": TEXT, "speaker": "a"}))
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path


def tree(folder: Path, *but: str) -> dict[str, bytes]:
    """Return the bytes of every file in *folder* by its path there; names that begin with one of *but* are left out."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not Path(name).name.startswith(tuple(but))}


@pytest.fixture
def clips(tmp_path) -> Clips:
    """Return a maker of clips in a folder of its own."""
    return Clips(tmp_path / "clips")


@pytest.fixture(scope="session")
def make_clips(tmp_path_factory):
    """Return what makes a maker of clips, for fixtures that many tests share."""
    return lambda: Clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="session")
def outputs():
    """Return what reads all outputs in a folder: no ledger, no lock."""
    return lambda folder: tree(folder, "ledger.jsonl")


@pytest.fixture(scope="session")
def all_files():
    """Return what reads every file in a folder."""
    return tree


@pytest.fixture(scope="session")
def clip_callback():
    """Return the maker of callbacks."""
    return callback


@pytest.fixture(scope="session")
def clip_sound():
    """Return the maker of sound."""
    return sound


@pytest.fixture
def start(tmp_path):
    """Yield a function that begins the command as a process of its own, which is gone at the end of the test."""
    started = []

    def begin(source, *words, out=tmp_path / "out", environment=None, **streams):
        command = [sys.executable, "-m", "clipaudio", "batch", str(source), "--out", str(out), *map(str, words)]
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **streams}
        environ = {**os.environ, **(environment or {})}
        started.append(subprocess.Popen(command, start_new_session=True, env=environ, **given))
        return started[-1]

    yield begin
    for process in started:
        with process:
            process.kill()
