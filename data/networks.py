"""Networks: where requests come from, from homes to exit nodes, some shared by thousands.

Mobile carriers, anonymising services and hosting companies have few networks
with many people in each; homes and offices have many with few. The pools grow
with the number of customers, so that a large world is not a more crowded one.
They are functions of the seed: nothing is kept in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from data.dice import Dice
from data.places import Place
from features.blocks import Ip, NetworkType

#: Sign-ups for each /24 network of a country, over the whole history.
CROWD: Mapping[NetworkType, float] = {
    "residential": 1.6,
    "mobile": 45.0,
    "business": 0.8,
    "hosting": 30.0,
    "vpn": 30.0,
    "tor": 20.0,
    "public_proxy": 12.0,
}
#: Share of all customers that come from each type, for the size of its pool.
_TRAFFIC: Mapping[NetworkType, float] = {
    "residential": 0.52,
    "mobile": 0.17,
    "business": 0.22,
    "hosting": 0.02,
    "vpn": 0.05,
    "tor": 0.003,
    "public_proxy": 0.005,
}
_SHARES = 100.0
_FIRST_OCTETS = tuple(octet for octet in range(11, 224) if octet != 127)


class Networks:
    """The networks of one world.

    >>> from data.places import PLACES
    >>> net = Networks(seed=7, customers=1000)
    >>> net.connection(Dice(1), PLACES[0], "vpn").country
    'US'
    """

    def __init__(self, seed: int, customers: int) -> None:
        self._seed = seed
        self._customers = customers

    def connection(self, dice: Dice, place: Place, type: NetworkType) -> Ip:
        """An address in a network of this type; what enrichment cannot tell stays unknown."""
        if type in ("residential", "mobile") and dice.chance(0.1):
            return Ip(address=_version_6(dice), country=place.country, network_type=type)
        # A proxy on somebody's home router sits among the homes of its country.
        base: NetworkType = "residential" if type in ("residential_proxy", "unknown") else type
        crowd = self._customers * place.share / _SHARES * _TRAFFIC[base] / CROWD[base]
        network = self._network(base, place.country, dice.randrange(max(2, round(crowd))))
        address = f"{network}.{dice.randrange(1, 255)}"
        told = None if type == "unknown" else type
        return Ip(address=address, country=place.country, network_type=told)

    def beside(self, dice: Dice, ip: Ip) -> Ip:
        """Another address of the same network."""
        if ":" in ip.address:
            return ip
        address = f"{ip.address.rpartition('.')[0]}.{dice.randrange(1, 255)}"
        return Ip(address=address, country=ip.country, network_type=ip.network_type)

    def _network(self, type: str, country: str, index: int) -> str:
        name = f"{self._seed}/{type}/{country}/{index}".encode()
        first, second, third = hashlib.blake2b(name, digest_size=3).digest()
        return f"{_FIRST_OCTETS[first % len(_FIRST_OCTETS)]}.{second}.{third}"


def _version_6(dice: Dice) -> str:
    household = dice.getrandbits(48)
    return (
        f"2a02:{household >> 32 & 0xFFFF:x}:{household >> 16 & 0xFFFF:x}"
        f":{household & 0xFFFF:x}::{dice.randrange(2, 0xFFFF):x}"
    )
