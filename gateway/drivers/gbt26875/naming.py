"""Which asset a device speaks of: addresses of the configuration file to asset codes.

An address reads `device`, `device/system` or `device/system/part`, such as `889`, `889/1.1` (type
and address of the system) and `889/1.1/10-2` (the part as its profile shows it). An asset that is
measured by several parts names them all, each with its metric: `889/16.1/1-1=temp_1 889/16.1/1-2=temp_2`.
What no address names is an asset all the same, called by its address.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NewType

from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.gbt26875.profile import PartAddress
from gateway.drivers.gbt26875.text import read_part

DeviceKey = NewType("DeviceKey", str)
"""A transmission device: its address as a number, or its host where it sends no address."""
_MOST_KNOWN: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An asset that a device speaks of.

    Attributes:
        asset_class: As the configuration file says; empty when it does not name the asset.
        metric: The metric that this part measures, where the file says it.
        sources: How many addresses speak of the asset.
    """

    code: str
    asset_class: str = ""
    metric: str = ""
    sources: int = 1


def names_of(assets: Iterable[AssetAddress]) -> dict[str, Named]:
    """Address to asset, for every address of the configuration file."""
    found: dict[str, Named] = {}
    for asset in assets:
        words = (asset.address or asset.code).split()
        for word in words:
            address, _, metric = word.partition("=")
            found[address] = Named(
                code=asset.code, asset_class=asset.asset_class, metric=metric, sources=len(words)
            )
    return found


class Naming:
    """The assets of one device."""

    def __init__(self, device: DeviceKey, names: Mapping[str, Named], form: PartAddress) -> None:
        self._device = device
        self._names = names
        self._form = form
        self._known: dict[tuple[int, ...], Named] = {}
        self.device = self._named(str(device))

    @property
    def kept(self) -> int:
        """How many addresses are remembered."""
        return len(self._known)

    def forget(self) -> None:
        """Look every address up anew."""
        self._known.clear()

    def system(self, system_type: int, system_addr: int) -> Named:
        """A fire-protection system."""
        return self._of((system_type, system_addr))

    def part(self, system_type: int, system_addr: int, part_addr: int) -> Named:
        """A part of a system."""
        return self._of((system_type, system_addr, part_addr))

    def _of(self, place: tuple[int, ...]) -> Named:
        found = self._known.get(place)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[place] = self._named(self._address(place))
        return found

    def _address(self, place: tuple[int, ...]) -> str:
        system_type, system_addr, *part = place
        system = f"{self._device}/{system_type}.{system_addr}"
        return f"{system}/{read_part(part[0], self._form)}" if part else system

    def _named(self, address: str) -> Named:
        return self._names.get(address) or Named(code=address)
