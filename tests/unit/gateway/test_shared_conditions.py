"""A layout of a LoRa device does not end what another of its layouts says."""

from gateway.drivers.chirpstack.layout import Layout
from gateway.drivers.chirpstack.shared import WAIT_S, SharedConditions

DEVICE, PROFILE = "24e124126d376993", "cover"


def layout(port: int, *events: str) -> Layout:
    flags = [{"at": 0, "bit": bit, "event": event} for bit, event in enumerate(events)]
    return Layout.model_validate(
        {"profile": PROFILE, "port": port, "class": "fire_water", "flags": flags}
    )


LAYOUTS = [layout(1, "fault", "low_battery"), layout(2, "fault")]


def looked(
    shared: SharedConditions, place: int, bits: int, now_s: float = 0.0
) -> list[tuple[str, str]]:
    read = list(LAYOUTS[place].conditions(bytes([bits]), "W-1", 1))
    found = shared.look(DEVICE, PROFILE, {place: read}, now_s)
    return [(one.event, one.state) for one in found]


def test_one_layout_does_not_end_what_another_says() -> None:
    shared = SharedConditions(LAYOUTS)
    assert looked(shared, 1, 1) == [("fault", "raise")]
    assert looked(shared, 0, 0) == [("low_battery", "clear")]
    assert looked(shared, 1, 0) == [("fault", "clear")]


def test_a_layout_not_heard_since_the_start_is_waited_for() -> None:
    shared = SharedConditions(LAYOUTS)
    assert looked(shared, 0, 0) == [("low_battery", "clear")]
    assert looked(shared, 0, 0, WAIT_S) == [("fault", "clear"), ("low_battery", "clear")]
    assert looked(shared, 1, 0) == [("fault", "clear")]


def test_what_both_say_in_one_uplink_stands_while_either_does() -> None:
    shared = SharedConditions(LAYOUTS)
    read = {
        0: list(LAYOUTS[0].conditions(b"\x00", "W-1", 1)),
        1: list(LAYOUTS[1].conditions(b"\x01", "W-1", 1)),
    }
    found = shared.look(DEVICE, PROFILE, read, 0.0)
    assert [(one.event, one.state) for one in found] == [
        ("low_battery", "clear"),
        ("fault", "raise"),
    ]
