"""Defaults from files and the environment: which wins, and what is refused in one sentence."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.cli.configuration import apply_defaults, find_files
from clipaudio.cli.main import COMMANDS, main, make_parser
from clipaudio.errors import OptionError

STAMPS = {"graph_chars": list("Hi you."), "graph_times": [[row / 10, row / 10 + 0.1] for row in range(7)]}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home and working folder with one callback."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "work/one.json").write_text(json.dumps({"id": "one", "audio_timestamps": STAMPS}), "utf-8")
    return tmp_path


def write(home, text, *, is_own=False):
    path = home / ("config/clipaudio/config.toml" if is_own else "work/clipaudio.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def exported(*words):
    assert main(["export", "one.json", *words]) == 0


def test_a_file_in_the_working_folder_sets_what_is_not_given(home):
    write(home, '[export]\nto = ["srt", "vtt"]\nout = "made"\n')
    exported()
    assert sorted(path.name for path in (home / "work/made").iterdir()) == ["one.srt", "one.vtt"]


def test_a_flag_wins_over_the_environment_over_the_folder_over_the_own_file(home, monkeypatch):
    write(home, '[export]\nto = "srt"\nout = "own"\n', is_own=True)
    exported()
    write(home, '[export]\nout = "folder"\n')
    exported()
    monkeypatch.setenv("CLIPAUDIO_EXPORT_OUT", "environment")
    exported()
    exported("--out", "flag")
    found = {path.parent.name for path in (home / "work").glob("*/one.srt")}
    assert found == {"own", "folder", "environment", "flag"}


def test_defaults_are_for_every_command_that_has_the_flag(home, capsys):
    write(home, "[defaults]\nlanguage = 'de'\njobs = 2\n\n[export]\nto = 'srt'\n")
    exported()
    assert main(["sources"]) == 0
    assert capsys.readouterr().err == ""


def test_switches_are_true_or_false(home, monkeypatch, capsys):
    write(home, "[export]\nto = 'srt'\ndry-run = true\n")
    exported()
    assert not (home / "work/one.srt").exists()
    monkeypatch.setenv("CLIPAUDIO_EXPORT_DRY_RUN", "no")
    exported()
    assert (home / "work/one.srt").exists()
    monkeypatch.setenv("CLIPAUDIO_EXPORT_DRY_RUN", "perhaps")
    with pytest.raises(SystemExit):
        exported()
    assert "CLIPAUDIO_EXPORT_DRY_RUN: dry-run: 'perhaps' is neither true nor false" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[export]\nprofle = 'bbc'", "clipaudio export has no flag --profle; did you mean profile?"),
        ("[exprt]\nto = 'srt'", "there is no command 'exprt'; did you mean export?"),
        ("to = 'srt'", "there is no command 'to'"),
        ("export = 'srt'", "export is no table"),
        ("[export", "not valid TOML"),
        ("[export]\ngap = 'wide'", "gap: 'wide' is out of range; expected seconds from 0 to 3600"),
        ("[export]\ngap = {a = 1}", "gap: {'a': 1} is no text or number"),
        ("[export]\nstrict = 3", "strict: 3 is neither true nor false"),
        ("[export]\nhelp = true", "clipaudio export has no flag --help"),
        ("[convert]\nformat = 'srt'", "format: invalid choice: 'srt'"),
    ],
)
def test_what_is_wrong_is_told_with_its_file(home, capsys, text, said):
    write(home, text)
    command = ["convert", "one.wav", "--out", "o"] if "convert" in text else ["export", "one.json", "--to", "srt"]
    with pytest.raises(SystemExit) as caught:
        main(command)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert f"clipaudio.toml: {said}" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("line", ["base-url = 'https://example.com'", "allow-private = true", "scheduler = 'tcp://x'"])
def test_a_working_folder_cannot_send_keys_and_requests_elsewhere(home, capsys, line):
    write(home, f"[batch]\n{line}\n")
    with pytest.raises(SystemExit):
        main(["batch", "one.json", "--out", "o", "--to", "srt"])
    assert "may not be set in a working folder" in capsys.readouterr().err
    (home / "work/clipaudio.toml").unlink()
    write(home, "[batch]\nallow-private = true\n", is_own=True)
    assert main(["batch", "one.json", "--out", "o", "--to", "srt"]) == 0


def test_files_are_found_in_the_order_in_which_they_count(home):
    assert find_files({"HOME": str(home)}) == []
    write(home, "")
    write(home, "", is_own=True)
    found = find_files({"XDG_CONFIG_HOME": str(home / "config")})
    assert [path.name for path in found] == ["config.toml", "clipaudio.toml"]


def test_verbose_names_the_places(home, capsys):
    write(home, "[export]\nto = 'srt'\n")
    exported("--verbose")
    assert "flags set by clipaudio.toml" in capsys.readouterr().err


def test_every_flag_with_a_default_takes_that_default_from_the_environment():
    for command in COMMANDS:
        parser = _parser(command)
        for action in parser._actions:
            flags = [flag for flag in action.option_strings if flag.startswith("--")]
            if not flags or action.default in (None, argparse.SUPPRESS, []) or action.nargs == 0:
                continue
            before = parser.get_default(action.dest)
            name = f"CLIPAUDIO_{command}_{flags[0][2:]}".upper().replace("-", "_")
            assert apply_defaults(parser, COMMANDS, {name: str(before), "HOME": "/nowhere"}) == [name]
            assert parser.get_default(action.dest) == before, (command, flags)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text):
    parser = _parser("export")
    said = ""
    try:
        apply_defaults(parser, COMMANDS, {"CLIPAUDIO_EXPORT_GAP": text, "HOME": "/nowhere"})
    except OptionError as error:
        said = str(error)
    assert said.startswith("CLIPAUDIO_EXPORT_GAP: gap: ") if said else 0 <= parser.get_default("gap") <= 3600


def _parser(command):
    [commands] = [
        action for action in make_parser(is_complete=True)._actions if isinstance(action, argparse._SubParsersAction)
    ]
    return commands.choices[command]


def complete(line, cursor):
    """Return what bash offers for a command line."""
    words = " ".join(f"'{word}'" for word in line)
    script = f"""
        eval "$({sys.executable} -m clipaudio --completion bash)"
        COMP_WORDS=({words}); COMP_CWORD={cursor}; COMP_LINE="{" ".join(line)}"
        _shtab_clipaudio clipaudio "{line[cursor]}" "{line[cursor - 1]}" 2>/dev/null; echo "${{COMPREPLY[@]}}"
    """
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()


def test_bash_completes_commands_flags_and_choices(needs):
    needs.program("bash")
    assert complete(["clipaudio", "ex"], 1) == ["export"]
    assert complete(["clipaudio", "export", "--skip"], 2) == ["--skip-existing"]
    assert complete(["clipaudio", "convert", "--format", "fl"], 3) == ["flac"]


def test_zsh_accepts_its_script(tmp_path, needs):
    zsh = needs.program("zsh")
    script = subprocess.run([sys.executable, "-m", "clipaudio", "--completion", "zsh"], capture_output=True, check=True)
    (tmp_path / "_clipaudio").write_bytes(script.stdout)
    subprocess.run([zsh, "-n", tmp_path / "_clipaudio"], check=True)
