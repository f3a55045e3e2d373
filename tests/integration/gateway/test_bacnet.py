"""The BACnet driver and a device of bacpypes3: polled, told of changes, gone and back."""

from gateway.driver import Driver, DriverSettings
from gateway.drivers.bacnet.link import open_driver
from tests.contract.drivers.notebook import Notebook, running
from tests.integration.gateway.bacnet_peer import running_device
from tests.integration.gateway.conftest import eventually
from towerwatch.process import free_port


def driver(port: int, poll_s: float) -> Driver:
    device = f"127.0.0.1:{port}"
    options = {
        "listen": f"127.0.0.1:{free_port()}",
        "poll_s": poll_s,
        "timeout_s": 0.3,
        "machines": [
            {"asset": "L-1", "device": device, "object": "lift:1"},
            {"asset": "E-2", "device": device, "object": "escalator:2"},
        ],
    }
    return open_driver(DriverSettings(name="b", driver="bacnet", options=options))


def value(sink: Notebook, asset: str, name: str) -> float | None:
    return (sink.last(asset) or {}).get(name)


def test_a_lift_is_polled_and_falls_silent_and_comes_back() -> None:
    port, sink = free_port(), Notebook()
    with running(driver(port, 0.1), sink):
        with running_device(port) as device:
            eventually(lambda: value(sink, "L-1", "floor") == 7.0)
            eventually(lambda: ("E-2", "escalator_safety_open", "raise") in sink.said())
            assert value(sink, "E-2", "direction") == -1.0
            device.do(
                lambda: setattr(device.lift, "faultSignals", ["carStoppedOutsideLandingZone"])
            )
            eventually(lambda: ("L-1", "stop_outside_door_zone", "raise") in sink.said())
        eventually(lambda: sink.samples[-1][0].values.get("floor", 1) is None, 20)
        assert ("L-1", "stop_outside_door_zone", "clear") not in sink.said()
        with running_device(port):
            eventually(lambda: ("L-1", "stop_outside_door_zone", "clear") in sink.said(), 20)


def test_a_change_is_told_long_before_the_next_poll() -> None:
    port, sink = free_port(), Notebook()
    with running_device(port) as device, running(driver(port, 60.0), sink):
        eventually(lambda: value(sink, "L-1", "floor") == 7.0)
        eventually(lambda: len([one for one, _ in sink.samples if one.asset == "L-1"]) >= 2)
        device.do(lambda: setattr(device.lift, "carPosition", 3))
        device.do(lambda: setattr(device.lift, "passengerAlarm", True))
        eventually(lambda: ("L-1", "car_alarm_button", "raise") in sink.said())
        eventually(lambda: value(sink, "L-1", "floor") == 3.0)
