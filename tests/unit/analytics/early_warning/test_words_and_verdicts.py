"""What a warning says, and how it turns out."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
import pytest

from analytics.alarms.alarm import AssetId
from analytics.detectors.sensor import Suspicion
from analytics.features.store import FeatureDays
from analytics.models.guard import Bounds, judge
from analytics.models.store import ModelId
from analytics.warnings.day import (
    DayFinding,
    PastCase,
    evidence_of,
    finding_of,
    last_day,
)
from analytics.warnings.day_words import reason_of
from analytics.warnings.verdict import OpenCase, Word, failures_of, verdict
from analytics.warnings.warning import Settlement, WarningId
from tests.unit.analytics.early_warning.builders import a_model, days_of_lifts

RAISED = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CASE = OpenCase(
    id=WarningId(1),
    asset=AssetId(7),
    metric="vibration",
    raised_at=RAISED,
    expected_from=RAISED + 3 * DAY,
    expected_until=RAISED + 20 * DAY,
    place_path="city",
    failed_at=None,
    failed_by=None,
    word=None,
    word_at=None,
    word_by=None,
)


def turned_out(case: OpenCase, days: float, *, is_over: bool = False) -> Settlement | None:
    found = verdict(case, is_over=is_over, now=RAISED + days * DAY)
    return None if found is None else found.settlement


@pytest.mark.parametrize(
    ("days", "settlement"),
    [(1, Settlement.LATE), (3, Settlement.HIT), (20, Settlement.HIT), (25, Settlement.EARLY)],
)
def test_a_failure_settles_by_the_time_that_was_said(days: int, settlement: Settlement) -> None:
    case = replace(CASE, failed_at=RAISED + days * DAY, failed_by="brake_fault")
    assert turned_out(case, days + 1) is settlement


def test_a_repair_before_the_failure_is_a_hit_by_a_persons_word() -> None:
    case = replace(CASE, word=Word.REPAIRED, word_at=RAISED + DAY, word_by="li")
    found = verdict(case, is_over=True, now=RAISED + 2 * DAY)
    assert found is not None
    assert (found.settlement, found.by, found.failed_at) == (
        Settlement.HIT,
        "li",
        RAISED + DAY,
    )


def test_nothing_found_is_false_unless_it_had_failed_before() -> None:
    case = replace(CASE, word=Word.NOTHING, word_at=RAISED + 5 * DAY, word_by="li")
    assert turned_out(case, 6) is Settlement.FALSE
    failed = replace(case, failed_at=RAISED + 4 * DAY, failed_by="brake_fault")
    assert turned_out(failed, 6) is Settlement.HIT
    failed_later = replace(case, failed_at=RAISED + 5.5 * DAY, failed_by="brake_fault")
    assert turned_out(failed_later, 6) is Settlement.FALSE


def test_a_change_that_goes_by_itself_is_withdrawn_and_one_that_nothing_follows_is_false() -> None:
    assert turned_out(CASE, 5) is None
    assert turned_out(CASE, 5, is_over=True) is Settlement.WITHDRAWN
    assert turned_out(CASE, 30) is None
    assert turned_out(CASE, 41) is Settlement.FALSE


def test_what_comes_from_outside_bears_no_warning_out() -> None:
    assert "brake_fault" in failures_of("lift")
    assert "entrapment" in failures_of("lift")
    assert not {"main_power_off", "door_blocked", "early_warning"} & failures_of("lift")


def a_finding() -> DayFinding:
    days = days_of_lifts()
    days[2, -3:, 0] += 0.8
    days[2, -3:, 12] += 0.7
    found = judge(days, np.zeros(12, dtype=np.bool_), a_model(), Bounds())
    window = FeatureDays(
        asset_class="lift",
        first=date(2026, 1, 1),
        assets=tuple(AssetId(number) for number in range(12)),
        values=days,
    )
    return finding_of(2, window, found, a_model(), ModelId(4))


CASES = (
    PastCase(id=3, settlement=Settlement.HIT, lead_days=9.0),
    PastCase(id=2, settlement=Settlement.FALSE, lead_days=None),
)


def test_a_warning_says_what_by_when_how_sure_and_what_came_of_others() -> None:
    finding = a_finding()
    assert finding.metric == "vibration"
    assert 0.5 < finding.strength < 1
    assert finding.expected_from < finding.expected_until
    reason = reason_of(finding, CASES)
    assert "垂直振动峰值比本机常态高" in reason.zh
    assert "平层误差离散" in reason.zh
    assert "近2次同类预警应验1次,多在9天后" in reason.zh
    assert "peak vibration above its usual by" in reason.en
    assert "没有同类案例" in reason_of(finding, ()).zh


def test_a_relative_change_is_told_as_a_share() -> None:
    change = a_finding().changes[0]
    assert change.amount == pytest.approx(np.expm1(0.8), rel=0.1)
    assert change.share == 1.0


def test_the_evidence_holds_features_similar_cases_and_the_points_of_a_plot() -> None:
    found = msgspec.json.decode(evidence_of(a_finding(), CASES))
    assert [case["settlement"] for case in found["similar"]] == ["hit", "false"]
    assert found["features"][0]["name"] == "shake_peak"
    assert len(found["points"]) == 40
    at_ms, value = found["points"][-1]
    assert datetime.fromtimestamp(at_ms / 1000, tz=UTC) == datetime(2026, 2, 8, 16, tzinfo=UTC)
    assert value == pytest.approx(np.exp(0.8), rel=0.2)


def test_a_day_is_judged_when_its_late_data_had_time_to_come() -> None:
    two = timedelta(hours=2)
    assert last_day(datetime(2026, 11, 21, 17, 59, tzinfo=UTC), two) == date(2026, 11, 20)
    assert last_day(datetime(2026, 11, 21, 18, 0, tzinfo=UTC), two) == date(2026, 11, 21)


def test_a_change_from_one_day_to_the_next_puts_the_sensor_under_suspicion() -> None:
    finding = a_finding()
    assert finding.suspicion is Suspicion.JUMP
    reason = reason_of(finding, CASES)
    assert "疑似传感器故障(一日之内突变后保持不变),请先核对传感器。" in reason.zh
    assert reason.en.endswith("check the sensor first.")
    assert msgspec.json.decode(evidence_of(finding, CASES))["sensor"] == "jump"
    unsuspected = replace(finding, suspicion=None)
    assert "传感器" not in reason_of(unsuspected, CASES).zh
    assert msgspec.json.decode(evidence_of(unsuspected, CASES))["sensor"] is None
