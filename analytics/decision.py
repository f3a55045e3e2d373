"""What a batch of reports does to conditions and alarms, decided in memory and in order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from analytics.alarm import Alarm, Condition, Move, Step, take
from analytics.report import ConditionKey, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one report changed.

    Attributes:
        alarm: The alarm after it.
        opens: Whether the report opened the alarm.
    """

    report: Report
    alarm: Alarm
    move: Move
    opens: bool


@dataclass(slots=True)
class Slate:
    """Conditions and open alarms while a batch is decided.

    Attributes:
        conditions: Newest words, by key.
        alarms: Open alarms, by key; an alarm that closes leaves.
        changes: What happened, in order.
        waits_off_delay: Keys whose off-delay begins.
    """

    conditions: dict[ConditionKey, Condition]
    alarms: dict[ConditionKey, Alarm]
    changes: list[Change] = field(default_factory=list)
    waits_off_delay: set[ConditionKey] = field(default_factory=set)

    def hear(self, report: Report, now: datetime) -> None:
        """Take one report up."""
        key = report.key
        before = self.alarms.get(key)
        step = take(self.conditions.get(key), before, report.word, report.kind, now)
        self.conditions[key] = step.condition
        self._note_delay(key, step)
        if step.move is None or step.alarm is None:
            return
        self.changes.append(
            Change(report=report, alarm=step.alarm, move=step.move, opens=before is None)
        )
        if step.alarm.closed_at is None:
            self.alarms[key] = step.alarm
        else:
            self.alarms.pop(key, None)

    def _note_delay(self, key: ConditionKey, step: Step) -> None:
        if step.waits_off_delay:
            self.waits_off_delay.add(key)
        elif step.condition.is_active:
            self.waits_off_delay.discard(key)


def decide(
    conditions: dict[ConditionKey, Condition],
    alarms: dict[ConditionKey, Alarm],
    reports: Iterable[Report],
    now: datetime,
) -> Slate:
    """Take reports up one after another.

    Args:
        conditions: Newest words so far; a key that is absent was never heard of.
        alarms: Open alarms so far.
        reports: In the order in which they shall be heard.
        now: The platform's clock.
    """
    slate = Slate(conditions=dict(conditions), alarms=dict(alarms))
    for report in reports:
        slate.hear(report, now)
    return slate
