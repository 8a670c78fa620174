"""Text files of unknown encoding: read right, or told."""

from __future__ import annotations

import codecs
import json
import shutil
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.cli.main import main
from clipaudio.errors import SourceError, TextEncodingError
from clipaudio.text_encoding import decode_text, read_text

TEXT = st.text(st.characters(codec="utf-8"), max_size=300)
GUESSED = "not UTF-8: taken for Windows-1252; save it as UTF-8 if that is wrong"
SUBRIP = "1\n00:00:01,000 --> 00:00:03,000\n{}\n"


@given(TEXT)
def test_unicode_is_never_guessed(text):
    assert decode_text(text.encode()) == (text.removeprefix("\ufeff"), None) or "\0" in text
    assert decode_text(text.encode("utf-8-sig")) == (text, None) or "\0" in text
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if not text.startswith("\0"):  # the mark of UTF-32 is that of UTF-16 and a zero
            assert decode_text(mark + text.encode(codec)) == (text, None)


@given(st.binary(max_size=400))
def test_any_bytes_are_unicode_a_told_guess_or_a_typed_error(raw):
    with suppress(TextEncodingError):
        text, guess = decode_text(raw)
        if guess is None:
            wide = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
            forms = {text.encode(codec) for codec in ("utf-8", "utf-8-sig", *wide)}
            forms |= {codecs.BOM_UTF16_BE + text.encode("utf-16-be"), codecs.BOM_UTF32_BE + text.encode("utf-32-be")}
            assert raw in forms | {form + b"\n" for form in forms}


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-32"])
@pytest.mark.parametrize(
    "text",
    [
        "Grüße aus Köln, šťastně łódź",
        "Привет, как дела? Это длинный текст",
        "مرحبا بالعالم، كيف حالك اليوم؟",
        "नमस्ते दुनिया, आप कैसे हैं?",
        "こんにちは世界、今日はいい天気ですね。",
        "Hi 😀 there.",
    ],
)
def test_wide_unicode_without_a_mark_is_recognized(text, codec, tmp_path):
    assert decode_text(text.encode(codec)) == (text, None)
    (tmp_path / "a.srt").write_bytes(SUBRIP.format(text).encode(codec))
    assert clipaudio.open_clip(tmp_path / "a.srt").text == text


def test_a_line_feed_of_one_byte_may_end_wide_text():
    assert decode_text("Hello there, friend".encode("utf-16-le") + b"\n") == ("Hello there, friend", None)


@pytest.mark.parametrize("raw", ["a\x00b", "x\x01y é", "a", "", "Café", "ab\x00\x00"])
def test_control_characters_alone_make_no_text_wide(raw):
    assert decode_text(raw.encode()) == (raw, None)


def test_text_of_iso_2022_is_an_error_and_no_ascii(tmp_path):
    raw = SUBRIP.format("こんにちは、世界。").encode("iso2022_jp")
    with pytest.raises(TextEncodingError, match="save the file as UTF-8"):
        decode_text(raw)
    (tmp_path / "a.srt").write_bytes(raw)
    with pytest.raises(SourceError, match="ISO 2022"):
        clipaudio.open_clip(tmp_path / "a.srt")


@pytest.mark.parametrize(
    "text",
    [
        "Voilà ! C’est l’été, n’est-ce pas ? Où êtes-vous ?",
        "Grüße an die Mädchen – »schöne« Straße… 5 €",
        "¿Qué pasó? ¡Mañana será otro día! 25 °C",
        "Não há ninguém lá. Ação!",
        "don´t, well…then, col·lecció",
    ],
)
def test_western_text_is_read_and_the_guess_is_told(text, tmp_path):
    assert decode_text(text.encode("cp1252")) == (text, GUESSED)
    path = tmp_path / "a.srt"
    path.write_bytes(SUBRIP.format(text).encode("cp1252"))
    clip = clipaudio.open_clip(path)
    assert clip.text == text
    assert "encoding" in clip.report["words"].kinds
    assert GUESSED in str(clip.report["words"])


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Привет, мир. Как дела?", "cp1251"),
        ("Привет, мир. Как дела?", "koi8-r"),
        ("Γεια σου κόσμε.", "cp1253"),
        ("שלום עולם, מה נשמע", "cp1255"),
        ("Wszystko będzie dobrze, właśnie żółty.", "cp1250"),
        ("こんにちは、世界。", "shift-jis"),
        ("你好，世界。今天天气很好。", "gbk"),
        ("你好，世界。", "big5"),
        ("안녕하세요 여러분", "euc-kr"),
    ],
)
def test_text_of_other_alphabets_is_an_error_and_never_garbage(text, codec, tmp_path):
    raw = SUBRIP.format(text).encode(codec)
    with pytest.raises(TextEncodingError, match=r"byte \d+, in line 3, is not UTF-8"):
        decode_text(raw)
    path = tmp_path / "a.srt"
    path.write_bytes(raw)
    with pytest.raises(SourceError, match="save the file as UTF-8"):
        clipaudio.open_clip(path)
    assert main(["check", str(path)]) == 1


def test_damage_in_utf8_is_replaced_and_told(tmp_path):
    raw = SUBRIP.format("Grüße, schöne Mädchen").encode().replace("ö".encode(), b"\xc3")
    text, guess = decode_text(raw)
    assert text.endswith("Grüße, sch\ufffdne Mädchen\n")
    assert guess.startswith("damaged UTF-8, first at byte")
    (tmp_path / "a.srt").write_bytes(raw)
    assert "encoding" in clipaudio.open_clip(tmp_path / "a.srt").report["words"].kinds


def test_json_of_another_encoding_is_read_and_told():
    payload = {"words": [{"word": "olé", "start": 0.1, "end": 0.3, "punct": "olé"}]}
    raw = json.dumps(payload, ensure_ascii=False).encode("cp1252")
    clip = clipaudio.open_clip(raw)
    assert clip.text == "olé"
    assert GUESSED in str(clip.report["words"])
    assert clipaudio.open_clip(json.dumps(payload, ensure_ascii=False).encode("utf-16-le")).text == "olé"


def test_ascii_words_of_a_guessed_encoding_are_no_findings(tmp_path):
    (tmp_path / "a.ctm").write_bytes(b";; caf\xe9\nclip 1 0.05 0.37 Hello\nclip 1 0.46 0.59 world.\n")
    assert "encoding" not in clipaudio.open_clip(tmp_path / "a.ctm").report["words"].kinds


@pytest.mark.parametrize("command", ["export", "inspect", "check", "recaption", "view"])
def test_every_command_tells_a_guessed_encoding(command, tmp_path, capsys):
    path = tmp_path / "a.srt"
    path.write_bytes(SUBRIP.format("Café olé.").encode("cp1252"))
    page = tmp_path / "a.html"
    more = {
        "export": ["--to", "txt"],
        "recaption": ["--to", "vtt"],
        "view": ["--no-open", "--out", page],
    }
    assert main([command, str(path), *map(str, more.get(command, []))]) == 0
    told = capsys.readouterr()
    assert GUESSED in told.err + told.out + (page.read_text("utf-8") if command == "view" else "")


def test_the_text_and_the_translation_of_an_export_may_be_windows_1252(tmp_path, capsys):
    source = [{"word": "cafe", "start": 0.1, "end": 0.5}, {"word": "ole.", "start": 0.5, "end": 1.0}]
    (tmp_path / "a.json").write_text(json.dumps(source), "utf-8")
    (tmp_path / "t.txt").write_bytes("Café olé.".encode("cp1252"))
    arguments = ["export", str(tmp_path / "a.json"), "--text", str(tmp_path / "t.txt"), "--to", "txt"]
    assert main(arguments) == 0
    assert (tmp_path / "a.txt").read_text("utf-8").strip() == "Café olé."
    assert f"t.txt: {GUESSED}" in capsys.readouterr().err
    with pytest.raises(TextEncodingError, match="save the file as UTF-8"):
        read_text(tmp_path / "t.txt")
    assert main([*arguments, "--translation", str(tmp_path / "t.txt")]) == 0
    assert (tmp_path / "a.txt").read_text("utf-8").strip() == "Café olé."


@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not installed")
def test_the_text_is_that_of_iconv(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("Crème brûlée – œuf à l’œil, 50 €".encode("cp1252"))
    read = subprocess.run(["iconv", "-f", "cp1252", "-t", "utf-8", path], capture_output=True, check=True)
    assert decode_text(path.read_bytes()).text == read.stdout.decode()
