"""What several workers of one run counted stands in one file."""

import json
from pathlib import Path

import pytest

from tests.integration.security.tally import Tally


def _count(report: Path, *names: str) -> int:
    tally = Tally()
    for name in names:
        tally.add(name, is_refused=True, is_visible=True)
    tally.write(report)
    return int(json.loads(report.read_text("utf-8"))["attempted"])


def test_workers_of_a_run_add_up_and_runs_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "attacks.json"
    monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", "one")
    assert _count(report, "wildcard", "retained") == 2
    assert _count(report, "retained", "will") == 3
    monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", "two")
    assert _count(report, "will") == 1
