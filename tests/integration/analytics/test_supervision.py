"""Supervision over the closed loop's own rows: what is counted, published, and decided."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest

from analytics.act import Acknowledge, ConfirmFalse
from analytics.alarms.alarm import AlarmId
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.errors import BadAssessment, MeasureRefused
from analytics.supervision import store
from analytics.supervision.facts import Facts, gather
from analytics.supervision.indicator import Aspect, IndicatorKey
from analytics.supervision.measure import Deed, Kind, Role, Stage, Step
from analytics.supervision.period import Period
from analytics.supervision.score import Tally, Trace, score
from analytics.supervision.standing import rank, stars
from analytics.supervision.store import Inspection, Number, Proposal, Publication, Rating
from ingest.database import Connection, connect, trusted_sql
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, ask, new_id
from tests.integration.analytics.test_clocks import tick
from tests.integration.analytics.test_desk import decide_all

MONTH = Period.parse("2026-11")
CITY = PlacePath("city")
END = datetime(2026, 11, 30, 16, tzinfo=UTC)
GARDEN = PlacePath("city.dist.str.comm.garden")


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


@pytest.fixture
def owner(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.owner_url, application="test owner")) as connection:
        connection.autocommit = True
        connection.execute(
            trusted_sql(
                "UPDATE assets SET registered_at = '2026-10-01', commissioned_at = '2026-10-02'"
            )
        )
        connection.execute(
            trusted_sql(
                "INSERT INTO asset_contacts (asset_id, heard_at) SELECT id, now() FROM assets"
            )
        )
        yield connection


def company(connection: Connection) -> OrganisationId:
    found = rows(connection, "SELECT id FROM organisations WHERE code = 'property'")
    return OrganisationId(cast("int", found[0][0]))


def facts(connection: Connection) -> Facts:
    return gather(connection, MONTH, CITY, END)


def tally(connection: Connection, key: IndicatorKey) -> Tally:
    (record,) = facts(connection).records
    return record.tallies[key]


def test_clocks_kept_and_missed_are_counted_for_whoever_ran_the_place(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    say(ingest, Said(seq=2, asset="L-1", event="overspeed"))
    say(ingest, Said(seq=3, asset="D-9", event="fire_alarm"))
    decide_all(analytics)
    for number in (1, 2, 3):
        kind = rows(analytics, f"SELECT event, asset_id FROM alarms WHERE id = {number}")
        if kind[0][0] == "overspeed":
            act = Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(number))
            assert ask(console, analytics, act).is_done
    tick(analytics, NOW + timedelta(seconds=70))

    found = tally(analytics, IndicatorKey.ACKNOWLEDGED)

    assert (found.of, found.kept) == (2, 1)
    assert len(found.missed) == 1


def test_a_clock_of_somebody_outside_is_shown_and_not_counted(
    owner: Connection, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    tick(analytics, NOW + timedelta(seconds=70))
    owner.execute(
        trusted_sql("UPDATE organisations SET kind = 'water_company' WHERE code = 'property'")
    )
    owner.execute(
        trusted_sql(
            "INSERT INTO organisations (code, kind, name_zh) VALUES ('other', 'property_company', '另一家')"
        )
    )
    owner.execute(
        trusted_sql(
            "UPDATE managements SET organisation_id ="
            " (SELECT id FROM organisations WHERE code = 'other') WHERE organisation_id IS NOT NULL"
        )
    )

    found = tally(analytics, IndicatorKey.ACKNOWLEDGED)

    assert (found.of, found.kept, found.outside) == (0, 0, 1)


def test_drills_are_outside_every_score(
    owner: Connection, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    tick(analytics, NOW + timedelta(seconds=70))
    owner.execute(trusted_sql("UPDATE alarms SET is_drill = true"))

    assert IndicatorKey.ACKNOWLEDGED not in facts(analytics).records[0].tallies


def test_a_false_alarm_marks_its_asset(
    owner: Connection, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    acknowledged = Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))
    assert ask(console, analytics, acknowledged).is_done
    refuted = ConfirmFalse(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="做饭油烟")
    assert ask(console, analytics, refuted).is_done

    found = tally(analytics, IndicatorKey.GENUINE)

    assert (found.of, found.kept) == (4, 3)
    asset = rows(analytics, "SELECT id FROM assets WHERE code = 'D-1'")[0][0]
    assert found.missed == (Trace(kind="asset", id=cast("int", asset)),)


def test_a_repeat_within_thirty_days_is_not_fixed_for_good(
    owner: Connection, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, event="overspeed"))
    decide_all(analytics)
    insert = (
        "INSERT INTO work_orders (number, alarm_id, asset_id, place_path, title, state, opened_at,"
        " restored_at, closed_at) SELECT 'former', alarms.id, asset_id, place_path, 'x', 'closed',"
        " opened_at - interval '{days} days', opened_at - interval '{days} days', now() FROM alarms"
    )
    owner.execute(trusted_sql(insert.format(days=31)))
    assert tally(analytics, IndicatorKey.FIXED).kept == 1
    owner.execute(trusted_sql("DELETE FROM work_orders WHERE number = 'former'"))
    owner.execute(trusted_sql(insert.format(days=29)))

    found = tally(analytics, IndicatorKey.FIXED)

    assert (found.of, found.kept) == (1, 0)
    assert found.missed[0].kind == "order"


def test_silence_is_measured_in_time_and_one_that_never_spoke_reported_nothing(
    owner: Connection, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="asset_silent", at=END - timedelta(days=3)))
    decide_all(analytics)
    owner.execute(
        trusted_sql(
            "DELETE FROM asset_contacts WHERE asset_id = (SELECT id FROM assets WHERE code = 'W-1')"
        )
    )

    (record,) = facts(analytics).records

    assert record.coverage.registered == 4
    assert record.coverage.reporting == pytest.approx(2 + 0.9, abs=1e-6)
    assert record.tallies[IndicatorKey.REPORTING].kept == 2
    assert len(record.tallies[IndicatorKey.REPORTING].missed) == 2


def test_a_hand_over_within_the_month_splits_its_facts(
    owner: Connection, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    tick(analytics, NOW + timedelta(seconds=70))
    owner.execute(
        trusted_sql(
            "INSERT INTO organisations (code, kind, name_zh) VALUES ('next', 'property_company', '接任')"
        )
    )
    owner.execute(
        trusted_sql(
            "UPDATE managements SET valid_during = '[2020-01-01,2026-11-23)'"
            " WHERE organisation_id IS NOT NULL"
        )
    )
    owner.execute(
        trusted_sql(
            "INSERT INTO managements (place_id, kind, organisation_id, valid_during)"
            " SELECT places.id, 'company', organisations.id, '[2026-11-23,)'"
            " FROM places, organisations WHERE places.code = 'garden' AND organisations.code = 'next'"
        )
    )

    former, following = facts(analytics).records

    assert former.tallies[IndicatorKey.ACKNOWLEDGED].of == 1
    assert IndicatorKey.ACKNOWLEDGED not in following.tallies
    assert former.coverage.registered == following.coverage.registered == 4
    assert former.coverage.share == following.coverage.share == 1.0


def test_each_ballot_answers_once_and_nothing_stands_in(
    owner: Connection, analytics: Connection
) -> None:
    def answer(ballot: str, given: int) -> bool:
        rating = Rating(
            organisation=company(analytics),
            place_path=GARDEN,
            giver="owner",
            stars=given,
            ballot=ballot,
        )
        return store.add_rating(analytics, rating, NOW)

    assert [answer(f"slip-{n}", 4) for n in range(4)] == [True] * 4
    assert not answer("slip-1", 1)
    assert score(facts(analytics).records)[0].total is None
    assert answer("slip-5", 5)

    (found,) = score(facts(analytics).records)

    assert found.ratings.answers == 5
    assert found.total == pytest.approx(0.6 * 84 + 0.4 * found.equipment)
    with pytest.raises(BadAssessment):
        answer("slip-6", 6)


def test_inspections_fill_the_aspects_that_nothing_measures(
    owner: Connection, analytics: Connection
) -> None:
    for aspect in (Aspect.CLEANING, Aspect.GREENERY):
        inspection = Inspection(
            organisation=company(analytics),
            place_path=GARDEN,
            aspect=aspect,
            marks=75,
            actor="inspector-1",
        )
        store.add_inspection(analytics, inspection, NOW)
    found = facts(analytics)

    rated = stars(score(found.records)[0], found.inspected[company(analytics)])

    marks = {one.aspect: one.marks for one in rated.aspects}
    assert marks[Aspect.CLEANING] == 75
    assert marks[Aspect.ORDER] is None
    assert rated.stars is None


def test_the_same_facts_are_published_once_and_a_correction_beside_them(
    owner: Connection, ingest: Connection, analytics: Connection
) -> None:
    publication = Publication(period=MONTH, scope=CITY, actor="supervisor-1")

    def publish() -> int:
        scores = score(facts(analytics).records)
        return store.publish(analytics, publication, scores, rank(scores), END)

    assert (publish(), publish()) == (1, 0)
    say(ingest, Said(seq=1, asset="D-1", event="asset_silent", at=END - timedelta(days=3)))
    decide_all(analytics)
    assert publish() == 1
    assert rows(analytics, "SELECT count(*), count(DISTINCT digest) FROM scores") == [(2, 2)]


def a_case(analytics: Connection, kind: Kind = Kind.LAST_FIVE) -> Number | None:
    proposal = Proposal(
        kind=kind,
        company=company(analytics),
        place_path=PlacePath("city.dist.str"),
        subject="11月排名末五位",
        period=MONTH,
        evidence=(Trace(kind="alarm", id=7),),
    )
    if store.propose(analytics, proposal, END) is None:
        return None
    return store.fetch_measures(analytics)[0].number


def a_deed(step: Step, role: Role = Role.SUPERVISOR, due: date | None = None) -> Deed:
    return Deed(
        step=step,
        actor="supervisor-1",
        role=role,
        reason="核查属实",
        due=due,
        appeal_until=date(2026, 12, 8),
    )


def test_a_measure_is_proposed_once_a_period_and_goes_on_by_persons(
    owner: Connection, analytics: Connection
) -> None:
    number = a_case(analytics)
    assert number is not None
    assert number.startswith("J2026-")
    assert a_case(analytics) is None

    issued = store.step(analytics, number, a_deed(Step.ISSUE, due=date(2026, 12, 20)), END)
    assert issued.stage is Stage.ISSUED
    with pytest.raises(MeasureRefused):
        store.step(analytics, number, a_deed(Step.PROPOSE_EXIT), END)
    store.step(analytics, number, a_deed(Step.WITHDRAW), END)

    history = store.fetch_steps(analytics, number)
    assert [(line.step, line.to_stage) for line in history] == [
        ("issue", "issued"),
        ("withdraw", "withdrawn"),
    ]
    assert store.fetch_measures(analytics) == []
    assert [one.stage for one in store.fetch_measures(analytics, "property")] == ["withdrawn"]
    assert a_case(analytics) is not None


def test_there_is_no_step_without_a_measure(analytics: Connection, site: Site) -> None:
    with pytest.raises(MeasureRefused, match="no measure"):
        store.step(analytics, Number("J2026-99999"), a_deed(Step.ISSUE), END)


TURNS = """
    WITH planned AS (
        INSERT INTO plans (kind, asset_id, every, starts_on)
        SELECT 'lift_maintenance', id, 'half_month', '2026-10-01' FROM assets WHERE code = 'L-1'
        RETURNING id
    ), orders AS (
        INSERT INTO work_orders (number, place_path, title, state, opened_at, restored_at)
        SELECT 'P-' || n, 'city.dist.str.comm.garden.g1', '维保', 'restored', '2026-11-01',
            '2026-11-10'::timestamptz + n * interval '1 day'
        FROM generate_series(1, 2) AS n RETURNING id, number
    )
    INSERT INTO plan_periods (plan_id, number, begins_on, due_at, order_id, done_at)
    SELECT planned.id, turns.number, '2026-11-01', turns.due_at, orders.id, turns.done_at
    FROM planned
    CROSS JOIN (VALUES
        (1, '2026-11-11 12:00Z'::timestamptz, 'P-1', NULL::timestamptz),
        (2, '2026-11-11 12:00Z', 'P-2', NULL),
        (3, '2026-11-12 12:00Z', '', '2026-11-12 11:00Z'),
        (4, '2026-11-13 12:00Z', '', NULL),
        (5, '2026-12-13 12:00Z', '', NULL)
    ) AS turns (number, due_at, order_number, done_at)
    LEFT JOIN orders ON orders.number = turns.order_number
"""


def test_duties_by_the_calendar_are_kept_late_or_missed(
    owner: Connection, analytics: Connection
) -> None:
    owner.execute(trusted_sql(TURNS))

    found = tally(analytics, IndicatorKey.PREVENTIVE)

    assert (found.of, found.kept) == (4, 2), "one in time, one by the lift itself"
    assert [str(one) for one in found.missed] == ["order 2"]


def test_a_desk_that_did_not_answer_its_check_is_counted(
    owner: Connection, analytics: Connection
) -> None:
    owner.execute(
        trusted_sql(
            "INSERT INTO post_checks (place_path, organisation_id, reason, asked_by, asked_at,"
            " answer_s, state, due_at, answered_at, answered_by)"
            " SELECT 'city.dist.str.comm.garden', id, 'random', 'platform', '2026-11-20', 120,"
            " found.state, '2026-11-20', NULL, found.by FROM organisations, (VALUES"
            " ('answered', 'zhang'), ('unanswered', NULL), ('planned', NULL)) AS found (state, by)"
            " WHERE code = 'property' AND found.state <> 'planned'"
        )
    )

    found = tally(analytics, IndicatorKey.ON_POST)

    assert (found.of, found.kept) == (2, 1)
    assert found.missed == (Trace(kind="post_check", id=2),)


def test_a_repair_that_telemetry_did_not_confirm_is_not_fixed_for_good(
    owner: Connection, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1, event="overspeed"))
    decide_all(analytics)
    assert tally(analytics, IndicatorKey.FIXED).kept == 1
    owner.execute(
        trusted_sql(
            "INSERT INTO order_verifications (order_id, restored_at, due_at, result, evidence, decided_at)"
            " VALUES (1, now(), now(), 'not_verified', '{}', now())"
        )
    )
    assert tally(analytics, IndicatorKey.FIXED).kept == 0
