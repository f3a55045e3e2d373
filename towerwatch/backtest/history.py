"""A backtest on the platform's own history: its features, and the failures its alarms tell of."""

from datetime import UTC, datetime

from analytics.backtest.contest import Season
from analytics.backtest.history import AT_WORK, History, fetch_history
from analytics.backtest.report import Report, Setting
from analytics.backtest.school import HELD_BACK, Lesson, teach
from analytics.models.scan import Shape
from analytics.warnings.day import last_day
from analytics.warnings.day_loop import LATE
from towerwatch.backtest.run import BUDGET, compared, scan_budget
from towerwatch.progress import step
from towerwatch.reach import database

ROLE = "tw_analytics"


def history_of(of_class: str, days: int) -> History:
    """The newest days of a class, read from the platform that runs.

    Raises:
        TooLittleHistory: There is no reading in that time.
        NotRunning: No platform runs.
    """
    last = last_day(datetime.now(UTC), LATE)
    with database(ROLE) as connection, step(f"read {days} days of {of_class}") as tell:
        return fetch_history(connection, of_class, last, days, tell)


def against_history(of_class: str, days: int, seed: int) -> Report:
    """Taught and tuned on the older days, judged on the newer ones.

    Raises:
        TooLittleHistory: The history is too short to be parted.
    """
    history = history_of(of_class, days)
    whole = history.season
    split = round(whole.days.shape[1] * (1 - HELD_BACK))
    older = Season(days=whole.days[:, :split], faults=whole.faults, begin=whole.begin)
    newer = Season(days=whole.days, faults=whole.faults, begin=split)
    with step("learn what sound assets show") as tell:
        lesson = Lesson(
            asset_class=of_class, shape=Shape(), budget=scan_budget(of_class), seed=seed
        )
        model = teach(older, lesson, tell)
    return compared(
        model,
        older,
        newer,
        Setting(
            source=f"History of {history.assets} assets of {of_class}, {history.first} to"
            f" {history.last}; an alarm's fault is taken to have been at work for"
            f" {AT_WORK.days} days",
            tuned_on=f"the first {split} days",
            budget=BUDGET,
            cycle=None,
        ),
        seed,
    )
