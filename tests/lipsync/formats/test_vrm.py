"""A VRM animation: what a glTF reader gets out of it is what went in."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from clipaudio.errors import ExportError
from clipaudio.lipsync.curves import Curves
from clipaudio.lipsync.formats.vrm import dumps


def read(text):
    """Follow expression, node, channel, sampler, accessor, view and buffer, as a reader of glTF does."""
    made = json.loads(text)
    data = base64.b64decode(made["buffers"][0]["uri"].partition(",")[2], validate=True)
    assert len(data) == made["buffers"][0]["byteLength"]
    assert "VRMC_vrm_animation" in made["extensionsUsed"]

    def values(index):
        accessor = made["accessors"][index]
        view = made["bufferViews"][accessor["bufferView"]]
        width = {"SCALAR": 1, "VEC3": 3}[accessor["type"]]
        part = data[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        found = np.frombuffer(part, "<f4").reshape(-1, width)
        assert len(found) == accessor["count"]
        assert view["byteOffset"] % 4 == 0
        return found

    curves = {}
    animation = made["animations"][0]
    for name, place in made["extensions"]["VRMC_vrm_animation"]["expressions"]["preset"].items():
        (channel,) = [one for one in animation["channels"] if one["target"]["node"] == place["node"]]
        assert channel["target"]["path"] == "translation"
        sampler = animation["samplers"][channel["sampler"]]
        clock = values(sampler["input"])[:, 0]
        assert made["accessors"][sampler["input"]]["min"] == [clock.min()]
        assert made["accessors"][sampler["input"]]["max"] == [clock.max()]
        assert not values(sampler["output"])[:, 1:].any()
        curves[name] = clock, values(sampler["output"])[:, 0]
    return animation["name"], curves


def test_every_mouth_expression_can_be_read_back():
    names = ("neutral", "oh", "aa", "ee")
    weights = np.random.default_rng(0).random((90, 4), np.float32)
    curves = Curves(np.arange(90) / 30, names, weights, 30)
    name, found = read(dumps(curves, name='a "b"\t]]>'))
    assert name == 'a "b" ]]>'
    assert list(found) == ["aa", "ee", "oh"]
    for shape, (times, values) in found.items():
        assert times == pytest.approx(curves.times, abs=1e-6)
        assert (values == weights[:, names.index(shape)]).all()


@pytest.mark.parametrize(("names", "rows"), [(("jawOpen",), 1), (("aa",), 0)])
def test_curves_without_a_mouth_or_without_times_are_refused(names, rows):
    with pytest.raises(ExportError, match="expected mouth expressions of VRM"):
        dumps(Curves(np.zeros(rows), names, np.zeros((rows, 1), np.float32), 30))
