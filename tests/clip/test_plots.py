"""Plots: what is drawn stands where the clip has it; matplotlib is not loaded before."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
import soundfile

from clipaudio import open_clip
from clipaudio.errors import EditError, ExportError, TimestampsMissingError

mpl.use("Agg")
TEXT = "Hello, world."
TIMES = [[round(0.1 * row, 3), round(0.1 * row + 0.1, 3)] for row in range(len(TEXT))]
PHONES = {"phon_chars": ["h", "ə", "l", "oʊ"], "phon_times": [[0.0, 0.1], [0.1, 0.2], [0.2, 0.3], [0.3, 0.5]]}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def make(tmp_path=None, times=TIMES, **more):
    callback = {"id": "a<b", "audio_timestamps": {"graph_chars": list(TEXT), "graph_times": times, **more}}
    if tmp_path is None:
        return open_clip(callback)
    path = tmp_path / "a.wav"
    soundfile.write(path, np.sin(np.arange(16000 * 2) / 9) * 0.5, 16000)
    return open_clip(callback, audio=path)


def boxes(axes):
    """Return the intervals of each row of boxes."""
    return [
        [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in row.get_paths()]
        for row in axes.collections
        if type(row).__name__ == "PolyCollection" and len(row.get_paths()[0].vertices) == 5
    ]


def test_boxes_stand_where_the_words_are():
    clip = make()
    axes = clip.plot(["words"])
    assert np.allclose(boxes(axes)[0], clip.words.times)
    assert [text.get_text() for text in axes.texts] == ["Hello", "world"]
    assert axes.get_xlim() == (0, clip.duration)


def test_levels_are_drawn_from_top_to_bottom_above_each_other():
    axes = make(**PHONES).plot(["cues", "words", "phones", "graphemes", "sentences", "syllables"])
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["syllables", "sentences", "graphemes", "phones", "words", "cues"]


def test_the_waveform_is_drawn_over_the_levels(tmp_path):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    clip = make(tmp_path)
    assert clip.plot(["words"], ax=axes) is axes
    wave = axes.collections[-1].get_paths()[0].vertices
    assert wave[:, 0].max() == pytest.approx(2.0, abs=0.01)
    assert wave[:, 1].min() >= 1
    assert wave[:, 1].max() <= 3
    figure.savefig(io.BytesIO())


def test_an_unknown_level_or_set_names_the_known_ones():
    with pytest.raises(ExportError, match=r"no level 'letters'.*words"):
        make().plot(["letters"])
    with pytest.raises(ExportError, match=r"no viseme set 'x'.*oculus"):
        make().plot_mouth(viseme_set="x")


def test_the_mouth_has_its_visemes_and_curves():
    axes = make(**PHONES).plot_mouth()
    assert {line.get_label() for line in axes.lines} == {"jaw", "lips", "rounding"}
    assert boxes(axes)[0][-1][1] == pytest.approx(make(**PHONES).duration)


def test_repair_is_drawn_as_given_and_as_repaired_with_what_changed_in_colour():
    times = [list(pair) for pair in TIMES]
    times[3] = [0.25, 0.4]  # overlaps the letter before
    axes = make(times=times).plot_repair()
    given, repaired = [row.get_facecolors() for row in axes.collections[::-1]]
    changed = {row for row in range(len(TEXT)) if tuple(given[row]) != tuple(given[row % 2])}
    assert changed
    assert changed <= {2, 3}
    assert np.array_equal(given, repaired)
    assert "overlap" in axes.get_title(loc="left")
    assert make().plot_repair().get_title(loc="left").startswith(("tidy", "gap", "estimated"))


def test_milliseconds_are_drawn_as_seconds():
    axes = make(times=[[1000 * start, 1000 * end] for start, end in TIMES]).plot_repair()
    assert np.allclose(boxes(axes)[1], TIMES)


def test_what_was_not_given_cannot_be_compared():
    with pytest.raises(TimestampsMissingError, match="no times of phones"):
        make().plot_repair("phones")
    with pytest.raises(TimestampsMissingError, match="expected graphemes or phones"):
        make().plot_repair("words")
    with pytest.raises(EditError):
        make().join(make()).plot_repair()


def test_dollars_are_no_mathematics():
    callback = {"audio_timestamps": {"graph_chars": list("$a_$ $b$"), "graph_times": TIMES[:8]}}
    open_clip(callback).plot(["words", "graphemes"]).figure.savefig(io.BytesIO())


def test_a_notebook_shows_a_player_and_a_picture(tmp_path):
    page = make(tmp_path)._repr_html_()
    assert "a&lt;b" in page
    sound, image = (base64.b64decode(found) for found in re.findall(r"base64,([^\"]+)", page))
    assert soundfile.info(io.BytesIO(sound)).duration == pytest.approx(2.0, abs=0.2)
    assert image.startswith(b"\x89PNG")
    assert 'alt="Hello, world."' in page


def test_a_notebook_says_why_there_is_nothing_to_show(tmp_path):
    assert "Error" not in open_clip({"id": "x"})._repr_html_()
    assert "times" in open_clip({"id": "x"})._repr_html_()
    (tmp_path / "bad.wav").write_bytes(b"<html>")
    assert "<p>" in make()._repr_html_()
    stamps = {"graph_chars": ["a"], "graph_times": [[0, 1]]}
    assert "bad.wav" in open_clip({"audio_timestamps": stamps}, audio=tmp_path / "bad.wav")._repr_html_()


def test_without_matplotlib_a_notebook_shows_a_table():
    code = f"""
import sys
sys.modules["matplotlib"] = None
import clipaudio
stamps = {{"graph_chars": list({TEXT!r}), "graph_times": {TIMES!r}}}
print(clipaudio.open_clip({{"audio_timestamps": stamps}})._repr_html_())
"""
    page = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "<td>Hello</td><td>0.000</td>" in page


def test_matplotlib_is_loaded_by_plots_alone():
    code = "import sys, clipaudio; clipaudio.open_clip({'id': 'x'}); print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
