"""Flow control: how much may be on its way (3.1.2.11.3, 3.2.2.3.3, 3.3.4, 4.9)."""

from ingest.consume import RECEIVE_MAXIMUM
from tests.conformance.conftest import Field
from tests.conformance.packet import Connect, Kind, Property, Publish, Wish, packet
from tests.conformance.wire import WAIT_S, raw
from towerwatch.process import wait_until

SURPLUS = 40


def test_ingest_is_sent_its_receive_maximum_and_no_more(ground: Field) -> None:
    """[MQTT-3.3.4-9], [MQTT-4.9.0-2]: the window bounds ingest's inbox; the broker holds the rest."""
    link, road = ground.link(), ground.road(is_direct=True)
    heard = ground.down.heard[0]
    assert heard.connect.properties[Property.RECEIVE_MAXIMUM] == RECEIVE_MAXIMUM

    def came() -> int:
        return len(heard.received(Kind.PUBLISH))

    for number in range(RECEIVE_MAXIMUM + SURPLUS):
        road.publish(ground.alarm, str(number).encode())
    road.wait_for(lambda one: len(one.acked) == RECEIVE_MAXIMUM + SURPLUS)
    assert wait_until(lambda: link.waiting == RECEIVE_MAXIMUM, within_s=WAIT_S)
    assert not wait_until(lambda: came() > RECEIVE_MAXIMUM, within_s=1.0)
    link.done(link.take(most=10, most_bytes=10**7, age_s=0.1))
    assert wait_until(lambda: came() == RECEIVE_MAXIMUM + 10, within_s=WAIT_S)
    assert not wait_until(lambda: came() > RECEIVE_MAXIMUM + 10, within_s=0.5)


def test_a_closed_window_stops_neither_pings_nor_what_ingest_sends(ground: Field) -> None:
    """[MQTT-4.9.0-3], [MQTT-3.3.4-8]: receipts and heartbeats pass while nothing is committed."""
    narrow = Connect(client_id="", properties={Property.RECEIVE_MAXIMUM: 2})
    road = ground.road()
    with raw(ground.platform_url, narrow) as platform:
        platform.subscribe(Wish("tw/1/+/alarm"), Wish("tw/1/+/state/+", qos=0))
        for number in range(5):
            road.publish(ground.alarm, str(number).encode())
        held = platform.publishes(2)
        assert platform.is_quiet()
        platform.send(packet(Kind.PINGREQ, 0))
        platform.expect(Kind.PINGRESP)
        assert platform.publish(Publish(topic=ground.receipts, payload=b"{}", id=9)) == 0
        road.publish(ground.state, b"at QoS 0")
        assert platform.publishes(1)[0].qos == 0
        platform.ack(*held)
        assert [one.payload for one in platform.publishes(2)] == [b"2", b"3"]


def test_a_gateway_keeps_within_the_window_of_the_broker(ground: Field) -> None:
    """[MQTT-3.3.4-7]: what has no answer yet stays below the Receive Maximum of the CONNACK."""
    ground.link(is_direct=True)
    road = ground.road()
    heard = ground.up.heard[0]
    allowed = heard.connack.properties[Property.RECEIVE_MAXIMUM]
    ground.up.lets_down.clear()
    for number in range(300):
        road.publish(ground.alarm, str(number).encode())

    def sent() -> int:
        return len(heard.sent(Kind.PUBLISH))

    assert wait_until(lambda: sent() >= 100, within_s=WAIT_S)
    assert not wait_until(lambda: sent() > 100, within_s=1.0)
    assert allowed >= 100
    ground.up.lets_down.set()
    road.wait_for(lambda one: len(one.acked) == 300)
