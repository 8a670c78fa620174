from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.emulator.exchange import EmulatorRequest
from clipaudio.emulator.faults import Faults
from clipaudio.emulator.storage import Storage

DATA = bytes(range(100))


class Shelf:
    """A storage with one file, and the signed target of it."""

    def __init__(self):
        self.storage = Storage(lambda: 1e9)
        self.path = self.storage.add(DATA, name="a.wav", content_type="audio/wav")
        self.signed = self.answer("GET", self.path).headers["Location"]

    def answer(self, method, target, **headers):
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return self.storage.answer(EmulatorRequest(method, target, named), Faults())

    def get(self, **headers):
        return self.answer("GET", self.signed, **headers)


SHELF = Shelf()


@given(st.integers(0, 120), st.integers(0, 120))
def test_a_range_gives_exactly_its_bytes(first, last):
    answer = SHELF.get(Range=f"bytes={first}-{last}")
    if last < first:
        assert (answer.status, answer.body) == (200, DATA)
    elif first >= len(DATA):
        assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */100")
    else:
        assert (answer.status, answer.body) == (206, DATA[first : last + 1])
        assert answer.headers["Content-Range"] == f"bytes {first}-{min(last, 99)}/100"


@given(st.integers(0, 120))
def test_a_file_can_be_put_together_from_where_it_broke_off(first):
    rest = SHELF.get(Range=f"bytes={first}-", If_Range=SHELF.get().headers["ETag"])
    assert DATA[:first] + rest.body == DATA
    assert rest.status == (206 if first < 100 else 416)


@given(st.integers(0, 120))
def test_a_suffix_gives_the_last_bytes(count):
    answer = SHELF.get(Range=f"bytes=-{count}")
    assert answer.status == (206 if count else 416)
    assert answer.body == (DATA[-count:] if count else b"")


@pytest.mark.parametrize("value", ["bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b", "1-2"])
def test_what_is_no_single_range_of_bytes_gives_the_whole(value):
    assert SHELF.get(Range=value).status == 200


def test_a_range_of_another_version_gives_the_whole():
    assert SHELF.get(Range="bytes=50-", If_Range='"other"').body == DATA


def test_the_same_bytes_have_the_same_etag_and_others_another():
    storage = Storage(lambda: 0.0)
    etags = []
    for data in (b"a", b"a", b"b"):
        path = storage.add(data, name="x.wav", content_type="audio/wav")
        signed = storage.answer(EmulatorRequest("GET", path), Faults()).headers["Location"]
        etags.append(storage.answer(EmulatorRequest("GET", signed), Faults()).headers["ETag"])
    assert etags[0] == etags[1] != etags[2]


def test_the_lasting_url_carries_a_token_without_expiry_as_the_services_own_do():
    token = SHELF.path.split("/")[5].partition("--")[0]
    assert json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["_rails"]["exp"] is None


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", SHELF.path.replace("--", "--0"), 404),
        ("GET", "/storage/none/a.wav", 404),
        ("GET", SHELF.signed.replace("Signature=", "Signature=0"), 403),
        ("GET", SHELF.signed.replace("Expires=3600", "Expires=360000"), 403),
        ("GET", SHELF.signed.partition("?")[0], 403),
        ("POST", SHELF.path, 405),
        ("HEAD", SHELF.path, 302),
        ("HEAD", SHELF.signed, 200),
    ],
    ids=["token", "none", "signature", "expiry", "unsigned", "post", "head-lasting", "head-signed"],  # paths are random
)
def test_only_what_was_signed_is_served(method, target, status):
    assert SHELF.answer(method, target).status == status


def test_only_its_own_paths_are_for_the_storage():
    own = [SHELF.path, SHELF.signed, "/api/v2/voices", "/"]
    assert [SHELF.storage.owns(EmulatorRequest("GET", target)) for target in own] == [True, True, False, False]


@pytest.mark.parametrize("value", [f"bytes={'9' * 5000}-", f"bytes=-{'9' * 5000}", f"bytes=0-{'9' * 5000}"])
def test_a_range_beyond_every_file_is_ignored(value):
    assert (SHELF.get(Range=value).status, SHELF.get(Range=value).body) == (200, DATA)


def test_a_signature_of_strange_characters_is_only_wrong():
    path = SHELF.signed.partition("?")[0]
    assert SHELF.answer("GET", f"{path}?X-Amz-Signature=%C3%A9").status == 403
