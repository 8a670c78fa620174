"""SCC and EBU STL: other readers find the same text at the same frames, and what the formats lack is reported."""

from __future__ import annotations

import io
import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import scc, stl
from clipaudio.errors import ExportError
from clipaudio.export import ExportContext, find_format
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

FRAME = 1001 / 30_000
TWO = [Cue(5.0, 6.4, ("Héllo “there” it's", "café ñ © Ø")), Cue(36_000, 36_002, ("Ten hours",))]


@pytest.fixture
def by_ttconv(needs):
    """Return a function that returns start, end and text of each cue that a reader of ttconv finds."""
    isd = needs("ttconv.isd")
    model = needs("ttconv.model")

    def texts(node):
        if isinstance(node, model.Text):
            return node.get_text()
        if isinstance(node, model.Br):
            return "\n"
        return "".join(texts(child) for child in node)

    def run(document):
        moments = isd.ISD.significant_times(document)
        found = []
        for begin, end in zip(moments, [*moments[1:], None], strict=True):
            regions = list(isd.ISD.from_model(document, begin).iter_regions())
            said = "\n".join(texts(region) for region in regions if len(region))
            if said:
                found.append((float(begin), float(end), said))
        return found

    return run


def test_pycaption_ttconv_and_ffmpeg_read_scc(needs, by_ttconv, tmp_path):
    pycaption = needs("pycaption")
    reader = needs("ttconv.scc.reader")
    text = scc.encode(TWO).text
    captions = pycaption.SCCReader().read(text).get_captions("en-US")
    assert [one.get_text().replace("\xa0", "").replace("’", "'") for one in captions] == [cue.text for cue in TWO]
    found = by_ttconv(reader.to_model(text))
    assert ["\n".join(line.strip() for line in said.split("\n")) for _, _, said in found] == [cue.text for cue in TWO]
    for (begin, end, _), one, cue in zip(found, captions, TWO, strict=True):
        assert (begin, end) == pytest.approx((cue.start, cue.end), abs=2 * FRAME)
        assert (one.start / 1e6, one.end / 1e6) == pytest.approx((cue.start, cue.end), abs=2 * FRAME)
    (tmp_path / "a.scc").write_text(text)
    command = [needs.program("ffmpeg"), "-v", "error", "-i", tmp_path / "a.scc", "-f", "webvtt", "-"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "café ñ © Ø" in shown
    assert "Ten hours" in shown


@given(frame=st.integers(0, 24 * 3600 * 30_000 // 1001 - 1))
def test_drop_frame_codes_are_those_of_ttconv(needs, frame):
    needs("ttconv.time_code")
    from ttconv.time_code import FPS_29_97, SmpteTimeCode

    assert scc._time_code(frame) == str(SmpteTimeCode.from_frames(frame, FPS_29_97, True))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60), st.text("abc é“Ø'", min_size=1)), min_size=1))
def test_lines_of_scc_never_overlap_and_every_byte_has_odd_parity(rows):
    cues, now = [], 0.0
    for gap, length, text in rows:
        start = now + gap / 10
        now = start + length / 10
        cues.append(Cue(start, now, (text,)))
    made = scc.encode([cue for cue in cues if cue.text.strip()])
    free = -1
    for line in made.text.split("\n")[1:]:
        if not line:
            continue
        code, _, words = line.partition("\t")
        hours, minutes, rest = code.split(":")
        seconds, frames = rest.split(";")
        minute = int(hours) * 60 + int(minutes)
        frame = (minute * 60 + int(seconds)) * 30 + int(frames) - 2 * (minute - minute // 10)
        assert frame >= free
        free = frame + len(words.split())
        assert all(int(byte, 16).bit_count() % 2 for word in words.split() for byte in (word[:2], word[2:]))


def test_captions_without_time_to_load_are_late_and_the_report_says_so():
    words = [Cue(row / 5, (row + 1) / 5, (f"word number {row}",)) for row in range(20)]
    assert scc.encode(words).latest > 1
    assert scc.encode([Cue(5, 6, ("x",)), Cue(8, 9, ("y",))]).latest == 0


def test_scc_replaces_what_it_lacks_and_refuses_other_scripts():
    made = scc.encode([Cue(5, 6, ("Łódź … 👍 ok",))])
    assert made.replaced == ("Ł", "ź", "👍")
    for text in ("你好", "שלום", "👍"):
        with pytest.raises(ExportError, match="Latin letters only"):
            scc.encode([Cue(5, 6, (text,))])
    with pytest.raises(ExportError, match="needs 5"):
        scc.encode([Cue(5, 6, tuple("abcde"))])
    with pytest.raises(ExportError, match="a day"):
        scc.encode([Cue(86_500, 86_501, ("x",))])
    assert scc.encode([]).text == "Scenarist_SCC V1.0\n"


def test_long_lines_are_broken_between_words_and_none_is_lost():
    long = "one two three four five six seven eight nine ten"
    words = scc.encode([Cue(9, 12, (long,))]).text
    assert words.count("942f 942f") == 1
    data = stl.encode([Cue(9, 12, (long,))]).data
    assert data[1024 + 16 :].count(b"\x8a\x8a") == 1


def test_ttconv_reads_ebu_stl(needs, by_ttconv):
    reader = needs("ttconv.stl.reader")
    file = stl.encode(TWO, language="fr", title="Ça")
    document = reader.to_model(io.BytesIO(file.data))
    assert document.get_lang() == "fr"
    assert by_ttconv(document) == [(cue.start, cue.end, cue.text) for cue in TWO]
    assert file.replaced == ()


def test_letters_of_ebu_stl_are_coded_as_ttconv_decodes_them(needs):
    table = {text: code for code, text in needs("ttconv.stl.iso6937")._CCT0_DECODE_MAP.items()}
    letters = [mark for mark in table if mark.isalpha() and not table[mark].endswith(b" ")]
    letters = [mark for mark in letters if unicodedata.normalize("NFC", mark) == mark]
    assert len(letters) > 150
    assert {mark: stl._encode(mark, b"00") for mark in letters} == {mark: table[mark] for mark in letters}


@given(st.text(min_size=1, max_size=60))
def test_any_text_makes_whole_blocks_or_is_refused(text):
    try:
        made = stl.encode([Cue(0, 1, (text,))])
    except ExportError:
        return
    assert len(made.data) % 128 == 0
    assert int(made.data[238:243]) == len(made.data) // 128 - 8


OTHERS = [("Привет, мир!", "ru"), ("Γειά σου", "el"), ("שלום עולם", "he"), ("سلام", "ar")]


@pytest.mark.parametrize(("text", "language"), OTHERS)
def test_ttconv_reads_other_scripts_of_ebu_stl(needs, by_ttconv, text, language):
    reader = needs("ttconv.stl.reader")
    file = stl.encode([Cue(1, 2, (text,))], language=language)
    assert file.replaced == ()
    (found,) = by_ttconv(reader.to_model(io.BytesIO(file.data)))
    assert found == (1, 2, text)


def test_long_subtitles_of_ebu_stl_take_several_blocks(needs, by_ttconv):
    reader = needs("ttconv.stl.reader")
    lines = tuple(("Łódź é " * 5).strip() for _ in range(5))
    file = stl.encode([Cue(1, 2, lines)])
    assert len(file.data) == 1024 + 128 * 3
    (found,) = by_ttconv(reader.to_model(io.BytesIO(file.data)))
    assert found[2] == "\n".join(lines)


def test_ebu_stl_refuses_what_no_table_holds():
    with pytest.raises(ExportError, match="tables for Latin"):
        stl.encode([Cue(1, 2, ("你好吗",))])
    with pytest.raises(ExportError, match="one day"):
        stl.encode([Cue(86_400, 86_401, ("x",))])
    with pytest.raises(ExportError, match="11"):
        stl.encode([Cue(1, 2, tuple("abcdefghijkl"))])
    assert len(stl.encode([]).data) == 1024
    assert stl.encode([Cue(1, 2, ("ok 你",))]).replaced == ("你",)


@pytest.mark.parametrize(("name", "columns"), [("scc", 32), ("stl", 36)])
def test_exports_keep_to_the_columns_of_the_format_and_say_so(name, columns):
    text = "This is what a caption looks like, with commas, and it goes on for a while 你 so that there are two lines."
    line = Timeline(tuple(text), [[5 + i / 15, 5 + (i + 1) / 15] for i in range(len(text))])
    source = ExportContext(aligned=align(line, language="en"))
    notes = find_format(name).notes(source)
    assert notes[0] == f"{name} has lines of {columns} columns at most"
    assert any("lacks characters, which were replaced: 你" in note for note in notes)
    assert b"".join(find_format(name).iterate(source))
