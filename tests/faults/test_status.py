"""What a server answers instead of the file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from clipaudio.errors import DownloadError, UrlExpiredError
from clipaudio.http.retry import Retry

TWICE = Retry(attempts=2, first=0.01)


@pytest.fixture
def waits():
    """Return the list of seconds that were waited."""
    return []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_dead_url_is_asked_once_and_told(trial, peer, waits, status):
    url = peer.answer(trial.path(), status, b"<Error><Code>AccessDenied</Code></Error>")
    error = trial.fails(
        url, UrlExpiredError, "ask for the clip again .*AccessDenied", retry=Retry(attempts=4), sleep=waits.append
    )
    assert (error.status, error.expires_at, len(peer.requests), waits) == (status, None, 1, [])


@pytest.mark.parametrize(
    ("status", "headers", "asked"),
    [
        (429, {}, None),
        (503, {}, None),
        (429, {"Retry_After": "7"}, 7),
        (503, {"Retry_After": "0"}, 0),
        (503, {"Retry_After": "soon"}, None),
        (503, {"Retry_After": "-5"}, None),
    ],
)
def test_a_busy_server_is_asked_again_when_it_says(trial, peer, wav, waits, status, headers, asked):
    url = peer.answer(trial.path(), status, **headers)

    def wait(seconds):
        waits.append(seconds)
        peer.answer(trial.path(), 200, wav())

    assert trial.get(url, retry=Retry(attempts=2, first=0.5), sleep=wait).bytes == len(wav())
    assert len(waits) == 1
    assert (asked or 0) <= waits[0] <= (asked or 0) + 1


def test_a_date_to_come_back_counts_by_the_clock_of_the_server(trial, peer, wav, waits):
    there = datetime(2031, 1, 1, tzinfo=UTC)
    later = format_datetime(there + timedelta(seconds=9), usegmt=True)
    url = peer.answer(trial.path(), 503, Retry_After=later, Date=format_datetime(there, usegmt=True))

    def wait(seconds):
        waits.append(seconds)
        peer.answer(trial.path(), 200, wav())

    trial.get(url, retry=TWICE, sleep=wait, deadline=60.0)
    assert 9 <= waits[0] <= 10


@pytest.mark.parametrize("absurd", ["86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_wait_is_told_and_not_waited(trial, peer, waits, absurd):
    url = peer.answer(trial.path(), 503, Retry_After=absurd)
    error = trial.fails(url, DownloadError, "answered 503", retry=TWICE, sleep=waits.append, deadline=60.0)
    assert error.retry_after is None or error.retry_after > 300
    assert all(seconds < 1 for seconds in waits)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, b"<html><h1>Oops</h1></html>", {}),
        (204, b"", {"Content_Length": None}),
        (205, b"", {}),
        (206, b"RIFF", {"Content_Range": "bytes 0-3/4"}),
        (304, b"", {}),
        (302, b"", {}),
        (400, b"<Error><Code>InvalidArgument</Code></Error>", {}),
        (418, b"{}", {}),
        (451, b"", {}),
        (999, b"", {}),
    ],
)
def test_every_other_status_is_told_at_once(trial, peer, waits, status, body, headers):
    url = peer.answer(trial.path(), status, body, **headers)
    trial.fails(url, DownloadError, f"answered {status} instead of 200", retry=TWICE, sleep=waits.append)
    assert (len(peer.requests), waits) == (1, [])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xef\xbb\xbf<!DOCTYPE html><title>Sign in</title>", "HTML or XML"),
        (b'{"success": false, "message": "expired"}', "JSON"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "HTML or XML"),
    ],
)
def test_an_error_with_status_200_is_no_clip(trial, peer, body, kind):
    url = peer.answer(trial.path("/clip.wav"), 200, body, Content_Type="audio/wav")
    trial.fails(url, DownloadError, f"{kind} instead of audio; ask for the clip again")
