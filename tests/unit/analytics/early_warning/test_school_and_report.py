"""A model is taught, judged on time that was held back, and set beside trivial rules."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from analytics.backtest.baseline import baselines, fixed_limit, last_value, usual_of, z_score
from analytics.backtest.contest import MODEL, Contender, Season, Standing, Terms, contest
from analytics.backtest.family import FAMILIES, families
from analytics.backtest.report import Cycle, Report, Setting, report_of, table_of, words_of
from analytics.backtest.school import Lesson, Taught, teach, teach_and_judge
from analytics.models.errors import TooLittleHistory
from analytics.models.train import score_days
from tests.unit.analytics.early_warning.builders import (
    FEATURE_COUNT,
    SHAPE,
    a_season,
    days_of_lifts,
    faults,
)
from towerwatch.backtest.card import BEGIN, END, read_report, write_card
from towerwatch.errors import WrongSettings

LESSON = Lesson(asset_class="lift", shape=SHAPE, budget=0.5, seed=1)
SETTING = Setting(
    source="a test", tuned_on="another", budget=0.5, cycle=Cycle(wall_s=0.4, cpu_s=0.3)
)


def quiet(share: float, now: str) -> None:
    _ = share, now


@pytest.fixture(scope="module")
def standings() -> list[Standing]:
    past, other = a_season(seed=3), a_season(seed=4)
    model = teach(past, LESSON, quiet)
    contenders = {
        MODEL: Contender(score=lambda days: score_days(days, model.scan, quiet), rule=model.rule)
    }
    others = baselines(past.days, 1) | families(past)
    contenders |= {name: Contender(score=rule) for name, rule in others.items()}
    return contest(contenders, past, [other], Terms(budget=0.5, seed=1), lambda _: None)


@pytest.fixture(scope="module")
def report(standings: list[Standing]) -> Report:
    return report_of(standings, SETTING)


def test_a_taught_model_sees_the_faults_of_a_season_that_it_never_saw(report: Report) -> None:
    assert report.warned_3_days_ahead_share is not None
    assert report.warned_3_days_ahead_share >= 0.9
    assert report.false_per_100_lift_days is not None
    assert report.false_per_100_lift_days <= 1.0
    assert report.faults == 10


def test_the_streaming_families_stand_beside_it_and_find_what_grows(report: Report) -> None:
    assert tuple(report.families) == FAMILIES
    found = report.families["peers"].warned_3_days_ahead_share
    assert found is not None
    assert found >= 0.8
    assert "| peers alone |" in table_of(report)
    assert not set(FAMILIES) & set(report.baselines)
    assert not [line for line in report.missed if "alone" in line and "forest" not in line]


def test_a_family_knows_nothing_of_later_days() -> None:
    days = a_season(assets=8, days=60).days
    later = days.copy()
    later[:, 40:] = 9.0
    for name, said in families(a_season(assets=8, days=60)).items():
        np.testing.assert_array_equal(said(days)[:, :40], said(later)[:, :40], err_msg=name)


def test_every_trivial_rule_stands_beside_it_with_the_same_figures(report: Report) -> None:
    assert set(report.baselines) == {
        "always",
        "never",
        "last_value",
        "fixed_limit",
        "z_score",
        "isolation_forest",
    }
    decoded = msgspec.json.decode(msgspec.json.encode(report))
    for row in decoded["baselines"].values():
        assert {
            "lift_days",
            "faults",
            "warned_3_days_ahead_share",
            "median_lead_days",
            "false_per_100_lift_days",
        } <= set(row)
    assert decoded["cycle_10000_lifts_s"] == 0.4


def test_no_rule_broke_its_budget_where_it_was_tuned() -> None:
    past = a_season(seed=3)
    contenders = {name: Contender(score=rule) for name, rule in baselines(past.days, 1).items()}
    found = contest(contenders, past, [past], Terms(budget=0.5, seed=1), lambda _: None)
    for standing in found:
        if standing.name not in ("always", "never"):
            assert not standing.figures.false_per_100_days.value > 0.5, standing.name


def test_a_missed_target_is_told(standings: list[Standing]) -> None:
    slow = report_of(
        standings, Setting(source="", tuned_on="", budget=0.5, cycle=Cycle(wall_s=1.4, cpu_s=0.3))
    )
    assert any("cycle took 1.40 s" in line for line in slow.missed)
    mute = report_of(_with_model_as("never", standings), SETTING).missed
    assert any("3 days ahead of 0%" in line for line in mute)
    assert any("z-score warned ahead of" in line for line in mute)


def test_who_warns_of_all_is_matched_but_not_beaten(standings: list[Standing]) -> None:
    loud = report_of(_with_model_as("always", standings), SETTING)
    assert loud.warned_3_days_ahead_share == 1.0
    assert not any("warned ahead of" in line for line in loud.missed)


def _with_model_as(rule: str, standings: list[Standing]) -> list[Standing]:
    """The contest, had the model done as a trivial rule did."""
    twin = next(item for item in standings if item.name == rule)
    others = [item for item in standings if item.name != MODEL]
    return [replace(twin, name=MODEL), *others]


def test_the_table_stands_between_the_markers_and_nothing_else_changes(
    report: Report, tmp_path: Path
) -> None:
    page, figures = tmp_path / "page.md", tmp_path / "backtest.json"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    figures.write_bytes(msgspec.json.encode(report))
    write_card(page, read_report(figures))
    text = page.read_text("utf-8")
    assert text == f"before\n{BEGIN}\n\n{words_of(report)}\n\n{END}\nafter\n"
    assert "| **Towerwatch** |" in table_of(report)
    bare = tmp_path / "bare.md"
    bare.write_text("nothing", "utf-8")
    with pytest.raises(WrongSettings, match="no place"):
        write_card(bare, report)
    with pytest.raises(WrongSettings, match="no report"):
        read_report(page)


def test_a_model_is_judged_on_time_that_was_held_back() -> None:
    season = a_season(days=150)
    late = Season(
        days=season.days,
        faults=faults(*((int(asset), 105.0, 125.0) for asset in season.faults.asset)),
        begin=season.begin,
    )
    late.days[:, 60:, 0] = days_of_lifts(40, 90, seed=9)[:, :, 0]
    late.days[season.faults.asset, 105:125, 0] += np.linspace(0, 0.8, 20, dtype=np.float32)
    taught: Taught = teach_and_judge(late, LESSON, quiet)
    assert taught.figures.faults == 10
    assert taught.figures.ahead_share.value >= 0.8


def test_what_followed_warnings_becomes_their_dates_and_their_confidence() -> None:
    outlook = teach(a_season(), LESSON, quiet).outlook
    assert 0 < outlook.soonest_days < outlook.latest_days <= 20
    assert sum(odds.true for odds in outlook.odds) >= 8


def test_too_little_history_teaches_nothing() -> None:
    short = a_season(days=120)
    with pytest.raises(TooLittleHistory, match="too few"):
        teach(Season(days=short.days[:, :20], faults=short.faults, begin=5), LESSON, quiet)
    empty = Season(days=short.days * np.nan, faults=short.faults, begin=20)
    with pytest.raises(TooLittleHistory, match="no day"):
        teach(empty, LESSON, quiet)


def test_trivial_rules_score_what_they_say_they_do() -> None:
    days = np.zeros((1, 30, FEATURE_COUNT), dtype=np.float32)
    days[0, ::2] = 0.1
    days[0, 20] = 1.0
    usual = usual_of(days)
    assert int(np.nanargmax(fixed_limit(days, usual)[0])) == 20
    assert int(np.nanargmax(last_value(days, usual)[0])) in (20, 21)
    assert int(np.nanargmax(z_score(days)[0])) == 20
    assert np.isnan(z_score(days)[0, :14]).all()


def test_the_z_score_is_the_one_of_the_book() -> None:
    days = days_of_lifts(assets=3, days=40)
    days[1, 5, 2] = np.nan
    past, now = days[1, :30, 2].astype(np.float64), float(days[1, 30, 2])
    by_book = abs(now - np.nanmean(past)) / np.nanstd(past)
    only = np.full_like(days, np.nan)
    only[:, :, 2] = days[:, :, 2]
    assert z_score(only)[1, 30] == pytest.approx(by_book, rel=1e-3)
