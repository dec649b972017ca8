from __future__ import annotations

from ipaddress import ip_network

import pytest

from bot.feeds.address_guard import may_connect


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "8.8.8.8",
        "2606:2800:220:1::1",
        "64:ff9b::5db8:d822",
        "::ffff:93.184.216.34",
    ],
)
def test_the_public_internet_is_open(address: str) -> None:
    assert may_connect(address, 443, ())


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",  # IPv4-compatible
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",  # Teredo
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::1",  # 6to4
        "2002:5db8:d822::1",
        "2a00:1450::5efe:7f00:1",  # ISATAP
        "2a00:1450::200:5efe:a00:1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "",
    ],
)
def test_everything_else_is_closed(address: str) -> None:
    assert not may_connect(address, 80, ())


def test_only_web_ports_are_open() -> None:
    assert [port for port in range(65536) if may_connect("8.8.8.8", port, ())] == [
        80,
        443,
        8080,
        8443,
    ]


def test_what_the_operator_allows_is_open_on_any_port_however_it_is_written() -> None:
    allow = (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))
    assert may_connect("127.0.0.1", 40123, allow)
    assert may_connect("::ffff:127.0.0.1", 40123, allow)
    assert may_connect("fd00::5", 5000, allow)
    assert not may_connect("10.0.0.1", 80, allow)
    assert not may_connect("8.8.8.8", 40123, allow)
