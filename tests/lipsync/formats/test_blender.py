"""The script for Blender, run with a stand-in for Blender that records the keys."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from clipaudio.lipsync.curves import Curves
from clipaudio.lipsync.formats import blender, keyframes

WEIGHTS = np.array([[0, 0, 0], [0, 0.25, 0], [0.5, 0.25, 0], [0, 0, 0]], np.float32)
CURVES = Curves(np.arange(4) / 24, ("jawOpen", "mouthFunnel", "mouthLeft"), WEIGHTS, 24)


class Block:
    def __init__(self, keys, name):
        self.value, self._keys, self._name = 0.0, keys, name

    def keyframe_insert(self, path, *, frame):
        self._keys.append((self._name, path, frame, self.value))


def scene(*names, fps=24, base=1.0):
    """Return a stand-in for the module bpy with one mesh, and its keys."""
    keys = []
    blocks = {name: Block(keys, name) for name in names}
    mesh = SimpleNamespace(
        name="Face", type="MESH", data=SimpleNamespace(shape_keys=SimpleNamespace(key_blocks=blocks))
    )
    lamp = SimpleNamespace(name="Lamp", type="LIGHT", data=SimpleNamespace())
    bpy = ModuleType("bpy")
    bpy.context = SimpleNamespace(
        selected_objects=[],
        scene=SimpleNamespace(objects=[lamp, mesh], frame_start=1, render=SimpleNamespace(fps=fps, fps_base=base)),
        preferences=SimpleNamespace(edit=SimpleNamespace(keyframe_new_interpolation_type="BEZIER")),
    )
    return bpy, keys


@pytest.fixture
def run(monkeypatch):
    """Return a function that runs a script in a stand-in for Blender."""

    def run_in(bpy, text):
        monkeypatch.setitem(sys.modules, "bpy", bpy)
        exec(compile(text, "script.py", "exec"), {})

    return run_in


def test_the_keys_are_those_of_the_csv(run):
    bpy, keys = scene("jawOpen", "mouthFunnel", "mouthLeft")
    run(bpy, blender.dumps(CURVES))
    rows = [line.split(",") for line in keyframes.dumps(CURVES).splitlines()[1:]]
    assert [(name, round(frame), value) for name, _, frame, value in keys] == [
        (name, int(frame), float(value)) for frame, name, value in rows
    ]
    assert {path for _, path, _, _ in keys} == {"value"}
    assert bpy.context.preferences.edit.keyframe_new_interpolation_type == "BEZIER"


def test_frames_follow_the_rate_of_the_scene(run):
    bpy, keys = scene("jawOpen", fps=30, base=1.001)
    run(bpy, blender.dumps(CURVES))
    assert keys[-1][2] == pytest.approx(1 + 3 / 24 * 30 / 1.001, abs=1e-3)


def test_missing_shape_keys_are_named(run, capsys):
    bpy, _ = scene("jawOpen")
    run(bpy, blender.dumps(CURVES))
    assert capsys.readouterr().out == "Face lacks mouthFunnel\n"


def test_a_scene_without_a_face_is_told_and_preferences_stay(run):
    bpy, _ = scene("smile")
    with pytest.raises(RuntimeError, match="no mesh has shape keys such as jawOpen"):
        run(bpy, blender.dumps(CURVES))
    assert bpy.context.preferences.edit.keyframe_new_interpolation_type == "BEZIER"


def test_names_of_curves_cannot_end_the_text_of_the_script(run):
    name = 'x\'); import os; os.abort() #\n"""\\'
    bpy, keys = scene(name.split("\n", maxsplit=1)[0])
    text = blender.dumps(Curves(np.arange(2) / 24, (name,), np.ones((2, 1), np.float32), 24))
    with pytest.raises(RuntimeError, match="no mesh has shape keys"):
        run(bpy, text)
    assert keys == []


def test_a_mouth_at_rest_sets_no_key(run):
    bpy, keys = scene("jawOpen")
    run(bpy, blender.dumps(Curves(np.arange(2) / 24, ("jawOpen",), np.zeros((2, 1), np.float32), 24)))
    assert keys == []
