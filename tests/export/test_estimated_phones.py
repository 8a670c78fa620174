"""Exports of clips that came without phones."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.errors import AlignmentError, ExportError, LexiconError
from clipaudio.export import FORMATS
from clipaudio.export.options import Options

WORDS = [("She", 0.1, 0.3), ("read", 0.3, 0.6), ("12", 0.6, 1.0), ("books.", 1.2, 1.7)]
SOUNDING = [row.name for row in FORMATS if row.is_plain and row.has_phones(Options()) and row.name != "html"]


@pytest.fixture(autouse=True)
def _engine(needs):
    needs("espeakng_loader")


def clip_of(words=WORDS, **options):
    rows = [{"word": word, "start": start, "end": end} for word, start, end in words]
    return clipaudio.open_clip(rows, **{"language": "en", **options})


def with_phones():
    stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
    stamps |= {"phon_chars": ["h", "ˈ", "aɪ"], "phon_times": [[0.0, 0.1], [0.1, 0.1], [0.1, 0.3]]}
    return clipaudio.open_clip({"id": "a", "audio_timestamps": stamps}, language="en")


@pytest.mark.parametrize("name", SOUNDING)
def test_each_format_of_sounds_is_that_of_the_clip_with_phones(name):
    assert clip_of().dumps(name) == clip_of().with_phones().dumps(name, phones="given")


@pytest.mark.parametrize("name", [row.name for row in FORMATS if row.is_plain and not row.is_binary])
def test_given_phones_are_never_replaced(name):
    made = {with_phones().dumps(name, phones=phones) for phones in ("auto", "given", "estimated")}
    assert len(made) == 1


def test_only_given_phones_are_used_where_that_is_asked_for():
    context = clip_of().export_context(phones="given")
    assert context.with_phones is context
    assert "phones" not in clip_of().dumps("textgrid", phones="given")
    (note,) = clipaudio.export.find_format("rhubarb").notes(context)
    assert note == "there are no phones: the mouth is guessed from letters"


def test_notes_say_in_one_sentence_what_was_estimated():
    found = clipaudio.export.find_format("rhubarb").notes(clip_of().export_context())
    assert found == ("no phones came: they are estimated from the text (en-us), placed by typical lengths",)


def test_words_with_phones_of_their_letters_are_counted_in_the_notes():
    clip = clip_of([("Look", 0.0, 0.3), ("日本", 0.3, 0.6), ("extraordinarily", 0.6, 0.7)])
    notes = clipaudio.export.find_format("textgrid").notes(clip.export_context())
    assert any(note.endswith("have phones of their letters: 1") for note in notes)
    assert any(note.endswith("have no phones: 2") for note in notes)  # no placeholder stands for a sound
    spoken = clip.with_phones()
    assert spoken.report["phones"].kinds == ("estimated_phone", "letter_phone")
    assert not any(0.31 < middle < 0.59 for middle in spoken.phones.times.mean(axis=1))


@pytest.mark.parametrize(("text", "voice"), [("你好", "cmn"), ("Привет", "ru"), ("नमस्ते", "hi"), ("ሰላም", "am")])
def test_a_short_text_of_another_script_is_said_by_a_voice_of_that_script(text, voice):
    context = clip_of([(text, 0.0, 0.8)]).export_context()
    assert f"({voice})" in context.with_phones.phones_found.notes[0]
    assert len(context.with_phones.aligned.phones) > 2


def test_the_mouth_of_a_context_is_that_of_its_exports():
    mouth = clip_of().export_context().mouth
    assert not mouth.estimated
    assert clip_of().export_context(phones="given").mouth.estimated


def test_a_live_feed_does_not_load_the_engine():
    code = (
        "import json, sys, clipaudio\n"
        "from clipaudio.live.feed import Feed\n"
        "feed = Feed('elevenlabs', language='en', visemes='oculus')\n"
        "times = {'characters': list('Hi you.'), 'character_start_times_seconds': [i / 8 for i in range(7)],\n"
        "         'character_end_times_seconds': [(i + 1) / 8 for i in range(7)]}\n"
        "shown = feed.push({'audio_base64': '', 'alignment': times}).visemes + feed.finish().visemes\n"
        "assert len(shown) > 2 and not feed.differences, (shown, feed.differences)\n"
        "assert 'clipaudio.synthesis.espeak' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_captions_do_not_load_the_engine():
    code = (
        "import sys, clipaudio\n"
        "clip = clipaudio.open_clip([{'word': 'Hi', 'start': 0.25, 'end': 0.5}])\n"
        "for name in ('srt', 'vtt', 'ass', 'words', 'ctm', 'audacity'): clip.dumps(name)\n"
        "assert 'clipaudio.synthesis.espeak' not in sys.modules\n"
        "clip.dumps('rhubarb')\n"
        "assert 'clipaudio.synthesis.espeak' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_extra_letters_are_read_and_the_note_says_how_to_get_phones(tmp_path):
    code = (
        "import sys\n"
        "sys.modules['espeakng_loader'] = None\n"
        "import clipaudio\n"
        "clip = clipaudio.open_clip([{'word': 'Hi', 'start': 0.25, 'end': 0.5}], language='en')\n"
        "assert clip.dumps('rhubarb') == clip.dumps('rhubarb', phones='given')\n"
        "assert clip.dumps('textgrid') == clip.dumps('textgrid', phones='given')\n"
        "print(*clipaudio.export.find_format('rhubarb').notes(clip.export_context()))\n"
        "from clipaudio.cli.main import main\n"
        "sys.exit(main(['export', 'none.json', '--to', 'rhubarb', '--phones', 'estimated']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert 'guessed from letters; for phones of the text, pip install "espeakng-loader' in done.stdout
    assert (done.returncode, "espeak-ng is not installed" in done.stderr) == (2, True)
    assert "none.json" not in done.stderr, "the extra is missed before any file is read"


def test_a_language_that_is_not_spoken_falls_back_to_letters_and_says_why():
    clip = clip_of(language="tlh-x")
    context = clip.export_context()
    assert clip.dumps("rhubarb") == clip.dumps("rhubarb", phones="given")
    assert any("no voice 'tlh-x'" in note for note in clipaudio.export.find_format("rhubarb").notes(context))
    with pytest.raises(AlignmentError, match="no voice 'tlh-x'"):
        clip.dumps("rhubarb", phones="estimated")


def test_only_the_clips_without_phones_are_estimated_in_a_join():
    whole = clipaudio.join([with_phones(), clip_of()], gap=0.25)
    levels = whole.export_context().with_phones.aligned
    assert levels.phones.labels[:3] == ("h", "ˈ", "aɪ")
    alone = clip_of().with_phones().phones
    assert levels.phones.labels[3:] == alone.labels
    assert levels.phones.times[3:] == pytest.approx(alone.times + 0.55)
    notes = clipaudio.export.find_format("rhubarb").notes(whole.export_context())
    assert notes[0].startswith("some of the clips came without phones")


def test_turns_of_speakers_have_phones_of_their_own():
    rows = [
        {"text": "Hello there.", "start": 0.0, "end": 0.9, "speaker": "Ann"},
        {"text": "Good morning.", "start": 1.0, "end": 2.0, "speaker": "Bob"},
    ]
    clip = clipaudio.open_clip({"segments": rows}, language="en")
    tiers = clip.dumps("textgrid")
    assert "Ann - phones" in tiers
    assert "Bob - syllables" in tiers
    whole = clip.export_context().with_phones.aligned
    assert (whole.phones.times[:, 1] <= 2.0 + 1e-9).all()
    assert set(whole.reports) >= {"graphemes", "phones"}


def test_given_mouth_shapes_count_more_than_estimated_phones():
    events = [{"type": "word", "value": "Mamma", "time": 0}, {"type": "sentence", "value": "Mamma", "time": 0}]
    events += [{"type": "viseme", "value": value, "time": time} for value, time in (("p", 0), ("a", 90), ("sil", 400))]
    raw = "\n".join(json.dumps(event) for event in events).encode()
    clip = clipaudio.open_clip(raw, language="en")
    assert clip.dumps("oculus") == clip.dumps("oculus", phones="given")
    assert "phones" in clip.dumps("textgrid")


def test_an_alphabet_that_was_chosen_is_that_of_given_phones_alone():
    clip = clip_of()
    assert clip.dumps("oculus", alphabet="arpabet") == clip.dumps("oculus")


def test_a_lexicon_says_how_words_are_spoken(tmp_path):
    path = tmp_path / "own.dict"
    path.write_text("BOOKS  B UW1 K S\n", "utf-8")
    clip = clip_of()
    assert "b ˈu k s".split() == list(clip.with_phones(lexicon=path).phones.labels[-4:])
    assert "ˈu" in clip.dumps("ctm-phones", lexicon=path)
    assert "ˈu " not in clip.dumps("ctm-phones")
    path.write_text("BOOKS\n", "utf-8")
    with pytest.raises(LexiconError, match="has no phones"):
        clip.dumps("rhubarb", lexicon=path)


def test_unknown_names_of_phones_are_refused():
    with pytest.raises(ExportError, match="no phones 'some'; expected one of auto, given, estimated"):
        clip_of().dumps("rhubarb", phones="some")
    with pytest.raises(ExportError, match="no phones 'some'"):
        Options(phones="some").check()


def test_all_formats_of_a_clip_ask_for_its_phones_once():
    clip = clip_of()
    first = clip.export_context().with_phones.phones_found
    assert clip.export_context(fps=25).with_phones.phones_found is first


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6), st.sampled_from(["en", "de", "ru", "zh", "ja", "hi"]))
def test_phones_of_any_text_lie_in_order_inside_the_clip(labels, language):
    rows = [(label, 0.1 + 0.4 * row, 0.4 + 0.4 * row) for row, label in enumerate(labels)]
    clip = clip_of(rows, language=language)
    if not clip.aligned.duration > 0:
        return
    levels = clip.export_context().with_phones.aligned
    times = levels.phones.times
    assert (np.diff(times.ravel()) >= -1e-9).all()
    assert not len(times) or (times[0, 0] >= 0 and times[-1, 1] <= levels.duration + 1e-9)
    for name in ("textgrid", "rhubarb", "oculus", "emu"):
        clip.dumps(name)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["strengths", "a", "12,345", "well-known", "日本", "ok", "—"]),
            st.sampled_from([0.0, 1e-4, 0.002, 0.01, 0.03, 0.4]),
            st.sampled_from([0.0, 0.001, 0.2]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_estimated_phones_stop_no_export_that_is_made_without_them(words):
    rows, now = [], 0.0
    for label, length, gap in words:
        rows.append((label, now, now + length))
        now += length + gap
    clip = clip_of(rows)
    for name in ("eaf", "emu", "textgrid", "mlf", "ctm-phones", "lab-phones", "rhubarb", "livelink"):
        try:
            clip.dumps(name, phones="given")
        except ExportError:
            continue
        clip.dumps(name)


def test_a_clip_without_words_has_no_phones():
    stamps = {"graph_chars": [], "graph_times": []}
    context = clipaudio.open_clip({"id": "a", "audio_timestamps": stamps}).export_context()
    assert context.with_phones is context


def test_a_saved_callback_says_that_its_phones_are_estimated():
    saved = clip_of().with_phones().to_callback()
    assert "the phones are estimated from the text" in saved["issues"]
    assert "the phones are estimated from the text" not in with_phones().to_callback()["issues"]
