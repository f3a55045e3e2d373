"""A random walk over everything that can happen to orders: none is ever nobody's or lost."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from random import Random
from typing import cast

import pytest

from analytics.act.kind import (
    OF_OWNER,
    ORDER_ACTS,
    ROLES,
    ActKind,
    AssignOrder,
    ConfirmFalse,
    OrderAct,
    Person,
)
from analytics.alarms.alarm import AlarmId
from analytics.clocks.deadline import Deadlines
from analytics.duties.responsibility import Responsibility
from analytics.orders.dispatch import Dispatcher
from analytics.orders.link import link_new
from analytics.orders.store import watch_ownerless
from analytics.orders.technician import Skill
from analytics.orders.work_order import OrderId
from ingest.database import Connection, connect
from tests.integration.analytics.orders import ask, new_id, person, register, technician_entry
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all

STEPS = 150
SENSIBLE = 0.8
"""Share of acts that somebody who knows the rules would try."""
K = ActKind
NEXT = {
    "proposed": [K.ORDER_ACCEPT],
    "dispatched": [K.ORDER_ACCEPT, K.ORDER_ACCEPT, K.ORDER_DECLINE, K.ORDER_ASSIGN],
    "accepted": [K.ORDER_ARRIVE, K.ORDER_ARRIVE, K.ORDER_DECLINE, K.ORDER_ASSIGN],
    "on_site": [K.ORDER_RESTORE, K.ORDER_RESTORE, K.ORDER_ASSIGN],
    "restored": [K.ORDER_VERIFY, K.ORDER_VERIFY, K.ORDER_REOPEN],
    "verified": [K.ORDER_CLOSE, K.ORDER_REOPEN],
    "closed": [K.ORDER_REOPEN],
}

NOBODY = """
SELECT id, state FROM work_orders
WHERE closed_at IS NULL AND owner_id IS NULL AND NOT EXISTS (
    SELECT FROM clocks WHERE order_id = work_orders.id AND clocks.state = 'running')
"""
WITHOUT_OWNER_UNDER_WAY = """
SELECT id, state FROM work_orders
WHERE owner_id IS NULL AND state IN ('dispatched', 'accepted', 'on_site', 'restored', 'verified')
"""
CLOCK_OF_THE_DEAD = """
SELECT work_orders.id FROM work_orders JOIN clocks ON clocks.order_id = work_orders.id
WHERE work_orders.closed_at IS NOT NULL AND clocks.state = 'running'
"""
LOST_IN_MERGING = """
SELECT merged.id FROM work_orders AS merged
LEFT JOIN work_orders AS survivor ON survivor.id = merged.merged_into
WHERE merged.state = 'merged' AND (survivor.id IS NULL OR survivor.state = 'merged')
"""
TWICE = """
SELECT work_orders.asset_id, work_orders.cause FROM work_orders
JOIN alarms ON alarms.id = work_orders.alarm_id
WHERE work_orders.state IN ('proposed', 'dispatched', 'declined', 'accepted', 'on_site')
    AND work_orders.linked_at IS NOT NULL AND NOT alarms.is_life_safety
    AND work_orders.id NOT IN (SELECT order_id FROM work_order_transitions WHERE trigger = 'reopen')
GROUP BY 1, 2 HAVING count(*) > 1
"""
WRONG_HANDS = """
SELECT work_orders.id, work_orders.state, technicians.name FROM order_assignments
JOIN work_orders ON work_orders.id = order_assignments.order_id
JOIN technicians ON technicians.name = order_assignments.technician
WHERE order_assignments.ended_at IS NULL AND (
    work_orders.state NOT IN ('dispatched', 'accepted', 'on_site')
    OR technicians.organisation_id IS DISTINCT FROM work_orders.owner_id)
"""
BROKEN_HISTORY = """
SELECT order_id, id FROM (
    SELECT order_id, id, from_state, lag(to_state) OVER (PARTITION BY order_id ORDER BY id) AS before
    FROM work_order_transitions
) AS steps WHERE before IS NOT NULL AND before <> from_state
"""
HISTORY_BEHIND = """
SELECT work_orders.id, work_orders.version, work_orders.state, last.version, last.to_state
FROM work_orders CROSS JOIN LATERAL (
    SELECT version, to_state FROM work_order_transitions
    WHERE order_id = work_orders.id ORDER BY id DESC LIMIT 1) AS last
WHERE (work_orders.version, work_orders.state) <> (last.version, last.to_state)
"""
WITHOUT_ORDER = """
SELECT alarms.id FROM alarms JOIN duties ON duties.id = alarms.duty_id
WHERE duties.opens_order AND NOT EXISTS (SELECT FROM work_orders WHERE alarm_id = alarms.id)
"""
NEVER = {
    "nobody's": NOBODY,
    "under way without an owner": WITHOUT_OWNER_UNDER_WAY,
    "clock of an order that is over": CLOCK_OF_THE_DEAD,
    "lost in merging": LOST_IN_MERGING,
    "done twice": TWICE,
    "in wrong hands": WRONG_HANDS,
    "history with a hole": BROKEN_HISTORY,
    "history behind": HISTORY_BEHIND,
    "alarm without its order": WITHOUT_ORDER,
}


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


class Walk:
    """Everything that can happen, drawn at random."""

    def __init__(
        self, ingest: Connection, analytics: Connection, console: Connection, seed: int
    ) -> None:
        self.random = Random(seed)
        self.ingest, self.analytics, self.console = ingest, analytics, console
        self.now = NOW
        self.seq = 0
        self.done: dict[str, int] = {}
        who = Responsibility()
        self.deadlines, self.dispatcher = Deadlines(who), Dispatcher(who)
        self.people = self._people()

    def _people(self) -> list[Person]:
        field = [
            person(self.analytics, name, "technician", of)
            for name, of in (("wang", "lift_firm"), ("li", "lift_firm"), ("zhao", "fire_firm"))
        ]
        boss = person(self.analytics, "boss", "maintenance_dispatcher", "lift_firm")
        desk = person(self.analytics, "desk", "project_manager", "property")
        community = person(self.analytics, "c1", "operator", "community")
        return [*field, *field, boss, desk, desk, community]

    def step(self) -> str:
        choices: list[tuple[int, Callable[[], str]]] = [
            (4, self.event),
            (12, self.act_on_order),
            (1, self.refute),
            (3, self.let_time_pass),
            (3, self.round),
        ]
        weights = [weight for weight, _ in choices]
        made = self.random.choices([choice for _, choice in choices], weights)[0]
        name = made()
        self.done[name] = self.done.get(name, 0) + 1
        return name

    def event(self) -> str:
        self.seq += 1
        asset, event = self.random.choice(
            [
                ("L-1", "overspeed"),
                ("L-1", "entrapment"),
                ("L-1", "door_blocked"),
                ("L-9", "overspeed"),
                ("D-1", "fire_alarm"),
                ("D-9", "fault"),
                ("W-1", "pressure_low"),
            ]
        )
        state = self.random.choice(["raise", "raise", "clear"])
        said = Said(seq=self.seq, asset=asset, event=event, state=state, at=self.now)
        say(self.ingest, said)
        decide_all(self.analytics)
        if self.random.random() < 0.5:
            rows(
                self.analytics,
                "UPDATE alarms SET state = 'normal', closed_at = now() WHERE closed_at IS NULL"
                f" AND id % 3 = {self.random.randrange(3)} RETURNING id",
            )
        return f"event {state}"

    def act_on_order(self) -> str:
        found = rows(
            self.analytics,
            "SELECT id, state, owner_id FROM work_orders WHERE state <> 'merged'"
            " ORDER BY id DESC LIMIT 5",
        )
        if not found:
            return "nothing"
        order, state, owner = self.random.choice(found)
        kind = self.random.choice(list(ORDER_ACTS))
        if self.random.random() < SENSIBLE:
            kind = self.random.choice(NEXT.get(str(state), list(ORDER_ACTS)))
        fitting = [one for one in self.people if one.role in ROLES[kind]]
        own = [one for one in fitting if kind not in OF_OWNER or one.organisation == owner]
        by = self.random.choice(own if own and self.random.random() < SENSIBLE else self.people)
        order_id = OrderId(cast("int", order))
        made = ORDER_ACTS[kind]
        if made is AssignOrder:
            name = self.random.choice(["wang", "li", "zhao", "nobody"])
            act: OrderAct = AssignOrder(
                id=new_id(), by=by, order_id=order_id, text="t", technician=name
            )
        else:
            act = made(id=new_id(), by=by, order_id=order_id, text="t")
        result = ask(self.console, self.analytics, act, self.now)
        return f"{kind} {'done' if result.is_done else result.refusal}"

    def refute(self) -> str:
        found = rows(self.analytics, "SELECT id FROM alarms WHERE closed_at IS NULL")
        if not found:
            return "nothing"
        alarm = AlarmId(cast("int", self.random.choice(found)[0]))
        act = ConfirmFalse(id=new_id(), by=self.people[-2], alarm_id=alarm, text="误报")
        ask(self.console, self.analytics, act, self.now)
        return "refute"

    def let_time_pass(self) -> str:
        self.now += self.random.choice(
            [timedelta(minutes=5), timedelta(hours=8), timedelta(days=4)]
        )
        self.deadlines.handle(self.analytics, self.now)
        return "time"

    def round(self) -> str:
        link_new(self.analytics, self.now)
        self.dispatcher.turn(self.analytics, self.now)
        watch_ownerless(self.analytics, self.now)
        return "round"


@pytest.mark.parametrize("seed", [7, 11])
def test_no_order_is_ever_nobody_s_twice_or_lost(
    site: Site, ingest: Connection, analytics: Connection, console: Connection, seed: int
) -> None:
    register(
        analytics,
        technician_entry("wang"),
        technician_entry("li"),
        technician_entry("zhao", "fire_firm", Skill.FIRE),
    )
    walk = Walk(ingest, analytics, console, seed)
    orders = 0
    for number in range(STEPS):
        name = walk.step()
        broken = {what: found for what, query in NEVER.items() if (found := rows(analytics, query))}
        assert not broken, (number, name)
        count = cast("int", rows(analytics, "SELECT count(*) FROM work_orders")[0][0])
        assert count >= orders
        orders = count
    assert orders >= 10, walk.done
    done = {name for name in walk.done if name.endswith("done")}
    assert len(done) >= 6, walk.done


def test_the_walk_would_see_an_order_that_is_nobody_s(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    walk = Walk(ingest, analytics, console, 1)
    while not rows(analytics, "SELECT id FROM work_orders"):
        walk.event()
    rows(analytics, "UPDATE work_orders SET owner_id = NULL, state = 'proposed' RETURNING id")
    rows(analytics, "UPDATE clocks SET state = 'stopped' RETURNING id")
    assert rows(analytics, NOBODY)
