"""A new format is one function and one row; modules of the room import one way."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import clipaudio.export
from clipaudio.errors import ExportError
from clipaudio.export import FORMATS, ExportContext, Format, dumps, find_format
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

ROOM = Path(clipaudio.export.__file__).parent


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A module outside the library with one `dumps`."""
    package = tmp_path / "shouting"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plain.py").write_text("def dumps(source):\n    return source.aligned.text.upper()\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "shouting.plain:dumps"


def spoken(text, phones=()):
    line = Timeline(tuple(text), [[i / 5, (i + 1) / 5] for i in range(len(text))])
    return ExportContext(aligned=align(line, Timeline(phones, line.times[: len(phones)])))


@pytest.mark.parametrize(
    ("kind", "rules", "note"),
    [
        ("captions", "srt", "the arrow of a line of times"),
        ("captions", None, None),
        ("annotation", "textgrid", "control characters"),
        ("mouth", None, "no phones: the mouth is guessed from letters"),
        ("data", None, None),
        ("page", None, "no phones: the mouth is guessed from letters"),
    ],
)
def test_new_format_is_one_function_and_one_row(plugin, kind, rules, note):
    row = Format("shout", ".shout", "upper case", kind, plugin, rules=rules)
    formats = (*FORMATS, row)
    assert find_format("SHOUT", formats=formats) is row
    assert find_format(path="clip.shout", formats=formats) is row
    source = spoken("a --> b\x00!")
    assert row.dumps(source) == "A --> B\x00!"
    notes = row.notes(source)
    assert notes == () if note is None else any(note in told for told in notes)


@pytest.mark.parametrize("name", [row.name for row in FORMATS])
def test_every_row_names_a_function_that_is_there_and_a_kind_that_fits(needs, name):
    source, row = spoken("hi", ("h", "aɪ")), find_format(name)
    assert isinstance(row.notes(source), tuple)
    assert row.rules is None or row.kind in {"captions", "broadcast", "media", "annotation"}
    if row.needs_audio:
        with pytest.raises(ExportError, match="the audio is not at hand"):
            list(row.iterate(source))
    elif row.is_binary:
        assert b"".join(row.iterate(source)) == b"".join(row.iterate(source))
        with pytest.raises(ExportError, match="holds bytes"):
            row.dumps(source)
    else:
        assert needs.format(name).dumps(source) == dumps(source, name)


def test_a_format_that_is_not_there_is_refused():
    with pytest.raises(ExportError, match="no format 'shout'"):
        find_format("shout")


def test_alphabet_is_part_of_the_report():
    assert json.loads(dumps(spoken("hi", ("HH", "AY1")), "timeline"))["report"]["alphabet"]["name"] == "arpabet"


def test_no_module_of_the_room_imports_one_above_it():
    order = ["options", "tiers", "mouth_track", "page_sound", "context", "registry"]
    order += ["annotation", "captions", "broadcast", "mouth", "media", "page"]
    for name in order:
        tree = ast.parse((ROOM / f"{name}.py").read_text("utf-8"))
        typing = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.ImportFrom)
                and node not in typing
                and (node.module or "").startswith("clipaudio.export.")
            ):
                assert order.index(node.module.rpartition(".")[2]) < order.index(name), (name, node.module)


FOUND = {
    "fr": "Hier nous sommes allés au lac avec les enfants, et comme il était tard, ils ont joué sur la rive.",
    "es": "Esta tarde los vecinos van con sus hijos a la plaza, porque hay música y también cena para todos.",
    "de": "Am Abend gehen wir mit den Kindern noch einmal zu dem alten Hafen, weil dort die Boote liegen.",
}


@pytest.mark.parametrize("language", FOUND)
def test_a_language_that_was_found_is_told_with_captions(language):
    text = FOUND[language]
    line = Timeline(tuple(text), [[i / 15, (i + 1) / 15] for i in range(len(text))])
    found, given = (ExportContext(aligned=align(line, language=named)) for named in (None, language))
    assert find_format("srt").notes(found) == (f"the language was not given: the text is taken for {language!r}",)
    assert find_format("srt").notes(given) == ()
    assert dumps(found, "srt") == dumps(given, "srt")
