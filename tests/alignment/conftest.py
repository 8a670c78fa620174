"""Speech of voices that the model was not trained on."""

from __future__ import annotations

import subprocess

import pytest


@pytest.fixture(scope="session")
def flite(needs, tmp_path_factory):
    """Return the function that speaks a text with flite into a WAV file."""
    needs("espeakng_loader")
    program = needs.program("flite")
    folder = tmp_path_factory.mktemp("flite")

    def speak(text, voice="slt"):
        path = folder / f"{voice}-{abs(hash(text))}.wav"
        if not path.exists():
            subprocess.run([program, "-voice", voice, "-t", text, "-o", str(path)], check=True)
        return path

    return speak
