"""The command `check`: what it prints, and with which code it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipaudio.captions.cue import Cue
from clipaudio.captions.profiles import PROFILES
from clipaudio.captions.quality import RULES
from clipaudio.cli import check
from clipaudio.cli.main import main, make_parser
from clipaudio.errors import CaptionError

CLEAN = (Cue(1.0, 3.0, ("Hello there.",)),)
AVOIDABLE = (Cue(31.2, 31.6, ("Hello.",)),)
UNAVOIDABLE = (Cue(31.2, 33.2, ("x" * 42 + "yz",)),)
FILES = {"clean.srt": CLEAN, "short.vtt": AVOIDABLE, "wide.srt": UNAVOIDABLE}


def load(path, _):
    """Stand in for the readers."""
    if path.name == "broken.srt":
        raise CaptionError("no time in this line", line=3)
    if path.name == "gone.srt":
        raise FileNotFoundError(2, "No such file", str(path))
    return FILES[path.name]


@pytest.fixture
def run(capsys):
    """Run the command as the command line does; give its code and what it wrote."""

    def run(*argv, load=load, language="en"):
        spoken = [] if language is None or "--language" in argv else ["--language", language]
        options = make_parser().parse_args(["check", *map(str, argv), *(spoken if argv else [])])
        assert options.run is check.run
        code = options.run(options, load=load)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_a_clean_file_ends_with_0_and_one_line(run):
    assert run("clean.srt") == (0, "1 cue, 100.0% within netflix\n", "")


def test_a_rule_that_could_have_been_kept_ends_with_1(run):
    code, out, err = run("short.vtt")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "cue 1  00:00:31.200  min-duration 0.4 < 0.833 seconds (could be met)",
        "1 cue, 0.0% within netflix; 1 violation, 1 could be met: min-duration 1",
    ]


def test_a_rule_that_could_not_be_kept_is_told_but_fails_only_when_asked(run):
    code, out, _ = run("wide.srt", "--rules", "line-length")
    assert code == 0
    assert out.startswith("cue 1  00:00:31.200  line-length 44 > 42 characters in line 1 (could not be met)\n")
    assert run("wide.srt", "--rules", "line-length", "--all")[0] == 1


def test_unreadable_file_does_not_stop_the_check_of_the_others(run):
    code, out, err = run("broken.srt", "clean.srt", "gone.srt", "wide.srt")
    assert code == 1
    assert [line for line in out.splitlines() if line.endswith((".srt", ".vtt"))] == ["clean.srt", "wide.srt"]
    assert err.splitlines()[0] == "clipaudio check: broken.srt: no time in this line"
    assert "gone.srt" in err.splitlines()[1]


def test_json_is_one_object_a_file(run):
    code, out, _ = run("short.vtt", "clean.srt", "broken.srt", "--json", "--fps", "25", "--language", "de")
    short, clean, broken = map(json.loads, out.splitlines())
    assert code == 1
    assert (short["source"], short["status"], short["fps"], short["language"]) == ("short.vtt", "checked", "25", "de")
    assert short["violations"][0]["rule"] == "min-duration"
    assert short["violations"][0]["cue"] == 1
    assert clean["violations"] == []
    assert broken == {"source": "broken.srt", "status": "failed", "error": "no time in this line"}


def test_rules_profile_rate_and_duration_are_taken(run):
    assert run("short.vtt", "--rules", "gap,overlap")[0] == 0
    assert run("short.vtt", "--profile", "none")[0] == 0
    assert "frame" in run("short.vtt", "--fps", "24000/1001")[1]
    assert "end-beyond-audio" in run("short.vtt", "--duration", "31.5")[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--profile", "imax"), f"no profile 'imax'; there are {', '.join(PROFILES)}"),
        (("--rules", "gap,beauty"), f"no rule 'beauty'; there are {', '.join(rule.name for rule in RULES)}"),
        (("--rules", ""), "no rule ''"),
        (("--fps", "fast"), "an fps of 'fast'; expected"),
    ],
)
def test_what_is_not_known_is_a_usage_error(run, options, message):
    code, out, err = run("clean.srt", *options)
    assert (code, out) == (2, "")
    assert err.startswith("clipaudio check: ")
    assert message in err


def test_without_a_file_there_is_nothing_to_do(run, capsys):
    with pytest.raises(SystemExit) as caught:
        run()
    assert caught.value.code == 2
    assert "FILE" in capsys.readouterr().err


def test_a_file_that_is_no_text_is_told(run, tmp_path):
    path = tmp_path / "a.srt"
    path.write_bytes("Привет".encode("koi8-r"))
    code, _, err = run(path, load=None)
    assert code == 1
    assert "byte 0, in line 1, is not UTF-8" in err


@pytest.mark.parametrize("name", ["a.srt", "b.vtt"])
def test_files_are_read_as_what_they_are(run, tmp_path, name):
    """A signature before the first line and line ends of any kind are fine; the name does not matter."""
    path = Path(tmp_path / name)
    text = "1\r\n00:00:31,200 --> 00:00:31,600\r\nHello.\r\n\r\n"
    if name == "b.vtt":
        text = "WEBVTT\n\n00:31.200 --> 00:31.600\nHello.\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    code, out, err = run(path, load=None)
    assert (code, err) == (1, "")
    assert out.startswith("cue 1  00:00:31.200  min-duration 0.4 < 0.833 seconds (could be met)\n")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.vtt", "00:31.000 --> 00:33.000\nHello there.\n", "line 1: expected WEBVTT, found '00:31"),
        ("a.vtt", "webvtt\n\n00:31.000 --> 00:33.000\nHello there.\n", "line 1: expected WEBVTT, found 'webvtt"),
        ("a.vtt", "WEBVTT\n\n00:31,000 --> 00:33,000\nHello there.\n", "line 3: players drop this cue"),
        ("a.vtt", "WEBVTT\n\n00:00:58.000 --> 00:00:60.000\nHello there.\n", "line 3: players drop this cue"),
        ("a.vtt", "WEBVTT\n\n00:31.000 --> 00:33.000\nHello\n\n1.5 --> 2\nx\n", "line 6: expected times such as"),
        ("a.srt", "1\n00:00:31,000 --> 00:00:33,000\nHello\n\n2\n00:00:O5,000 --> 1\nx\n", "line 6: expected times"),
        ("a.srt", "1\n00:00:31,000 --> 00:00:32,1000\nHello there.\n", "line 2: 1000 milliseconds"),
    ],
)
def test_lines_that_players_misread_are_told_and_fail_the_file(run, tmp_path, name, text, told):
    path = Path(tmp_path / name)
    path.write_text(text, "utf-8")
    code, out, err = run(path, "--profile", "none", load=None)
    assert code == 1
    assert told in err
    assert "WEBVTT" in told or out == "1 cue, not within none: players misread a line\n"
    assert told in json.loads(run(path, "--profile", "none", "--json", load=None)[1].splitlines()[0]).get("error", told)


@pytest.mark.parametrize(
    ("text", "language", "told"),
    [
        ("\uc5b4\uc81c\ub294 \ube44\uac00 \uc654\ub2e4", "ko", "the text is taken for 'ko'"),
        ("Il fait beau, et nous avons le temps de voir la mer avec les enfants.", "fr", "the text is taken for 'fr'"),
        ("It is late, and we have to go before the rain comes with the wind.", "en", ""),
        ("Ciao!", "en", "too short or mixed to tell it: it is taken for English"),
    ],
)
def test_the_language_is_found_from_the_text_and_told(run, text, language, told):
    def load(_path, _problems):
        return (Cue(1.0, 7.0, (text,)),)

    _, out, err = run("a.srt", "--json", load=load, language=None)
    report = json.loads(out)
    assert report["language"] == language
    assert [told in note for note in report["notes"]] == [True] * bool(told)
    assert told in err
    assert (err == "") == (told == "")
    assert run("a.srt", "--language", "nl", load=load)[2] == ""


def test_captions_of_other_speech_times_are_those_an_export_would_write(tmp_path, capsys):
    path = tmp_path / "talk.ctm"
    path.write_text("".join(f"talk 1 {row * 0.4:.2f} 0.35 word{row}\n" for row in range(60)), "utf-8")
    assert main(["check", str(path), "--language", "en", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["export", str(path), "--to", "srt", "--language", "en"]) == 0
    assert (path.with_suffix(".srt")).read_text("utf-8").count("-->") == found["cues"]


@pytest.mark.parametrize("tag", ["fr", "ko-KR"])
def test_the_language_that_a_file_names_decides_its_limits(run, tmp_path, tag):
    body = '<body><div><p begin="1s" end="7s">Ciao!</p></div></body>'
    ttml = f'<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="{tag}">{body}</tt>'
    words = [{"word": "Ciao!", "start": 1.0, "end": 2.0}]
    whisper = {"text": "Ciao!", "language": tag, "segments": [{"start": 1, "end": 2, "text": "Ciao!", "words": words}]}
    vtt = f"WEBVTT\nLanguage: {tag}\n\n00:01.000 --> 00:07.000\nCiao!\n"
    for name, text in (("a.ttml", ttml), ("a.json", json.dumps(whisper)), ("a.vtt", vtt)):
        (tmp_path / name).write_text(text, "utf-8")
        report = json.loads(run(tmp_path / name, "--json", load=None, language=None)[1])
        assert (report["language"], report["notes"]) == (tag, [])
        assert json.loads(run(tmp_path / name, "--json", load=None, language="pt")[1])["language"] == "pt"
