"""Reason codes that the line acts upon (2.4, 3.2.2.2, 3.4.2.1)."""

from dataclasses import replace

import pytest

from gateway import topic
from gateway.session import Access, Session
from gateway.session import Will as SessionWill
from gateway.topic import GatewayId, Lane
from tests.conformance.conftest import Field, Road
from tests.conformance.packet import Connack, Connect, Kind, Publish, Wish
from tests.conformance.wire import raw


def test_a_gateway_is_told_when_nobody_reads_its_alarms(ground: Field) -> None:
    """3.4.2.1, 0x10 No matching subscribers: allowed to a server, and Mosquitto 2.0 says it."""
    road = ground.road()
    assert road.publish_answered(ground.alarm, b"to nobody") == 0x10
    link = ground.link()
    assert road.publish_answered(ground.alarm, b"to ingest") == 0x00
    link.stop()
    assert road.publish_answered(ground.alarm, b"to its session") == 0x00


@pytest.mark.parametrize("lane", list(Lane))
def test_a_foreign_topic_is_refused_and_the_connection_stays(ground: Field, lane: Lane) -> None:
    """3.4.2.1, 0x87 Not authorized; [MQTT-4.4.0-2]: it is over, and never sent again."""
    foreign = GatewayId("somebody-else")
    with raw(ground.platform_url) as platform, raw(ground.gateway_url(lane)) as gateway:
        platform.subscribe(Wish("tw/1/#"))
        for number, where in enumerate((topic.alarm(foreign), "$SYS/x", "tw/1"), start=1):
            assert gateway.publish(Publish(topic=where, payload=b"no", id=number)) == 0x87
        own = topic.state(ground.gateway, lane)
        assert gateway.publish(Publish(topic=own, payload=b"yes", id=9)) == 0
        while (found := platform.publishes(1)[0]).payload != b"yes":
            assert found.is_retained, found


def test_a_wrong_secret_is_refused_with_its_reason(ground: Field) -> None:
    """3.2.2.2, 0x87 Not authorized; [MQTT-4.13.2-1]: and the connection is closed."""
    road = ground.road()
    road.session.stop()
    access = Access(
        url=f"mqtt://127.0.0.1:{ground.up.port}",
        client_id=f"{ground.gateway}.alarm",
        secret="wrong",
    )
    will = SessionWill(topic=ground.state, payload=b"x")
    session = Session(access, road.notes, will, [ground.receipts])
    again = replace_road(road, session)
    session.start()
    again.wait_for(lambda one: one.lost)
    assert "Not authorized" in again.lost
    assert [Connack.read(one).code for one in ground.up.heard[-1].received(Kind.CONNACK)] == [0x87]


def replace_road(road: Road, session: Session) -> Road:
    """The same inbox with another session."""
    road.look()
    return replace(road, session=session, lost="", is_connected=False)


def test_a_client_without_a_name_is_refused(ground: Field) -> None:
    """3.2.2.2: nobody comes in anonymously, with whatever id."""
    url = f"mqtt://nobody:x@127.0.0.1:{ground.broker.ports.gateway}"
    with raw(url, Connect(client_id=f"{ground.gateway}.alarm")) as client:
        assert client.connack.code == 0x87
