"""The will: told when a connection dies, and not when it is left (3.1.2.5, 3.1.3.2.2, 3.14.4)."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.conformance.conftest import Field
from tests.conformance.packet import Connect, Kind, Property, Publish, Will, Wish
from tests.conformance.wire import Raw, payloads, raw

ONLINE, OFFLINE = b'{"online":true}', b'{"online":false}'


@contextmanager
def watcher(ground: Field) -> Iterator[Raw]:
    """A reader of the gateway's state at QoS 0."""
    with raw(ground.platform_url) as platform:
        platform.subscribe(Wish(ground.state, qos=0))
        yield platform


def retained(ground: Field) -> list[Publish]:
    """What a new reader is told of the gateway's state."""
    with raw(ground.platform_url) as platform:
        platform.subscribe(Wish(ground.state, qos=0))
        return platform.publishes(1)


def test_the_will_of_a_gateway_that_is_cut_off_is_told_at_once_and_kept(ground: Field) -> None:
    """[MQTT-3.1.2-8], [MQTT-3.1.2-15]: no delay is asked for; who comes later learns it too."""
    road = ground.road(will=OFFLINE)
    asked = Connect.read(ground.up.heard[0].sent(Kind.CONNECT)[0]).will
    assert asked is not None
    assert asked.properties.get(Property.WILL_DELAY, 0) == 0
    assert road.publish_answered(ground.state, ONLINE, retain=True) in {0, 0x10}
    with watcher(ground) as platform:
        assert payloads(platform.publishes(1)) == [ONLINE]
        ground.up.cut()
        assert payloads(platform.publishes(1)) == [OFFLINE]
    assert [(one.payload, one.is_retained) for one in retained(ground)] == [(OFFLINE, True)]


def test_a_gateway_that_says_goodbye_leaves_no_will(ground: Field) -> None:
    """[MQTT-3.14.4-3], [MQTT-3.1.2-10]: its own last heartbeat is the last word."""
    road = ground.road(will=OFFLINE)
    road.publish_answered(ground.state, ONLINE, retain=True)
    with watcher(ground) as platform:
        platform.publishes(1)
        road.session.stop()
        assert platform.is_quiet()
    assert payloads(retained(ground)) == [ONLINE]


def test_the_will_of_a_connection_that_is_taken_over_comes_before_the_next_heartbeat(
    ground: Field,
) -> None:
    """3.1.3.2.2, [MQTT-3.1.2-8]: a gateway that is back is never called away afterwards."""
    for _ in range(5):
        ground.road(will=OFFLINE)
        with watcher(ground) as platform:
            back = ground.road(will=OFFLINE)
            back.publish_answered(ground.state, ONLINE, retain=True)
            told = [platform.publishes(1)[0].payload]
            while told[-1] != ONLINE:
                told += payloads(platform.publishes(1))
            assert OFFLINE in told
            assert platform.is_quiet(0.3)
        assert payloads(retained(ground)) == [ONLINE]


def test_a_will_with_a_delay_waits_and_is_not_told_when_the_gateway_is_back(
    ground: Field,
) -> None:
    """[MQTT-3.1.3-9]: the broker could hold a will back; ours do not ask for it."""
    delayed = Connect(
        client_id="",
        is_clean=False,
        properties={Property.SESSION_EXPIRY: 60},
        will=Will(topic=ground.state, payload=OFFLINE, properties={Property.WILL_DELAY: 2}),
    )
    with watcher(ground) as platform:
        with raw(ground.gateway_url(), delayed) as gateway:
            gateway.drop()
        assert platform.is_quiet(0.5)
        with raw(ground.gateway_url(), delayed) as gateway:
            assert gateway.connack.has_session
            assert platform.is_quiet(4.0)
            gateway.drop()
        assert payloads(platform.publishes(1)) == [OFFLINE]
