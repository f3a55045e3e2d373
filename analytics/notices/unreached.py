"""Nobody of an organisation can be reached about life safety: the next ones go on, and the desk is told.

A message that fails is tried again for as long as the alarm stands. That alone would be silent: the
desk has acknowledged and believes that somebody is on the way.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from analytics import loop_store, metrics
from analytics.alarms.alarm import AlarmId, Trigger, act_on
from analytics.alarms.store import BY_PLATFORM
from analytics.alarms.subject import Line, Subject, answer_of, facts_of, lock_subject, save_move
from analytics.clocks.clock import ClockKind, alarm_clock
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.notices.message_store import Subject as Told
from analytics.notices.notice import AlarmFacts, Notice, NoticeKind, Target
from ingest.database import Connection, in_transaction, load_queries

_QUERIES: Final = load_queries("analytics", "unreached.sql")
FAILED_AFTER: Final = 3
"""So many attempts in a row failed, some 3 s after the first: this way is none for now."""

QUIET: Final = timedelta(minutes=10)
"""The desk hears of one organisation and alarm this often at most."""

_log = structlog.get_logger("analytics.unreached")


class Unreached:
    """Brings alarms back to the desk whose people cannot be reached.

    Args:
        responsibility: Says which clock the desk has.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility

    def look(self, connection: Connection, told: Told, now: datetime) -> bool:
        """After a way of reaching an organisation failed; whether it was the last one and is news.

        It runs inside the transaction that writes the failure down, and takes nothing from it.
        """
        alarm_id = told.alarm_id
        if alarm_id is None or not told.is_life_safety:
            return False
        try:
            return in_transaction(
                connection, lambda held: self._look(held, told, alarm_id, now), attempts=1
            )
        except Exception:  # the edge of a request: the next failure looks again
            if connection.broken:
                raise
            metrics.FAILURES.labels("unreached").inc()
            _log.exception("desk_not_told", alarm_id=alarm_id)
            return False

    def _look(self, connection: Connection, told: Told, alarm_id: AlarmId, now: datetime) -> bool:
        asked = {
            "notice_id": told.notice_id,
            "organisation_id": told.organisation,
            "after": FAILED_AFTER,
            "now": now,
            "quiet": QUIET,
        }
        row = connection.execute(_QUERIES["unreached"], asked).fetchone()
        subject = None if row is None else lock_subject(connection, alarm_id)
        if row is None or subject is None or not subject.is_open:
            return False
        connection.execute(_QUERIES["hasten_rescue"], asked)
        connection.execute(_QUERIES["hasten_order"], asked)
        note, is_told = str(row[0]), bool(row[1])
        if is_told:
            return False
        facts = facts_of(connection, alarm_id)
        self._sound_again(connection, subject, facts, note, now)
        notice = Notice(
            kind=NoticeKind.NOT_REACHED,
            target=Target.DESK,
            facts=facts,
            # Its own people are those who cannot be reached: then its screen alone says so.
            organisation=None if facts.responsible == told.organisation else facts.responsible,
            note=note,
        )
        loop_store.add_notices(connection, [notice], now)
        announced = Announcement()
        announced.add(Change.ALARM, alarm_id, subject.place_path)
        announced.write(connection, now)
        metrics.UNREACHED.inc()
        _log.warning("nobody_reached", alarm_id=alarm_id, organisation=told.organisation)
        return True

    def _sound_again(
        self,
        connection: Connection,
        subject: Subject,
        facts: AlarmFacts,
        note: str,
        now: datetime,
    ) -> None:
        """An alarm that the desk had acknowledged is unseen once more, with its clock."""
        after = act_on(subject.alarm, Trigger.RE_ALARM, subject.kind, now)
        if after is None:
            return
        line = Line(
            actor=BY_PLATFORM, at=now, reason=f"未能通知到 {note} (not reached: phone them)"
        )
        save_move(connection, subject, after, Trigger.RE_ALARM, line)
        answer = answer_of(connection, self._responsibility, facts, now)
        clock = answer and alarm_clock(answer.duty, ClockKind.ACKNOWLEDGE, subject.id, now)
        loop_store.start_clocks(connection, [clock] if clock else [])
