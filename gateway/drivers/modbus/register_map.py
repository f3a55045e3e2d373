"""Register maps: what stands where in a kind of device, as YAML files of `maps/` or of a site.

A map says metrics with their unit, status bits with their event, and registers that hold a code of
a code system. Its units must be those of the catalogue: the scale brings a register to them.
"""

from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BeforeValidator, Field, model_validator

from gateway.catalogue import EVENT_KINDS
from gateway.code_systems import CodeSystem, load_code_system
from gateway.drivers.modbus.frame import MOST_BITS, MOST_REGISTERS, Block, Function
from gateway.drivers.modbus.value import Kind, Order
from gateway.drivers.options import Options, checked, require_metrics
from gateway.errors import BadSettings

_EVENTS = frozenset(kind.name for kind in EVENT_KINDS)


def _function(name: object) -> object:
    return Function[name.upper()] if isinstance(name, str) and name.upper() in _NAMES else name


_NAMES = frozenset(function.name for function in Function)


class Place(Options):
    """Where something stands; addresses count from 0, as on the wire."""

    function: Annotated[Function, BeforeValidator(_function)] = Field(
        description="coils, discrete, holding or input"
    )
    address: int = Field(ge=0, le=0xFFFF)

    @property
    def words(self) -> int:
        """How many registers or bits it takes."""
        return 1


class MetricPlace(Place):
    """A metric: `(register + offset) x scale`, in the unit of the catalogue."""

    type: Kind = Kind.U16
    order: Order = Order.ABCD
    scale: float = Field(default=1.0, description="units of the catalogue per count")
    offset: float = Field(default=0.0, description="added to the register before the scale")
    unit: str = Field(description="must be the unit of the catalogue")
    absent: tuple[float, ...] = Field(default=(), description="counts that mean: no sensor")

    @property
    def words(self) -> int:
        """How many registers or bits it takes."""
        return self.type.words

    @model_validator(mode="after")
    def _fits_its_function(self) -> Self:
        if (self.type is Kind.BIT) != self.function.reads_bits:
            raise ValueError("coils and discrete inputs are of type bit, registers are not")
        return self


class FlagPlace(Place):
    """A status bit: bit 0 is the least significant of the register; coils need no bit."""

    bit: int | None = Field(default=None, ge=0, le=15)
    event: str
    raised_at: int = Field(default=1, ge=0, le=1, description="the bit's value that means: raised")
    text: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.bit is None) != self.function.reads_bits:
            raise ValueError("a register needs a bit, a coil or discrete input has none")
        if self.event not in _EVENTS:
            raise ValueError(f"the catalogue has no event {self.event!r}")
        return self

    @property
    def code(self) -> str:
        """The device's own code of this bit, such as `holding:4:3`."""
        bit = "" if self.bit is None else f":{self.bit}"
        return f"{self.function.name.lower()}:{self.address}{bit}"


class CodePlace(Place):
    """A register that holds one code; another code means that the former condition is over."""

    system: str
    raised_when_unknown: bool = Field(
        default=True, description="a code that is not in the system is an alarm of its own"
    )

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        try:
            is_empty = not self.codes.events
        except BadSettings as error:
            raise ValueError(str(error)) from error
        if is_empty:
            raise ValueError(f"code system {self.system} holds no code")
        if self.function.reads_bits:
            raise ValueError("a code stands in a register")
        return self

    @cached_property
    def codes(self) -> CodeSystem:
        """Its code system, read once: a site's file that is being changed stops no look."""
        return load_code_system(self.system)


class RegisterMap(Options):
    """A kind of device."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,32}$")
    title: str = Field(description="what it is, for people")
    source: str = Field(description="where the map is from, and whether it was tried")
    asset_class: str = Field(alias="class")
    metrics: dict[str, MetricPlace] = Field(default={})
    flags: tuple[FlagPlace, ...] = ()
    codes: tuple[CodePlace, ...] = ()
    largest_gap: int = Field(
        default=8, ge=0, le=100, description="registers nobody asked for that may be read between"
    )
    most_at_once: int = Field(
        default=100, ge=1, le=MOST_REGISTERS, description="most registers asked for at once"
    )

    @model_validator(mode="after")
    def _fits_the_catalogue(self) -> Self:
        units = {name: place.unit for name, place in self.metrics.items()}
        require_metrics(self.asset_class, units)
        if not (self.metrics or self.flags or self.codes):
            raise ValueError("the map reads nothing")
        return self

    @property
    def code_system(self) -> str:
        """Whose the codes of its flags are."""
        return f"modbus:{self.name}"

    def places(self) -> Iterator[Place]:
        """Everything that is read."""
        yield from self.metrics.values()
        yield from self.flags
        yield from self.codes


def blocks(layout: RegisterMap, shift: int = 0) -> list[Block]:
    """The questions that read a whole map, neighbours together.

    Raises:
        ValueError: With this shift an address is none.
    """
    found: list[Block] = []
    spans = sorted(
        (place.function, place.address + shift, place.address + shift + place.words)
        for place in layout.places()
    )
    for function, begin, end in spans:
        last = found[-1] if found else None
        if last is not None and last.function is function and _joins(layout, last, begin, end):
            count = max(last.count, end - last.address)
            found[-1] = Block(function=function, address=last.address, count=count)
        else:
            found.append(Block(function=function, address=begin, count=end - begin))
    return found


def _joins(layout: RegisterMap, last: Block, begin: int, end: int) -> bool:
    most = MOST_BITS if last.function.reads_bits else layout.most_at_once
    gap = begin - (last.address + last.count)
    return gap <= layout.largest_gap and end - last.address <= most


def ready_maps() -> list[str]:
    """Names of the maps that come with the gateway."""
    found = files("gateway.drivers.modbus").joinpath("maps").iterdir()
    return sorted(one.name.removesuffix(".yaml") for one in found if one.name.endswith(".yaml"))


def load_map(name: str) -> RegisterMap:
    """A ready map by its name, or a YAML file by its path.

    Raises:
        BadSettings: It is not there, is not YAML, or says something impossible.
    """
    try:
        if name in ready_maps():
            place = files("gateway.drivers.modbus").joinpath("maps", f"{name}.yaml")
            text = place.read_text(encoding="utf-8")
        else:
            text = Path(name).read_text(encoding="utf-8")
        values = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise BadSettings(
            f"register map {name}: {error}; ready are {', '.join(ready_maps())}"
        ) from error
    return checked(RegisterMap, values, f"register map {name}")
