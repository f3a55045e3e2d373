"""Carries holds out: alarms leave the desk when one begins, and come back when it ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from analytics import loop_store, metrics
from analytics.alarms import consequence
from analytics.alarms.alarm import HIDDEN, Alarm, AlarmId, State, Trigger, act_on
from analytics.alarms.consequence import Opened
from analytics.alarms.rule import AlarmRules, default_rules
from analytics.alarms.store import BY_PLATFORM
from analytics.alarms.subject import (
    Line,
    Subject,
    answer_of,
    facts_of,
    is_condition_active,
    lock_subject,
    save_move,
)
from analytics.clocks.clock import ClockKind, ClockState, alarm_clock
from analytics.duties.responsibility import Responsibility
from analytics.holds import store as hold_store
from analytics.holds.hold import TRIGGER_OF, Hold, HoldId, holding
from analytics.holds.store import Ending, Unswept
from analytics.holds.suppression import reconcile
from analytics.live import Announcement, Change
from analytics.loop_store import Stop
from analytics.notices.notice import Notice, NoticeKind, Target
from analytics.patience import briefly, is_held
from gateway.clock import steady_s
from ingest.database import Connection

BATCH: Final = 50
"""Most alarms that one turn moves, so that a fire waits for no more."""
LOOK_S: Final = 1.0
CARE_S: Final = 5.0
HELD_S: Final = 0.2
"""A hold of which no alarm could be moved is gone over again after this, others before it [s]."""
STUCK_S: Final = 2.0
"""A sweep takes milliseconds: one that somebody else has not ended after this stands still [s]."""
FORGOTTEN_S: Final = 30.0
"""Being kept out so long ago says nothing of now [s]."""
_DESK_CLOCKS: Final = (ClockKind.ACKNOWLEDGE, ClockKind.CONFIRM, ClockKind.ONWARD)
_UNANSWERED: Final = "unanswered"
_UNSEEN: Final = "仍无人确认 (nobody has acknowledged it)"
_AGAIN: Final = "仍未恢复,再次提醒 (it still stands)"

_log = structlog.get_logger("analytics.holds")


class Holding:
    """Moves alarms as holds begin and end, inside the caller's transaction.

    Args:
        responsibility: Says who answers for an alarm that comes back.
    """

    def __init__(self, responsibility: Responsibility) -> None:
        self._responsibility = responsibility
        self._denied_s: float | None = None

    def sweep(self, connection: Connection, hold: Unswept, now: datetime) -> int:
        """Make the alarms of a hold what it says, a bounded number; how many moved.

        The hold is locked, and alarms come before holds: an alarm that somebody else holds is
        left to the next sweep, and so is everything while somebody else sweeps, unless that one
        stands still.
        """
        if not self._may_sweep(connection):
            return 0
        find = hold_store.alarms_to_hide if hold.is_running else hold_store.alarms_to_resume
        alarms = find(connection, hold.id, limit=BATCH)
        free = loop_store.lock_free(connection, alarms)
        told = Announcement()
        moved = 0
        for alarm_id in free:
            subject = lock_subject(connection, alarm_id)
            if subject is None or not subject.is_open:
                continue
            if hold.is_running:
                moved += self._hide(connection, subject, told, now)
            else:
                moved += self._bring_back(connection, subject, told, now)
        if len(free) == len(alarms) and (len(alarms) < BATCH or not moved):
            hold_store.set_swept(connection, hold.id)
        told.write(connection, now)
        return moved

    def _may_sweep(self, connection: Connection) -> bool:
        """Whether nobody else sweeps; one who takes too long is not waited for.

        Two who sweep at once can meet a hold of one another, which costs a moment and no alarm.
        """
        if hold_store.be_the_sweeper(connection):
            self._denied_s = None
            return True
        steady = steady_s()
        if self._denied_s is None or steady - self._denied_s > FORGOTTEN_S:
            self._denied_s = steady
        return steady - self._denied_s >= STUCK_S

    def end(self, connection: Connection, hold: HoldId, ending: Ending) -> bool:
        """End a hold and bring its alarms back; whether it was still running."""
        if not hold_store.end_hold(connection, hold, ending):
            return False
        self.sweep(connection, Unswept(id=hold, is_running=False), ending.at)
        return True

    def _hide(
        self, connection: Connection, subject: Subject, told: Announcement, now: datetime
    ) -> bool:
        hold = _hold_over(connection, subject)
        after = None if hold is None else _under(subject, hold, now)
        if hold is None or after is None:
            return False
        line = Line(actor=BY_PLATFORM, at=now, reason=hold.reason)
        save_move(connection, subject, after, TRIGGER_OF[hold.kind], line)
        hold_store.set_hold(connection, hold.id, [subject.id])
        stop = Stop(kinds=_DESK_CLOCKS, state=ClockState.STOPPED, alarm_id=subject.id)
        loop_store.stop_clocks(connection, [stop], now)
        told.add(Change.ALARM, subject.id, subject.place_path)
        return True

    def _bring_back(
        self, connection: Connection, subject: Subject, told: Announcement, now: datetime
    ) -> bool:
        if subject.alarm.state not in HIDDEN:
            return False
        is_active = is_condition_active(connection, subject)
        trigger = Trigger.RESUME_ACTIVE if is_active else Trigger.RESUME_NORMAL
        after = act_on(subject.alarm, trigger, subject.kind, now)
        if after is None:
            return False
        save_move(connection, subject, after, trigger, Line(actor=BY_PLATFORM, at=now))
        told.add(Change.ALARM, subject.id, subject.place_path)
        back = replace(subject, alarm=after)
        if back.is_open and self._hide(connection, back, told, now):
            return True
        self._follow(connection, back, told, now)
        return True

    def _follow(
        self, connection: Connection, back: Subject, told: Announcement, now: datetime
    ) -> None:
        """The desk hears of an alarm that is back, as if it had just opened where nobody knew."""
        if back.is_open and back.confirmation == _UNANSWERED:
            # The hold stopped its way onward: it is looked at, and goes on, from the beginning.
            loop_store.unconfirm(connection, [back.id])
        facts = facts_of(connection, back.id)
        if not back.is_open:
            consequence.follow_closed(connection, [facts], now)
            return
        answer = answer_of(connection, self._responsibility, facts, now)
        is_new = not hold_store.was_told(connection, back.id)
        opened = Opened(facts=facts, answer=answer, is_new=is_new)
        consequence.follow_opened(connection, [opened], told, now)
        hold_store.look_at_again(connection, back.id)

    def sound_again(self, connection: Connection, alarm_id: AlarmId, now: datetime) -> bool:
        """An acknowledged alarm that has stood too long is unacknowledged once more."""
        subject = lock_subject(connection, alarm_id)
        if subject is None or not subject.is_open:
            return False
        after = act_on(subject.alarm, Trigger.RE_ALARM, subject.kind, now)
        if after is None:
            return False
        save_move(connection, subject, after, Trigger.RE_ALARM, Line(actor=BY_PLATFORM, at=now))
        told = Announcement()
        told.add(Change.ALARM, subject.id, subject.place_path)
        self._remind(connection, alarm_id, now)
        told.write(connection, now)
        return True

    def tell_again(self, connection: Connection, alarm_id: AlarmId, now: datetime) -> bool:
        """Life safety that nobody has acknowledged goes through its whole chain once more."""
        subject = lock_subject(connection, alarm_id)
        if subject is None or not subject.is_open:
            return False
        if self._remind(connection, alarm_id, now, NoticeKind.ESCALATED, _UNSEEN) is None:
            # No line of the matrix answers for it: at least the bureau hears of it.
            notices = consequence.bureau_notices(
                facts_of(connection, alarm_id), None, NoticeKind.ESCALATED, _UNSEEN
            )
            loop_store.add_notices(connection, notices, now)
        told = Announcement()
        told.add(Change.ALARM, subject.id, subject.place_path)
        told.write(connection, now)
        return True

    def _remind(
        self,
        connection: Connection,
        alarm_id: AlarmId,
        now: datetime,
        kind: NoticeKind = NoticeKind.RAISED_AGAIN,
        note: str = _AGAIN,
    ) -> Notice | None:
        """The desk has its clock again; nobody else hears of what is no news."""
        facts = facts_of(connection, alarm_id)
        answer = answer_of(connection, self._responsibility, facts, now)
        if answer is None:
            return None
        clock = alarm_clock(answer.duty, ClockKind.ACKNOWLEDGE, alarm_id, now)
        loop_store.start_clocks(connection, [clock] if clock else [])
        notice = Notice(
            kind=kind, target=Target.DESK, facts=facts, organisation=answer.responsible, note=note
        )
        loop_store.add_notices(connection, [notice], now)
        return notice


def _hold_over(connection: Connection, subject: Subject) -> Hold | None:
    holds = hold_store.running_holds(connection, [subject.asset_id])
    return holding(holds, subject.asset_id, subject.condition, subject.kind)


def _under(subject: Subject, hold: Hold, now: datetime) -> Alarm | None:
    if subject.alarm.state is State(hold.kind.value):
        return None
    return act_on(subject.alarm, TRIGGER_OF[hold.kind], subject.kind, now)


class HoldWatch:
    """Looks after holds in the alarm process: sweeps, causes of suppression, re-alarms.

    Args:
        responsibility: Says who answers for an alarm that comes back.
        rules: Of suppression and re-alarm.
    """

    def __init__(self, responsibility: Responsibility, rules: AlarmRules | None = None) -> None:
        self._rules = rules or default_rules()
        self._holding = Holding(responsibility)
        self._looked_s = self._cared_s = self._rests_until_s = -1e9
        self._aside: dict[HoldId, float] = {}

    def handle(self, connection: Connection, now: datetime) -> int:
        """Go over what has to be gone over, bounded; how many alarms moved.

        Raises:
            StoreUnavailable: The connection is lost; everything else waits for the next turn.
        """
        steady = steady_s()
        done = 0
        if steady - self._looked_s >= LOOK_S:
            self._looked_s = steady
            self._try(connection, lambda held: reconcile(held, self._rules, now))
        if steady >= self._rests_until_s:
            done += self._go_over(connection, now)
        if steady - self._cared_s >= CARE_S:
            self._cared_s = steady
            done += self._try(connection, lambda held: self._care(held, now)) or 0
        return done

    def _go_over(self, connection: Connection, now: datetime) -> int:
        """Sweep the next hold; one that fails keeps no other waiting."""
        steady = steady_s()
        self._aside = {hold: until for hold, until in self._aside.items() if until > steady}
        seen: list[HoldId] = []
        moved = self._try(connection, lambda held: self._sweep(held, seen, now))
        if moved is None and not seen:
            self._rests_until_s = steady + LOOK_S
        elif not moved and seen:
            self._aside[seen[-1]] = steady + (HELD_S if moved == 0 else LOOK_S)
        return moved or 0

    def _try(self, connection: Connection, work: Callable[[Connection], int]) -> int | None:
        """What was moved; None: it failed, and nothing else waits for it."""
        try:
            return briefly(connection, work)
        except Exception as error:  # the edge of a loop: no hold stops an alarm
            if connection.broken:
                raise
            if not is_held(error):
                metrics.FAILURES.labels("holds").inc()
                _log.exception("holds_not_swept", again_in_s=LOOK_S)
            return None

    def _sweep(self, connection: Connection, seen: list[HoldId], now: datetime) -> int:
        moved = 0
        for hold in hold_store.claim_unswept(connection, limit=1, set_aside=self._aside):
            seen.append(hold.id)
            moved += self._holding.sweep(connection, hold, now)
        return moved

    def _care(self, connection: Connection, now: datetime) -> int:
        """Re-alarms, what nobody has seen, void proposals, and a net under what an ended hold hides."""
        if hold_store.find_forgotten(connection):
            _log.error("alarms_hidden_by_an_ended_hold")
        hold_store.lapse_proposals(connection, now)
        unseen = hold_store.due_unseen(connection, now - self._rules.unseen, limit=BATCH)
        told = sum(self._holding.tell_again(connection, alarm_id, now) for alarm_id in unseen)
        return told + sum(
            self._holding.sound_again(connection, alarm_id, now)
            for severity, length in self._rules.re_alarm.items()
            for alarm_id in hold_store.due_re_alarms(
                connection, severity, now - _positive(length), limit=BATCH
            )
        )


def _positive(length: timedelta) -> timedelta:
    return max(length, timedelta(seconds=1))
