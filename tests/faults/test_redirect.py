"""Redirects that lead astray."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from clipaudio.errors import ClipAudioError, DownloadError, UnsafeAddressError
from clipaudio.http.client import HttpTransport


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "data:audio/wav;base64,UklGRg==",
        "ftp://example.com/clip.wav",
        "javascript:alert(1)",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "unix:/run/docker.sock",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://[fe80::1]/",
        "https://100.100.100.200/",
        "https://[2002:7f00:1::]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://me:password@example.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://[::1",
        "https://[v1.x]/",
        "https://exa mple.com/",
        "https://example.com\\@evil.example/",
        "https://",
        "\xff\xfe",
        "https://\xc3\xa9" + "x" * 80 + ".example/",
    ],
)
def test_a_redirect_to_what_is_no_clip_is_refused(trial, peer, location):
    url = peer.answer(trial.path(), 302, Location=location)
    trial.fails(url, UnsafeAddressError, r"a redirect .*was refused: |no url; refused")
    assert len(peer.requests) == 1


@pytest.mark.parametrize("location", ["", " ", "#part", "?", ".", "\t", "//"])
def test_a_redirect_to_nowhere_else_ends(trial, peer, location):
    trial.fails(peer.answer(trial.path(), 302, Location=location), DownloadError, "redirects|answered|no url")
    assert len(peer.requests) <= 6


def test_a_redirect_of_many_thousand_letters_is_followed_or_refused_and_never_shown(trial, peer):
    url = peer.answer(trial.path(), 302, Location="/" + trial.secret * 900)
    trial.fails(url, ClipAudioError, "answered 404")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_followed_also_a_relative_one(trial, peer, wav, status):
    peer.answer("/a/c.wav?x=1", 200, wav())
    url = peer.answer(trial.path("/a/b.wav"), status, Location="c.wav?x=1")
    assert trial.get(url).bytes == len(wav())


def test_a_loop_of_two_ends(trial, peer, other_peer):
    there = other_peer.answer(trial.path("/there"), 302, Location=peer.url(trial.path("/here")))
    trial.fails(peer.answer(trial.path("/here"), 302, Location=there), DownloadError, "more than 5 redirects")
    assert len(peer.requests) + len(other_peer.requests) == 6


def test_five_redirects_are_followed_and_six_are_not(trial, peer, wav):
    peer.answer("/0", 200, wav())
    for left in range(1, 7):
        peer.answer(f"/{left}", 302, Location=f"/{left - 1}")
    assert trial.get(peer.url("/5")).bytes == len(wav())
    with pytest.raises(DownloadError, match="more than 5 redirects"):
        trial.get(peer.url("/6"))


def test_https_is_not_left_for_http(trial, tls_peer, peer, trusting, wav):
    tls_peer.answer(trial.path(), 302, Location=peer.answer("/a", 200, wav()))
    transport = HttpTransport(trust=trusting, resolver=lambda _, port: [(socket.AF_INET, ("127.0.0.1", port))])
    url = tls_peer.url(trial.path(), "clips.example")
    trial.fails(url, UnsafeAddressError, "from https to http", transport=transport)
    assert peer.requests == []


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12::1"])
def test_a_public_server_leads_nobody_inside(trial, peer, inside):
    """The permission for private addresses is for the url that was given, not for where a public server points."""
    shown = f"[{inside}]" if ":" in inside else inside
    peer.answer(trial.path(), 302, Location=f"https://{shown}:{peer.port}/")
    family = socket.AF_INET6 if ":" in inside else socket.AF_INET

    def resolver(host, port):
        return [(socket.AF_INET, ("1.1.1.1", port))] if host == "clips.example" else [(family, (inside, port))]

    transport = AllowingHttp(
        resolver=resolver, dial=lambda _, timeout: socket.create_connection(("127.0.0.1", peer.port), timeout)
    )
    for may in (False, True):
        with pytest.raises(UnsafeAddressError, match=r"a redirect was refused: .* leads to|is not https"):
            trial.get(f"http://clips.example{trial.path()}", transport=transport, allow_private=may)
    trial.is_untouched()
    assert len(peer.requests) == 2


class AllowingHttp(HttpTransport):
    """Allow plain http: a real certificate for a public name cannot be had here."""

    def ask(self, request):
        return super().ask(replace(request, policy=replace(request.policy, allow_http=True)))
