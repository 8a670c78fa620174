"""A key or a signed url stands in no message, no repr, no log, and nothing that is printed."""

from __future__ import annotations

import html
import json
import pickle
import traceback
from urllib.parse import quote

import pytest

from clipaudio.cli.main import main
from clipaudio.download.many import download_many
from clipaudio.errors import ClipAudioError, ConnectionFailedError, DownloadError, UrlExpiredError
from clipaudio.http.retry import Retry
from clipaudio.receive.inbox import Inbox
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.client import Client


def echoing(secret):
    """Return what servers say when they quote what they refuse."""
    return [
        f"<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>{secret}</SignatureProvided></Error>",
        f"<Error><Code>ExpiredToken</Code><Token-0>{secret}</Token-0></Error>",
        f'{{"error": "no such url", "url": "/clip.wav?X-Amz-Signature={secret}"}}',
        f"<html><a href='/login?next={quote(f'/clip.wav?X-Amz-Signature={secret}')}'>Sign in</a></html>",
        f"<html>{html.escape(f'/clip.wav?a&X-Amz-Signature={secret}&b')}</html>",
        "x" * 280 + secret,  # across the place where a quotation is cut
        secret.upper(),
    ]


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_what_a_server_quotes_of_a_signed_url_is_not_shown(trial, peer, at, status):
    url = peer.answer(trial.path(), status, echoing(trial.secret)[at].encode())
    error = trial.fails(url, DownloadError, f"answered {status}")
    shown = str(error) + repr(vars(error))
    assert trial.secret[:20] not in shown.lower()


@pytest.mark.parametrize("status", [200, 403])
def test_what_a_server_quotes_of_the_url_that_redirected_is_not_shown(trial, peer, other_peer, status):
    there = other_peer.answer("/signed?X-Amz-Signature=" + "0" * 64, status, f"<a>{trial.secret}</a>".encode())
    url = peer.answer(f"/rails/{trial.secret}/clip.wav", 302, Location=there)
    trial.fails(url, DownloadError, f"answered {status}")


def test_a_url_that_is_a_secret_is_in_no_repr(secret, tmp_path):
    body = json.dumps({"id": "cecad6f9", "url": f"https://example.com/a?sig={secret}"}).encode()
    inbox = Inbox(tmp_path / "inbox.db")
    inbox.add("s", "cecad6f9", body, project="p")
    shown = repr(read_callback(body)) + repr(inbox.get(1)) + repr(inbox.list())
    inbox.close()
    assert secret not in shown


def test_an_error_that_went_through_another_process_says_no_more(trial, peer):
    url = peer.answer(trial.path(), 403, trial.secret.encode())
    error = trial.fails(url, UrlExpiredError, "answered 403")
    again = pickle.loads(pickle.dumps(error))
    assert trial.secret.encode() not in pickle.dumps(error)
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("status", [200, 302, 403, 500])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_fetch_prints_no_signed_url(peer, secret, tmp_path, capsys, status, more):
    headers = {"Location": f"file:///{secret}"} if status == 302 else {}
    url = peer.answer(f"/clip.wav?X-Amz-Signature={secret}", status, f"<a>{secret}</a>".encode(), **headers)
    saved = tmp_path / "callback.json"
    saved.write_text(json.dumps({"id": "cecad6f9", "url": url}), "utf-8")
    assert main(["fetch", str(saved), "--out", str(tmp_path / "out"), "--allow-private", *more]) == 1
    told = capsys.readouterr()
    assert secret not in told.out + told.err
    assert "refused" in told.err or "ask for the clip again" in told.err or "try again" in told.err


@pytest.mark.parametrize("status", [200, 401, 403, 404, 422, 429, 500])
def test_the_key_is_in_no_error_whatever_the_service_quotes(peer, secret, status):
    key = f"key{secret}"
    for body in (f'{{"success": false, "message": "Bearer {key}"}}', f"<html>{key}</html>", key):
        peer.answer("/api/v2/projects/p/clips/c", status, body.encode())
        client = Client(key, base_url=peer.url("/api/v2"), retry=Retry(attempts=1))
        with pytest.raises(ClipAudioError, match=r"the service answered") as caught:
            client.get_clip("p", "c")
        shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + repr(client)
        assert secret not in shown


def test_a_crash_report_of_a_download_shows_no_url(trial, peer, child):
    """What Python prints when nobody catches the error."""
    url = peer.answer(trial.path(), 403, trial.secret.encode())
    code = "import sys; from clipaudio.download.task import download; download(*sys.argv[1:], allow_private=True)"
    one = child(f"{code}\n", url, trial.target)
    _, said = one.communicate(timeout=30)
    assert "UrlExpiredError" in said
    assert trial.secret not in said
    trial.is_untouched()


def test_a_peer_that_sends_back_what_it_was_asked_gives_nothing_away(trial, echo):
    """No message and no cause of it quotes the line that came instead of an answer."""
    trial.fails(echo.url(trial.path()), ConnectionFailedError, "failed")


def test_what_became_of_a_url_does_not_show_it(trial, peer, tmp_path):
    url = peer.answer(trial.path(), 403)
    outcomes = list(download_many([(url, tmp_path / "a.wav")], allow_private=True))
    assert outcomes[0].url == url
    assert trial.secret not in repr(outcomes)
