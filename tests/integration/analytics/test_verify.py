"""Repairs are checked against the real rows: events, conditions and samples after the repair."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from analytics.act.kind import (
    AcceptOrder,
    ArriveOnSite,
    CloseOrder,
    Person,
    RestoreService,
    VerifyOrder,
)
from analytics.act.result import Refusal
from analytics.act.work_kind import AskRating, RateOrder
from analytics.duties.responsibility import Responsibility
from analytics.orders.rating import Rater, new_token, token_hash
from analytics.orders.verify import Verifier
from analytics.orders.work_order import OrderId
from ingest.database import Connection, connect
from tests.integration.analytics.orders import LATER, ask, fault, new_id, person, told
from tests.integration.analytics.site import Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all

DUE = LATER + timedelta(minutes=30)


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


@pytest.fixture
def restored(site: Site, ingest: Connection, analytics: Connection, console: Connection) -> OrderId:
    order = fault(ingest, analytics, 1)
    worker = person(analytics, "wang")
    for act in (
        AcceptOrder(id=new_id(), by=worker, order_id=order),
        ArriveOnSite(id=new_id(), by=worker, order_id=order),
        RestoreService(id=new_id(), by=worker, order_id=order, text="调整限速器"),
    ):
        assert ask(console, analytics, act).is_done
    return order


def runs(connection: Connection, count: int, asset: str = "L-1") -> None:
    """A lift that runs up and down after the repair."""
    for minute in range(10):
        rows(
            connection,
            "INSERT INTO lift_samples (at, asset_id, speed, floor, run_count)"
            f" SELECT '{(LATER + timedelta(minutes=minute)).isoformat()}'::timestamptz"
            f" + INTERVAL '5 seconds', id, {1.5 if count else 0}, {minute % 5},"
            f" {100 + minute * count / 9} FROM assets WHERE code = '{asset}' RETURNING asset_id",
        )


def verify(connection: Connection) -> list[tuple[object, ...]]:
    Verifier(Responsibility()).turn(connection, DUE)
    return rows(
        connection,
        "SELECT order_verifications.result, evidence -> 'faults', state FROM order_verifications"
        " JOIN work_orders ON work_orders.id = order_id",
    )


def test_a_fault_that_went_away_and_a_lift_that_ran_are_a_repair(
    restored: OrderId, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=2, event="overspeed", state="clear", at=LATER))
    decide_all(analytics)
    runs(ingest, 6)
    assert Verifier(Responsibility()).turn(analytics, DUE - timedelta(seconds=1)) == 0
    assert verify(analytics) == [("verified", [], "verified")]
    assert Verifier(Responsibility()).turn(analytics, DUE) == 0


def test_a_fault_that_is_still_there_sends_the_order_back(
    restored: OrderId, ingest: Connection, analytics: Connection
) -> None:
    runs(ingest, 6)
    assert verify(analytics) == [("not_verified", ["still_active"], "dispatched")]
    assert [row[0] for row in told(analytics, "order.not_verified")] == ["lift_firm"]
    assert rows(
        analytics,
        f"SELECT kind FROM clocks WHERE order_id = {restored} AND state = 'running' ORDER BY 1",
    ) == [("accept",), ("arrive",), ("close",), ("restore",)]


def test_a_lift_that_never_ran_again_is_not_repaired_even_when_it_was_closed(
    restored: OrderId, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    say(ingest, Said(seq=2, event="overspeed", state="clear", at=LATER))
    decide_all(analytics)
    runs(ingest, 0)
    Verifier(Responsibility()).turn(analytics, LATER)
    desk = person(analytics, "desk", "operator", "property")
    assert ask(console, analytics, VerifyOrder(id=new_id(), by=desk, order_id=restored)).is_done
    assert ask(console, analytics, CloseOrder(id=new_id(), by=desk, order_id=restored)).is_done
    assert verify(analytics) == [("not_verified", ["no_test_trips"], "dispatched")]


def test_where_telemetry_is_silent_a_second_person_is_asked(
    restored: OrderId, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    say(ingest, Said(seq=2, event="overspeed", state="clear", at=LATER))
    decide_all(analytics)
    assert verify(analytics) == [("silent", [], "restored")]
    assert len(told(analytics, "order.needs_second")) == 1
    desk = person(analytics, "desk", "operator", "property")
    assert ask(console, analytics, VerifyOrder(id=new_id(), by=desk, order_id=restored)).is_done


def test_a_link_rates_an_order_once(
    restored: OrderId, analytics: Connection, console: Connection
) -> None:
    token = new_token()
    hashed = token_hash(token).hex()
    desk = person(analytics, "desk", "operator", "property")
    made = AskRating(id=new_id(), by=desk, order_id=restored, token_hash=hashed, rater=Rater.OWNER)
    assert ask(console, analytics, made).is_done
    resident = Person(name="resident", role="resident", scope=())
    first = RateOrder(id=new_id(), by=resident, token_hash=hashed, stars=4, text="来得快")
    assert ask(console, analytics, first).is_done
    again = RateOrder(id=new_id(), by=resident, token_hash=hashed, stars=5)
    assert ask(console, analytics, again).refusal is Refusal.USED_UP
    strange = RateOrder(id=new_id(), by=resident, token_hash=token_hash("x").hex(), stars=1)
    assert ask(console, analytics, strange).refusal is Refusal.USED_UP
    assert rows(analytics, "SELECT order_id, rater, stars, comment FROM order_ratings") == [
        (restored, "owner", 4, "来得快")
    ]
    assert token not in str(rows(analytics, "SELECT body::text FROM acts"))
