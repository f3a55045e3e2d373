"""Which due clock is next, when somebody else holds those that are longest overdue."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from analytics.alarms.alarm import AlarmId
from analytics.clocks.clock import Clock, ClockId, ClockKind
from analytics.clocks.deadline import LOOK, Deadlines
from analytics.duties.responsibility import Responsibility
from ingest.database import Connection

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
NOBODY = cast("Connection", None)


def overdue(number: int) -> Clock:
    return Clock(
        kind=ClockKind.ACKNOWLEDGE,
        due_at=NOW - timedelta(minutes=5),
        started_at=NOW - timedelta(minutes=6),
        alarm_id=AlarmId(number),
        id=ClockId(number),
    )


def holding(monkeypatch: pytest.MonkeyPatch, held: int, count: int) -> Deadlines:
    """The first `held` of `count` due clocks are somebody else's."""
    due = [overdue(number) for number in range(count)]

    def look(
        _connection: Connection, _now: datetime, *, limit: int, set_aside: Iterable[ClockId]
    ) -> list[Clock]:
        return [clock for clock in due if clock.id not in set(set_aside)][:limit]

    def claim(_connection: Connection, clock: Clock, _now: datetime) -> bool:
        return clock.id is not None and clock.id >= held

    monkeypatch.setattr("analytics.loop_store.look_due", look)
    monkeypatch.setattr("analytics.loop_store.claim_clock", claim)
    return Deadlines(Responsibility())


def test_a_flood_of_clocks_that_somebody_holds_keeps_the_next_one_from_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = 7 * LOOK + 3
    found = holding(monkeypatch, held, held + 1)._claim(NOBODY, NOW)
    assert found is not None
    assert found.id == held


def test_there_is_none_where_all_are_held_or_none_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    assert holding(monkeypatch, 20, 20)._claim(NOBODY, NOW) is None
    assert holding(monkeypatch, 0, 0)._claim(NOBODY, NOW) is None
