"""``clipaudio update`` as people type it."""

from __future__ import annotations

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clipaudio.cli.main import make_parser
from clipaudio.errors import AuthenticationError, RequestError

ITEM = {"uuid": "c1", "title": "Intro", "updated_at": "2024-01-15T10:30:00.000Z"}
NEEDED = ["update", "P", "C", "--callback-uri", "https://example.com/hook"]


class Service(BaseHTTPRequestHandler):
    """Answer every update, or refuse a key that is not TESTKEY."""

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.command, self.path, json.loads(body)))
        is_known = self.headers["Authorization"] == "Bearer TESTKEY"
        answer = {"success": True, "item": ITEM} if is_known else {"success": False, "message": "who are you"}
        raw = json.dumps(answer).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_PATCH = do_PUT  # noqa: N815  # the name http.server asks for

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    """Yield the address of the service and what it saw."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api/v2", server.seen
        server.shutdown()
        thread.join()


@pytest.fixture
def call():
    """Return a function that runs the command with a key in the environment."""

    def run(*arguments, key="TESTKEY", stdin=None):
        options = make_parser().parse_args(arguments)
        return options.run(options, environ={"RESEMBLE_API_KEY": key}, stdin=stdin)

    return run


def test_an_update_is_sent_and_its_clip_is_printed(call, service, capsys):
    url, seen = service
    assert call(*NEEDED, "--base-url", url, "--body", "Hello.", "--voice", "V") == 0
    fields = {
        "body": "Hello.",
        "voice_uuid": "V",
        "include_timestamps": True,
        "callback_uri": "https://example.com/hook",
    }
    assert seen == [("PUT", "/api/v2/projects/P/clips/C", fields)]
    assert capsys.readouterr() == ("c1\taccepted\t2024-01-15T10:30:00+00:00\n", "")


def test_every_option_reaches_the_wire(call, service, capsys):
    url, seen = service
    options = ["--title", "T", "--precision", "PCM_16", "--sample-rate", "44100", "--output-format", "mp3"]
    options += ["--no-timestamps", "--archived", "--no-public", "--method", "PATCH", "--json"]
    assert call(*NEEDED, "--base-url", url + "/", *options) == 0
    assert seen[0][0] == "PATCH"
    assert seen[0][2] == {
        "title": "T",
        "precision": "PCM_16",
        "sample_rate": 44100,
        "output_format": "mp3",
        "include_timestamps": False,
        "is_archived": True,
        "is_public": False,
        "callback_uri": "https://example.com/hook",
    }
    assert json.loads(capsys.readouterr().out) == {"success": True, "item": ITEM}


def test_a_dash_reads_the_body_from_standard_input(call, service):
    url, seen = service
    assert call(*NEEDED, "--base-url", url, "--body", "-", stdin=io.StringIO("Grüße\n")) == 0
    assert seen[0][2]["body"] == "Grüße\n"


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_dry_run_shows_the_request_without_the_key_and_sends_nothing(call, service, capsys, form):
    url, seen = service
    assert call(*NEEDED, "--base-url", url, "--body", "Hé", "--dry-run", *form) == 0
    out = capsys.readouterr().out
    assert seen == []
    assert "TESTKEY" not in out
    assert "Hé" in out
    if form:
        assert json.loads(out)["headers"]["Authorization"] == "Bearer …"
    else:
        assert out.startswith(f"PUT {url}/projects/P/clips/C\nAuthorization: Bearer …\n")


def test_a_doubt_is_told_on_standard_error(call, capsys):
    assert call(*NEEDED, "--precision", "PCM_64", "--dry-run") == 0
    assert "warning: precision is PCM_64" in capsys.readouterr().err


def test_a_refusal_is_an_error_with_advice_and_without_the_key(call, service):
    with pytest.raises(AuthenticationError, match=r"said: who are you; check RESEMBLE_API_KEY") as caught:
        call(*NEEDED, "--base-url", service[0], key="SECRETKEY")
    assert "SECRETKEY" not in str(caught.value)


def test_a_dry_run_refuses_what_would_give_the_key_away(call):
    with pytest.raises(RequestError, match=r"is not https, so the key would be readable"):
        call(*NEEDED, "--base-url", "http://example.com/api", "--dry-run")


def test_a_wrong_field_is_refused_before_sending(call):
    with pytest.raises(RequestError, match=r"callback_uri is no http or https url"):
        call("update", "P", "C", "--callback-uri", "example.com")


@pytest.mark.parametrize(
    "arguments", [["update", "P", "C"], [*NEEDED, "--sample-rate", "x"], [*NEEDED, "--method", "POST"]]
)
def test_a_wrong_call_is_a_usage_error(call, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        call(*arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
