"""What works where sentencex and soxr have no wheel."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clipaudio.audio.encode import encode
from clipaudio.timing.sentence_marks import starts_by_marks

WITHOUT = "import sys; sys.modules['sentencex'] = sys.modules['soxr'] = None; from clipaudio.cli.main import main; "


@pytest.mark.parametrize(
    "text",
    [
        'Dr. Lee paid $4.50. He left. "Really?" she asked.',
        "Am 31. Dezember kommt Herr Dr. Meier. Wirklich? Ja! Das war es.",
        "M. Dupont est là. Oui !",
        "今日は。元気ですか。「はい。」と言った。",
        "यह है। वह है।",
    ],
)
def test_sentences_by_marks_are_those_of_sentencex_after_correction(run_code, text):
    code = (
        "import sys, numpy as np\n"
        "if sys.argv[2] == 'without': sys.modules['sentencex'] = None\n"
        "from clipaudio import open_clip\n"
        "letters = sys.argv[1]\n"
        "times = [[row / 10, row / 10 + 0.1] for row in range(len(letters))]\n"
        "stamps = {'graph_chars': list(letters), 'graph_times': times}\n"
        "print(ascii(open_clip({'id': 'a', 'audio_timestamps': stamps}).sentences.labels))\n"
    )
    assert run_code(code, text, "without") == run_code(code, text, "with")


def test_blank_lines_and_closing_marks_end_a_sentence():
    assert starts_by_marks('One\n\ntwo." Three') == [0, 5, 11]
    assert starts_by_marks("") == [0]


def test_captions_are_written_and_noted(run_code, data, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes((data / "v2_doc_hey_there.json").read_bytes())
    row = json.loads(run_code(f"{WITHOUT}main(['export', sys.argv[1], '--to', 'srt', '--json'])", path))
    assert any("sentences were found by their marks alone" in note for note in row["notes"])


def test_another_sample_rate_is_refused_and_another_format_is_not(run_code, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(encode(np.zeros(800), 8000))
    words = "main(['convert', sys.argv[1], '--out', sys.argv[2], '--json', *sys.argv[3:]])"
    assert json.loads(run_code(WITHOUT + words, path, tmp_path / "a.flac"))["status"] == "done"
    row = json.loads(run_code(WITHOUT + words, path, tmp_path / "b.flac", "--sample-rate", 16000))
    assert "another sample rate needs soxr, which has no wheel for this platform" in row["error"]
