"""Books that read along: EPUBCheck finds nothing to complain about, and the overlay covers text and sound."""

from __future__ import annotations

import io
import re
import zipfile
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.audio.decode import read_audio
from clipaudio.captions.cue import Cue, CueWord
from clipaudio.clip import join, open_clip
from clipaudio.errors import ExportError
from clipaudio.media import epub

HOSTILE = 'Say "hi" <b>& go</b> ]]> \ufffe tab\there رب \u202ewas 👩\u200d👧.'
SMIL = "{http://www.w3.org/ns/SMIL}"


def seconds(text):
    return float(text.removesuffix("s"))


def clip_of(make_clips, text, name="a", duration=3.0, language="en"):
    (row,) = make_clips().add(name, seconds=duration)
    edges = np.linspace(0, duration, len(text) + 1).tolist()
    stamps = {"graph_chars": list(text), "graph_times": list(pairwise(edges))}
    return open_clip({"id": name, "audio_timestamps": stamps}, audio=row.audio, language=language)


@pytest.fixture(scope="module")
def books(make_clips, tmp_path_factory):
    """Return some books by name."""
    folder = tmp_path_factory.mktemp("books")
    one = clip_of(make_clips, "Hello there. This is it.")
    odd = clip_of(make_clips, HOSTILE, "it's <odd> & 100%", language="ar")
    both = join([one, odd], gap=0.4, speakers=["Ann & Bo", "Cy"], titles=["First", "Second <x>"])
    clips = {"plain": one, "hostile": odd, "joined": both}
    return {name: clip.save(folder / f"{name}.epub") for name, clip in clips.items()}


@pytest.mark.slow
def test_epubcheck_finds_nothing_to_complain_about(needs, books):
    check = needs("epubcheck").EpubCheck
    needs.program("java")
    for name, path in books.items():
        found = check(str(path))
        assert [(one.level, one.message) for one in found.messages] == [], name
        assert found.valid


def test_the_overlay_covers_the_sound_without_gaps_and_names_every_word(books):
    for path in books.values():
        with zipfile.ZipFile(path) as book:
            first = book.infolist()[0]
            assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
            text = book.read("EPUB/text.xhtml").decode()
            overlay = ET.fromstring(book.read("EPUB/overlay.smil"))
            package = book.read("EPUB/package.opf").decode()
            sound = book.read("EPUB/sound.mp3")
        words = re.findall(r'<span id="(w\d+)">', text)
        assert [one.get("src") for one in overlay.iter(f"{SMIL}text")] == [f"text.xhtml#{word}" for word in words]
        parts = [(seconds(one.get("clipBegin")), seconds(one.get("clipEnd"))) for one in overlay.iter(f"{SMIL}audio")]
        assert parts[0][0] == 0
        assert all(start < end for start, end in parts)
        assert all(before[1] == after[0] for before, after in pairwise(parts))
        total = seconds(re.findall(r'media:duration">([\d.]+s)', package)[0])
        assert parts[-1][1] == total
        assert total == pytest.approx(read_audio(sound).duration, abs=0.06)


def test_words_begin_when_they_are_spoken(make_clips, books):
    clip = clip_of(make_clips, "Hello there. This is it.")
    with zipfile.ZipFile(books["plain"]) as book:
        overlay = ET.fromstring(book.read("EPUB/overlay.smil"))
    starts = [seconds(one.get("clipBegin")) for one in overlay.iter(f"{SMIL}audio")]
    assert starts == pytest.approx(clip.words.times[:, 0], abs=0.001)


def test_each_clip_is_a_chapter_with_its_speaker(books):
    with zipfile.ZipFile(books["joined"]) as book:
        text, nav = book.read("EPUB/text.xhtml").decode(), book.read("EPUB/nav.xhtml").decode()
    assert re.findall("<h1>(.*?)</h1>", text) == ["First", "Second &lt;x&gt;"]
    assert re.findall("#c(\\d)", nav) == ["1", "2"]
    assert "Ann &amp; Bo:" in text


def test_the_same_clip_gives_the_same_bytes(make_clips, tmp_path):
    clip = clip_of(make_clips, "Hello there.")
    assert clip.save(tmp_path / "a.epub").read_bytes() == clip.save(tmp_path / "b.epub").read_bytes()


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(0, 60))
def test_cuts_rise_by_a_millisecond_at_least_and_end_with_the_sound(starts, extra):
    end = len(starts) + extra
    cuts = epub._cut(sorted(starts), end)
    assert cuts[0] == 0
    assert cuts[-1] == end
    assert all(before < after for before, after in pairwise(cuts))


def test_a_book_without_words_is_refused(tmp_path):
    sound = tmp_path / "a.mp3"
    sound.touch()
    for cues in ([], [Cue(0, 1, ("no times",))]):
        chapters = [epub.BookChapter("x", cues)]
        with pytest.raises(ExportError, match="needs words with times"):
            epub.write_book(io.BytesIO(), chapters, sound=sound, duration=1.0, title="x")
    chapters = [epub.BookChapter("x", [Cue(0, 1, ("a",), (CueWord(0, 0, 1, 0, 1),))])]
    with pytest.raises(ExportError, match="no language tag"):
        epub.write_book(io.BytesIO(), chapters, sound=sound, duration=1.0, title="x", language="no tag")
