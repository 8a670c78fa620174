"""Hostile text through every writer, read back by others: no cue is injected, lost or altered, word joiners aside."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.escaping import narrow_braces
from clipaudio.captions.formats import ass, ebu_tt_d, lrc, remotion, sbv, srt, tsv, ttml, webvtt, words_json
from clipaudio.captions.sanitize import prepare
from clipaudio.errors import CaptionError
from clipaudio.text import unescape_formula

JOINER = "\u2060"
HERE = Path(__file__).parent
HOSTILE = [
    "00:00:01.00000:00:02.000",
    "100:00:00,000 00:00:01,000",
    "1:02:03,4:05:06,7:08:09,1",
    "٠٠:٠٠:٠١,٠٠٠ ٠٠:٠٠:٠٢,٠٠٠",
    "go --> there",
    "00:00:05.000 --> 00:00:06.000",
    "00:00:05,000 --> 00:00:06,000",
    "x\n\n7\n00:00:05,000 --> 00:00:06,000\ny",
    "x\n\n\ny",
    "if a < b & c > d",
    "a < b > c",
    "<b>x</b> <script>",
    "<i>it</i> <font color=red>r</font> <!-- c -->",
    "<00:00:01.000>x",
    "<v Bob>x",
    "AT&T &amp; R&D &nbsp; &#60;",
    "{\\an8}top {x} {Y:i}",
    "{",
    "}",
    "\\{x\\}",
    "C:\\New\\new\\h",
    "a\\",
    "a\\\nb",
    "a\x00b",
    "a\rb\r\nc",
    "a\x0bb\x1fc\x85d\u2028e",
    "lone \ud800 half",
    "\ufeffmark",
    "in\ufeffside",
    "42",
    "a\nb\n42",
    "7\n8\n9",
    "NOTE hi",
    "STYLE",
    "REGION",
    "WEBVTT",
    "[00:01.00]x",
    "[ti:x]",
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,x",
    "a\tb",
    "  a  b  ",
    "\u3000wide\u3000",
    "👩\u200d👧 ش\u200fم \u202eabc\u202c \u2066x\u2069",
    "open \u202e \u2067 \u202b marks\nof \u2066 direction",
    "\u2069\u202c closing \u202e\u2069 marks\u202c\u202c",
    "{\\b1}{\\p1}m 0 0{\\r} \\{\\b1\\} ｛wide｝ {\u2060x}",
    '=HYPERLINK("http://a.example") ＝1 @x',
    f"--{JOINER}> <{JOINER}b>",
]
SECOND = Cue(3.0, 4.0, ("SECOND",))
ALL = [Cue(row * 2.0, row * 2 + 1.0, (text,)) for row, text in enumerate(HOSTILE)]
TIMES = [(1000, 2000), (3000, 4000)]


def cues_of(text):
    return [Cue(1.0, 2.0, (text,)), SECOND]


def squeezed(text):
    """Return what is seen of *text*: joiners have no width, and white space is white space."""
    return " ".join(text.replace(JOINER, "").split())


def expected(text):
    shown = ("\n".join(cue.lines) for cue in prepare(cues_of(text)).cues)
    return [squeezed(one) for one in shown]


def found(texts):
    return [squeezed(text) for text in texts]


def ask_ffmpeg(needs, text, name):
    command = [needs.program("ffmpeg"), "-v", "error", "-f", name, "-i", "-", "-f", "ass", "-"]
    out = subprocess.run(command, check=True, capture_output=True, input=text.encode()).stdout.decode()
    events = re.findall(
        r"^Dialogue: \d+,(\d+):(\d\d):(\d\d)\.(\d\d),(\d+):(\d\d):(\d\d)\.(\d\d),(?:[^,\n]*,){6}(.*)$",
        out,
        re.MULTILINE,
    )
    cues = []
    for *stamp, text_ in events:
        h, m, s, cs, h2, m2, s2, cs2 = map(int, stamp)
        times = ((h * 60 + m) * 60 + s) * 1000 + cs * 10, ((h2 * 60 + m2) * 60 + s2) * 1000 + cs2 * 10
        cues.append((times, text_.rstrip("\r")))
    return cues


# newer versions of ffmpeg put an empty block behind an escaped brace, and a word joiner behind a backslash
NEWER = {r"\{{}": "{", "\\" + JOINER: "\\", r"\N": "\n"}
NEWER_ESCAPE = re.compile("|".join(map(re.escape, NEWER)))


def unescaped(texts, older):
    """Undo what ffmpeg escapes in other formats than its own two; *older* does it for older versions."""
    if any(r"\{{}" in text for text in texts):
        return [NEWER_ESCAPE.sub(lambda found: NEWER[found[0]], text) for text in texts]
    return [older(text) for text in texts]


def out_of_ass(text):
    plain = re.sub(r"\\([{}N])", lambda found: "\n" if found[1] == "N" else found[1], text)
    return narrow_braces(plain)


@pytest.mark.parametrize(("room", "name"), [(srt, "srt"), (webvtt, "webvtt"), (ass, "ass")])
def test_ffmpeg_finds_every_cue_its_time_and_text(needs, room, name):
    found_ = ask_ffmpeg(needs, room.dumps(ALL), name)
    assert [times for times, _ in found_] == [(row * 2000, row * 2000 + 1000) for row in range(len(ALL))]
    wanted = [squeezed(cue.text) for cue in prepare(ALL).cues]
    shown = [text for _, text in found_]
    if room is webvtt:  # its output keeps no difference between a line end and the characters \\N
        wanted = [one.replace(r"\N", " ") for one in wanted]
        shown = [one.replace(r"\N", " ") for one in unescaped(shown, out_of_ass)]
    else:
        shown = map(out_of_ass, shown)
    assert found(shown) == wanted


def test_ffmpeg_finds_every_cue_with_the_times_of_words(needs):
    cues = [replace(cue, words=(CueWord(0, 0, 1, cue.start, cue.start + 0.4),), speaker="Ann") for cue in ALL]
    found_ = ask_ffmpeg(needs, webvtt.dumps(cues, karaoke=True, speakers=True), "webvtt")
    assert [times[0] for times, _ in found_] == [row * 2000 for row in range(len(ALL))]


def test_ffmpeg_finds_every_line_of_lyrics(needs):
    found_ = [(times[0], shown) for times, shown in ask_ffmpeg(needs, lrc.dumps(ALL), "lrc") if shown]
    assert [start for start, _ in found_] == [row * 2000 for row in range(len(ALL))]
    shown = unescaped([text for _, text in found_], lambda text: re.sub(r"\\(.)", r"\1", text))
    assert found(shown) == [squeezed(cue.text) for cue in prepare(ALL).cues]


@pytest.mark.filterwarnings("ignore:Possible missed subtitle")  # its guess about a text that holds a time
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("room", "name"), [(srt, "srt"), (webvtt, "vtt"), (ass, "ass"), (ttml, "ttml")])
def test_pysubs2_finds_every_cue_its_time_and_text(needs, room, name, text):
    file = needs("pysubs2").SSAFile.from_string(room.dumps(cues_of(text)), format_=name)
    assert [(event.start, event.end) for event in file] == TIMES
    shown = [html.unescape(event.text) if name == "vtt" else event.text for event in file]
    if name == "ass":
        shown = [narrow_braces(one) for one in shown]
    read = found(one.replace(r"\N", " ") for one in shown)
    if name in ("vtt", "ttml"):  # it keeps no difference between a line end and the characters \\N
        assert read == [one.replace(r"\N", " ") for one in expected(text)]
    else:
        assert read == expected(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_srt_package_finds_every_cue_its_time_and_text(needs, text):
    cues = list(needs("srt").parse(srt.dumps(cues_of(text))))
    assert [(round(cue.start.total_seconds() * 1000), round(cue.end.total_seconds() * 1000)) for cue in cues] == TIMES
    assert found(cue.content for cue in cues) == expected(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_webvtt_py_finds_every_cue_its_time_and_text(needs, text):
    cues = needs("webvtt").from_buffer(io.StringIO(webvtt.dumps(cues_of(text))))
    assert [(cue.start, cue.end) for cue in cues] == [
        ("00:00:01.000", "00:00:02.000"),
        ("00:00:03.000", "00:00:04.000"),
    ]
    assert found(html.unescape(cue.raw_text) for cue in cues) == expected(text)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("room", "reader"), [(srt, "SRTReader"), (webvtt, "WebVTTReader"), (ttml, "DFXPReader")])
def test_pycaption_finds_every_cue_its_time_and_text(needs, room, reader, text):
    pycaption = needs("pycaption")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reads XML as HTML, and says so
        captions = getattr(pycaption, reader)().read(room.dumps(cues_of(text)))
    cues = captions.get_captions(captions.get_languages()[0])
    assert [(cue.start // 1000, cue.end // 1000) for cue in cues] == TIMES
    assert found(cue.get_text() for cue in cues) == expected(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_our_readers_give_the_cues_as_they_were(text):
    prepared = prepare(cues_of(text)).cues
    assert srt.loads(srt.dumps(cues_of(text))) == prepared
    assert webvtt.loads(webvtt.dumps(cues_of(text))) == prepared


def test_strict_parsers_find_every_cue_and_nothing_to_complain_about(node):
    results = node("read_webvtt.js", [webvtt.dumps(cues_of(text)).encode().decode() for text in HOSTILE])
    for text, result in zip(HOSTILE, results, strict=True):
        assert result["errors"] == []
        assert [(start, end) for start, end, _ in result["strict"]] == [(1, 2), (3, 4)]
        assert found(shown for _, _, shown in result["strict"]) == expected(text)
        assert found(html.unescape(shown) for _, _, shown in result["node"]) == expected(text)


def test_imsc_finds_every_cue_and_nothing_to_complain_about(node):
    results = node("read_ttml.js", [ttml.dumps(cues_of(text), language="en") for text in HOSTILE])
    for text, result in zip(HOSTILE, results, strict=True):
        assert result["errors"] == []
        assert [(start, end) for start, end, _ in result["cues"]] == [(1, 2), (3, 4)]
        assert found(shown for _, _, shown in result["cues"]) == expected(text)


def test_imsc_finds_every_cue_of_ebu_tt_d(node):
    results = node("read_ttml.js", [ebu_tt_d.dumps(cues_of(text), language="en") for text in HOSTILE])
    for text, result in zip(HOSTILE, results, strict=True):
        assert result["errors"] == []
        assert [(start, end) for start, end, _ in result["cues"]] == [(1, 2), (3, 4)]
        assert found(shown for _, _, shown in result["cues"]) == expected(text)


def test_subsrt_finds_every_cue_of_sbv(node):
    results = node("read_captions.js", [["sbv", sbv.dumps(cues_of(text))] for text in HOSTILE])
    for text, result in zip(HOSTILE, results, strict=True):
        assert [(start, end) for start, end, _ in result] == TIMES
        assert found(shown for _, _, shown in result) == expected(text)


def test_remotion_finds_every_word_as_it_was(node):
    texts = [text for text in HOSTILE if expected(text) != ["SECOND"]]
    results = node("read_captions.js", [["remotion", remotion.dumps(cues_of(text))] for text in texts])
    for text, pages in zip(texts, results, strict=True):
        assert squeezed(" ".join(page["text"] for page in pages)) == " ".join(expected(text))


MOMENTS = [(0.0, 0.0004), (59.9996, 61.0), (3599.9999, 3601.0), (36_000.5, 36_001.25), (360_000.5, 360_001.0)]
ROUNDED = [(0, 10), (60_000, 61_000), (3_600_000, 3_601_000), (36_000_500, 36_001_250), (360_000_500, 360_001_000)]


@pytest.mark.parametrize(("room", "name"), [(srt, "srt"), (webvtt, "webvtt"), (ass, "ass")])
def test_ffmpeg_finds_times_up_to_a_hundred_hours(needs, room, name):
    text = room.dumps([Cue(start, end, ("x",)) for start, end in MOMENTS])
    command = [needs.program("ffprobe"), "-v", "error", "-f", name, "-show_packets", "-of", "json", "-i", "-"]
    packets = json.loads(subprocess.run(command, check=True, capture_output=True, input=text.encode()).stdout)[
        "packets"
    ]
    starts = [round(float(packet["pts_time"]) * 1000) for packet in packets]
    ends = [start + round(float(packet["duration_time"]) * 1000) for start, packet in zip(starts, packets, strict=True)]
    assert list(zip(starts, ends, strict=True)) == [(0, 10 if room is ass else 1), *ROUNDED[1:]]


def test_strict_parsers_find_times_up_to_a_hundred_hours(node):
    (result,) = node("read_webvtt.js", [webvtt.dumps([Cue(start, end, ("x",)) for start, end in MOMENTS])])
    assert result["errors"] == []
    assert [(round(a * 1000), round(b * 1000)) for a, b, _ in result["strict"]] == [(0, 1), *ROUNDED[1:]]


def test_readers_find_times_of_sbv_and_ebu_tt_d_up_to_a_hundred_hours(node):
    cues = [Cue(start, end, ("x",)) for start, end in MOMENTS]
    (result,) = node("read_captions.js", [["sbv", sbv.dumps(cues[:-1])]])  # that reader knows two digits of hours
    assert [(start, end) for start, end, _ in result] == [(0, 1), *ROUNDED[1:-1]]
    (result,) = node("read_ttml.js", [ebu_tt_d.dumps(cues)])
    assert [(round(a * 1000), round(b * 1000)) for a, b, _ in result["cues"]] == [(0, 1), *ROUNDED[1:]]


def dressed(text):
    """Return the cues with a voice and two words, to be written with everything WebVTT has."""
    words = (CueWord(0, 0, 1, 1.0, 1.2), CueWord(0, 1, len(text), 1.5, 2.0))
    return [Cue(1.0, 2.0, (text,), words if len(text) > 1 else (), "Ann & <Bo>"), SECOND]


def browse(browser, folder, files):
    """Return the cues that a browser finds in WebVTT files: start, end, text as written, text as shown."""
    page = (HERE / "read_webvtt.html").read_text("utf-8").replace("TEXTS", json.dumps(files).replace("<", "\\u003c"))
    (folder / "page.html").write_text(page, "utf-8")
    return browser.open((folder / "page.html").as_uri()).evaluate("window.found")


STRANGE = [
    "00:01.000 --> 00:02.000\na\nfoo --> bar\nlost\n\n00:02.000 --> 00:03.000\nb\n00:04.000 --> 00:05.000\nc\n \nd",
    "id\n00:01.000-->00:02.000\na\n\nx\ny\n00:02.000 --> 00:03.000\nb",
    "NOTE\n00:01.000 --> 00:02.000\na\n\nNOTE x --> y\nz\n\n1:00:02.000 --> 100:00:03.000\nb",
    "00:01.000 --> 00:02\na\n\n00:01.000 -> 00:02.000\nb\n\n\n\t00:02.000\t-->\t00:03.000\tline:1\nc",
    "--> 00:02.000\na\n\n00:01.0000 --> 00:02.000\nb\n\n00:01.000 --> 00:02.000 --> x\nc",
]
DROPPED = [
    *(f"WEBVTT\n\n{times}\na\n" for times in ("00:01,000 --> 00:02.000", "0:01.000 --> 00:02.000")),
    *(f"WEBVTT\n\n{times}\na\n" for times in ("00:01.5 --> 00:02.000", "00:58.000 --> 00:60.000")),
    *(f"{head}\n\n00:01.000 --> 00:02.000\na\n" for head in ("webvtt", "WEBVTTX", "1", " WEBVTT", "WEBVTT\u00a0")),
]


def test_files_of_strangers_are_read_as_in_a_browser(browser, tmp_path):
    files = [*(f"WEBVTT\n{between}{text}\n" for between in ("\n", "") for text in STRANGE), *DROPPED]
    if browser.name == "firefox":  # it ends a cue at a line of blanks; only an empty line does by the standard
        files = [text for text in files if "\n \n" not in text]
    results = browse(browser, tmp_path, files)
    for text, cues in zip(files, results, strict=True):
        problems = []
        try:
            read = webvtt.loads(text, problems=problems)
        except CaptionError as error:
            read, problems = (), [error]
        shown = [(start, end, [line for line in seen.split("\n") if line.strip()]) for start, end, _, seen in cues]
        if text in DROPPED:
            assert (shown, len(problems)) == ([], 1)
        else:
            assert [(cue.start, cue.end, list(cue.lines)) for cue in read] == [one for one in shown if one[2]]


@pytest.mark.parametrize("text", ["if a < b & c", "I <3 you", "<", "< b>x</b>", "<c>a</c", "x <!-- y"])
def test_text_that_a_browser_hides_is_kept_and_told(browser, tmp_path, text):
    file, problems = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n", []
    (cue,) = webvtt.loads(file, problems=problems)
    ((_, _, _, shown),) = browse(browser, tmp_path, [file])[0]
    assert len(shown.strip()) < len(cue.text)
    assert [problem.line for problem in problems] == [4]


def test_a_browser_finds_every_cue_its_time_and_text(browser, tmp_path):
    files = [webvtt.dumps(cues_of(text)) for text in HOSTILE]
    files += [webvtt.dumps(dressed(text), karaoke=True, speakers=True, settings="line:80%") for text in HOSTILE]
    results = browse(browser, tmp_path, files)
    for text, cues in zip(HOSTILE * 2, results, strict=True):
        assert [(start, end) for start, end, _, _ in cues] == [(1, 2), (3, 4)]
        prepared = [cue.text for cue in prepare(cues_of(text)).cues]
        assert [shown.replace(JOINER, "") for _, _, _, shown in cues] == [one.replace(JOINER, "") for one in prepared]
    assert all(cues[0][2].startswith("<v Ann &amp; &lt;Bo&gt;>") for cues in results[len(HOSTILE) :])


@pytest.mark.parametrize("text", HOSTILE)
def test_tables_and_json_hold_the_text_as_it_is(text):
    rows = tsv.dumps(cues_of(text)).removesuffix("\n").split("\n")
    assert found(unescape_formula(row.split("\t")[2]) for row in rows[1:]) == expected(text)
    segments = json.loads(words_json.dumps(cues_of(text)))["segments"]
    assert found(segment["text"] for segment in segments) == expected(text)


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["word ", "< ", "\\", "-->", "42\n"])
def test_a_million_characters_in_one_cue_go_through_every_writer_and_back(unit):
    text = "x" + unit * (1_000_000 // len(unit)) + "y"
    words = tuple(CueWord(0, place * 9, place * 9 + 1, 1.0, 1.5) for place in range(1000)) if "\n" not in unit else ()
    cues = [Cue(1.0, 2.0, (text,), words)]
    wanted = [squeezed(cue.text) for cue in prepare(cues).cues]
    assert found(cue.text for cue in srt.loads(srt.dumps(cues))) == wanted
    for options in ({}, {"karaoke": True}):
        assert found(cue.text for cue in webvtt.loads(webvtt.dumps(cues, **options))) == wanted
    for written in (ass.dumps(cues, words="k"), lrc.dumps(cues, words=True), ttml.dumps(cues), words_json.dumps(cues)):
        assert len(written) > len(wanted[0])


def test_a_tag_that_never_ends_is_read_at_once():
    text = "1\n00:00:01,000 --> 00:00:02,000\n<" + " " * 1_000_000 + "x"
    assert [len(cue.text) for cue in srt.loads(text)] == [1_000_002]
    assert len(srt.dumps([Cue(0, 1, (text,))])) > 1_000_000
