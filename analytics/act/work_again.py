"""The work of an alarm that is not false after all goes on, inside the caller's transaction."""

from typing import Final, cast

from analytics import loop_store
from analytics.act.order_act import REOPEN_WITHIN
from analytics.alarms.consequence import Opened, give_out_late
from analytics.alarms.subject import Line, Subject, answer_of, facts_of
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement
from analytics.loop_store import StoredOrder
from analytics.orders.facts import OrderNotice, Told, order_facts, tell
from analytics.orders.move import Start, begin_clocks, move_locked
from analytics.orders.work_order import OrderAct, OrderId, OrderTrigger
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "desk.sql")


def work_again(
    connection: Connection, who: Responsibility, subject: Subject, told: Announcement, line: Line
) -> None:
    """The order that a judgement ended is open again, or there is a new one; once.

    Work that is going on stays as it is; what was done, or is another order's, begins no second time.

    Args:
        who: Says who answers for the alarm and its order.
        subject: The alarm, locked.
        line: Its reason says why the work goes on.
    """
    if loop_store.open_order_of(connection, subject.id) is not None:
        return
    row = connection.execute(_QUERIES["refuted_order"], {"alarm_id": subject.id}).fetchone()
    order_id = None if row is None else OrderId(cast("int", row[0]))
    stored = None if order_id is None else loop_store.lock_order(connection, order_id)
    if stored is None or not _is_wanted(subject, stored, line):
        return
    step = OrderAct(trigger=OrderTrigger.REOPEN, actor=line.actor.name, note=line.reason)
    if move_locked(connection, stored, step, told, line) is None:
        # Nobody had taken it when it ended: it has no owner to go back to.
        _give_out(connection, who, subject, told, line)
        return
    begin_clocks(connection, who, Start(order_id=stored.id), line.at)
    facts = order_facts(connection, [stored.id])[stored.id]
    words = Told(kind=OrderNotice.REOPENED, facts=facts, to=stored.order.owner, note=line.reason)
    tell(connection, words, line.at)


def _is_wanted(subject: Subject, stored: StoredOrder, line: Line) -> bool:
    """The work of an alarm that is over is taken up again as long as an order may be reopened."""
    ended_at = stored.order.closed_at
    return subject.is_open or ended_at is None or line.at - ended_at <= REOPEN_WITHIN


def _give_out(
    connection: Connection, who: Responsibility, subject: Subject, told: Announcement, line: Line
) -> None:
    facts = facts_of(connection, subject.id)
    answer = answer_of(connection, who, facts, line.at)
    if answer is not None:
        give_out_late(connection, [Opened(facts=facts, answer=answer)], told, line.at)
