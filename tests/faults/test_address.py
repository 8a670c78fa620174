"""Urls and names that lead where no clip lives."""

from __future__ import annotations

import socket

import pytest

from clipaudio.errors import ConnectionFailedError, UnsafeAddressError
from clipaudio.http.client import HttpTransport


def leading(*answers):
    """Make a resolver that gives *answers*."""
    return lambda _, port: [
        (socket.AF_INET6, (one, port, 0, 0)) if ":" in one else (socket.AF_INET, (one, port)) for one in answers
    ]


def never(*_):
    """Fail where anything is dialled."""
    raise AssertionError("nothing may be dialled")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "１２７.０.０.１",
        "127。0。0。1",
        "ⓛocalhost",
        "%31%32%37.0.0.1",
        "10.0.0.1",
        "[fd12:3456::1]",
        "169.254.169.254",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
        "[fe80::1%25lo]",
    ],
)
def test_no_spelling_of_an_inside_address_is_opened(trial, host):
    transport = HttpTransport(dial=never)
    url = f"https://{host}{trial.path()}"
    try:
        trial.fails(
            url,
            (UnsafeAddressError, ConnectionFailedError),
            "leads to|understood|resolve|opened",
            transport=transport,
            allow_private=False,
        )
    except UnicodeError:
        pytest.fail("a name nobody can have is an error of clipaudio")


@pytest.mark.parametrize("bad", ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_bad_answer_refuses_the_name(trial, bad, at):
    answers = ["1.1.1.1", "8.8.8.8"]
    answers.insert(at, bad)
    transport = HttpTransport(resolver=leading(*answers), dial=never)
    url = f"https://clips.example{trial.path()}"
    trial.fails(url, UnsafeAddressError, "leads to .*only public", transport=transport, allow_private=False)


def test_a_rebound_name_is_pinned_for_30_seconds_and_refused_afterwards(trial, tls_peer, trusting, wav):
    """DNS rebinding: the first answer is public, every later one is not."""
    asked, dialled = [], []

    def resolver(host, port):
        asked.append(host)
        return [(socket.AF_INET, ("1.1.1.1" if len(asked) == 1 else "127.0.0.1", port))]

    def dial(address, timeout):
        dialled.append(address.socket_address[0])
        return socket.create_connection(("127.0.0.1", tls_peer.port), timeout)

    now = [0.0]
    transport = HttpTransport(resolver=resolver, dial=dial, trust=trusting, clock=lambda: now[0])
    tls_peer.answer(trial.path(), 200, wav())
    url = tls_peer.url(trial.path(), "clips.example")
    assert trial.get(url, transport=transport, allow_private=False).bytes == len(wav())
    assert (asked, dialled) == (["clips.example"], ["1.1.1.1"])
    trial.get(url, transport=transport, allow_private=False)
    assert (asked, dialled) == (["clips.example"], ["1.1.1.1", "1.1.1.1"])
    now[0] = 31.0
    with pytest.raises(UnsafeAddressError, match=r"leads to 127\.0\.0\.1"):
        trial.get(url, transport=transport, allow_private=False)
    assert dialled == ["1.1.1.1", "1.1.1.1"]


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("BÜCHER.Example", "xn--bcher-kva.example"),
        ("clips.example.", "clips.example"),
        ("ＣＬＩＰＳ．example", "clips.example"),
    ],
)
def test_a_name_is_asked_for_and_named_as_the_wire_spells_it(trial, peer, wav, host, asked):
    names = []

    def resolver(name, port):
        names.append(name)
        return [(socket.AF_INET, ("127.0.0.1", port))]

    peer.answer(trial.path(), 200, wav())
    trial.get(f"http://{host}:{peer.port}{trial.path()}", transport=HttpTransport(resolver=resolver))
    assert names == [asked]
    assert peer.requests[0].headers["host"] == f"{asked}:{peer.port}"


def test_a_trailing_dot_does_not_change_the_name_of_the_certificate(trial, tls_peer, trusting, wav):
    tls_peer.answer(trial.path(), 200, wav())
    transport = HttpTransport(trust=trusting, resolver=leading("127.0.0.1"))
    assert trial.get(tls_peer.url(trial.path(), "clips.example."), transport=transport).bytes == len(wav())


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://clips.example:0{}", "port 0"),
        ("https://clips.example:65536{}", "cannot be understood"),
        ("https://clips.example:-1{}", "cannot be understood"),
        ("https://me:password@clips.example{}", "user name or password"),
        ("file:///etc/passwd{}", "scheme 'file'"),
        ("https://{}", "cannot be understood|no host"),
        ("https://clips.example\r\nHost: evil{}", "control characters"),
        ("https://clips.example{}\x00", "control characters"),
        ("https://" + "a" * 64 + ".example{}", "does not resolve|cannot be understood"),
        ("https://a..example{}", "does not resolve|cannot be understood"),
        ("https://.{}", "does not resolve|cannot be understood|no host"),
    ],
)
def test_a_url_that_is_none_is_refused_before_anything_is_asked(trial, url, problem):
    trial.fails(
        url.format(trial.path()),
        (UnsafeAddressError, ConnectionFailedError),
        problem,
        transport=HttpTransport(dial=never),
        allow_private=False,
    )
