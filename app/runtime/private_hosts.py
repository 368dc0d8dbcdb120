"""Hosts that are this machine or a private network, in all spellings that resolvers take (api-cases.md C-01, C-02)."""

from __future__ import annotations

import ipaddress
import re
import socket

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NUMBERS = re.compile(r"[0-9a-fx.]+", re.IGNORECASE)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_private(host: str) -> bool:
    """This machine, or a network that is not the internet. A name is not asked for: who connects to it does."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = address_of(name)
    return address is not None and not is_public(address)


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the internet's own, for one receiver."""
    return address.is_global and not address.is_multicast


def address_of(host: str) -> IpAddress | None:
    """The address that a text is by itself, the one inside where it holds another; None for a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return _old_spelling(host)
    if isinstance(address, ipaddress.IPv6Address):
        in_nat64 = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        return address.ipv4_mapped or address.sixtofour or in_nat64 or address
    return address


def _old_spelling(host: str) -> ipaddress.IPv4Address | None:
    """`2130706433`, `0x7f.1`, `127.1`: what inet_aton(3) reads as an address."""
    if not _NUMBERS.fullmatch(host):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
