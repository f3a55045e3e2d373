"""Subscriptions: what is granted, and what of retained messages comes (3.3.1.3, 3.8.3.1, 3.9.3)."""

from gateway.topic import Uplink
from tests.conformance.conftest import INGEST, Field
from tests.conformance.packet import Kind, Publish, Wish, granted
from tests.conformance.wire import WAIT_S, payloads, raw
from towerwatch.process import wait_until

STATES = "tw/1/+/state/+"


def test_ingest_is_told_no_state_of_before(ground: Field) -> None:
    """[MQTT-3.3.1-11]: Retain Handling 2; a retained heartbeat is no sign of life."""
    road = ground.road()
    road.publish_answered(ground.state, b"old", retain=True)
    heard: list[bytes] = []

    def hear(_sender: Uplink, payload: bytes, _received_ms: int) -> None:
        heard.append(payload)

    ground.link(STATES, on_state=hear)
    road.publish_answered(ground.state, b"new", retain=True)
    assert wait_until(lambda: b"new" in heard, within_s=WAIT_S)
    came = [Publish.read(one) for one in ground.down.heard[0].received(Kind.PUBLISH)]
    of_ours = [one for one in came if one.topic == ground.state]
    assert payloads(of_ours) == heard == [b"new"]


def test_a_reader_that_asks_for_it_is_told_the_state_of_before(ground: Field) -> None:
    """[MQTT-3.3.1-9]: the same with Retain Handling 0, so that the test above can fail."""
    ground.road().publish_answered(ground.state, b"old", retain=True)
    with raw(ground.platform_url) as platform:
        platform.subscribe(Wish(ground.state, retain_handling=0))
        (found,) = platform.publishes(1)
    assert (found.payload, found.is_retained) == (b"old", True)


def test_a_heartbeat_that_comes_live_does_not_look_retained(ground: Field) -> None:
    """[MQTT-3.3.1-12], [MQTT-3.3.1-13]: Retain As Published 0; ingest passes over what looks retained."""
    road = ground.road()
    looks = []
    for as_published in (False, True):
        with raw(ground.platform_url) as platform:
            wish = Wish(ground.state, retain_handling=2, retain_as_published=as_published)
            platform.subscribe(wish)
            road.publish(ground.state, b"live", retain=True)
            looks.append(platform.publishes(1)[0].is_retained)
    assert looks == [False, True]


def test_the_answer_names_each_filter_in_its_place(ground: Field) -> None:
    """[MQTT-3.8.4-6], [MQTT-3.8.4-7], [MQTT-3.9.3-1]: ingest refuses less than it asked for."""
    with raw(ground.platform_url) as platform:
        wishes = [Wish("tw/1/+/alarm", qos=1), Wish(STATES, qos=0), Wish("tw/1/+/data/+", qos=2)]
        assert platform.subscribe(*wishes) == [1, 0, 2]
    ground.link("tw/1/+/alarm", STATES)
    assert granted(ground.down.heard[0].received(Kind.SUBACK)[0]) == [1, 1]


def test_a_subscription_of_before_is_not_doubled(ground: Field) -> None:
    """3.8.4: the same filter replaces the old subscription; no alarm comes twice for it."""
    ground.link().stop()
    link, road = ground.link(), ground.road()
    road.publish_answered(ground.alarm, b"once")
    assert wait_until(lambda: link.waiting == 1, within_s=WAIT_S)
    assert not wait_until(lambda: link.waiting > 1, within_s=1.0)
    assert link.epoch == 1
    assert INGEST in ground.down.heard[-1].connect.client_id
