"""Folders and buckets are one to those who use them; a bucket is asked over real HTTP, and counted."""

from __future__ import annotations

import multiprocessing
import pickle
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from clipaudio.batch.clip_spec import ClipSpec
from clipaudio.batch.job import Conversion, Job, Task
from clipaudio.batch.output_store import Bucket, Folder, is_bucket, local_copy, open_place, read_bytes
from clipaudio.batch.worker import work
from clipaudio.errors import StorageError


@pytest.fixture(scope="session")
def elsewhere(_door, deeds, needs):
    """Yield a function that calls another in a process whose environment names the store."""
    needs("obstore")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, deeds.is_told, (_door.environment,)) as pool:
        yield lambda function, *arguments, **named: pool.submit(function, *arguments, **named).result()


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path):
    """Return a place of each kind, and see that the store is empty."""
    if request.param == "folder":
        return Folder(str(tmp_path / "out"))
    request.getfixturevalue("store")
    return Bucket("s3://clips/out")


def test_what_is_written_is_read_back(place, elsewhere, deeds):
    files = {"ce/cecad6f9.srt": b"1\n", "plain": b"", "a/b/c.wav": bytes(range(256))}
    elsewhere(deeds.write, place, files)
    for key, data in files.items():
        assert elsewhere(deeds.read, place, key) == (key.rpartition("/")[2], data, data)
    elsewhere(deeds.write, place, {"plain": b"anew"})
    assert elsewhere(deeds.read, place, "plain")[1] == b"anew"


def test_what_is_not_there_is_an_error_of_the_system(place, elsewhere, deeds):
    with pytest.raises(OSError, match="none"):
        elsewhere(deeds.size_of, place, "ce/none.srt")


def test_one_of_several_has_a_claim_and_may_come_back(place, elsewhere, deeds):
    assert elsewhere(deeds.claims, place, "one", "two", "one", "two") == [True, False, True, False]


def test_one_of_many_that_claim_at_once_has_it(place, elsewhere, deeds):
    assert sorted(elsewhere(deeds.race, place, 8)) == [False] * 7 + [True]


def test_a_place_travels_and_stays_itself(place):
    assert pickle.loads(pickle.dumps(place)) == place


def test_a_folder_tells_whether_a_file_has_the_size_it_had(tmp_path):
    place = Folder(str(tmp_path))
    (tmp_path / "a").write_bytes(b"12")
    assert [place.holds("a", size) for size in (2, None, 3)] == [True, True, False]
    assert not place.holds("b", None)


def test_a_bucket_is_trusted_to_hold_what_was_put_and_asked_nothing(store):
    assert Bucket("s3://clips").holds("a", 7)
    assert store.requests == []


def test_a_block_that_ends_badly_puts_nothing(store, elsewhere, deeds):
    with pytest.raises(ValueError, match="badly"):
        elsewhere(deeds.write, Bucket("s3://clips/out"), {"a": b"1"}, fail=True)
    assert store.requests == []


@pytest.mark.parametrize("size", [0, 1000, 12_000_000])
def test_an_object_is_one_put_and_one_get_whatever_its_size(store, elsewhere, deeds, size):
    elsewhere(deeds.write, Bucket("s3://clips/out"), {"a/b.wav": bytes(size)})
    assert store.requests == [("PUT", "/clips/out/a/b.wav")]
    assert elsewhere(deeds.size_of, Bucket("s3://clips/out"), "a/b.wav") == size
    assert store.requests == [("PUT", "/clips/out/a/b.wav"), ("GET", "/clips/out/a/b.wav")]


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "ServiceUnavailable"), (503, "SlowDown")])
def test_a_store_that_is_busy_for_a_moment_is_asked_again(store, elsewhere, deeds, status, code):
    place = Bucket("s3://clips/out")
    store.refusals = [(status, code)] * 2
    elsewhere(deeds.write, place, {"a": b"1"})
    assert store.counts() == {"PUT": 3}
    store.refusals = [(status, code)] * 2
    assert elsewhere(deeds.size_of, place, "a") == 1
    assert store.counts() == {"PUT": 3, "GET": 3}


@pytest.mark.parametrize(
    ("refusal", "match"),
    [
        ((403, "AccessDenied"), "AccessDenied: AccessDenied it is; check the credentials, and what they allow"),
        ((401, "Unauthorized"), "Unauthorized: .*; check the credentials, and what they allow"),
        ((400, "ExpiredToken"), "ExpiredToken: .*; check the credentials, and what they allow"),
        ((404, "NoSuchKey"), "NoSuchKey: .*; check the name"),
        ((404, "NoSuchBucket"), "NoSuchBucket: .*; check the name"),
        (
            (400, "InvalidRequest"),
            "InvalidRequest: .*; run the same command again; if that does not help, check the endpoint",
        ),
    ],
)
def test_a_refusal_is_told_in_one_line_with_what_to_do(store, elsewhere, deeds, refusal, match):
    for deed, more in ((deeds.size_of, ("a.srt",)), (deeds.write, ({"a.srt": b""},))):
        store.refusals = [refusal]
        with pytest.raises(StorageError, match=f"^s3://clips/out/a.srt: {match}") as caught:
            elsewhere(deed, Bucket("s3://clips/out"), *more)
        assert "\n" not in str(caught.value)
        assert not re.search("a-secret|an-id|127.0.0.1", str(caught.value))


def test_a_claim_that_cannot_be_made_is_told(store, elsewhere, deeds):
    store.refusals = [(403, "AccessDenied")]
    with pytest.raises(StorageError, match="_shards/1-of-3: AccessDenied"):
        elsewhere(deeds.claims, Bucket("s3://clips/out"), "one")


@pytest.mark.slow
def test_a_store_that_stays_away_is_told_after_some_tries(store, elsewhere, deeds):
    store.always = (503, "SlowDown")
    with pytest.raises(StorageError, match="SlowDown: SlowDown it is; run the same command again"):
        elsewhere(deeds.size_of, Bucket("s3://clips/out"), "a")
    assert store.counts()["GET"] > 3


def test_the_url_of_a_store_nobody_knows_is_told(elsewhere, deeds):
    with pytest.raises(StorageError, match=r"^s3:///out.*run the same command again"):
        elsewhere(deeds.size_of, Bucket("s3:///out"), "a")


@pytest.mark.parametrize(
    ("where", "is_one"),
    [("s3://b", True), ("S3A://b/c", True), ("gs://b", True), ("az://c", True), ("C:/x", False), ("s3/b", False)],
)
def test_buckets_are_known_by_their_scheme(where, is_one):
    assert is_bucket(where) is is_one
    assert isinstance(open_place(where), Bucket if is_one else Folder)


def test_a_path_is_its_own_local_copy_and_an_object_is_fetched(store, elsewhere, deeds, tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    with local_copy(str(tmp_path / "a")) as path:
        assert path == Path(tmp_path / "a")
    elsewhere(deeds.write, Bucket("s3://clips/in"), {"a.json": b"{}"})
    assert elsewhere(read_bytes, "s3://clips/in/a.json") == b"{}"
    assert store.counts() == {"PUT": 1, "GET": 1}


@pytest.mark.parametrize("url", ["%2e%2e/secret.wav", ".%2e/secret.wav", "..%2fsecret.wav"])
@pytest.mark.usefixtures("store")
def test_the_url_of_a_callback_in_a_bucket_leads_nowhere_above_it(elsewhere, deeds, clip_sound, url, tmp_path):
    whole = f'{{"id": "a", "url": "{url}", "audio_timestamps": {{}}}}'.encode()
    elsewhere(deeds.write, Bucket("s3://clips"), {"in/a.json": whole, "secret.wav": clip_sound("a")})
    job = Job(place=Folder(str(tmp_path)), conversions=(Conversion.parse("8000"),))
    task = Task(ClipSpec(id="a", callback="s3://clips/in/a.json"), ((job.kinds[0], 1),))
    [result] = elsewhere(work, job, [task])
    assert (result.status, result.error.type) == ("error", "StorageError")


def test_a_store_without_obstore_says_how_to_get_it():
    program = (
        "import sys; sys.modules['obstore'] = None\n"
        "from clipaudio.batch.output_store import read_bytes; from clipaudio.errors import MissingExtraError\n"
        "try:\n    read_bytes('s3://clips/a')\nexcept MissingExtraError as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == 'an object store needs obstore; install it with: pip install "obstore>=0.6"\n'
