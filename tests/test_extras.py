"""What a missing extra says: a command that installs its packages, which are on an index; clipaudio is on none."""

from __future__ import annotations

import pickle
import re
import tomllib
from pathlib import Path

import pytest

from clipaudio.errors import MissingExtraError
from clipaudio.extras import import_extra, install_command

EXTRAS = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]


@pytest.mark.parametrize("extra", sorted(set(EXTRAS) - {"all", "dev", "test", "docs"}))
def test_the_command_names_every_package_of_the_extra(extra):
    found = re.findall(r'"([^"]*)"', install_command(extra))
    assert sorted(found) == sorted(EXTRAS[extra])


def test_an_extra_that_is_not_listed_is_installed_from_a_clone():
    assert install_command("none") == 'pip install "./clipaudio[none]" beside a clone'


def test_a_module_that_is_there_is_returned():
    assert import_extra("json.decoder", extra="pandas", purpose="this").JSONDecoder


def test_the_error_pickles():
    with pytest.raises(MissingExtraError, match="a plot needs no_such_module") as caught:
        import_extra("no_such_module.part", extra="plot", purpose="a plot")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
