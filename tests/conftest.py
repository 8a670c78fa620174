"""What every test may ask for."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# machines that run the tests may be shared and slow: no test is about time
settings.register_profile("clipaudio", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("clipaudio")

FULL = os.environ.get("CLIPAUDIO_FULL") == "1"


class Needs:
    """Optional oracles: skipped with the reason where absent, a failure where CLIPAUDIO_FULL=1 asks for all."""

    def __call__(self, module: str):
        """Import *module* or say why the test cannot run."""
        try:
            return importlib.import_module(module)
        except ImportError as error:
            self._absent(f"the Python package {module} is not installed: {error}")

    def program(self, name: str) -> str:
        """Give the path of the program *name* or say why the test cannot run."""
        path = shutil.which(name)
        if path is None:
            self._absent(f"the program {name} is not installed")
        return path

    @staticmethod
    def _absent(reason: str) -> None:
        if FULL:
            pytest.fail(f"CLIPAUDIO_FULL=1 but {reason}")
        pytest.skip(reason)


@pytest.fixture(scope="session")
def needs() -> Needs:
    """Give the finder of optional oracles."""
    return Needs()


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of test data."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def samples(data) -> dict[str, dict]:
    """Give every sample payload that has times, as the service would have sent it."""
    return _beside("samples").load(data)


def pytest_configure(config):
    """Let every folder ask for a peer, for small clips, for an inbox and for an object store."""
    for name in ("peers", "clips", "inboxes", "bucket"):
        config.pluginmanager.register(_beside(name), f"clipaudio-{name}")


def _beside(name: str):
    """Import the module *name* beside this file, which is in no package."""
    spec = importlib.util.spec_from_file_location(f"clipaudio_tests_{name}", Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
