"""Sentences of another language take the times of those that are spoken, and both can be shown."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clipaudio
from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import srt, webvtt
from clipaudio.cli.main import main
from clipaudio.clip.translation import read_translation
from clipaudio.errors import EditError, ExportError, TextEncodingError
from clipaudio.timing.word_room import PAUSE

SAID = ["Hello, my friends.", "How are you doing on this fine and sunny day?", "Bye."]
GERMAN = ["Guten Tag, meine Freunde.", "Wie geht es euch an diesem schönen und sonnigen Tag?", "Tschüss."]


def spoken(sentences=SAID, *, pauses=()):
    """Return a clip of words of 0.3 s; *pauses* are seconds before words, by row."""
    words, now = [], 0.2
    for row, word in enumerate(" ".join(sentences).split()):
        now += dict(pauses).get(row, 0.0)
        words.append({"word": word, "start": now, "end": now + 0.3})
        now += 0.3
    return clipaudio.open_clip(words, language="en")


LINES = st.lists(st.sampled_from(["ja", "das", "ist", "gut", "Donaudampfschiff", "世界", "—", "…"]), min_size=1)


@given(
    st.lists(LINES, min_size=3, max_size=3),
    st.dictionaries(st.integers(1, 12), st.floats(0.0, 2.0), max_size=5),
)
@settings(deadline=None, max_examples=60)
def test_translated_words_stay_in_their_sentence_and_never_cover_a_pause(lines, pauses):
    clip = spoken(pauses=pauses.items())
    texts = [" ".join(line) for line in lines]
    if not any(one.isalpha() for text in texts for one in text):
        return
    new = clip.translated(texts, language="de")
    assert "".join(new.text.split()) == "".join("".join(texts).split())
    assert len(new.phones) == 0
    silent = [(a, b) for (_, a), (b, _) in itertools.pairwise(clip.words.times.tolist()) if b - a >= PAUSE + 1e-9]
    for _, start, end in new.words:
        assert clip.words.times[0, 0] - 1e-9 <= start < end <= clip.words.times[-1, 1] + 1e-9
        assert all(end <= a + 1e-6 or start >= b - 1e-6 for a, b in silent)
    assert (np.diff(new.graphemes.times.ravel()) >= -1e-9).all()
    for cue in new.cues(profile="none"):
        assert cue.start < cue.end


def test_each_sentence_begins_and_ends_with_the_one_it_translates():
    clip = spoken(pauses=[(3, 0.7), (13, 0.5)])
    new = clip.translated(GERMAN, language="de")
    assert new.sentences.labels == tuple(GERMAN)
    np.testing.assert_allclose(new.sentences.times, clip.sentences.times)
    assert new.language == "de"
    assert new.report["words"].kinds == ("translated_word",)


def test_lines_are_never_shifted_and_an_empty_one_belongs_to_the_line_before():
    clip = spoken()
    with pytest.raises(EditError, match="2 lines for 3 sentences; give a line for each"):
        clip.translated(GERMAN[:2])
    merged = clip.translated(["Guten Tag, meine Freunde, wie geht es euch?", "", "Tschüss."])
    np.testing.assert_allclose(merged.words[-1][1:], clip.words[-1][1:])
    assert merged.words[-2].end == pytest.approx(clip.sentences[1].end)
    with pytest.raises(EditError, match="line 1 is empty"):
        clip.translated(["", *GERMAN[1:]])
    with pytest.raises(EditError, match="no text"):
        clip.translated(["", "", ""])
    with pytest.raises(EditError, match="both lines and cues"):
        clip.translated(["a", Cue(0, 1, ("b",)), "c"])


def test_cues_are_matched_by_time_though_their_times_differ_a_little():
    """Two files of one film rarely agree to the millisecond; the words that a cue covers are its room."""
    clip = spoken(pauses=[(3, 0.7), (13, 0.5)])
    first, second, third = clip.sentences.times.tolist()
    cues = [
        Cue(third[0] - 0.1, third[1] + 1.0, (GERMAN[2],)),  # cues of a file may be out of order
        Cue(first[0] + 0.05, first[1] + 0.1, ("Guten Tag,", "meine Freunde.")),
        Cue(second[0] - 0.1, second[1] - 0.1, (GERMAN[1],)),
        Cue(first[1] + 0.15, first[1] + 0.45, ("Applaus.",)),
        Cue(third[1] + 2.0, third[1] + 3.0, ("Untertitel: Ann",)),
    ]
    new = clip.translated(cues, language="de")
    times = dict(zip(new.sentences.labels, new.sentences.times.tolist(), strict=True))
    np.testing.assert_allclose([times[text] for text in GERMAN], clip.sentences.times, atol=1e-9)
    applause = next(word for word in new.words if word.label == "Applaus")
    assert applause.start == pytest.approx(first[1] + 0.15)
    assert str(new.report["words"].findings[1]).endswith("left out (first: 'Untertitel: Ann')")


def test_speakers_are_kept_in_a_translation():
    talk = clipaudio.join([spoken(SAID[:2]), spoken(SAID[2:])], gap=0.5, speakers=["Ann", "Ben"])
    new = talk.translated(GERMAN, language="de")
    assert [(part.speaker, part.aligned.text) for part in new.content.parts] == [
        ("Ann", " ".join(GERMAN[:2])),
        ("Ben", GERMAN[2]),
    ]
    both = new.cues(bilingual=True)
    assert both[-1].lines == ("Tschüss.", "Bye.")
    assert both[-1].speaker == "Ben"
    cues = [Cue(*times, (text,)) for times, text in zip(talk.sentences.times.tolist(), GERMAN, strict=True)]
    assert talk.translated(cues).words.labels == new.words.labels


def test_two_languages_in_one_cue_lose_no_word_of_either():
    clip = spoken(pauses=[(3, 0.7), (13, 0.5)])
    cues = clip.translated(GERMAN, language="de").cues(bilingual=True)
    shown = [(" ".join(cue.lines[: cue.words[0].line]), " ".join(cue.lines[cue.words[0].line :])) for cue in cues]
    assert " ".join(german for german, _ in shown) == " ".join(GERMAN)
    assert " ".join(english for _, english in shown) == " ".join(SAID)
    assert all(a.end <= b.start for a, b in itertools.pairwise(cues))
    assert all(len(line) <= 42 for cue in cues for line in cue.lines)


def test_a_short_translation_stays_while_its_sentence_goes_on():
    clip = spoken(["How are you doing on this fine and sunny day in the middle of the coldest winter?"])
    cues = clip.translated(["Hm?"], language="de").cues(bilingual=True)
    assert len(cues) > 1
    assert {cue.lines[0] for cue in cues} == {"Hm?"}


def test_two_languages_need_a_translation():
    clip = spoken()
    with pytest.raises(ExportError, match=r"call clip\.translated"):
        clip.cues(bilingual=True)
    with pytest.raises(ExportError, match="after all edits of words"):
        clip.translated(GERMAN).without([0]).cues(bilingual=True)


def test_edits_of_times_move_both_languages():
    clip = spoken(pauses=[(3, 0.7), (13, 0.5)])
    second = float(clip.sentences.starts[1])
    edits = {
        "cut": lambda one: one.cut(second - 0.1, one.duration),
        "pad": lambda one: one.pad(1.0),
        "speed": lambda one: one.speed(1.25),
        "shift": lambda one: one.shift(-0.1),
        "retime": lambda one: one.retime(offset=-0.05, drift=-0.02),
        "join": lambda one: clipaudio.join([one.cut(0, second - 0.1), one.cut(second - 0.1, one.duration)]),
    }
    for name, edit in edits.items():
        before = edit(clip).translated(GERMAN[1:] if name == "cut" else GERMAN, language="de")
        after = edit(clip.translated(GERMAN, language="de"))
        assert after.words.labels == before.words.labels
        assert [cue.lines for cue in after.cues(bilingual=True)] == [cue.lines for cue in before.cues(bilingual=True)]
        got, want = (np.array([(cue.start, cue.end) for cue in one.cues(bilingual=True)]) for one in (after, before))
        np.testing.assert_allclose(got, want, rtol=0, atol=0.01, err_msg=name)


@pytest.fixture
def files(tmp_path):
    source = [{"word": word, "start": start, "end": end} for word, start, end in spoken().words]
    said = " ".join(SAID).split()
    for one, word in zip(source, said, strict=True):
        one["word"] = word
    (tmp_path / "talk.json").write_text(json.dumps(source), "utf-8")
    (tmp_path / "de.txt").write_text("\n".join(GERMAN) + "\n\n", "utf-8-sig")
    return tmp_path


FORMATS = "srt,vtt,vtt-words,ass,ass-karaoke,ass-words,ttml,lrc,lrc-words,tsv,words,txt"


def test_every_caption_format_holds_both_languages(files):
    words = ["export", str(files / "talk.json"), "--translation", str(files / "de.txt"), "--bilingual", "--to", FORMATS]
    assert main([*words, "--translation-language", "de", "--out", str(files / "out")]) == 0
    for path in (files / "out").iterdir():
        text = path.read_text("utf-8")
        for word in ("Freunde", "friends", "Tschüss", "Bye"):
            assert word in text, path


def test_pysubs2_and_ffmpeg_read_both_languages(files):
    pysubs2 = pytest.importorskip("pysubs2", reason="pysubs2 is not installed")
    words = ["export", str(files / "talk.json"), "--translation", str(files / "de.txt"), "--bilingual"]
    assert main([*words, "--to", "srt,vtt,ass", "--out", str(files / "out")]) == 0
    for end in ("srt", "vtt", "ass"):
        events = pysubs2.load(str(files / "out" / f"talk.{end}")).events
        assert events[0].plaintext == "Guten Tag, meine Freunde.\nHello, my friends."
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    command = ["ffmpeg", "-v", "error", "-i", str(files / "out" / "talk.vtt"), "-f", "srt", "-"]
    read = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")
    assert [cue.text for cue in srt.loads(read)] == [
        cue.text for cue in webvtt.loads((files / "out" / "talk.vtt").read_text("utf-8"))
    ]


def test_a_translation_is_read_from_lines_or_cues(files):
    assert read_translation(files / "de.txt") == GERMAN
    (files / "de.srt").write_text(srt.dumps([Cue(0, 1, ("Ja", "nein"))]), "utf-8")
    (files / "de.vtt").write_text(webvtt.dumps([Cue(0, 1, ("Ja",))]), "utf-8")
    assert [cue.lines for cue in read_translation(files / "de.srt")] == [("Ja", "nein")]
    assert [cue.lines for cue in read_translation(files / "de.vtt")] == [("Ja",)]
    (files / "bad.txt").write_bytes("Tschüss.".encode("cp1252"))
    with pytest.raises(TextEncodingError, match="save the file as UTF-8"):
        read_translation(files / "bad.txt")


def test_flags_of_a_translation_go_with_it(files, capsys):
    assert main(["export", str(files / "talk.json"), "--to", "srt", "--bilingual"]) == 2
    assert "--translation FILE; add it" in capsys.readouterr().err
