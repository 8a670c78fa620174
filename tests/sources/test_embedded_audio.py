"""Audio inside a file is written as it is, by what its bytes are; it is decoded only when it is asked for."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

import clipaudio
from clipaudio.audio.encode import encode
from clipaudio.cli.main import main
from clipaudio.errors import AudioError, SourceError
from clipaudio.sources import extract_audio

WAV = encode(np.sin(np.arange(16_000) / 20) * 0.3, 16_000)
LETTERS = {
    "characters": list("Hi"),
    "character_start_times_seconds": [0.1, 0.3],
    "character_end_times_seconds": [0.3, 0.6],
}


def text_of(data, *, url_safe=False):
    return (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()


@pytest.mark.parametrize("key", ["audio_base64", "audioContent", "audio", "audio_data"])
def test_audio_of_one_answer(key):
    assert extract_audio({key: text_of(WAV)}) == (WAV, ".wav")


def test_chunks_are_joined_in_order():
    parts = [WAV[:1000], WAV[1000:5001], WAV[5001:]]
    messages = [{"type": "chunk", "data": text_of(part)} for part in parts]
    assert extract_audio(messages).data == WAV


def test_data_urls_missing_padding_and_url_safe_letters_are_read():
    assert extract_audio({"audio": f"data:audio/wav;base64,{text_of(WAV).rstrip('=')}"}).data == WAV
    assert extract_audio({"audio": text_of(WAV, url_safe=True)}).data == WAV


def test_nested_audio_is_found():
    assert extract_audio({"result": {"audioContent": text_of(WAV)}}).data == WAV
    assert extract_audio({"generations": [{"audio": text_of(WAV), "snippets": []}]}).data == WAV


def test_what_is_no_audio_is_told():
    with pytest.raises(SourceError, match="no audio"):
        extract_audio({"words": []})
    with pytest.raises(SourceError, match=r"\$\.audio is no base64"):
        extract_audio({"audio": "not base64 at all!"})
    with pytest.raises(AudioError, match="no known format"):
        extract_audio({"audio": text_of(bytes(range(100)))})


def test_export_writes_the_audio_of_the_source_and_uses_it(tmp_path, capsys):
    source = tmp_path / "take.json"
    source.write_text(json.dumps({"audio_base64": text_of(WAV), "alignment": LETTERS}), "utf-8")
    out = tmp_path / "out"
    words = ["export", str(source), "--audio", "from-source", "--to", "srt,timeline", "--out", str(out)]
    assert main([*words, "--dry-run"]) == 0
    assert not out.exists()
    assert main(words) == 0
    assert (out / "take.wav").read_bytes() == WAV
    assert json.loads((out / "take.timeline.json").read_text("utf-8"))["duration"] == 1.0
    assert "written" in capsys.readouterr().out


def test_reading_times_does_not_decode_audio():
    clip = clipaudio.open_clip({"audio_base64": "!" * 1000, "alignment": LETTERS})
    assert clip.text == "Hi"
