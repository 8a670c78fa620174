"""Many clips captioned at once: each is as if it were alone."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.clip_spec import ClipSpec
from clipaudio.batch.job import Job, Task
from clipaudio.batch.output_store import Folder
from clipaudio.batch.worker import work
from clipaudio.captions.profiles import PROFILES
from clipaudio.clip import Clip
from clipaudio.export.together import caption_together, track_together
from clipaudio.resemble.callback import read_callback
from clipaudio.timing.sounds_of_many import find_sounds_of

PIECES = (
    *("Hello there, Mr. Smith.", "It costs $4.50 (or 10 000 yen)", "at 5 p.m. on Monday!", '"Is it fine?"', "No - no"),
    *("nous avons vu la mer avec les enfants", "Frau Dr. Hale gibt am 2. Mai auf", "日本語のテキストです。", "สวัสดีครับ"),
    *("!!!", "—", " ", "", "x\u202ey", "😀👍🏽", "e\u0301", "(", "»", "one two three four five six seven eight"),
)
FORMATS = ("srt", "vtt-words", "textgrid", "rhubarb")
TEXTS = st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join)
STEPS = st.sampled_from([0.05, 0.08, 0.1, 0.0, -0.3, 0.7, 3.0])


@st.composite
def payloads(draw):
    """Return the JSON of a clip with gaps, overlaps, points, times that run backwards, and missing ones."""
    text = draw(TEXTS)
    steps = draw(st.lists(STEPS, min_size=1, max_size=9))
    starts = np.cumsum(np.resize(steps, len(text))).round(4).tolist()
    length = draw(st.sampled_from([0.05, 0.1, 0.0, 0.2]))
    times = [[start, round(start + length, 4)] for start in starts]
    for row in draw(st.lists(st.integers(0, 40), max_size=3)):
        times[row : row + 1] = [None] if row < len(times) else []
    phones = draw(
        st.one_of(st.just([]), st.lists(st.sampled_from("h ə ˈ l o ʊ p ː s t ? a ɪ t͡ s̩ AH0".split(" ")), max_size=9))
    )
    stamps = {"graph_chars": list(text), "graph_times": times, "phon_chars": phones}
    stamps["phon_times"] = [[row / 10, row / 10 + 0.12] for row in range(len(phones))]
    return json.dumps({"id": "cecad6f9", "audio_timestamps": stamps}).encode()


@given(
    st.lists(st.tuples(payloads(), st.sampled_from([None, "en", "de", "ja"])), max_size=8),
    st.lists(st.sampled_from([*PROFILES]), min_size=1, max_size=2),
)
def test_clips_caption_together_have_the_cues_of_each_alone(clips, profiles):
    def sources():
        return [
            Clip(read_callback(raw), language=language).export_context(profile=profiles[row % len(profiles)])
            for row, (raw, language) in enumerate(clips)
        ]

    together = sources()
    caption_together(together)
    for one, alone in zip(together, sources(), strict=True):
        assert "timed_cues" in vars(one)
        assert one.cues == alone.cues


@given(st.lists(payloads(), max_size=8))
def test_sounds_found_together_are_those_of_each_clip_alone(clips):
    together, alone = ([Clip(read_callback(raw)).aligned for raw in clips] for _ in range(2))
    find_sounds_of(together)
    for one, other in zip(together, alone, strict=True):
        for level in ("plain_sounds", "sounds", "syllables", "spoken_phones"):
            assert getattr(one, level) == getattr(other, level)
        for level in ("plain_sounds", "sounds"):
            found, wanted = getattr(one, level), getattr(other, level)
            heard, expected = (
                [sounds.articulations[code] for code in sounds.codes.tolist()] for sounds in (found, wanted)
            )
            assert heard == expected
            for column in ("stress", "vowels"):
                assert getattr(found, column).tolist() == getattr(wanted, column).tolist()


RATES = st.sampled_from([None, 25, "30000/1001"])


@given(st.lists(st.tuples(payloads(), RATES, st.sampled_from([0.0, 0.05])), max_size=6))
def test_mouths_tracked_together_are_those_of_each_clip_alone(clips):
    def sources():
        return [Clip(read_callback(raw)).export_context(fps=fps, lead=lead) for raw, fps, lead in clips]

    together = [source for source in sources() if source.aligned.duration > 0]
    track_together(together)
    for one, alone in zip(together, [source for source in sources() if source.aligned.duration > 0], strict=True):
        assert one.mouth.times.tobytes() == alone.mouth.times.tobytes()
        assert (one.mouth.estimated, one.mouth.unknown) == (alone.mouth.estimated, alone.mouth.unknown)
        shown, wanted = ([track.sounds[code] for code in track.codes.tolist()] for track in (one.mouth, alone.mouth))
        assert shown == wanted
        for name in ("rhubarb", "azure", "oculus"):
            assert one.draw_mouth(name) == alone.draw_mouth(name)


def test_a_profile_that_does_not_exist_is_told_by_the_clip_that_has_it():
    raw = b'{"audio_timestamps": {"graph_chars": ["a"], "graph_times": [[0, 1]]}}'
    good, bad = (Clip(read_callback(raw)).export_context(profile=name) for name in ("netflix", "none such"))
    caption_together([bad, good])
    assert "cues" not in vars(bad)
    assert good.cues[0].text == "a"


@given(bodies=st.lists(st.one_of(payloads(), st.sampled_from([b"{", b"{}", b'{"id": 1}'])), max_size=6))
def test_a_chunk_of_clips_has_the_outputs_and_notes_of_each_alone(tmp_path_factory, bodies):
    def made(name, *, chunk):
        root = tmp_path_factory.mktemp(name)
        job = Job(place=Folder(str(root)), exports=FORMATS)
        tasks = []
        for number, raw in enumerate(bodies):
            (root / f"{number}.json").write_bytes(raw)
            row = ClipSpec(id=str(number), callback=str(root / f"{number}.json"), where="clips.jsonl:1")
            tasks.append(Task(row, tuple((kind, 1) for kind in job.kinds)))
        results = work(job, tasks) if chunk else [result for task in tasks for result in work(job, [task])]
        files = {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}
        return [str(result).replace(str(root), "") for result in results], files

    assert made("together", chunk=True) == made("alone", chunk=False)
