"""Nobody of an organisation can be reached about life safety: the next are told, and so is the desk."""

from datetime import datetime, timedelta
from typing import cast

import pytest

from analytics.duties.responsibility import Responsibility
from analytics.notices.contact import Channel, Hears
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection
from tests.integration.analytics.outside import Outside
from tests.integration.analytics.site import NOW, Site, rows
from tests.integration.analytics.test_messages import (
    Hands,
    contact,
    hands,
    messenger_of,
    told,
    world,
)

__all__ = ["hands", "world"]

MINUTE = timedelta(minutes=1)
LIFE = frozenset({Hears.LIFE_SAFETY})
FIRM = (
    contact("duty", Channel.SMS, "desk", organisation="lift_firm", hears=LIFE),
    contact("manager", Channel.CALL, "manager", organisation="lift_firm", after=MINUTE, hears=LIFE),
)
STAGES = "SELECT stage, tier FROM rescues"
UNREACHED = "SELECT body #>> '{data,note}' FROM notices WHERE kind = 'contact.not_reached'"


@pytest.fixture
def safety(monkeypatch: pytest.MonkeyPatch) -> LifeSafety:
    monkeypatch.setattr("analytics.safety.workflow.LOOK_S", 0.0)
    return LifeSafety(Responsibility())


def dispatched(analytics: Connection, ingest: Connection, safety: LifeSafety, hands: Hands) -> None:
    told(analytics, ingest, *FIRM)
    safety.handle(analytics, NOW)
    analytics.execute("UPDATE alarms SET state = 'acknowledged', acknowledged_at = %s", [NOW])
    hands.now = NOW + 2 * MINUTE + timedelta(seconds=1)
    safety.handle(analytics, hands.now)
    assert rows(analytics, STAGES) == [("dispatched", 1)]


def test_the_desk_hears_that_rescuers_cannot_be_reached_and_the_next_ones_go(  # noqa: PLR0917
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    hands: Hands,
    safety: LifeSafety,
) -> None:
    dispatched(analytics, ingest, safety, hands)
    telling = messenger_of(site, world, hands)
    world.answers["/desk"] = [(500, {})] * 1000
    world.answers["/manager"] = [(500, {})] * 1000
    (due_at,) = rows(analytics, "SELECT due_at FROM rescues")[0]
    ended = cast("datetime", due_at)
    while rows(analytics, STAGES) == [("dispatched", 1)]:
        assert hands.now < ended, "the next tier goes before its time"
        telling.drain(analytics, 10)
        safety.handle(analytics, hands.now)
        hands.now += timedelta(seconds=5)
    assert rows(analytics, STAGES) == [("dispatched", 2)]
    assert rows(analytics, UNREACHED) == [("电梯维保",)]
    assert rows(analytics, "SELECT state FROM alarms ORDER BY id LIMIT 1") == [("unacknowledged",)]
    for _ in range(10):
        telling.drain(analytics, 10)
        safety.handle(analytics, hands.now)
        hands.now += timedelta(seconds=11)
    assert rows(analytics, UNREACHED) == [("电梯维保",)], "told once"


def test_one_way_that_works_is_enough(  # noqa: PLR0917 - fixtures
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    hands: Hands,
    safety: LifeSafety,
) -> None:
    dispatched(analytics, ingest, safety, hands)
    telling = messenger_of(site, world, hands)
    world.answers["/desk"] = [(500, {})] * 1000
    world.answers["/manager"] = [(200, {"result": "answered"})]
    for _ in range(10):
        telling.drain(analytics, 10)
        hands.now += timedelta(seconds=11)
    assert len(world.of("/manager")) >= 1
    assert rows(analytics, UNREACHED) == []
