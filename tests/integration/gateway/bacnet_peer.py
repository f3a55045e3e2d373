"""A BACnet/IP device with a lift and an escalator: bacpypes3, in a loop of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bacpypes3.basetypes import StatusFlags
from bacpypes3.ipv4.app import NormalApplication
from bacpypes3.local.cov import COVDetection
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.object import Object
from bacpypes3.object import EscalatorObject, LiftObject
from bacpypes3.pdu import IPv4Address
from bacpypes3.primitivedata import ObjectIdentifier
from bacpypes3.service.cov import ChangeOfValueServices


class Criteria(COVDetection):
    """Tells of the passengers' alarm, as clause 13.1 does for lifts."""

    properties_tracked = ("passengerAlarm", "statusFlags")
    properties_reported = ("passengerAlarm", "statusFlags")


class Lift(Object, LiftObject):
    """A lift that tells of changes."""

    _cov_criteria = Criteria


class Escalator(Object, EscalatorObject):
    """An escalator that is only read."""


class Application(NormalApplication, ChangeOfValueServices):
    """A device that answers what it is asked, and tells of changes."""


class Device:
    """The device; objects are changed through `do`, in the loop that they live in."""

    def __init__(self, port: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.lift: Any = None
        self._port = port
        self._ready, self._end = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: self.loop.run_until_complete(self._serve()))

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    def do(self, change: Callable[[], None]) -> None:
        done = threading.Event()

        def run() -> None:
            change()
            done.set()

        self.loop.call_soon_threadsafe(run)
        assert done.wait(5)

    async def _serve(self) -> None:
        name = DeviceObject(
            objectIdentifier=ObjectIdentifier("device,1001"),
            objectName="lifts",
            vendorIdentifier=999,
            maxApduLengthAccepted=1476,
            segmentationSupported="noSegmentation",
            protocolVersion=1,
            protocolRevision=22,
        )
        application = Application(name, IPv4Address(f"127.0.0.1:{self._port}"))
        self.lift = Lift(
            objectIdentifier=ObjectIdentifier("lift,1"),
            objectName="L1",
            statusFlags=StatusFlags([]),
            elevatorGroup=ObjectIdentifier("elevatorGroup,1"),
            groupID=1,
            installationID=1,
            carPosition=7,
            carMovingDirection="up",
            carDoorStatus=["closed", "closed"],
            carDoorZone=False,
            carMode="normal",
            carLoad=320.0,
            carLoadUnits="kilograms",
            passengerAlarm=False,
            outOfService=False,
            faultSignals=[],
        )
        escalator = Escalator(
            objectIdentifier=ObjectIdentifier("escalator,2"),
            objectName="E2",
            statusFlags=StatusFlags([]),
            elevatorGroup=ObjectIdentifier("elevatorGroup,1"),
            groupID=1,
            installationID=2,
            operationDirection="downRatedSpeed",
            escalatorMode="down",
            passengerAlarm=False,
            outOfService=False,
            faultSignals=["combPlateFault"],
        )
        for one in (self.lift, escalator):
            application.add_object(one)
        await asyncio.sleep(0)
        self._ready.set()
        await self._end.wait()
        application.close()
        await asyncio.sleep(0.05)


@contextmanager
def running_device(port: int) -> Iterator[Device]:
    """The device until the end of the block."""
    device = Device(port)
    device.start()
    try:
        yield device
    finally:
        device.stop()
        device.loop.close()
