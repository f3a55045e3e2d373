"""Whoever is sent to a rescue is told until they accept it, whatever the desk has seen."""

from datetime import timedelta

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
ONLY = frozenset({Hears.LIFE_SAFETY})
"""Of a rescue: that the lift must be checked afterwards is told apart."""
FIRM = (
    contact("duty", Channel.SMS, "desk", organisation="lift_firm", hears=ONLY),
    contact("manager", Channel.CALL, "manager", organisation="lift_firm", after=MINUTE, hears=ONLY),
)


@pytest.mark.parametrize(
    ("change", "is_called"),
    [
        ("version = version", True),
        (
            "released_at = opened_at, people = 2",
            True,
        ),  # others, before: the lift waited for its check
        ("accepted_at = due_at", False),
    ],
)
def test_the_firm_is_called_although_the_desk_has_seen_the_alarm(  # noqa: PLR0917 - fixtures
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
    *,
    change: str,
    is_called: bool,
) -> None:
    """Its acknowledgement took the calls of the rescuers away, who had heard of nothing."""
    monkeypatch.setattr("analytics.safety.workflow.LOOK_S", 0.0)
    told(analytics, ingest, *FIRM)
    safety, telling = LifeSafety(Responsibility()), messenger_of(site, world, hands)
    safety.handle(analytics, NOW)
    hands.now = NOW + 2 * MINUTE + timedelta(seconds=1)
    safety.handle(analytics, hands.now)
    assert rows(analytics, "SELECT stage FROM rescues") == [("dispatched",)]
    telling.drain(analytics, 10)
    called = len(world.of("/manager"))
    analytics.execute("UPDATE alarms SET acknowledged_at = %s", [hands.now + timedelta(seconds=5)])
    rows(analytics, f"UPDATE rescues SET {change} RETURNING id")
    hands.now += MINUTE + timedelta(seconds=1)
    telling.drain(analytics, 10)
    assert (len(world.of("/manager")) > called) is is_called
