"""Ends of periods propose measures, and what falls due is reminded of, each once."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.orders.technician import Skill, TechnicianName
from analytics.orders.technician_store import Certificate, Entry, put_technicians
from analytics.supervision import store
from analytics.supervision.measure import Deed, Role, Step
from analytics.supervision.reminder import remind
from analytics.supervision.review import GRACE, review_periods
from ingest.database import Connection, connect, in_transaction, trusted_sql
from tests.integration.analytics.orders import ALWAYS, HERE
from tests.integration.analytics.site import Site, rows

OCTOBER_ENDS = datetime(2026, 10, 31, 16, tzinfo=UTC)
TOLD = """
    SELECT organisations.code, notices.kind, body -> 'data' ->> 'title' FROM notices
    JOIN organisations ON organisations.id = organisation_id ORDER BY notices.created_at, 1, 2
"""
COMPANIES = """
    WITH made AS (
        INSERT INTO organisations (code, kind, name_zh)
        SELECT 'c' || n, 'property_company', n || '号物业' FROM generate_series(1, 3) AS n
        RETURNING id, code
    ), placed AS (
        INSERT INTO places (code, path, level, name_zh)
        SELECT code || 'g', ('city.dist.str.comm.' || code || 'g')::ltree, 'compound', code FROM made
        RETURNING id, code
    ), owned AS (
        INSERT INTO assets (code, class, place_id, name_zh, registered_at, commissioned_at)
        SELECT code || 'L', 'lift', id, code, '2026-01-01', '2026-01-01' FROM placed
    )
    INSERT INTO managements (place_id, kind, organisation_id, valid_during)
    SELECT placed.id, 'company', made.id, '[2020-01-01,)'
    FROM placed JOIN made ON placed.code = made.code || 'g'
"""


@pytest.fixture
def owner(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.owner_url, application="test owner")) as connection:
        connection.execute(trusted_sql(COMPANIES))
        # Two of four companies have sensors that report; the others' have never spoken.
        connection.execute(
            trusted_sql(
                "INSERT INTO asset_contacts (asset_id, heard_at) SELECT assets.id, '2026-01-01'"
                " FROM assets WHERE code IN ('c1gL', 'c2gL')"
            )
        )
        connection.execute(trusted_sql("UPDATE assets SET registered_at = '2026-01-01'"))
        yield connection


def test_the_end_of_a_month_and_quarter_proposes_once_and_decides_nothing(
    owner: Connection, analytics: Connection
) -> None:
    early = OCTOBER_ENDS + GRACE - timedelta(minutes=1)
    for _ in range(5):
        review_periods(analytics, early)
    reviewed = "SELECT period, kind FROM period_reviews ORDER BY 1, 2"
    assert rows(analytics, reviewed) == [("2026-09", "last_five"), ("2026-Q3", "lists")]

    for _ in range(5):
        review_periods(analytics, early + timedelta(minutes=2))
    assert ("2026-10", "last_five") in rows(analytics, reviewed)
    stages = rows(analytics, "SELECT DISTINCT stage FROM measures")
    assert stages == [("proposed",)]
    last = rows(
        analytics,
        "SELECT code FROM measures JOIN organisations ON organisations.id = company_id"
        " WHERE measures.kind = 'last_five' AND period = '2026-10' ORDER BY code",
    )
    assert last == [("c3",), ("property",)]
    lists = rows(
        analytics,
        "SELECT DISTINCT measures.kind FROM measures"
        " JOIN organisations ON organisations.id = company_id"
        " WHERE period = '2026-Q3' AND code IN ('c3', 'property')",
    )
    assert lists == [("black_list",)]
    told = rows(analytics, TOLD)
    assert {(row[0], row[1]) for row in told} == {
        ("street", "measure.proposed"),
        ("bureau", "measure.proposed"),
    }, "the street decides on its last five, whoever stands for the district on its lists"
    assert "末五位" in " ".join(str(row[2]) for row in told)
    assert review_periods(analytics, early + timedelta(days=1)) == 0


def test_an_overdue_measure_reminds_the_company_and_whoever_supervises(
    owner: Connection, analytics: Connection
) -> None:
    for _ in range(5):
        review_periods(analytics, OCTOBER_ENDS + GRACE)
    issue = Deed(
        step=Step.ISSUE,
        actor="supervisor-1",
        role=Role.SUPERVISOR,
        reason="核查属实",
        due=date(2026, 11, 20),
        appeal_until=date(2026, 11, 12),
    )
    last = next(one for one in store.fetch_measures(analytics) if one.kind == "last_five")
    number = last.number
    in_transaction(analytics, lambda held: store.step(held, number, issue, OCTOBER_ENDS + GRACE))
    before = len(rows(analytics, TOLD))

    assert remind(analytics, datetime(2026, 11, 16, 3, tzinfo=UTC)) == 0
    assert remind(analytics, datetime(2026, 11, 17, 3, tzinfo=UTC)) == 1
    assert remind(analytics, datetime(2026, 11, 18, 3, tzinfo=UTC)) == 0
    assert remind(analytics, datetime(2026, 11, 21, 3, tzinfo=UTC)) == 1
    assert remind(analytics, datetime(2026, 12, 21, 3, tzinfo=UTC)) == 0

    told = rows(analytics, TOLD)[before:]
    assert [row[1] for row in told] == ["measure.due_soon", "measure.overdue", "measure.overdue"]
    assert {row[0] for row in told[1:]} == {last.company_code, "street"}
    assert number in str(told[0][2])


def test_certificates_and_contracts_are_reminded_of_before_and_after_their_last_day(
    site: Site, analytics: Connection
) -> None:
    entry = Entry(
        name=TechnicianName("wang"),
        display_name="王师傅",
        organisation="lift_firm",
        capacity=3,
        certificates=(
            Certificate(skill=Skill.LIFT, number="T-0001", valid_until=date(2026, 12, 15)),
        ),
        shifts=ALWAYS,
        home=HERE,
    )
    in_transaction(analytics, lambda held: put_technicians(held, [entry], OCTOBER_ENDS))
    with closing(connect(site.urls.owner_url, application="test owner")) as owner:
        rows(
            owner,
            "UPDATE assets SET contract_until = '2026-12-20' WHERE code IN ('L-1', 'D-1', 'W-1')"
            " RETURNING id",
        )

    assert remind(analytics, datetime(2026, 11, 1, tzinfo=UTC)) == 0
    assert remind(analytics, datetime(2026, 11, 22, tzinfo=UTC)) == 4, "one for each class"
    assert remind(analytics, datetime(2026, 11, 23, tzinfo=UTC)) == 0
    assert remind(analytics, datetime(2026, 12, 16, tzinfo=UTC)) == 1

    told = rows(analytics, TOLD)
    assert ("lift_firm", "certificate.due_soon", "王师傅 lift T-0001 至2026-12-15") in told
    assert ("property", "contract.due_soon", "示范花园 电梯1台 至2026-12-20") in told
    assert ("lift_firm", "contract.due_soon", "示范花园 电梯1台 至2026-12-20") in told
    assert told[-1][1] == "certificate.expired"
