"""Sizes and silence: the largest packet, keep alive, and a fault of the broker (3.1.2.10)."""

import time

import pytest

from gateway import session, wire
from ingest import consume
from tests.conformance.conftest import Field
from tests.conformance.packet import Connect, Kind, Packet, Property, Publish, Wish, goodbye, packet
from tests.conformance.wire import WAIT_S, Closed, Raw, payloads, raw
from towerwatch.process import wait_until
from towerwatch.services.broker import MAX_KEEPALIVE_S, MAX_PACKET

HEAD = 200
"""Room for topic and head of a message [B]."""
MOST = {Property.MAXIMUM_PACKET_SIZE: 400}


def last_word(client: Raw) -> Packet | None:
    """The last packet before the broker closed the connection; None when there was none."""
    found = None
    try:
        while True:
            found = client.read() or found
    except Closed:
        return found


def test_the_broker_tells_the_largest_packet_and_ours_fit(ground: Field) -> None:
    """[MQTT-3.2.2-15]: the CONNACK says it; an alarm of the largest size goes through."""
    link, road = ground.link(), ground.road()
    said = ground.up.heard[0].connack.properties[Property.MAXIMUM_PACKET_SIZE]
    assert said == MAX_PACKET >= wire.MAX_ALARM_BYTES + HEAD
    assert road.publish_answered(ground.alarm, b"x" * wire.MAX_ALARM_BYTES) == 0
    batch = link.take(most=1, most_bytes=10**7, age_s=0.1, wait_s=WAIT_S)
    assert [len(one.payload) for one in batch] == [wire.MAX_ALARM_BYTES]


def test_a_packet_that_is_too_large_ends_the_connection_with_its_reason(ground: Field) -> None:
    """[MQTT-3.2.2-15], [MQTT-4.13.1-1]: DISCONNECT with 0x95."""
    with raw(ground.gateway_url()) as gateway:
        gateway.send(Publish(topic=ground.alarm, payload=b"x" * (MAX_PACKET + 1), id=1).packet())
        found = last_word(gateway)
    assert found is not None
    assert (found.kind, goodbye(found)) == (Kind.DISCONNECT, 0x95)


def test_a_reader_with_a_limit_of_its_own_loses_what_is_larger(ground: Field) -> None:
    """[MQTT-3.1.2-24], [MQTT-3.1.2-25]: discarded for good, as if it had been delivered."""
    road = ground.road()
    narrow = Connect(client_id="", is_clean=False, properties=MOST | {Property.SESSION_EXPIRY: 600})
    with raw(ground.platform_url, narrow) as platform:
        platform.subscribe(Wish("tw/1/+/alarm"))
        assert road.publish_answered(ground.alarm, b"x" * 1000) == 0
        assert road.publish_answered(ground.alarm, b"small") == 0
        assert payloads(platform.publishes(1)) == [b"small"]
        assert platform.is_quiet()


def test_so_neither_ingest_nor_a_gateway_sets_one(ground: Field) -> None:
    """[MQTT-3.1.2-25]: nothing can be discarded on the way to them for its size."""
    ground.link()
    ground.road()
    for heard in (ground.down.heard[0], ground.up.heard[0]):
        assert Property.MAXIMUM_PACKET_SIZE not in heard.connect.properties


def test_a_client_that_is_silent_is_cut_and_its_will_told(ground: Field) -> None:
    """[MQTT-3.1.2-22]: after one and a half times its keep alive, as if the network had failed."""
    with raw(ground.gateway_url(), Connect(client_id="", keepalive_s=2)) as gateway:
        began = time.monotonic()
        last_word(gateway)
    assert 2.0 <= time.monotonic() - began < WAIT_S


def test_our_clients_ping_when_they_have_nothing_to_say(
    ground: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[MQTT-3.1.2-20]"""
    monkeypatch.setattr(session, "KEEPALIVE_S", 1)
    monkeypatch.setattr(consume, "KEEPALIVE_S", 1)
    link, road = ground.link(), ground.road()
    for heard in (ground.down.heard[0], ground.up.heard[0]):
        assert heard.connect.keepalive_s == 1
        assert wait_until(lambda one=heard: len(one.sent(Kind.PINGREQ)) >= 3, within_s=WAIT_S)  # type: ignore[misc]
    road.look()
    assert (link.epoch, road.lost) == (1, "")


@pytest.mark.parametrize("asked", [0, 0xFFFF])
def test_the_broker_shortens_a_keep_alive_that_is_too_long(ground: Field, asked: int) -> None:
    """[MQTT-3.2.2-21]: a dead connection does not hold its place for ever."""
    with raw(ground.gateway_url(), Connect(client_id="", keepalive_s=asked)) as gateway:
        assert gateway.connack.properties[Property.SERVER_KEEP_ALIVE] == MAX_KEEPALIVE_S


def is_cut(client: Raw, within_s: float) -> bool:
    """Whether a client that pings all the time is cut all the same."""
    end = time.monotonic() + within_s
    try:
        while time.monotonic() < end:
            client.send(packet(Kind.PINGREQ, 0))
            client.read(0.005)
    except (Closed, OSError):
        return True
    return False


@pytest.mark.parametrize("asked", sorted({session.KEEPALIVE_S, consume.KEEPALIVE_S, 60, 120, 1200}))
def test_a_client_that_asks_for_a_usual_keep_alive_is_left_alone(ground: Field, asked: int) -> None:
    """[MQTT-3.1.2-22], [MQTT-3.2.2-22]: only silence may be cut, and the client's value counts."""
    with raw(ground.gateway_url(), Connect(client_id="", keepalive_s=asked)) as gateway:
        assert Property.SERVER_KEEP_ALIVE not in gateway.connack.properties
        assert not is_cut(gateway, 4.0)


@pytest.mark.xfail(
    strict=True,
    reason="Mosquitto 2.0.21 keeps clients in a ring of 1.5 x max_keepalive + 1 s: one that is heard"
    " in a new second before the ring has moved falls due at once (mosquitto #3226, #3286)",
)
def test_a_client_that_asks_for_the_longest_keep_alive_is_left_alone(ground: Field) -> None:
    """[MQTT-3.1.2-22]: known to fail; so the longest is one that hardly anybody asks for."""
    with raw(ground.gateway_url(), Connect(client_id="", keepalive_s=MAX_KEEPALIVE_S)) as gateway:
        assert not is_cut(gateway, WAIT_S)
