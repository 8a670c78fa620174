"""A callback's JSON into two Timelines, against the ways a user would write by hand.

What this cannot show: payloads of a few hundred letters, where every way takes well under a millisecond.
"""

from __future__ import annotations

import json

import msgspec
import numpy as np
from interleave import race, write
from payloads import payload

from clipaudio.resemble.callback import read_callback


def ours(raw: bytes) -> tuple:
    callback = read_callback(raw)
    return callback.graphemes, callback.phones  # numbers are made when they are asked for


def by_json(raw: bytes) -> tuple:
    stamps = json.loads(raw)["audio_timestamps"]
    return stamps["graph_chars"], np.array(stamps["graph_times"]), stamps["phon_chars"], np.array(stamps["phon_times"])


def by_msgspec(raw: bytes) -> tuple:
    stamps = msgspec.json.decode(raw)["audio_timestamps"]
    return stamps["graph_chars"], np.array(stamps["graph_times"]), stamps["phon_chars"], np.array(stamps["phon_times"])


def main() -> None:
    results = []
    for graphemes in (2_000, 20_000, 200_000):
        raw = payload(graphemes, shape="overlap")
        callback, (labels, times, *_) = read_callback(raw), by_json(raw)
        assert np.array_equal(callback.graphemes.times, times)
        assert list(callback.graphemes.labels) == labels
        rivals = {
            "clipaudio.read_callback": lambda raw=raw: ours(raw),
            "json.loads + numpy.array": lambda raw=raw: by_json(raw),
            "msgspec.json.decode + numpy.array": lambda raw=raw: by_msgspec(raw),
        }
        results.append({"what": "callback to Timelines", "size": f"{len(raw) / 1e6:.2f} MB", "rivals": race(rivals)})
    write("callback", results)


if __name__ == "__main__":
    main()
