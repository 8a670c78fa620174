"""Which addresses may be opened."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ConnectionFailedError, UnsafeAddressError
from clipaudio.http.address import address_problem, is_loopback, resolve, system_resolver

NEVER = [
    "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
    "64:ff9b:1::7f00:1",  # local NAT64
    "64:ff9b:1::808:808",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2002:808:808::",
    "::127.0.0.1",  # IPv4-compatible
    "::8.8.8.8",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "ff0e::1",
    "fec0::1",  # old site-local
    "192.88.99.1",  # 6to4 relay
    "192.0.0.8",
    "192.0.0.9",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "168.63.129.16",  # the host agent of Azure
    "::ffff:168.63.129.16",
    "64:ff9b::a83f:8110",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:c1::a9fe:a9fe",
    "fd00:42::42",
    "fd00:a9fe:a9fe::1",
    "100.64.0.1",
    "100.100.100.200",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::ffff:0.0.0.0",
    "fe80::1",
    "fe80::1%1",
    "198.18.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "240.0.0.1",
    "255.255.255.255",
    "2001::1",  # Teredo
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "3fff::1",
    "100::1",  # discard
    "5f00::1",
    "4000::1",
]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.1.1.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "fc00::1",
    "fd12:3456::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("allow_private", [False, True])
def test_special_addresses_are_refused_whatever_is_allowed(address, allow_private):
    assert address_problem(address, allow_private=allow_private)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_opened_only_by_choice(address):
    assert address_problem(address) in {"loopback", "private"}
    assert address_problem(address, allow_private=True) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_opened(address):
    assert address_problem(address) is None


def test_text_that_is_no_address_is_refused():
    assert address_problem("localhost", allow_private=True) == "not an address"


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself(address):
    mapped = f"::ffff:{address}"
    assert address_problem(mapped) == address_problem(str(address))
    assert address_problem(str(ipaddress.IPv6Address((0x64FF9B << 96) + int(address)))) == address_problem(str(address))


@given(st.ip_addresses())
def test_nothing_is_opened_that_the_standard_library_calls_private(address):
    embeds = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    if not embeds and address_problem(str(address)) is None:
        closed = [address.is_private, address.is_multicast, address.is_loopback, address.is_link_local]
        assert not any(closed)


def answering(*addresses):
    """Make a resolver that gives *addresses*."""
    return lambda _host, port: [
        (socket.AF_INET6, (one, port, 0, 0)) if ":" in one else (socket.AF_INET, (one, port)) for one in addresses
    ]


@pytest.mark.parametrize("bad", ["169.254.169.254", "127.0.0.1", "::1"])
def test_one_bad_answer_among_good_ones_refuses_the_name(bad):
    with pytest.raises(UnsafeAddressError, match=r"'clips.example' leads to .*; only public addresses") as caught:
        resolve("clips.example", 443, resolver=answering("1.1.1.1", bad))
    assert caught.value.address == bad


@pytest.mark.parametrize("text", ["0x7f.1", "2130706433", "127.1", "0177.0.0.1", "127.0.0.1"])
def test_each_spelling_of_loopback_is_refused(text):
    try:
        system_resolver(text, 443)
    except OSError:
        pytest.skip(f"the resolver of this machine does not know {text}")
    with pytest.raises(UnsafeAddressError, match=r"leads to 127.0.0.1, which is loopback"):
        resolve(text, 443)


def test_private_answers_are_marked():
    found = resolve("mixed.example", 80, allow_private=True, resolver=answering("1.1.1.1", "127.0.0.1"))
    assert [one.is_private for one in found] == [False, True]


def test_a_name_without_an_address_fails_with_the_name():
    with pytest.raises(ConnectionFailedError, match=r"'clips.example' resolves to no address"):
        resolve("clips.example", 443, resolver=answering())


@pytest.mark.parametrize("problem", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
def test_a_name_that_does_not_resolve_fails_with_the_reason(problem):
    def failing(_host, _port):
        raise problem

    with pytest.raises(ConnectionFailedError, match=r"'clips.example' does not resolve"):
        resolve("clips.example", 443, resolver=failing)


def test_loopback_is_known_by_its_spelling():
    assert is_loopback("LOCALHOST")
    assert is_loopback("127.9.9.9")
    assert not is_loopback("127.0.0.1.example.com")
    assert not is_loopback("10.0.0.1")


@pytest.mark.parametrize(("text", "advice"), [("10.0.0.1", True), ("169.254.169.254", False), ("224.0.0.1", False)])
def test_only_what_a_permission_would_open_is_said_to_need_it(text, advice):
    with pytest.raises(UnsafeAddressError, match=f"leads to {text}") as caught:
        resolve("clips.example", 443, resolver=answering(text))
    assert ("pass allow_private" in str(caught.value)) is advice
