"""Write a script for Blender (.blender.py) that makes keyframes of shape keys: run it in the Text Editor.

The script needs no add-on. It takes the selected meshes, or all of the scene if none is selected, and sets keys of the
shapes that are named as in Apple's face tracking. Times are seconds: the frame rate is that of the scene.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clipaudio.lipsync.formats.shared import clean_line, iterate_keys

if TYPE_CHECKING:
    from clipaudio.lipsync.curves import Curves

__all__ = ["dumps"]

_SCRIPT = '''\
"""Keyframes of the mouth, made by clipaudio. Select the meshes of the face, and run this in Blender's Text Editor."""

import json

import bpy

CURVES = json.loads({curves})  # shape key -> [[seconds, value], ...], linear between


def find_meshes():
    """Return the selected meshes with shape keys of these names, or all of the scene if none is selected."""
    wanted = set(CURVES)
    objects = list(bpy.context.selected_objects) or list(bpy.context.scene.objects)
    return [
        one
        for one in objects
        if one.type == "MESH" and one.data.shape_keys and wanted & set(one.data.shape_keys.key_blocks.keys())
    ]


def set_keys(mesh, scene):
    """Set all keys of a mesh; return the names that it lacks."""
    rate = scene.render.fps / scene.render.fps_base
    blocks = mesh.data.shape_keys.key_blocks
    missing = []
    for name, keys in CURVES.items():
        if name not in blocks.keys():
            missing.append(name)
            continue
        block = blocks[name]
        for seconds, value in keys:
            block.value = value
            block.keyframe_insert("value", frame=scene.frame_start + seconds * rate)
    return missing


def main():
    """Set the keys of every mesh of the face, linear between."""
    scene = bpy.context.scene
    meshes = find_meshes()
    if CURVES and not meshes:
        name = sorted(CURVES)[0]
        raise RuntimeError("no mesh has shape keys such as " + name + "; select the face, or rename its keys")
    edit = bpy.context.preferences.edit
    before = edit.keyframe_new_interpolation_type
    edit.keyframe_new_interpolation_type = "LINEAR"
    try:
        for mesh in meshes:
            missing = set_keys(mesh, scene)
            if missing:
                print(mesh.name + " lacks " + ", ".join(missing))
    finally:
        edit.keyframe_new_interpolation_type = before


main()
'''


def dumps(curves: Curves) -> str:
    r"""Return *curves* as a script for Blender; a curve that stays 0 is left out.

    Parameters
    ----------
    curves
        On video frames.

    Raises
    ------
    ExportError
        The curves are not on video frames, or a weight is not from 0 to 1.

    Examples
    --------
    >>> from clipaudio.lipsync.curves import Curves
    >>> import numpy as np
    >>> weights = np.array([[0, 0], [0, 0], [0, 0], [0.5, 0]], np.float32)
    >>> text = dumps(Curves(np.arange(4) / 24, ("jawOpen", "mouthLeft"), weights, 24))
    >>> next(line for line in text.splitlines() if line.startswith("CURVES"))[:70]
    'CURVES = json.loads(\'{"jawOpen": [[0.0, 0.0], [0.083333, 0.0], [0.125,'
    """
    keys = {}
    for name, rows, value in iterate_keys(curves):
        times, weights = curves.times[rows].round(6).tolist(), (value / 10_000).tolist()
        keys[clean_line(name)] = list(zip(times, weights, strict=True))
    return _SCRIPT.replace("{curves}", ascii(json.dumps(keys)))
