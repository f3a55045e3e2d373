"""The Sparkplug host at a real broker: births, deaths, losses and its own state."""

import json
from collections.abc import Iterator

import paho.mqtt.client as mqtt
import pytest

from gateway.driver import Counted, Driver, DriverSettings
from gateway.drivers.sparkplug.link import open_driver
from tests.contract.drivers.notebook import Notebook, running
from tests.integration.gateway.conftest import Site, eventually
from tests.integration.gateway.sparkplug_peer import EdgeNode

PROFILE = {
    "metrics": {"speed": {"tag": "Speed", "unit": "m/s"}},
    "flags": [{"tag": "Alarms/Overspeed", "event": "overspeed"}],
}


@pytest.fixture
def driver(site_port: int) -> Driver:
    options = {
        "url": f"mqtt://127.0.0.1:{site_port}",
        "client_id": "spb",
        "profiles": {"lift": PROFILE},
        "assets": [{"code": "L-0007", "class": "lift", "address": "site/gw1/lift7"}],
    }
    return open_driver(DriverSettings(name="spb", driver="sparkplug", options=options))


@pytest.fixture
def node(site_port: int) -> Iterator[EdgeNode]:
    one = EdgeNode(site_port)
    one.connect()
    yield one
    one.client.disconnect()
    one.client.loop_stop()


def speed(sink: Notebook) -> float | None:
    return (sink.last("L-0007") or {}).get("speed", -1.0)


def test_a_node_born_before_the_host_is_heard_and_its_death_too(
    driver: Driver, node: EdgeNode
) -> None:
    with running(driver, sink := Notebook()):
        eventually(lambda: speed(sink) == 1.5)
        node.alarm(is_raised=True)
        eventually(lambda: ("L-0007", "overspeed", "raise") in sink.said())
        node.vanish()
        eventually(lambda: speed(sink) is None)
        # What cannot be seen any more is not over.
        assert sink.said() == [("L-0007", "overspeed", "raise")]
        node.bd_seq, node.speed, node.is_raised = 1, 0.5, False
        node.connect()
        eventually(lambda: speed(sink) == 0.5)
        eventually(lambda: ("L-0007", "overspeed", "clear") in sink.said())


def test_a_lost_message_is_found_and_what_it_said_comes_by_a_rebirth(
    driver: Driver, node: EdgeNode
) -> None:
    with running(driver, sink := Notebook()):
        eventually(lambda: speed(sink) == 1.5 and node.rebirths >= 1)
        before = node.rebirths
        node.lose()
        node.speed = 0.25
        node.alarm(is_raised=True)
        eventually(lambda: ("L-0007", "overspeed", "raise") in sink.said())
        assert speed(sink) == 1.5
        eventually(lambda: speed(sink) == 0.25)
    assert node.rebirths == before + 1
    assert sink.counted[Counted.LOST] == 1


def test_the_host_says_whether_it_is_there(driver: Driver, site: Site) -> None:
    states: list[bool] = []

    def note(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        states.append(json.loads(message.payload)["online"])

    site.client.on_message = note
    site.client.subscribe("spBv1.0/STATE/towerwatch", qos=1)
    with running(driver, Notebook()):
        eventually(lambda: states == [True])
        # The will of an earlier connection that comes late is put right.
        site.say("spBv1.0/STATE/towerwatch", b'{"online":false,"timestamp":1}')
        eventually(lambda: states[:3] == [True, False, True])
    eventually(lambda: states[-1] is False)
