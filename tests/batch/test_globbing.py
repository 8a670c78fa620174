"""Patterns become paths, each once."""

from __future__ import annotations

import glob
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.globbing import walk

NAMES = st.sampled_from(["a", "b", "ab", ".a", "a.json"])
PARTS = st.sampled_from(["*", "**", "a", "?", "[ab]", "*.json", ".*", "a*"])


@given(st.sets(st.lists(NAMES, min_size=1, max_size=4).map(tuple), max_size=8), st.lists(PARTS, min_size=1, max_size=4))
def test_a_pattern_matches_each_file_once_and_those_that_glob_matches(tmp_path_factory, paths, parts):
    root = tmp_path_factory.mktemp("walk")
    for path in paths:
        folder = root.joinpath(*path[:-1])
        if not any(parent.is_file() for parent in (folder, *folder.parents)) and not (folder / path[-1]).exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / path[-1]).touch()
    pattern = "/".join([str(root), *parts])
    found = list(walk(pattern))
    assert len(found) == len(set(found))
    expected = glob.glob(pattern, recursive=True)  # noqa: PTH207 - the oracle: pathlib's own differs in hidden names
    assert set(found) == {path for path in expected if Path(path).is_file() and not path.endswith("/")}


def test_links_to_folders_are_not_followed_round_in_circles(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.json").touch()
    (tmp_path / "a/again").symlink_to(tmp_path, target_is_directory=True)
    assert list(walk("**/*.json", below=str(tmp_path))) == [f"{tmp_path}/a/b.json"]
    assert list(walk(f"{tmp_path}/a/*/*/*.json")) == [f"{tmp_path}/a/again/a/b.json"]
    assert list(walk(f"{tmp_path}/gone/*")) == []
