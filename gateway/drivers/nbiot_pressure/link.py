"""Uploads over UDP, or as hexadecimal text at the site's broker."""

import socket
from contextlib import suppress
from threading import Event as StopFlag
from typing import Self

import structlog
from pydantic import Field, model_validator

from gateway import clock
from gateway.catalogue import asset_class
from gateway.driver import Counted, Door, Driver, DriverSettings, Sink
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.evidence import Stumbles
from gateway.drivers.nbiot_pressure.codec import START, decode, device_of, from_text
from gateway.drivers.nbiot_pressure.reading import BITS, Memory, unreadable
from gateway.drivers.options import Options, checked_options
from gateway.drivers.site_broker import BrokerOptions, Listening, listen
from gateway.errors import BadFrame, DriverFailed

_MOST_BYTES = 65_535
_TURN_S = 0.5
_MOST_TOLD = 1000
_LOG = structlog.get_logger(__name__)


class HexTopic(BrokerOptions):
    """A broker that carries the frames, such as an operator's or a vendor's."""

    topic: str = Field(default="GIOT-GW/UL/+", description="filter of the uploads")


class PressureOptions(Options):
    """Options of the driver: a UDP port, a broker, or both in two drivers."""

    udp: str | None = Field(default=None, pattern=r"^[^\s:]+:\d{1,5}$", description="address:port")
    mqtt: HexTopic | None = None
    answer: str = Field(
        default="", pattern=r"^([0-9a-fA-F]{2})*$", description="hex sent back after each upload"
    )
    default_class: str = Field(default="fire_water", description="of terminals not listed")
    assets: list[AssetAddress] = Field(default=[])

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.udp is None) == (self.mqtt is None):
            raise ValueError("say either udp or mqtt")
        strange = {self.default_class, *(one.asset_class for one in self.assets)} - BITS.keys()
        if strange:
            raise ValueError(f"no pressure terminal is of class {', '.join(sorted(strange))}")
        return self


OPTIONS = PressureOptions


def open_driver(settings: DriverSettings) -> Driver:
    """The driver of pressure terminals. Raises BadSettings."""
    return NbiotPressure(settings.name, checked_options(PressureOptions, settings))


class NbiotPressure:
    """Takes uploads of any number of terminals."""

    def __init__(self, name: str, options: PressureOptions) -> None:
        self._name = name
        self._stumbles = Stumbles(name)
        self._options = options
        self._assets = {one.address or one.code: one for one in options.assets}
        self._memory = Memory()
        self._told: set[str] = set()

    def doors(self) -> list[Door]:
        """Where uploads come in; at a broker nowhere."""
        if self._options.udp is None:
            return []
        host, port = self._options.udp.rsplit(":", 1)
        return [Door(kind="udp", host=host, port=int(port))]

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Take uploads until told to stop. Raises DriverFailed."""
        if self._options.mqtt is not None:
            wanted = Listening(
                topics=[(self._options.mqtt.topic, 1)],
                take=lambda _topic, payload, _retained: self.take(payload, sink),
                keep=lambda payload, error: self._stumbles.note(payload, error, sink),
            )
            listen(self._options.mqtt, wanted, stop)
        elif self._options.udp is not None:
            self._run_udp(self._options.udp, sink, stop)

    def take(self, payload: bytes, sink: Sink) -> None:
        """Put what an upload says into the sink."""
        try:
            frame = from_text(payload)
            upload = decode(frame)
        except BadFrame as error:
            self._refuse(error, sink)
            return
        asset, kind = self._asset(upload.device)
        reading = self._memory.read(frame, upload, asset, kind, clock.now_ms())
        if reading.is_repeated:
            sink.count(Counted.REPEATED)
            return
        for event in reading.passed:
            sink.event(event)
        sink.conditions(reading.conditions)
        for sample in reading.samples:
            sink.sample(sample, kind)
        self._memory.stored(frame, upload, reading)
        sink.count(Counted.FRAMES)
        for problem in reading.problems:
            self._complain(upload.device, problem)

    def _refuse(self, error: BadFrame, sink: Sink) -> None:
        sink.count(Counted.REFUSED)
        device = device_of(error.raw)
        self._complain(device, error.reason)
        now_ms = clock.now_ms()
        if device:
            asset, _ = self._asset(device)
            said = unreadable(error.raw, asset, error.reason, now_ms)
            sink.conditions(self._memory.unreadable(device, said))
        elif self._options.mqtt is not None or error.raw[:2] == START:
            # Anybody's noise comes over UDP; this is a terminal's, and nobody knows which one's.
            sink.conditions([unreadable(error.raw, self._name, error.reason, now_ms)])

    def _complain(self, device: str, problem: str) -> None:
        if device not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(device)
            _LOG.warning("upload", driver=self._name, device=device, problem=problem)

    def _asset(self, device: str) -> tuple[str, str]:
        known = self._assets.get(device)
        if known is None:
            return device, asset_class(self._options.default_class).name
        return known.code, known.asset_class

    def _run_udp(self, place: str, sink: Sink, stop: StopFlag) -> None:
        host, port = place.rsplit(":", 1)
        answer = bytes.fromhex(self._options.answer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port_of_ours:
            try:
                port_of_ours.bind((host, int(port)))
                port_of_ours.settimeout(_TURN_S)
                while not stop.is_set():
                    try:
                        payload, sender = port_of_ours.recvfrom(_MOST_BYTES)
                    except TimeoutError:
                        continue
                    self.take(payload, sink)
                    if answer:
                        with suppress(OSError):  # Who cannot be answered is no trouble of others.
                            port_of_ours.sendto(answer, sender)
            except (OSError, OverflowError) as error:
                raise DriverFailed(f"{place}: {error}") from error
