"""Acknowledgements across connections: a late one never acknowledges another's message."""

from collections.abc import Callable

from gateway.topic import Lane
from ingest.batch import Inbound
from ingest.consume import Link, Subscription, broker_access
from tests.integration.ingest.parts import Site, alarm_bytes, wait_for
from tests.services import TestBroker


def link_to(broker: TestBroker) -> Link:
    access = broker_access(broker.user_url("tw-ingest-alarm"))
    link = Link(access, [Subscription(topic="tw/1/+/alarm")])
    link.start()
    wait_for(lambda: link.is_up)
    return link


def taken(link: Link, count: int) -> list[bytes]:
    found: list[bytes] = []
    drawn: Callable[[], list[bytes]] = lambda: [  # noqa: E731 - one expression
        one.payload for one in link.take(most=100, most_bytes=10**6, age_s=0.05, wait_s=0.2)
    ]

    def enough() -> bool:
        found.extend(drawn())
        return len(found) >= count

    wait_for(enough)
    return found


def test_a_late_acknowledgement_is_withheld_after_the_broker_was_killed(
    own_broker: TestBroker,
) -> None:
    link = link_to(own_broker)
    site = Site(own_broker, "gw-epoch", Lane.ALARM)
    old = [alarm_bytes(seq) for seq in (1, 2, 3)]
    for payload in old:
        site.send(payload)
    batch: list[Inbound] = []

    def has_three() -> bool:
        batch.extend(link.take(most=9, most_bytes=10**6, age_s=0.05))
        return len(batch) == 3

    wait_for(has_three)
    site.close()
    own_broker.stop()
    own_broker.start()
    wait_for(lambda: link.epoch == 2 and link.is_up, within_s=20)
    site = Site(own_broker, "gw-epoch", Lane.ALARM)
    new = [alarm_bytes(seq) for seq in (4, 5, 6)]
    for payload in new:
        site.send(payload)
    link.done(batch)
    wait_for(lambda: link.stale_acks == 3)
    assert link.acknowledged == 0
    assert set(new) <= set(taken(link, 3))
    link.stop()
    again = link_to(own_broker)
    assert set(new) <= set(taken(again, 3))
    again.stop()
    site.close()


def test_what_is_acknowledged_does_not_come_again(own_broker: TestBroker) -> None:
    link = link_to(own_broker)
    site = Site(own_broker, "gw-acked", Lane.ALARM)
    for seq in (1, 2):
        site.send(alarm_bytes(seq))
    first = link.take(most=1, most_bytes=10**6, age_s=0.05)
    link.done(first)
    wait_for(lambda: link.acknowledged == 1)
    link.stop()
    again = link_to(own_broker)
    assert taken(again, 1) == [alarm_bytes(2)]
    again.stop()
    site.close()


def test_an_unreachable_broker_is_waited_for(own_broker: TestBroker) -> None:
    own_broker.stop()
    link = Link(
        broker_access(own_broker.user_url("tw-ingest-alarm")), [Subscription(topic="tw/1/+/alarm")]
    )
    link.start()
    own_broker.start()
    wait_for(lambda: link.is_up, within_s=20)
    link.check()
    link.stop()
