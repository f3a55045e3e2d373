"""Notices of alarms go to who is on the roster, and to everybody where it has a hole."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from analytics.notices.contact import Channel
from ingest.database import Connection, in_transaction, trusted_sql
from ingest.errors import RefusedByDatabase
from tests.integration.analytics.outside import Outside, outside
from tests.integration.analytics.site import NOW, Site, rows
from tests.integration.analytics.test_messages import Hands, contact, messenger_of, told


@pytest.fixture
def world() -> Iterator[Outside]:
    with outside() as heard:
        yield heard


def test_who_is_on_the_roster_is_called_and_colleagues_only_when_nobody_answers(
    site: Site, analytics: Connection, ingest: Connection, world: Outside
) -> None:
    hands = Hands()
    shift = (
        "SELECT id, '{}', extract(isodow FROM now)::int, '00:00', '00:00' FROM places, ({}) AS at"
    )
    moment = f"SELECT timestamptz '{NOW.isoformat()}' AT TIME ZONE 'Asia/Shanghai' AS now"
    statement = shift.format("other", moment) + " WHERE code = 'garden'"
    in_transaction(
        analytics,
        lambda held: held.execute(trusted_sql(f"INSERT INTO desk_shifts {statement}")),
    )
    ladder = (
        contact("desk", Channel.CALL, "desk", person="li", rounds=2),
        contact("desk", Channel.CALL, "other", person="other", after=timedelta(seconds=30)),
    )
    told(analytics, ingest, *ladder)
    telling = messenger_of(site, world, hands)
    telling.drain(analytics, 10)
    assert [one.path for one in world.asked] == ["/other"], "at once, not after 30 s"
    duties = (
        "SELECT DISTINCT address_key, duty FROM notice_messages WHERE is_life_safety ORDER BY 1"
    )
    assert rows(analytics, duties) == [("desk", "off"), ("other", "on")]
    hands.now += timedelta(seconds=61)
    telling.drain(analytics, 10)
    assert len(world.of("/desk")) == 1, "nobody acknowledged: the colleague is called too"


def test_a_hole_in_the_roster_calls_all_contacts_and_is_written_down(
    site: Site, analytics: Connection, ingest: Connection, world: Outside
) -> None:
    told(analytics, ingest, contact("desk", Channel.CALL, "desk", person="li"))
    telling = messenger_of(site, world, Hands())
    telling.drain(analytics, 10)
    assert len(world.of("/desk")) == 1
    shown = "SELECT DISTINCT duty FROM notice_messages WHERE is_life_safety"
    assert rows(analytics, shown) == [("hole",)]


def test_a_roster_that_cannot_be_read_keeps_no_notice_back(
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise RefusedByDatabase("the roster cannot be read")

    monkeypatch.setattr("analytics.notices.message_store.shifts_of", broken)
    told(analytics, ingest, contact("desk", Channel.CALL, "desk", person="li"))
    messenger_of(site, world, Hands()).drain(analytics, 10)
    assert len(world.of("/desk")) == 1
