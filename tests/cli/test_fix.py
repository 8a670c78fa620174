"""`check --audio --fix` moves what a file says, and writes nothing where that would be wrong."""

from __future__ import annotations

import json
import re
import subprocess

import numpy as np
import pytest

from clipaudio import open_clip
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.cli.main import main

TEXT = "The boy was there when the sun rose. A rod is used to catch pink salmon."
LATE = 0.35


@pytest.fixture(scope="module")
def spoken(needs, tmp_path_factory):
    """Return the path of a sound, with its captions beside it, which are late, in four formats."""
    needs("espeakng_loader")
    folder = tmp_path_factory.mktemp("fix")
    path = folder / "boy.wav"
    subprocess.run([needs.program("flite"), "-voice", "slt", "-t", TEXT, "-o", str(path)], check=True)
    path.with_suffix(".txt").write_text(TEXT, "utf-8")
    main(["align", str(path), "--out", str(folder / "o"), "--language", "en"])
    clip = open_clip(folder / "o/boy.json", audio=path, language="en")
    ranges = clip.sentences.child_ranges.tolist()
    (a, b), (c, d) = ((clip.words[first].start + LATE, clip.words[stop - 1].end + LATE) for first, stop in ranges)
    (folder / "x.vtt").write_text(
        f"WEBVTT\n\nNOTE keep\n\none\n00:{a:06.3f} --> 00:{b:06.3f} line:85%\n"
        "<i>The boy</i> was there when the sun rose.\n\n"
        f"00:{c:06.3f} --> 00:{d:06.3f}\nA rod is used\nto catch pink salmon.\n",
        "utf-8",
    )
    (folder / "x.srt").write_text(
        f"7\n00:00:{a:06.3f} --> 00:00:{b:06.3f}\n<i>The boy</i> was there when the sun rose.\n\n"
        f"9\n00:00:{c:06.3f} --> 00:00:{d:06.3f}\nA rod is used\nto catch pink salmon.\n\n",
        "utf-8",
    )
    (folder / "x.ass").write_text(
        "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        f"Dialogue: 0,0:00:{a:05.2f},0:00:{b:05.2f},Big,,0,0,0,,{{\\i1}}The boy{{\\i0}} was there when the sun rose.\n"
        f"Dialogue: 0,0:00:{c:05.2f},0:00:{d:05.2f},Big,,0,0,0,,A rod is used\\Nto catch pink salmon.\n",
        "utf-8",
    )
    (folder / "x.ttml").write_text(
        f'<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body><div><p begin="{a:.3f}s" end="{b:.3f}s">The boy was'
        f' there when the sun rose.</p><p begin="{c:.3f}s" end="{d:.3f}s">A rod is used<br/>to catch pink salmon.</p>'
        "</div></body></tt>",
        "utf-8",
    )
    return path


def fix(capsys, source, sound, target):
    capsys.readouterr()
    words = ["check", str(source), "--rules", "overlap", "--language", "en", "--json", "--audio", str(sound)]
    code = main([*words, "--fix", str(target)])
    return code, json.loads(capsys.readouterr().out)


def _plain(text):
    return re.sub(r"\d+:[\d:]+[,.]\d+", "*", text)


@pytest.mark.parametrize("end", ["vtt", "srt", "ass"])
def test_captions_are_moved_in_their_text(spoken, tmp_path, capsys, end):
    source, target = spoken.with_name(f"x.{end}"), tmp_path / f"y.{end}"
    code, row = fix(capsys, source, spoken, target)
    assert (code, row["fixed"]["notes"]) == (0, [])
    assert row["fixed"]["offset"] == pytest.approx(-LATE, abs=0.04)
    assert _plain(target.read_text("utf-8")) == _plain(source.read_text("utf-8"))
    moved = open_clip(target).speech_times.words.times - open_clip(source).speech_times.words.times
    assert moved == pytest.approx(np.full((2, 2), row["fixed"]["offset"]), abs=0.011)
    assert fix(capsys, target, spoken, tmp_path / f"z.{end}")[1]["fit"]["offset"] == 0


@pytest.mark.parametrize(("end", "other"), [("ttml", "ttml"), ("srt", "vtt")])
def test_captions_that_are_made_anew_say_so(spoken, tmp_path, capsys, end, other):
    code, row = fix(capsys, spoken.with_name(f"x.{end}"), spoken, tmp_path / f"y.{other}")
    assert code == 0
    assert "made anew" in row["fixed"]["notes"][0]
    assert " ".join(open_clip(tmp_path / f"y.{other}").text.split()) == TEXT


@pytest.mark.parametrize("sound", ["noise", "bursts", "tone", "speech"])
@pytest.mark.parametrize("end", ["srt", "json"])
def test_nothing_is_written_where_the_text_is_not_heard(spoken, tmp_path, capsys, sound, end, needs):
    path, draw = tmp_path / "other.wav", np.random.default_rng(0)
    if sound == "speech":
        text = "Please remember to buy bread, four eggs and a bottle of milk before the shop closes."
        subprocess.run([needs.program("flite"), "-voice", "slt", "-t", text, "-o", str(path)], check=True)
    else:
        samples = {
            "noise": draw.normal(0, 0.1, 80000),
            "bursts": draw.normal(0, 0.1, 80000) * np.repeat(draw.random(50) > 0.4, 1600),
            "tone": 0.2 * np.sin(np.arange(80000) * 0.17),
        }[sound]
        path.write_bytes(
            encode_wav((samples * 32767).clip(-32767, 32767).astype(np.int16).reshape(-1, 1), 16000, "PCM_16")
        )
    source = spoken.with_name("x.srt") if end == "srt" else spoken.parent / "o/boy.json"
    code, row = fix(capsys, source, path, tmp_path / f"y.{'srt' if end == 'srt' else 'timeline.json'}")
    assert (code, row["fixed"]) == (1, None)
    assert row["fix"]
    assert [one.name for one in tmp_path.iterdir()] == ["other.wav"]


def test_times_that_cannot_be_moved_in_their_text_are_told(spoken, tmp_path, capsys):
    odd = tmp_path / "odd.srt"
    odd.write_text(spoken.with_name("x.srt").read_text("utf-8").replace("00:00:0", "００:00:0"), "utf-8")
    words = ["check", str(odd), "--profile", "none", "--language", "en", "--audio", str(spoken)]
    assert main([*words, "--fix", str(tmp_path / "y.srt")]) == 1
    assert "cannot be moved as they stand" in capsys.readouterr().err
    assert not (tmp_path / "y.srt").exists()


@pytest.mark.parametrize("end", ["ass", "ttml"])
def test_cues_of_other_caption_formats_are_checked_as_they_stand(spoken, capsys, end):
    rows = []
    for name in ("x.srt", f"x.{end}"):
        main(["check", str(spoken.with_name(name)), "--language", "en", "--json"])
        row = json.loads(capsys.readouterr().out)
        rows.append((row["status"], row["cues"], row["problems"]))
    assert rows[0] == rows[1] == ("checked", 2, [])
