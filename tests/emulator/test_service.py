from __future__ import annotations

import json

import pytest

from clipaudio.emulator import Faults, running
from clipaudio.emulator.delivery import Postman
from clipaudio.emulator.exchange import EmulatorRequest
from clipaudio.emulator.faults import Switchboard
from clipaudio.emulator.rendering import Speaker
from clipaudio.emulator.service import Service, ServiceOptions
from clipaudio.emulator.storage import Storage
from clipaudio.emulator.studio import Studio
from clipaudio.errors import SynthesisError


@pytest.fixture(scope="module")
def emulator():
    """Yield one emulator for requests that do not disturb each other."""
    with running(engine="tone", key="k") as emulator:
        yield emulator


@pytest.fixture
def ask(emulator, call):
    """Return the function that sends a request below /projects/p/clips."""

    def ask(method="GET", fields=None, *, to="", **options):
        options.setdefault("key", "k")
        return call(f"{emulator.base_url}/projects/p/clips{to}", method, fields, **options)

    return ask


CALLBACK = "http://127.0.0.1:9/cb"


@pytest.mark.parametrize("value", ["Bearer k", "Token token=k", 'Token token="k"'])
def test_both_kinds_of_key_are_let_in(ask, value):
    assert ask(key=None, headers={"Authorization": value}).status == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearerk", "Bearer x", "Token k", "Basic a2s=", "k"])
def test_everything_else_is_unauthorized(ask, value):
    reply = ask(key=None, headers={"Authorization": value})
    assert (reply.status, reply.json) == (401, {"success": False, "message": "Unauthorized"})


def test_without_a_key_of_its_own_any_key_will_do_but_not_none(call):
    with running(engine="tone") as emulator:
        assert call(f"{emulator.base_url}/voices", key="whatever").status == 200
        assert call(f"{emulator.base_url}/voices", key=None).status == 401


def test_a_clip_lives_from_create_to_delete(ask):
    item = ask("POST", {"body": "Hi.", "title": "One", "include_timestamps": True}).json["item"]
    to = f"/{item['uuid']}"
    assert item["timestamps"]["graph_chars"] == ["H", "i", "."]
    assert ask(to=to).json == {"success": True, "item": item}
    assert ask("PATCH", {"callback_uri": CALLBACK, "title": "Two"}, to=to).json["item"]["title"] == "Two"
    assert ask(to=to).json["item"]["body"] == "Hi.", "a field that is not sent keeps its value"
    assert ask("DELETE", to=to).json == {"success": True}
    assert ask(to=to).status == ask("DELETE", to=to).status == 404


@pytest.mark.parametrize(
    ("fields", "status", "name"),
    [
        ({}, 400, "callback_uri"),
        ({"body": "Hi"}, 400, "callback_uri"),
        ({"body": "Hi", "callback_uri": ""}, 400, "callback_uri"),
        ({"body": "", "callback_uri": CALLBACK}, 400, "body"),
        ({"body": "<speak> </speak>", "callback_uri": CALLBACK}, 400, "body"),
        ({"body": "a" * 3001, "callback_uri": CALLBACK}, 400, "body"),
        ({"callback_uri": CALLBACK}, 400, "body"),
        ({"body": "Hi", "callback_uri": "ftp://x/y"}, 422, "callback_uri"),
        ({"body": "Hi", "callback_uri": "http://[x"}, 422, "callback_uri"),
        ({"body": "Hi", "callback_uri": CALLBACK, "sample_rate": 11025}, 422, "sample_rate"),
        ({"body": "Hi", "callback_uri": CALLBACK, "sample_rate": True}, 422, "sample_rate"),
        ({"body": "Hi", "callback_uri": CALLBACK, "precision": "PCM_8"}, 422, "precision"),
        ({"body": "Hi", "callback_uri": CALLBACK, "output_format": "aiff"}, 422, "output_format"),
        ({"body": "Hi", "callback_uri": CALLBACK, "include_timestamps": "yes"}, 422, "include_timestamps"),
        ({"body": "Hi", "callback_uri": CALLBACK, "title": "t" * 257}, 422, "title"),
        ({"body": "Hi", "callback_uri": CALLBACK, "title": 7}, 422, "title"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_request_is_named(emulator, ask, fields, status, name):
    clip = emulator.add_clip("p")
    reply = ask("PUT", fields, to=f"/{clip}")
    assert reply.status == status
    assert list(reply.json) == ["success", "error", "errors", "message"]
    assert name in reply.json["errors"]
    assert ask(to=f"/{clip}").json["item"]["body"] == "", "nothing was changed"


def test_tags_do_not_count_as_length(ask):
    assert ask("POST", {"body": "<speak>" + "<p>a</p>" * 2000 + "</speak>"}).status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff", b"null"])
def test_a_body_that_is_no_object_is_a_bad_request(ask, body):
    reply = ask("POST", body=body)
    assert reply.status == 400
    assert reply.json["message"].startswith("Invalid JSON")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v2/nothing", 404),
        ("GET", "/api/v1/voices", 404),
        ("GET", "/", 404),
        ("PUT", "/api/v2/projects/p/clips", 405),
        ("POST", "/api/v2/voices", 405),
        ("GET", "/api/v2/projects/p/clips/none", 404),
        ("PUT", "/api/v2/projects/p/clips/none", 404),
    ],
)
def test_paths_and_methods_that_are_not_served_say_so(emulator, call, method, path, status):
    reply = call(emulator.base_url.removesuffix("/api/v2") + path, method, {"body": "x"}, key="k")
    assert (reply.status, reply.json["success"]) == (status, False)
    assert status != 405 or reply.headers["Allow"]


def test_a_clip_of_another_project_is_not_found(emulator, call):
    clip = emulator.add_clip("one", body="Hi")
    assert call(f"{emulator.base_url}/projects/two/clips/{clip}", key="k").status == 404


def test_projects_and_voices_can_be_fenced_in(call):
    with running(engine="tone", projects=["mine"], voices=["v1"]) as emulator:
        assert call(f"{emulator.base_url}/projects/other/clips").json["message"] == "Project not found"
        url = f"{emulator.base_url}/projects/mine/clips"
        refused = call(url, "POST", {"body": "x", "voice_uuid": "v2"})
        assert (refused.status, refused.json["message"]) == (404, "Voice not found")
        assert call(url, "POST", {"body": "x", "voice_uuid": "v1"}).status == 200
        assert [item["uuid"] for item in call(f"{emulator.base_url}/voices").json["items"]] == ["v1"]
        assert [item["uuid"] for item in call(f"{emulator.base_url}/projects").json["items"]] == ["mine"]


def test_any_clip_can_be_made_by_its_update(call, receiver):
    with running(engine="tone", any_clip=True) as emulator:
        url = f"{emulator.base_url}/projects/p/clips/mine"
        assert call(url, "PUT", {"body": "Hi", "callback_uri": receiver.uri}).json["item"]["uuid"] == "mine"
        assert receiver.wait(1)[0]["id"] == "mine"


@pytest.mark.parametrize(
    ("envelope", "keys"),
    [
        ("new", {"success": True, "page": 2, "total_results": 12, "page_count": 2}),
        ("old", {"success": True, "page": 2, "num_pages": 2, "page_size": 10}),
    ],
)
def test_lists_come_in_pages_in_either_envelope(call, envelope, keys):
    with running(engine="tone", envelope=envelope) as emulator:
        clips = [emulator.add_clip("p", title=f"Clip {i}") for i in range(12)]
        emulator.add_clip("q")
        url = f"{emulator.base_url}/projects/p/clips"
        reply = call(f"{url}?page=2").json
        assert [item["uuid"] for item in reply.pop("items")] == clips[10:]
        assert reply == keys
        found = call(f"{url}?page=1&page_size=1000&q=clip+11").json["items"]
        assert [item["title"] for item in found] == ["Clip 11"]
        assert "audio_src" not in found[0], "a clip that was not spoken has no audio"


@pytest.mark.parametrize("query", ["page=x", "page=0", "page=1&page_size=1001", "page=1&page_size=0"])
def test_a_page_that_cannot_be_is_refused(ask, query):
    assert ask(to=f"?{query}").status == 400


def test_raw_audio_comes_along_when_asked_for(ask):
    item = ask("POST", {"body": "Hi", "raw": True}).json["item"]
    assert item["raw_audio"].startswith("UklGR"), "RIFF in base64"


def test_the_error_envelopes_are_documented_ones(ask, data):
    documented = {
        entry["where"]: entry["body"] for entry in json.loads((data / "errors_doc.json").read_text(encoding="utf-8"))
    }
    assert set(ask(to="/none").json) == set(documented["REST, docs errors page"])
    assert set(ask("POST", {"body": 1}).json) == set(documented["openapi Error schema"])


class Mute(Speaker):
    """A speaker whose engine has died."""

    def speak(self, script, *, voice_uuid):
        raise SynthesisError(f"{voice_uuid or 'the engine'} cannot say {script.text!r}")


def test_a_create_that_cannot_be_spoken_is_a_server_error():
    storage, board = Storage(lambda: 0.0), Switchboard(Faults())
    postman = Postman(lambda: 0.0, tries=1, backoff=0.0, timeout=1.0)
    studio = Studio(
        speaker=Mute("tone"), storage=storage, postman=postman, board=board, clock=lambda: 0.0, shape="v1", issues=()
    )
    service = Service(ServiceOptions(clock=lambda: 0.0), studio=studio, storage=storage, board=board)
    request = EmulatorRequest(
        "POST", "/api/v2/projects/p/clips", (("Authorization", "Bearer x"),), b'{"body": "Hi", "voice_uuid": "v"}'
    )
    answer = service.answer(request)
    assert (answer.status, json.loads(answer.body)["message"]) == (500, "v cannot say 'Hi'")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"body":' + b"[" * 500_000, 400),
        (b'{"body":"Hi \\ud800"}', 400),
        (b'{"body":"Hi","title":"\\udfff"}', 422),
        (b'{"body":"Hi","sample_rate":1e999}', 422),
        (b'{"body":"Hi","precision":{}}', 422),
    ],
)
def test_a_hostile_body_is_refused_and_the_service_lives(ask, body, status):
    reply = ask("POST", body=body)
    assert (reply.status, reply.json["success"]) == (status, False)
    assert ask().status == 200


@pytest.mark.parametrize(("envelope", "expected"), [("old", True), ("new", None)])
def test_clips_of_the_old_service_tell_whether_they_are_public(call, envelope, expected):
    with running(engine="tone", envelope=envelope) as emulator:
        url = f"{emulator.base_url}/projects/p/clips"
        item = call(url, "POST", {"body": "Hi.", "is_public": True}).json["item"]
        listed = call(url).json["items"][0]
        to = {"body": "Ho.", "callback_uri": CALLBACK}
        emulator.faults = Faults(callback_lost=True)
        updated = call(f"{url}/{item['uuid']}", "PUT", to).json["item"]
    assert [face.get("is_public") for face in (item, listed, updated)] == [expected] * 3
