"""The tree keeps the rules of the house: sizes, names, and the first words of docstrings."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "clipaudio").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TREES = {file: ast.parse(file.read_text("utf-8")) for file in FILES}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
RIDDLES = {"Give", "Gives", "Tell", "Tells", "Say", "Says"}


def nodes(*kinds):
    return [(file, node) for file, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, kinds)]


def where(file, node):
    return f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"


def test_no_file_is_longer_than_four_hundred_lines():
    assert [file for file in [*FILES, *TESTS] if file.read_text("utf-8").count("\n") > 400] == []


def test_no_function_is_longer_than_sixty_lines_without_its_docstring():
    def length(node):
        return node.end_lineno - node.lineno + 1 - (ast.get_docstring(node) or "").count("\n")

    assert [where(*found) for found in nodes(*FUNCTIONS) if length(found[1]) > 60] == []


def test_a_class_name_is_defined_once():
    public = [node.name for _, node in nodes(ast.ClassDef) if not node.name.startswith("_")]
    assert [name for name, count in Counter(public).items() if count > 1] == []


def test_docstrings_begin_with_an_order_or_return():
    found = nodes(*FUNCTIONS, ast.ClassDef)
    assert [where(*one) for one in found if (ast.get_docstring(one[1]) or "").split(" ")[0] in RIDDLES] == []


def test_names_of_tests_are_at_most_eighty_characters():
    long = re.compile(r"def (test_\w{76,})")
    assert [name for file in TESTS for name in long.findall(file.read_text("utf-8"))] == []


def test_every_skip_and_expected_failure_gives_its_reason():
    bare = re.compile(r"mark\.(?:skip|xfail)\b(?!\()|mark\.(?:skip|xfail)\(\s*\)|pytest\.skip\(\s*\)")
    assert [file for file in TESTS if bare.search(file.read_text("utf-8"))] == []


@pytest.mark.parametrize("name", ["Exception", "BaseException"])
def test_a_broad_except_gives_its_reason_beside_it(name):
    for file, node in nodes(ast.ExceptHandler):
        if isinstance(node.type, ast.Name) and node.type.id == name:
            line = file.read_text("utf-8").splitlines()[node.lineno - 1]
            assert "#" in line, f"{file}:{node.lineno}"
