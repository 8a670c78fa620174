"""The whole path, through real HTTP."""

from __future__ import annotations

import io
import json
import re
from itertools import product

import pytest
import soundfile

import clipaudio.emulator
from clipaudio.emulator import Faults, running
from clipaudio.emulator.rendering import SAMPLE_RATES
from clipaudio.errors import RequestError

HOUR = 3600


def test_an_update_is_answered_at_once_and_called_back_with_the_finished_clip(receiver, update, fetch, engine, needs):
    if engine == "espeak":
        needs("espeakng_loader")
    with running(engine=engine) as emulator:
        clip, reply = update(emulator, "Hello there.", title="T", voice_uuid="55592656")
        assert reply.status == 200
        item = reply.json["item"]
        content = receiver.wait(1)[0]
        audio = fetch(content["url"])
        truth = emulator.truth(clip)
    assert reply.json["success"] is True
    assert {name: item[name] for name in ("uuid", "title", "body", "voice_uuid", "is_archived")} == {
        "uuid": clip, "title": "T", "body": "Hello there.", "voice_uuid": "55592656", "is_archived": False
    }  # fmt: skip
    assert list(content) == ["id", "project_id", "url", "audio_timestamps", "issues"]
    assert (content["id"], content["project_id"], content["issues"]) == (clip, "proj", [])
    assert "".join(content["audio_timestamps"]["graph_chars"]) == "Hello there."
    assert soundfile.info(io.BytesIO(audio.body)).duration == pytest.approx(truth.duration)
    assert truth.engine == emulator.engine == engine
    path, headers, _ = receiver.posts[0]
    assert path == "/done?secret=s"
    assert headers["Content-Type"] == "application/json"


def test_the_immediate_answer_has_exactly_the_documented_keys(update, data):
    documented = json.loads((data / "v2_update_response_doc.json").read_text(encoding="utf-8"))
    with running(engine="tone") as emulator:
        _, reply = update(emulator)
    assert list(reply.json) == list(documented)
    assert list(reply.json["item"]) == list(documented["item"])


def test_get_has_the_documented_keys(call, update, data):
    documented = json.loads((data / "v2_get_clip_doc.json").read_text(encoding="utf-8"))["item"]
    with running(engine="tone") as emulator:
        clip, _ = update(emulator)
        assert emulator.wait()
        item = call(f"{emulator.base_url}/projects/proj/clips/{clip}").json["item"]
    assert set(item) == set(documented)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", item["last_generated_at"])
    assert item["character_count"] == 12


def test_times_come_only_when_asked_for(receiver, update, call):
    with running(engine="tone", issues=None) as emulator:
        clip, _ = update(emulator, include_timestamps=False)
        emulator.wait()
        item = call(f"{emulator.base_url}/projects/proj/clips/{clip}").json["item"]
    assert list(receiver.contents[0]) == ["id", "project_id", "url"]
    assert "timestamps" not in item


@pytest.mark.parametrize("shape", ["overlap", "nophon", "milliseconds", "v1"])
def test_the_shape_can_be_switched_while_running(receiver, update, shape):
    with running(engine="tone") as emulator:
        update(emulator)
        receiver.wait(1)
        emulator.shape = shape
        update(emulator)
        receiver.wait(2)
        assert emulator.shape == shape
    first, second = (content["audio_timestamps"] for content in receiver.contents)
    assert first["graph_chars"] == second["graph_chars"]
    assert first["graph_times"] != second["graph_times"]


@pytest.mark.parametrize("change", ["start", "set"])
def test_an_unknown_shape_is_refused(change):
    with pytest.raises(RequestError, match="no shape 'round'; expected one of contiguous, overlap"):  # noqa: SIM117
        with running(engine="tone", shape="round" if change == "start" else "v1") as emulator:
            emulator.shape = "round"


FILES = [
    *(("wav", depth, rate) for depth, rate in product(("PCM_16", "PCM_24", "PCM_32", "MULAW"), SAMPLE_RATES)),
    *(("flac", precision, 16000) for precision in ("PCM_16", "PCM_24", "PCM_32", "ULAW")),
    *((kind, "PCM_16", rate) for kind, rate in product(("mp3", "ogg"), (16000, 22050, 44100))),
]  # fmt: skip


def test_audio_comes_at_the_rate_depth_and_format_asked_for(call, fetch):
    with running(engine="tone") as emulator:
        for kind, precision, rate in FILES:
            fields = {"body": "Oh, this.", "output_format": kind, "precision": precision, "sample_rate": rate}
            item = call(f"{emulator.base_url}/projects/p/clips", "POST", fields).json["item"]
            reply = fetch(item["audio_src"])
            info = soundfile.info(io.BytesIO(reply.body))
            assert (info.samplerate, info.channels) == (rate, 1)
            lossy = kind in ("mp3", "ogg")
            assert info.duration == pytest.approx(item["duration"], abs=0.1 if kind == "mp3" else 1e-9)
            wanted = {"MULAW": "ULAW"}.get(precision, precision)
            wanted = {"PCM_32": "PCM_24", "ULAW": "PCM_16"}.get(wanted, wanted) if kind == "flac" else wanted
            assert lossy or info.subtype == wanted, (kind, precision, rate)
            assert info.format == {"mp3": "MP3"}.get(kind, kind.upper())
            assert item["audio_src"].endswith(f".{kind}")
            assert reply.headers["Content-Type"].startswith("audio/")


def test_a_url_lasts_and_the_signed_one_behind_it_dies_after_an_hour(receiver, update, call):
    now = [1_700_000_000.0]
    with running(engine="tone", clock=lambda: now[0]) as emulator:
        update(emulator)
        url = receiver.wait(1)[0]["url"]
        origin = emulator.base_url.removesuffix("/api/v2")
        assert re.fullmatch(
            origin + r"/rails/active_storage/blobs/redirect/[\w-]+--[0-9a-f]{40}/[0-9a-f]{8}-[0-9a-f]{8}\.wav",
            url,
        )
        signed = call(url, key=None).headers["Location"]
        assert signed.startswith(f"{origin}/storage/")
        assert "X-Amz-Date=20231114T221320Z" in signed
        assert "X-Amz-Expires=3600" in signed
        now[0] += HOUR
        assert call(signed, key=None).status == 200
        now[0] += 1
        dead = call(signed, key=None)
        assert (dead.status, dead.headers["Content-Type"]) == (403, "application/xml")
        assert b"<Message>Request has expired</Message>" in dead.body
        fresh = call(url, key=None).headers["Location"]
        assert call(fresh, key=None).status == 200


def test_the_truth_of_a_clip_that_is_not_there_or_not_spoken_is_a_key_error():
    with running(engine="tone") as emulator:
        clip = emulator.add_clip("p", body="Hi")
        with pytest.raises(KeyError, match="was not spoken yet"):
            emulator.truth(clip)
        with pytest.raises(KeyError, match="no clip 'none'"):
            emulator.truth("none")


def test_everything_is_recorded(receiver, update, fetch):
    with running(engine="tone", clock=lambda: 5.0) as emulator:
        clip, _ = update(emulator)
        fetch(receiver.wait(1)[0]["url"], headers={"X-Mine": "yes"})
        emulator.wait()
        requests, deliveries = emulator.requests, emulator.deliveries
    assert [request.method for request in requests] == ["PUT", "GET", "GET"]
    assert requests[0].json()["body"] == "Hello there."
    assert requests[2].header("x-mine") == "yes"
    assert requests[0].time == 5.0
    assert [(d.clip_uuid, d.uri, d.attempt, d.status, d.ok) for d in deliveries] == [(clip, receiver.uri, 1, 200, True)]
    assert deliveries[0].body == receiver.posts[0][2]


def test_an_old_update_that_finishes_late_does_not_replace_a_newer_one(receiver, call):
    with running(engine="tone") as emulator:
        clip = emulator.add_clip("proj")
        url = f"{emulator.base_url}/projects/proj/clips/{clip}"
        for i in range(6):
            call(url, "PUT", {"body": f"Take {'a' * (6 - i)}.", "callback_uri": receiver.uri})
        receiver.wait(6)
        emulator.wait()
        assert emulator.truth(clip).text == "Take a."
        assert emulator.wait(0)


def test_auto_takes_the_engine_where_it_is(needs):
    needs("espeakng_loader")
    with running() as emulator:
        assert emulator.engine == "espeak"


def test_a_port_that_is_taken_is_an_os_error():
    with running(engine="tone") as emulator:
        port = int(emulator.base_url.split(":")[2].split("/")[0])
        with pytest.raises(OSError, match="in use"), running(port, engine="tone"):
            pass


def test_stopping_does_not_wait_for_what_never_comes(update, call):
    with running(engine="tone", faults=Faults(callback_delay=60)) as emulator:
        update(emulator)
        emulator.faults = Faults(answer_delay=0.01)
        call(f"{emulator.base_url}/voices")
    assert emulator.deliveries == ()


def test_the_public_names_load_on_use():
    assert clipaudio.emulator.running is running
    assert clipaudio.emulator.Emulator.__name__ == "Emulator"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = clipaudio.emulator.nothing


@pytest.mark.parametrize(
    ("switch", "message"),
    [
        ({"port": 70000}, "no port 70000; expected 0 to 65535"),
        ({"engine": "espeek"}, "no engine 'espeek'; expected one of auto, espeak, tone"),
        ({"envelope": "middle"}, "no envelope 'middle'; expected one of new, old"),
        ({"shape": "round"}, "no shape 'round'; expected one of contiguous"),
    ],
)
def test_a_switch_of_an_unknown_value_is_refused(switch, message):
    with pytest.raises(RequestError, match=message), running(**switch):
        pass
