"""What a missing extra says: a command that installs its packages, which are on an index; clipaudio is on none."""

from __future__ import annotations

import pickle
import re
import sys
import tomllib
from pathlib import Path

import pytest

from clipaudio.errors import MissingExtraError
from clipaudio.extras import import_dependency, import_extra, install_command

EXTRAS = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]


@pytest.mark.parametrize("extra", sorted(set(EXTRAS) - {"all", "dev", "test", "docs"}))
def test_the_command_names_every_package_of_the_extra(extra):
    found = re.findall(r'"([^"]*)"', install_command(extra))
    assert sorted(found) == sorted(EXTRAS[extra])


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_no_extra_is_named_with_a_marker_inside_another(extra):
    """hatchling writes the packages of an extra that is named so without the marker: a compiler for OpenTimelineIO."""
    assert [one for one in EXTRAS[extra] if one.startswith("clipaudio[") and ";" in one] == []


@pytest.mark.parametrize("extra", ["all", "test"])
def test_timelines_of_editors_are_left_out_where_they_have_no_wheel(extra):
    expected = {f"{package}; python_version < '3.14'" for package in EXTRAS["otio"]}
    assert expected <= set(EXTRAS[extra])


def test_an_extra_that_is_not_listed_is_installed_from_a_clone():
    assert install_command("none") == 'pip install "./clipaudio[none]" beside a clone'


def test_a_module_that_is_there_is_returned():
    assert import_extra("json.decoder", extra="pandas", purpose="this").JSONDecoder


def test_the_error_pickles():
    with pytest.raises(MissingExtraError, match="a plot needs no_such_module") as caught:
        import_extra("no_such_module.part", extra="plot", purpose="a plot")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("code", ["from . import _built", "import no_such_module", "raise ImportError('no libX.so')"])
def test_a_damaged_package_is_not_called_missing(tmp_path, monkeypatch, code):
    """As one that was built for another Python: installed, but a part of it, or what it imports, is not found."""
    name = "damaged_package"
    monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtraError, match=r"cannot be imported: .* --force-reinstall") as caught:
        import_extra(name, extra="plot", purpose="a plot")
    assert str(caught.value.__cause__) in str(caught.value)
    with pytest.raises(MissingExtraError, match=rf"installed but .*: pip install --force-reinstall {name}"):
        import_dependency(name, purpose="resampling")
