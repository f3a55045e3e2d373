"""Judgements of the doctor: each number once on either side of its bar."""

import pytest

from towerwatch.doctor import rules
from towerwatch.doctor.finding import Verdict, bad, describe, good, notice, status

_GIB = 1024**3


@pytest.mark.parametrize(
    ("free", "verdict"), [(50, Verdict.GOOD), (15, Verdict.NOTICE), (9, Verdict.BAD)]
)
def test_a_disk_is_judged_at_20_and_10_percent(free: int, verdict: Verdict) -> None:
    assert rules.judge_disk(free * _GIB, 100 * _GIB, "/data").verdict is verdict


@pytest.mark.parametrize(
    ("offset", "verdict"), [(0.2, Verdict.GOOD), (-4.9, Verdict.GOOD), (-5.1, Verdict.BAD)]
)
def test_a_database_clock_may_differ_by_five_seconds(offset: float, verdict: Verdict) -> None:
    assert rules.judge_database_clock(offset).verdict is verdict


def test_a_clock_that_jumps_is_bad() -> None:
    assert rules.judge_jump(0.31, 0.30).verdict is Verdict.GOOD
    assert rules.judge_jump(-3600.0, 0.30).verdict is Verdict.BAD


def test_an_unknown_time_service_is_only_noted() -> None:
    assert rules.judge_synchronised(None).verdict is Verdict.NOTICE
    assert rules.judge_synchronised(True).verdict is Verdict.GOOD


def test_taken_ports_are_named_and_stop_nothing() -> None:
    found = rules.judge_ports({"console": 8080})
    assert found.verdict is Verdict.NOTICE
    assert "8080 (console)" in found.says


@pytest.mark.parametrize(("version", "verdict"), [(150008, Verdict.BAD), (170012, Verdict.GOOD)])
def test_postgres_must_be_16_or_newer(version: int, verdict: Verdict) -> None:
    assert rules.judge_postgres(version).verdict is verdict


def test_editions_are_told_apart() -> None:
    assert rules.judge_timescale("2.23.0", "timescale").verdict is Verdict.GOOD
    assert rules.judge_timescale("2.19.3", "apache").verdict is Verdict.NOTICE
    assert rules.judge_timescale("2.17.2", "timescale").verdict is Verdict.BAD
    assert rules.judge_timescale(None, None).verdict is Verdict.BAD


def test_what_only_tests_need_is_never_bad() -> None:
    found = rules.judge_pages(has_browser=False, has_letters=False)
    assert found.verdict is Verdict.NOTICE
    assert found.do == "apt-get install chromium fonts-noto-cjk"


def test_small_memory_and_foreign_locales_are_noted() -> None:
    assert rules.judge_memory(_GIB).verdict is Verdict.NOTICE
    assert rules.judge_memory(8 * _GIB).verdict is Verdict.GOOD
    assert rules.judge_locale("ANSI_X3.4-1968").verdict is Verdict.NOTICE
    assert rules.judge_locale("UTF-8").verdict is Verdict.GOOD


def test_the_status_is_1_when_something_is_bad() -> None:
    fine, odd, broken = good("a", "x"), notice("b", "y", "do b"), bad("c", "z", "do c")
    assert status((fine, odd)) == 0
    assert status((fine, broken)) == 1
    assert "-> do c" in describe((fine, odd, broken))
