"""The driver's section of the gateway's file, checked before anything is opened."""

from ipaddress import ip_address, ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.driver import DriverSettings
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.gbt26875.device import Rules
from gateway.drivers.gbt26875.dialogue import Patience
from gateway.drivers.gbt26875.frame import Address
from gateway.drivers.gbt26875.naming import DeviceKey
from gateway.drivers.gbt26875.profile import STANDARD, Profile, profile_named
from gateway.drivers.options import Options, checked_options
from gateway.errors import BadSettings

_MOST_ADDRESS = 0xFFFF_FFFF_FFFF


def _checked_listener(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise ValueError(f"{text!r} is not of the form host:port")
    ip_address(host.strip("[]"))
    return text


def _checked_key(key: str | int) -> str:
    text = str(key)
    if text.isdecimal():
        if not 1 <= int(text) <= _MOST_ADDRESS:
            raise ValueError(f"{text} is no address of six bytes")
        return str(int(text))
    return str(ip_address(text))


def _checked_network(text: str) -> str:
    return str(ip_network(text))


Listener = Annotated[str, AfterValidator(_checked_listener)]


class DeviceSection(Options):
    """A transmission device that should be heard."""

    address: Annotated[str | int, AfterValidator(_checked_key)] = Field(
        description="its address as a number; its host where it sends no address"
    )
    profile: str = Field(default=STANDARD, description="how it departs from the standard")
    hosts: list[Annotated[str, AfterValidator(_checked_network)]] = Field(
        default=[],
        description="hosts or networks it speaks from; from elsewhere it raises alarms and ends none",
    )


class CentreOptions(Options):
    """Options of the driver."""

    tcp: Listener | None = Field(default=None, description="host:port to listen on")
    udp: Listener | None = Field(default=None, description="host:port to listen on")
    centre_address: int = Field(
        default=1, ge=0, le=_MOST_ADDRESS, description="ours, until a device calls it otherwise"
    )
    allowed: list[Annotated[str, AfterValidator(_checked_network)]] = Field(
        default=[], description="networks that devices may come from; empty: any"
    )
    devices: list[DeviceSection] = Field(default=[], description="devices that should be heard")
    profiles: dict[str, Profile] = Field(default={}, description="profiles of one's own")
    silence_s: float = Field(
        default=90.0, gt=0, description="a device not heard for so long is silent [s]"
    )
    clock_tolerance_s: float | None = Field(
        default=5.0, gt=0, description="clocks that are off by more are set [s]; null: never"
    )
    asks_state: bool = Field(
        default=False, description="ask a device for its own state when it is first heard"
    )
    resend_after_s: float = Field(default=10.0, gt=0, le=60, description="time for an answer [s]")
    resends: int = Field(default=3, ge=0, le=10, description="how often something is asked again")
    most_connections: int = Field(default=1000, ge=1, le=20_000, description="at one time")
    assets: list[AssetAddress] = Field(default=[])

    @model_validator(mode="after")
    def _listens(self) -> Self:
        if self.tcp is None and self.udp is None:
            raise ValueError("say tcp, udp or both: where to listen")
        keys = [device.address for device in self.devices]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"device {', '.join(twice)} stands more than once")
        return self

    @property
    def rules(self) -> Rules:
        """What the centre does by itself."""
        return Rules(
            address=Address(self.centre_address),
            patience=Patience(resend_after_s=self.resend_after_s, resends=self.resends),
            silence_s=self.silence_s,
            clock_tolerance_s=self.clock_tolerance_s,
            asks_state=self.asks_state,
        )

    def device_profiles(self) -> dict[DeviceKey, Profile]:
        """The profile of each device. Raises BadSettings for one that nobody knows."""
        return {
            DeviceKey(str(device.address)): profile_named(device.profile, self.profiles)
            for device in self.devices
        }

    def device_hosts(self) -> dict[DeviceKey, list[str]]:
        """Where each device speaks from, of those for which it is said."""
        return {DeviceKey(str(one.address)): one.hosts for one in self.devices if one.hosts}


def checked_centre(settings: DriverSettings) -> CentreOptions:
    """The driver's options.

    Raises:
        BadSettings: Names each field that is wrong.
    """
    options = checked_options(CentreOptions, settings)
    try:
        options.device_profiles()
    except BadSettings as error:
        raise BadSettings(f"driver {settings.name!r}: {error}") from error
    return options


def place_of(listener: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = listener.rpartition(":")
    return host.strip("[]"), int(port)
