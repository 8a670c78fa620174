"""Keys of buckets are taken verbatim, and missing credentials are one sentence before the work."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clipaudio.batch.output_store import Bucket, read_bytes
from clipaudio.errors import StorageError

NAMES = ["voice#2/a.wav", "what?/a.wav", "100%20/a.wav", "a b/ü.wav", "plain/a.wav"]


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_read_and_written_as_it_is_spelled(store, monkeypatch, name):
    for key, value in store.environment.items():
        monkeypatch.setenv(key, value)
    folder, _, file = name.rpartition("/")
    decoy = Bucket(f"s3://clips/{folder.partition('#')[0].partition('?')[0]}")
    with decoy.writing(file) as path:
        path.write_bytes(b"another object")
    place = Bucket(f"s3://clips/{folder}")
    with place.writing(file) as path:
        path.write_bytes(b"this one")
    assert read_bytes(f"s3://clips/{name}") == b"this one"


def test_missing_credentials_are_said_once_before_any_work(tmp_path, needs):
    needs("obstore")
    for number in range(5):
        (tmp_path / f"{number}.json").write_text(f'{{"id": "{number}"}}', "utf-8")
    command = ["batch", str(tmp_path), "--out", "s3://bucket/out", "--ledger", str(tmp_path / "l.jsonl"), "--to", "srt"]
    environment = {"PATH": "/usr/bin:/bin", "AWS_ENDPOINT": "http://127.0.0.1:9", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "clipaudio", *command],
        env=environment | {"PYTHONPATH": ":".join(sys.path)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode in {1, 2}
    assert done.stderr.count("no credentials for s3://bucket") == 1
    assert "AWS_ACCESS_KEY_ID" in done.stderr
    assert not (tmp_path / "l.jsonl").exists()


def test_a_bucket_without_credentials_is_a_typed_error(monkeypatch, needs):
    needs("obstore")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE", "CLIPAUDIO_CLOUD_ROLE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StorageError, match="no credentials for s3://none-of-that-name"):
        Bucket("s3://none-of-that-name/a").check()
