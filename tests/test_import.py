"""`import clipaudio` stays light."""

from __future__ import annotations

import subprocess
import sys

import clipaudio
from clipaudio.cli.main import COMMANDS, make_parser

HEAVY = "pycurl numpy scipy soundfile soxr praatio pydub uvicorn starlette rich msgspec sentencex regex distributed ray"


def loaded(statement):
    code = f"import sys; {statement}; print(*sorted(set({HEAVY.split()!r}) & set(sys.modules)))"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()


def test_the_import_loads_nothing_heavy():
    assert loaded("import clipaudio") == []


def test_every_public_name_is_there_after_the_import_alone():
    names = "; ".join(f"clipaudio.{name}" for name in clipaudio.__all__)
    for statement in (names, "clipaudio.emulator.running", "clipaudio.errors.UntidyTimelineError"):
        assert subprocess.run([sys.executable, "-c", f"import clipaudio; {statement}"], check=False).returncode == 0


def test_the_command_line_loads_nothing_heavy_to_show_its_help():
    assert loaded("from clipaudio.cli.main import make_parser; make_parser().format_help()") == []


def test_letters_and_phones_load_no_audio():
    assert loaded("import clipaudio; clipaudio.open_clip") == ["msgspec", "numpy", "regex"]


def test_the_command_line_imports_no_command_before_it_is_chosen():
    show = "print(*sorted(name for name in sys.modules if name.startswith('clipaudio.')))"
    code = (
        f"import sys; from clipaudio.cli.main import COMMANDS, make_parser; parser = make_parser(); {show}; %s; {show}"
    )
    code %= "parser.parse_args(['check', 'a.srt'])"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.splitlines()
    before, after = ({name.removeprefix("clipaudio.cli.") for name in line.split()} for line in run)
    assert before & set(COMMANDS) == set()
    assert after & set(COMMANDS) == {"check"}


def test_every_command_has_its_module_and_its_arguments():
    choices = next(action.choices for action in make_parser(is_complete=True)._actions if action.dest == "==SUPPRESS==")
    assert list(choices) == list(COMMANDS)
    for parser in choices.values():
        assert parser.description
        assert parser.get_default("run") is not None
