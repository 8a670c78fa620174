"""Rows, less what the ledger says is done: what is left is worked on, and nothing is done twice or forgotten."""

from __future__ import annotations

import random

from clipaudio.batch.ledger import Key, Ledger, LedgerReader, Result, merge
from clipaudio.batch.manifest import rows, shard


def left(manifest, ledger, kinds):
    """Return the keys of a manifest that are not done, with the attempt that is next."""
    keys = [Key(row.id, kind) for row in manifest for kind in kinds]
    found = zip(keys, ledger.done(keys), strict=True)
    return [(key, standing.attempt + 1) for key, standing in found if not standing.is_done]


def work(manifest, ledger, kinds, chance):
    """Do what is left, with failures; stop at any chunk."""
    todo = left(manifest, ledger, kinds)
    for start in range(0, len(todo), 7):
        if chance.random() < 0.1:
            return
        ledger.append(
            Result(id=key.id, kind=key.kind, status=chance.choice(["ok", "ok", "error", "lost"]), attempt=attempt)
            for key, attempt in todo[start : start + 7]
        )


def test_runs_that_are_interrupted_end_with_every_row_done_once(tmp_path):
    ids = [f"clip/{number}" for number in range(60)]
    chance = random.Random(7)
    paths = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for number, path in enumerate(paths, 1):
        while True:
            manifest = list(shard(rows("-", stdin=[id_.encode() for id_ in ids]), number, 2))
            with Ledger(path) as ledger:
                if not left(manifest, ledger, ["srt", "wav"]):
                    break
                work(manifest, ledger, ["srt", "wav"], chance)
    with LedgerReader(*paths) as ledger:
        done = [row.key for row in ledger.latest() if row.is_ok]
    assert sorted(done) == sorted(Key(id_, kind) for id_ in ids for kind in ("srt", "wav"))
    assert merge(paths, tmp_path / "all.jsonl") == 120
    with LedgerReader(tmp_path / "all.jsonl") as ledger:
        assert left(rows("-", stdin=[id_.encode() for id_ in ids]), ledger, ["srt", "wav"]) == []
        assert len(left(rows("-", stdin=[id_.encode() for id_ in ids]), ledger, ["srt", "vtt"])) == 60
