"""What fails or takes long beside the path of alarms stays beside it."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.warnings import loop, queue
from analytics.warnings.loop import Pace, WarningProcess
from analytics.warnings.queue import WarningQueue

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Idle:
    """A connection that is well and answers nothing."""

    broken = False

    def transaction(self) -> nullcontext[None]:
        return nullcontext()

    def execute(self, *_: object) -> None:
        """Take a statement, such as how long to wait for a lock."""


def test_a_damaged_first_model_stops_no_trend(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: object) -> list[str]:
        raise ValueError("papers.json: truncated")

    monkeypatch.setattr(loop, "install_first", damaged)
    day = timedelta(days=1)
    connection: Any = Idle()
    process = WarningProcess(lambda: connection, Pace(every=day, window=day, horizon=day))
    process._install_first(connection)


def test_alarms_wait_for_no_long_list_of_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 0.02, 0.04, 0.06])
    monkeypatch.setattr(queue, "steady_s", lambda: next(times))
    taken: list[int] = []
    desk: Any = None
    waiting = WarningQueue(desk, 0.05)

    def take(*_: object) -> bool:
        taken.append(1)
        return True

    monkeypatch.setattr(waiting, "_take", take)
    connection: Any = Idle()
    assert waiting.handle(connection, NOW) == 3
    assert len(taken) == 3
