"""Reading Lift and Escalator objects over BACnet/IP: polled, and told of changes where they can.

A notification is a hint as well as news: its conditions are taken at once, and the object is read anew.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import SystemRandom
from threading import Event as StopFlag
from typing import Self

import structlog
from pydantic import Field, model_validator

from gateway import clock
from gateway.driver import Counted, Driver, DriverSettings, Sink
from gateway.drivers.asset_option import AssetAddress
from gateway.drivers.bacnet.apdu import (
    Changed,
    Incoming,
    ObjectId,
    Properties,
    Refused,
    Values,
    confirm,
    decode,
    invoke_numbers,
    read_multiple,
    read_one,
    subscribe,
)
from gateway.drivers.bacnet.lift import WANTED, Machine, ObjectKind, kind_of_class
from gateway.drivers.options import Options, checked_options
from gateway.drivers.turn import Turn
from gateway.errors import BadFrame, DriverFailed

_TRIES = 2
_TURN_S = 0.5
_MOST_BYTES = 1500
_AGAIN_S = 600.0
"""A device that takes no subscription is asked for one again after this [s]."""
_NOISE = SystemRandom()
_LOG = structlog.get_logger(__name__)
_PLACE = r"^\d{1,3}(\.\d{1,3}){3}:\d{1,5}$"


class MachineOptions(Options):
    """One lift or escalator."""

    asset: str = Field(min_length=1, max_length=64)
    device: str = Field(pattern=_PLACE, description="address:port of the device")
    object: str = Field(pattern=r"^(lift|escalator):\d{1,7}$", description="lift:1, escalator:2")
    first_floor: int = Field(default=1, ge=-20, le=250, description="floor of car position 1")


class BacnetOptions(Options):
    """Options of the driver."""

    listen: str = Field(default="0.0.0.0:47808", pattern=_PLACE, description="our address:port")
    poll_s: float = Field(default=5.0, gt=0, le=3600, description="pause between two looks")
    timeout_s: float = Field(default=1.0, gt=0, le=30, description="longest wait for an answer")
    lifetime_s: int = Field(default=300, ge=10, le=28_800, description="of a subscription")
    machines: list[MachineOptions] = Field(min_length=1, max_length=1000)
    assets: list[AssetAddress] = Field(default=[])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        codes = [one.asset for one in self.machines]
        if len(set(codes)) < len(codes):
            raise ValueError("an asset stands at two objects")
        kinds = {one.asset: _kind(one) for one in self.machines}
        for asset in self.assets:
            if kind_of_class(asset.asset_class) is not kinds.get(asset.code):
                raise ValueError(f"asset {asset.code}: no object of class {asset.asset_class}")
        return self


OPTIONS = BacnetOptions


@dataclass(slots=True, kw_only=True)
class _Seat:
    """A machine, where it is, and when it is asked next."""

    machine: Machine
    of: ObjectId
    address: tuple[str, int]
    turn: Turn
    subscribe_s: float = 0.0
    takes_many: bool = True
    is_out: bool = False


def open_driver(settings: DriverSettings) -> Driver:
    """The BACnet driver. Raises BadSettings."""
    return Bacnet(settings.name, checked_options(BacnetOptions, settings))


class Bacnet:
    """Asks every machine in turn, and listens in between."""

    def __init__(self, name: str, options: BacnetOptions) -> None:
        self._name = name
        self._options = options
        self._seats = [_seat(one, options) for one in options.machines]
        self._numbers = invoke_numbers()
        self._told: set[tuple[str, str]] = set()

    def run(self, sink: Sink, stop: StopFlag) -> None:
        """Ask until told to stop. Raises DriverFailed when the port cannot be used."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
            try:
                port.bind(_address(self._options.listen))
                while not stop.is_set():
                    self._round(port, sink, stop)
            except (OSError, OverflowError) as error:
                for seat in self._seats:
                    self._absent(seat, sink)
                raise DriverFailed(f"{self._options.listen}: {error}") from error

    def _round(self, port: socket.socket, sink: Sink, stop: StopFlag) -> None:
        for seat in self._seats:
            if seat.turn.due_s <= clock.steady_s() and not stop.is_set():
                self._look(port, seat, sink)
        first_s = min(seat.turn.due_s for seat in self._seats)
        wait_s = min(max(first_s - clock.steady_s(), 0.0), _TURN_S)
        self._receive(port, sink, clock.steady_s() + wait_s, lambda _from, _what: False)

    def _look(self, port: socket.socket, seat: _Seat, sink: Sink) -> None:
        found = self._read(port, seat, sink)
        if not found:
            self._absent(seat, sink)
            return
        look = seat.machine.read(found, clock.now_ms())
        seat.is_out = not look.conditions
        sink.conditions(look.conditions)
        sink.sample(look.sample, seat.machine.asset_class)
        if seat.turn.answered(clock.steady_s()):
            seat.subscribe_s = 0.0  # It may have begun anew and forgotten us.
        self._subscribe(port, seat, sink)

    def _read(self, port: socket.socket, seat: _Seat, sink: Sink) -> Properties:
        wanted = WANTED[seat.machine.kind]
        if seat.takes_many:
            answer = self._ask(port, seat, sink, partial(read_multiple, of=seat.of, wanted=wanted))
            if isinstance(answer, Values):
                return answer.properties
            if answer is None:
                return {}
            seat.takes_many = False
        found: Properties = {}
        for one in wanted:
            answer = self._ask(port, seat, sink, partial(read_one, of=seat.of, wanted=one))
            if answer is None:
                return found
            if isinstance(answer, Values):
                found |= answer.properties
        # Nothing at all: the object may be missing; asking for many at once says the same faster.
        seat.takes_many = not found
        return found

    def _subscribe(self, port: socket.socket, seat: _Seat, sink: Sink) -> None:
        if seat.subscribe_s > clock.steady_s():
            return
        lifetime_s = self._options.lifetime_s
        process = self._seats.index(seat) + 1
        question = partial(subscribe, of=seat.of, process=process, lifetime_s=lifetime_s)
        answer = self._ask(port, seat, sink, question)
        is_taken = answer is not None and not isinstance(answer, Refused)
        seat.subscribe_s = clock.steady_s() + (lifetime_s / 2 if is_taken else _AGAIN_S)

    def _ask(
        self, port: socket.socket, seat: _Seat, sink: Sink, question: Callable[[int], bytes]
    ) -> Incoming | None:
        """The answer to a question; None when there was none."""
        for _ in range(_TRIES):
            number = next(self._numbers)
            try:
                port.sendto(question(number), seat.address)
            except (OSError, OverflowError) as error:
                # One address that cannot be reached is no trouble of the others.
                self._complain(seat.machine.asset, str(error))
                sink.count(Counted.UNANSWERED)
                return None
            answers: list[Incoming] = []

            def is_mine(
                sender: tuple[str, int],
                what: Incoming,
                number: int = number,
                answers: list[Incoming] = answers,
            ) -> bool:
                if sender != seat.address or isinstance(what, Changed) or what.invoke != number:
                    return False
                answers.append(what)
                return True

            self._receive(port, sink, clock.steady_s() + self._options.timeout_s, is_mine)
            if answers:
                self._note(answers[0], seat, sink)
                return answers[0]
            sink.count(Counted.UNANSWERED)
        return None

    def _note(self, answer: Incoming, seat: _Seat, sink: Sink) -> None:
        if isinstance(answer, Refused):
            sink.count(Counted.REFUSED)
            self._complain(seat.machine.asset, answer.reason)
        else:
            sink.count(Counted.FRAMES)

    def _receive(
        self,
        port: socket.socket,
        sink: Sink,
        until_s: float,
        is_last: Callable[[tuple[str, int], Incoming], bool],
    ) -> None:
        """Take what comes until a time, or until the message that was waited for."""
        while True:
            port.settimeout(max(until_s - clock.steady_s(), 0.001))
            try:
                datagram, sender = port.recvfrom(_MOST_BYTES)
                what = decode(datagram)
            except TimeoutError:
                return
            except ConnectionError:
                what = None  # Somebody's port is closed; who it is will be found out by silence.
            except BadFrame as error:
                what = None
                sink.count(Counted.REFUSED)
                self._complain(sender[0], error.reason)
            if isinstance(what, Changed):
                self._take_change(port, what, sender, sink)
            elif what is not None and is_last(sender, what):
                return
            if clock.steady_s() >= until_s:
                return

    def _take_change(
        self, port: socket.socket, what: Changed, sender: tuple[str, int], sink: Sink
    ) -> None:
        for seat in self._seats:
            if seat.address == sender and seat.of == what.of:
                sink.count(Counted.FRAMES)
                if not seat.is_out:
                    told = seat.machine.read(what.properties, clock.now_ms()).conditions
                    # What is over is left to the reading that follows: it sees all properties.
                    sink.conditions([one for one in told if one.state == "raise"])
                seat.turn.due_s = clock.steady_s()
        if what.invoke is not None:
            with suppress(OSError):
                port.sendto(confirm(what.invoke), sender)

    def _complain(self, who: str, reason: str) -> None:
        if (who, reason[:20]) not in self._told and len(self._told) < 1000:
            self._told.add((who, reason[:20]))
            _LOG.warning("answer", driver=self._name, of=who, reason=reason)

    def _absent(self, seat: _Seat, sink: Sink) -> None:
        """Say once that nothing is known of the machine any more; then it falls silent."""
        seat.subscribe_s = 0.0
        if seat.turn.unanswered(clock.steady_s(), _NOISE.random()):
            _LOG.warning("no answer", driver=self._name, asset=seat.machine.asset)
            sink.sample(seat.machine.absent(clock.now_ms()), seat.machine.asset_class)


def _seat(one: MachineOptions, options: BacnetOptions) -> _Seat:
    kind = _kind(one)
    return _Seat(
        machine=Machine(asset=one.asset, kind=kind, first_floor=one.first_floor),
        of=ObjectId(kind, int(one.object.split(":")[1])),
        address=_address(one.device),
        turn=Turn(options.poll_s),
    )


def _kind(one: MachineOptions) -> ObjectKind:
    return ObjectKind[one.object.split(":")[0].upper()]


def _address(place: str) -> tuple[str, int]:
    host, port = place.rsplit(":", 1)
    return host, int(port)
