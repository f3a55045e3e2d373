"""How a make of device departs from the standard, as data: `profiles.yaml` of this folder.

A profile of one's own stands in the gateway's file under `profiles`, with the same keys.
"""

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, Field

from gateway.drivers.gbt26875.calendar_time import TimeCoding
from gateway.drivers.gbt26875.frame import Checksum
from gateway.drivers.options import Options, checked
from gateway.errors import BadSettings

Byte = Annotated[int, Field(ge=0, le=255)]
Hex = Annotated[str, AfterValidator(lambda text: bytes.fromhex(text).hex())]
"""Bytes as hexadecimal digits, in one way of writing."""
STANDARD: Final = "standard"


class PartAddress(StrEnum):
    """How the four bytes of a part's address are shown to people."""

    ZONE_POINT = "zone_point"
    """Two numbers of two bytes, the lowest byte first: zone or loop, then point."""
    NUMBER = "number"
    """One number, the lowest byte first."""
    HEX = "hex"
    """The bytes as they stand."""


class Quantity(Options):
    """What an analogue value is (table 6), or what a vendor makes of its number."""

    unit: str
    scale: float = Field(default=1.0, description="value = counts x scale + offset [unit]")
    offset: float = 0.0
    signed: bool = True


class Profile(Options):
    """What to expect of a device. The defaults are the standard's."""

    checksum: Checksum | None = Field(
        default=None,
        description="form of the sum in frames to the device; absent: as the device sums",
    )
    time: TimeCoding = Field(default=TimeCoding.BINARY, description="binary or bcd")
    main_version: Byte | None = Field(
        default=None, description="in frames to the device; absent: as the device writes it"
    )
    user_version: Byte | None = Field(
        default=None, description="in frames to the device; absent: as the device writes it"
    )
    part_address: PartAddress = Field(
        default=PartAddress.ZONE_POINT, description="zone_point, number or hex"
    )
    test_bit: bool = Field(
        default=False,
        description="whether bit 0 = 0 means a test; many devices never set it, alarms included",
    )
    heartbeat_answers: dict[Hex, Hex] = Field(
        default={"16": "17"}, description="unit of a heartbeat to unit of its answer [hex]"
    )
    harmless_types: list[Byte] = Field(
        default=[], description="a vendor's own type flags that are known to carry no alarm"
    )
    quantities: dict[Byte, Quantity] = Field(
        default={}, description="analogue types that differ from the standard's"
    )

    def quantity(self, number: int) -> Quantity | None:
        """Unit and scale of an analogue type; None when nobody says."""
        return self.quantities.get(number) or TABLE_6.get(number)


TABLE_6: Final = {
    1: Quantity(unit="件"),
    2: Quantity(unit="m", scale=0.01),
    3: Quantity(unit="degC", scale=0.1),
    4: Quantity(unit="MPa", scale=0.1),
    5: Quantity(unit="kPa", scale=0.1),
    6: Quantity(unit="%LEL", scale=0.1),
    7: Quantity(unit="s"),
    8: Quantity(unit="V", scale=0.1),
    9: Quantity(unit="A", scale=0.1),
    10: Quantity(unit="L/s", scale=0.1),
    11: Quantity(unit="m3/min", scale=0.1),
    12: Quantity(unit="m/s"),
}
"""Analogue types of the standard. Type 4 counts in 0.1 MPa: too coarse for hydrant limits."""


@cache
def shipped_profiles() -> dict[str, Profile]:
    """The profiles that come with the driver."""
    text = files(__package__).joinpath("profiles.yaml").read_text(encoding="utf-8")
    return {
        name: checked(Profile, values or {}, f"profile {name}")
        for name, values in yaml.safe_load(text).items()
    }


def profile_named(name: str, own: dict[str, Profile]) -> Profile:
    """The profile of that name; one's own come first.

    Raises:
        BadSettings: There is none.
    """
    known = shipped_profiles() | own
    if name not in known:
        raise BadSettings(f"there is no profile {name!r}; there are {', '.join(sorted(known))}")
    return known[name]


def value_of(raw: int, quantity: Quantity) -> float:
    """The measured value [unit]; `raw` is a signed 16-bit number as `struct` reads it."""
    counts = raw if quantity.signed else raw & 0xFFFF
    return round(counts * quantity.scale + quantity.offset, 6)
