"""ChirpStack's events at the site's broker."""

import binascii
import math
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from threading import Event as StopFlag
from typing import Self

import structlog
from pydantic import Field, model_validator

from gateway import clock
from gateway.catalogue import asset_class
from gateway.code_systems import UNKNOWN
from gateway.driver import Counted, Driver, DriverSettings, Sink
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.chirpstack.layout import Layout
from gateway.drivers.chirpstack.shared import SharedConditions
from gateway.drivers.chirpstack.uplink import (
    Joined,
    Kind,
    Logged,
    Memory,
    Status,
    Uplink,
    decode,
    device_of,
    kind_of,
)
from gateway.drivers.evidence import Stumbles
from gateway.drivers.once import OnceInAWhile
from gateway.drivers.options import checked, checked_options
from gateway.drivers.site_broker import BrokerOptions, Listening, listen
from gateway.drivers.telling import Teller
from gateway.drivers.terminal_message import Reader, Rule, readers_of
from gateway.errors import BadFrame
from gateway.sample import Sample
from gateway.wire import MAX_MS, WireEvent

_TOPIC = "up"
_LOG = structlog.get_logger(__name__)


class ChirpstackOptions(BrokerOptions):
    """Options of the driver."""

    application: str = Field(default="+", pattern=r"^[^/#]+$", description="id, or + for all")
    layouts: list[Layout] = Field(default=[], description="devices read by their bytes")
    rules: list[dict[str, object]] = Field(
        default=[], description="devices read from what ChirpStack's own codec made (object.…)"
    )
    assets: list[AssetAddress] = Field(default=[], description="address is the devEui")

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if not self.layouts and not self.rules:
            raise ValueError("there is neither a layout nor a rule")
        return self


OPTIONS = ChirpstackOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The ChirpStack driver. Raises BadSettings."""
    options = checked_options(ChirpstackOptions, settings)
    preset = {
        "topic": _TOPIC,
        "asset_path": "deviceInfo.devEui",
        "time": {"path": "time", "format": "rfc3339"},
    }
    where = f"driver {settings.name!r}"
    rules = [
        checked(Rule, {**preset, **rule}, where, ("rules", place))
        for place, rule in enumerate(options.rules)
    ]
    assets = [one.model_copy(update={"address": one.address.lower()}) for one in options.assets]
    return Chirpstack(settings.name, options, readers_of(settings.name, rules, assets))


class Chirpstack:
    """Takes the events of any number of devices."""

    def __init__(self, name: str, options: ChirpstackOptions, readers: list[Reader]) -> None:
        self._name = name
        self._stumbles = Stumbles(name)
        self._options = options
        self._readers = readers
        self._teller = Teller(name)
        self._memory = Memory()
        self._shared = SharedConditions(options.layouts)
        self._assets = {one.address.lower(): one for one in options.assets}
        self._told: OnceInAWhile[tuple[str, str, int]] = OnceInAWhile()

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Listen until told to stop. Raises DriverFailed when the connection is lost."""
        topic = f"application/{self._options.application}/device/+/event/+"
        wanted = Listening(
            topics=[(topic, 1)],
            take=lambda topic, payload, _retained: self.take(topic, payload, sink),
            keep=lambda payload, error: self._stumbles.note(payload, error, sink),
        )
        listen(self._options, wanted, stop)

    def take(self, topic: str, payload: bytes, sink: Sink) -> None:
        """Put what an event says into the sink."""
        kind = kind_of(topic)
        if kind is None:
            return
        try:
            event = decode(kind, payload)
        except BadFrame as error:
            sink.count(Counted.REFUSED)
            self._teller.complain(kind, error.reason)
            if kind is Kind.UP:
                self._tell_strange(device_of(topic), payload, ("", 0), sink)
            return
        match event:
            case Uplink():
                self._take_uplink(event, payload, sink)
            case Status():
                self._take_status(event, sink)
            case Joined():
                self._memory.joined(event.device_info.dev_eui)
            case Logged():
                sink.count(Counted.REFUSED)
                self._teller.complain(event.code, f"{event.level} {event.description}")

    def _take_uplink(self, uplink: Uplink, payload: bytes, sink: Sink) -> None:
        place = self._memory.place(uplink)
        if place.is_repeated:
            sink.count(Counted.REPEATED)
            return
        info = uplink.device_info
        data = _bytes(uplink.data)
        at_ms = _time_ms(uplink.time)
        is_read = self._read_object(payload, sink)
        fitting = {
            place: layout
            for place, layout in enumerate(self._options.layouts)
            if data is not None and layout.is_for(info.device_profile_name, uplink.f_port, data)
        }
        if data is not None and fitting:
            is_read |= self._read_bytes(fitting, uplink, data, at_ms, sink)
        if not is_read and uplink.f_port != 0 and data != b"":
            self._tell_strange(
                info.dev_eui, payload, (info.device_profile_name, uplink.f_port), sink
            )
        self._memory.stored(uplink)
        sink.count(Counted.FRAMES)
        if place.lost:
            sink.count(Counted.LOST, place.lost)
            _LOG.warning("uplinks lost", driver=self._name, device=info.dev_eui, lost=place.lost)

    def _read_object(self, payload: bytes, sink: Sink) -> bool:
        is_read = False
        for reader in self._readers:
            reading = reader.read(_TOPIC, payload, clock.now_ms())
            if reading.samples or reading.events or reading.conditions or reading.clears_all:
                self._teller.tell(reader, reading, sink)
                is_read = True
        return is_read

    def _read_bytes(
        self, fitting: Mapping[int, Layout], uplink: Uplink, data: bytes, at_ms: int, sink: Sink
    ) -> bool:
        """Tell what the layouts read; whether they read anything."""
        info = uplink.device_info
        asset = self._asset(info.dev_eui)
        read = {place: list(one.conditions(data, asset, at_ms)) for place, one in fitting.items()}
        profile = info.device_profile_name
        sink.conditions(self._shared.look(info.dev_eui, profile, read, clock.steady_s()))
        heard = [one.rssi for one in uplink.rx_info if one.rssi is not None]
        is_read = any(read.values())
        for layout in fitting.values():
            values = layout.values(data)
            is_read |= any(value is not None for value in values.values())
            if values and heard and asset_class(layout.asset_class).metric("signal") is not None:
                values["signal"] = max(heard)
            if values:
                sink.sample(Sample(asset=asset, at_ms=at_ms, values=values), layout.asset_class)
        return is_read

    def _take_status(self, status: Status, sink: Sink) -> None:
        sink.count(Counted.FRAMES)
        level = status.battery_level
        known = self._assets.get(status.device_info.dev_eui.lower())
        if known is None or level is None or status.battery_level_unavailable:
            return
        if not math.isfinite(level) or asset_class(known.asset_class).metric("battery") is None:
            return
        at_ms = _time_ms(status.time)
        sample = Sample(asset=known.code, at_ms=at_ms, values={"battery": level})
        sink.sample(sample, known.asset_class)

    def _tell_strange(self, device: str, payload: bytes, kind: tuple[str, int], sink: Sink) -> None:
        """An uplink that nothing reads may be an alarm: for each device, profile and port now and then."""
        told = (device, *kind)
        if not self._told.is_due(told, clock.steady_s()):
            return
        sink.event(
            WireEvent(
                asset=self._asset(device) or self._name,
                at=clock.now_ms(),
                event=UNKNOWN,
                state="raise",
                code_system="lorawan",
                code=f"{kind[0][:60]}:{kind[1]}",
                text="没有规则的上行报文",
                raw=payload[:2000].hex(),
            )
        )
        self._told.told(told, clock.steady_s())

    def _asset(self, device: str) -> str:
        known = self._assets.get(device.lower())
        return known.code if known else device[:64]


def _bytes(data: str) -> bytes | None:
    try:
        return b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def _time_ms(time: str) -> int:
    """When the network heard it; now, when it does not say so or its clock is off by a month."""
    now_ms = clock.now_ms()
    try:
        at_ms = round(datetime.fromisoformat(time).timestamp() * 1000)
    except (ValueError, OverflowError):
        return now_ms
    return (
        at_ms if abs(at_ms) <= MAX_MS and -31 * 86_400_000 <= at_ms - now_ms <= 600_000 else now_ms
    )
