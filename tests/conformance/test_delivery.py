"""What is sent again, when, and in which order (4.3.2, 4.4, 4.6, 3.3.1.1)."""

from gateway import wire
from ingest.consume import Outgoing
from tests.conformance.conftest import Field, payloads_of, taken
from tests.conformance.packet import Connect, Kind, Property, Puback, Publish, Wish
from tests.conformance.wire import WAIT_S, payloads, raw
from towerwatch.process import wait_until

FOR_EVER = {Property.SESSION_EXPIRY: 0xFFFF_FFFF}
STAYS = Connect(client_id="", is_clean=False, properties=FOR_EVER)


def numbered(first: int, end: int) -> list[bytes]:
    return [str(number).encode() for number in range(first, end)]


def test_what_is_not_acknowledged_comes_again_after_a_reconnection_as_it_was(
    ground: Field,
) -> None:
    """[MQTT-4.4.0-1], [MQTT-3.3.1-1]: same packet identifiers, same order, DUP set."""
    road = ground.road()
    with raw(ground.platform_url, STAYS) as platform:
        platform.subscribe(Wish("tw/1/+/alarm"))
        for one in numbered(0, 5):
            road.publish(ground.alarm, one)
        first = platform.publishes(5)
        platform.ack(first[0])
        platform.drop()
    with raw(ground.platform_url, STAYS) as platform:
        assert platform.connack.has_session
        second = platform.publishes(4)
        assert platform.is_quiet()
    assert [one.is_dup for one in first] == [False] * 5
    assert [one.is_dup for one in second] == [True] * 4
    assert [(one.id, one.payload) for one in second] == [(one.id, one.payload) for one in first[1:]]


def test_nothing_is_sent_again_on_the_same_connection(ground: Field) -> None:
    """[MQTT-4.4.0-1], second sentence: a slow commit does not bring a message twice."""
    road = ground.road()
    with raw(ground.platform_url, STAYS) as platform:
        platform.subscribe(Wish("tw/1/+/alarm"))
        road.publish(ground.alarm, b"once")
        held = platform.publishes(1)
        assert platform.is_quiet(3.0)
        platform.ack(*held)
        assert platform.is_quiet()


def test_ingest_gets_again_what_it_had_not_committed_when_the_connection_was_cut(
    ground: Field,
) -> None:
    """[MQTT-4.4.0-1], [MQTT-4.3.2-3]: committed and acknowledged is over, the rest comes again."""
    link, road = ground.link(), ground.road()
    for one in numbered(0, 8):
        road.publish(ground.alarm, one)
    first = taken(link, 8)
    link.done(first[:3])
    assert wait_until(lambda: link.acknowledged == 3, within_s=WAIT_S)
    assert wait_until(lambda: len(ground.down.heard[0].sent(Kind.PUBACK)) == 3, within_s=WAIT_S)
    ground.down.cut()
    assert payloads_of(link, 5) == numbered(3, 8)
    again = [Publish.read(one) for one in ground.down.heard[-1].received(Kind.PUBLISH)]
    assert all(one.is_dup for one in again)


def test_a_late_acknowledgement_is_not_given_on_the_next_connection(ground: Field) -> None:
    """[MQTT-4.3.2-5]: packet identifiers begin anew; one of before would name another message."""
    link, road = ground.link(), ground.road()
    road.publish(ground.alarm, b"first")
    old = taken(link, 1)
    ground.down.cut()
    assert payloads_of(link, 1) == [b"first"]
    link.done(old)
    assert wait_until(lambda: link.stale_acks == 1, within_s=WAIT_S)
    assert ground.down.heard[-1].sent(Kind.PUBACK) == []


def test_ingest_acknowledges_in_order_of_receipt(ground: Field) -> None:
    """[MQTT-4.6.0-2]"""
    link, road = ground.link(), ground.road()
    for one in numbered(0, 60):
        road.publish(ground.alarm, one)
    batch = taken(link, 60)
    for first in range(0, 60, 7):
        link.done(batch[first : first + 7])
    heard = ground.down.heard[0]
    assert wait_until(lambda: len(heard.sent(Kind.PUBACK)) == 60, within_s=WAIT_S)
    acked = [Puback.read(one).id for one in heard.sent(Kind.PUBACK)]
    assert acked == [Publish.read(one).id for one in heard.received(Kind.PUBLISH)]


def test_a_lane_arrives_in_the_order_in_which_it_was_sent(ground: Field) -> None:
    """[MQTT-4.6.0-5], [MQTT-4.6.0-6]: also over an absence, where old and new ones meet."""
    ground.link().stop()
    road = ground.road()
    for one in numbered(0, 150):
        road.publish(ground.alarm, one)
    link = ground.link()
    for one in numbered(150, 300):
        road.publish(ground.alarm, one)
    assert payloads_of(link, 300) == numbered(0, 300)


def test_a_duplicate_flag_goes_no_further_than_the_broker(ground: Field) -> None:
    """[MQTT-3.3.1-3]: DUP says nothing of a gateway's resend; the ledger alone knows duplicates."""
    with raw(ground.platform_url) as platform, raw(ground.gateway_url()) as gateway:
        platform.subscribe(Wish("tw/1/+/alarm"))
        same = b"the same message"
        assert gateway.publish(Publish(topic=ground.alarm, payload=same, id=1)) == 0
        assert gateway.publish(Publish(topic=ground.alarm, payload=same, id=2, is_dup=True)) == 0
        found = platform.publishes(2)
    assert payloads(found) == [same, same]
    assert [one.is_dup for one in found] == [False, False]


def test_a_gateway_resends_as_a_new_message(ground: Field) -> None:
    """[MQTT-4.3.2-2]: within a connection a client sends nothing again; our resend is a new one."""
    road = ground.road()
    for _ in range(2):
        road.publish_answered(ground.alarm, b"again")
    sent = [Publish.read(one) for one in ground.up.heard[0].sent(Kind.PUBLISH)]
    assert payloads(sent) == [b"again", b"again"]
    assert not any(one.is_dup for one in sent)


def test_receipts_at_qos_0_come_to_a_gateway_that_subscribed_at_1(ground: Field) -> None:
    """[MQTT-3.8.4-8]: the lower QoS of the two; so a receipt waits for nobody's acknowledgement."""
    link, road = ground.link(), ground.road()
    receipt = wire.encode(wire.Receipt(stream=5, through=9))
    link.publish([Outgoing(topic=ground.receipts, payload=receipt)])
    road.wait_for(lambda one: one.arrived)
    found = [Publish.read(one) for one in ground.up.heard[0].received(Kind.PUBLISH)]
    assert [(one.qos, one.payload) for one in found] == [(0, receipt)]
