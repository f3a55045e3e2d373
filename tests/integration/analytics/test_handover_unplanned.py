"""A compound that changes hands without a hand-over: what is open passes all the same, and in time."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from analytics.duties.responsibility import Responsibility
from analytics.duties.settling import settle
from analytics.handover import carry_out as carrying
from analytics.handover.carry_out import HandOvers
from ingest.database import Connection, connect, in_transaction
from ingest.registry import Act, Part, merge_places, split_place
from ingest.registry.handing import Handing, hand_over
from ingest.registry.model import ManagementKind
from tests.integration.analytics.site import Site, rows
from tests.integration.analytics.test_handover import OWNERS, carry_out, open_work

CODES = "SELECT code, handovers.state FROM handovers JOIN places ON places.id = place_id ORDER BY 1"


@pytest.fixture(autouse=True)
def _second_company(site: Site) -> None:
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute(
            "INSERT INTO organisations (code, kind, name_zh) VALUES ('second', 'property_company', '新物业')"
        )
        owner.execute("UPDATE places SET opened_at = '2020-01-01'")


def to_second(ingest: Connection, at: datetime, compound: str = "garden") -> None:
    kind = ManagementKind.COMPANY
    hand_over(ingest, Handing(compound=compound, kind=kind, organisation="second", at=at))


def test_what_is_open_passes_when_only_the_registry_knows_of_the_change(
    ingest: Connection, analytics: Connection
) -> None:
    open_work(ingest, analytics)
    at = datetime.now(UTC) + timedelta(hours=1)
    to_second(ingest, at)
    assert carry_out(analytics, at - timedelta(seconds=1)) == 0
    assert carry_out(analytics, at) == 3
    assert [row[1] for row in rows(analytics, OWNERS)] == ["second", "second", "community"]
    assert rows(analytics, CODES) == [("garden", "done")]
    assert carry_out(analytics, at) == 0


def test_what_opened_before_a_change_was_written_into_the_past_passes_too(
    ingest: Connection, analytics: Connection
) -> None:
    open_work(ingest, analytics)
    to_second(ingest, datetime.now(UTC) - timedelta(days=2))
    carry_out(analytics, datetime.now(UTC) + timedelta(seconds=1))
    assert [row[1] for row in rows(analytics, OWNERS)] == ["second", "second", "community"]


def test_a_manager_who_leaves_without_another_leaves_it_to_the_community(
    ingest: Connection, analytics: Connection, site: Site
) -> None:
    open_work(ingest, analytics)
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute(
            "UPDATE managements SET valid_during = tstzrange('2020-01-01', now())"
            " WHERE organisation_id IS NOT NULL"
        )
    carry_out(analytics, datetime.now(UTC) + timedelta(seconds=1))
    assert {row[1] for row in rows(analytics, OWNERS)} == {"community"}


def test_a_part_that_was_split_off_changes_no_hands(
    ingest: Connection, analytics: Connection
) -> None:
    act = Act(actor="street", reason="区划调整", at=datetime.now(UTC))
    split_place(ingest, "garden", [Part(code="new", name_zh="新苑", takes=("g1",))], act)
    in_transaction(analytics, lambda held: settle(held, datetime.now(UTC)))
    assert carry_out(analytics, datetime.now(UTC) + timedelta(seconds=1)) == 0
    assert [state for _, state in rows(analytics, CODES) if state != "cancelled"] == []


def test_what_is_open_at_a_merged_place_passes_to_the_manager_of_its_successor(
    ingest: Connection, analytics: Connection
) -> None:
    to_second(ingest, datetime.now(UTC) - timedelta(days=9), "yard")
    open_work(ingest, analytics)
    before = [row[1] for row in rows(analytics, OWNERS)]
    assert before == ["property", "property", "second"]
    act = Act(actor="street", reason="区划调整", at=datetime.now(UTC))
    merge_places(ingest, ["garden"], "yard", act)
    later = datetime.now(UTC) + timedelta(seconds=1)
    in_transaction(analytics, lambda held: settle(held, later))
    for _ in range(2):  # a turn may end after the first
        carry_out(analytics, later)
    assert [row[1] for row in rows(analytics, OWNERS)] == ["second"] * 3
    told = "SELECT count(*) FROM notices WHERE kind = 'alarm.handed_over'"
    assert rows(analytics, told) == [(2,)]


def test_a_rescue_that_nobody_has_accepted_passes_with_its_alarm_and_the_new_one_is_called(
    ingest: Connection, analytics: Connection
) -> None:
    open_work(ingest, analytics)
    owned = "(SELECT id FROM organisations WHERE code = 'property')"
    rows(
        analytics,
        "INSERT INTO rescues (alarm_id, asset_id, place_path, stage, owner_id, due_at, opened_at, tier)"
        f" SELECT id, asset_id, place_path, 'dispatched', {owned}, now() + interval '1 hour', now(), 1"
        " FROM alarms WHERE event = 'entrapment' RETURNING id",
    )
    at = datetime.now(UTC) + timedelta(seconds=1)
    to_second(ingest, at)
    carry_out(analytics, at)
    owner = "SELECT code FROM rescues JOIN organisations ON organisations.id = owner_id"
    assert rows(analytics, owner) == [("second",)]
    called = (
        "SELECT code FROM notices JOIN organisations ON organisations.id = organisation_id"
        " WHERE target = 'call'"
    )
    assert rows(analytics, called) == [("second",)]
    assert rows(analytics, "SELECT kind FROM rescue_facts") == [("hand_over",)]


def test_many_hand_overs_at_the_turn_of_a_year_leave_turns_for_alarms(
    ingest: Connection, analytics: Connection, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        owner.execute(
            "INSERT INTO handovers"
            " (place_id, place_path, at, kind, reason, planned_at, planned_by, checklist_digest)"
            " SELECT id, path, now() + n * interval '1 second', 'company', '换届', now(), 'street', ''"
            " FROM places, generate_series(1, 5) AS n WHERE code = 'garden'"
        )
    monkeypatch.setattr(carrying, "SLICE_S", 0.0)
    hands = HandOvers(Responsibility(), every_s=60)
    later = datetime.now(UTC) + timedelta(minutes=1)
    left = "SELECT count(*) FROM handovers WHERE state = 'planned'"
    counts = []
    for _ in range(5):
        hands.handle(analytics, later)
        counts.append(rows(analytics, left)[0][0])
    assert counts == [4, 3, 2, 1, 0]
