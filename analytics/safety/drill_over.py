"""Drills end by their limit, and what still alarms after them is real."""

from datetime import datetime

from analytics import loop_store
from analytics.alarms.alarm import Trigger
from analytics.alarms.consequence import bureau_notices
from analytics.alarms.report import PlacePath
from analytics.alarms.store import BY_PLATFORM, PLATFORM
from analytics.alarms.subject import Line, answer_of, facts_of, lock_subject, note
from analytics.duties.responsibility import Responsibility
from analytics.live import Announcement, Change
from analytics.notices.notice import Notice, NoticeKind, Target
from analytics.safety import drill_store
from analytics.safety import store as safety_store
from analytics.safety.fire import UNCONFIRMED
from analytics.safety.store import Plans
from ingest.database import Connection


class DrillsOver:
    """Ends drills and takes what they leave over.

    Args:
        responsibility: Says who answers for what.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility
        self._plans = Plans()

    def take_expired(
        self, connection: Connection, aside: list[int], seen: list[int], now: datetime
    ) -> bool:
        """End a drill whose time is up; alarms were real since that time already."""
        found = drill_store.claim_expired(connection, aside, now)
        if found is None:
            return False
        seen.append(found.id)
        drill_store.end(connection, found.id, PLATFORM, found.ends_at)
        told = Announcement()
        told.add(Change.NOTICE, None, PlacePath(found.place_path))
        told.write(connection, now)
        return True

    def take_left_over(
        self, connection: Connection, aside: list[int], seen: list[int], now: datetime
    ) -> bool:
        """Make an alarm real that a drill has left over."""
        settle = self._plans.at(connection, now).drill.settle
        alarm_id = drill_store.claim_left_over(connection, aside, settle, now)
        if alarm_id is None:
            return False
        seen.append(alarm_id)
        drill_store.make_real(connection, alarm_id, UNCONFIRMED)
        subject = lock_subject(connection, alarm_id)
        if subject is None:
            return True
        reason = "演练结束后仍在报警或再次报警,按真实报警处理"
        line = Line(actor=BY_PLATFORM, at=now, reason=reason)
        note(connection, subject.alarm, Trigger.DRILL_OVER, line)
        facts = facts_of(connection, alarm_id)
        answer = answer_of(connection, self._responsibility, facts, now)
        kind = NoticeKind.DRILL_OVER
        notices = [
            Notice(kind=kind, target=Target.DESK, facts=facts, organisation=facts.responsible),
            *bureau_notices(facts, answer, kind),
        ]
        loop_store.add_notices(connection, notices, now)
        if facts.is_life_safety:
            safety_store.add_work(connection, [alarm_id], now)
        told = Announcement()
        told.add(Change.ALARM, alarm_id, subject.place_path)
        told.write(connection, now)
        return True
