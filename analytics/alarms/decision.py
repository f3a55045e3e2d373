"""What a batch of reports does to conditions and alarms, decided in memory and in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analytics.alarms.alarm import Alarm, Condition, Move, Step, act_on, take
from analytics.alarms.report import ConditionKey, Report
from analytics.holds.hold import TRIGGER_OF, Hold, holding


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one report changed.

    Attributes:
        alarm: The alarm after it.
        opens: Whether the report opened the alarm.
        hold: What keeps the alarm from the desk by this change; None: the device spoke.
    """

    report: Report
    alarm: Alarm
    move: Move
    opens: bool
    hold: Hold | None = None


@dataclass(slots=True)
class Slate:
    """Conditions and open alarms while a batch is decided.

    Attributes:
        conditions: Newest words, by key.
        alarms: Open alarms, by key; an alarm that closes leaves.
        changes: What happened, in order.
        waits_off_delay: Keys whose off-delay begins.
        waits_on_delay: Keys whose on-delay begins, each with the raise that waits.
        ends_on_delay: Keys whose on-delay, if one runs, has lost its reason.
        holds: Holds that run over the assets.
    """

    conditions: dict[ConditionKey, Condition]
    alarms: dict[ConditionKey, Alarm]
    holds: Sequence[Hold] = ()
    changes: list[Change] = field(default_factory=list)
    waits_off_delay: set[ConditionKey] = field(default_factory=set)
    waits_on_delay: dict[ConditionKey, Report] = field(default_factory=dict)
    ends_on_delay: set[ConditionKey] = field(default_factory=set)

    def hear(self, report: Report, now: datetime) -> None:
        """Take one report up."""
        key = report.key
        before = self.alarms.get(key)
        step = take(self.conditions.get(key), before, report.word, report.kind, now)
        self.conditions[key] = step.condition
        self._note_delay(report, step)
        if step.move is None or step.alarm is None:
            return
        self.changes.append(
            Change(report=report, alarm=step.alarm, move=step.move, opens=before is None)
        )
        alarm = step.alarm if before is not None else self._keep_back(report, step.alarm, now)
        if alarm.closed_at is None:
            self.alarms[key] = alarm
        else:
            self.alarms.pop(key, None)

    def _keep_back(self, report: Report, born: Alarm, now: datetime) -> Alarm:
        """A new alarm under a hold: recorded as raised, and kept from the desk in the same breath."""
        hold = holding(self.holds, report.key.asset_id, report.key.condition, report.kind)
        if hold is None:
            return born
        trigger = TRIGGER_OF[hold.kind]
        hidden = act_on(born, trigger, report.kind, now)
        if hidden is None:
            return born
        move = Move(
            trigger=trigger, from_state=born.state, to_state=hidden.state, at=now, event_id=None
        )
        self.changes.append(Change(report=report, alarm=hidden, move=move, opens=False, hold=hold))
        return hidden

    def _note_delay(self, report: Report, step: Step) -> None:
        key = report.key
        if step.waits_off_delay:
            self.waits_off_delay.add(key)
        elif step.condition.is_active:
            self.waits_off_delay.discard(key)
        if report.kind.on_delay_s <= 0:
            return
        if step.waits_on_delay:
            self.waits_on_delay.setdefault(key, report)
        elif step.alarm is not None or not step.condition.is_active:
            self.waits_on_delay.pop(key, None)
            self.ends_on_delay.add(key)


def decide(
    conditions: dict[ConditionKey, Condition],
    alarms: dict[ConditionKey, Alarm],
    reports: Iterable[Report],
    now: datetime,
    holds: Sequence[Hold] = (),
) -> Slate:
    """Take reports up one after another.

    Args:
        conditions: Newest words so far; a key that is absent was never heard of.
        alarms: Open alarms so far.
        reports: In the order in which they shall be heard.
        now: The platform's clock.
        holds: Holds that run over the assets.
    """
    slate = Slate(conditions=dict(conditions), alarms=dict(alarms), holds=holds)
    for report in reports:
        slate.hear(report, now)
    return slate
