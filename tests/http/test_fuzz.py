"""Real payloads, damaged at random with a seed: each is read or refused with a typed error, as bytes and as objects."""

from __future__ import annotations

import json
import os
import random

import numpy as np
import pytest

from clipaudio.errors import CallbackError
from clipaudio.receive.receiver import Receiver
from clipaudio.resemble.callback import read_callback

ROUNDS = 200_000 if os.environ.get("CLIPAUDIO_LONG") else 40_000
WORDS = [
    b"NaN", b"1e999", b"-0.0", b"null", b"true", b'"\\ud800"', b'"\\udc00x"', b"[]", b"{}", b"[[[", b"]", b",", b'"',
    b'"id":"other",', b'"graph_times":[],', b"\xef\xbb\xbf", b"\x00", b"\xff", b"9" * 400, b"0x1", b"1_0",
    b"[0.1,0.2],",
]  # fmt: skip


@pytest.fixture(scope="module")
def seeds(data):
    """Return the sample payloads, small enough to be damaged where it matters."""
    made = [b'{"id":"c1","project_id":"p1","url":"https://example.com/a.wav","issues":[]}']
    for path in sorted(data.glob("*.json")):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            made.append(json.dumps({"id": "c1", "project_id": "p1", **found}).encode()[:6000])
            made.append(json.dumps({"id": "c1", "audio_timestamps": found.get("audio_timestamps", found)}).encode())
    return made


def damaged(dice, seeds):
    """Cut, double, overwrite and insert, once to four times."""
    body = bytearray(dice.choice(seeds))
    for _ in range(dice.randint(1, 4)):
        first = dice.randrange(len(body) + 1)
        last = min(len(body), first + dice.choice([0, 1, 1, 2, 5, 40]))
        kind = dice.randrange(4)
        if kind == 0:
            del body[first:last]
        elif kind == 1:
            body[first:first] = body[first:last] * dice.randint(1, 3)
        elif kind == 2:
            body[first:last] = dice.choice(WORDS)
        elif first < len(body):
            body[first] = dice.randrange(256)
    return bytes(body)


def read(source):
    """Return the fields of a callback, or None if it is refused; a time that is not finite counts as absent."""
    try:
        callback = read_callback(source)
    except CallbackError:
        return None
    levels = [callback.graphemes, callback.phones] if callback.has_timestamps else []
    levels = [
        (list(each.labels), str(np.where(np.isfinite(each.times), each.times, np.nan).tolist())) for each in levels
    ]
    return callback.id, callback.project_id, callback.url, callback.issues, callback.duration, levels


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


@pytest.mark.slow
def test_a_damaged_payload_is_read_as_bytes_and_as_an_object_alike(seeds):
    dice = random.Random(8)
    outcomes = set()
    for _ in range(ROUNDS):
        body = damaged(dice, seeds)
        found = read(body)
        outcomes.add(found is None)
        try:
            parsed = json.loads(body, parse_constant=refuse)
        except ValueError:
            continue
        if isinstance(parsed, dict):
            assert read(parsed) == found, body
    assert outcomes == {True, False}


@pytest.mark.slow
def test_a_receiver_answers_whatever_comes(seeds):
    dice = random.Random(9)
    receiver = Receiver()
    path = receiver.expect("p1", "c1")
    kinds = ["application/json", "application/x-www-form-urlencoded", "text/html", "", "\ud800"]
    statuses = set()
    for _ in range(ROUNDS // 2):
        status, answer = receiver.handle("POST", path, {"Content-Type": dice.choice(kinds)}, damaged(dice, seeds))
        assert json.loads(answer)["success"] == (status == 200)
        statuses.add(status)
    assert statuses == {200, 400, 409}
