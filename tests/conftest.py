"""What every test may ask for."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# machines that run the tests may be shared and slow: no test is about time
settings.register_profile("clipaudio", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("clipaudio-quick", settings.get_profile("clipaudio"), max_examples=30)
settings.load_profile("clipaudio" if os.environ.get("CLIPAUDIO_SLOW") == "1" else "clipaudio-quick")

FULL = os.environ.get("CLIPAUDIO_FULL") == "1"
SLOW = os.environ.get("CLIPAUDIO_SLOW") == "1"
HERE = Path(__file__).parent
LEFT_OUT = pytest.StashKey[int]()


class Needs:
    """Optional oracles: skipped with the reason where absent, a failure where CLIPAUDIO_FULL=1 asks for all."""

    def __call__(self, module: str):
        """Import *module* or say why the test cannot run."""
        try:
            return importlib.import_module(module)
        except ImportError as error:
            self.absent(f"the Python package {module} is not installed: {error}")

    def program(self, name: str) -> str:
        """Return the path of the program *name* or say why the test cannot run."""
        path = shutil.which(name)
        if path is None:
            self.absent(f"the program {name} is not installed")
        return path

    def format(self, name: str):
        """Return a format of export, or say why it cannot be written here."""
        from clipaudio.export import find_format

        row = find_format(name)
        reason = self._why_not(row)
        if reason is not None:
            self.absent(reason)
        return row

    def formats(self):
        """Return the formats of export that can be written here; all of them where CLIPAUDIO_FULL=1 asks for all."""
        from clipaudio.export import FORMATS

        return [row for row in FORMATS if FULL or self._why_not(row) is None]

    @staticmethod
    def _why_not(row):
        from clipaudio.errors import ExportError, MissingExtraError

        try:
            row.check()
        except (ExportError, MissingExtraError) as error:
            return str(error)
        return None

    @staticmethod
    def absent(reason: str) -> None:
        if FULL:
            pytest.fail(f"CLIPAUDIO_FULL=1 but {reason}")
        pytest.skip(reason)


@pytest.fixture(scope="session")
def needs() -> Needs:
    """Return the finder of optional oracles."""
    return Needs()


@pytest.fixture(scope="session")
def node(needs):
    """Return a function that runs a script of tests/node on values."""
    modules = Path(os.environ.get("CLIPAUDIO_NODE_MODULES") or HERE / "node" / "node_modules")
    program = needs.program("node")
    if not modules.is_dir():
        needs.absent(f"there is no {modules}: run npm install --prefix tests/node, or set CLIPAUDIO_NODE_MODULES")

    def run(script, values):
        out = subprocess.run(
            [program, HERE / "node" / script],
            env={**os.environ, "NODE_PATH": str(modules)},
            input=json.dumps(values).encode(),
            capture_output=True,
            check=True,
        )
        return json.loads(out.stdout)

    return run


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of test data."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def samples(data) -> dict[str, dict]:
    """Return every sample payload that has times, as the service would have sent it."""
    return _beside("samples").load(data)


def pytest_configure(config):
    """Let every folder ask for a peer, for small clips, for an inbox and for an object store; doctests may skip."""
    for name in ("peers", "clips", "inboxes", "bucket", "browser", "webdriver", "examples"):
        config.pluginmanager.register(_beside(name), f"clipaudio-{name}")


def pytest_collection_modifyitems(config, items):
    """Leave the tests marked "slow" out unless CLIPAUDIO_SLOW=1 or a test is named on the command line."""
    if SLOW or any("::" in argument for argument in config.args):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    items[:] = [item for item in items if not item.get_closest_marker("slow")]
    config.stash[LEFT_OUT] = len(slow)


def pytest_sessionfinish(session):
    """Hand the number of tests left out from a worker of pytest-xdist to the process that prints the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):  # noqa: ARG001 - the hook's signature
    """Take that number over from the worker; each worker collects all tests."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter, config):
    """Say how many tests were left out, and how to run them."""
    left_out = config.stash.get(LEFT_OUT, 0)
    if left_out:
        terminalreporter.section("slow tests")
        terminalreporter.line(
            f"{left_out} slow tests were left out. Run them too: CLIPAUDIO_SLOW=1 bash tests/run.sh"
            " (with every optional program: CLIPAUDIO_EXTRA=dev CLIPAUDIO_FULL=1)"
        )


def _beside(name: str):
    """Import the module *name* beside this file, which is in no package."""
    spec = importlib.util.spec_from_file_location(f"clipaudio_tests_{name}", Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
