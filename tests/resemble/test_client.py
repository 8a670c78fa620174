"""The client on the wire, field by field against the recorded requests of the official client."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import pickle
import pydoc
import socket

import pytest

from clipaudio.errors import (
    AuthenticationError,
    ClipAudioError,
    ClipNotFoundError,
    DeadlineError,
    RateLimitError,
    RequestError,
    ServerError,
    UnsafeAddressError,
)
from clipaudio.http.client import Response
from clipaudio.http.retry import Retry
from clipaudio.resemble.async_client import AsyncClient
from clipaudio.resemble.client import Client
from clipaudio.resemble.clip_update import RequestWarning

KEY = "SECRETKEY"
HOOK = "https://example.com/hook"
ITEM = b'{"success": true, "item": {"uuid": "c1"}}'
PATH = "/api/v2/projects/P/clips/C"
RECORDED_BODY = "Héllo <speak>&amp;</speak> 你好 😀"
RECORDED = {
    "clips.update_async(min)": (
        "update_clip",
        ("PROJ", "CLIP"),
        {"voice_uuid": "VOICE", "body": "Hello", "callback_uri": "http://127.0.0.1:9/cb", "include_timestamps": None},
    ),
    "clips.update_async(all)": (
        "update_clip",
        ("PROJ", "CLIP"),
        {
            "voice_uuid": "VOICE",
            "body": RECORDED_BODY,
            "title": "T",
            "sample_rate": 44100,
            "output_format": "wav",
            "precision": "PCM_16",
            "include_timestamps": True,
            "is_archived": False,
            "callback_uri": "http://127.0.0.1:9/cb?x=1",
        },
    ),
    "clips.update_async(body=None)": (
        "update_clip",
        ("PROJ", "CLIP"),
        {"voice_uuid": "VOICE", "callback_uri": "http://127.0.0.1:9/cb", "include_timestamps": None},
    ),
    "clips.create_async": (
        "create_clip",
        ("PROJ",),
        {
            "voice_uuid": "VOICE",
            "body": "Hello",
            "sample_rate": 22050,
            "include_timestamps": True,
            "callback_uri": "http://127.0.0.1:9/cb",
        },
    ),
    "clips.create_sync": (
        "create_clip",
        ("PROJ",),
        {"voice_uuid": "VOICE", "body": "Hello", "include_timestamps": True, "raw": True},
    ),
    "clips.get": ("get_clip", ("PROJ", "CLIP"), {}),
}


@pytest.fixture
def client(peer):
    """Return a client of the peer."""
    return Client(KEY, base_url=peer.url("/api/v2"), timeout=5.0, retry=Retry(attempts=1))


@pytest.mark.parametrize("call", RECORDED)
def test_a_call_sends_what_the_official_client_sends(data, peer, client, call):
    recordings = json.loads((data / "sdk_python_1.9.0_requests.json").read_bytes())
    recorded = next(one for one in recordings if one["call"] == call)["requests"][0]
    method, path, _ = recorded["raw"].split("\r\n", 1)[0].split(" ")
    peer.answer(path, 200, ITEM)
    name, ids, fields = RECORDED[call]
    assert getattr(client, name)(*ids, **fields).uuid == "c1"
    sent = peer.requests[0]
    assert (sent.method, sent.path) == (method, path)
    assert (json.loads(sent.body) if sent.body else None) == (json.loads(recorded["body_utf8"] or "null"))
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert ("content-type" in sent.headers) == bool(sent.body)


def test_times_are_asked_for_unless_told_otherwise(peer, client):
    peer.answer(PATH, 200, ITEM)
    client.update_clip("P", "C", body="x", callback_uri=HOOK)
    assert json.loads(peer.requests[0].body) == {"body": "x", "callback_uri": HOOK, "include_timestamps": True}


def test_patch_is_sent_when_asked_for(peer, client):
    peer.answer(PATH, 200, ITEM)
    client.update_clip("P", "C", method="PATCH", body="x", callback_uri=HOOK)
    assert peer.requests[0].method == "PATCH"


def test_an_id_cannot_lead_to_another_path(peer, client):
    path = "/api/v2/projects/P%2F..%2Fx/clips/C%3Fy%3D1%23z"
    peer.answer(path, 200, ITEM)
    assert client.get_clip("P/../x", "C?y=1#z").uuid == "c1"
    assert peer.requests[0].path == path


def test_an_unknown_value_warns_where_it_was_passed_and_is_sent(peer, client):
    peer.answer(PATH, 200, ITEM)
    with pytest.warns(RequestWarning, match=r"precision is PCM_64") as caught:
        client.update_clip("P", "C", precision="PCM_64", callback_uri=HOOK)
    assert caught[0].filename == __file__
    assert json.loads(peer.requests[0].body)["precision"] == "PCM_64"


@pytest.mark.parametrize(
    ("ids", "fields", "field"),
    [
        (("P", "C"), {"body": "x"}, "callback_uri"),
        (("P", "C"), {"body": "x", "callback_uri": None}, "callback_uri"),
        (("P", "C"), {"body": "x", "callback_url": HOOK}, "callback_url"),
        (("P", "C"), {"callback_uri": HOOK, "method": "POST"}, "method"),
        (("", "C"), {"callback_uri": HOOK}, "project"),
        (("P", ".."), {"callback_uri": HOOK}, "clip"),
    ],
)
def test_a_request_that_cannot_work_is_never_sent(peer, client, ids, fields, field):
    with pytest.raises(RequestError, match=field) as caught:
        client.update_clip(*ids, **fields)
    assert caught.value.field == field
    assert peer.requests == []


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (401, {}, f'{{"success": false, "message": "Bad token {KEY}"}}', AuthenticationError),
        (401, {}, f"<html>Bad token {KEY}</html>", AuthenticationError),
        (404, {}, '{"success": false, "message": "no clip"}', ClipNotFoundError),
        (429, {"Retry_After": "7"}, f'["{KEY}"]', RateLimitError),
        (500, {}, f'{{"errors": {{"key": ["{KEY}"]}}}}', ServerError),
        (200, {}, f"<html>{KEY}</html>", ServerError),
        (200, {}, f'{{"item": {{"token": "{KEY}"}}}}', ServerError),
        (200, {"Content_Length": "90"}, KEY, ClipAudioError),
        (200, {"Content_Encoding": "gzip"}, KEY, ServerError),
        (302, {"Location": f"https://example.com/{KEY}"}, "", ClipAudioError),
    ],
)
def test_the_key_is_in_no_error_even_when_the_service_echoes_it(peer, client, status, headers, body, kind):
    peer.answer(PATH, status, body.encode(), **headers)
    with pytest.raises(kind) as caught:
        client.get_clip("P", "C")
    error = caught.value
    while error is not None:
        assert KEY not in str(error) + repr(error) + repr(getattr(error, "__dict__", {}))
        error = error.__cause__
    assert KEY not in str(pickle.dumps(caught.value))


def test_redirects_of_the_api_are_not_followed(peer, client):
    peer.answer(PATH, 302, Location=peer.answer("/b", 200, ITEM))
    with pytest.raises(ClipAudioError, match=r"answered 302 .*check base_url"):
        client.get_clip("P", "C")
    assert len(peer.requests) == 1


def test_the_key_shows_nowhere_in_a_client(client):
    asynchronous = AsyncClient(KEY, base_url=client.base_url)
    for one in (client, asynchronous):
        assert KEY not in repr(one) + str(one) + repr(vars(one))
        with pytest.raises(TypeError, match=r"a Client cannot be pickled"):
            pickle.dumps(one)


def test_the_key_is_looked_for_in_the_environment_given():
    assert repr(Client(environ={"RESEMBLE_API_KEY": KEY})) == "Client('https://app.resemble.ai/api/v2')"
    with pytest.raises(RequestError, match=r"RESEMBLE_API_KEY"):
        Client(environ={})


def test_an_update_without_an_answer_says_that_it_may_have_been_taken(peer):
    peer.script(PATH, 5.0)
    client = Client(KEY, base_url=peer.url("/api/v2"), timeout=0.2)
    with pytest.raises(DeadlineError, match=r"may have processed the PUT anyway"):
        client.update_clip("P", "C", callback_uri=HOOK)
    with pytest.raises(DeadlineError, match=r"not done within 0.2 s; try again or allow more time$"):
        client.get_clip("P", "C")


@pytest.mark.parametrize(
    "base_url",
    [
        "http://app.resemble.ai/api/v2",
        "http://127.0.0.1.example.com/api",
        "http://10.0.0.1/api",
        "ftp://127.0.0.1/api",
        "app.resemble.ai/api/v2",
        "https://",
        "https://me:SECRETKEY@example.com/api",
        "https://example.com/api?x=SECRETKEY",
        "https://[::1/api",
        "https://example.com:99999/api",
        "https://example.com:0/api",
        "https://example.com\\api",
        "https://example.com/api?",
        "https://example.com/\napi",
        None,
        7,
    ],
)
def test_a_base_url_that_would_give_the_key_away_is_refused(base_url):
    with pytest.raises(RequestError, match=r"base_url") as caught:
        Client(KEY, base_url=base_url)
    assert caught.value.field == "base_url"
    assert KEY not in str(caught.value)


def test_plain_http_to_any_host_needs_a_permission():
    assert Client(KEY, base_url="http://10.0.0.1/api/", allow_http=True).base_url == "http://10.0.0.1/api"


def test_a_name_that_leads_inside_is_refused_for_https():
    def inside(_host, port):
        return [(socket.AF_INET, ("10.0.0.1", port))]

    from clipaudio.http.client import HttpTransport

    with pytest.raises(UnsafeAddressError, match=r"which is private"):
        Client(KEY, transport=HttpTransport(resolver=inside)).get_clip("P", "C")


class Canned:
    """A transport that answers from memory and remembers what was asked."""

    def __init__(self):
        self.requests = []

    @contextlib.contextmanager
    def open(self, request):
        self.requests.append(request)
        yield Response(status=200, headers={}, url=request.url, blocks=iter([ITEM]))


def test_a_transport_can_be_replaced():
    canned = Canned()
    assert Client(KEY, transport=canned).get_clip("P", "C").uuid == "c1"
    request = canned.requests[0]
    assert request.url == "https://app.resemble.ai/api/v2/projects/P/clips/C"
    assert not request.policy.allow_private
    assert request.policy.redirects == 0


def test_the_asynchronous_client_makes_the_same_requests():
    async def all_calls(client):
        return await asyncio.gather(
            client.update_clip("P", "C", body="x", callback_uri=HOOK),
            client.create_clip("P", body="x"),
            client.get_clip("P", "C"),
        )

    canned, plain = Canned(), Canned()
    items = asyncio.run(all_calls(AsyncClient(KEY, transport=canned)))
    client = Client(KEY, transport=plain)
    expected = [
        client.update_clip("P", "C", body="x", callback_uri=HOOK),
        client.create_clip("P", body="x"),
        client.get_clip("P", "C"),
    ]
    assert items == expected
    assert sorted((one.method, one.url, one.body or b"") for one in canned.requests) == sorted(
        (one.method, one.url, one.body or b"") for one in plain.requests
    )


def test_the_asynchronous_client_takes_the_options_of_the_other_and_shows_them():
    assert inspect.signature(AsyncClient) == inspect.signature(Client)
    assert "timeout" in pydoc.render_doc(AsyncClient, renderer=pydoc.plaintext)
    with pytest.raises(RequestError, match="base_url"):
        AsyncClient(KEY, base_url="http://example.com")
    with pytest.raises(TypeError, match="patience"):
        AsyncClient(KEY, patience=9.0)


@pytest.mark.parametrize("envelope", ["num_pages", "page_count"])
def test_the_clips_of_a_project_come_page_after_page(envelope):
    pages = [["a", "b"], ["c"]]

    class Pages:
        def __init__(self):
            self.asked = []

        @contextlib.contextmanager
        def open(self, request):
            self.asked.append(request.url)
            items = [{"uuid": uuid, "title": uuid.upper()} for uuid in pages[len(self.asked) - 1]]
            body = json.dumps({"success": True, envelope: 2, "items": items}).encode()
            yield Response(status=200, headers={}, url=request.url, blocks=iter([body]))

    transport = Pages()
    found = Client(KEY, transport=transport).list_clips("3700a2f1", page_size=10)
    assert [next(found).uuid for _ in range(2)] == ["a", "b"]
    assert len(transport.asked) == 1  # the next page is asked for when it is needed
    assert [item.title for item in found] == ["C"]
    assert [url.rpartition("?")[2] for url in transport.asked] == ["page_size=10&page=1", "page_size=10&page=2"]


@pytest.mark.parametrize(
    "body", [b'{"success": true}', b'{"items": [{"title": "x"}]}', b'{"items": [], "page_count": "x"}']
)
def test_what_is_no_page_is_an_error(body):
    class Canned:
        @contextlib.contextmanager
        def open(self, request):
            yield Response(status=200, headers={}, url=request.url, blocks=iter([body]))

    with pytest.raises(ServerError, match=r"without a page of clips"):
        list(Client(KEY, transport=Canned()).list_clips("3700a2f1"))
