"""社区吹哨,部门报到: a community calls several departments, each with a receipt and a clock of its own.

The call is an order of the community's; each department has one of its own below it. To accept it
is the receipt, to arrive is to report for duty, and a department that does neither is told upwards
like any other order that is overdue.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from analytics import loop_store
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.work_kind import CallTogether
from analytics.alarms.report import PlacePath
from analytics.alarms.store import Actor
from analytics.clocks.clock import Clock, ClockKind
from analytics.duties.matrix import Answer, OrganisationId, Party, Surroundings, answer
from analytics.duties.responsibility import Spot, surroundings
from analytics.live import Announcement
from analytics.orders.duty import FALLBACK
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.store import NewOrder, open_order
from analytics.orders.work_order import OrderId
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "report.sql")
SOURCE: Final = "joint_call"
LIMITS: Final = {
    ClockKind.ACCEPT: timedelta(minutes=15),
    ClockKind.ARRIVE: timedelta(hours=1),
    ClockKind.RESTORE: timedelta(days=3),
    ClockKind.CLOSE: timedelta(days=7),
}
"""Receipt, arrival, work and end of a department's part: a product rule, no source."""


class CallOffice:
    """Calls departments, inside the caller's transaction."""

    def call(self, connection: Connection, act: CallTogether, now: datetime) -> ActResult:
        """Open the call, and a part for each department that is registered for the place."""
        row = connection.execute(_QUERIES["place"], {"code": act.place}).fetchone()
        if row is None:
            return refused(Refusal.NO_PLACE)
        path, name = PlacePath(str(row[0])), str(row[1])
        if not act.by.may_see(path):
            return refused(Refusal.SCOPE)
        spot = Spot(None, path)
        there = surroundings(connection, [spot], now)[spot]
        called = _departments(act, there)
        if not called:
            return refused(Refusal.NO_DEPARTMENT)
        base = answer(FALLBACK, there)
        told = Announcement()
        caller = replace(base, worker=act.by.organisation or base.responsible)
        whole = NewOrder(
            title=f"{name} 社区吹哨",
            detail=act.text,
            source=SOURCE,
            source_key=f"call:{act.id}",
            cause=SOURCE,
            place_path=path,
            actor=Actor(name=act.by.name, role=act.by.role),
        )
        call_id = _open(connection, whole, caller, told, now)
        for party, organisation in called.items():
            part = replace(
                whole,
                title=f"{name} 社区吹哨:请报到",
                source_key=f"call:{act.id}:{party}",
                parent_id=call_id,
            )
            part_id = _open(connection, part, replace(base, worker=organisation), told, now)
            facts = order_facts(connection, [part_id])[part_id]
            words = Told(kind=OrderNotice.CALLED, facts=facts, to=organisation, note=act.text)
            tell(connection, words, now)
        told.write(connection, now)
        return CARRIED_OUT


def _departments(act: CallTogether, there: Surroundings) -> dict[str, OrganisationId]:
    """The organisation of each department that is called and registered, each once."""
    return {
        party: organisation
        for party in dict.fromkeys(act.parties)
        if party in set(Party) and (organisation := _only(Party(party), there)) is not None
    }


def _only(party: Party, there: Surroundings) -> OrganisationId | None:
    """The department itself; nobody stands in for one that is called by name."""
    return there.manager if party is Party.PROPERTY_COMPANY else there.nearest.get(party)


def _open(
    connection: Connection, new: NewOrder, answer_: Answer, told: Announcement, now: datetime
) -> OrderId:
    opened = open_order(connection, new, answer_, told, now)
    clocks = [
        Clock(kind=kind, due_at=now + length, started_at=now, order_id=opened.id)
        for kind, length in LIMITS.items()
    ]
    loop_store.start_clocks(connection, clocks)
    return opened.id
