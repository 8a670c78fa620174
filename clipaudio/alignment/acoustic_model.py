"""Score each frame of speech for each phone class, with a small neural network that the project trained itself.

The network has 440 inputs, two hidden layers and 41 outputs; `tools/aligner/train.py` trains it on synthetic speech.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.alignment.features import stack_context
from clipaudio.alignment.phone_classes import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["score_frames"]

_CHUNK: Final = 2048  # frames


@functools.cache
def _load() -> dict[str, NDArray[np.float32]]:
    """Return the weights w0 to w2, the biases b0 to b2 and the log priors of the classes."""
    with files("clipaudio.alignment").joinpath("acoustic_model.npz").open("rb") as file, np.load(file) as arrays:
        model = {name: arrays[name].astype(np.float32) for name in arrays.files}
    for layer in "012":
        model[f"w{layer}"] *= model[f"s{layer}"]  # 8 bits, each column with a scale of its own
    return model


def score_frames(features: NDArray[np.float16]) -> NDArray[np.float16]:
    """Return log posterior minus log prior of each class at each frame.

    Parameters
    ----------
    features
        float16, shape (frames, 40), of `clipaudio.alignment.features.normalize`.

    Returns
    -------
    float16, shape (frames, 41)
        82 bytes a frame, 16 kB a second.

    Examples
    --------
    >>> score_frames(np.zeros((7, 40), np.float16)).shape
    (7, 41)
    """
    model = _load()
    scores = np.empty((len(features), len(CLASSES)), np.float16)
    for first in range(0, len(features), _CHUNK):
        stop = min(first + _CHUNK, len(features))
        hidden = stack_context(features, first, stop)
        for layer in "01":
            hidden = np.maximum(hidden @ model[f"w{layer}"] + model[f"b{layer}"], 0)
        logits = hidden @ model["w2"] + model["b2"]
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        scores[first:stop] = np.maximum(logits, -20) - model["priors"]
    return scores
