"""Which addresses may be connected to: the public internet, and what the operator allows.

The decision is made on the address that is about to be connected to, after every name was resolved,
so that neither spelling nor DNS nor a redirect leads past it. The table is our own: `is_global` of
Python 3.11 holds several translated, documentation and multicast ranges to be public.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]

PORTS = frozenset({80, 443, 8080, 8443})

_CLOSED_V4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT, and the metadata service of one cloud
        "127.0.0.0/8",
        "168.63.129.16/32",  # the host's own services in another cloud
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)

_PUBLIC_V6 = IPv6Network("2000::/3")  # all that is given out so far; everything else is closed
_CLOSED_V6 = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3ffe::/16",
        "3fff::/20",
    )
)

_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def may_connect(host: str, port: int, allow: Networks) -> bool:
    """Whether `host`, an address and never a name, may be connected to on `port`."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    inner = _carried(address)
    if any(each in network for network in allow for each in (address, inner) if each is not None):
        return True
    return port in PORTS and _is_public(address, inner)


def _is_public(address: IPv4Address | IPv6Address, inner: IPv4Address | None) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if inner is not None and not _is_public(inner, None):
        return False
    if address.ipv4_mapped is not None or address in _NAT64:
        return True  # the packets go to the IPv4 address, which was looked at
    return address in _PUBLIC_V6 and not any(address in network for network in _CLOSED_V6)


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which packets for this IPv6 address may be passed on."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    bits = int(address)
    if address in _NAT64 or (bits >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(bits & 0xFFFFFFFF)
    return None
