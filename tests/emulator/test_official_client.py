"""The vendor's own Python client, pointed at the emulator."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from clipaudio.audio.decode import read_audio
from clipaudio.emulator import running


@pytest.fixture
def emulator():
    """Yield an emulator that takes any clip id, as the recorded requests need."""
    with running(engine="tone", key="TESTKEY", any_clip=True, backoff=0.01) as emulator:
        yield emulator


@pytest.fixture
def client(needs, emulator):
    """Yield the official client; its key and its url are global to it, so they are put back."""
    resemble = needs("resemble").Resemble
    before = resemble._token, resemble._base_url
    resemble.api_key("TESTKEY")
    resemble.base_url(emulator.base_url.removesuffix("v2"))
    yield resemble.v2
    resemble.api_key(before[0])
    resemble.base_url(before[1])


@pytest.fixture
def recorded(data):
    """Return the function that finds a recorded request by its call."""
    calls = json.loads((data / "sdk_python_1.9.0_requests.json").read_text(encoding="utf-8"))

    def recorded(name):
        return next(entry["requests"][0]["raw"] for entry in calls if entry["call"] == name)

    return recorded


CALLBACK = "http://127.0.0.1:9/cb"


def update(v2, *, callback=CALLBACK, project="PROJ", clip="CLIP", **fields):
    return v2.clips.update_async(project, clip, "VOICE", callback_uri=callback, **fields)


EVERYTHING = {
    "body": "Héllo <speak>&amp;</speak> 你好 😀",
    "title": "T",
    "sample_rate": 44100,
    "output_format": "wav",
    "precision": "PCM_16",
    "include_timestamps": True,
    "is_archived": False,
}
CALLS = {
    "clips.update_async(min)": lambda v2: update(v2, body="Hello"),
    "clips.update_async(all)": lambda v2: update(v2, callback=f"{CALLBACK}?x=1", **EVERYTHING),
    "clips.update_async(body=None)": lambda v2: update(v2, body=None),
    "clips.update_async(callback_uri=None)": lambda v2: update(v2, callback=None, body="x"),
    "clips.update_async(path chars)": lambda v2: update(v2, project="P/../x", clip="C?y=1#z", body="x"),
    "clips.create_async": lambda v2: v2.clips.create_async(
        "PROJ", "VOICE", CALLBACK, "Hello", sample_rate=22050, include_timestamps=True
    ),
    "clips.create_sync": lambda v2: v2.clips.create_sync("PROJ", "VOICE", "Hello", include_timestamps=True, raw=True),
    "clips.get": lambda v2: v2.clips.get("PROJ", "CLIP"),
    "clips.all": lambda v2: v2.clips.all("PROJ", 1, 10),
    "clips.delete": lambda v2: v2.clips.delete("PROJ", "CLIP"),
    "projects.all": lambda v2: v2.projects.all(1, 10),
    "voices.all": lambda v2: v2.voices.all(1, 10),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_the_client_sends_is_recorded_byte_by_byte(emulator, client, recorded, name):
    CALLS[name](client)
    (request,) = emulator.requests
    head, _, body = recorded(name).partition("\r\n\r\n")
    line, *headers = head.replace("PORT", str(urlsplit(emulator.base_url).port)).split("\r\n")
    assert f"{request.method} {request.target} HTTP/1.1" == line
    assert request.body == body.encode("latin-1")
    mine = [f"{key}: {value}" for key, value in request.headers if key != "User-Agent"]
    assert mine == [header for header in headers if not header.startswith("User-Agent")]


def test_the_client_sees_a_clip_through_its_life(emulator, client, receiver):
    made = client.clips.create_sync("P", "en-us", "Hello there.", title="One", include_timestamps=True)
    assert made["success"]
    clip = made["item"]["uuid"]
    assert "".join(made["item"]["timestamps"]["graph_chars"]) == "Hello there."
    updated = client.clips.update_async(
        "P", clip, "en-us", receiver.uri, "Goodbye.", title="Two", include_timestamps=True
    )
    assert updated["item"]["title"] == "Two"
    content = receiver.wait(1)[0]
    assert content["id"] == clip
    assert "".join(content["audio_timestamps"]["graph_chars"]) == "Goodbye."
    emulator.wait()
    assert client.clips.get("P", clip)["item"]["audio_src"] == content["url"]
    listed = client.clips.all("P", 1)
    assert [item["uuid"] for item in listed["items"]] == [clip]
    assert client.clips.delete("P", clip) == {"success": True}
    assert client.clips.all("P", 1)["items"] == []
    assert [item["uuid"] for item in client.projects.all(1)["items"]] == ["P"]
    assert "en-us" in [item["uuid"] for item in client.voices.all(1)["items"]]


def test_the_client_is_told_what_it_forgot(client):
    answer = client.clips.update_async("P", "c", "VOICE", None, "x")
    assert (answer["success"], list(answer["errors"])) == (False, ["callback_uri"])


@contextlib.contextmanager
def listen(out, *words):
    """Run `clipaudio listen` as a process of its own; give a function that reads a line of what it prints."""
    command = [sys.executable, "-m", "clipaudio", "listen", "--out", str(out), "--port", "0", "--json", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield lambda: json.loads(process.stdout.readline())
        finally:
            process.terminate()


def test_what_the_client_asks_for_is_received_downloaded_and_exported(emulator, client, tmp_path):
    """The vendor's client asks, the service speaks, our listener does the rest; nobody else takes part."""
    made = client.clips.create_sync("P", "en-us", "Hello.", include_timestamps=True)
    clip = made["item"]["uuid"]
    words = ["--expect", f"P/{clip}", "--export", "srt,textgrid", "--allow-private"]
    with listen(tmp_path, *words) as read:
        asked = client.clips.update_async(
            "P", clip, "en-us", read()["callback_uri"], "Goodbye then.", sample_rate=16000, include_timestamps=True
        )
        assert asked["success"]
        assert [read()["step"] for _ in range(2)] == ["downloaded", "exported"]
    assert emulator.wait(10)
    assert "Goodbye then." in (tmp_path / f"{clip}.srt").read_text("utf-8")
    assert '"Goodbye"' in (tmp_path / f"{clip}.TextGrid").read_text("utf-8")
    assert read_audio(tmp_path / f"{clip}.wav").sample_rate == 16000
